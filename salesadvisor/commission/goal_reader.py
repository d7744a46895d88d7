"""The measures of a plan file: quotas, tiers, decelerators; and the cliffs that are refused."""

from fractions import Fraction

from salesadvisor.commission.definitions import Decelerator, Goal, Measure, Tier
from salesadvisor.commission.quantities import Quantities
from salesadvisor.documents.fields import Fields
from salesadvisor.text import Text

_MOST_GOALS = 3
_ONE = Fraction(1)


def read_goals(fields: Fields, quantities: Quantities) -> tuple[Goal, ...]:
    """Return the measures of a plan; none where something in them is wrong, which is then told."""
    reader = _Reader(fields, quantities)
    goals = reader.goals()
    reader.refuse_cliffs(fields)
    return goals


class _Reader:
    def __init__(self, fields: Fields, quantities: Quantities) -> None:
        self.fields = fields
        self.quantities = quantities

    def goals(self) -> tuple[Goal, ...]:
        """Return the measures: one with `measure` and `quota`, or several under `measures`."""
        fields = self.fields
        shared_tiers, shared_slow = self._tiers(fields), self._decelerator(fields)
        if not fields.has("measures"):
            fields.node_of("measures", required=False)
            goal = self._goal(fields, _ONE, shared_tiers, shared_slow)
            return () if goal is None else (goal,)
        goals: list[Goal] = []
        weights: list[Fraction | None] = []
        for inner in fields.maps("measures"):
            weight = self.quantities.part(inner, "weight", low=0.0001)
            if weight is None:
                inner.node_of("weight")
            weights.append(weight)
            tiers = self._tiers(inner) if inner.has("tiers") else shared_tiers
            inner.node_of("tiers", required=False)
            slow = self._decelerator(inner) or shared_slow
            goal = self._goal(inner, weight or _ONE, tiers, slow)
            self.refuse_cliffs(inner)
            inner.close()
            if goal is not None:
                goals.append(goal)
        for key in ("measure", "quota"):
            node = fields.node_of(key, required=False)
            if node is not None:
                fields.problem(
                    "plan-contradicts",
                    Text(f"`{key}` stands beside `measures`", f"`{key}` 和 `measures` 不能并存"),
                    node.place,
                    Text("give each measure its own", "请写到各项指标里"),
                )
        known = [weight for weight in weights if weight is not None]
        if len(known) == len(weights) and known and sum(known) != 1:
            total = float(sum(known) * 100)
            fields.problem(
                "plan-contradicts",
                Text(
                    f"the weights add to {total:g}%, not to 100%",
                    f"权重之和是 {total:g}%，不是 100%",
                ),
                fields.place_of("measures"),
                Text("change one of them", "请改其中一个"),
            )
        named = [goal.measure for goal in goals]
        if len(set(named)) < len(named):
            fields.problem(
                "duplicate-id",
                Text("a measure is named twice", "同一项指标写了两次"),
                fields.place_of("measures"),
                Text("add their weights, or name another", "请合并权重，或换一项"),
            )
        if len(weights) > _MOST_GOALS:
            fields.problem(
                "too-many-measures",
                Text(
                    f"{len(weights)} measures: nobody can steer by so many",
                    f"{len(weights)} 项指标，没人顾得过来",
                ),
                fields.place_of("measures"),
                Text("keep three at most", "最多留三项"),
            )
        return tuple(goals) if len(goals) == len(weights) else ()

    def _goal(
        self,
        fields: Fields,
        weight: Fraction,
        tiers: tuple[Tier, ...],
        slow: Decelerator | None,
    ) -> Goal | None:
        measure = Measure(fields.one_of("measure", [m.value for m in Measure]))
        quota = self.quantities.count(fields, "quota")
        if quota is None:
            fields.node_of("quota")
            return None
        if quota <= 0:
            fields.problem(
                "out-of-range",
                Text("a quota is above 0", "销售指标要大于 0"),
                fields.place_of("quota"),
                Text("without one there is nothing to reach", "没有指标就谈不上达成"),
            )
            return None
        return Goal(measure=measure, weight=weight, quota=quota, tiers=tiers, decelerator=slow)

    def _tiers(self, fields: Fields) -> tuple[Tier, ...]:
        found: list[Tier] = []
        for inner in fields.maps("tiers", required=False):
            start = self.quantities.part(inner, "from", high=100_000, of_quota=True)
            pays = self.quantities.count(inner, "pays", high=100)
            for key, value in (("from", start), ("pays", pays)):
                if value is None:
                    inner.node_of(key)
            inner.close()
            if start is None or pays is None:
                continue
            last = found[-1] if found else Tier(Fraction(0), _ONE)
            if start < 1:
                inner.problem(
                    "tier-below-quota",
                    Text("a tier begins at 100% or above", "档位从 100% 或以上开始"),
                    inner.place_of("from"),
                    Text(
                        "below 100% use `decelerator: {until: 50%, pays: 0.6}`: 100% then still "
                        "pays the target",
                        "100% 以下请用 `decelerator: {until: 50%, pays: 0.6}`，达成 100% 仍拿满目标提成",
                    ),
                )
            elif found and start <= last.start:
                inner.problem(
                    "tiers-out-of-order",
                    Text("tiers rise from one to the next", "档位要逐个升高"),
                    inner.place_of("from"),
                    Text("put them in order", "请按顺序写"),
                )
            elif pays < last.pays:
                inner.problem(
                    "falling-pay",
                    Text(
                        "a higher tier pays less for each sale: the best are told to stop",
                        "越往上每单提得越少，等于叫最好的人停手",
                    ),
                    inner.place_of("pays"),
                    Text("let multipliers rise", "倍数应逐档升高"),
                )
            else:
                found.append(Tier(start, pays))
        return tuple(found)

    def _decelerator(self, fields: Fields) -> Decelerator | None:
        inner = fields.map("decelerator", required=False)
        if inner is None:
            return None
        until = self.quantities.part(inner, "until", of_quota=True)
        pays = self.quantities.count(inner, "pays", high=100)
        inner.close()
        if until is None or pays is None:
            inner.node_of("until"), inner.node_of("pays")
            return None
        if not 0 < until < 1 or not pays < 1:
            inner.problem(
                "out-of-range",
                Text(
                    "a decelerator ends between 0% and 100%, and pays less than 1",
                    "低档减速在 0% 到 100% 之间结束，倍数小于 1",
                ),
                inner.node.place,
                Text("for example `{until: 50%, pays: 0.6}`", "例如 `{until: 50%, pays: 0.6}`"),
            )
            return None
        return Decelerator(until, pays)

    def refuse_cliffs(self, fields: Fields) -> None:
        """Refuse what makes people hide deals: nothing below a line, and tiers that look back."""
        threshold = fields.node_of("threshold", required=False)
        if threshold is not None:
            fields.problem(
                "cliff",
                Text(
                    "a threshold is a cliff: below it a deal pays nothing, so it is held back",
                    "起提线是个悬崖：线下的单一分没有，单子就会被压着不报",
                ),
                threshold.place,
                Text(
                    "write `decelerator: {until: 50%, pays: 0.6}` instead",
                    "请改用 `decelerator: {until: 50%, pays: 0.6}`",
                ),
            )
        node = fields.scalar("re_rate", required=False)
        if node is not None and node.text.lower() != "false":
            fields.problem(
                "re-rating",
                Text(
                    "re-rating earlier deals is a cliff: one sale more changes the pay of all",
                    "追溯改提成比例是个悬崖：多签一单，之前所有单都变",
                ),
                node.place,
                Text(
                    "leave it out: the slice above a tier gets its multiplier, and a decelerator's "
                    "rest pays (1 - until * pays) / (1 - until) so that 100% pays the target",
                    "请删掉：只有超出档位的部分按新倍数算；减速之后的部分按 (1 - until * pays) / (1 - until) 补回，"
                    "达成 100% 正好拿满",
                ),
            )

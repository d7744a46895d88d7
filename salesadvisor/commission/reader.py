"""A plan file -> a plan, with everything in it that contradicts itself told at once."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from salesadvisor.commission.agreement import agree_on_pay, require_rate
from salesadvisor.commission.definitions import (
    Clawback,
    Deal,
    Decelerator,
    Draw,
    DrawKind,
    Goal,
    Measure,
    PayOn,
    Period,
    Plan,
    Rounding,
    Share,
    Spiff,
    Tier,
)
from salesadvisor.commission.quantities import Quantities
from salesadvisor.commission.roles import Role
from salesadvisor.commission.schema import ID
from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import ListNode, MapNode, Node, ScalarNode
from salesadvisor.documents.read import read_document, require_mapping
from salesadvisor.documents.source import STDIN_NAME
from salesadvisor.problems import Problem, UserError, did_you_mean
from salesadvisor.text import Text

_MOST_GOALS = 3
_FLAGS = ("true", "false", "True", "False")
_ONE = Fraction(1)
_Word = TypeVar("_Word", bound=StrEnum)


def load_plan(path: Path | None, roles: Sequence[Role] = (), role: str | None = None) -> Plan:
    """Return the plan in the file at `path`, or on standard input for None.

    Args:
        path: A YAML or JSON file.
        roles: What is usual for each role: it stands for what the file leaves out.
        role: In place of the file's.

    Raises:
        UserError: with every problem of the file.
    """
    name = STDIN_NAME if path is None else str(path)
    template = "salesadvisor commission --template ROLE"
    return read_plan(require_mapping(read_document(path), name, template), roles, role)


def read_plan(node: MapNode, roles: Sequence[Role] = (), role: str | None = None) -> Plan:
    """Return the plan in `node`.

    Raises:
        UserError: with every problem in it.
    """
    problems: list[Problem] = []
    own = Fields(node, problems)
    usual = _usual(own, roles, role)
    plan = _Reader(Fields(_with_usual(node, usual), problems), usual).read()
    if problems or plan is None:
        raise UserError(problems)
    return plan


def _usual(fields: Fields, roles: Sequence[Role], role: str | None) -> Role | None:
    known = {found.id: found for found in roles}
    node = fields.scalar("role", required=False)
    name = role or (node.text if node is not None else None)
    if name is None or not roles:
        return None
    if name not in known:
        assert node is not None  # an option was checked before
        fields.problem(
            "unknown-word",
            Text(f"`{name[:40]}` is no role here", f"这里没有 `{name[:40]}` 这个岗位"),
            node.place,
            did_you_mean(name, known),
        )
    return known.get(name)


def _with_usual(node: MapNode, role: Role | None) -> MapNode:
    """Return the plan with what is usual for its role where it says nothing itself."""
    if role is None or role.plan is None:
        return node
    given = {key.text for key, _ in node.entries}
    together = {"ote": _PAY_MIX, "measure": _GOALS}
    for keys in together.values():
        if given & keys:
            given |= keys
    usual = tuple((k, v) for k, v in role.plan.entries if k.text not in given)
    if {"base", "target_variable"} <= {key.text for key, _ in node.entries}:
        usual = tuple((k, v) for k, v in usual if k.text != "base_share")
    return MapNode((*node.entries, *usual), node.place, node.end)


_PAY_MIX = frozenset({"base", "target_variable", "base_share"})
_GOALS = frozenset({"measure", "measures"})


class _Reader:
    def __init__(self, fields: Fields, usual: Role | None) -> None:
        self.fields = fields
        self.usual = usual
        node = fields.scalar("currency", required=False)
        self.currency = "USD" if node is None else node.text.strip().upper()
        if node is not None and not re.fullmatch(r"[A-Z]{3}", self.currency):
            fields.problem(
                "unknown-currency",
                Text("a currency is a code of three letters", "货币用三个字母的代码"),
                node.place,
                Text("such as USD, EUR or CNY", "如 USD、EUR、CNY"),
            )
        self.quantities = Quantities(self.currency)

    def read(self) -> Plan | None:
        fields = self.fields
        fields.one_of("schema", (ID,), default=ID)
        pay = agree_on_pay(fields, self.quantities)
        period = self._word("period", Period, Period.YEAR)
        goals = self._goals()
        year_to_date = (
            fields.one_of("tiers_on", ("period", "year_to_date"), default="period")
            == "year_to_date"
        )
        self._refuse_cliffs(fields)
        role_node = fields.scalar("role", required=False)
        clawback = self._clawback()
        ramp, draw = self._ramp(), self._draw()
        cap = self.quantities.sum_(fields, "cap")
        rounding = self._word("rounding", Rounding, Rounding.HALF_EVEN)
        pay_on = self._word("pay_on", PayOn, PayOn.FIRST_PAYMENT)
        spiffs = tuple(self._spiff(inner) for inner in fields.maps("spiffs", required=False))
        cycle_days, margin = self._days("cycle_days"), self.quantities.part(fields, "gross_margin")
        visit_days = self.quantities.count(fields, "visit_days", high=31)
        planned = self.quantities.part(fields, "planned_attainment", high=1000, of_quota=True)
        name, team = fields.words("name", default=""), self._team()
        results, deals = self._results(goals), self._deals(goals)
        fields.node_of("rate", required=False)
        if pay is None or not goals:
            fields.close()
            return None
        plan = Plan(
            name=name,
            role="" if role_node is None and self.usual is None
            else self.usual.id if self.usual is not None else fields.words("role", default=""),
            currency=self.currency,
            rounding=rounding,
            ote=pay.ote,
            base=pay.base,
            variable=pay.variable,
            goals=goals,
            period=period,
            year_to_date=year_to_date,
            cap=cap,
            draw=draw,
            ramp=ramp,
            clawback=clawback,
            spiffs=spiffs,
            pay_on=pay_on,
            cycle_days=cycle_days,
            gross_margin=margin,
            visit_days=visit_days,
            planned_attainment=planned,
            team=team,
            results=results,
            deals=deals,
        )  # fmt: skip
        self._refuse_taking_back_meetings(plan)
        if len(goals) == 1:
            require_rate(fields, plan, self.quantities)
        fields.close()
        return plan

    def _refuse_taking_back_meetings(self, plan: Plan) -> None:
        meetings = (Measure.ACCEPTED_MEETINGS, Measure.WON_MEETINGS)
        if plan.clawback is not None and all(goal.measure in meetings for goal in plan.goals):
            self.fields.problem(
                "plan-contradicts",
                Text(
                    "meetings are not taken back: who books them does not control what follows",
                    "会面提成不追回：约会面的人管不了后面的事",
                ),
                self.fields.place_of("clawback"),
                Text("leave `clawback` out", "请删掉 `clawback`"),
            )

    def _word(self, key: str, words: type[_Word], usual: _Word) -> _Word:
        return words(self.fields.one_of(key, [w.value for w in words], default=usual.value))

    def _days(self, key: str) -> int | None:
        if not self.fields.has(key):
            self.fields.node_of(key, required=False)
            return None
        return self.fields.whole(key, 0, 3650)

    def _goals(self) -> tuple[Goal, ...]:
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
            self._refuse_cliffs(inner)
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

    def _refuse_cliffs(self, fields: Fields) -> None:
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

    def _draw(self) -> Draw | None:
        inner = self.fields.map("draw", required=False)
        if inner is None:
            return None
        kind = DrawKind(inner.one_of("kind", [k.value for k in DrawKind]))
        amount = self.quantities.sum_(inner, "amount")
        if amount is None:
            inner.node_of("amount")
        months = inner.whole("months", 1, 60)
        inner.close()
        if any(self._ramp()):
            inner.problem(
                "plan-contradicts",
                Text(
                    "a draw and a ramp guarantee promise the same months twice",
                    "预支和爬坡保底把同样的月份保证了两次",
                ),
                inner.node.place,
                Text(
                    "keep one of them; `ramp: []` leaves out the usual one",
                    "只留一个；写 `ramp: []` 可去掉默认的保底",
                ),
            )
        return None if amount is None else Draw(kind=kind, amount=amount, months=months)

    def _ramp(self) -> tuple[Fraction, ...]:
        found = []
        for node in self.fields.scalars("ramp", required=False):
            part = self.quantities.part_of(self.fields, node, "ramp", of_quota=True)
            if part is not None:
                found.append(part)
        return tuple(found)

    def _clawback(self) -> Clawback | None:
        inner = self.fields.map("clawback", required=False)
        if inner is None:
            return None
        clawback = Clawback(
            days=inner.whole("days", 1, 730),
            full_if_unpaid=inner.one_of("if_never_paid", ("full", "by_days"), default="full")
            == "full",
            linear=inner.one_of("shape", ("linear", "full"), default="linear") == "linear",
        )
        inner.close()
        return clawback

    def _spiff(self, fields: Fields) -> Spiff:
        amount = self.quantities.sum_(fields, "amount")
        budget = self.quantities.sum_(fields, "budget")
        for key, value in (("amount", amount), ("budget", budget)):
            if value is None:
                fields.node_of(key)
        spiff = Spiff(
            name=fields.words("for"),
            amount=amount or Decimal(0),
            budget=budget or Decimal(0),
            days=fields.whole("days", 1, 366),
        )
        fields.close()
        return spiff

    def _team(self) -> tuple[Fraction, ...]:
        found = []
        for node in self.fields.scalars("team", required=False):
            part = self.quantities.part_of(self.fields, node, "team", high=10_000, of_quota=True)
            if part is not None:
                found.append(part)
        return tuple(found)

    def _results(self, goals: tuple[Goal, ...]) -> tuple[tuple[Fraction, ...], ...]:
        """Return the results by period: a number each, or one for every measure."""
        found: list[tuple[Fraction, ...]] = []
        for node in self.fields.items("results", required=False):
            values = self._result(node, goals)
            if values is not None:
                found.append(values)
        return tuple(found)

    def _result(self, node: Node, goals: tuple[Goal, ...]) -> tuple[Fraction, ...] | None:
        if isinstance(node, ScalarNode) and len(goals) <= 1:
            value = self.quantities.count_of(self.fields, node, "results", low=-1e12)
            return None if value is None else (value,)
        if isinstance(node, MapNode) and len(goals) > 1:
            inner = Fields(node, self.fields.problems)
            found = []
            for goal in goals:
                value = self.quantities.count(inner, goal.measure.value, low=-1e12)
                if value is None:
                    inner.node_of(goal.measure.value)
                found.append(value if value is not None else Fraction(0))
            inner.close()
            return tuple(found)
        if goals:
            keys = ", ".join(f"{goal.measure}: …" for goal in goals)
            self.fields.problem(
                "wrong-kind",
                Text("a result for every measure is expected here", "这里要写每项指标的结果"),
                node.place,
                Text(f"write `{{{keys}}}`", f"请写 `{{{keys}}}`"),
            )
        return None

    def _deals(self, goals: tuple[Goal, ...]) -> tuple[Deal, ...]:
        if self.fields.has("deals") and len(goals) > 1:
            self.fields.problem(
                "plan-contradicts",
                Text(
                    "deals can be worked out where one measure carries all pay",
                    "只有一项指标时才能逐单计算",
                ),
                self.fields.place_of("deals"),
                Text("leave `deals` out", "请删掉 `deals`"),
            )
        shared = self._shares(self.fields, "splits")
        found: list[Deal] = []
        for inner in self.fields.maps("deals", required=False):
            own = self._shares(inner, "split")
            value = self.quantities.count(inner, "value")
            if value is None:
                inner.node_of("value")
            signed, cancelled = self._date(inner, "signed"), self._date(inner, "cancelled")
            if signed is None:
                inner.node_of("signed")
            if signed is not None and cancelled is not None and cancelled < signed:
                inner.problem(
                    "plan-contradicts",
                    Text("cancelled before it was signed", "解约早于签约"),
                    inner.place_of("cancelled"),
                    Text("put one of the dates right", "请改其中一个日期"),
                )
            deal = Deal(
                id=inner.words("id"),
                value=value or Fraction(0),
                signed=signed or date.min,
                cancelled=cancelled,
                is_paid=inner.one_of("paid", _FLAGS, default="true").lower() == "true",
                shares=own or shared,
            )
            inner.close()
            if any(deal.id == other.id for other in found):
                inner.problem(
                    "duplicate-id",
                    Text(f"there is a second deal `{deal.id[:40]}`", f"`{deal.id[:40]}` 有第二单"),
                    inner.place_of("id"),
                )
            found.append(deal)
        return tuple(found)

    def _shares(self, fields: Fields, key: str) -> tuple[Share, ...]:
        inner = fields.map(key, required=False)
        found: list[Share] = []
        for person, node in inner.entries() if inner is not None else ():
            assert inner is not None
            if isinstance(node, ListNode | MapNode):
                inner.map(person.text)
                inner.scalar(person.text)
                continue
            if re.fullmatch(r"[0-9]{1,6} */ *[1-9][0-9]{0,5}", node.text):
                found.append(Share(person.text, Fraction(node.text.replace(" ", ""))))
                continue
            part = self.quantities.part_of(inner, node, person.text)
            if part is not None:
                found.append(Share(person.text, part))
        if inner is not None and found and sum(share.part for share in found) != 1:
            total = float(sum(share.part for share in found) * 100)
            inner.problem(
                "split-not-whole",
                Text(
                    f"the shares add to {total:g}%, not to 100%",
                    f"分成之和是 {total:g}%，不是 100%",
                ),
                inner.node.place,
                Text(
                    "change one of them; credit that is counted twice hides its cost",
                    "请改其中一个；同一单重复计业绩，成本就看不见了",
                ),
            )
        return tuple(found)

    def _date(self, fields: Fields, key: str) -> date | None:
        node = fields.scalar(key, required=False)
        if node is None:
            return None
        try:
            return date.fromisoformat(node.text.strip())
        except ValueError:
            fields.problem(
                "not-a-date",
                Text(f"`{node.text[:40]}` is not a date", f"`{node.text[:40]}` 不是日期"),
                node.place,
                Text("write it as 2025-03-01", "请写成 2025-03-01"),
            )
            return None

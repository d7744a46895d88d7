"""What was sold under a plan: results period by period, and deals with their shares and dates."""

import re
from datetime import date
from fractions import Fraction

from salesadvisor.commission.definitions import Deal, Goal, Share
from salesadvisor.commission.quantities import Quantities
from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import ListNode, MapNode, Node, ScalarNode
from salesadvisor.text import Text

_FLAGS = ("true", "false", "True", "False")


def read_results(
    fields: Fields, goals: tuple[Goal, ...], quantities: Quantities
) -> tuple[tuple[Fraction, ...], ...]:
    """Return the results by period: a number each, or one for every measure."""
    return _Reader(fields, quantities).results(goals)


def read_deals(fields: Fields, goals: tuple[Goal, ...], quantities: Quantities) -> tuple[Deal, ...]:
    """Return the deals, each with the shares in it."""
    return _Reader(fields, quantities).deals(goals)


class _Reader:
    def __init__(self, fields: Fields, quantities: Quantities) -> None:
        self.fields = fields
        self.quantities = quantities

    def results(self, goals: tuple[Goal, ...]) -> tuple[tuple[Fraction, ...], ...]:
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

    def deals(self, goals: tuple[Goal, ...]) -> tuple[Deal, ...]:
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

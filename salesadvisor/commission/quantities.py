"""Sums, shares and counts of a plan file, read exactly and with their places."""

import re
from decimal import Decimal
from fractions import Fraction

from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import ScalarNode
from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.amounts import AnswerError, Money, read_exact
from salesadvisor.rulebook.definitions import At, Kind, NumberQuestion, QuestionId
from salesadvisor.text import NOTHING, Text

_MOST = 1e12


class Quantities:
    """Reads numbers of one plan; what is wrong goes to the problems of its fields."""

    def __init__(self, currency: str) -> None:
        self.money = Money(currency=currency, rate=Decimal(1))

    def sum_(self, fields: Fields, key: str, *, low: float = 0) -> Decimal | None:
        """Return the sum of money under `key`, if there is one."""
        node = fields.scalar(key, required=False)
        return None if node is None else self._read(fields, node, key, Kind.MONEY, low, _MOST)

    def part(
        self,
        fields: Fields,
        key: str,
        *,
        low: float = 0,
        high: float = 100,
        of_quota: bool = False,
    ) -> Fraction | None:
        """Return the percentage under `key` as a fraction of 1, if there is one."""
        node = fields.scalar(key, required=False)
        if node is None:
            return None
        return self.part_of(fields, node, key, low=low, high=high, of_quota=of_quota)

    def part_of(
        self,
        fields: Fields,
        node: ScalarNode,
        key: str,
        *,
        low: float = 0,
        high: float = 100,
        of_quota: bool = False,
    ) -> Fraction | None:
        """Return the percentage in `node` as a fraction of 1.

        Args:
            fields: Where problems go.
            node: What is written.
            key: For messages.
            low: The least it may be, in percent.
            high: The most.
            of_quota: It is an attainment: `1.2` without a sign is more likely meant as 120 %.
        """
        if of_quota and re.fullmatch(r"0*[1-5](\.[0-9]+)?", node.text.strip()):
            times = Fraction(node.text.strip())
            fields.problem(
                "fraction-for-percent",
                Text(f"`{key}` is a percentage", f"`{key}` 是百分数"),
                node.place,
                Text(
                    f"write {float(times * 100):g}% (or {float(times):g}% if you mean that)",
                    f"请写 {float(times * 100):g}%（若真是 {float(times):g}%，请带上 %）",
                ),
            )
            return None
        found = self._read(fields, node, key, Kind.PERCENT, low, high)
        return None if found is None else Fraction(found) / 100

    def count(
        self, fields: Fields, key: str, *, low: float = 0, high: float = _MOST
    ) -> Fraction | None:
        """Return the number under `key`, if there is one."""
        node = fields.scalar(key, required=False)
        return None if node is None else self.count_of(fields, node, key, low=low, high=high)

    def count_of(
        self, fields: Fields, node: ScalarNode, key: str, *, low: float = 0, high: float = _MOST
    ) -> Fraction | None:
        """Return the number in `node`: with a suffix or a currency, as a person writes it."""
        found = self._read(fields, node, key, Kind.MONEY, low, high)
        return None if found is None else Fraction(found)

    def _read(
        self, fields: Fields, node: ScalarNode, key: str, kind: Kind, low: float, high: float
    ) -> Decimal | None:
        asked = NumberQuestion(
            id=QuestionId(key), part="", first=False, kind=kind, unit=None,
            domain=Numbers(low, high), step=Decimal(1), plausible=Numbers(low, high),
            title=NOTHING, prompt=NOTHING, help=NOTHING, why=NOTHING, anchors={}, at=At("", 0),
        )  # fmt: skip
        try:
            return read_exact(node, asked, self.money)
        except AnswerError as problem:
            fields.problem(problem.code, problem.message, problem.place or node.place, problem.hint)
            return None

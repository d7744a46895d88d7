"""Sums, shares and counts of a plan file, read exactly and with their places."""

from decimal import Decimal
from fractions import Fraction

from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import ScalarNode
from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.amounts import AnswerError, Money, read_exact
from salesadvisor.rulebook.definitions import At, Kind, NumberQuestion, QuestionId
from salesadvisor.text import NOTHING

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
        self, fields: Fields, key: str, *, low: float = 0, high: float = 100
    ) -> Fraction | None:
        """Return the percentage under `key` as a fraction of 1, if there is one."""
        node = fields.scalar(key, required=False)
        return None if node is None else self.part_of(fields, node, key, low=low, high=high)

    def part_of(
        self, fields: Fields, node: ScalarNode, key: str, *, low: float = 0, high: float = 100
    ) -> Fraction | None:
        """Return the percentage in `node` as a fraction of 1."""
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

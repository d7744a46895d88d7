"""Contradictions that say how answers are to be read where they hold: deeds before words."""

from collections.abc import Iterable, Iterator

from salesadvisor.engine.decision import Evaluation
from salesadvisor.engine.layout import Layout, Position, bits_in, bits_of, with_bits, with_value
from salesadvisor.engine.planes import members
from salesadvisor.language.evaluator import evaluate
from salesadvisor.language.possible import Value, union
from salesadvisor.language.syntax import Expression
from salesadvisor.rulebook.definitions import Check, QuestionId
from salesadvisor.rulebook.known import in_domain


class Readings:
    """Reads the answers of records otherwise.

    Args:
        layout: Of the decision.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.checks = layout.decision.rulebook.contested
        self._cells: dict[tuple[int, Expression], list[int]] = {}

    def held(self, evaluation: Evaluation) -> tuple[dict[int, list[Check]], dict[int, list[Check]]]:
        """Return for each record the contradictions that hold, and those that may; few have any."""
        sure: dict[int, list[Check]] = {}
        open_: dict[int, list[Check]] = {}
        for check in self.checks:
            truth = evaluation.base.truths[check.id]
            for record in members(truth.must):
                sure.setdefault(record, []).append(check)
            if truth.may is not truth.must:
                for record in members(truth.may & evaluation.engine.negate(truth.must)):
                    open_.setdefault(record, []).append(check)
        return sure, open_

    def read(self, position: Position, checks: Iterable[Check]) -> Position:
        """Return answers as contradictions say that they are to be read, all at once."""
        found = position
        for question, becomes in _assignments(checks):
            found = self._assigned(found, position, question, becomes)
        return found

    def widened(self, position: Position, checks: Iterable[Check]) -> Position:
        """Return answers that may be read as contradictions say, or not."""
        found = position
        for question, becomes in _assignments(checks):
            index = self.layout.decision.index[question]
            other = self._assigned(found, found, question, becomes)
            at = self.layout.joint_place.get(index)
            value = None if at is None else union(found.values[at], other.values[at])
            bits = bits_of(self.layout, found, index) | bits_of(self.layout, other, index)
            if bits != bits_of(self.layout, found, index):
                found = with_bits(self.layout, found, index, bits, value)
        return found

    def _assigned(
        self, position: Position, given: Position, question: QuestionId, becomes: Expression
    ) -> Position:
        """Return a position in which an answer is what an expression makes of the one given."""
        layout = self.layout
        index = layout.decision.index[question]
        asked = layout.decision.rulebook.questions[index]
        at = layout.joint_place.get(index)
        wide = [value for of, value in given.wide if of == index]
        known = wide or ([] if at is None else [given.values[at]])
        if known:
            value = in_domain(asked, evaluate(becomes, {question: known[0]}))
            return with_value(layout, position, index, value)
        bits = 0
        for cell in members(bits_of(layout, given, index)):
            bits |= self._cells_of(index, becomes)[cell]
        return with_bits(layout, position, index, bits, None)

    def _cells_of(self, index: int, becomes: Expression) -> list[int]:
        """Return for each cell of a question the cells that its answers are read as."""
        key = (index, becomes)
        if key not in self._cells:
            layout = self.layout
            asked = layout.decision.rulebook.questions[index]

            def read(cell: Value) -> int:
                value = in_domain(asked, evaluate(becomes, {asked.id: cell}))
                return bits_in(layout, index, value) & layout.masks[index]

            self._cells[key] = [read(cell) for cell in layout.decision.tables.cells[index]]
        return self._cells[key]


def _assignments(checks: Iterable[Check]) -> Iterator[tuple[QuestionId, Expression]]:
    for check in checks:
        yield from check.read_as.items()

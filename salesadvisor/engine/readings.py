"""Contradictions that say how answers are to be read where they hold: deeds before words."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from salesadvisor.engine.decision import Evaluation
from salesadvisor.engine.layout import (
    Layout,
    Position,
    bits_in,
    bits_of,
    narrowed,
    with_bits,
    with_value,
)
from salesadvisor.engine.planes import members
from salesadvisor.engine.tables import AllOf
from salesadvisor.language.evaluator import evaluate
from salesadvisor.language.possible import Value
from salesadvisor.language.syntax import Expression
from salesadvisor.rulebook.definitions import Check, QuestionId
from salesadvisor.rulebook.known import in_domain


class Part(NamedTuple):
    """A part of what a record leaves open."""

    position: Position
    held: tuple[Check, ...]  # contradictions that hold in all of it
    exact: bool  # else some of them hold in a part of it only


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

    def parted(self, position: Position, checks: Iterable[Check]) -> list[Part]:
        """Return the parts of a position in which each of some contradictions holds or does not."""
        parts = [Part(position, (), True)]
        for check in checks:
            parts = [smaller for part in parts for smaller in self._parted_by(check, part)]
        return parts

    def _parted_by(self, check: Check, part: Part) -> Iterator[Part]:
        left, held = part.position, (*part.held, check)
        tests = self._tests(check)
        if tests is None:
            yield part
            yield Part(left, held, exact=False)
            return
        for question, cells in tests:
            bits = bits_of(self.layout, left, question)
            if bits & ~cells:
                yield part._replace(position=narrowed(self.layout, left, question, bits & ~cells))
            if not bits & cells:
                return
            left = narrowed(self.layout, left, question, bits & cells)
        yield Part(left, held, part.exact)

    def _tests(self, check: Check) -> list[tuple[int, int]] | None:
        """Return the cells that each question must lie in; None where that is not all it asks."""
        conditions = self.layout.decision.tables.conditions
        number = self.layout.decision.tables.perspectives[0].conditions[check.id]
        condition = conditions[number]
        numbers = condition.parts if isinstance(condition, AllOf) else (number,)
        found = []
        for one in numbers:
            if one not in self.layout.tests:
                return None
            question, cells, as_given = self.layout.tests[one]
            if cells != as_given:
                return None
            found.append((question, cells))
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

"""How the positions of a decision are written, and how far bounds on it go.

A position is answers, each a set of values: as one whole number, with the cells that each answer
may lie in, a bit each; and as values where conditions read these.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from salesadvisor.engine.basis import Decision
from salesadvisor.engine.planes import Planes
from salesadvisor.engine.tables import AllOf, AnyOf, Constant, Joint, Not, Test
from salesadvisor.language.possible import Numbers, SomeOf, Value, overlap, union
from salesadvisor.rulebook.definitions import (
    ChoiceQuestion,
    CriterionId,
    ModelId,
    Question,
    QuestionId,
)


def as_bits(cells: Iterable[int]) -> int:
    """Return some cells, a bit each."""
    return sum(1 << cell for cell in cells)


class Bound(NamedTuple):
    """How far one model can lead another: sums over what the answers leave open."""

    always: int  # whatever the answers
    steps: tuple[tuple[int, int, int], ...]  # a question, what is added, and in which cells
    others: tuple[tuple[int, int], ...]  # a rule that reads several questions, and its lead


class Layout:
    """What blocks of one decision share: how positions are written, and how far bounds go.

    A position is one whole number: the cells that each answer may lie in, a bit each, and a bit
    more where the question is open altogether.
    """

    def __init__(self, decision: Decision, planes: "type[Planes]" = Planes) -> None:
        """Lay out the positions of a decision.

        Args:
            decision: Which.
            planes: The algebra of its blocks.
        """
        self.decision = decision
        self.planes = planes
        self.counts = [len(cells) for cells in decision.tables.cells]
        self.offsets: list[int] = []
        width = 0
        for count in self.counts:
            self.offsets.append(width)
            width += count + 1
        self.width = width
        self.masks = [(1 << count) - 1 for count in self.counts]
        pairs = zip(self.masks, self.offsets, strict=True)
        self.fields = [(2 * mask + 1) << offset for mask, offset in pairs]
        self.joint_place = {q: i for i, q in enumerate(decision.joint_questions)}
        self.lows = [
            [cell.low for cell in cells if isinstance(cell, Numbers)]
            for cells in decision.tables.cells
        ]
        self._bounds: dict[tuple[int, ModelId, ModelId], Bound] = {}
        self.tests = {
            number: (condition.question, as_bits(condition.cells), as_bits(condition.as_given))
            for number, condition in enumerate(decision.tables.conditions)
            if isinstance(condition, Test)
        }
        rules = decision.rulebook.rules
        self.scaled = {
            rule.id: {m: n // decision.scale for m, n in decision.points[rule.id].items()}
            for rule in rules
        }
        criteria: dict[CriterionId, list[int]] = {}
        for number, rule in enumerate(rules):
            criteria.setdefault(rule.criterion, []).append(number)
        self.criteria = criteria

    def cell_at(self, question: int, number: float) -> int:
        """Return the cell of a number."""
        return bisect_right(self.lows[question], number) - 1

    def bound(self, perspective: int, model: ModelId, rival: ModelId) -> Bound:
        """Return how far a model can lead another, cell by cell."""
        key = (perspective, model, rival)
        if key not in self._bounds:
            self._bounds[key] = self._bound(perspective, model, rival)
        return self._bounds[key]

    def _bound(self, perspective: int, model: ModelId, rival: ModelId) -> Bound:
        seen = self.decision.tables.perspectives[perspective]
        by_cell: dict[int, list[int]] = {}
        others: list[tuple[int, int]] = []
        for number, rule in enumerate(self.decision.rulebook.rules):
            lead = self.scaled[rule.id][model] - self.scaled[rule.id][rival]
            if not lead:
                continue
            questions, condition = seen.questions[rule.id], seen.conditions[rule.id]
            if len(questions) == 1 and not self._is_joint(condition):
                (question,) = questions
                leads = by_cell.setdefault(question, [0] * self.counts[question])
                for cell in range(self.counts[question]):
                    leads[cell] += lead * self._holds(condition, cell)
            else:
                others.append((number, lead))
        always = 0
        steps: list[tuple[int, int, int]] = []
        for question, leads in by_cell.items():
            levels = sorted(set(leads))
            always += levels[0]
            for before, level in pairwise(levels):
                cells = as_bits(c for c, lead in enumerate(leads) if lead >= level)
                steps.append((question, level - before, cells))
        return Bound(always, tuple(steps), tuple(others))

    def _is_joint(self, number: int) -> bool:
        match self.decision.tables.conditions[number]:
            case Joint():
                return True
            case AllOf(parts) | AnyOf(parts):
                return any(map(self._is_joint, parts))
            case Not(part):
                return self._is_joint(part)
            case _:
                return False

    def _holds(self, number: int, cell: int) -> bool:
        """Return whether a condition on one question holds in a cell of it."""
        match self.decision.tables.conditions[number]:
            case Test(_, cells):
                return cell in cells
            case AllOf(parts):
                return all(self._holds(part, cell) for part in parts)
            case AnyOf(parts):
                return any(self._holds(part, cell) for part in parts)
            case Not(part):
                return not self._holds(part, cell)
            case Constant(holds):
                return holds
            case Joint():  # it has no cells, and nobody asks
                return False


class Position(NamedTuple):
    """Answers, each a set of values: as cells, and as values where conditions read these."""

    cells: int  # as the layout writes them
    values: tuple[Value, ...]  # of the questions behind conditions on several
    wide: tuple[tuple[int, Value], ...] = ()  # other answers that lie in several cells, by question


def bits_in(layout: Layout, question: int, value: Value) -> int:
    """Return the cells that hold an answer of `value`, a bit each; one more where all do."""
    asked = layout.decision.rulebook.questions[question]
    if value == asked.everything:
        return 2 * layout.masks[question] + 1
    cells = layout.decision.tables.cells[question]
    if isinstance(value, Numbers):
        first, last = layout.cell_at(question, value.low), layout.cell_at(question, value.high)
        return (2 << last) - (1 << first)
    return sum(1 << i for i, cell in enumerate(cells) if common(asked, cell, value) is not None)


def position_of(layout: Layout, values: Mapping[QuestionId, Value]) -> Position:
    """Return the position of some answers: of every question, by its id."""
    decision = layout.decision
    cells = 0
    for index, question in enumerate(decision.rulebook.questions):
        cells |= bits_in(layout, index, values[question.id]) << layout.offsets[index]
    questions = decision.rulebook.questions
    wide = tuple(
        (index, values[question.id])
        for index, question in enumerate(questions)
        if is_wide(layout, index, cells >> layout.offsets[index])
    )
    joint = tuple(values[questions[q].id] for q in decision.joint_questions)
    return Position(cells, joint, wide)


def is_wide(layout: Layout, question: int, bits: int) -> bool:
    """Return whether an answer lies in several cells, not in all, and its value is kept nowhere.

    Args:
        layout: Of the decision.
        question: That is answered.
        bits: The cells, a bit each; higher bits are left out.
    """
    several = bits & layout.masks[question]
    everything = bits >> layout.counts[question] & 1
    return bool(several & several - 1) and not everything and question not in layout.joint_place


def with_value(layout: Layout, position: Position, question: int, value: Value) -> Position:
    """Return a position with another answer to a question."""
    bits = bits_in(layout, question, value)
    found = with_bits(layout, position, question, bits, value)
    if not is_wide(layout, question, bits):
        return found
    return found._replace(wide=tuple(sorted((*found.wide, (question, value)), key=itemgetter(0))))


def with_bits(
    layout: Layout, position: Position, question: int, bits: int, value: Value | None
) -> Position:
    """Return a position with an answer that lies in other cells.

    Args:
        layout: Of the position.
        position: Where to begin.
        question: Whose answer differs.
        bits: The cells that it may lie in.
        value: The answer, where conditions read its value.
    """
    offset = layout.offsets[question]
    cells = position.cells & ~layout.fields[question] | bits << offset
    values, at = position.values, layout.joint_place.get(question)
    if value is not None and at is not None:
        values = (*values[:at], value, *values[at + 1 :])
    wide = tuple(entry for entry in position.wide if entry[0] != question)
    return Position(cells, values, wide)


def narrowed(layout: Layout, position: Position, question: int, bits: int) -> Position:
    """Return what is left of a position in some of the cells of a question."""
    if bits == bits_of(layout, position, question):
        return position
    at = layout.joint_place.get(question)
    value = None if at is None else restrict(layout, question, position.values[at], bits)
    return with_bits(layout, position, question, bits, value)


def bits_of(layout: Layout, position: Position, question: int) -> int:
    """Return the cells that an answer may lie in, without the mark of an open one."""
    return position.cells >> layout.offsets[question] & layout.masks[question]


def restrict(layout: Layout, question: int, value: Value, bits: int) -> Value:
    """Return what is left of `value` in some of the cells: the smallest set that holds it."""
    cells = layout.decision.tables.cells[question]
    if isinstance(value, Numbers):
        first, last = cells[(bits & -bits).bit_length() - 1], cells[bits.bit_length() - 1]
        assert isinstance(first, Numbers)
        assert isinstance(last, Numbers)
        return Numbers(max(value.low, first.low), min(value.high, last.high))
    asked = layout.decision.rulebook.questions[question]
    left: Value | None = None
    for i, cell in enumerate(cells):
        part = common(asked, cell, value) if bits >> i & 1 else None
        if part is not None:
            left = part if left is None else union(left, part)
    assert left is not None
    return left


def common(question: Question, one: Value, other: Value) -> Value | None:
    """Return the answers that both hold, or None where there is none."""
    found = overlap(one, other)
    # With an option for "none of these", choosing nothing is not an answer.
    has_none = isinstance(question, ChoiceQuestion) and question.exclusive is not None
    return None if has_none and isinstance(found, SomeOf) and not found.possible else found

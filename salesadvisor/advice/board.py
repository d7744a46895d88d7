"""The rulebook on a board of cells: the scorings that sets give, a hundred times as fast.

Where thousands of answers are tried (what can still win, what would turn it), conditions are read
from the tables of the rulebook. `known` of such a scoring is empty: nothing there reads it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import prod

from msgspec import Struct
from msgspec.structs import replace

from salesadvisor.advice.readers import Readers, bits_of
from salesadvisor.advice.scoring import (
    Effect,
    OpenQuestion,
    Scoring,
    contributions,
    unit_of,
)
from salesadvisor.advice.standing import Standing, best_of, stand
from salesadvisor.advice.views import Sight, Sights, combine, seen_from
from salesadvisor.language.compiler import Single, compile_expression
from salesadvisor.language.possible import (
    FALSE,
    OPEN,
    Numbers,
    OneOf,
    SomeOf,
    Truth,
    Value,
    is_single,
    overlap,
    union,
)
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import ChoiceQuestion, ModelId, QuestionId, Rulebook, View
from salesadvisor.rulebook.known import assumed_values, known_values
from salesadvisor.rulebook.lookups import SingleLookup
from salesadvisor.rulebook.tables import (
    APPLIES,
)
from salesadvisor.rulebook.tabulation import tables_of


class Position:
    """Answers as the cells of every question, one bit each, and as values.

    A question that is open altogether has one bit more: the ends of a spread leave it alone.
    """

    __slots__ = ("_board", "_parent", "_values", "cells")

    def __init__(
        self,
        board: "Board",
        cells: tuple[int, ...],
        values: dict[int, Value],
        parent: "Position | None" = None,
    ) -> None:
        self.cells = cells
        self._board = board
        self._values = values  # those that are asked for; they may differ from the parent's
        self._parent = parent

    def value(self, question: int) -> Value:
        """Return what the answer can be."""
        found = self._values.get(question)
        if found is None:
            assert self._parent is not None
            found = self._parent.value(question)
            if self.cells[question] != self._parent.cells[question]:
                found = self._board.restrict(question, found, self.cells[question])
            self._values[question] = found
        return found

    def within(self, question: int, cells: int) -> "Position":
        """Return the position with an answer kept to some of its cells."""
        changed = (*self.cells[:question], cells, *self.cells[question + 1 :])
        return Position(self._board, changed, {}, self)

    def with_value(self, question: int, value: Value) -> "Position":
        """Return the position with another answer."""
        cells = self._board.bits(question, value)
        changed = (*self.cells[:question], cells, *self.cells[question + 1 :])
        return Position(self._board, changed, {question: value}, self)


class Outlook(Struct, frozen=True, kw_only=True):
    """How the models stand at a position: on the answers as given, and at both ends of a spread."""

    board: "Board"
    position: Position
    scoring: Scoring
    base: Standing
    sights: Sights | None

    @property
    def possible(self) -> tuple[ModelId, ...]:
        """The models that may still win: never too few."""
        return self.base.possible if self.sights is None else self.sights.possible

    def leaders(self, possible: tuple[ModelId, ...]) -> tuple[ModelId, ...]:
        """Return what is recommended if these models can win: several where scores are equal."""
        overruled_by = self.sights.overruled_by if self.sights is not None else None
        if overruled_by in possible:
            return (overruled_by,)
        return best_of(self.scoring, possible)

    @property
    def settled(self) -> bool:
        """Whether nothing open is left that could move anything."""
        return self.base.settled and (self.sights is None or self.sights.settled)


def look(rulebook: Rulebook, answers: Answers) -> Outlook:
    """Return what `answers` say, rule by rule, the scores that follow, and how the models stand."""
    board = Board(rulebook, answers)
    outlook = board.outlook(board.position(answers.values))
    known = known_values(rulebook, answers.values, answers.assumptions)
    scoring = replace(outlook.scoring, known=known)
    sights = outlook.sights
    if sights is not None:
        small, large = (
            replace(sight, values=seen_from(view, rulebook, known, answers))
            for sight, view in (
                (sights.small, sights.views.small),
                (sights.large, sights.views.large),
            )
        )
        sights = replace(sights, small=small, large=large)
    return replace(outlook, scoring=scoring, sights=sights)


class Board:
    """One rulebook, with the weights and assumptions of one set of answers."""

    def __init__(self, rulebook: Rulebook, answers: Answers) -> None:
        self.rulebook = rulebook
        self.tables = tables_of(rulebook, answers.assumptions)
        self.assumed = assumed_values(rulebook, answers.assumptions)
        self._assumed_singles: dict[str, Single] = {
            id: value.low for id, value in self.assumed.items()
        }
        self.unit = unit_of(rulebook)
        self.points = contributions(rulebook, answers.weights)
        self.full = [(1 << len(cells)) - 1 for cells in self.tables.cells]
        self._lows = [
            [cell.low for cell in cells if isinstance(cell, Numbers)] for cells in self.tables.cells
        ]
        self._holding = [
            {
                option: 1 << i
                for i, cell in enumerate(cells)
                if isinstance(cell, OneOf)
                for option in cell.options
            }
            for cells in self.tables.cells
        ]
        self.compiled = cache(compile_expression)
        self.index = {question.id: i for i, question in enumerate(rulebook.questions)}
        views: tuple[View | None, ...] = (None,)
        if rulebook.views is not None:
            views = (None, rulebook.views.small, rulebook.views.large)
        self.worlds = [
            Readers(self, index, world, view)
            for index, (world, view) in enumerate(zip(self.tables.worlds, views, strict=True))
        ]
        self.joint = frozenset[int]().union(*(world.joint for world in self.worlds))
        self._pure = tuple(model.id for model in rulebook.models if not model.blend_of)
        self._all = tuple(model.id for model in rulebook.models)

    def single_lookup(
        self, view: View | None, questions: Sequence[int], values: Iterable[Single]
    ) -> SingleLookup:
        """Return the value of every name that hangs on these questions alone."""
        named = dict(self._assumed_singles)
        for question, value in zip(questions, values, strict=True):
            named[self.rulebook.questions[question].id] = value
        return SingleLookup(self.rulebook, named, view, self.compiled)

    def position(self, values: Mapping[QuestionId, Value]) -> Position:
        """Return the position of some answers: of every question."""
        ordered = [values[question.id] for question in self.rulebook.questions]
        cells = tuple(self.bits(i, value) for i, value in enumerate(ordered))
        return Position(self, cells, dict(enumerate(ordered)))

    def bits(self, question: int, value: Value) -> int:
        """Return the cells that hold an answer of `value`, a bit each; one more where all do."""
        everything = self.rulebook.questions[question].everything
        if value == everything:
            return 2 * self.full[question] + 1
        match value:
            case Numbers(low, high):
                lows = self._lows[question]
                first, last = bisect_right(lows, low) - 1, bisect_right(lows, high) - 1
                return (2 << last) - (1 << first)
            case OneOf(options):
                bits = 0
                for option in options:
                    bits |= self._holding[question][option]
                return bits
            case _:
                return bits_of(
                    i
                    for i, cell in enumerate(self.tables.cells[question])
                    if self.common(question, cell, value) is not None
                )

    def restrict(self, question: int, value: Value, bits: int) -> Value:
        """Return what is left of `value` in some of the cells: the smallest set that holds it."""
        left: Value | None = None
        for i, cell in enumerate(self.tables.cells[question]):
            if bits >> i & 1:
                part = self.common(question, cell, value)
                if part is not None:
                    left = part if left is None else union(left, part)
        assert left is not None
        return left

    def common(self, question: int, one: Value, other: Value) -> Value | None:
        """Return the answers that both hold, or None where there is none."""
        found = overlap(one, other)
        if isinstance(found, SomeOf) and not found.possible:
            # With an option for "none of these", choosing nothing is not an answer.
            asked = self.rulebook.questions[question]
            if isinstance(asked, ChoiceQuestion) and asked.exclusive is not None:
                return None
        return found

    def outlook(
        self, position: Position, before: Outlook | None = None, changed: int | None = None
    ) -> Outlook:
        """Return how the models stand at a position.

        Args:
            position: Where to look.
            before: The outlook at a position that differs in one answer only…
            changed: …to this question: nothing else is read again.
        """
        scoring = self._scoring(0, position, before.scoring if before else None, changed)
        base = stand(scoring, self._all)
        sights = None
        if self.rulebook.views is not None and scoring.truths[APPLIES] != FALSE:
            ends = before.sights if before else None
            small = self._sight(1, position, ends.small if ends else None, changed)
            large = self._sight(2, position, ends.large if ends else None, changed)
            sights = combine(scoring, base, scoring.truths[APPLIES], small, large)
        return Outlook(board=self, position=position, scoring=scoring, base=base, sights=sights)

    def _sight(
        self, index: int, position: Position, before: Sight | None, changed: int | None
    ) -> Sight:
        scoring = self._scoring(index, position, before.scoring if before else None, changed)
        return Sight(values={}, scoring=scoring, standing=stand(scoring, self._pure))

    def _scoring(
        self, index: int, position: Position, before: Scoring | None, changed: int | None
    ) -> Scoring:
        world = self.worlds[index]
        if before is None or changed is None:
            truths = {id: read(position) for id, read in world.readers.items()}
        else:
            truths = dict(before.truths)
            for id in world.read_by[changed]:
                truths[id] = world.readers[id](position)
        return Scoring(
            rulebook=self.rulebook,
            known={},
            unit=self.unit,
            points=self.points,
            truths=truths,
            open_questions=self._open_questions(world, position, truths),
        )

    def is_open(self, position: Position, question: int) -> bool:
        """Return whether answers are left that some condition may tell apart."""
        cells = position.cells[question] & self.full[question]
        if cells & (cells - 1):
            return True
        return question in self.joint and not is_single(position.value(question))

    def combinations(self, position: Position) -> int:
        """Return how many ways there are to choose a cell for each open question."""
        return prod(
            (cells & full).bit_count()
            for question, (cells, full) in enumerate(zip(position.cells, self.full, strict=True))
            if self.is_open(position, question)
        )

    def _open_questions(
        self, world: Readers, position: Position, truths: Mapping[str, Truth]
    ) -> tuple[OpenQuestion, ...]:
        """Return what the cells of each open question would do.

        An open rule belongs to the first open question that it reads, so that none counts twice.
        """
        belongs: dict[int, list[str]] = {}
        for rule in self.rulebook.rules:
            if truths[rule.id] is OPEN:
                for question in world.scopes[rule.id]:
                    if self.is_open(position, question):
                        belongs.setdefault(question, []).append(rule.id)
                        break
        return tuple(
            OpenQuestion(
                self.rulebook.questions[question].id,
                tuple(
                    self._effects(world, position.within(question, group), belongs[question])
                    for group in self._groups(position, question, ((world, belongs[question]),))
                ),
            )
            for question in sorted(belongs)
        )

    def _effects(
        self, world: Readers, position: Position, ids: Iterable[str]
    ) -> tuple[Effect, ...]:
        read = ((id, world.readers[id](position)) for id in ids)
        return tuple(Effect(truth, self.points[id]) for id, truth in read if truth is not FALSE)

    def groups(self, outlook: Outlook, question: int) -> list[int]:
        """Return the cells of an open question in groups that nothing still open tells apart."""
        scorings = [outlook.scoring]
        if outlook.sights is not None:
            scorings += [outlook.sights.small.scoring, outlook.sights.large.scoring]
        conditions = (
            (world, [id for id in world.read_by[question] if scoring.truths[id] is OPEN])
            for world, scoring in zip(self.worlds, scorings, strict=False)
        )
        return self._groups(outlook.position, question, conditions)

    def _groups(
        self,
        position: Position,
        question: int,
        conditions: Iterable[tuple[Readers, Iterable[str]]],
    ) -> list[int]:
        groups = [position.cells[question] & self.full[question]]
        for world, ids in conditions:
            for id in ids:
                if (id, question) in world.jointly:
                    return list(_each_bit(groups[0] if len(groups) == 1 else sum(groups)))
                for test in world.tests.get((id, question), ()):
                    groups = [g for group in groups for g in (group & test, group & ~test) if g]
        return groups


def _each_bit(bits: int) -> Iterator[int]:
    while bits:
        bit = bits & -bits
        yield bit
        bits ^= bit

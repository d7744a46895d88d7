"""Many completions of the open answers at once: one bit of a whole number for each.

A condition is then a whole number, too, and `and` is `&`: a thousand completions are looked at in
the time that a few take one by one.
"""

from collections.abc import Iterable, Mapping, Sequence
from random import Random

from msgspec import Struct

from salesadvisor.advice.board import Board, Position
from salesadvisor.advice.views import patterns_beside
from salesadvisor.language.compiler import Single, compile_expression, single_of
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.language.syntax import Expression
from salesadvisor.rulebook.definitions import NO_MODEL, ModelId, View
from salesadvisor.rulebook.tables import (
    APPLIES,
    AllOf,
    AnyOf,
    Condition,
    Fixed,
    Joint,
    Opposite,
    Test,
)
from salesadvisor.rulebook.tabulation import Lookup, SeenLookup

_LANE = 48
"""Bits for one model's score where the scores of all models are summed in one number."""
_BIAS = 1 << (_LANE - 1)


class Draws(Struct, frozen=True, kw_only=True):
    """Completions of the open answers."""

    count: int
    cells: tuple[Sequence[int], ...]  # of each question, the cell that each completion lies in
    values: Mapping[int, Sequence[Value]]  # of questions that conditions read from values


def draw_cells(position: Position, board: Board, count: int, random: Random) -> Draws:
    """Draw completions: each cell of an open answer as often as any other."""
    cells: list[Sequence[int]] = []
    values: dict[int, Sequence[Value]] = {}
    for question in range(len(board.full)):
        bits = position.cells[question] & board.full[question]
        left = [cell for cell in range(bits.bit_length()) if bits >> cell & 1]
        drawn = random.choices(left, k=count) if len(left) > 1 else left * count
        cells.append(drawn)
        if question in board.joint:
            answer = position.value(question)
            within = {cell: board.restrict(question, answer, 1 << cell) for cell in left}
            values[question] = [_single_of(within[cell], random) for cell in drawn]
    return Draws(count=count, cells=tuple(cells), values=values)


def _single_of(value: Value, random: Random) -> Value:
    """Return one of the answers in `value`: an end of it, where it is a range."""
    match value:
        case Numbers(low, high):
            end = random.choice((low, high))
            return Numbers(end, end)
        case OneOf(options):
            return OneOf(frozenset({random.choice(sorted(options))}))
        case SomeOf(_, possible):
            return SomeOf(possible, possible)
        case truth:
            return truth


def position_of(draws: Draws, number: int, position: Position, board: Board) -> Position:
    """Return one completion as a position."""
    for question in range(len(board.full)):
        if board.is_open(position, question):
            if question in draws.values:
                position = position.with_value(question, draws.values[question][number])
            else:
                position = position.within(question, 1 << draws.cells[question][number])
    return position


def winners_of(
    draws: Draws, board: Board, factors: Sequence[Sequence[int]] | None = None
) -> list[tuple[ModelId, ...]]:
    """Return what is recommended in each completion: several in a tie, `none` if all are excluded.

    Args:
        draws: The completions.
        board: Of the rulebook.
        factors: Of each criterion, what its weight is multiplied by in each completion, in
            thousandths; nothing leaves all weights alone.
    """
    return _Judge(draws, board, factors).winners()


_OUT = -(1 << _LANE)
"""Below every score: of a model that is excluded."""


class _Judge:
    """Decides completion by completion, from conditions that were read for all of them at once."""

    def __init__(self, draws: Draws, board: Board, factors: Sequence[Sequence[int]] | None) -> None:
        self.draws = draws
        self.board = board
        self.rulebook = board.rulebook
        self.factors = factors
        self.all = (1 << draws.count) - 1
        self.models = [model.id for model in self.rulebook.models]
        self.pure = [model.id for model in self.rulebook.models if not model.blend_of]
        self.in_cell = [self._in_cell(cells) for cells in draws.cells]
        views = self.rulebook.views
        self.views: tuple[View | None, ...] = (
            (None,) if views is None else (None, views.small, views.large)
        )
        self.singles: dict[object, Mapping[str, Single]] = {}

    def _in_cell(self, cells: Sequence[int]) -> Mapping[int, int]:
        """Return for each cell which completions lie in it."""
        found = set(cells)
        if len(found) == 1:
            return {next(iter(found)): self.all}
        turned = cells[::-1]  # the first completion is the lowest bit
        return {
            wanted: int("".join("1" if cell == wanted else "0" for cell in turned), 2)
            for wanted in found
        }

    def winners(self) -> list[tuple[ModelId, ...]]:
        """Return what is recommended in each completion."""
        order = self.rulebook.ties
        base = self._standing(0, order)
        winners = [_best(order, scores) for scores in zip(*base, strict=True)]
        views = self.rulebook.views
        if views is None:
            return winners
        applies = self._holds(0, self.board.tables.worlds[0].conditions[APPLIES])
        if not applies:
            return winners
        blend = views.split_earns
        vetoed = self._digits(self._vetoed(0, blend))
        otherwise = self._digits(self._earned_otherwise())
        ends = (
            [
                _best(self.pure, scores)
                for scores in zip(*self._standing(world, self.pure), strict=True)
            ]
            for world in (1, 2)
        )
        return [
            _with_ends(won, small, large, blend, veto == "1", reason == "1")
            if applied == "1"
            else won
            for won, small, large, veto, reason, applied in zip(
                winners, *ends, vetoed, otherwise, self._digits(applies), strict=True
            )
        ]

    def _standing(self, world: int, models: Sequence[ModelId]) -> list[list[int]]:
        """Return each model's score in each completion, `_OUT` where it is excluded."""
        totals = self._totals(world)
        found = []
        for model in models:
            shift = _LANE * self.models.index(model)
            scores = [total >> shift & (1 << _LANE) - 1 for total in totals]
            excluded = self._excluded(world, model)
            if excluded:
                scores = [
                    _OUT if out == "1" else score
                    for score, out in zip(scores, self._digits(excluded), strict=True)
                ]
            found.append(scores)
        return found

    def _totals(self, world: int) -> list[int]:
        """Return the scores of all models in each completion, side by side in one number."""
        conditions = self.board.tables.worlds[world].conditions
        count = self.draws.count
        totals = [sum(_BIAS << _LANE * i for i in range(len(self.models)))] * count
        for number, criterion in enumerate(self.rulebook.criteria):
            fixed = 0
            sums: list[int] = []
            for rule in self.rulebook.rules:
                if rule.criterion != criterion.id:
                    continue
                points = sum(
                    self.board.points[rule.id][model] << _LANE * i
                    for i, model in enumerate(self.models)
                )
                holds = self._holds(world, conditions[rule.id])
                if holds == self.all:
                    fixed += points
                elif holds:
                    digits = self._digits(holds)
                    sums = [
                        total + points if digit == "1" else total
                        for total, digit in zip(sums or [0] * count, digits, strict=True)
                    ]
            sums = [total + fixed for total in sums] if sums else [fixed] * count
            if self.factors is not None:
                sums = [s * f for s, f in zip(sums, self.factors[number], strict=True)]
            totals = [total + more for total, more in zip(totals, sums, strict=True)]
        return totals

    def _excluded(self, world: int, model: ModelId) -> int:
        """Return in which completions a model is excluded."""
        excluded = self._vetoed(world, model)
        if self.rulebook.model[model].requirement is not None:
            conditions = self.board.tables.worlds[world].conditions
            earned = 0
            for pattern in self.rulebook.patterns:
                if pattern.model == model:
                    earned |= self._holds(world, conditions[pattern.id])
            excluded |= self.all & ~earned
        return excluded

    def _vetoed(self, world: int, model: ModelId) -> int:
        conditions = self.board.tables.worlds[world].conditions
        vetoed = 0
        for veto in self.rulebook.vetoes:
            if model in veto.excludes:
                vetoed |= self._holds(world, conditions[veto.id])
        return vetoed

    def _earned_otherwise(self) -> int:
        conditions = self.board.tables.worlds[0].conditions
        earned = 0
        for pattern in patterns_beside(self.rulebook):
            earned |= self._holds(0, conditions[pattern.id])
        return earned

    def _digits(self, bits: int) -> str:
        """Return the bits as digits, the first completion first."""
        return f"{bits:0{self.draws.count}b}"[::-1]

    def _holds(self, world: int, condition: Condition) -> int:
        """Return in which completions a condition is true."""
        match condition:
            case Fixed(holds):
                return self.all if holds else 0
            case Test(question, cells):
                found = self.in_cell[question]
                bits = 0
                for cell in cells:
                    bits |= found.get(cell, 0)
                return bits
            case Opposite(part):
                return self.all & ~self._holds(world, part)
            case AllOf(parts):
                bits = self.all
                for part in parts:
                    if not bits:
                        break
                    bits &= self._holds(world, part)
                return bits
            case AnyOf(parts):
                bits = 0
                for part in parts:
                    bits |= self._holds(world, part)
                return bits
            case Joint(expression, questions):
                return self._jointly(world, expression, questions)

    def _jointly(self, world: int, condition: Expression, questions: tuple[int, ...]) -> int:
        holds = compile_expression(condition)
        known: dict[tuple[Value, ...], str] = {}
        digits = []
        for values in zip(*(self.draws.values[q] for q in questions), strict=True):
            digit = known.get(values)
            if digit is None:
                digit = "1" if holds(self._single(world, questions, values)) else "0"
                known[values] = digit
            digits.append(digit)
        return int("".join(reversed(digits)), 2)

    def _single(
        self, world: int, questions: tuple[int, ...], values: tuple[Value, ...]
    ) -> Mapping[str, Single]:
        """Return the single value of each name, for the answers to some questions."""
        key = (world, questions, values)
        found = self.singles.get(key)
        if found is None:
            ids = [self.rulebook.questions[q].id for q in questions]
            known = Lookup(
                self.rulebook, {**self.board.assumed, **dict(zip(ids, values, strict=True))}
            )
            view = self.views[world]
            seen = known if view is None else SeenLookup(known, view, all_answered=True)
            found = self.singles[key] = _Singles(seen)
        return found


class _Singles(dict[str, Single]):
    """The single value of each name, worked out when it is asked for."""

    def __init__(self, known: Lookup) -> None:
        super().__init__()
        self.known = known

    def __missing__(self, name: str) -> Single:
        """Work out a name."""
        value = self[name] = single_of(self.known[name])
        return value


def _best(models: Sequence[ModelId], scores: Iterable[int]) -> tuple[ModelId, ...]:
    ranked = list(zip(models, scores, strict=True))
    best = max(score for _, score in ranked)
    if best == _OUT:
        return (NO_MODEL,)
    return tuple(model for model, score in ranked if score == best)


def _with_ends(
    won: tuple[ModelId, ...],
    small: tuple[ModelId, ...],
    large: tuple[ModelId, ...],
    blend: ModelId,
    vetoed: bool,  # noqa: FBT001 -- one of two facts about the blend
    earned_otherwise: bool,  # noqa: FBT001
) -> tuple[ModelId, ...]:
    """Return what is recommended where the ends of a spread have a say: semantics of the views."""
    if len(small) > 1 or len(large) > 1 or NO_MODEL in (small[0], large[0]):
        return won
    if small != large:
        return won if vetoed else (blend,)
    return small if blend in won and not earned_otherwise else won

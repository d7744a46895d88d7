"""Many completions of the open answers at once: one bit of a whole number for each.

A condition is then a whole number, too, and `and` is `&`: a thousand completions are looked at in
the time that a few take one by one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from random import Random

from msgspec import Struct

from salesadvisor.advice.board import Board, Position
from salesadvisor.advice.views import patterns_beside
from salesadvisor.language.columns import Column, evaluate_columns
from salesadvisor.language.compiler import Single, single_of
from salesadvisor.language.possible import (
    Numbers,
    OneOf,
    SomeOf,
    Value,
    is_single,
    overlap,
)
from salesadvisor.language.syntax import Expression
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    ChoiceQuestion,
    ModelId,
    NumberQuestion,
    Question,
    QuestionId,
    View,
)
from salesadvisor.rulebook.known import nearest_answer
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
            asked = board.rulebook.questions[question]
            values[question] = [_single_of(asked, within[cell], random) for cell in drawn]
    return Draws(count=count, cells=tuple(cells), values=values)


def _single_of(question: Question, value: Value, random: Random) -> Value:
    """Return one of the answers in `value`: an end of it, where it is a range.

    Raises:
        TypeError: it is no answer to the question.
    """
    match question, value:
        case _, Numbers(low, high):
            end = random.choice((low, high))
            return Numbers(end, end)
        case _, OneOf(options):
            return OneOf(frozenset({random.choice(sorted(options))}))
        case ChoiceQuestion(), SomeOf():
            return _choices(question, value, random)
        case _:
            raise TypeError(value)


def position_of(draws: Draws, number: int, position: Position, board: Board) -> Position:
    """Return one completion as a position."""
    for question in range(len(board.full)):
        if board.is_open(position, question):
            if question in draws.values:
                position = position.with_value(question, draws.values[question][number])
            else:
                position = position.within(question, 1 << draws.cells[question][number])
    return position


def draw_plausible(position: Position, board: Board, count: int, random: Random) -> Draws:
    """Draw completions as they may turn out, each open answer for itself.

    An open number is log-uniform over what is plausible of it, or uniform where that may be zero;
    an open option as likely as any other; of a multiple choice each option is in or out, and
    "none of these" is one possibility among them.
    """
    cells: list[Sequence[int]] = []
    values: dict[int, Sequence[Value]] = {}
    for question, asked in enumerate(board.rulebook.questions):
        answer = position.value(question)
        drawn = plausible_answers(asked, answer, count, random)
        known = {value: board.bits(question, value).bit_length() - 1 for value in set(drawn)}
        cells.append([known[value] for value in drawn])
        if question in board.joint:
            values[question] = drawn
    return Draws(count=count, cells=tuple(cells), values=values)


def plausible_answers(question: Question, answer: Value, count: int, random: Random) -> list[Value]:
    """Return single answers as they may turn out, drawn from what is known of one.

    Raises:
        TypeError: what is known is no answer to the question.
    """
    if is_single(answer):
        return [answer] * count
    match question, answer:
        case NumberQuestion(plausible=plausible), Numbers():
            within = overlap(answer, plausible) or answer
            assert isinstance(within, Numbers)
            low, high = within.low, within.high
            if low > 0:
                first, last = math.log(low), math.log(high)
                drawn = [math.exp(random.uniform(first, last)) for _ in range(count)]
            else:
                drawn = [random.uniform(low, high) for _ in range(count)]
            numbers = (min(max(nearest_answer(question, n), low), high) for n in drawn)
            return [Numbers(number, number) for number in numbers]
        case ChoiceQuestion(), OneOf(options):
            pool = [OneOf(frozenset({id})) for id in question.options if id in options]
            return list(random.choices(pool, k=count))
        case ChoiceQuestion(), SomeOf():
            return [_choices(question, answer, random) for _ in range(count)]
        case _:
            raise TypeError(answer)


def _choices(question: ChoiceQuestion, answer: SomeOf, random: Random) -> Value:
    """Return one choice that a multiple choice leaves possible."""
    alone, certain = question.exclusive, answer.certain
    open_ = [id for id in question.options if id in answer.possible - certain and id != alone]
    chosen = certain | {id for id in open_ if random.random() < _COIN}
    by_itself = alone is not None and alone in answer.possible and not certain
    if by_itself and random.randrange(len(open_) + 1) == 0:
        chosen = frozenset()
    elif not chosen and open_:
        chosen = frozenset({random.choice(open_)})
    if not chosen and alone is not None:
        chosen = frozenset({alone})
    return SomeOf(chosen, chosen)


_COIN = 0.5


_OUT = -(1 << _LANE)
"""Below every score: of a model that is excluded."""


class Judge:
    """Decides completion by completion, from conditions that were read for all of them at once."""

    def __init__(self, draws: Draws, board: Board) -> None:
        self.draws = draws
        self.board = board
        self.rulebook = board.rulebook
        self.all = (1 << draws.count) - 1
        self.models = [model.id for model in self.rulebook.models]
        self.pure = [model.id for model in self.rulebook.models if not model.blend_of]
        self.in_cell = [self._in_cell(cells) for cells in draws.cells]
        views = self.rulebook.views
        self.views: tuple[View | None, ...] = (
            (None,) if views is None else (None, views.small, views.large)
        )
        self.sums: dict[tuple[int, int], list[int]] = {}
        self.columns: dict[int, _Columns] = {}

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

    def winners(self, factors: Sequence[Sequence[int]] | None = None) -> list[tuple[ModelId, ...]]:
        """Return what is recommended in each completion: several in a tie, `none` if all are out.

        Args:
            factors: Of each criterion, by what its weight is multiplied in each completion, in
                thousandths; nothing leaves all weights alone.
        """
        order = self.rulebook.ties
        base = self._standing(0, order, factors)
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
                for scores in zip(*self._standing(world, self.pure, factors), strict=True)
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

    def _standing(
        self, world: int, models: Sequence[ModelId], factors: Sequence[Sequence[int]] | None
    ) -> list[list[int]]:
        """Return each model's score in each completion, `_OUT` where it is excluded."""
        totals = self._totals(world, factors)
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

    def _totals(self, world: int, factors: Sequence[Sequence[int]] | None) -> list[int]:
        """Return the scores of all models in each completion, side by side in one number."""
        totals = [sum(_BIAS << _LANE * i for i in range(len(self.models)))] * self.draws.count
        for number in range(len(self.rulebook.criteria)):
            sums = self._sums(world, number)
            if factors is not None:
                sums = [s * factor for s, factor in zip(sums, factors[number], strict=True)]
            totals = [total + more for total, more in zip(totals, sums, strict=True)]
        return totals

    def _sums(self, world: int, number: int) -> list[int]:
        """Return what the rules of a criterion add in each completion, likewise."""
        found = self.sums.get((world, number))
        if found is not None:
            return found
        count, criterion = self.draws.count, self.rulebook.criteria[number]
        conditions = self.board.tables.worlds[world].conditions
        fixed = 0
        sums = [0] * count
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
                sums = [
                    total + points if digit == "1" else total
                    for total, digit in zip(sums, self._digits(holds), strict=True)
                ]
        self.sums[world, number] = sums = [total + fixed for total in sums] if fixed else sums
        return sums

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
            case Joint(expression):
                return self._jointly(world, expression)

    def _jointly(self, world: int, condition: Expression) -> int:
        found = evaluate_columns(condition, self._columns(world))
        if not isinstance(found, list):
            return self.all if found else 0
        return int("".join("1" if holds else "0" for holds in reversed(found)), 2)

    def _columns(self, world: int) -> "_Columns":
        """Return the values of every name in each completion."""
        if world not in self.columns:
            given = None if world == 0 else self._columns(0)
            self.columns[world] = _Columns(self, self.views[world], given)
        return self.columns[world]


class _Columns(dict[str, Column | Single]):
    """The value of each name in each completion, worked out when it is asked for."""

    def __init__(self, judge: Judge, view: View | None, given: "_Columns | None") -> None:
        super().__init__({id: value.low for id, value in judge.board.assumed.items()})
        self.judge = judge
        self.view = view
        self.given = given

    def __missing__(self, name: str) -> Column | Single:
        """Work out a formula, an answer, or an answer as it is from the end of a spread."""
        board = self.judge.board
        formula = board.rulebook.formula.get(name)
        found = self[name] = (
            evaluate_columns(formula.value, self)
            if formula is not None
            else self._answer(QuestionId(name))
        )
        return found

    def _answer(self, id: QuestionId) -> Column | Single:
        board = self.judge.board
        if self.given is None or self.view is None:
            values = self.judge.draws.values[board.index[id]]
            first = values[0]
            if all(value is first for value in values):
                return single_of(first)
            return [single_of(value) for value in values]
        becomes = self.view.becomes.get(id)
        if becomes is None:
            return self.given[id]
        found = evaluate_columns(becomes, self.given)
        question = board.rulebook.question[id]
        if not isinstance(question, NumberQuestion):
            return found
        if isinstance(found, list):
            return [nearest_answer(question, number) for number in found]
        assert isinstance(found, float)
        return nearest_answer(question, found)


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

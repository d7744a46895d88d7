"""Plausible completions: open answers as they may turn out, the same draws for every record.

Of each question a spot from 0 to 1 is drawn once for each completion; what is known of an answer
says which value lies there. So two records with the same answers get the same completions, wherever
they are decided.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import repeat
from math import gcd
from random import Random

from msgspec import Struct

from salesadvisor.engine.block import Block, column_of
from salesadvisor.engine.layout import Layout, Position, bits_in, bits_of
from salesadvisor.engine.planes import Planes, nearest, packed, transposed
from salesadvisor.engine.truth import Ends, Values
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value, is_single, overlap
from salesadvisor.rulebook.definitions import (
    ChoiceQuestion,
    CriterionId,
    NumberQuestion,
    Question,
)

JITTER = 0.3
"""How far each weight is moved up or down, as a share of it."""
_SEED = 20
_COIN = 0.5


class Drawn(Struct, frozen=True):
    """An answer in every completion."""

    cells: Sequence[int]  # the cell that it lies in
    planes: Mapping[int, int]  # of each cell, in which completions
    values: Sequence[Value]
    numbers: Sequence[float]  # likewise, of a number


class Completions:
    """Completions of the answers of any record.

    Args:
        layout: Of the decision.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.count = layout.decision.rulebook.draws
        self.ones = (1 << self.count) - 1
        self._known: dict[tuple[int, Value], Drawn] = {}

    def drawn(self, question: int, answer: Value) -> Drawn:
        """Return what becomes of an answer."""
        key = (question, answer)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > _KEPT:
                self._known.clear()
            found = self._known[key] = self._draw(question, answer)
        return found

    def _draw(self, question: int, answer: Value) -> Drawn:
        asked = self.layout.decision.rulebook.questions[question]
        values = plausible_answers(asked, answer, self.count, Random(f"{_SEED}/{asked.id}"))
        place = {v: bits_in(self.layout, question, v).bit_length() - 1 for v in set(values)}
        cells = [place[value] for value in values]
        planes = {cell: packed([one == cell for one in cells]) for cell in set(cells)}
        numbers = [value.low for value in values if isinstance(value, Numbers)]
        return Drawn(cells, planes, values, numbers)

    def of(self, position: Position, question: int) -> Drawn | None:
        """Return what becomes of an answer of a record; None where one cell is all there is."""
        layout = self.layout
        at = layout.joint_place.get(question)
        if at is not None:
            value = position.values[at]
            return None if is_single(value) else self.drawn(question, value)
        bits = bits_of(layout, position, question)
        if not bits & bits - 1:
            return None
        everything = layout.decision.rulebook.questions[question].everything
        wide = (value for of, value in position.wide if of == question)
        return self.drawn(question, next(wide, everything))

    def block(self, positions: Sequence[Position]) -> Block:
        """Return the completions of some records, one record after the other."""
        layout, count = self.layout, self.count
        engine = layout.planes(len(positions) * count, layout.decision.scale)
        cells, values = [], {}
        for question, width in enumerate(layout.counts):
            found = [self.of(position, question) for position in positions]
            single = [
                -1 if drawn is not None else bits_of(layout, p, question).bit_length() - 1
                for p, drawn in zip(positions, found, strict=True)
            ]
            parts = [
                {cell: self.ones} if drawn is None else drawn.planes
                for cell, drawn in zip(single, found, strict=True)
            ]
            cells.append([side_by_side([p.get(c, 0) for p in parts], count) for c in range(width)])
            at = layout.joint_place.get(question)
            if at is not None:
                given = [position.values[at] for position in positions]
                values[question] = self._column(engine, question, given, found)
        return Block(layout, engine, cells, [0] * len(cells), values, complete=True)

    def _column(
        self,
        engine: Planes,
        question: int,
        given: Sequence[Value],
        found: Sequence[Drawn | None],
    ) -> Values:
        """Return the answers of all completions as values."""
        asked = self.layout.decision.rulebook.questions[question]
        pairs = zip(given, found, strict=True)
        if isinstance(asked, NumberQuestion):
            lows = [value.low for value in given if isinstance(value, Numbers)]
            if not any(found) and len(set(lows)) == 1:
                return Ends(lows[0], lows[0])
            numbers: list[float] = []
            for low, drawn in zip(lows, found, strict=True):
                numbers += repeat(low, self.count) if drawn is None else drawn.numbers
            column = engine.column(numbers)
            return Ends(column, column)
        several: list[Value] = []
        for value, drawn in pairs:
            several += repeat(value, self.count) if drawn is None else drawn.values
        return column_of(engine, asked, several)

    @cached_property
    def weights(self) -> Mapping[CriterionId, Sequence[int]]:
        """What each criterion weighs in each completion, moved, in any unit: digits."""
        random = Random(_SEED)
        least, most = round(100 * (1 - JITTER)), round(100 * (1 + JITTER))  # a few digits: fast
        own = {c: int(100 * weight) for c, weight in self.layout.decision.weights.items()}
        unit = gcd(*own.values()) or 1
        found = {}
        for criterion, weight in own.items():
            drawn = random.choices(range(least, most + 1), k=self.count)
            moved = [weight // unit * factor for factor in drawn]
            found[criterion] = transposed(moved, max(moved).bit_length())
        return found


_KEPT = 20_000
"""Answers whose completions are kept: a file may be full of ranges, each another."""


def side_by_side(planes: Sequence[int], width: int) -> int:
    """Return planes one after the other as one: the first lowest."""
    first = planes[0]
    if len(planes) == 1:
        return first
    if all(plane is first for plane in planes) and not first:
        return 0
    size = width // 8
    return int.from_bytes(b"".join([plane.to_bytes(size, "little") for plane in planes]), "little")


def plausible_answers(question: Question, answer: Value, count: int, random: Random) -> list[Value]:
    """Return single answers as they may turn out, drawn from what is known of one.

    A number is log-uniform over what is plausible of it, or uniform where that may be zero; an
    option as likely as any other; of a multiple choice each option is in or out, and "none of
    these" is one possibility among them. Numbers and options are drawn evenly: one from each of
    `count` parts of what there is.

    Raises:
        TypeError: what is known is no answer to the question.
    """
    if is_single(answer):
        return [answer] * count
    spots = [(part + random.random()) / count for part in range(count)]
    random.shuffle(spots)
    match question, answer:
        case NumberQuestion(plausible=plausible), Numbers():
            within = overlap(answer, plausible) or answer
            assert isinstance(within, Numbers)
            low, high = within.low, within.high
            if low > 0:
                first, width = math.log(low), math.log(high) - math.log(low)
                drawn = [math.exp(first + spot * width) for spot in spots]
            else:
                drawn = [low + spot * (high - low) for spot in spots]
            near = nearest(question)
            numbers = (min(max(near(number), low), high) for number in drawn)
            return [Numbers(number, number) for number in numbers]
        case ChoiceQuestion(), OneOf(options):
            pool = [OneOf(frozenset({id})) for id in question.options if id in options]
            return [pool[int(spot * len(pool))] for spot in spots]
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

"""Completions of open answers, by orders of cells: of an answer the first cell that it may lie in.

The same orders for every record, so that what is found for one does not depend on the others.
Some orders are drawn evenly, some favour what speaks for one of the models.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from random import Random
from typing import NamedTuple

from salesadvisor.engine.block import Block, block_of, column_of
from salesadvisor.engine.layout import Layout, Position, restrict
from salesadvisor.engine.planes import Planes, members
from salesadvisor.engine.tables import AllOf, AnyOf, Not, Test
from salesadvisor.engine.truth import Ends, Values, one_and_more
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.rulebook.definitions import ChoiceQuestion, NumberQuestion, Question

_COUNT, _SEED = 96, 5
_PULL = 2.0
"""How strongly an order is drawn to what speaks for its model, in points."""
_CONDITION = 4
"""What a veto or a pattern counts as, in points."""


class Order(NamedTuple):
    """One way to complete answers."""

    ranks: list[list[int]]  # of every question its cells, first to last
    places: list[float]  # where in a cell to look: 0 its low end, 1 its high end


class Orders:
    """Ways to complete answers, drawn when they are asked for."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._known: dict[int, Order] = {}

    def __getitem__(self, number: int) -> Order:
        """Return the way of a number; there are only so many."""
        number %= _COUNT
        if number not in self._known:
            self._known[number] = self._draw(number)
        return self._known[number]

    @cached_property
    def _leans(self) -> list[list[list[float]]]:
        return _leans(self.layout)

    def _draw(self, number: int) -> Order:
        random = Random(_SEED * _COUNT + number)
        # Two even ones, then one for each outcome, and so on.
        turn = number % (len(self.layout.decision.models) + 3) - 2
        pull = _PULL * random.uniform(0.3, 1.5) if turn >= 0 else 0.0
        ranks = []
        for question, count in enumerate(self.layout.counts):
            keys = [-math.log(-math.log(random.uniform(1e-12, 1 - 1e-12))) for _ in range(count)]
            if pull:
                leans = self._leans[question]
                keys = [key + pull * leans[cell][turn] for cell, key in enumerate(keys)]
            ranks.append(sorted(range(count), key=lambda cell: -keys[cell]))
        spots = (random.random() for _ in self.layout.counts)
        places = [0.0 if x < 0.35 else 1.0 if x < 0.7 else (x - 0.7) / 0.3 for x in spots]
        return Order(ranks, places)


def _leans(layout: Layout) -> list[list[list[float]]]:
    """Return how much each cell of each question speaks for each outcome, roughly, in points."""
    decision = layout.decision
    models = decision.models
    found = [[[0.0] * (len(models) + 1) for _ in range(n)] for n in layout.counts]
    seen = decision.tables.perspectives[0]
    for entry in decision.rulebook.entries:
        points = decision.points.get(entry.id)
        excludes = getattr(entry, "excludes", None)
        if points is not None:
            mean = sum(points.values()) / len(points)
            lean = [(points[m] - mean) / decision.unit for m in models] + [0.0]
        elif excludes is not None:
            lean = [-_CONDITION * float(m in excludes) for m in models] + [float(_CONDITION)]
        else:
            lean = [_CONDITION * float(m == entry.model) for m in models] + [-float(_CONDITION)]  # type: ignore[union-attr]
        questions = max(1, len(seen.questions[entry.id]))
        for test, holds in _tests(layout, seen.conditions[entry.id], True):
            for cell in range(layout.counts[test.question]):
                if (cell in test.cells) == holds:
                    row = found[test.question][cell]
                    for i, value in enumerate(lean):
                        row[i] += value / questions
    return found


def _tests(layout: Layout, number: int, holds: bool) -> Iterator[tuple[Test, bool]]:  # noqa: FBT001
    condition = layout.decision.tables.conditions[number]
    match condition:
        case Test():
            yield condition, holds
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _tests(layout, part, holds)
        case Not(part):
            yield from _tests(layout, part, not holds)
        case _:
            pass


def complete(
    layout: Layout,
    positions: Sequence[Position],
    orders: Orders,
    numbers: Sequence[int],
    root: Block | None = None,
) -> Block:
    """Return completions of some positions: all of them by one order, then by the next.

    Args:
        layout: Of the decision.
        positions: To complete.
        orders: Ways to do so.
        numbers: Which of them to take.
        root: The positions as a block, where there is one.
    """
    size, copies = len(positions), len(numbers)
    chosen_orders = [orders[number] for number in numbers]
    root = block_of(layout, positions) if root is None else root
    ones, repeat = (1 << size) - 1, sum(1 << size * i for i in range(copies))
    cells: list[list[int]] = []
    for question, planes in enumerate(root.cells):
        _, several = one_and_more(root.engine, planes)
        if not several:
            cells.append([plane * repeat for plane in planes])
            continue
        chosen = [0] * len(planes)
        for copy, order in enumerate(chosen_orders):
            left, shift = ones, size * copy
            for cell in order.ranks[question]:
                found = planes[cell] & left
                if found:
                    chosen[cell] |= found << shift
                    left ^= found
                    if not left:
                        break
        cells.append(chosen)
    engine = layout.planes(size * copies, layout.decision.scale)
    values: dict[int, Values] = {}
    for place, question in enumerate(layout.decision.joint_questions):
        spots = [order.places[question] for order in chosen_orders]
        asked = layout.decision.rulebook.questions[question]
        ends = root.values(question)
        if isinstance(ends, Ends):
            low, high = map(root.engine.listed, ends)
            parts = cells[question]
            values[question] = _numbers(engine, layout, question, (low, high), parts, spots)
            continue
        given = [position.values[place] for position in positions]
        column = given * copies
        for cell, plane in enumerate(cells[question]):
            for i in members(plane):
                copy, record = divmod(i, size)
                within = restrict(layout, question, given[record], 1 << cell)
                column[i] = _single(asked, within, spots[copy])
        values[question] = column_of(engine, asked, column)
    return Block(layout, engine, cells, [0] * len(cells), values, complete=True)


def _numbers(
    engine: Planes,
    layout: Layout,
    question: int,
    given: tuple[Sequence[float], Sequence[float]],
    cells: Sequence[int],
    spots: Sequence[float],
) -> Values:
    """Return for each completion a number in its cell: an end of what is left there, or between."""
    asked, tables = layout.decision.rulebook.questions[question], layout.decision.tables
    assert isinstance(asked, NumberQuestion)
    within = [cell for cell in tables.cells[question] if isinstance(cell, Numbers)]
    parts = [(plane, cell.low, cell.high) for plane, cell in zip(cells, within, strict=True)]
    column = engine.picked(asked, *given, parts, spots)
    return Ends(column, column)


def _single(question: Question, value: Value, place: float) -> Value:
    """Return one of the options that a choice leaves possible, by a place from 0 to 1."""
    match question, value:
        case _, OneOf(options):
            ranked = sorted(options)
            return OneOf(frozenset({ranked[min(int(place * len(ranked)), len(ranked) - 1)]}))
        case ChoiceQuestion(exclusive=alone), SomeOf(certain, possible):
            open_ = sorted(possible - certain - {alone})
            count = round(place * len(open_))
            chosen = certain | frozenset(open_[:count])
            if not chosen and alone is not None:
                chosen = frozenset({alone}) if alone in possible else frozenset(open_[:1])
            elif alone in certain:
                chosen = frozenset({alone})
            return SomeOf(chosen, chosen)
        case _:
            return value

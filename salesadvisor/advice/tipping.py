"""Tipping points: where one answer, all else as given, would turn the recommendation."""

import math
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from salesadvisor.advice.board import Board, Outlook, Position
from salesadvisor.advice.search import find_leaders
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Truth, Value
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    ChoiceQuestion,
    ModelId,
    NumberQuestion,
    Question,
    QuestionId,
)
from salesadvisor.rulebook.tables import Joint
from salesadvisor.rulebook.turns import find_turns, step_from

OTHER_OPTION = 0.5
"""How far another option counts as, against the typical spread of a number."""


class TippingPoint(Struct, frozen=True, kw_only=True):
    """A change of one answer that turns the recommendation."""

    question: QuestionId
    now: Value
    at: Value  # the nearest answer that turns it
    keeps: Value | None  # the last number on the way that doesn't
    side: str  # above, below; instead; with, without
    becomes: ModelId  # perhaps `none`
    distance: float  # in typical spreads of the question


class Alternative(Struct, frozen=True, kw_only=True):
    """Another answer to a question, and what is recommended then."""

    at: Value
    keeps: Value | None
    side: str
    becomes: ModelId
    distance: float


def find_tipping_points(
    outlook: Outlook, recommendation: ModelId | None, witnesses: Mapping[ModelId, Position]
) -> tuple[TippingPoint, ...]:
    """Return where each answer would turn the recommendation, the nearest first.

    Args:
        outlook: On the answers as given.
        recommendation: What is recommended on them.
        witnesses: Positions where a model is known to win.
    """
    walk = Walk(outlook, witnesses)
    found = [
        TippingPoint(
            question=walk.questions[index].id, now=outlook.position.value(index), at=other.at,
            keeps=other.keeps, side=other.side, becomes=other.becomes, distance=other.distance,
        )
        for index in walk.answered
        for other in walk.turning(index, recommendation or NO_MODEL)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda point: point.distance))


class Walk:
    """Walks along the answers to each question, all else as given."""

    def __init__(self, outlook: Outlook, witnesses: Mapping[ModelId, Position]) -> None:
        self.outlook = outlook
        self.board: Board = outlook.board
        self.witnesses = witnesses
        self.questions: tuple[Question, ...] = self.board.rulebook.questions
        self.answered = [
            index
            for index, question in enumerate(self.questions)
            if outlook.position.value(index) != question.everything
        ]
        self._known: dict[int, dict[tuple[Truth, ...], ModelId]] = {}

    def recommended(self, index: int, value: Value) -> ModelId:
        """Return what is recommended with another answer to a question; perhaps `none`."""
        position = self.outlook.position.with_value(index, value)
        known = self._known.setdefault(index, {})
        truths = tuple(
            world.readers[id](position)
            for world in self.board.worlds
            for id in world.read_by[index]
        )
        if truths not in known:
            there = self.board.outlook(position, self.outlook, index)
            leaders = find_leaders(there, self.witnesses)
            known[truths] = leaders[0] if leaders else NO_MODEL
        return known[truths]

    def turning(self, index: int, recommendation: ModelId) -> Iterator[Alternative]:
        """Yield the nearest answers to a question that turn `recommendation`."""
        question, now = self.questions[index], self.outlook.position.value(index)
        match question, now:
            case NumberQuestion(), Numbers():
                yield from self._numbers(index, question, now, recommendation)
            case _:
                for other in self.options(index):
                    if other.becomes != recommendation:
                        yield other

    def options(self, index: int) -> Iterator[Alternative]:
        """Yield each change of one option, and what is recommended then.

        Raises:
            TypeError: the question asks for a number.
        """
        question, now = self.questions[index], self.outlook.position.value(index)
        assert isinstance(question, ChoiceQuestion)
        for option in question.options:
            match now:
                case OneOf(options):
                    changed, side = OneOf(frozenset({option})), "instead"
                    if options == changed.options:
                        continue
                    yield self._alternative(index, changed, side)
                case SomeOf(certain, possible):
                    yield from (
                        self._alternative(index, changed, side)
                        for changed, side in _toggled(question, certain, possible, option)
                    )
                case _:
                    raise TypeError(now)

    def _alternative(self, index: int, value: Value, side: str) -> Alternative:
        return Alternative(
            at=value, keeps=None, side=side, becomes=self.recommended(index, value),
            distance=OTHER_OPTION,
        )  # fmt: skip

    def _numbers(
        self, index: int, question: NumberQuestion, now: Numbers, recommendation: ModelId
    ) -> Iterator[Alternative]:
        def becomes(number: float) -> ModelId:
            return self.recommended(index, Numbers(number, number))

        start = _start(question, now, lambda number: becomes(number) == recommendation)
        if start is None:
            return
        starts = self.starts(index)
        for number in starts:
            if number > start and becomes(number) != recommendation:
                yield _number(question, now, number, -1, "above", becomes(number))
                break
        for number in reversed(starts):
            last = step_from(question, number, -1)
            if question.domain.low <= last < start and becomes(last) != recommendation:
                yield _number(question, now, last, 1, "below", becomes(last))
                break

    def starts(self, index: int) -> list[float]:
        """Return, rising, the answers from which on something about a number may be different."""
        question = self.questions[index]
        assert isinstance(question, NumberQuestion)
        cells = self.board.tables.cells[index]
        found = {cell.low for cell in cells if isinstance(cell, Numbers)}
        for world in self.board.worlds:
            for joint in world.joints:
                if index in joint.questions:
                    found.update(
                        find_turns(
                            question, question.domain, self._reader(world.index, joint, index)
                        )
                    )
        return sorted(found)

    def _reader(self, world: int, joint: Joint, index: int) -> Callable[[Numbers], Truth]:
        read = self.board.worlds[world].reader(joint)
        position = self.outlook.position
        return lambda value: read(position.with_value(index, value))


def _start(
    question: NumberQuestion, now: Numbers, is_same: Callable[[float], bool]
) -> float | None:
    """Return an answer within `now` from which to walk: one on which the advice is the same."""
    middle = math.sqrt(now.low * now.high) if now.low > 0 else (now.low + now.high) / 2
    middle = min(max(step_from(question, middle, 0), now.low), now.high)
    return next((n for n in (middle, now.low, now.high) if is_same(n)), None)


def _number(
    question: NumberQuestion, now: Numbers, at: float, back: int, side: str, becomes: ModelId
) -> Alternative:
    keeps = step_from(question, at, back)
    return Alternative(
        at=Numbers(at, at), keeps=Numbers(keeps, keeps), side=side, becomes=becomes,
        distance=distance(question, now, at),
    )  # fmt: skip


def distance(question: NumberQuestion, now: Numbers, at: float) -> float:
    """Return how far `at` is from an answer, in typical spreads: on a log scale where it can be."""
    nearest = min(max(at, now.low), now.high)
    low, high = question.plausible.low, question.plausible.high
    if low > 0 and nearest > 0 and at > 0:
        return abs(math.log(at / nearest)) / math.log(high / low)
    return abs(at - nearest) / (high - low)


def _toggled(
    question: ChoiceQuestion, certain: frozenset[str], possible: frozenset[str], option: str
) -> Iterator[tuple[Value, str]]:
    """Yield the answer with one option more, and with one less."""
    alone = question.exclusive
    if option not in certain:
        if option == alone:
            if certain or possible != {option}:
                yield SomeOf(frozenset({option}), frozenset({option})), "instead"
            return
        rest = frozenset({alone}) if alone else frozenset[str]()
        yield SomeOf((certain | {option}) - rest, (possible | {option}) - rest), "with"
    if option in possible and option != alone:
        less = SomeOf(certain - {option}, possible - {option})
        if not less.possible and alone is not None:
            less = SomeOf(frozenset({alone}), frozenset({alone}))
        yield less, "without"

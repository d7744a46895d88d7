"""Tipping points: where one answer, all else as given, would turn the recommendation."""

import heapq
import math
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from salesadvisor.advice.board import Board, Outlook, Position
from salesadvisor.advice.search import find_leaders
from salesadvisor.language.possible import (
    FALSE,
    OPEN,
    TRUE,
    Numbers,
    OneOf,
    SomeOf,
    Truth,
    Value,
    union,
)
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    ChoiceQuestion,
    Kind,
    ModelId,
    NumberQuestion,
    Question,
    QuestionId,
)
from salesadvisor.rulebook.tables import Joint
from salesadvisor.rulebook.turns import find_turns, step_from

OTHER_OPTION = 0.5
"""How far another option counts as, against the typical spread of a number."""

NEAR = 1.0
"""In typical spreads of a question: an answer further off is another company."""


class TippingPoint(Struct, frozen=True, kw_only=True):
    """A change of one answer, and what is recommended then."""

    question: QuestionId
    now: Value
    at: Value
    keeps: Value | None  # the last number on the way that doesn't
    side: str  # above, below; instead; with, without
    becomes: ModelId  # perhaps `none`
    distance: float  # in typical spreads of the question


def find_tipping_points(
    outlook: Outlook, recommendation: ModelId | None, witnesses: Mapping[ModelId, Position]
) -> tuple[TippingPoint, ...]:
    """Return where each answer would turn the recommendation, the nearest first.

    Each is one, and the step before it is none. Of numbers the nearest is told; a nearer one may
    be missed where a condition reads the answer together with one that is open.

    Args:
        outlook: On the answers as given.
        recommendation: What is recommended on them.
        witnesses: Positions where a model is known to win.
    """
    walk = Walk(outlook, witnesses)
    found = (
        point
        for index in walk.answered
        for point in walk.turning(index, recommendation or NO_MODEL)
    )
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
        self._known: dict[int, dict[tuple[Truth | Value, ...], ModelId]] = {}
        self._starts: dict[int, list[float]] = {}
        self._joined = {index for index in range(len(self.questions)) if self._joins_open(index)}

    def recommended(self, index: int, value: Value) -> ModelId:
        """Return what is recommended with another answer to a question; perhaps `none`."""
        position = self.outlook.position.with_value(index, value)
        known = self._known.setdefault(index, {})
        truths: tuple[Truth | Value, ...] = tuple(
            world.readers[id](position)
            for world in self.board.worlds
            for id in world.read_by[index]
        )
        truths += self._leaves(index, position, truths)
        if index in self._joined:
            truths = (*truths, value)  # what can still win may differ where all truths are alike
        if truths not in known:
            there = self.board.outlook(position, self.outlook, index)
            leaders = find_leaders(there, self.witnesses)
            known[truths] = leaders[0] if leaders else NO_MODEL
        return known[truths]

    def _leaves(
        self, index: int, position: Position, truths: tuple[Truth | Value, ...]
    ) -> tuple[Truth, ...]:
        """Return which parts of the open conditions hold: these may differ where the whole doesn't."""
        ids = [(world, id) for world in self.board.worlds for id in world.read_by[index]]
        cells = position.cells[index]
        return tuple(
            TRUE if cells & test else FALSE
            for (world, id), truth in zip(ids, truths, strict=True)
            if truth is OPEN
            for test in sorted(world.tests.get((id, index), ()))
        )

    def _joins_open(self, index: int) -> bool:
        """Return whether a condition reads this answer together with one that is open."""
        position = self.outlook.position
        return any(
            index in joint.questions
            and any(self.board.is_open(position, q) for q in joint.questions if q != index)
            for world in self.board.worlds
            for joint in world.joints
        )

    def vetoes(self, index: int, value: Value) -> tuple[str, ...]:
        """Return the vetoes that certainly hold with another answer to a question."""
        position = self.outlook.position.with_value(index, value)
        readers = self.board.worlds[0].readers
        return tuple(
            veto.id for veto in self.board.rulebook.vetoes if readers[veto.id](position) == TRUE
        )

    def changes(self, index: int) -> Iterator[TippingPoint]:
        """Yield each other answer to a question that something tells apart from it."""
        question, now = self.questions[index], self.outlook.position.value(index)
        match question, now:
            case NumberQuestion(domain=domain), Numbers(low, high):
                starts = self.starts(index)
                for number in starts:
                    if number > low:
                        yield self._number(index, number, "above")
                for number in starts:
                    if domain.low < number <= high:
                        yield self._number(index, step_from(question, number, -1), "below")
            case _:
                yield from self.options(index)

    def turning(self, index: int, recommendation: ModelId) -> Iterator[TippingPoint]:
        """Yield the nearest answers to a question that turn `recommendation`."""
        question, now = self.questions[index], self.outlook.position.value(index)
        match question, now:
            case NumberQuestion(), Numbers():
                yield from self._numbers(index, question, now, recommendation)
            case _:
                for other in self.options(index):
                    if other.becomes != recommendation:
                        yield other

    def options(self, index: int) -> Iterator[TippingPoint]:
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
                    yield self._option(index, changed, side)
                case SomeOf(certain, possible):
                    yield from (
                        self._option(index, changed, side)
                        for changed, side in _toggled(question, certain, possible, option)
                    )
                case _:
                    raise TypeError(now)

    def _option(self, index: int, value: Value, side: str) -> TippingPoint:
        return TippingPoint(
            question=self.questions[index].id, now=self.outlook.position.value(index), at=value,
            keeps=None, side=side, becomes=self.recommended(index, value), distance=OTHER_OPTION,
        )  # fmt: skip

    def _number(
        self, index: int, number: float, side: str, keeps: float | None = None
    ) -> TippingPoint:
        question, now = self.questions[index], self.outlook.position.value(index)
        assert isinstance(question, NumberQuestion)
        assert isinstance(now, Numbers)
        at = Numbers(number, number)
        return TippingPoint(
            question=question.id, now=now, at=at,
            keeps=None if keeps is None else Numbers(keeps, keeps), side=side,
            becomes=self.recommended(index, at), distance=distance(question, now, number),
        )  # fmt: skip

    def _numbers(
        self, index: int, question: NumberQuestion, now: Numbers, recommendation: ModelId
    ) -> Iterator[TippingPoint]:
        def keeps(number: float) -> bool:
            return self.recommended(index, Numbers(number, number)) == recommendation

        start = _start(question, now, keeps)
        if start is None:
            return
        starts = self.starts(index)
        kept = start
        for number in starts:
            if number > start and not keeps(number):
                at = _first_other(question, kept, number, keeps)
                yield self._number(index, at, "above", step_from(question, at, -1))
                break
            kept = max(kept, number)
        kept = start
        for number in reversed(starts):
            last = step_from(question, number, -1)
            if question.domain.low <= last < start and not keeps(last):
                at = _first_other(question, kept, last, keeps)
                yield self._number(index, at, "below", step_from(question, at, 1))
                break
            kept = min(kept, max(last, question.domain.low))

    def starts(self, index: int) -> list[float]:
        """Return, rising, the answers from which on something about a number may be different."""
        if index in self._starts:
            return self._starts[index]
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
        self._starts[index] = sorted(found)
        return self._starts[index]

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


def _first_other(
    question: NumberQuestion, kept: float, other: float, keeps: Callable[[float], bool]
) -> float:
    """Return the first answer on the way that keeps nothing; nearly always `other` itself."""
    way = 1 if other > kept else -1
    if keeps(step_from(question, other, -way)):
        return other
    while abs(other - kept) > 1.5 * float(question.step):
        middle = step_from(question, (kept + other) / 2, 0)
        if keeps(middle):
            kept = middle
        else:
            other = middle
    return other


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


class Segment(Struct, frozen=True, kw_only=True):
    """Neighbouring answers to one question on which the same is recommended."""

    values: Value  # numbers from … to, or options
    becomes: ModelId  # perhaps `none`
    vetoes: tuple[str, ...]  # that certainly hold there


def find_segments(
    outlook: Outlook, witnesses: Mapping[ModelId, Position], id: QuestionId
) -> tuple[Segment, ...]:
    """Return what is recommended along all answers to a question, all else as given.

    Of a multiple choice: with each option alone, or, where several are chosen, with each change.
    """
    walk = Walk(outlook, witnesses)
    index = walk.board.index[id]
    question = walk.questions[index]
    match question:
        case NumberQuestion(domain=domain):
            starts = [domain.low, *(n for n in walk.starts(index) if n > domain.low)]
            ends = [*(step_from(question, start, -1) for start in starts[1:]), domain.high]
            pieces: list[Value] = [Numbers(*ends) for ends in zip(starts, ends, strict=True)]
        case ChoiceQuestion(kind=Kind.CHOICE, options=options):
            pieces = [OneOf(frozenset({option})) for option in options]
        case ChoiceQuestion(options=options):
            chosen = (frozenset({option}) for option in options)
            pieces = [SomeOf(one, one) for one in chosen]
            now = outlook.position.value(index)
            if index in walk.answered and now not in pieces:
                pieces = [now, *(other.at for other in walk.options(index))]
    found: list[Segment] = []
    for piece in pieces:
        value = Numbers(piece.low, piece.low) if isinstance(piece, Numbers) else piece
        segment = Segment(
            values=piece,
            becomes=walk.recommended(index, value),
            vetoes=walk.vetoes(index, value),
        )
        last = found[-1] if found else None
        if (
            last is not None
            and not isinstance(piece, SomeOf)  # several choices have no union that says which
            and (last.becomes, last.vetoes) == (segment.becomes, segment.vetoes)
        ):
            found[-1] = replace(last, values=union(last.values, piece))
        else:
            found.append(segment)
    alike = len({(segment.becomes, segment.vetoes) for segment in found}) == 1
    if alike and not isinstance(question.everything, SomeOf):
        return (replace(found[0], values=question.everything),)
    return tuple(found)


class PairPoint(Struct, frozen=True, kw_only=True):
    """Two answers that turn the recommendation together."""

    changes: tuple[TippingPoint, TippingPoint]
    becomes: ModelId


MOST_PAIRS = 1500
"""How many pairs are tried, the nearest first."""


def find_pair(
    outlook: Outlook,
    recommendation: ModelId | None,
    witnesses: Mapping[ModelId, Position],
    wanted: ModelId | None = None,
) -> PairPoint | None:
    """Return the nearest two answers that turn the recommendation together, and neither alone.

    Args:
        outlook: On the answers as given.
        recommendation: What is recommended on them.
        witnesses: Positions where a model is known to win.
        wanted: Into what it is to turn; None: into anything else.
    """
    walk = Walk(outlook, witnesses)

    def alone(becomes: ModelId) -> bool:
        """Return whether one change by itself leaves something to turn."""
        return becomes != wanted if wanted else becomes == (recommendation or NO_MODEL)

    changes = sorted(
        (point for index in walk.answered for point in walk.changes(index) if alone(point.becomes)),
        key=lambda point: point.distance,
    )
    pairs = (
        (one, other) for one, other in combinations(changes, 2) if one.question != other.question
    )
    nearest = heapq.nsmallest(MOST_PAIRS, pairs, key=lambda p: p[0].distance + p[1].distance)
    for one, other in nearest:
        position = outlook.position
        for point in (one, other):
            position = position.with_value(walk.board.index[point.question], point.at)
        leaders = find_leaders(walk.board.outlook(position), witnesses)
        becomes = leaders[0] if leaders else NO_MODEL
        if becomes == wanted or (wanted is None and becomes != (recommendation or NO_MODEL)):
            return PairPoint(changes=(one, other), becomes=becomes)
    return None

"""Tipping points: where one answer, all else as given, would turn the recommendation.

All changes of all answers are decided together, as one block of positions.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from salesadvisor.advice.turns import find_starts
from salesadvisor.advice.verdict import Assessment
from salesadvisor.engine.block import block_of
from salesadvisor.engine.decision import Evaluation
from salesadvisor.engine.layout import Position, with_value
from salesadvisor.engine.planes import digits
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value, union
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    ChoiceQuestion,
    Kind,
    ModelId,
    NumberQuestion,
    Question,
    QuestionId,
)
from salesadvisor.rulebook.turns import step_from

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


class Change(Struct, frozen=True):
    """Another answer to a question."""

    index: int
    value: Value
    side: str


class Walk:
    """Walks along the answers to each question, all else as given."""

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.layout = assessment.layout
        self.position = assessment.scoring.position
        self.search = assessment.search
        self.questions: tuple[Question, ...] = self.layout.decision.rulebook.questions
        values = assessment.answers.values
        self.answered = [
            i
            for i, question in enumerate(self.questions)
            if values[question.id] != question.everything
        ]
        self._known: dict[Position, ModelId] = {}
        self._starts: dict[int, list[float]] = {}

    def now(self, index: int) -> Value:
        """Return the answer as it is given."""
        return self.assessment.answers.values[self.questions[index].id]

    def recommended(self, positions: Sequence[Position]) -> list[ModelId]:
        """Return what is recommended at some positions; perhaps `none`."""
        new = list(dict.fromkeys(p for p in positions if p not in self._known))
        self._known.update(zip(new, self.search.recommended(new), strict=True))
        return [self._known[position] for position in positions]

    def along(self, index: int, values: Iterable[Value]) -> list[ModelId]:
        """Return what is recommended with other answers to a question."""
        return self.recommended([self.with_value(index, value) for value in values])

    def with_value(self, index: int, value: Value) -> Position:
        """Return the position with another answer to a question."""
        return with_value(self.layout, self.position, index, value)

    def starts(self, index: int) -> list[float]:
        """Return, rising, the answers from which on something about a number may be different."""
        if index not in self._starts:
            self._starts[index] = find_starts(self.layout, self.position, index)
        return self._starts[index]

    def changes(self, index: int) -> Iterator[Change]:
        """Yield each other answer to a question that something tells apart from it."""
        question, now = self.questions[index], self.now(index)
        if isinstance(question, ChoiceQuestion):
            yield from _other_options(index, question, now)
            return
        assert isinstance(now, Numbers)
        starts = self.starts(index)
        for number in starts:
            if number > now.low:
                yield Change(index, Numbers(number, number), "above")
        for number in starts:
            if question.domain.low < number <= now.high:
                before = step_from(question, number, -1)
                yield Change(index, Numbers(before, before), "below")

    def points(self, changes: Iterable[Change]) -> list[TippingPoint]:
        """Return changes with what is recommended then."""
        listed = list(changes)
        found = self.recommended([self.with_value(c.index, c.value) for c in listed])
        return [self._point(change, m) for change, m in zip(listed, found, strict=True)]

    def _point(self, change: Change, becomes: ModelId, keeps: float | None = None) -> TippingPoint:
        question, now, far = self.questions[change.index], self.now(change.index), OTHER_OPTION
        if isinstance(question, NumberQuestion):
            assert isinstance(now, Numbers)
            assert isinstance(change.value, Numbers)
            far = distance(question, now, change.value.low)
        return TippingPoint(
            question=question.id, now=now, at=change.value,
            keeps=None if keeps is None else Numbers(keeps, keeps), side=change.side,
            becomes=becomes, distance=far,
        )  # fmt: skip

    def turning(self, recommendation: ModelId) -> list[TippingPoint]:
        """Return of each answered question the nearest answers that turn `recommendation`."""
        changes = [change for index in self.answered for change in self.changes(index)]
        looks = [self.with_value(change.index, change.value) for change in changes]
        for index in self.answered:
            looks += [self._at(index, n) for n in self._beginnings(index)]
        self.recommended(looks)  # all of them at once: each alone would take as long
        found: list[TippingPoint] = []
        for index in self.answered:
            if isinstance(self.questions[index], NumberQuestion):
                found += self._numbers(index, recommendation)
            else:
                points = self.points(c for c in changes if c.index == index)
                found += [point for point in points if point.becomes != recommendation]
        return found

    def _at(self, index: int, number: float) -> Position:
        return self.with_value(index, Numbers(number, number))

    def _beginnings(self, index: int) -> tuple[float, ...]:
        """Return answers within the given one from which a walk may start."""
        question, now = self.questions[index], self.now(index)
        if not isinstance(question, NumberQuestion) or not isinstance(now, Numbers):
            return ()
        middle = math.sqrt(now.low * now.high) if now.low > 0 else (now.low + now.high) / 2
        middle = min(max(step_from(question, middle, 0), now.low), now.high)
        return (middle, now.low, now.high)

    def _numbers(self, index: int, recommendation: ModelId) -> Iterator[TippingPoint]:
        question = self.questions[index]
        assert isinstance(question, NumberQuestion)

        def becomes(number: float) -> ModelId:
            return self.recommended([self._at(index, number)])[0]

        def keeps(number: float) -> bool:
            return becomes(number) == recommendation

        start = next((n for n in self._beginnings(index) if keeps(n)), None)
        if start is None:
            return
        starts = self.starts(index)
        ways = (
            ("above", [n for n in starts if n > start]),
            ("below", [step_from(question, n, -1) for n in reversed(starts)]),
        )
        for side, numbers in ways:
            kept = start
            for number in numbers:
                if side == "below" and not question.domain.low <= number < start:
                    continue
                if not keeps(number):
                    at = _first_other(question, kept, number, keeps)
                    before = step_from(question, at, -1 if side == "above" else 1)
                    yield self._point(Change(index, Numbers(at, at), side), becomes(at), before)
                    break
                kept = number


def find_tipping_points(walk: Walk, recommendation: ModelId | None) -> tuple[TippingPoint, ...]:
    """Return where each answer would turn the recommendation, the nearest first.

    Each is one, and the step before it is none. Of numbers the nearest is told; a nearer one may
    be missed where a condition reads the answer together with one that is open.

    Args:
        walk: Along the answers as given.
        recommendation: What is recommended on them.
    """
    found = walk.turning(recommendation or NO_MODEL)
    return tuple(sorted(found, key=lambda point: point.distance))


def _other_options(index: int, question: ChoiceQuestion, now: Value) -> Iterator[Change]:
    """Yield each change of one option.

    Raises:
        TypeError: the question asks for a number.
    """
    for option in question.options:
        match now:
            case OneOf(options):
                if options != {option}:
                    yield Change(index, OneOf(frozenset({option})), "instead")
            case SomeOf(certain, possible):
                for value, side in _toggled(question, certain, possible, option):
                    yield Change(index, value, side)
            case _:
                raise TypeError(now)


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


def find_segments(walk: Walk, id: QuestionId) -> tuple[Segment, ...]:
    """Return what is recommended along all answers to a question, all else as given.

    Of a multiple choice: with each option alone, or, where several are chosen, with each change.
    """
    index = walk.layout.decision.index[id]
    question = walk.questions[index]
    pieces = _pieces(walk, index, question)
    values = [Numbers(p.low, p.low) if isinstance(p, Numbers) else p for p in pieces]
    found: list[Segment] = []
    vetoes = _vetoes(walk, index, values)
    for piece, becomes, held in zip(pieces, walk.along(index, values), vetoes, strict=True):
        segment = Segment(values=piece, becomes=becomes, vetoes=held)
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


def _pieces(walk: Walk, index: int, question: Question) -> list[Value]:
    match question:
        case NumberQuestion(domain=domain):
            starts = [domain.low, *(n for n in walk.starts(index) if n > domain.low)]
            ends = [*(step_from(question, start, -1) for start in starts[1:]), domain.high]
            return [Numbers(*ends) for ends in zip(starts, ends, strict=True)]
        case ChoiceQuestion(kind=Kind.CHOICE, options=options):
            return [OneOf(frozenset({option})) for option in options]
        case ChoiceQuestion(options=options):
            chosen = (frozenset({option}) for option in options)
            pieces: list[Value] = [SomeOf(one, one) for one in chosen]
            now = walk.now(index)
            if index in walk.answered and now not in pieces:
                pieces = [now, *(other.value for other in walk.changes(index))]
            return pieces


def _vetoes(walk: Walk, index: int, values: Sequence[Value]) -> list[tuple[str, ...]]:
    """Return the vetoes that certainly hold with other answers to a question."""
    block = block_of(walk.layout, [walk.with_value(index, value) for value in values])
    truths = Evaluation(walk.layout.decision, block).base.truths
    held = [
        (v.id, digits(truths[v.id].must, len(values))) for v in walk.layout.decision.rulebook.vetoes
    ]
    return [tuple(id for id, text in held if text[i] == "1") for i, _ in enumerate(values)]


class PairPoint(Struct, frozen=True, kw_only=True):
    """Two answers that turn the recommendation together."""

    changes: tuple[TippingPoint, TippingPoint]
    becomes: ModelId


MOST_PAIRS = 1500
"""How many pairs are tried, the nearest first."""
_TOGETHER = 250


def find_pair(
    walk: Walk, recommendation: ModelId | None, wanted: ModelId | None = None
) -> PairPoint | None:
    """Return the nearest two answers that turn the recommendation together, and neither alone.

    Args:
        walk: Along the answers as given.
        recommendation: What is recommended on them.
        wanted: Into what it is to turn; None: into anything else.
    """

    def turns(becomes: ModelId) -> bool:
        return becomes == wanted if wanted else becomes != (recommendation or NO_MODEL)

    points = walk.points(change for index in walk.answered for change in walk.changes(index))
    changes = sorted((p for p in points if not turns(p.becomes)), key=lambda point: point.distance)
    pairs = [
        (one, other) for one, other in combinations(changes, 2) if one.question != other.question
    ]
    pairs.sort(key=lambda pair: pair[0].distance + pair[1].distance)
    for begin in range(0, min(len(pairs), MOST_PAIRS), _TOGETHER):
        some = pairs[begin : min(begin + _TOGETHER, MOST_PAIRS)]
        found = walk.recommended([_moved(walk, pair) for pair in some])
        for pair, becomes in zip(some, found, strict=True):
            if turns(becomes):
                return PairPoint(changes=pair, becomes=becomes)
    return None


def _moved(walk: Walk, pair: tuple[TippingPoint, TippingPoint]) -> Position:
    position = walk.position
    for point in pair:
        index = walk.layout.decision.index[point.question]
        position = with_value(walk.layout, position, index, point.at)
    return position

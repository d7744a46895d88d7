"""How far each criterion's weight could move before the recommendation turns, in closed form.

Every score is a straight line in a weight, so the order of two models turns where their lines
cross, and nowhere else: between neighbouring crossings one look is enough.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations, pairwise

from msgspec import Struct

from salesadvisor.advice.scoring import Scoring
from salesadvisor.advice.verdict import Assessment
from salesadvisor.engine.block import block_of
from salesadvisor.engine.decision import Evaluation, Verdict
from salesadvisor.engine.planes import digits, transposed
from salesadvisor.engine.points import contribution
from salesadvisor.language.possible import TRUE
from salesadvisor.rulebook.definitions import CriterionId, ModelId

MOST = 100.0
"""The highest weight there is."""


class WeightLimit(Struct, frozen=True, kw_only=True):
    """The weights of a criterion, the others as they are, on which the recommendation holds."""

    criterion: CriterionId
    weight: float
    low: float  # 0: whatever less
    high: float | None  # None: whatever more


class _Line(Struct, frozen=True):
    """A model's score: `rest` points, and so many for each unit of the criterion's weight."""

    rest: float
    slope: float


def find_weight_limits(assessment: Assessment, recommendation: ModelId) -> tuple[WeightLimit, ...]:
    """Return for each criterion how far its weight could move, the others as they are.

    Nothing where answers are open: then a weight also changes what can still win, on no line.

    Args:
        assessment: Of the answers as given.
        recommendation: What is recommended on them.
    """
    if not assessment.settled:
        return ()
    own = assessment.layout.decision.weights
    pieces: list[tuple[CriterionId, float, float]] = []  # weights between which nothing crosses
    for criterion, weight in own.items():
        edges = sorted({0.0, float(weight), MOST, *_crossings(assessment, criterion)})
        pieces += [(criterion, low, high) for low, high in pairwise(edges)]
    holds = _holding(assessment, recommendation, pieces)
    limits = []
    for criterion, weight in own.items():
        edges = [float(weight)] * 2
        kept = [(low, high) for of, low, high in pieces if of == criterion]
        for low, high in kept:
            if low == edges[1] and (criterion, low, high) in holds:
                edges[1] = high
        for low, high in reversed(kept):
            if high == edges[0] and (criterion, low, high) in holds:
                edges[0] = low
        high_or_none = None if edges[1] == MOST else edges[1]
        limits.append(
            WeightLimit(criterion=criterion, weight=float(weight), low=edges[0], high=high_or_none)
        )
    return tuple(limits)


def _holding(
    assessment: Assessment,
    recommendation: ModelId,
    pieces: list[tuple[CriterionId, float, float]],
) -> set[tuple[CriterionId, float, float]]:
    """Return the pieces in whose middle the recommendation is the same."""
    layout = assessment.layout
    block = block_of(layout, [assessment.scoring.position] * len(pieces))
    weights = {
        criterion: [
            int(100 * (round(Decimal((low + high) / 2), 2) if of == criterion else weight))
            for of, low, high in pieces
        ]
        for criterion, weight in layout.decision.weights.items()
    }
    block.complete = True  # as good as that: nothing open matters
    block.weights = {c: transposed(own, max(own).bit_length()) for c, own in weights.items()}
    evaluation = Evaluation(layout.decision, block)
    verdict = Verdict(evaluation, evaluation.chances)
    held = digits(block.engine.labelled(verdict.winner, recommendation), len(pieces))
    return {piece for piece, digit in zip(pieces, held, strict=True) if digit == "1"}


def _crossings(assessment: Assessment, criterion: CriterionId) -> Iterator[float]:
    """Yield the weights of a criterion at which two models have the same score."""
    weight = float(assessment.layout.decision.weights[criterion])
    spread = assessment.verdict.spread
    ends = [] if spread is None else [spread.small.scoring, spread.large.scoring]
    for scoring in (assessment.scoring, *ends):
        lines = _lines(scoring, criterion, weight)
        for one, other in combinations(lines.values(), 2):
            if one.slope != other.slope:
                found = (other.rest - one.rest) / (one.slope - other.slope)
                if 0 < found < MOST:
                    yield found


def _lines(scoring: Scoring, criterion: CriterionId, weight: float) -> Mapping[ModelId, _Line]:
    rulebook = scoring.rulebook
    slopes = dict.fromkeys(scoring.scores, 0)
    for rule in rulebook.rules:
        if scoring.truths[rule.id] == TRUE and rule.criterion == criterion:
            points = contribution(rulebook, rule, Decimal(1), scoring.unit)
            slopes = {model: slope + points[model] for model, slope in slopes.items()}
    return {
        model: _Line(scoring.scores[model] - slope * weight, slope)
        for model, slope in slopes.items()
    }

"""How far each criterion's weight could move before the recommendation turns, in closed form.

Every score is a straight line in a weight, so the order of two models turns where their lines
cross, and nowhere else: between neighbouring crossings one look is enough.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from salesadvisor.advice.board import Outlook, look
from salesadvisor.advice.scoring import Scoring, contribution
from salesadvisor.advice.search import find_leaders
from salesadvisor.language.possible import TRUE
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Criterion, CriterionId, ModelId

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


def find_weight_limits(
    outlook: Outlook, recommendation: ModelId, answers: Answers
) -> tuple[WeightLimit, ...]:
    """Return for each criterion how far its weight could move, the others as they are.

    Nothing where answers are open: then a weight also changes what can still win, on no line.

    Args:
        outlook: On the answers as given.
        recommendation: What is recommended on them.
        answers: With the weights that differ from the rulebook's.
    """
    if not outlook.settled:
        return ()
    return tuple(
        _limit(outlook, recommendation, answers, criterion)
        for criterion in outlook.scoring.rulebook.criteria
    )


def _limit(
    outlook: Outlook, recommendation: ModelId, answers: Answers, criterion: Criterion
) -> WeightLimit:
    weight = float(answers.weights.get(criterion.id, criterion.weight))
    scorings = [outlook.scoring]
    if outlook.sights is not None:
        scorings += [outlook.sights.small.scoring, outlook.sights.large.scoring]
    crossings = {
        x
        for scoring in scorings
        for x in _crossings(_lines(scoring, criterion.id, weight))
        if 0 < x < MOST
    }
    edges = [0.0, *sorted(crossings), MOST]

    def holds(low: float, high: float) -> bool:
        middle = round(Decimal((low + high) / 2), 2)
        weights = {**answers.weights, criterion.id: middle}
        there = look(outlook.scoring.rulebook, replace(answers, weights=weights))
        return find_leaders(there, {})[:1] == (recommendation,)

    edges = sorted({*edges, weight})
    low = high = edges.index(weight)
    while low > 0 and holds(edges[low - 1], edges[low]):
        low -= 1
    while high + 1 < len(edges) and holds(edges[high], edges[high + 1]):
        high += 1
    return WeightLimit(
        criterion=criterion.id,
        weight=weight,
        low=edges[low],
        high=None if high + 1 == len(edges) else edges[high],
    )


def _lines(scoring: Scoring, criterion: CriterionId, weight: float) -> dict[ModelId, _Line]:
    rulebook = scoring.rulebook
    lines = dict.fromkeys(scoring.scores, _Line(0, 0))
    for rule in rulebook.rules:
        if scoring.truths[rule.id] != TRUE or rule.criterion != criterion:
            continue
        points = contribution(rulebook, rule, Decimal(1), scoring.unit)
        lines = {model: _Line(0, line.slope + points[model]) for model, line in lines.items()}
    return {
        model: _Line(scoring.scores[model] - line.slope * weight, line.slope)
        for model, line in lines.items()
    }


def _crossings(lines: Mapping[ModelId, _Line]) -> Iterator[float]:
    for one, other in combinations(lines.values(), 2):
        if one.slope != other.slope:
            yield (other.rest - one.rest) / (one.slope - other.slope)

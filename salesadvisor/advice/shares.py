"""Scores -> shares: how much of the evidence stands behind each model."""

import math
from collections.abc import Mapping

from salesadvisor.advice.scoring import Points, Scoring
from salesadvisor.advice.views import Sights
from salesadvisor.language.possible import TRUE, Truth
from salesadvisor.rulebook.definitions import ModelId


def counted_scores(
    scoring: Scoring,
    excluded: Mapping[ModelId, Truth],
    possible: tuple[ModelId, ...],
    recommendation: ModelId | None,
    sights: Sights | None,
) -> Points:
    """Return the scores, in units, of the models that have a share; none before there is advice.

    Left out is what is excluded, and a model that scores above the recommended one but is not
    possible. Where the ends of the spread overrule the scores, what they recommend counts with
    the top score; where they disagree, with the points on top that the rulebook says.
    """
    if recommendation is None:
        return {}
    scores = {m: points for m, points in scoring.scores.items() if excluded[m] != TRUE}
    if sights is not None and sights.overruled_by is not None:
        lead = sights.views.split_points * scoring.unit if sights.split else 0
        scores[sights.overruled_by] = max(scores.values()) + lead
    if recommendation not in scores:
        # Excluded on the answers as given, but both ends of the spread may still agree on it.
        scores[recommendation] = scoring.scores[recommendation]
    top = scores[recommendation]
    return {m: points for m, points in scores.items() if points <= top or m in possible}


def find_shares(counted: Points, unit: int, temperature: float) -> Mapping[ModelId, float]:
    """Return each counted model's share: softmax(points / temperature)."""
    if not counted:
        return {}
    highest = max(counted.values())
    odds = {m: math.exp((points - highest) / unit / temperature) for m, points in counted.items()}
    total = sum(odds.values())
    return {model: value / total for model, value in odds.items()}

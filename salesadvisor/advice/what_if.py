"""What the advice depends on: where it turns, and how far from here."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from salesadvisor.advice.changes import explain_tipping_points
from salesadvisor.advice.definitions import Advice, TippingAdvice
from salesadvisor.advice.explanation import explain
from salesadvisor.advice.tipping import (
    NEAR,
    Segment,
    Walk,
    find_pair,
    find_segments,
    find_tipping_points,
)
from salesadvisor.advice.verdict import assess
from salesadvisor.advice.weighing import WeightLimit, find_weight_limits
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import ModelId, NumberQuestion, QuestionId, Rulebook

_STRIPS = 3
"""Along how many answers the outcome is drawn when nobody says which."""


class Pair(Struct, frozen=True, kw_only=True):
    """Two changes that turn the recommendation together, and neither alone."""

    changes: tuple[TippingAdvice, ...]
    becomes: ModelId


class WhatIf(Struct, frozen=True, kw_only=True):
    """The advice, and everything that would change it."""

    advice: Advice
    answers: Answers
    pair: Pair | None  # looked for where no single answer nearby turns it
    weights: tuple[WeightLimit, ...]
    strips: Mapping[QuestionId, tuple[Segment, ...]]  # the outcome along an answer


def ask_what_if(rulebook: Rulebook, answers: Answers, vary: Iterable[QuestionId] = ()) -> WhatIf:
    """Return what the advice on `answers` depends on.

    Args:
        rulebook: What judges.
        answers: Of one company.
        vary: Along which answers to draw the outcome; none: those that turn it nearest.
    """
    assessment = assess(rulebook, answers)
    verdict = assessment.verdict
    recommendation = verdict.recommendation
    if not verdict.enough:
        advice = explain(assessment)
        return WhatIf(advice=advice, answers=answers, pair=None, weights=(), strips={})
    walk = Walk(assessment)
    points = find_tipping_points(walk, recommendation)
    pair = None
    if not any(point.distance <= NEAR for point in points):
        found = find_pair(walk, recommendation)
        if found is not None:
            pair = Pair(
                changes=explain_tipping_points(found.changes, rulebook, answers.money),
                becomes=found.becomes,
            )
    drawn = list(vary)
    if not drawn:
        along = (p.question for p in points if p.distance <= NEAR)
        numbers = (id for id in along if isinstance(rulebook.question[id], NumberQuestion))
        drawn = list(dict.fromkeys(numbers))[:_STRIPS]
    return WhatIf(
        advice=explain(assessment, points),
        answers=answers,
        pair=pair,
        weights=find_weight_limits(assessment, recommendation) if recommendation else (),
        strips={id: find_segments(walk, id) for id in drawn},
    )

"""Scores -> verdict: what is recommended, what could still win, and whether it is settled."""

import math
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from salesadvisor.advice.scoring import Scoring, requirement_truth
from salesadvisor.language.possible import (
    FALSE,
    OPEN,
    TRUE,
    Truth,
    disjunction,
    negation,
)
from salesadvisor.language.syntax import names_in
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.cells import questions_read
from salesadvisor.rulebook.definitions import NO_MODEL, ModelId, Rulebook

FEWEST_ANSWERS = 3
"""With fewer answers that any rule reads, nothing is advised: defaults are no evidence."""


class State(StrEnum):
    """How firm a verdict is."""

    NONE = "none"  # nothing is possible, or too little is answered
    TOO_CLOSE = "too_close"  # two or more possible models with the same best score
    DECIDED = "decided"  # no missing answer can change it
    LEANING = "leaning"


class Verdict(Struct, frozen=True, kw_only=True):
    """The decision, without its reasons."""

    recommendation: ModelId | None
    status: State
    enough: bool  # whether enough is answered for any advice
    tied: tuple[ModelId, ...]  # the recommended one first, where scores are equal
    runner_up: ModelId | None  # the best other model that is not excluded
    margin: int | None  # units to the runner-up; below zero where that is not possible
    possible: tuple[ModelId, ...]  # may hold `none`
    possible_proved: bool
    excluded: Mapping[ModelId, Truth]
    shares: Mapping[ModelId, float]


def decide(scoring: Scoring, answers: Answers) -> Verdict:
    """Return the verdict that follows from the scores."""
    rulebook = scoring.rulebook
    excluded = {model.id: exclusion(scoring, model.id) for model in rulebook.models}
    possible = find_possible(scoring, excluded)
    enough = has_enough_answers(rulebook, answers)
    tied = best_of(scoring, possible) if enough else ()
    recommendation = tied[0] if tied else None
    rivals = [m for m in rulebook.ties if m != recommendation and excluded[m] != TRUE]
    runner_up = max(rivals, key=lambda m: scoring.scores[m], default=None)
    margin = (
        scoring.scores[recommendation] - scoring.scores[runner_up]
        if recommendation is not None and runner_up is not None
        else None
    )
    if recommendation is None:
        status = State.NONE
    elif len(tied) > 1:
        status = State.TOO_CLOSE
    else:
        status = State.DECIDED if len(possible) == 1 else State.LEANING
    return Verdict(
        recommendation=recommendation,
        status=status,
        enough=enough,
        tied=tied,
        runner_up=runner_up,
        margin=margin,
        possible=possible,
        possible_proved=len(possible) == 1 or is_settled(scoring, excluded),
        excluded=excluded,
        shares=find_shares(scoring, excluded, possible, recommendation),
    )


def exclusion(scoring: Scoring, model: ModelId) -> Truth:
    """Return whether the model is excluded: by a veto, or for want of a pattern."""
    truth = negation(requirement_truth(scoring, model))
    for veto in scoring.rulebook.vetoes:
        if model in veto.excludes:
            truth = disjunction(truth, scoring.truths[veto.id])
    return truth


def find_possible(scoring: Scoring, excluded: Mapping[ModelId, Truth]) -> tuple[ModelId, ...]:
    """Return every model that could still win, and `none` where all might be excluded.

    A bound, taken pair by pair: it may name too many, never too few. Open vetoes count for the
    candidate and against its rivals.
    """
    models = [model.id for model in scoring.rulebook.models]
    possible = [
        model
        for model in models
        if excluded[model] != TRUE
        and all(
            scoring.lead_at_most(model, rival) >= 0
            for rival in models
            if rival != model and excluded[rival] == FALSE
        )
    ]
    if all(excluded[model] != FALSE for model in models):
        possible.append(NO_MODEL)
    return tuple(possible)


def is_settled(scoring: Scoring, excluded: Mapping[ModelId, Truth]) -> bool:
    """Return whether nothing open is left that could move the outcome."""
    return not scoring.open_questions and all(truth != OPEN for truth in excluded.values())


def has_enough_answers(rulebook: Rulebook, answers: Answers) -> bool:
    """Return whether at least three answers are given that any rule reads."""
    read = set(
        questions_read(rulebook, (name for rule in rulebook.rules for name in names_in(rule.when)))
    )
    return sum(id in read for id in answers.answered) >= FEWEST_ANSWERS


def best_of(scoring: Scoring, possible: tuple[ModelId, ...]) -> tuple[ModelId, ...]:
    """Return the possible models with the highest score, in the rulebook's order of ties.

    A model whose requirement is still open is taken only where no other is left.
    """
    models = [model for model in scoring.rulebook.ties if model in possible]
    candidates = [m for m in models if requirement_truth(scoring, m) == TRUE] or models
    best = max((scoring.scores[m] for m in candidates), default=0)
    return tuple(m for m in candidates if scoring.scores[m] == best)


def find_shares(
    scoring: Scoring,
    excluded: Mapping[ModelId, Truth],
    possible: tuple[ModelId, ...],
    recommendation: ModelId | None,
) -> Mapping[ModelId, float]:
    """Return each model's share: softmax(score / temperature) over those not excluded.

    Left out, with a share of zero, is a model that scores above the recommended one but is not
    possible.
    """
    shares = dict.fromkeys(scoring.scores, 0.0)
    if recommendation is None:
        return shares
    top = scoring.scores[recommendation]
    counted = [
        model
        for model, points in scoring.scores.items()
        if excluded[model] != TRUE and (points <= top or model in possible)
    ]
    highest = max(scoring.scores[model] for model in counted)
    odds = {
        model: math.exp(
            scoring.in_points(scoring.scores[model] - highest) / scoring.rulebook.temperature
        )
        for model in counted
    }
    total = sum(odds.values())
    return shares | {model: value / total for model, value in odds.items()}

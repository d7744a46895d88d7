"""Scores -> verdict: what is recommended, what could still win, and whether it is settled."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from salesadvisor.advice.board import Outlook, Position
from salesadvisor.advice.scoring import Points
from salesadvisor.advice.search import find_outcomes
from salesadvisor.advice.shares import counted_scores, find_shares
from salesadvisor.advice.standing import Standing
from salesadvisor.advice.views import Sights
from salesadvisor.language.possible import OPEN, TRUE, Truth, conjunction, disjunction
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import ModelId, Rulebook

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
    margin: int | None  # units to the runner-up; below zero where something overrules scores
    possible: tuple[ModelId, ...]  # may hold `none`
    possible_proved: bool
    excluded: Mapping[ModelId, Truth]
    counted: Points  # the scores that the shares rest on
    shares: Mapping[ModelId, float]
    sights: Sights | None  # both ends of the spread, where customers differ
    witnesses: Mapping[ModelId, Position]  # of what is possible: where it wins


def decide(outlook: Outlook, answers: Answers, most: int | None = None) -> Verdict:
    """Return the verdict that follows from how the models stand.

    Args:
        outlook: On the answers as given.
        answers: The same, to count them.
        most: How many positions to look at for what can still win; None: as the rulebook says.
    """
    scoring, base, sights = outlook.scoring, outlook.base, outlook.sights
    rulebook = scoring.rulebook
    outcomes = find_outcomes(outlook, most)
    possible = outcomes.possible
    excluded = _excluded(base, sights, possible)
    enough = has_enough_answers(rulebook, answers)
    tied = outlook.leaders(possible) if enough else ()
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
    counted = counted_scores(scoring, excluded, possible, recommendation, sights)
    shares = find_shares(counted, scoring.unit, rulebook.temperature)
    return Verdict(
        recommendation=recommendation,
        status=status,
        enough=enough,
        tied=tied,
        runner_up=runner_up,
        margin=margin,
        possible=possible,
        possible_proved=outcomes.proved,
        excluded=excluded,
        counted=counted,
        shares={m: shares.get(m, 0.0) for m in scoring.scores},
        sights=sights,
        witnesses=outcomes.witnesses,
    )


def _excluded(
    base: Standing, sights: Sights | None, possible: tuple[ModelId, ...]
) -> Mapping[ModelId, Truth]:
    """Return what is excluded; where the ends of the spread disagree, the blend has its reason."""
    if sights is None:
        return base.excluded
    blend = sights.views.split_earns
    if sights.split:
        return {**base.excluded, blend: sights.vetoed}
    if blend not in possible:
        return base.excluded
    # It can still be earned by the spread, so for want of a pattern it is not out yet.
    either = disjunction(sights.vetoed, conjunction(base.excluded[blend], OPEN))
    return {**base.excluded, blend: either}


def has_enough_answers(rulebook: Rulebook, answers: Answers) -> bool:
    """Return whether at least three answers are given that any rule reads."""
    read = {id for rule in rulebook.rules for id in rulebook.read_by[rule.id]}
    return sum(id in read for id in answers.answered) >= FEWEST_ANSWERS

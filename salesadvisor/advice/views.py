"""Customers that differ: the same decision for the small end of the spread, and for the large.

Not knowing an answer leaves the advice open. Customers that differ are something else: if the
ends of the spread call for different models, the model that combines them is earned.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from salesadvisor.advice.scoring import Scoring
from salesadvisor.advice.standing import Standing, veto_truth
from salesadvisor.language.evaluator import evaluate
from salesadvisor.language.possible import (
    FALSE,
    OPEN,
    TRUE,
    Truth,
    Value,
    disjunction,
)
from salesadvisor.language.syntax import names_in
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    ModelId,
    Pattern,
    QuestionId,
    Rulebook,
    View,
    Views,
)
from salesadvisor.rulebook.known import in_domain


class Sight(Struct, frozen=True, kw_only=True):
    """The decision at one end of the spread, among the models that are no blends."""

    values: Mapping[QuestionId, Value]
    scoring: Scoring
    standing: Standing


class Sights(Struct, frozen=True, kw_only=True):
    """Both ends of the spread, and what they make of the decision for the typical customer."""

    views: Views
    applies: Truth  # whether customers differ at all; never false
    small: Sight
    large: Sight
    vetoed: Truth  # whether a veto excludes the blend, on the answers as given
    earned_otherwise: Truth  # whether the blend has a reason beside the spread
    possible: tuple[ModelId, ...]
    overruled_by: ModelId | None  # what is recommended in place of the base's choice

    @property
    def split(self) -> bool:
        """Whether the two ends call for different models."""
        one, other = self.small.standing.winner, self.large.standing.winner
        return self.applies == TRUE and None not in (one, other) and one != other

    @property
    def settled(self) -> bool:
        """Whether nothing open is left in them."""
        return (
            self.applies != OPEN
            and self.small.standing.settled
            and self.large.standing.settled
            and OPEN not in (self.vetoed, self.earned_otherwise)
        )


def combine(scoring: Scoring, base: Standing, applies: Truth, small: Sight, large: Sight) -> Sights:
    """Return what both ends make of the decision for the typical customer."""
    views = scoring.rulebook.views
    assert views is not None
    sights = Sights(
        views=views,
        applies=applies,
        small=small,
        large=large,
        vetoed=veto_truth(scoring, views.split_earns),
        earned_otherwise=_earned_otherwise(scoring),
        possible=(),
        overruled_by=None,
    )
    overruled_by = _overruled_by(sights, base)
    if base.settled and sights.settled:
        return replace(
            sights,
            overruled_by=overruled_by,
            possible=base.possible if overruled_by is None else (overruled_by,),
        )
    possible = _possible(sights, base)
    order = (*(model.id for model in scoring.rulebook.models), NO_MODEL)
    return replace(
        sights, overruled_by=overruled_by, possible=tuple(m for m in order if m in possible)
    )


def seen_from(
    view: View, rulebook: Rulebook, known: Mapping[str, Value], answers: Answers
) -> Mapping[QuestionId, Value]:
    """Return the answers as they are for the customers of `view`.

    All assignments read the answers as given; what is unanswered stays so.
    """
    seen = {
        id: in_domain(rulebook.question[id], evaluate(becomes, known))
        for id, becomes in view.becomes.items()
        if id in answers.answered
    }
    return {**answers.values, **seen}


def patterns_beside(rulebook: Rulebook) -> tuple[Pattern, ...]:
    """Return the patterns that earn the blend whether customers differ or not."""
    views = rulebook.views
    if views is None:
        return ()
    spread = set(rulebook.questions_behind(names_in(views.when)))
    return tuple(
        pattern
        for pattern in rulebook.patterns
        if pattern.model == views.split_earns and spread.isdisjoint(rulebook.read_by[pattern.id])
    )


def _earned_otherwise(scoring: Scoring) -> Truth:
    """Return whether the blend has a pattern that does not rest on the spread."""
    truth = FALSE
    for pattern in patterns_beside(scoring.rulebook):
        truth = disjunction(truth, scoring.truths[pattern.id])
    return truth


def _overruled_by(sights: Sights, base: Standing) -> ModelId | None:
    blend = sights.views.split_earns
    if sights.split:
        return blend if sights.vetoed != TRUE else None
    agreed = sights.small.standing.winner
    if (
        sights.applies == TRUE
        and agreed is not None
        and agreed == sights.large.standing.winner
        and blend in base.leaders
        and sights.earned_otherwise != TRUE
    ):
        return agreed
    return None


def _possible(sights: Sights, base: Standing) -> set[ModelId]:
    """Return what can be recommended in some completion: never too little.

    The ends are taken as independent of each other and of the base, so it may be too much.
    """
    blend = sights.views.split_earns
    small, large = sights.small.standing, sights.large.standing
    found: set[ModelId] = set()
    if sights.applies == OPEN or small.may_lack_winner or large.may_lack_winner:
        found |= set(base.possible)
    if any(one != other for one in small.alone for other in large.alone):
        if sights.vetoed != TRUE:
            found.add(blend)
        if sights.vetoed != FALSE:
            found |= set(base.possible)
    agreed = set(small.alone) & set(large.alone)
    if agreed:
        found |= {model for model in base.possible if model != blend}
        if blend in base.possible:
            if sights.earned_otherwise != FALSE:
                found.add(blend)
            if sights.earned_otherwise != TRUE:
                found |= agreed
    return found

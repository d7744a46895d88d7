"""Scoring -> how the models stand on these answers: what is excluded, what can win, who leads."""

from collections.abc import Iterable, Mapping
from math import inf

from msgspec import Struct

from salesadvisor.advice.scoring import Scoring, requirement_truth
from salesadvisor.language.possible import FALSE, OPEN, TRUE, Truth, disjunction, negation
from salesadvisor.rulebook.definitions import NO_MODEL, ModelId


class Standing(Struct, frozen=True, kw_only=True):
    """How some of the models stand against each other."""

    excluded: Mapping[ModelId, Truth]
    possible: tuple[ModelId, ...]  # best in some completion, alone or in a tie; perhaps `none`
    alone: tuple[ModelId, ...]  # those of them that can be best alone
    leaders: tuple[ModelId, ...]  # the best of the possible ones on what is certain now
    settled: bool  # nothing open is left that could move it

    @property
    def winner(self) -> ModelId | None:
        """The one model that leads, if there is one that can win alone."""
        if len(self.leaders) == 1 and self.leaders[0] in self.alone:
            return self.leaders[0]
        return None

    @property
    def may_lack_winner(self) -> bool:
        """Whether some completion may end in a tie, or with nothing left."""
        return self.possible != self.alone or len(self.possible) != 1


def stand(scoring: Scoring, models: Iterable[ModelId]) -> Standing:
    """Return how `models` stand against each other."""
    among = tuple(models)
    excluded = {model: exclusion(scoring, model) for model in among}
    leads = best_leads(scoring, excluded)
    possible = [model for model, lead in leads.items() if lead >= 0]
    if FALSE not in excluded.values():
        possible.append(NO_MODEL)
    return Standing(
        excluded=excluded,
        possible=tuple(possible),
        alone=tuple(model for model, lead in leads.items() if lead > 0),
        leaders=best_of(scoring, tuple(possible)),
        settled=not scoring.open_questions and all(t != OPEN for t in excluded.values()),
    )


def exclusion(scoring: Scoring, model: ModelId) -> Truth:
    """Return whether the model is excluded: by a veto, or for want of a pattern."""
    return disjunction(negation(requirement_truth(scoring, model)), veto_truth(scoring, model))


def veto_truth(scoring: Scoring, model: ModelId) -> Truth:
    """Return whether a veto excludes the model."""
    truth = FALSE
    for veto in scoring.rulebook.vetoes:
        if model in veto.excludes:
            truth = disjunction(truth, scoring.truths[veto.id])
    return truth


def best_leads(scoring: Scoring, excluded: Mapping[ModelId, Truth]) -> Mapping[ModelId, float]:
    """Return how far each model can come out ahead of its rivals, in units: never too little.

    Taken pair by pair, so what is won against one rival may not go with what is won against
    another. Open vetoes count for the candidate and against its rivals. Excluded models have no
    lead; without a certain rival it has no end.

    Args:
        scoring: The scores, and how far the open answers can still move them.
        excluded: Whether each of the models is excluded.
    """
    rivals = [model for model, truth in excluded.items() if truth == FALSE]
    return {
        model: min(
            (scoring.lead_at_most(model, rival) for rival in rivals if rival != model), default=inf
        )
        for model, truth in excluded.items()
        if truth != TRUE
    }


def best_of(scoring: Scoring, possible: tuple[ModelId, ...]) -> tuple[ModelId, ...]:
    """Return the possible models with the highest score, in the rulebook's order of ties.

    A model whose requirement is still open is taken only where no other is left.
    """
    models = [model for model in scoring.rulebook.ties if model in possible]
    candidates = [m for m in models if requirement_truth(scoring, m) == TRUE] or models
    best = max((scoring.scores[m] for m in candidates), default=0)
    return tuple(m for m in candidates if scoring.scores[m] == best)

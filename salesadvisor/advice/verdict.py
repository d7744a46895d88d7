"""Answers -> evidence and verdict: what is recommended, what could still win, whether it is settled."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from msgspec import Struct

from salesadvisor.advice.scoring import Scoring, first_of, truth_at
from salesadvisor.engine.beliefs import Belief
from salesadvisor.engine.decision import Verdict as Columns
from salesadvisor.engine.layout import Layout, position_of
from salesadvisor.engine.ranking import Ranking
from salesadvisor.engine.search import Search, search_of
from salesadvisor.language.evaluator import evaluate
from salesadvisor.language.possible import Truth, Value
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    ModelId,
    QuestionId,
    Rulebook,
    View,
    Views,
)
from salesadvisor.rulebook.known import in_domain, known_values


class State(StrEnum):
    """How firm a verdict is."""

    NONE = "none"  # no model pays or fits, or too little is answered
    CONTESTED = "contested"  # words and deeds call for different outcomes: it goes by deeds
    TOO_CLOSE = "too_close"  # two or more outcomes with nearly the same share
    DECIDED = "decided"  # no missing answer can change it
    LEANING = "leaning"


class EndResult(Struct, frozen=True, kw_only=True):
    """The decision at one end of the spread, among the models that are no blends."""

    values: Mapping[QuestionId, Value]
    scoring: Scoring
    winner: ModelId | None  # None: a tie, or every model is excluded


class SpreadResult(Struct, frozen=True, kw_only=True):
    """Both ends of the spread, and what they make of the decision for the typical customer."""

    views: Views
    applies: Truth  # whether customers differ at all; never false
    small: EndResult
    large: EndResult
    split: bool  # whether the two ends call for different models
    overruled_by: ModelId | None  # what is recommended in place of the base's choice


class Verdict(Struct, frozen=True, kw_only=True):
    """The decision on one record, without its reasons."""

    recommendation: ModelId | None
    status: State
    enough: bool  # whether enough is answered for any advice
    tied: tuple[ModelId, ...]  # outcomes whose shares are nearly the largest, the recommended first
    confidence: str | None  # how firm it is, in a word; None without an outcome
    shares: Mapping[ModelId, float]  # of each outcome; perhaps `none`
    chances: Mapping[ModelId, float]  # of plausible completions that end in each outcome
    stability: float | None  # likewise, in which it stays with weights that are moved, too
    runner_up: ModelId | None  # the best other model that is not excluded
    margin: int | None  # units to the runner-up; below zero where something overrules scores
    possible: tuple[ModelId, ...]  # may hold `none`
    possible_proved: bool
    excluded: frozenset[ModelId]
    spread: SpreadResult | None  # where customers differ
    columns: Columns  # the same, as the engine has it


class Assessment(Struct, frozen=True, kw_only=True):
    """What is known of one set of answers: what they say, and the verdict that follows."""

    answers: Answers
    search: Search
    scoring: Scoring
    belief: Belief
    verdict: Verdict

    @property
    def layout(self) -> Layout:
        """How positions of this decision are written."""
        return self.scoring.layout

    @property
    def settled(self) -> bool:
        """Whether nothing open is left that could move anything."""
        return bool(self.verdict.columns.evaluation.settled & 1)


def assess(rulebook: Rulebook, answers: Answers, most: int | None = None) -> Assessment:
    """Return what `answers` say, rule by rule, and the verdict that follows.

    Args:
        rulebook: What judges.
        answers: Of one company.
        most: How many positions to look at for what can still win; None: as the rulebook says.
    """
    search = search_of(rulebook, answers.weights, answers.assumptions)
    layout = search.layout
    position = position_of(layout, answers.values)
    ((columns, (outcomes,), (belief,)),) = search.verdicts([position], most)
    known = known_values(rulebook, answers.values, answers.assumptions)

    def scoring(ranking: Ranking) -> Scoring:
        return Scoring(layout=layout, position=position, ranking=ranking, known=known)

    base = scoring(columns.evaluation.base)
    enough = bool(columns.enough & 1)
    best = next(m for m in columns.outcomes if columns.recommended.get(m, 0) & 1)
    recommendation = None if best == NO_MODEL else best
    shares = {m: first_of(share) for m, share in columns.shares.items()}
    order = (best, *(m for m in (*rulebook.ties, NO_MODEL) if m != best))
    tied = tuple(m for m in order if columns.near[m] & 1) if enough else ()
    stability = belief.stays[best] if enough else None
    excluded = frozenset(model for model, out in columns.excluded.items() if out & 1)
    scores = base.scores
    rivals = [m for m in rulebook.ties if m != recommendation and m not in excluded]
    runner_up = max(rivals, key=lambda m: scores[m], default=None)
    margin = None
    if recommendation is not None and runner_up is not None:
        margin = scores[recommendation] - scores[runner_up]
    verdict = Verdict(
        recommendation=recommendation,
        status=next(state for state in State if columns.status.get(state, 0) & 1),
        enough=enough,
        tied=tied,
        confidence=None
        if stability is None
        else word_of(rulebook, shares[best], stability, contested=bool(columns.contested & 1)),
        shares=shares,
        chances=belief.chances,
        stability=stability,
        runner_up=runner_up,
        margin=margin,
        possible=outcomes.possible(layout.decision),
        possible_proved=outcomes.proved,
        excluded=excluded,
        spread=_spread(columns, answers, base, scoring),
        columns=columns,
    )
    return Assessment(answers=answers, search=search, scoring=base, belief=belief, verdict=verdict)


OPEN_WORD = "open"
"""The word of advice that names no model."""


def word_of(rulebook: Rulebook, share: float, stability: float, *, contested: bool) -> str:
    """Return how firm advice is, in a word: by the smaller of its share and its stability.

    What is contested is never more than the least word says.
    """
    least = 0.0 if contested else min(share, stability)
    return next(word for word, kind in rulebook.confidence.items() if least >= kind.at_least)


def _spread(
    columns: Columns, answers: Answers, base: Scoring, scoring: Callable[[Ranking], Scoring]
) -> SpreadResult | None:
    views, ends = base.rulebook.views, columns.evaluation.ends
    if views is None or not ends:
        return None

    def end(number: int, view: View) -> EndResult:
        wins = columns.split.wins[number]
        return EndResult(
            values=seen_from(view, base.rulebook, base.known, answers),
            scoring=scoring(ends[number]),
            winner=next((model for model, won in wins.items() if won & 1), None),
        )

    overruled = (m for m, column in columns.split.overruled.items() if column & 1)
    return SpreadResult(
        views=views,
        applies=truth_at(columns.evaluation.applies),
        small=end(0, views.small),
        large=end(1, views.large),
        split=bool(columns.split.split & 1),
        overruled_by=next(overruled, None),
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

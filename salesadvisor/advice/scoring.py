"""Evidence: which rules hold, may hold or fail, and what that does to the scores.

Scores are whole numbers of a small unit (a hundredth of a point, divided by the size of the
largest blend), so that equal scores are equal in every engine.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from math import lcm

from msgspec import Struct

from salesadvisor.language.possible import (
    FALSE,
    TRUE,
    Truth,
    Value,
    disjunction,
)
from salesadvisor.rulebook.definitions import CriterionId, ModelId, QuestionId, Rule, Rulebook

Points = Mapping[ModelId, int]
"""What something adds to each model, in units."""


class Effect(Struct, frozen=True):
    """A rule as it stands in one cell of a question."""

    truth: Truth  # never false: such rules have no effect
    points: Points


class OpenQuestion(Struct, frozen=True):
    """A question that leaves more than one answer, and what its cells would do.

    Each open rule belongs to one open question that it reads, so that no rule counts twice.
    """

    id: QuestionId
    cells: tuple[tuple[Effect, ...], ...]


class Scoring(Struct, frozen=True, kw_only=True, dict=True):
    """What the answers say, rule by rule, and the scores that follow."""

    rulebook: Rulebook
    known: Mapping[str, Value]  # questions, assumptions, formulas; empty where many are tried
    unit: int  # units per point
    points: Mapping[str, Points]  # each rule's contribution: weight and blends included
    truths: Mapping[str, Truth]  # of rules, vetoes and patterns
    open_questions: tuple[OpenQuestion, ...]

    @cached_property
    def scores(self) -> Points:
        """Each model's score from what is certain."""
        certain = [self.points[r.id] for r in self.rulebook.rules if self.truths[r.id] == TRUE]
        return {m.id: sum(points[m.id] for points in certain) for m in self.rulebook.models}

    def score_range(self, model: ModelId) -> tuple[int, int]:
        """Return the least and the highest score that the model can still reach."""
        score = self.scores[model]
        low = score + sum(
            min(sum(_least(e, e.points[model]) for e in cell) for cell in question.cells)
            for question in self.open_questions
        )
        high = score + sum(
            max(sum(_most(e, e.points[model]) for e in cell) for cell in question.cells)
            for question in self.open_questions
        )
        return low, high

    def lead_at_most(self, model: ModelId, rival: ModelId) -> int:
        """Return a bound on how far `model` can still lead `rival`: never too low."""
        lead = self.scores[model] - self.scores[rival]
        return lead + sum(
            max(
                sum(_most(e, e.points[model] - e.points[rival]) for e in cell)
                for cell in question.cells
            )
            for question in self.open_questions
        )

    def swing(self, question: OpenQuestion, model: ModelId, rival: ModelId) -> int:
        """Return how far the question's answer can still move `model` against `rival`."""
        leads = [[(e, e.points[model] - e.points[rival]) for e in cell] for cell in question.cells]
        most = max(sum(_most(e, lead) for e, lead in cell) for cell in leads)
        return most - min(sum(_least(e, lead) for e, lead in cell) for cell in leads)

    def in_points(self, units: int) -> float:
        """Return `units` as points, for people."""
        return units / self.unit


def _most(effect: Effect, points: int) -> int:
    return points if effect.truth == TRUE else max(0, points)


def _least(effect: Effect, points: int) -> int:
    return points if effect.truth == TRUE else min(0, points)


def unit_of(rulebook: Rulebook) -> int:
    """Return how many units a point has."""
    return 100 * lcm(1, *(len(model.blend_of) for model in rulebook.models if model.blend_of))


def contributions(
    rulebook: Rulebook, weights: Mapping[CriterionId, Decimal]
) -> Mapping[str, Points]:
    """Return what each rule adds to each model, in units.

    Args:
        rulebook: Whose rules.
        weights: Of criteria, where they differ from the rulebook's.
    """
    unit = unit_of(rulebook)
    own = {c.id: weights.get(c.id, c.weight) for c in rulebook.criteria}
    return {
        rule.id: contribution(rulebook, rule, own[rule.criterion], unit) for rule in rulebook.rules
    }


def contribution(rulebook: Rulebook, rule: Rule, weight: Decimal, unit: int) -> Points:
    """Return what `rule` adds to each model's score, in units.

    A blend starts from the mean of its parts and adds its own points.
    """
    own = {model: int(points * weight * unit) for model, points in rule.points.items()}
    return {
        model.id: own[model.id]
        + (
            sum(own[part] for part in model.blend_of) // len(model.blend_of)
            if model.blend_of
            else 0
        )
        for model in rulebook.models
    }


def requirement_truth(scoring: Scoring, model: ModelId) -> Truth:
    """Return whether the model has what it requires: one of its patterns."""
    if scoring.rulebook.model[model].requirement is None:
        return TRUE
    truth = FALSE
    for pattern in scoring.rulebook.patterns:
        if pattern.model == model:
            truth = disjunction(truth, scoring.truths[pattern.id])
    return truth

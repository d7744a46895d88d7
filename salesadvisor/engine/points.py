"""What a rule that holds adds to each model.

Points are whole numbers of a small unit (a hundredth of a point, divided by the size of the
largest blend), so that equal scores are equal in every engine.
"""

from collections.abc import Mapping
from decimal import Decimal
from math import lcm

from salesadvisor.rulebook.definitions import CriterionId, ModelId, Rule, Rulebook

Points = Mapping[ModelId, int]
"""What something adds to each model, in units."""


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

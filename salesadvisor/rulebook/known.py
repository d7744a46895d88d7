"""What every name in a condition can be: questions, assumptions, formulas."""

from collections.abc import Mapping

from salesadvisor.language.evaluator import numbers_of
from salesadvisor.language.possible import Numbers, Value, multiply
from salesadvisor.rulebook.definitions import (
    NumberQuestion,
    Question,
    QuestionId,
    Rulebook,
)


class Lookup(dict[str, Value]):
    """The possible values of every name; a formula's is worked out when it is asked for."""

    def __init__(self, rulebook: Rulebook, values: Mapping[str, Value]) -> None:
        super().__init__(values)
        self.rulebook = rulebook

    def __missing__(self, name: str) -> Value:
        """Work out a formula."""
        value = self[name] = numbers_of(self.rulebook.formula[name].value, self)
        return value


def known_values(
    rulebook: Rulebook, values: Mapping[QuestionId, Value], assumptions: Mapping[str, Numbers]
) -> Lookup:
    """Return what every name in a condition can be.

    Assumptions stand at their likely value, or at the middle of the range that an answer file
    gives: with ranges, a rule on a benchmark would be open for ever.

    Args:
        rulebook: What asks and assumes.
        values: Of every question; all there is where it is unanswered.
        assumptions: Those that an answer file replaces.
    """
    known: dict[str, Value] = {str(id): value for id, value in values.items()}
    known |= assumed_values(rulebook, assumptions)
    return Lookup(rulebook, known)


def assumed_values(rulebook: Rulebook, assumptions: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Return the one value at which each assumption stands.

    Args:
        rulebook: What assumes.
        assumptions: Those that an answer file replaces: at the middle of a range.
    """
    middles = ((id, (own.low + own.high) / 2) for id, own in assumptions.items())
    known = _Assumed(rulebook, {id: Numbers(middle, middle) for id, middle in middles})
    found: dict[str, Numbers] = {}
    for assumption in rulebook.assumptions:
        value = known[assumption.id]
        assert isinstance(value, Numbers)
        found[assumption.id] = value
    return found


class _Assumed(Lookup):
    """Assumptions as they stand, some of them worked out from others."""

    def __missing__(self, name: str) -> Value:
        """Take an assumption at its likely value, or work out a formula over assumptions."""
        assumption = self.rulebook.assumption.get(name)
        if assumption is None:
            return super().__missing__(name)
        value = Numbers(assumption.likely, assumption.likely)
        if assumption.likely_from is not None:
            value = numbers_of(assumption.likely_from, self)
        elif assumption.scales_with is not None:
            value = multiply(value, numbers_of(assumption.scales_with, self))
        self[name] = value
        return value


def in_domain(question: Question, value: Value) -> Value:
    """Return the answers nearest to `value`: in the question's domain, and multiples of its step."""
    if not isinstance(question, NumberQuestion) or not isinstance(value, Numbers):
        return value
    low, high = (nearest_answer(question, end) for end in (value.low, value.high))
    return Numbers(low, high)


def nearest_answer(question: Question, number: float) -> float:
    """Return the answer nearest to `number`: in the question's domain, and a multiple of its step."""
    assert isinstance(question, NumberQuestion)
    up, down = question.step.as_integer_ratio()
    clipped = min(max(number, question.domain.low), question.domain.high)
    steps = round(clipped * down / up)
    return min(max(steps * up / down, question.domain.low), question.domain.high)


def everything(rulebook: Rulebook) -> Lookup:
    """Return what every name can be before anything is answered."""
    return known_values(rulebook, {q.id: q.everything for q in rulebook.questions}, {})

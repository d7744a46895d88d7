"""What every name in a condition can be: questions, assumptions, formulas."""

from collections.abc import Mapping

from salesadvisor.language.evaluator import numbers_of
from salesadvisor.language.possible import Numbers, Value
from salesadvisor.rulebook.definitions import NumberQuestion, Question, QuestionId, Rulebook


def known_values(
    rulebook: Rulebook, values: Mapping[QuestionId, Value], assumptions: Mapping[str, Numbers]
) -> dict[str, Value]:
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
    for formula in rulebook.formulas:
        known[formula.id] = numbers_of(formula.value, known)
    return known


def assumed_values(rulebook: Rulebook, assumptions: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Return the one value at which each assumption stands."""
    known: dict[str, Numbers] = {}
    for assumption in rulebook.assumptions:
        likely = assumption.likely
        own = assumptions.get(assumption.id)
        if own is not None:
            likely = (own.low + own.high) / 2
        known[assumption.id] = Numbers(likely, likely)
    return known


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


def everything(rulebook: Rulebook) -> dict[str, Value]:
    """Return what every name can be before anything is answered."""
    return known_values(rulebook, {q.id: q.everything for q in rulebook.questions}, {})

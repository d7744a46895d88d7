"""Steps along the numbers that a question takes."""

from salesadvisor.rulebook.definitions import NumberQuestion


def step_from(question: NumberQuestion, number: float, steps: int) -> float:
    """Return the answer some steps above `number`, or below it."""
    up, down = question.step.as_integer_ratio()
    return (round(number * down / up) + steps) * up / down

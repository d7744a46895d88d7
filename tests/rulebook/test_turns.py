"""Steps along the numbers that a question takes."""

from msgspec.structs import replace

from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import NumberQuestion, QuestionId
from salesadvisor.rulebook.turns import step_from


def test_steps_are_exact() -> None:
    """A step of a cent is a cent, however large the number."""
    acv = load_rulebook().question[QuestionId("acv")]
    assert isinstance(acv, NumberQuestion)

    assert step_from(acv, 99_999.99, 1) == 100_000.0
    assert step_from(acv, 0.3, -1) == 0.29
    assert step_from(replace(acv, step=acv.step * 10), 0.3, 1) == 0.4

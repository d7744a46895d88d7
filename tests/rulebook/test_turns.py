"""Where along a number a condition turns, against trying every number."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.parser import parse_expression
from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import NumberQuestion, QuestionId
from salesadvisor.rulebook.turns import find_turns, step_from

CYCLE = load_rulebook().question[QuestionId("cycle_days")]
CONDITIONS = (
    "x * 2 >= 7", "3 < x * x <= 50", "abs(x - 20) < 3", "x in (4, 9)", "x * (12 - x) > 30",
    "(x if x < 5 else 10 - x) > 2", "min(x, 30) * 1.1 >= 11",
)  # fmt: skip


@given(
    condition=st.sampled_from(CONDITIONS), ends=st.tuples(st.integers(0, 60), st.integers(0, 60))
)
def test_every_turn_is_found(condition: str, ends: tuple[int, int]) -> None:
    """Each answer at which the truth is another than one step below, and no others."""
    assert isinstance(CYCLE, NumberQuestion)
    low, high = sorted(ends)
    parsed = parse_expression(condition)

    found = find_turns(
        CYCLE,
        Numbers(float(low), float(high)),
        lambda value: truth_of(parsed, {"x": value}),
    )

    truths = [truth_of(parsed, {"x": Numbers(float(n), float(n))}) for n in range(low, high + 1)]
    expected = [low + i for i in range(1, len(truths)) if truths[i] != truths[i - 1]]
    assert list(found) == expected


def test_steps_are_exact() -> None:
    """A step of a cent is a cent, however large the number."""
    acv = load_rulebook().question[QuestionId("acv")]
    assert isinstance(acv, NumberQuestion)

    assert step_from(acv, 99_999.99, 1) == 100_000.0
    assert step_from(acv, 0.3, -1) == 0.29
    assert step_from(replace(acv, step=acv.step * 10), 0.3, 1) == 0.4


def test_a_condition_that_is_open_on_every_range_ends() -> None:
    """Equal everywhere, seen as open on each range: it is not halved to the last step."""
    acv = load_rulebook().question[QuestionId("acv")]
    assert isinstance(acv, NumberQuestion)
    parsed = parse_expression("x * 2 - x * 2 >= 0")

    assert not list(find_turns(acv, acv.domain, lambda value: truth_of(parsed, {"x": value})))

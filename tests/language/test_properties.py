"""The promises of the expression language, for random expressions and random knowledge."""

from hypothesis import given, settings
from hypothesis import strategies as st

from salesadvisor.language.checker import TruthType, check_expression
from salesadvisor.language.evaluator import evaluate
from salesadvisor.language.parser import ExpressionError, parse_expression
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value, is_single, is_within
from salesadvisor.language.syntax import Expression, to_source
from tests.language.oracle import Single, compile_expression
from tests.strategies import (
    DOMAINS,
    NAMES,
    as_set,
    conditions,
    known_sets,
    single_within,
    values,
)


def _singles(wide: Value) -> st.SearchStrategy[Single]:
    match wide:
        case Numbers(low, high):
            return st.one_of(st.just(low), st.just(high), st.floats(low, high))
        case OneOf(options):
            return st.sampled_from(sorted(options))
        case SomeOf(certain, possible):
            return st.frozensets(st.sampled_from(sorted(possible))).map(certain.union)
        case _:
            return st.sampled_from(sorted(wide))


# What is built here once is drawn from in a third of the time of `single_within`, which builds anew.
RECORDS = st.fixed_dictionaries({name: _singles(wide) for name, wide in DOMAINS.items()})


@given(condition=conditions(), known=known_sets(), data=st.data())
@settings(max_examples=75)
def test_no_real_outcome_is_lost(
    condition: Expression, known: dict[str, Value], data: st.DataObject
) -> None:
    """Whatever the answers turn out to be, the result announced it."""
    actual = {name: data.draw(single_within(wide)) for name, wide in known.items()}

    outcome = compile_expression(condition)(actual)

    assert outcome in evaluate(condition, known)  # type: ignore[operator]  # a set of truths


@given(condition=conditions(), actual=RECORDS)
@settings(max_examples=75)
def test_single_values_give_a_single_value(
    condition: Expression, actual: dict[str, Single]
) -> None:
    """With every answer known exactly, evaluator and compiled function give the same one."""
    known = {name: as_set(value) for name, value in actual.items()}

    value = evaluate(condition, known)

    assert is_single(value)
    assert value == frozenset({compile_expression(condition)(actual)})


@given(condition=conditions(), known=known_sets(), data=st.data())
@settings(max_examples=75)
def test_narrowing_an_answer_never_widens_the_outcome(
    condition: Expression, known: dict[str, Value], data: st.DataObject
) -> None:
    """A narrower answer gives a result within the result for the wider one."""
    narrower = {name: data.draw(values(wide)) for name, wide in known.items()}

    assert is_within(evaluate(condition, narrower), evaluate(condition, known))


@given(condition=conditions())
@settings(max_examples=75)
def test_printing_then_parsing_gives_the_tree_back(condition: Expression) -> None:
    """An expression that is written down is read as itself."""
    assert parse_expression(to_source(condition)) == condition


@given(condition=conditions())
def test_what_is_well_typed_is_accepted(condition: Expression) -> None:
    """The checker refuses nothing that it shouldn't."""
    assert check_expression(condition, NAMES) == TruthType()


@given(text=st.text(max_size=60))
def test_any_text_is_an_expression_or_a_clear_error(text: str) -> None:
    """No text makes the parser fail in another way."""
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        assert error.message.en
        assert error.message.zh
        assert error.span.start >= 0
    else:
        assert parse_expression(to_source(expression)) == expression


@given(condition=conditions(), known=known_sets())
def test_watching_changes_nothing(condition: Expression, known: dict[str, Value]) -> None:
    """A trace ends with the whole expression and its value."""
    seen: list[tuple[Expression, Value]] = []

    value = evaluate(condition, known, lambda part, found: seen.append((part, found)))

    assert seen[-1] == (condition, value)
    assert value == evaluate(condition, known)

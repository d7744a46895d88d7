"""SQL against the evaluator of sets: two readers of one tree."""

from collections.abc import Mapping

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from salesadvisor.batch.clauses import NO, SQL, YES, Certainty, Ends, double, named, select_from
from salesadvisor.batch.expressions import Choice, Choices, Set, ends_in_sql, truth_in_sql
from salesadvisor.language.evaluator import numbers_of, truth_of
from salesadvisor.language.parser import parse_expression
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.language.syntax import Expression
from tests.batch.test_decision import FEWER
from tests.strategies import DOMAINS, conditions, values


def as_sql(value: Value, wide: Value) -> Set:
    """Return a set of values as SQL that has it written out."""
    match value, wide:
        case Numbers(low, high), _:
            first = double(low)
            return Ends(first, first if low == high else double(high))
        case OneOf(options), OneOf(every):
            return Choice({id: YES if id in options else NO for id in every})
        case SomeOf(certain, possible), SomeOf(_, every):
            return Choices(
                {
                    id: Certainty(YES if id in certain else NO, YES if id in possible else NO)
                    for id in every
                }
            )
        case _:
            raise TypeError(value)


known = st.fixed_dictionaries({name: values(wide) for name, wide in DOMAINS.items()})


@given(
    tested=st.lists(conditions(), min_size=1, max_size=25),
    known=known,
)
@FEWER
def test_sql_says_what_the_evaluator_says(
    tested: list[Expression], known: Mapping[str, Value]
) -> None:
    """Whatever the condition and the sets: certain, possible or neither, to the last bit."""

    def names(name: str) -> Set:
        return as_sql(known[name], DOMAINS[name])

    chosen: list[SQL] = []
    expected: list[bool] = []
    for number, condition in enumerate(tested):
        truth = truth_in_sql(condition, names)
        chosen += [named(truth.certain, f"c{number}"), named(truth.possible, f"p{number}")]
        found = truth_of(condition, known)
        expected += [False not in found, True in found]
    query = select_from([], chosen, "one")
    row = duckdb.execute(f"WITH one AS (SELECT 1) {query}").fetchone()

    assert row is not None
    assert list(row) == expected


def test_a_sum_keeps_its_order_of_operations() -> None:
    """Arithmetic is in doubles and in the order of the tree, so the ends are the very same."""
    formula = parse_expression("(price * 0.1 + people / 3) * (price - 7) / max(people, 2)")
    sets: dict[str, Value] = {"price": Numbers(0.1, 1000 / 3), "people": Numbers(2.0, 7.0)}
    ends = ends_in_sql(formula, lambda name: as_sql(sets[name], DOMAINS[name]))
    query = select_from([], [named(ends.low, "low"), named(ends.high, "high")], "one")
    row = duckdb.execute(f"WITH one AS (SELECT 1) {query}").fetchone()

    found = numbers_of(formula, sets)
    assert row == (found.low, found.high)

"""Expressions in SQL against the evaluator of sets: two readers of one tree."""

from collections.abc import Mapping
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.engine.basis import Decision
from salesadvisor.engine.layout import Layout
from salesadvisor.engine.sql import SqlAnswers, sql_of
from salesadvisor.engine.sql_parts import SQL
from salesadvisor.engine.truth import Ends, Reader, Values
from salesadvisor.language.evaluator import numbers_of, truth_of
from salesadvisor.language.parser import parse_expression
from salesadvisor.language.possible import Numbers, OneOf, Value
from salesadvisor.language.syntax import Expression
from salesadvisor.rulebook.definitions import Kind, NumberQuestion, Question, QuestionId, Rulebook
from tests.advice.rulebooks import AT, WORDS, choice, make_rulebook, rule
from tests.batch.given import rows_in_sql, sql_values
from tests.strategies import DOMAINS, conditions, values

TOLD_APART = (
    "colour == 'red'", "colour == 'green'", "colour == shade", "price > people and balance > price",
    "'pen' in tools and price > people", "shade == 'red'",
    "(price if 'ink' in tools else balance) > people",
)  # fmt: skip
"""Conditions that tell every option from the others: what a rulebook's own never ask, SQL drops."""


def _question(name: str, domain: Value) -> Question:
    match domain:
        case Numbers():
            return NumberQuestion(
                id=QuestionId(name), part="all", first=True, kind=Kind.NUMBER, unit=None,
                domain=domain, step=Decimal("0.01"), plausible=domain, title=WORDS, prompt=WORDS,
                help=WORDS, why=WORDS, anchors={}, at=AT,
            )  # fmt: skip
        case OneOf(options):
            return choice(name, " ".join(sorted(options)))
        case _:
            return choice(name, "pen ink none", several=True)


def _rulebook() -> Rulebook:
    rules = tuple(rule(f"R{i}", when, {}) for i, when in enumerate(TOLD_APART))
    questions = tuple(_question(name, domain) for name, domain in DOMAINS.items())
    return replace(make_rulebook(rules=rules), questions=questions, formulas=())


DECISION = Decision(_rulebook(), {}, {})
LAYOUT = Layout(DECISION)
NAMES = tuple(DOMAINS)


def in_sql(
    answers: SqlAnswers, records: list[Mapping[str, Value]], shown: Mapping[str, SQL]
) -> list[tuple[object, ...]]:
    """Return what expressions are for each record."""
    given_ = [
        {
            column: cell
            for number, name in enumerate(NAMES)
            for column, cell in sql_values(LAYOUT, answers, number, known[name]).items()
        }
        for known in records
    ]
    return rows_in_sql(answers, given_, shown)


def names_of(answers: SqlAnswers) -> dict[str, Values]:
    """Return what each name can be, as SQL."""
    return {name: answers.values(number) for number, name in enumerate(NAMES)}


known_sets = st.fixed_dictionaries({name: values(wide) for name, wide in DOMAINS.items()})


@given(
    tested=st.lists(conditions(), min_size=1, max_size=12),
    records=st.lists(known_sets, min_size=1, max_size=5),
)
@settings(max_examples=25)
def test_sql_says_what_the_evaluator_says(
    tested: list[Expression], records: list[Mapping[str, Value]]
) -> None:
    """Whatever the condition and the sets: certain, possible or neither, to the last bit."""
    answers = SqlAnswers(DECISION)
    names, reader = names_of(answers), Reader(answers.engine)
    shown: dict[str, SQL] = {}
    for number, condition in enumerate(tested):
        truth = reader.truth(condition, names)
        shown |= {f"c{number}": truth.must.sql, f"p{number}": truth.may.sql}
    found = in_sql(answers, records, shown)

    for known, row in zip(records, found, strict=True):
        truths = [truth_of(condition, known) for condition in tested]
        assert list(row) == [
            said for truth in truths for said in (False not in truth, True in truth)
        ]


def test_a_sum_keeps_its_order_of_operations() -> None:
    """Arithmetic is in doubles and in the order of the tree, so the ends are the very same."""
    formula = parse_expression("(price * 0.1 + people / 3) * (price - 7) / max(people, 2)")
    known: dict[str, Value] = {
        **DOMAINS, "price": Numbers(0.1, 1000 / 3), "people": Numbers(2.0, 7.0)
    }  # fmt: skip
    answers = SqlAnswers(DECISION)
    ends = Reader(answers.engine).read(formula, names_of(answers))
    assert isinstance(ends, Ends)
    (row,) = in_sql(answers, [known], {"low": sql_of(ends.low), "high": sql_of(ends.high)})

    found = numbers_of(formula, known)
    assert row == (found.low, found.high)

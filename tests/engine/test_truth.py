"""Two readers of one tree must agree: blocks of positions against sets, and single values."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesadvisor.engine.block import column_of
from salesadvisor.engine.planes import Planes
from salesadvisor.engine.truth import Names, Reader
from salesadvisor.language.evaluator import evaluate
from salesadvisor.language.parser import parse_expression
from salesadvisor.language.possible import FALSE, OPEN, TRUE, OneOf, SomeOf, Value, is_within
from salesadvisor.language.syntax import (
    Among,
    Comparator,
    Compare,
    Conditional,
    Expression,
    Has,
    Name,
    Option,
)
from tests.advice.rulebooks import QUESTIONS, choice
from tests.engine.blocks import value_at
from tests.language.oracle import Single, compile_expression
from tests.language.test_examples import ROWS, known_from
from tests.strategies import DOMAINS, as_set, choices, conditions, numbers, values

GEAR = SomeOf(frozenset(), frozenset({"pen", "rope"}))
KNOWN = {**DOMAINS, "gear": GEAR}
"""What can be known of each name; of two multiple choices, so that one may stand for the other."""

_CHOICES = {
    "colour": choice("colour", "red green blue"),
    "shade": choice("shade", "red dark"),
    "tools": choice("tools", "none pen ink", several=True),
    "gear": choice("gear", "pen rope", several=True),
}


def columns(records: list[dict[str, Value]]) -> tuple[Reader, Names]:
    """Return a reader of some records, and what their names can be."""
    engine = Planes(len(records))
    names = {
        name: column_of(engine, _CHOICES.get(name, QUESTIONS[0]), [r[name] for r in records])
        for name in records[0]
    }
    return Reader(engine), names


_RECORD = st.fixed_dictionaries(
    {name: st.one_of(st.just(wide), values(wide), values(wide)) for name, wide in KNOWN.items()}
)


@st.composite
def blocks(draw: st.DrawFn) -> list[dict[str, Value]]:
    """Draw what is known of every name, blanks and ranges too, in some positions; some alike."""
    records = draw(st.lists(_RECORD, min_size=1, max_size=3))
    alike = draw(st.sets(st.sampled_from(sorted(KNOWN))))
    first = records[0]
    records += [{**first}] * draw(st.integers(0, 1))
    return [{**record, **{name: first[name] for name in alike}} for record in records]


def sets() -> st.SearchStrategy[Expression]:
    """Return multiple choices, one of them in place of the other under a condition."""
    tools, gear = Name("tools"), Name("gear")
    return st.one_of(
        st.sampled_from([tools, gear]),
        st.builds(Conditional, conditions(2), st.just(tools), st.just(gear)),
        st.builds(Conditional, conditions(2), st.just(gear), st.just(tools)),
    )


def expressions() -> st.SearchStrategy[Expression]:
    """Return expressions of every kind: truths, numbers, options, and sets of these."""
    colours = choices(2)
    return st.one_of(
        conditions(),
        conditions(),
        numbers(2),
        colours,
        sets(),
        st.builds(lambda chosen, no: Has(Option("pen"), chosen, no), sets(), st.booleans()),
        st.builds(
            lambda colour, symbol: Compare(colour, ((symbol, Name("shade")),)),
            colours,
            st.sampled_from([Comparator.EQUAL, Comparator.UNEQUAL]),
        ),
        st.builds(
            lambda colour, no: Among(colour, (Option("red"), Option("blue")), no),
            colours,
            st.booleans(),
        ),
    )


@given(expression=expressions(), records=blocks())
@settings(max_examples=200)
def test_blocks_say_what_sets_say(expression: Expression, records: list[dict[str, Value]]) -> None:
    """In every position of a block, an expression can be what the evaluator says, no less or more."""
    reader, names = columns(records)

    found = reader.read(expression, names)

    for place, known in enumerate(records):
        assert value_at(found, place) == evaluate(expression, known)


def _singles(wide: Value) -> st.SearchStrategy[Single]:
    match wide:
        case OneOf(options):
            return st.sampled_from(sorted(options))
        case SomeOf(certain, possible):
            return st.frozensets(st.sampled_from(sorted(possible))).map(certain.union)
        case frozenset():
            return st.sampled_from(sorted(wide))
        case _:
            low, high = wide.low, wide.high
            return st.one_of(st.just(low), st.just(high), st.floats(low, high))


SINGLES = st.fixed_dictionaries({name: _singles(wide) for name, wide in KNOWN.items()})


@given(expression=expressions(), records=st.lists(SINGLES, min_size=1, max_size=3))
@settings(max_examples=150)
def test_blocks_say_what_single_values_say(
    expression: Expression, records: list[dict[str, Single]]
) -> None:
    """With every answer known exactly, each position gets the value of a plain function."""
    reader, names = columns([{n: as_set(v) for n, v in record.items()} for record in records])
    function = compile_expression(expression)

    found = reader.read(expression, names)

    for place, record in enumerate(records):
        assert value_at(found, place) == as_set(function(record))


@given(condition=conditions(), wide=blocks(), data=st.data())
@settings(max_examples=50)
def test_narrowing_never_widens(
    condition: Expression, wide: list[dict[str, Value]], data: st.DataObject
) -> None:
    """A narrower answer in one position gives a truth within the one before; others keep theirs."""
    narrow = [{name: data.draw(values(value)) for name, value in wide[0].items()}, *wide[1:]]
    before, after = (
        reader.read(condition, names) for reader, names in (columns(wide), columns(narrow))
    )

    assert is_within(value_at(after, 0), value_at(before, 0))
    for place in range(1, len(wide)):
        assert value_at(after, place) == value_at(before, place)


@pytest.mark.parametrize(("expression", "known", "outcome"), ROWS)
def test_examples(expression: str, known: str, outcome: str) -> None:
    """Each row of the language's examples has its outcome in a block, beside open answers."""
    tree = parse_expression(expression)
    reader, names = columns([dict(DOMAINS), known_from(known), dict(DOMAINS)])

    expected = {"true": TRUE, "false": FALSE, "open": OPEN}[outcome]
    assert value_at(reader.read(tree, names), 1) == expected

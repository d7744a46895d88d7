"""Random expressions that are well typed, and answers for the names in them."""

from collections.abc import Mapping

from hypothesis import strategies as st

from salesadvisor.language.checker import ChoicesType, ChoiceType, NumberType, Type
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.language.syntax import (
    Among,
    And,
    Arithmetic,
    Call,
    Comparator,
    Compare,
    Conditional,
    Constant,
    Expression,
    Function,
    Has,
    Name,
    Negative,
    Not,
    Number,
    Operator,
    Option,
    Or,
)
from tests.language.oracle import Single

DOMAINS: Mapping[str, Value] = {
    "price": Numbers(0.0, 1000.0),
    "people": Numbers(1.0, 9.0),
    "balance": Numbers(-50.0, 50.0),
    "colour": OneOf(frozenset({"red", "green", "blue"})),
    "shade": OneOf(frozenset({"red", "dark"})),
    "tools": SomeOf(frozenset(), frozenset({"pen", "ink", "none"})),
}
NAMES: Mapping[str, Type] = {
    name: NumberType(value)
    if isinstance(value, Numbers)
    else ChoiceType(value.options)
    if isinstance(value, OneOf)
    else ChoicesType(value.possible)
    for name, value in DOMAINS.items()
    if isinstance(value, (Numbers, OneOf, SomeOf))
}

_literals = st.one_of(
    st.integers(0, 1000).map(lambda n: Number(float(n))),
    st.integers(0, 99).map(lambda n: Number(n / 8)),
)
_positive = st.integers(1, 50).map(lambda n: Number(float(n)))


def numbers(depth: int) -> st.SearchStrategy[Expression]:
    """Return formulas over the names in `DOMAINS`."""
    leaves = st.one_of(_literals, st.sampled_from(["price", "people", "balance"]).map(Name))
    if depth == 0:
        return leaves
    inner = numbers(depth - 1)
    safe = st.builds(lambda x, k: Call(Function.MAX, (x, k)), inner, _positive)  # never zero
    return st.one_of(
        leaves,
        st.builds(
            Arithmetic,
            st.sampled_from([Operator.ADD, Operator.SUBTRACT, Operator.MULTIPLY]),
            inner,
            inner,
        ),
        st.builds(lambda a, b: Arithmetic(Operator.DIVIDE, a, b), inner, safe),
        st.builds(Negative, inner),
        st.builds(
            lambda f, a, b: Call(f, (a, b)),
            st.sampled_from([Function.MIN, Function.MAX]),
            inner,
            inner,
        ),
        st.builds(lambda a: Call(Function.ABS, (a,)), inner),
        st.builds(Conditional, conditions(depth - 1), inner, inner),
    )


def choices(depth: int) -> st.SearchStrategy[Expression]:
    """Return colours: named, written out, or one of two under a condition."""
    colours = st.one_of(
        st.just(Name("colour")), st.sampled_from(["red", "green", "blue"]).map(Option)
    )
    if depth == 0:
        return colours
    return st.one_of(colours, st.builds(Conditional, conditions(depth - 1), colours, colours))


def _can_be_any_colour(choice: Expression) -> bool:
    """Whether `choice` may be held against any option: it is not written out in full."""
    match choice:
        case Conditional(_, then, otherwise):
            return isinstance(then, Name) or isinstance(otherwise, Name)
        case _:
            return isinstance(choice, Name)


def conditions(depth: int = 3) -> st.SearchStrategy[Expression]:
    """Return conditions over the names in `DOMAINS`."""
    formulas = numbers(max(0, depth - 1))
    links = st.lists(st.tuples(st.sampled_from(list(Comparator)), formulas), min_size=1, max_size=2)
    leaves = st.one_of(
        st.booleans().map(Constant),
        st.builds(lambda left, rest: Compare(left, tuple(rest)), formulas, links),
        st.builds(
            lambda literal, symbol: Compare(Name("colour"), ((symbol, literal),)),
            st.sampled_from(["red", "green", "blue"]).map(Option),
            st.sampled_from([Comparator.EQUAL, Comparator.UNEQUAL]),
        ),
        st.just(Compare(Name("colour"), ((Comparator.EQUAL, Name("shade")),))),
        st.builds(
            lambda item, ids, negated: Among(item, tuple(map(Option, ids)), negated),
            choices(max(0, depth - 1)).filter(_can_be_any_colour),
            st.lists(st.sampled_from(["red", "green", "blue"]), min_size=1, max_size=3),
            st.booleans(),
        ).filter(lambda e: "blue" not in str(e) or isinstance(e.item, Name)),
        st.builds(
            lambda item, values, negated: Among(item, tuple(values), negated),
            st.sampled_from(["people", "price"]).map(Name),
            st.lists(_literals, min_size=1, max_size=3),
            st.booleans(),
        ),
        st.builds(
            lambda id, negated: Has(Option(id), Name("tools"), negated),
            st.sampled_from(["pen", "ink", "none"]),
            st.booleans(),
        ),
    )
    if depth <= 1:
        return leaves
    inner = conditions(depth - 1)
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        leaves,
        st.builds(Not, inner),
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Conditional, inner, inner, inner),
    )


@st.composite
def values(draw: st.DrawFn, wide: Value) -> Value:
    """Draw a set of values within `wide`."""
    match wide:
        case Numbers(low, high):
            ends = draw(st.tuples(st.floats(low, high), st.floats(low, high)))
            if draw(st.booleans()):
                return Numbers(ends[0], ends[0])
            return Numbers(min(ends), max(ends))
        case OneOf(options):
            return OneOf(frozenset(draw(st.sets(st.sampled_from(sorted(options)), min_size=1))))
        case SomeOf(certain, possible):
            undecided = sorted(possible - certain)
            kept = draw(st.sets(st.sampled_from(undecided))) if undecided else set()
            sure = draw(st.sets(st.sampled_from(sorted(kept)))) if kept else set()
            return SomeOf(certain | sure, certain | kept)
        case _:
            return wide


def known_sets() -> st.SearchStrategy[dict[str, Value]]:
    """Return what may be known of every name."""
    return st.fixed_dictionaries({name: values(wide) for name, wide in DOMAINS.items()})


@st.composite
def single_within(draw: st.DrawFn, wide: Value) -> Single:
    """Draw one value of the set `wide`."""
    match wide:
        case Numbers(low, high):
            return draw(st.one_of(st.just(low), st.just(high), st.floats(low, high)))
        case OneOf(options):
            return draw(st.sampled_from(sorted(options)))
        case SomeOf(certain, possible):
            undecided = sorted(possible - certain)
            chosen = draw(st.sets(st.sampled_from(undecided))) if undecided else set()
            return certain | chosen
        case _:
            return draw(st.sampled_from(sorted(wide)))


def as_set(single: Single) -> Value:
    """Return the set that holds this one value."""
    match single:
        case bool():
            return frozenset({single})
        case str():
            return OneOf(frozenset({single}))
        case frozenset():
            return SomeOf(single, single)
        case _:
            return Numbers(single, single)

"""Sums of points side by side, against plain whole numbers."""

from hypothesis import given
from hypothesis import strategies as st

from salesadvisor.engine.planes import (
    Planes,
    Sum,
    add_up,
    digits,
    members,
    multiplied,
    packed,
    raised,
    reaches,
)

SIZE = 5
ONES = (1 << SIZE) - 1
_plane = st.integers(0, ONES)
_terms = st.lists(st.tuples(st.integers(-60, 60), st.just(ONES) | _plane), max_size=12)


def plain(terms: list[tuple[int, int]]) -> list[int]:
    """Return the sum of the weights of what holds, position by position."""
    return [sum(weight for weight, plane in terms if plane >> i & 1) for i in range(SIZE)]


def number_of(columns: tuple[int, ...] | list[int], place: int) -> int:
    """Return the number that digits stand for in one position."""
    return sum((column >> place & 1) << digit for digit, column in enumerate(columns))


def numbers_of(found: Sum) -> list[int]:
    """Return a sum, position by position."""
    return [number_of(found.digits, place) + found.more for place in range(SIZE)]


@given(terms=_terms)
def test_sums(terms: list[tuple[int, int]]) -> None:
    """Weights above and below zero add up in every position, whatever holds there."""
    assert numbers_of(add_up(terms, ONES)) == plain(terms)


@given(one=_terms, other=_terms, by=st.integers(-100, 100))
def test_which_sum_is_more(
    one: list[tuple[int, int]], other: list[tuple[int, int]], by: int
) -> None:
    """One sum reaches another and so much more where plain numbers do."""
    found = reaches(add_up(one, ONES), add_up(other, ONES), by, ONES)

    expected = [a >= b + by for a, b in zip(plain(one), plain(other), strict=True)]
    assert found == packed(expected)
    engine = Planes(SIZE)
    assert engine.at_least(add_up(one, ONES), add_up(other, ONES), by) == found


@given(terms=_terms, by=st.integers(0, 200))
def test_a_constant_more(terms: list[tuple[int, int]], by: int) -> None:
    """Digits with a constant added are those of the plain sum."""
    found = add_up(terms, ONES)

    for place in range(SIZE):
        more = number_of(raised(found, by, ONES), place)
        assert more == number_of(found.digits, place) + by


@given(terms=_terms, factors=st.lists(st.integers(0, 300), min_size=SIZE, max_size=SIZE))
def test_products(terms: list[tuple[int, int]], factors: list[int]) -> None:
    """A sum times a number of its own in each position, as weights are drawn."""
    columns = [packed([bool(f >> digit & 1) for f in factors]) for digit in range(9)]
    number = Sum(add_up(terms, ONES).digits, 0)

    found = multiplied(number, columns, ONES)

    for place, factor in enumerate(factors):
        product = number_of(number.digits, place) * factor
        assert number_of(found.digits, place) + found.more == product


@given(terms=_terms, scale=st.integers(1, 50))
def test_sums_in_units(terms: list[tuple[int, int]], scale: int) -> None:
    """What all points are multiples of comes back in."""
    found = Planes(SIZE, scale).in_units(add_up(terms, ONES))

    assert found.items == [float(number * scale) for number in plain(terms)]


@given(truths=st.lists(_plane, max_size=6), count=st.integers(1, 4))
def test_so_many_hold(truths: list[int], count: int) -> None:
    """Where at least so many of some truths hold."""
    expected = [sum(truth >> i & 1 for truth in truths) >= count for i in range(SIZE)]

    assert Planes(SIZE).reaches(truths, count) == packed(expected)


@given(truths=st.lists(st.booleans(), min_size=1, max_size=80))
def test_planes_and_their_digits(truths: list[bool]) -> None:
    """Truths, the plane of them, its digits and its members say the same."""
    plane = packed(truths)

    assert digits(plane, len(truths)) == "".join("1" if t else "0" for t in truths)
    assert sorted(members(plane)) == [i for i, truth in enumerate(truths) if truth]


@given(planes=st.lists(st.tuples(_plane, st.sampled_from("abc")), max_size=5))
def test_the_first_word_counts(planes: list[tuple[int, str]]) -> None:
    """In each position the word of the first truth that holds is said, and no other."""
    engine = Planes(SIZE)
    labels = engine.label("", planes, "")

    for place in range(SIZE):
        word = next((word for plane, word in planes if plane >> place & 1), "")
        said = [w for w in ("", *"abc") if engine.labelled(labels, w) >> place & 1]
        assert said == [word]

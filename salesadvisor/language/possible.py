"""Sets of possible values, and what can be computed with them.

Every function returns a set that holds each value the operation can take for values in the
operand sets (sound), and exactly one value when every operand is a single value (exact).
Operands are taken as independent: `x - x` may be wider than zero, never narrower.
"""

from msgspec import Struct


class Numbers(Struct, frozen=True, tag=True):
    """All numbers from `low` to `high`, both included."""

    low: float
    high: float


class OneOf(Struct, frozen=True, tag=True):
    """One of these options; never empty."""

    options: frozenset[str]


class SomeOf(Struct, frozen=True, tag=True):
    """A set of options: the certain ones, and perhaps any of the other possible ones."""

    certain: frozenset[str]
    possible: frozenset[str]  # holds the certain ones, too


Truth = frozenset[bool]
TRUE: Truth = frozenset({True})
FALSE: Truth = frozenset({False})
OPEN: Truth = frozenset({True, False})

Value = Numbers | OneOf | SomeOf | Truth


def is_single(value: Value) -> bool:
    """Return whether only one value is possible."""
    match value:
        case Numbers(low, high):
            return low == high
        case OneOf(options):
            return len(options) == 1
        case SomeOf(certain, possible):
            return certain == possible
        case _:
            return len(value) == 1


def is_within(narrow: Value, wide: Value) -> bool:
    """Return whether every value in `narrow` is in `wide`."""
    match narrow, wide:
        case Numbers(), Numbers():
            return wide.low <= narrow.low and narrow.high <= wide.high
        case OneOf(), OneOf():
            return narrow.options <= wide.options
        case SomeOf(), SomeOf():
            return wide.certain <= narrow.certain and narrow.possible <= wide.possible
        case frozenset(), frozenset():
            return narrow <= wide
        case _:
            return False


def union(left: Value, right: Value) -> Value:
    """Return the smallest set that holds both.

    Raises:
        TypeError: the two are of different kinds, which the checker never lets through.
    """
    match left, right:
        case Numbers(), Numbers():
            return Numbers(min(left.low, right.low), max(left.high, right.high))
        case OneOf(), OneOf():
            return OneOf(left.options | right.options)
        case SomeOf(), SomeOf():
            return SomeOf(left.certain & right.certain, left.possible | right.possible)
        case frozenset(), frozenset():
            return left | right
        case _:
            raise TypeError(f"no union of {left} and {right}")


def overlap(left: Value, right: Value) -> Value | None:
    """Return what both sets hold, or None where they have nothing in common.

    Raises:
        TypeError: the two are of different kinds.
    """
    match left, right:
        case Numbers(), Numbers():
            low, high = max(left.low, right.low), min(left.high, right.high)
            return Numbers(low, high) if low <= high else None
        case OneOf(), OneOf():
            options = left.options & right.options
            return OneOf(options) if options else None
        case SomeOf(), SomeOf():
            certain, possible = left.certain | right.certain, left.possible & right.possible
            return SomeOf(certain, possible) if certain <= possible else None
        case _:
            raise TypeError(f"no overlap of {left} and {right}")


# Truth: Kleene's three-valued logic, read as sets of {true, false}.
# Source: Kleene (1952), Introduction to Metamathematics, section 64.


_TRUTHS = {truth: truth for truth in (TRUE, FALSE, OPEN)}
_PAIRS = [(left, right) for left in _TRUTHS for right in _TRUTHS]
_NOT = {t: _TRUTHS[frozenset(not a for a in t)] for t in _TRUTHS}
_AND = {(x, y): _TRUTHS[frozenset(a and b for a in x for b in y)] for x, y in _PAIRS}
_OR = {(x, y): _TRUTHS[frozenset(a or b for a in x for b in y)] for x, y in _PAIRS}


def negation(operand: Truth) -> Truth:
    """Return every value that `not operand` can take."""
    return _NOT[operand]


def conjunction(left: Truth, right: Truth) -> Truth:
    """Return every value that `left and right` can take."""
    return _AND[left, right]


def disjunction(left: Truth, right: Truth) -> Truth:
    """Return every value that `left or right` can take."""
    return _OR[left, right]


# Comparisons.


def less(left: Numbers, right: Numbers) -> Truth:
    """Return every value that `left < right` can take."""
    if left.high < right.low:
        return TRUE
    return FALSE if left.low >= right.high else OPEN


def at_most(left: Numbers, right: Numbers) -> Truth:
    """Return every value that `left <= right` can take."""
    if left.high <= right.low:
        return TRUE
    return FALSE if left.low > right.high else OPEN


def equal(left: Value, right: Value) -> Truth:
    """Return every value that `left == right` can take, for numbers or single choices.

    Raises:
        TypeError: the two are of different kinds, which the checker never lets through.
    """
    match left, right:
        case Numbers(), Numbers():
            disjoint = left.high < right.low or right.high < left.low
        case OneOf(), OneOf():
            disjoint = not left.options & right.options
        case _:
            raise TypeError(f"{left} and {right} can't be compared")
    if disjoint:
        return FALSE
    return TRUE if is_single(left) and is_single(right) else OPEN


def is_among(item: OneOf, options: frozenset[str]) -> Truth:
    """Return every value that `item in options` can take."""
    if item.options <= options:
        return TRUE
    return OPEN if item.options & options else FALSE


def has(chosen: SomeOf, option: str) -> Truth:
    """Return every value that `option in chosen` can take."""
    if option in chosen.certain:
        return TRUE
    return OPEN if option in chosen.possible else FALSE


# Arithmetic on closed intervals: the same floating-point operations as for single values, at
# the ends. Rounding is monotone, so the rounded result for any values inside lies between.
# Source: Moore, Kearfott and Cloud (2009), Introduction to Interval Analysis, chapter 2.


def add(left: Numbers, right: Numbers) -> Numbers:
    """Return every value that `left + right` can take."""
    return Numbers(left.low + right.low, left.high + right.high)


def subtract(left: Numbers, right: Numbers) -> Numbers:
    """Return every value that `left - right` can take."""
    return Numbers(left.low - right.high, left.high - right.low)


def multiply(left: Numbers, right: Numbers) -> Numbers:
    """Return every value that `left * right` can take."""
    ends = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
    return Numbers(min(ends), max(ends))


def divide(left: Numbers, right: Numbers) -> Numbers:
    """Return every value that `left / right` can take; `right` never holds zero."""
    ends = [a / b for a in (left.low, left.high) for b in (right.low, right.high)]
    return Numbers(min(ends), max(ends))


def negate(operand: Numbers) -> Numbers:
    """Return every value that `-operand` can take."""
    return Numbers(-operand.high, -operand.low)


def absolute(operand: Numbers) -> Numbers:
    """Return every value that `abs(operand)` can take."""
    if operand.low >= 0:
        return operand
    if operand.high <= 0:
        return negate(operand)
    return Numbers(0.0, max(-operand.low, operand.high))


def smallest(operands: list[Numbers]) -> Numbers:
    """Return every value that `min(operands)` can take."""
    return Numbers(min(o.low for o in operands), min(o.high for o in operands))


def largest(operands: list[Numbers]) -> Numbers:
    """Return every value that `max(operands)` can take."""
    return Numbers(max(o.low for o in operands), max(o.high for o in operands))

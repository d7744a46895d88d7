"""A block of positions in plain whole numbers: a truth is one of them, a bit for each position.

So `&` decides thousands of positions at once, and a sum of points is a few such numbers, the
lowest binary digit of every position's sum first. Needs nothing but Python.

Source: Lamport (1975), Multiple Byte Processing with Full-Word Instructions, for sums of digits
side by side.
"""

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from salesadvisor.engine.truth import Column
from salesadvisor.rulebook.definitions import (
    NumberQuestion,
)

_DIGITS = bytes.maketrans(b"\0\1", b"01")


def packed(truths: Iterable[bool]) -> int:
    """Return truths as bits of a whole number, the first one lowest."""
    return int(bytes(truths)[::-1].translate(_DIGITS) or b"0", 2)


def digits(plane: int, size: int) -> str:
    """Return the bits of a plane as digits, the first position first."""
    return f"{plane:0{size}b}"[::-1]


def members(plane: int) -> Iterator[int]:
    """Yield the positions in which a truth holds."""
    text = f"{plane:b}"
    last = len(text) - 1
    found = text.rfind("1")
    while found >= 0:
        yield last - found
        found = text.rfind("1", 0, found)


def nearest(question: NumberQuestion) -> Callable[[float], float]:
    """Return what finds the nearest answer to a number: in the domain, a multiple of the step."""
    low, high = question.domain.low, question.domain.high
    up, down = question.step.as_integer_ratio()

    def found(number: float) -> float:
        number = low if number < low else min(number, high)
        number = round(number * down / up) * up / down
        return low if number < low else min(number, high)

    return found


class Floats:
    """A number for each position."""

    __slots__ = ("items",)

    def __init__(self, items: list[float]) -> None:
        self.items = items

    def __neg__(self) -> "Floats":
        """Return the numbers with the other sign."""
        return Floats(list(map(operator.neg, self.items)))

    def __add__(self, other: "Floats | float") -> "Floats":
        """Return the sums."""
        return Floats(_each(operator.add, self, other))

    __radd__ = __add__

    def __sub__(self, other: "Floats | float") -> "Floats":
        """Return the differences."""
        return Floats(_each(operator.sub, self, other))

    def __rsub__(self, other: float) -> "Floats":
        """Return the differences from one number."""
        return Floats(_each(operator.sub, other, self))

    def __mul__(self, other: "Floats | float") -> "Floats":
        """Return the products."""
        return Floats(_each(operator.mul, self, other))

    __rmul__ = __mul__


def _each(function: Callable[..., Any], *operands: object) -> list[Any]:
    columns = (o.items if isinstance(o, Floats) else repeat(o) for o in operands)
    return list(map(function, *columns))


class Sum(NamedTuple):
    """A whole number for each position: digits, the lowest first, and what is added to all."""

    digits: tuple[int, ...]
    more: int


def transposed(rows: Sequence[int], width: int) -> list[int]:
    """Return rows of bits as planes: of each bit, the lowest first, where it is set."""
    # Row by row as digits, the last one first; each column of them is a plane.
    text = "".join([f"{row:0{width}b}" for row in reversed(rows)])
    return [int(text[place::width], 2) for place in range(width - 1, -1, -1)]


def add_up(terms: Iterable[tuple[int, int]], ones: int) -> Sum:
    """Return in each position the sum of the weights of what holds there.

    Args:
        terms: Weights, and where each counts.
        ones: A bit for each position.
    """
    more = 0
    columns: list[list[int]] = []
    for weight, plane in terms:
        if not weight or not plane:
            continue
        if plane == ones:
            more += weight
            continue
        if weight < 0:  # a weight less where it does not hold
            more += weight
            weight, plane = -weight, plane ^ ones
        while len(columns) < weight.bit_length():
            columns.append([])
        place = 0
        while weight:
            if weight & 1:
                columns[place].append(plane)
            weight >>= 1
            place += 1
    found: list[int] = []
    for place, column in enumerate(columns):
        carried = columns[place + 1] if place + 1 < len(columns) else []
        first, last = 0, len(column)
        while last - first > 2:
            a, b, c = column[first : first + 3]
            differ = a ^ b
            column.append(differ ^ c)
            carried.append(a & b | differ & c)
            first += 3
            last += 1
        if last - first == 2:
            a, b = column[first:]
            found.append(a ^ b)
            carried.append(a & b)
        else:
            found.append(column[first] if last else 0)
        if carried and place + 1 == len(columns):
            columns.append(carried)
    return Sum(tuple(found), more)


def raised(number: Sum, by: int, ones: int) -> tuple[int, ...]:
    """Return the digits of a sum with a constant added that is not below zero."""
    found: list[int] = []
    carry = 0
    for place in range(max(len(number.digits), by.bit_length()) + 1):
        digit = number.digits[place] if place < len(number.digits) else 0
        if by >> place & 1:
            found.append(digit ^ carry ^ ones)
            carry = digit | carry
        else:
            found.append(digit ^ carry)
            carry = digit & carry
    return tuple(found)


def reaches(left: Sum, right: Sum, by: int, ones: int) -> int:
    """Return where one sum is at least another and `by` more."""
    lead = left.more - right.more - by
    high = raised(left, lead, ones) if lead > 0 else left.digits
    low = raised(right, -lead, ones) if lead < 0 else right.digits
    found = ones
    for place in range(max(len(high), len(low))):
        a = high[place] if place < len(high) else 0
        b = low[place] if place < len(low) else 0
        found = a & (b ^ ones) | (a ^ b ^ ones) & found
    return found


def multiplied(number: Sum, factor: Sequence[int], ones: int) -> Sum:
    """Return products with a number that has its own digits in each position.

    What is added to all must be nothing: it would differ from position to position.
    """
    terms = [
        (1 << place + shift, digit & by)
        for place, digit in enumerate(number.digits)
        for shift, by in enumerate(factor)
    ]
    assert number.more == 0
    return add_up(terms, ones)


class Planes:
    """The algebra of planes.

    Args:
        size: Positions of the block.
        scale: What all points are multiples of: sums leave it out.
    """

    def __init__(self, size: int, scale: int = 1) -> None:
        self.size = size
        self.scale = scale
        self.yes = (1 << size) - 1
        self.no = 0
        self.has_names = False

    def is_no(self, truth: int) -> bool:
        """Return whether a truth holds nowhere."""
        return truth == 0

    def negate(self, truth: int) -> int:
        """Return where a truth does not hold."""
        return truth ^ self.yes

    def keep(self, name: str, column: Column) -> Column:  # noqa: ARG002 -- SQL gives it a name
        """Return a column as it is: it is worked out already."""
        return column

    # Numbers: one for all positions, or `Floats`.

    def number(self, value: float) -> Column:
        """Return the same number for every position."""
        return value

    def column(self, items: list[float]) -> Column:
        """Return a number for each position."""
        return Floats(items)

    def listed(self, numbers: Column) -> Sequence[float]:
        """Return the number of each position."""
        return numbers.items if isinstance(numbers, Floats) else [numbers] * self.size

    def truth(self, found: object) -> int:
        """Return what comparing two numbers gave as a plane."""
        if isinstance(found, list):
            return packed(found)
        return self.yes if found else 0

    def less(self, left: Column, right: Column) -> int:
        """Return where one number is less than another."""
        return self.truth(self._map(operator.lt, left, right))

    def equal(self, left: Column, right: Column) -> int:
        """Return where two numbers are equal."""
        return self.truth(self._map(operator.eq, left, right))

    def _map(self, function: Callable[..., Any], *numbers: Column) -> Any:  # noqa: ANN401
        if any(isinstance(number, Floats) for number in numbers):
            return _each(function, *numbers)
        return function(*numbers)

    def _mapped(self, function: Callable[..., float], *numbers: Column) -> Column:
        found = self._map(function, *numbers)
        return Floats(found) if isinstance(found, list) else found

    def least(self, numbers: Iterable[Column]) -> Column:
        """Return the smallest of some numbers."""
        return self._mapped(min, *numbers)

    def greatest(self, numbers: Iterable[Column]) -> Column:
        """Return the greatest of some numbers."""
        return self._mapped(max, *numbers)

    def where(self, truth: int, then: Column, otherwise: Column) -> Column:
        """Return one number or the other."""
        if truth == 0 or truth == self.yes:
            return then if truth else otherwise
        test = Floats(list(map("1".__eq__, digits(truth, self.size))))
        return self._mapped(lambda holds, yes, no: yes if holds else no, test, then, otherwise)

    def divide(self, left: Column, right: Column) -> Column:
        """Return a quotient."""
        return self._mapped(operator.truediv, left, right)

    def exponential(self, number: Column) -> Column:
        """Return e to the power of numbers; of one above zero, 1."""
        return self._mapped(lambda one: math.exp(min(one, 0.0)), number)

    def nearest(self, question: NumberQuestion, number: Column) -> Column:
        """Return the nearest answer to a question."""
        return self._mapped(nearest(question), number)

    def picked(
        self,
        question: NumberQuestion,
        lows: Sequence[float],
        highs: Sequence[float],
        parts: Sequence[tuple[int, float, float]],
        spots: Sequence[float],
    ) -> Column:
        """Return a number within each range: for all of them at the first spot, then at the next.

        Args:
            question: Whose answers they are.
            lows: Where the ranges begin.
            highs: Where they end.
            parts: Pieces that the ranges are kept to: in which positions, from where, to where.
            spots: Where in what is left: 0 its low end, 1 its high end.
        """
        size, items = len(lows), list(lows) * len(spots)
        near = nearest(question)
        wide = packed(list(map(operator.lt, lows, highs)))
        wide *= sum(1 << size * copy for copy, _ in enumerate(spots))
        for plane, begin, end in parts:
            for i in members(plane & wide):
                copy, record = divmod(i, size)
                low, high, spot = max(lows[record], begin), min(highs[record], end), spots[copy]
                middle = low * (high / low) ** spot if low > 0 else low + (high - low) * spot
                inside = min(max(near(middle), low), high)
                items[i] = low if spot == 0.0 else high if spot == 1.0 else inside
        first = items[0]
        return first if all(item == first for item in items) else self.column(items)

    def averages(self, numbers: Column, count: int) -> list[float]:
        """Return the mean of the first `count` numbers, of the next, and so on."""
        listed = self.listed(numbers)
        return [sum(listed[i : i + count]) / count for i in range(0, self.size, count)]

    # Sums of points, and words.

    def at_least(self, score: Sum, other: Sum, by: int) -> int:
        """Return where one sum of points is at least another and `by` more."""
        return reaches(score, other, by, self.yes)

    def reaches(self, truths: Iterable[int], count: int) -> int:
        """Return where at least so many of some truths hold."""
        reached = [0] * count  # one of them, two of them, …
        for truth in truths:
            for number in range(count - 1, 0, -1):
                reached[number] |= reached[number - 1] & truth
            reached[0] |= truth
        return reached[-1]

    def in_units(self, score: Sum) -> Column:
        """Return a sum of points as numbers, in units."""
        found = [score.more] * self.size
        for place, digit in enumerate(score.digits):
            if digit:
                worth = 1 << place
                for position in members(digit):
                    found[position] += worth
        return Floats([float(number * self.scale) for number in found])

    def label(
        self,
        name: str,  # noqa: ARG002 -- SQL gives it a name
        branches: Sequence[tuple[int, str]],
        otherwise: str,
    ) -> Mapping[str, int]:
        """Return where each word is the first whose truth holds."""
        found: dict[str, int] = {}
        left = self.yes
        for truth, word in branches:
            found[word] = found.get(word, 0) | left & truth
            left &= truth ^ self.yes
        found[otherwise] = found.get(otherwise, 0) | left
        return found

    def labelled(self, labels: Mapping[str, int], word: str) -> int:
        """Return where that word is said."""
        return labels.get(word, 0)

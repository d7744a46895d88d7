"""Planes whose numbers are NumPy arrays: for blocks of thousands of records."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from salesadvisor.engine.planes import Planes, Sum
from salesadvisor.engine.truth import Column
from salesadvisor.rulebook.definitions import NumberQuestion


class ArrayPlanes(Planes):
    """The same algebra; only what it does with numbers differs."""

    def column(self, items: list[float]) -> Column:
        """Return a number for each position."""
        return np.array(items)

    def listed(self, numbers: Column) -> Any:  # noqa: ANN401
        """Return the number of each position."""
        return np.broadcast_to(numbers, self.size)

    def truth(self, found: object) -> int:
        """Return what comparing two numbers gave as a plane."""
        return packed_array(found) if isinstance(found, np.ndarray) else super().truth(found)

    def _map(self, function: Callable[..., Any], *numbers: Column) -> Any:  # noqa: ANN401
        return function(*numbers)

    def least(self, numbers: Iterable[Column]) -> Column:
        """Return the smallest of some numbers."""
        return reduce(np.minimum, numbers)

    def greatest(self, numbers: Iterable[Column]) -> Column:
        """Return the greatest of some numbers."""
        return reduce(np.maximum, numbers)

    def where(self, truth: int, then: Column, otherwise: Column) -> Column:
        """Return one number or the other."""
        if truth in (0, self.yes):
            return then if truth else otherwise
        return np.where(unpacked_array(truth, self.size), then, otherwise)

    def exponential(self, number: Column) -> Column:
        """Return e to the power of numbers; of one above zero, 1."""
        return np.exp(np.minimum(number, 0.0))

    def nearest(self, question: NumberQuestion, number: Column) -> Column:
        """Return the nearest answer to a question."""
        low, high = question.domain.low, question.domain.high
        up, down = question.step.as_integer_ratio()
        steps = np.rint(np.clip(number, low, high) * down / up)
        return np.clip(steps * up / down, low, high)

    def picked(
        self,
        question: NumberQuestion,
        lows: Sequence[float],
        highs: Sequence[float],
        parts: Sequence[tuple[int, float, float]],
        spots: Sequence[float],
    ) -> Column:
        """Return a number within each range: for all of them at the first spot, then at the next."""
        low, high = (np.tile(np.array(ends), len(spots)) for ends in (lows, highs))
        single = low == high
        begins, ends = low.copy(), high.copy()
        for plane, begin, end in parts:
            if plane:
                inside = unpacked_array(plane, len(low)) & ~single
                begins[inside] = np.maximum(low[inside], begin)
                ends[inside] = np.minimum(high[inside], end)
        spot = np.repeat(np.array(spots), len(lows))
        positive = np.maximum(begins, 1e-300)
        middle = np.where(
            begins > 0, begins * (ends / positive) ** spot, begins + (ends - begins) * spot
        )
        middle = np.clip(self.nearest(question, middle), begins, ends)
        return np.where(spot == 0.0, begins, np.where(spot == 1.0, ends, middle))

    def averages(self, numbers: Column, count: int) -> list[float]:
        """Return the mean of the first `count` numbers, of the next, and so on."""
        found: list[float] = self.listed(numbers).reshape(-1, count).mean(axis=1).tolist()
        return found

    def in_units(self, score: Sum) -> Column:
        """Return a sum of points as numbers, in units."""
        found = np.full(self.size, score.more, dtype=np.int64)
        for place, digit in enumerate(score.digits):
            if digit:
                found += unpacked_array(digit, self.size).astype(np.int64) << place
        return (found * self.scale).astype(np.float64)

    def words(self, labels: Mapping[str, int], order: list[str]) -> "np.ndarray[Any, Any]":
        """Return for each position the place of its word in `order`."""
        found = np.zeros(self.size, dtype=np.uint8)
        for number, word in enumerate(order):
            if labels.get(word):
                found[unpacked_array(labels[word], self.size)] = number
        return found


def packed_array(truths: "np.ndarray[Any, Any]") -> int:
    """Return truths as bits of a whole number, the first one lowest."""
    return int.from_bytes(np.packbits(truths, bitorder="little").tobytes(), "little")


def unpacked_array(plane: int, size: int) -> "np.ndarray[Any, Any]":
    """Return a plane as truths."""
    data = np.frombuffer(plane.to_bytes((size + 7) // 8, "little"), np.uint8)
    return np.unpackbits(data, count=size, bitorder="little").astype(bool)

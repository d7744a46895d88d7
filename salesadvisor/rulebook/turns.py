"""Where along a question's numbers something changes: found by halving, to the question's step."""

from collections.abc import Callable, Iterator

from salesadvisor.language.possible import OPEN, Numbers, Truth
from salesadvisor.rulebook.definitions import NumberQuestion

_BLIND_HALVINGS = 4
"""How often a range is halved on which something is open at both ends: other answers make it so,
and whether it is something else in between can't be seen from outside."""

_MOST_READS = 3000
"""Then no more is looked for: a condition that is open on every range could be read for ever."""


def find_turns(
    question: NumberQuestion, value: Numbers, read: Callable[[Numbers], Truth]
) -> Iterator[float]:
    """Yield, rising, each answer at which a condition is something else than just below.

    Args:
        question: Whose answers.
        value: Where to look.
        read: The truth of the condition for a set of answers: sound, exact for a single one.
    """
    up, down = question.step.as_integer_ratio()

    def at(index: int) -> float:
        return index * up / down

    reads = 0

    def truth_from(low: int, high: int) -> Truth:
        nonlocal reads
        reads += 1
        return read(Numbers(at(low), at(high)))

    def single(index: int) -> Truth:
        return truth_from(index, index)

    def between(low: int, high: int, first: Truth, last: Truth, blind: int) -> Iterator[float]:
        if high - low < 1:
            return
        if first != last:
            before, after = low, high
            while after - before > 1:
                middle = (before + after) // 2
                if single(middle) == first:
                    before = middle
                else:
                    after = middle
            there = single(after)
            yield from between(low, before, first, first, blind)
            yield at(after)
            yield from between(after, high, there, last, blind)
            return
        if truth_from(low, high) == first != OPEN or high - low < 2 or reads > _MOST_READS:
            return
        if first == OPEN:
            blind -= 1
            if blind < 0:
                return
        middle = (low + high) // 2
        there = single(middle)
        yield from between(low, middle, first, there, blind)
        yield from between(middle, high, there, last, blind)

    low, high = (round(end * down / up) for end in (value.low, value.high))
    yield from between(low, high, single(low), single(high), _BLIND_HALVINGS)


def step_from(question: NumberQuestion, number: float, steps: int) -> float:
    """Return the answer some steps above `number`, or below it."""
    up, down = question.step.as_integer_ratio()
    return (round(number * down / up) + steps) * up / down

"""What a question's answers come down to: cells of answers that no condition tells apart."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import combinations

from salesadvisor.language.borders import Borders
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.rulebook.definitions import ChoiceQuestion, NumberQuestion, Question

_MOST_UNDECIDED = 6
"""A multiple choice with more undecided options stays in one piece: sound, less sharp."""


def cells_of(question: Question, value: Value, borders: Borders) -> tuple[Value, ...]:
    """Return `value` in pieces; every answer in it lies in one of them.

    Raises:
        TypeError: `value` is no answer to the question.
    """
    match question, value:
        case NumberQuestion(), Numbers():
            return _intervals(question, value, borders.numbers.get(question.id, ()))
        case ChoiceQuestion(options=known), OneOf(options):
            return tuple(OneOf(frozenset({id})) for id in known if id in options)
        case ChoiceQuestion(), SomeOf():
            return _subsets(question, value, borders.options.get(question.id, frozenset()))
        case _:
            raise TypeError(f"{value} does not answer {question.id}")


def _intervals(
    question: NumberQuestion, value: Numbers, thresholds: tuple[float, ...]
) -> tuple[Value, ...]:
    """Cut at each threshold: below it, on it, above it, on the grid of the question's step."""
    cells: list[Value] = []
    low = value.low
    for threshold in thresholds:
        if low > value.high or threshold > value.high:
            break
        if threshold < low:
            continue
        below = _on_grid(question, threshold, -1)
        if low <= below:
            cells.append(Numbers(low, below))
        if _on_grid(question, threshold, 0) == threshold:
            cells.append(Numbers(threshold, threshold))
        low = max(low, _on_grid(question, threshold, 1))
    if low <= value.high:
        cells.append(Numbers(low, value.high))
    return tuple(cells) or (value,)


def _on_grid(question: NumberQuestion, threshold: float, side: int) -> float:
    """Return the answer next below (-1) or above (1) the threshold, or the nearest at it (0)."""
    steps = Decimal(repr(threshold)) / question.step
    if side < 0:
        count = steps.to_integral_value(ROUND_CEILING) - 1
    elif side > 0:
        count = steps.to_integral_value(ROUND_FLOOR) + 1
    else:
        count = steps.to_integral_value()
    return float(count * question.step)


def _subsets(
    question: ChoiceQuestion, value: SomeOf, asked_for: frozenset[str]
) -> tuple[Value, ...]:
    """Return each choice among the options asked for; the others stay as open as they are."""
    exclusive = question.exclusive
    undecided = sorted((value.possible - value.certain) & (asked_for - {exclusive or ""}))
    if len(undecided) > _MOST_UNDECIDED:
        return (value,)
    rest = value.possible - asked_for - {exclusive or ""}  # makes no difference to anything
    cells: list[Value] = []
    if exclusive is not None and exclusive in value.possible and not value.certain - {exclusive}:
        only = frozenset({exclusive})
        cells.append(SomeOf(only, only))
        if exclusive in value.certain:
            return tuple(cells)
    for size in range(len(undecided) + 1):
        for chosen in combinations(undecided, size):
            certain = value.certain | frozenset(chosen)
            possible = certain | rest
            # With an option for "none of these", choosing nothing is not an answer.
            if possible or exclusive is None:
                cells.append(SomeOf(certain, possible))
    return tuple(cells)

"""What a question's answers come down to: cells of answers that no condition tells apart."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import combinations, pairwise

from msgspec import Struct

from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.language.syntax import (
    Among,
    Compare,
    Expression,
    Has,
    Name,
    Number,
    names_in,
    walk,
)
from salesadvisor.rulebook.definitions import (
    ChoiceQuestion,
    NumberQuestion,
    Question,
    QuestionId,
    Rulebook,
)

_MOST_UNDECIDED = 6
"""A multiple choice with more undecided options stays in one piece: sound, less sharp."""


class Borders(Struct, frozen=True):
    """Where conditions tell the answers of each question apart."""

    numbers: Mapping[str, tuple[float, ...]]  # what a number is compared with
    options: Mapping[str, frozenset[str]]  # the options of a multiple choice that are asked for


def find_borders(conditions: Iterable[Expression]) -> Borders:
    """Return the borders that `conditions` draw directly, not through formulas."""
    numbers: dict[str, set[float]] = {}
    options: dict[str, set[str]] = {}
    for condition in conditions:
        for part in walk(condition):
            match part:
                case Compare(left, links):
                    chain = [left, *(right for _, right in links)]
                    for one, other in pairwise(chain):
                        for name, number in ((one, other), (other, one)):
                            if isinstance(name, Name) and isinstance(number, Number):
                                numbers.setdefault(name.id, set()).add(number.value)
                case Among(Name(id), literals):
                    found = {o.value for o in literals if isinstance(o, Number)}
                    numbers.setdefault(id, set()).update(found)
                case Has(option, Name(id)):
                    options.setdefault(id, set()).add(option.id)
                case _:
                    pass
    return Borders(
        {id: tuple(sorted(found)) for id, found in numbers.items()},
        {id: frozenset(found) for id, found in options.items()},
    )


def conditions_of(rulebook: Rulebook) -> tuple[Expression, ...]:
    """Return every condition that can move the advice."""
    return tuple(entry.when for entry in rulebook.entries)


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


def questions_read(rulebook: Rulebook, names: Iterable[str]) -> tuple[QuestionId, ...]:
    """Return the questions behind `names`, through formulas, in the rulebook's order."""
    formulas = {formula.id: formula for formula in rulebook.formulas}
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in formulas:
            waiting += names_in(formulas[name].value)
        else:
            found.add(name)
    return tuple(question.id for question in rulebook.questions if question.id in found)

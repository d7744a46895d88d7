"""Where conditions tell values apart: what a number is compared with, which options are asked."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from msgspec import Struct

from salesadvisor.language.evaluator import evaluate
from salesadvisor.language.possible import Numbers, Value, is_single
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


class Comparisons(Struct, frozen=True):
    """What the names in some conditions are held against."""

    numbers: Mapping[str, tuple[Expression, ...]]  # what a number is compared with
    options: Mapping[str, frozenset[str]]  # the options of a multiple choice that are asked for


class Borders(Struct, frozen=True):
    """Where conditions tell the values of each name apart."""

    numbers: Mapping[str, tuple[float, ...]]
    options: Mapping[str, frozenset[str]]


def find_comparisons(conditions: Iterable[Expression]) -> Comparisons:
    """Return what `conditions` compare each name with, directly: not through formulas."""
    numbers: dict[str, dict[Expression, None]] = {}
    options: dict[str, set[str]] = {}
    for condition in conditions:
        for part in walk(condition):
            match part:
                case Compare(left, links):
                    chain = [left, *(right for _, right in links)]
                    for one, other in pairwise(chain):
                        for name, against in ((one, other), (other, one)):
                            if isinstance(name, Name):
                                numbers.setdefault(name.id, {})[against] = None
                case Among(Name(id), literals):
                    found = (o for o in literals if isinstance(o, Number))
                    numbers.setdefault(id, {}).update(dict.fromkeys(found))
                case Has(option, Name(id)):
                    options.setdefault(id, set()).add(option.id)
                case _:
                    pass
    return Comparisons(
        {id: tuple(found) for id, found in numbers.items()},
        {id: frozenset(found) for id, found in options.items()},
    )


def find_borders(comparisons: Comparisons, known: Mapping[str, Value]) -> Borders:
    """Return the borders that `comparisons` draw where what is compared with is one number.

    Args:
        comparisons: What each name is compared with.
        known: The possible values of every name.
    """
    return Borders(
        {
            id: tuple(sorted({n for e in against for n in _single_number(e, known)}))
            for id, against in comparisons.numbers.items()
        },
        comparisons.options,
    )


def _single_number(expression: Expression, known: Mapping[str, Value]) -> tuple[float, ...]:
    if isinstance(expression, Number):
        return (expression.value,)
    if not all(is_single(known[name]) for name in names_in(expression)):
        return ()
    value = evaluate(expression, known)
    return (value.low,) if isinstance(value, Numbers) else ()

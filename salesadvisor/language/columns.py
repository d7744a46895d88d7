"""Expression + a column of values for each name -> a column of values: many records at a time.

What `compiler` does for one record, without a call for each part of each of them.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from itertools import pairwise, repeat
from typing import Any

from salesadvisor.language.compiler import COMPARATORS, OPERATORS, Single
from salesadvisor.language.syntax import (
    Among,
    And,
    Arithmetic,
    Call,
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
    Option,
    Or,
)

Column = list[Any]
"""A value for each record; a `Single` in its place is the same for all."""

_FUNCTIONS: Mapping[Function, Callable[..., Any]] = {
    Function.MIN: min,
    Function.MAX: max,
    Function.ABS: abs,
}


def evaluate_columns(
    expression: Expression, columns: Mapping[str, Column | Single]
) -> Column | Single:
    """Return the value of `expression` for each record.

    Args:
        expression: A checked expression; each of its names is in `columns`.
        columns: The values of each name, all columns of one length.
    """

    def value(part: Expression) -> Column | Single:
        return evaluate_columns(part, columns)

    match expression:
        case Number(found) | Constant(found):
            return found
        case Option(id):
            return id
        case Name(id):
            return columns[id]
        case Not(operand):
            return _each(operator.not_, value(operand))
        case And(operands):
            return reduce(lambda one, other: _each(operator.and_, one, other), map(value, operands))
        case Or(operands):
            return reduce(lambda one, other: _each(operator.or_, one, other), map(value, operands))
        case Compare(left, links):
            sides = [value(left), *(value(right) for _, right in links)]
            compared = (
                _each(COMPARATORS[symbol], one, other)
                for (one, other), (symbol, _) in zip(pairwise(sides), links, strict=True)
            )
            return reduce(lambda one, other: _each(operator.and_, one, other), compared)
        case Among(item, literals, negated):
            values = frozenset(o.id if isinstance(o, Option) else o.value for o in literals)
            return _each(lambda found: (found in values) is not negated, value(item))
        case Has(option, chosen, negated):
            wanted = option.id
            return _each(lambda found: (wanted in found) is not negated, value(chosen))
        case Arithmetic(symbol, left, right):
            return _each(OPERATORS[symbol], value(left), value(right))
        case Negative(operand):
            return _each(operator.neg, value(operand))
        case Call(function, arguments):
            return _each(_FUNCTIONS[function], *map(value, arguments))
        case Conditional(condition, then, otherwise):
            test = value(condition)
            if not isinstance(test, list):  # the same for all: only one branch is needed
                return value(then if test else otherwise)
            return _each(
                lambda test, yes, no: yes if test else no, test, value(then), value(otherwise)
            )


def _each(function: Callable[..., Any], *operands: Column | Single) -> Column | Single:
    """Return what `function` gives for each record."""
    if not any(isinstance(operand, list) for operand in operands):
        return function(*operands)  # type: ignore[no-any-return]  # a single value
    columns: list[Iterable[Any]] = [
        operand if isinstance(operand, list) else repeat(operand) for operand in operands
    ]
    return list(map(function, *columns))

"""Expression -> a plain function of single values, for sampling.

Built from closures: the text of an expression never becomes Python code.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

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

Single = float | str | frozenset[str] | bool
"""One value: a number, an option, the chosen options of a multiple choice, or a truth."""


def single_of(value: Value) -> Single:
    """Return the value of a set that holds one; any one of them where it holds more."""
    match value:
        case Numbers(low):
            return low
        case OneOf(options):
            return next(iter(options))
        case SomeOf(certain):
            return certain
        case truth:
            return next(iter(truth))


# The checker has made sure that operands fit; here they are whatever they are.
_Function = Callable[[Mapping[str, Single]], Any]

OPERATORS = {
    Operator.ADD: operator.add,
    Operator.SUBTRACT: operator.sub,
    Operator.MULTIPLY: operator.mul,
    Operator.DIVIDE: operator.truediv,
}
COMPARATORS = {
    Comparator.LESS: operator.lt,
    Comparator.AT_MOST: operator.le,
    Comparator.MORE: operator.gt,
    Comparator.AT_LEAST: operator.ge,
    Comparator.EQUAL: operator.eq,
    Comparator.UNEQUAL: operator.ne,
}


def compile_expression(expression: Expression) -> Callable[[Mapping[str, Single]], Single]:
    """Return a function from the value of each name to the value of `expression`.

    It agrees with the evaluator on sets of one value each.
    """
    return _function(expression)


def _function(expression: Expression) -> _Function:
    match expression:
        case Number(value):
            return lambda _: value
        case Option(id):
            return lambda _: id
        case Constant(truth):
            return lambda _: truth
        case Name(id):
            return operator.itemgetter(id)
        case Not(operand):
            inner = _function(operand)
            return lambda known: not inner(known)
        case And(operands):
            conditions = [_function(o) for o in operands]
            return lambda known: all(condition(known) for condition in conditions)
        case Or(operands):
            conditions = [_function(o) for o in operands]
            return lambda known: any(condition(known) for condition in conditions)
        case Compare():
            return _comparison(expression)
        case Among(item, literals, negated):
            inner = _function(item)
            values = frozenset(o.id if isinstance(o, Option) else o.value for o in literals)
            return lambda known: (inner(known) in values) is not negated
        case Has(option, chosen, negated):
            inner, wanted = _function(chosen), option.id
            return lambda known: (wanted in inner(known)) is not negated
        case Arithmetic(symbol, left, right):
            combine, first, second = OPERATORS[symbol], _function(left), _function(right)
            return lambda known: combine(first(known), second(known))
        case Negative(operand):
            inner = _function(operand)
            return lambda known: -inner(known)
        case Call(function, arguments):
            return _call(function, [_function(a) for a in arguments])
        case Conditional(condition, then, otherwise):
            test, yes, no = _function(condition), _function(then), _function(otherwise)
            return lambda known: yes(known) if test(known) else no(known)


def _comparison(expression: Compare) -> _Function:
    left = _function(expression.left)
    links = [(COMPARATORS[symbol], _function(right)) for symbol, right in expression.links]
    if len(links) == 1:
        compare, right = links[0]
        return lambda known: compare(left(known), right(known))

    def chained(known: Mapping[str, Single]) -> bool:
        before = left(known)
        for compare, operand in links:
            after = operand(known)
            if not compare(before, after):
                return False
            before = after
        return True

    return chained


def _call(function: Function, arguments: list[_Function]) -> _Function:
    match function:
        case Function.MIN:
            return lambda known: min(argument(known) for argument in arguments)
        case Function.MAX:
            return lambda known: max(argument(known) for argument in arguments)
        case Function.ABS:
            return lambda known: abs(arguments[0](known))

"""Expression + sets of possible values -> set of possible values."""

from collections.abc import Callable, Mapping

from salesadvisor.language import possible
from salesadvisor.language.possible import FALSE, TRUE, Numbers, OneOf, SomeOf, Truth, Value
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

Watch = Callable[[Expression, Value], None]
"""Told each part of an expression and the set of its values, innermost first."""


def evaluate(
    expression: Expression, known: Mapping[str, Value], watch: Watch | None = None
) -> Value:
    """Return every value that `expression` can take for values in `known`.

    Conditions are evaluated atom by atom with Kleene's tables, so the result is sound but may
    be wider than needed: `x < 5 or x >= 5` is open for an unknown `x`.

    Args:
        expression: A checked expression; each of its names is in `known`.
        known: The possible values of each name.
        watch: Called with each part and its values: a trace of the evaluation.
    """
    value = _value(expression, known, watch)
    if watch is not None:
        watch(expression, value)
    return value


def truth_of(
    condition: Expression, known: Mapping[str, Value], watch: Watch | None = None
) -> Truth:
    """Return every truth value that `condition` can take for values in `known`."""
    value = evaluate(condition, known, watch)
    assert isinstance(value, frozenset)
    return value


def numbers_of(
    formula: Expression, known: Mapping[str, Value], watch: Watch | None = None
) -> Numbers:
    """Return every number that `formula` can take for values in `known`."""
    value = evaluate(formula, known, watch)
    assert isinstance(value, Numbers)
    return value


def _value(expression: Expression, known: Mapping[str, Value], watch: Watch | None) -> Value:
    match expression:
        case Compare():
            return _compare(expression, known, watch)
        case And(operands):
            truth = TRUE
            for operand in operands:
                truth = possible.conjunction(truth, truth_of(operand, known, watch))
            return truth
        case Or(operands):
            truth = FALSE
            for operand in operands:
                truth = possible.disjunction(truth, truth_of(operand, known, watch))
            return truth
        case Name(id):
            return known[id]
        case Number(number):
            return Numbers(number, number)
        case Among():
            return _among(expression, known, watch)
        case Option(id):
            return OneOf(frozenset({id}))
        case Has(option, chosen, negated):
            several = evaluate(chosen, known, watch)
            assert isinstance(several, SomeOf)
            return _negated_if(negated, possible.has(several, option.id))
        case Not(operand):
            return possible.negation(truth_of(operand, known, watch))
        case Arithmetic(operator, left, right):
            return _ARITHMETIC[operator](
                numbers_of(left, known, watch), numbers_of(right, known, watch)
            )
        case Negative(operand):
            return possible.negate(numbers_of(operand, known, watch))
        case Call(function, arguments):
            numbers = [numbers_of(argument, known, watch) for argument in arguments]
            match function:
                case Function.MIN:
                    return possible.smallest(numbers)
                case Function.MAX:
                    return possible.largest(numbers)
                case Function.ABS:
                    return possible.absolute(numbers[0])
        case Conditional(condition, then, otherwise):
            truth = truth_of(condition, known, watch)
            if truth == TRUE:
                return evaluate(then, known, watch)
            if truth == FALSE:
                return evaluate(otherwise, known, watch)
            return possible.union(evaluate(then, known, watch), evaluate(otherwise, known, watch))
        case Constant(value):
            return TRUE if value else FALSE


_ARITHMETIC = {
    Operator.ADD: possible.add,
    Operator.SUBTRACT: possible.subtract,
    Operator.MULTIPLY: possible.multiply,
    Operator.DIVIDE: possible.divide,
}


def _compare(expression: Compare, known: Mapping[str, Value], watch: Watch | None) -> Truth:
    truth = TRUE
    left = evaluate(expression.left, known, watch)
    for comparator, operand in expression.links:
        right = evaluate(operand, known, watch)
        truth = possible.conjunction(truth, _link(left, comparator, right))
        left = right
    return truth


def _link(left: Value, comparator: Comparator, right: Value) -> Truth:
    if comparator is Comparator.EQUAL:
        return possible.equal(left, right)
    if comparator is Comparator.UNEQUAL:
        return possible.negation(possible.equal(left, right))
    assert isinstance(left, Numbers)
    assert isinstance(right, Numbers)
    match comparator:
        case Comparator.LESS:
            return possible.less(left, right)
        case Comparator.AT_MOST:
            return possible.at_most(left, right)
        case Comparator.MORE:
            return possible.less(right, left)
        case Comparator.AT_LEAST:
            return possible.at_most(right, left)


def _among(expression: Among, known: Mapping[str, Value], watch: Watch | None) -> Truth:
    item = evaluate(expression.item, known, watch)
    if isinstance(item, OneOf):
        ids = frozenset(o.id for o in expression.literals if isinstance(o, Option))
        return _negated_if(expression.negated, possible.is_among(item, ids))
    truth = FALSE
    for literal in expression.literals:
        truth = possible.disjunction(truth, possible.equal(item, evaluate(literal, known, watch)))
    return _negated_if(expression.negated, truth)


def _negated_if(negated: bool, truth: Truth) -> Truth:  # noqa: FBT001 -- a field of the tree
    return possible.negation(truth) if negated else truth

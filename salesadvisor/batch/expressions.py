"""Expression + names as SQL -> SQL: the third reader of the tree, beside `evaluate` and `compile`.

It says of every set what `language.evaluator` says, operation by operation and in its order, so
that both find the same truth. Where a name is a single value (both its ends are one expression),
so is what follows from it, and half of the SQL falls away.
"""

from collections.abc import Callable
from itertools import product

from sqlglot import exp

from salesadvisor.batch.clauses import (
    FAILS,
    HOLDS,
    NO,
    SQL,
    YES,
    Certainty,
    Ends,
    all_of,
    any_of,
    both,
    case,
    double,
    either,
    equals,
    greatest,
    grouped,
    is_at_least,
    is_at_most,
    is_below,
    least,
    negated,
    opposite,
    single,
    total,
    whole,
)
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


class Choice(dict[str, SQL]):
    """One option as SQL: of each, whether it may be the one."""


class Choices(dict[str, Certainty]):
    """Several options as SQL: of each, whether it is chosen."""


Set = Certainty | Ends | Choice | Choices
"""What an expression can be, as SQL."""
Names = Callable[[str], Set]
"""What a name can be."""


def truth_in_sql(condition: Expression, names: Names) -> Certainty:
    """Return every truth value that `condition` can take, as SQL."""
    found = set_in_sql(condition, names)
    assert isinstance(found, Certainty)
    return found


def ends_in_sql(formula: Expression, names: Names) -> Ends:
    """Return the ends of every number that `formula` can be, as SQL."""
    found = set_in_sql(formula, names)
    assert isinstance(found, Ends)
    return found


def set_in_sql(expression: Expression, names: Names) -> Set:
    """Return every value that `expression` can take, as SQL.

    Args:
        expression: A checked expression.
        names: What each of its names can be.
    """
    match expression:
        case Number(number):
            written = double(number)
            return Ends(written, written)
        case Option(id):
            return Choice({id: YES})
        case Constant(holds):
            return HOLDS if holds else FAILS
        case Name(id):
            return names(id)
        case Not(operand):
            return opposite(truth_in_sql(operand, names))
        case And(operands):
            return all_of(truth_in_sql(operand, names) for operand in operands)
        case Or(operands):
            return any_of(truth_in_sql(operand, names) for operand in operands)
        case Compare(left, links):
            return _compared(set_in_sql(left, names), links, names)
        case Among(item, literals, negated_):
            value = set_in_sql(item, names)
            if isinstance(value, Choice):
                among = _among_options(value, {o.id for o in literals if isinstance(o, Option)})
            else:
                among = any_of(_equal(value, set_in_sql(literal, names)) for literal in literals)
            return opposite(among) if negated_ else among
        case Has(option, chosen, negated_):
            several = set_in_sql(chosen, names)
            assert isinstance(several, Choices)
            held = several[option.id]
            return opposite(held) if negated_ else held
        case Arithmetic(operator, left, right):
            return _arithmetic(operator, ends_in_sql(left, names), ends_in_sql(right, names))
        case Negative(operand):
            return _negative(ends_in_sql(operand, names))
        case Call(function, arguments):
            return _call(function, [ends_in_sql(argument, names) for argument in arguments])
        case Conditional(condition, then, otherwise):
            return either_of(
                truth_in_sql(condition, names),
                set_in_sql(then, names),
                set_in_sql(otherwise, names),
            )


# Comparing.


def _compared(
    left: Set, links: tuple[tuple[Comparator, Expression], ...], names: Names
) -> Certainty:
    found = []
    for comparator, operand in links:
        right = set_in_sql(operand, names)
        found.append(_link(left, comparator, right))
        left = right
    return all_of(found)


def _link(left: Set, comparator: Comparator, right: Set) -> Certainty:
    match comparator:
        case Comparator.EQUAL:
            return _equal(left, right)
        case Comparator.UNEQUAL:
            return opposite(_equal(left, right))
        case _:
            assert isinstance(left, Ends)
            assert isinstance(right, Ends)
    match comparator:
        case Comparator.LESS:
            return _less(left, right)
        case Comparator.MORE:
            return _less(right, left)
        case Comparator.AT_MOST:
            return opposite(_less(right, left))
        case Comparator.AT_LEAST:
            return opposite(_less(left, right))


def _less(left: Ends, right: Ends) -> Certainty:
    if left.is_single and right.is_single:
        return single(is_below(left.low, right.low))
    return Certainty(is_below(left.high, right.low), is_below(left.low, right.high))


def _equal(left: Set, right: Set) -> Certainty:
    if isinstance(left, Ends) and isinstance(right, Ends):
        if left.is_single and right.is_single:
            return single(equals(left.low, right.low))
        overlapping = both(is_at_most(right.low, left.high), is_at_most(left.low, right.high))
        one_each = both(equals(left.low, left.high), equals(right.low, right.high))
        return Certainty(both(overlapping, one_each), overlapping)
    assert isinstance(left, Choice)
    assert isinstance(right, Choice)
    shared = either(*(both(may, right[id]) for id, may in left.items() if id in right))
    return Certainty(both(shared, _is_one(left), _is_one(right)), shared)


def _is_one(choice: Choice) -> SQL:
    """Return whether only one option is left."""
    left = [may for may in choice.values() if may != NO]
    if len(left) == 1:
        return YES
    return equals(total(case((may, whole(1)), otherwise=whole(0)) for may in left), whole(1))


def _among_options(choice: Choice, ids: set[str]) -> Certainty:
    inside = either(*(may for id, may in choice.items() if id in ids))
    outside = either(*(may for id, may in choice.items() if id not in ids))
    return Certainty(negated(outside), inside)


# Arithmetic on intervals: the ends, in the order of `language.possible`.

_OPERATORS: dict[Operator, type[exp.Add] | type[exp.Sub] | type[exp.Mul]] = {
    Operator.ADD: exp.Add,
    Operator.SUBTRACT: exp.Sub,
    Operator.MULTIPLY: exp.Mul,
}


def _operation(operator: Operator, left: SQL, right: SQL) -> SQL:
    if operator is Operator.DIVIDE:
        return exp.Div(this=grouped(left), expression=grouped(right), typed=True, safe=False)
    return _OPERATORS[operator](this=grouped(left), expression=grouped(right))


def _arithmetic(operator: Operator, left: Ends, right: Ends) -> Ends:
    if left.is_single and right.is_single:
        value = _operation(operator, left.low, right.low)
        return Ends(value, value)
    match operator:
        case Operator.ADD:
            return Ends(
                _operation(operator, left.low, right.low),
                _operation(operator, left.high, right.high),
            )
        case Operator.SUBTRACT:
            return Ends(
                _operation(operator, left.low, right.high),
                _operation(operator, left.high, right.low),
            )
        case Operator.MULTIPLY | Operator.DIVIDE:
            pairs = product((left.low, left.high), (right.low, right.high))
            ends = [_operation(operator, one, other) for one, other in pairs]
            return Ends(least(ends), greatest(ends))


def _negative(operand: Ends) -> Ends:
    low = exp.Neg(this=grouped(operand.high))
    return Ends(low, low if operand.is_single else exp.Neg(this=grouped(operand.low)))


def _call(function: Function, operands: list[Ends]) -> Ends:
    singles = all(o.is_single for o in operands)
    match function:
        case Function.MIN | Function.MAX:
            pick = least if function is Function.MIN else greatest
            low = pick(o.low for o in operands)
            return Ends(low, low if singles else pick(o.high for o in operands))
        case Function.ABS:
            (operand,) = operands
            low, high = operand.low, operand.high
            zero = double(0)
            if singles:
                value = case((is_at_least(low, zero), low), otherwise=_negative(operand).low)
                return Ends(value, value)
            return Ends(
                case(
                    (is_at_least(low, zero), low),
                    (is_at_most(high, zero), exp.Neg(this=grouped(high))),
                    otherwise=zero,
                ),
                greatest((exp.Neg(this=grouped(low)), high)),
            )


# One or the other.


def either_of(condition: Certainty, then: Set, otherwise: Set) -> Set:
    """Return `then` where the condition holds, `otherwise` where it fails, both where it is open.

    Raises:
        TypeError: the two are of different kinds, which the checker never lets through.
    """
    match then, otherwise:
        case Ends(), Ends():
            if condition.is_single and then.is_single and otherwise.is_single:
                value = case((condition.certain, then.low), otherwise=otherwise.low)
                return Ends(value, value)

            def end(yes: SQL, no: SQL, pick: Callable[[list[SQL]], SQL]) -> SQL:
                return case(
                    (condition.certain, yes),
                    (negated(condition.possible), no),
                    otherwise=pick([yes, no]),
                )

            return Ends(
                end(then.low, otherwise.low, least), end(then.high, otherwise.high, greatest)
            )
        case Certainty(), Certainty():
            return _truth_of_either(condition, then, otherwise)
        case Choices(), Choices():
            return Choices(
                {
                    id: _truth_of_either(condition, then.get(id, FAILS), otherwise.get(id, FAILS))
                    for id in {**then, **otherwise}
                }
            )
        case Choice(), Choice():
            return Choice(
                {
                    id: either(
                        both(condition.possible, then.get(id, NO)),
                        both(negated(condition.certain), otherwise.get(id, NO)),
                    )
                    for id in {**then, **otherwise}
                }
            )
        case _:
            raise TypeError(f"{then} or {otherwise}")


def _truth_of_either(condition: Certainty, then: Certainty, otherwise: Certainty) -> Certainty:
    possible = either(
        both(condition.possible, then.possible),
        both(negated(condition.certain), otherwise.possible),
    )
    if condition.is_single and then.is_single and otherwise.is_single:
        return single(possible)
    certain = either(
        both(condition.certain, then.certain),
        both(negated(condition.possible), otherwise.certain),
        both(then.certain, otherwise.certain),
    )
    return Certainty(certain, possible)

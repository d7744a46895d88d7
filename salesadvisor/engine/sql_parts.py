"""The smallest pieces of SQL, and how they combine. Nothing relies on NULL."""

from collections.abc import Iterable
from functools import reduce

from sqlglot import exp

SQL = exp.Expression

YES: SQL = exp.true()
NO: SQL = exp.false()

WORD = 52
"""Bits of a whole number that masks and sums use: what a DOUBLE holds exactly, less one."""


def number(value: float) -> SQL:
    """Return a number as a DOUBLE; whole ones stay as they are written."""
    if value == int(value) and abs(value) < 2**53:
        return exp.Literal.number(int(value)) if value >= 0 else exp.Neg(this=number(-value))
    literal = exp.Literal.number(repr(abs(value)))
    double = exp.cast(literal, "double")
    return double if value >= 0 else exp.Neg(this=double)


def double(value: float) -> SQL:
    """Return a number that arithmetic takes as a DOUBLE, whole or not."""
    found = number(value)
    return found if isinstance(found, exp.Cast) else exp.cast(found, "double")


def whole(value: int) -> SQL:
    """Return a whole number as it is."""
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def text(value: str) -> SQL:
    """Return a text, quoted as the dialect quotes it."""
    return exp.Literal.string(value)


def column(name: str) -> SQL:
    """Return a column by its exact name."""
    return exp.column(name, quoted=True)


def named(expression: SQL, name: str) -> SQL:
    """Return `expression` as a column called exactly `name`."""
    alias = exp.to_identifier(name, quoted=True)
    return exp.Alias(this=expression, alias=alias)


_ONE_WORD = (exp.Column, exp.Literal, exp.Boolean, exp.Paren, exp.Func, exp.Case)


def grouped(expression: SQL) -> SQL:
    """Return `expression` in brackets, where it is more than one word."""
    if isinstance(expression, _ONE_WORD) and not isinstance(expression, exp.Connector):
        return expression
    return exp.Paren(this=expression)


# Logic.


def both(*operands: SQL) -> SQL:
    """Return whether all operands hold."""
    if any(o == NO for o in operands):
        return NO
    return _joined(exp.And, [o for o in operands if o != YES], YES)


def either(*operands: SQL) -> SQL:
    """Return whether one of the operands holds."""
    if any(o == YES for o in operands):
        return YES
    return _joined(exp.Or, [o for o in operands if o != NO], NO)


def _joined(kind: type[exp.And] | type[exp.Or], operands: list[SQL], empty: SQL) -> SQL:
    operands = list(dict.fromkeys(operands))
    if len(operands) < 2:
        return operands[0] if operands else empty
    parts = (exp.Paren(this=o) if isinstance(o, exp.Connector) else o for o in operands)
    return reduce(lambda left, right: kind(this=left, expression=right), parts)


def negated(operand: SQL) -> SQL:
    """Return whether the operand does not hold."""
    if operand in (YES, NO):
        return NO if operand == YES else YES
    if isinstance(operand, exp.Not):
        inner: SQL = operand.this
        bare: SQL = inner.this if isinstance(inner, exp.Paren) else inner
        return bare
    return exp.Not(this=grouped(operand))


# Choosing, comparing, counting.


def case(*branches: tuple[SQL, SQL], otherwise: SQL) -> SQL:
    """Return the value of the first branch whose condition holds."""
    left = [(condition, value) for condition, value in branches if condition != NO]
    for position, (condition, value) in enumerate(left):
        if condition == YES:
            left, otherwise = left[:position], value
            break
    if not left:
        return otherwise
    found = exp.Case()
    for condition, value in left:
        found = found.when(condition, value, copy=False)
    return found.else_(otherwise, copy=False)


def is_below(left: SQL, right: SQL) -> SQL:
    """Return `left < right`."""
    return exp.LT(this=grouped(left), expression=grouped(right))


def equals(left: SQL, right: SQL) -> SQL:
    """Return `left = right`."""
    return exp.EQ(this=grouped(left), expression=grouped(right))


def has_bits(mask: SQL, bits: int) -> SQL:
    """Return whether `mask` has one of the bits."""
    return exp.NEQ(this=_masked(mask, bits), expression=whole(0))


def lacks_bits(mask: SQL, bits: int) -> SQL:
    """Return whether `mask` has none of the bits."""
    return exp.EQ(this=_masked(mask, bits), expression=whole(0))


def _masked(mask: SQL, bits: int) -> SQL:
    return exp.Paren(this=exp.BitwiseAnd(this=mask, expression=whole(bits)))


def total(terms: Iterable[SQL]) -> SQL:
    """Return the sum of whole numbers; 0 of none."""
    left = [term for term in terms if term != whole(0)]
    if not left:
        return exp.cast(whole(0), "bigint")
    return reduce(lambda one, other: exp.Add(this=one, expression=other), left)


def weighed(terms: Iterable[tuple[SQL, int]]) -> SQL:
    """Return the sum of the points whose conditions hold, as a BIGINT."""
    parts = [
        exp.Mul(this=exp.cast(condition, "int"), expression=whole(points))
        for condition, points in terms
        if points and condition != NO
    ]
    return exp.cast(total(parts), "bigint") if parts else total(())


def least(operands: Iterable[SQL]) -> SQL:
    """Return the least of some numbers, none of them NULL."""
    found = list(dict.fromkeys(operands))
    return (
        found[0]
        if len(found) == 1
        else exp.Least(this=found[0], expressions=found[1:], ignore_nulls=True)
    )


def greatest(operands: Iterable[SQL]) -> SQL:
    """Return the greatest of some numbers, none of them NULL."""
    found = list(dict.fromkeys(operands))
    return (
        found[0]
        if len(found) == 1
        else exp.Greatest(this=found[0], expressions=found[1:], ignore_nulls=True)
    )

"""Sets of possible values as columns, and what expressions make of them: many records at once.

A truth is two columns: where it must hold, and where it may. What a column is, the algebra says:
a bit for each position of a block, or an expression of SQL. The results are the evaluator's.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, product
from typing import Any, NamedTuple, Protocol

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
from salesadvisor.rulebook.definitions import NumberQuestion

Column = Any
"""A truth, or a number, for each position: an algebra's own; truths have `&` and `|`."""


class Truth(NamedTuple):
    """Where a condition must hold, and where it may."""

    must: Column
    may: Column


class Ends(NamedTuple):
    """All numbers from `low` to `high`; the same column twice where all are single ones."""

    low: Column
    high: Column


class Options(NamedTuple):
    """One of some options: where each may be the one."""

    may: Mapping[str, Column]


class Choices(NamedTuple):
    """Some of these options: where each must be chosen, and where it may."""

    truths: Mapping[str, Truth]


Values = Ends | Options | Choices | Truth
Names = Mapping[str, Values]


class Algebra(Protocol):
    """What columns can be made of, beside `&` and `|`; numbers have `+ - *` and a minus."""

    yes: Column
    no: Column

    def negate(self, truth: Column) -> Column:
        """Return where a truth does not hold."""

    def keep(self, name: str, column: Column) -> Column:
        """Return a column that is read often, under a name of its own where that saves work."""

    def number(self, value: float) -> Column:
        """Return the same number for every position."""

    def less(self, left: Column, right: Column) -> Column:
        """Return where one number is less than another."""

    def equal(self, left: Column, right: Column) -> Column:
        """Return where two numbers are equal."""

    def least(self, numbers: Iterable[Column]) -> Column:
        """Return the smallest of some numbers."""

    def greatest(self, numbers: Iterable[Column]) -> Column:
        """Return the greatest of some numbers."""

    def where(self, truth: Column, then: Column, otherwise: Column) -> Column:
        """Return one number or the other."""

    def divide(self, left: Column, right: Column) -> Column:
        """Return a quotient, as doubles."""

    def nearest(self, question: NumberQuestion, number: Column) -> Column:
        """Return the nearest answer to a question."""


def single(column: Column) -> Truth:
    """Return a truth that is known everywhere."""
    return Truth(column, column)


def opposite(algebra: Algebra, truth: Truth) -> Truth:
    """Return where `not truth` must hold, and where it may."""
    must = algebra.negate(truth.may)
    return Truth(must, must if truth.must is truth.may else algebra.negate(truth.must))


def both(truths: Sequence[Truth]) -> Truth:
    """Return the conjunction of at least one truth."""
    must, may = truths[0]
    known = must is may
    for truth in truths[1:]:
        must &= truth.must
        may &= truth.may
        known = known and truth.must is truth.may
    return Truth(must, must if known else may)


def either(truths: Sequence[Truth]) -> Truth:
    """Return the disjunction of at least one truth."""
    must, may = truths[0]
    known = must is may
    for truth in truths[1:]:
        must |= truth.must
        may |= truth.may
        known = known and truth.must is truth.may
    return Truth(must, must if known else may)


class Reader:
    """Expression + what its names can be -> what it can be."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra

    def truth(self, condition: Expression, names: Names) -> Truth:
        """Return where a condition must hold, and where it may."""
        found = self.read(condition, names)
        assert isinstance(found, Truth)
        return found

    def read(self, expression: Expression, names: Names) -> Values:
        """Return what an expression can be, in every position."""
        algebra = self.algebra
        match expression:
            case Name(id):
                return names[id]
            case Number(value):
                return _same(algebra.number(value))
            case Constant(value):
                return single(algebra.yes if value else algebra.no)
            case Option(id):
                return Options({id: algebra.yes})
            case Compare(left, links):
                sides = [self.read(left, names), *(self.read(right, names) for _, right in links)]
                compared = zip(links, pairwise(sides), strict=True)
                return both([self._link(symbol, *pair) for (symbol, _), pair in compared])
            case And(operands):
                return both([self.truth(operand, names) for operand in operands])
            case Or(operands):
                return either([self.truth(operand, names) for operand in operands])
            case Not(operand):
                return opposite(algebra, self.truth(operand, names))
            case Among(item, literals, negated):
                found = self._among(self.read(item, names), literals)
                return opposite(algebra, found) if negated else found
            case Has(option, chosen, negated):
                choices = self.read(chosen, names)
                assert isinstance(choices, Choices)
                found = choices.truths[option.id]
                return opposite(algebra, found) if negated else found
            case Arithmetic(symbol, left, right):
                return self._arithmetic(symbol, self._ends(left, names), self._ends(right, names))
            case Negative(operand):
                inner = self._ends(operand, names)
                return _same(-inner.low) if _is_same(inner) else Ends(-inner.high, -inner.low)
            case Call(function, arguments):
                return self._call(function, [self._ends(part, names) for part in arguments])
            case Conditional(condition, then, otherwise):
                test = self.truth(condition, names)
                return self.choose(test, self.read(then, names), self.read(otherwise, names))

    def _ends(self, expression: Expression, names: Names) -> Ends:
        found = self.read(expression, names)
        assert isinstance(found, Ends)
        return found

    # Comparisons.

    def _link(self, symbol: Comparator, left: Values, right: Values) -> Truth:
        if symbol is Comparator.EQUAL:
            return self._equal(left, right)
        if symbol is Comparator.UNEQUAL:
            return opposite(self.algebra, self._equal(left, right))
        assert isinstance(left, Ends)
        assert isinstance(right, Ends)
        match symbol:
            case Comparator.LESS:
                return self._less(left, right)
            case Comparator.MORE:
                return self._less(right, left)
            case Comparator.AT_MOST:
                return opposite(self.algebra, self._less(right, left))
            case Comparator.AT_LEAST:
                return opposite(self.algebra, self._less(left, right))

    def _less(self, left: Ends, right: Ends) -> Truth:
        less = self.algebra.less
        if _is_same(left) and _is_same(right):
            return single(less(left.low, right.low))
        return Truth(less(left.high, right.low), less(left.low, right.high))

    def _equal(self, left: Values, right: Values) -> Truth:
        algebra = self.algebra
        if isinstance(left, Ends) and isinstance(right, Ends):
            if _is_same(left) and _is_same(right):
                return single(algebra.equal(left.low, right.low))
            apart = algebra.less(left.high, right.low) | algebra.less(right.high, left.low)
            meet = algebra.negate(apart)
            return Truth(
                meet & algebra.equal(left.low, left.high) & algebra.equal(right.low, right.high),
                meet,
            )
        assert isinstance(left, Options)
        assert isinstance(right, Options)
        shared = algebra.no
        for id, may in left.may.items():
            if id in right.may:
                shared |= may & right.may[id]
        one = exactly_one(algebra, left.may.values()) & exactly_one(algebra, right.may.values())
        return Truth(shared & one, shared)

    def _among(self, item: Values, literals: Iterable[Number | Option]) -> Truth:
        algebra = self.algebra
        if isinstance(item, Ends):
            numbers = (o.value for o in literals if isinstance(o, Number))
            return either([self._equal(item, _same(algebra.number(n))) for n in numbers])
        assert isinstance(item, Options)
        ids = {o.id for o in literals if isinstance(o, Option)}
        inside = outside = algebra.no
        for id, may in item.may.items():
            if id in ids:
                inside |= may
            else:
                outside |= may
        return Truth(algebra.negate(outside), inside)

    # Numbers: the same operations in the same order as for single values, at the ends.

    def _arithmetic(self, symbol: Operator, left: Ends, right: Ends) -> Ends:
        if _is_same(left) and _is_same(right):
            return _same(self._operation(symbol, left.low, right.low))
        match symbol:
            case Operator.ADD:
                return Ends(left.low + right.low, left.high + right.high)
            case Operator.SUBTRACT:
                return Ends(left.low - right.high, left.high - right.low)
            case _:
                ends = [self._operation(symbol, a, b) for a, b in product(left, right)]
                return Ends(self.algebra.least(ends), self.algebra.greatest(ends))

    def _operation(self, symbol: Operator, left: Column, right: Column) -> Column:
        match symbol:
            case Operator.ADD:
                return left + right
            case Operator.SUBTRACT:
                return left - right
            case Operator.MULTIPLY:
                return left * right
            case Operator.DIVIDE:
                return self.algebra.divide(left, right)

    def _call(self, function: Function, operands: list[Ends]) -> Ends:
        algebra = self.algebra
        if function is Function.ABS:
            (inner,) = operands
            zero = algebra.number(0.0)
            high = algebra.greatest([-inner.low, inner.high])
            if _is_same(inner):
                return _same(high)
            # Zero where the ends lie on both sides of it.
            return Ends(algebra.greatest([zero, inner.low, -inner.high]), high)
        pick = algebra.least if function is Function.MIN else algebra.greatest
        low = pick([operand.low for operand in operands])
        if all(map(_is_same, operands)):
            return _same(low)
        return Ends(low, pick([operand.high for operand in operands]))

    def choose(self, test: Truth, then: Values, otherwise: Values) -> Values:
        """Return one or the other, or what both hold together where the test is open.

        Raises:
            TypeError: the two are of different kinds, which the checker never lets through.
        """
        algebra = self.algebra
        fails = algebra.negate(test.must)  # where the test may fail
        match then, otherwise:
            case Truth(), Truth():
                never = algebra.negate(test.may)
                must = test.must & then.must | never & otherwise.must | then.must & otherwise.must
                return Truth(must, test.may & then.may | fails & otherwise.may)
            case Ends(), Ends():
                if test.must is test.may and _is_same(then) and _is_same(otherwise):
                    return _same(algebra.where(test.must, then.low, otherwise.low))

                def end(one: Column, other: Column, pick: Any) -> Column:  # noqa: ANN401
                    inner = algebra.where(test.may, pick([one, other]), other)
                    return algebra.where(test.must, one, inner)

                return Ends(
                    end(then.low, otherwise.low, algebra.least),
                    end(then.high, otherwise.high, algebra.greatest),
                )
            case Options(), Options():
                no = algebra.no
                return Options({
                    id: test.may & then.may.get(id, no) | fails & otherwise.may.get(id, no)
                    for id in {**then.may, **otherwise.may}
                })  # fmt: skip
            case Choices(), Choices():
                none = single(algebra.no)
                found: dict[str, Truth] = {}
                for id in {**then.truths, **otherwise.truths}:
                    pair = (then.truths.get(id, none), otherwise.truths.get(id, none))
                    chosen = self.choose(test, *pair)
                    assert isinstance(chosen, Truth)
                    found[id] = chosen
                return Choices(found)
            case _:
                raise TypeError(f"{then} or {otherwise}")


def exactly_one(algebra: Algebra, truths: Iterable[Column]) -> Column:
    """Return where one of some truths holds, and no other."""
    one, more = one_and_more(algebra, truths)
    return one & algebra.negate(more)


def one_and_more(algebra: Algebra, truths: Iterable[Column]) -> tuple[Column, Column]:
    """Return where at least one of some truths holds, and where at least two do."""
    one = more = algebra.no
    for truth in truths:
        more |= one & truth
        one |= truth
    return one, more


def _same(column: Column) -> Ends:
    return Ends(column, column)


def _is_same(ends: Ends) -> bool:
    return ends.low is ends.high

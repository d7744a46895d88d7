"""Names, types, units and ranges of an expression, before anything runs."""

import math
from collections.abc import Iterator, Mapping

from msgspec import Struct

from salesadvisor.language import possible
from salesadvisor.language.parser import ExpressionError
from salesadvisor.language.possible import Numbers
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
    Span,
    to_source,
)
from salesadvisor.problems import did_you_mean
from salesadvisor.text import Text


class NumberType(Struct, frozen=True):
    """A number, the range it can take, and its unit where one is known."""

    range: Numbers
    unit: str | None = None


class ChoiceType(Struct, frozen=True):
    """One of these options."""

    options: frozenset[str]


class ChoicesType(Struct, frozen=True):
    """Some of these options."""

    options: frozenset[str]


class TruthType(Struct, frozen=True):
    """True or false."""


Type = NumberType | ChoiceType | ChoicesType | TruthType

_WORDS = {
    NumberType: Text("a number", "数字"),
    ChoiceType: Text("a choice", "选项"),
    ChoicesType: Text("a multiple choice", "多选"),
    TruthType: Text("true or false", "真假"),
}


def check_expression(expression: Expression, names: Mapping[str, Type]) -> Type:
    """Return the type of `expression`, where `names` are known.

    Raises:
        ExpressionError: a name or option is unknown, types or units don't fit, or a division
            by zero or an overflow is possible.
    """
    return _Checker(names).type_of(expression)


def require_condition(expression: Expression, names: Mapping[str, Type]) -> None:
    """Check that `expression` is a condition.

    Raises:
        ExpressionError: it is not, or it is wrong in itself.
    """
    _Checker(names).require(expression, TruthType)


def require_type(expression: Expression, wanted: Type, names: Mapping[str, Type]) -> None:
    """Check that `expression` comes out as something that `wanted` can be.

    Raises:
        ExpressionError: it does not, or it is wrong in itself.
    """
    found = _Checker(names).require(expression, type(wanted))
    match found, wanted:
        case ChoiceType(given) | ChoicesType(given), ChoiceType(known) | ChoicesType(known):
            written = {literal.id: literal.span for literal in _written_options(expression)}
            for id in sorted(given - known):
                raise ExpressionError(
                    "unknown-option",
                    Text(f"`{id}` is no option here", f"这里没有 `{id}` 这个选项"),
                    written.get(id, expression.span),
                    did_you_mean(id, sorted(known)),
                )
        case NumberType(unit=one), NumberType(unit=other) if one and other and one != other:
            raise ExpressionError(
                "wrong-unit",
                Text(f"`{one}` where `{other}` is needed", f"这里需要 `{other}`，得到的是 `{one}`"),
                expression.span,
            )
        case _:
            pass


class _Checker:
    def __init__(self, names: Mapping[str, Type]) -> None:
        self.names = names

    def type_of(self, expression: Expression) -> Type:
        match expression:
            case Number(value):
                return NumberType(Numbers(value, value))
            case Option(id):
                return ChoiceType(frozenset({id}))
            case Constant():
                return TruthType()
            case Name():
                return self._name(expression)
            case Not(operand):
                self.require(operand, TruthType)
                return TruthType()
            case And(operands) | Or(operands):
                for operand in operands:
                    self.require(operand, TruthType)
                return TruthType()
            case Compare():
                return self._compare(expression)
            case Among():
                return self._among(expression)
            case Has():
                return self._has(expression)
            case Arithmetic():
                return self._arithmetic(expression)
            case Negative(operand):
                number = self._number(operand)
                return NumberType(possible.negate(number.range), number.unit)
            case Call():
                return self._call(expression)
            case Conditional():
                return self._conditional(expression)

    def require(self, expression: Expression, wanted: type[Type]) -> Type:
        found = self.type_of(expression)
        if not isinstance(found, wanted):
            raise ExpressionError(
                "wrong-type",
                Text(
                    f"`{to_source(expression)}` is {_WORDS[type(found)].en}; {_WORDS[wanted].en} is needed here",
                    f"`{to_source(expression)}` 是{_WORDS[type(found)].zh}，这里需要{_WORDS[wanted].zh}",
                ),
                expression.span,
                _hint_for(expression, found, wanted),
            )
        return found

    def _number(self, expression: Expression) -> NumberType:
        found = self.require(expression, NumberType)
        assert isinstance(found, NumberType)
        return found

    def _name(self, name: Name) -> Type:
        found = self.names.get(name.id)
        if found is None:
            raise ExpressionError(
                "unknown-name",
                Text(f"unknown name `{name.id}`", f"未知的名称 `{name.id}`"),
                name.span,
                did_you_mean(name.id, self.names),
            )
        return found

    def _compare(self, expression: Compare) -> Type:
        left = expression.left
        for comparator, right in expression.links:
            self._comparable(left, comparator, right)
            left = right
        return TruthType()

    def _comparable(self, left: Expression, comparator: Comparator, right: Expression) -> None:
        left_type, right_type = self.type_of(left), self.type_of(right)
        match left_type, right_type:
            case NumberType(), NumberType():
                self._same_unit(left_type, right_type, right.span)
            case ChoiceType(), ChoiceType() if comparator in (Comparator.EQUAL, Comparator.UNEQUAL):
                self._same_options(left, left_type, right, right_type)
            case ChoiceType(), ChoiceType():
                raise ExpressionError(
                    "wrong-type",
                    Text("options have no order", "选项没有大小顺序"),
                    right.span,
                    Text("compare with `==`, `!=` or `in`", "请用 `==`、`!=` 或 `in`"),
                )
            case _:
                raise ExpressionError(
                    "wrong-type",
                    Text(
                        f"{_WORDS[type(left_type)].en} can't be compared with {_WORDS[type(right_type)].en}",
                        f"{_WORDS[type(left_type)].zh}不能和{_WORDS[type(right_type)].zh}比较",
                    ),
                    right.span,
                    _hint_for(right, right_type, type(left_type)),
                )

    def _same_options(
        self, left: Expression, left_type: ChoiceType, right: Expression, right_type: ChoiceType
    ) -> None:
        for side, other in ((left, right_type), (right, left_type)):
            for literal in _written_options(side):
                if literal.id not in other.options:
                    raise _unknown_option(literal, other.options)
        if not left_type.options & right_type.options:
            raise ExpressionError(
                "wrong-type",
                Text("the two have no option in common", "两边没有共同的选项"),
                right.span,
            )

    def _among(self, expression: Among) -> Type:
        found = self.type_of(expression.item)
        for literal in expression.literals:
            match found, literal:
                case ChoiceType(options), Option(id):
                    if id not in options:
                        raise _unknown_option(literal, options)
                case NumberType(), Number():
                    pass
                case _:
                    raise ExpressionError(
                        "wrong-type",
                        Text(
                            f"the list must hold what `{to_source(expression.item)}` is: {_WORDS[type(found)].en}",
                            f"列表里应是 `{to_source(expression.item)}` 的类型：{_WORDS[type(found)].zh}",
                        ),
                        literal.span,
                        _hint_for(expression.item, found, ChoiceType),
                    )
        return TruthType()

    def _has(self, expression: Has) -> Type:
        found = self.require(expression.chosen, ChoicesType)
        assert isinstance(found, ChoicesType)
        if expression.option.id not in found.options:
            raise _unknown_option(expression.option, found.options)
        return TruthType()

    def _arithmetic(self, expression: Arithmetic) -> Type:
        left, right = self._number(expression.left), self._number(expression.right)
        match expression.operator:
            case Operator.ADD | Operator.SUBTRACT:
                unit = self._same_unit(left, right, expression.right.span)
                combine = possible.add if expression.operator is Operator.ADD else possible.subtract
                return self._finite(NumberType(combine(left.range, right.range), unit), expression)
            case Operator.MULTIPLY:
                return self._finite(
                    NumberType(possible.multiply(left.range, right.range)), expression
                )
            case Operator.DIVIDE:
                if right.range.low <= 0 <= right.range.high:
                    divisor = to_source(expression.right)
                    raise ExpressionError(
                        "division-by-zero",
                        Text(f"`{divisor}` can be zero", f"`{divisor}` 可能为零"),
                        expression.right.span,
                        Text(f"write `max({divisor}, 0.01)`", f"请写 `max({divisor}, 0.01)`"),
                    )
                return self._finite(
                    NumberType(possible.divide(left.range, right.range)), expression
                )

    def _call(self, expression: Call) -> Type:
        numbers = [self._number(argument) for argument in expression.arguments]
        first = numbers[0]
        unit = first.unit
        for number, argument in zip(numbers[1:], expression.arguments[1:], strict=True):
            unit = self._same_unit(NumberType(first.range, unit), number, argument.span)
        ranges = [number.range for number in numbers]
        match expression.function:
            case Function.MIN:
                return NumberType(possible.smallest(ranges), unit)
            case Function.MAX:
                return NumberType(possible.largest(ranges), unit)
            case Function.ABS:
                return NumberType(possible.absolute(first.range), unit)

    def _conditional(self, expression: Conditional) -> Type:
        self.require(expression.condition, TruthType)
        then, otherwise = self.type_of(expression.then), self.type_of(expression.otherwise)
        match then, otherwise:
            case NumberType(), NumberType():
                unit = self._same_unit(then, otherwise, expression.otherwise.span)
                both = possible.union(then.range, otherwise.range)
                assert isinstance(both, Numbers)
                return NumberType(both, unit)
            case ChoiceType(), ChoiceType():
                return ChoiceType(then.options | otherwise.options)
            case ChoicesType(), ChoicesType():
                return ChoicesType(then.options | otherwise.options)
            case TruthType(), TruthType():
                return TruthType()
            case _:
                raise ExpressionError(
                    "wrong-type",
                    Text(
                        f"one branch is {_WORDS[type(then)].en}, the other {_WORDS[type(otherwise)].en}",
                        f"一个分支是{_WORDS[type(then)].zh}，另一个是{_WORDS[type(otherwise)].zh}",
                    ),
                    expression.span,
                )

    def _same_unit(self, left: NumberType, right: NumberType, span: Span) -> str | None:
        if left.unit and right.unit and left.unit != right.unit:
            raise ExpressionError(
                "wrong-unit",
                Text(
                    f"`{left.unit}` and `{right.unit}` don't mix",
                    f"`{left.unit}` 和 `{right.unit}` 不能混用",
                ),
                span,
                Text("convert one of them in a formula", "请先用公式换算其中一个"),
            )
        return left.unit or right.unit

    def _finite(self, found: NumberType, expression: Expression) -> NumberType:
        if not (math.isfinite(found.range.low) and math.isfinite(found.range.high)):
            raise ExpressionError(
                "number-too-large",
                Text("the result can become too large for a number", "结果可能超出数字的范围"),
                expression.span,
                Text("bound it with `min(…, 1e15)`", "请用 `min(…, 1e15)` 限制"),
            )
        return found


def _written_options(expression: Expression) -> Iterator[Option]:
    """Yield the quoted options that `expression` can come out as."""
    match expression:
        case Option():
            yield expression
        case Conditional(_, then, otherwise):
            yield from _written_options(then)
            yield from _written_options(otherwise)
        case _:
            pass


def _unknown_option(literal: Option, options: frozenset[str]) -> ExpressionError:
    return ExpressionError(
        "unknown-option",
        Text(f"unknown option `{literal.id}`", f"未知的选项 `{literal.id}`"),
        literal.span,
        did_you_mean(literal.id, sorted(options)),
    )


def _hint_for(expression: Expression, found: Type, wanted: type[Type]) -> Text:
    match found, expression:
        case ChoiceType(options), Name(id) if wanted is TruthType:
            example = sorted(options)[0]
            return Text(f"write `{id} == '{example}'`", f"请写 `{id} == '{example}'`")
        case ChoicesType(options), Name(id):
            example = sorted(options)[0]
            return Text(f"write `'{example}' in {id}`", f"请写 `'{example}' in {id}`")
        case NumberType(), Name(id) if wanted is TruthType:
            return Text(f"write `{id} > 0`", f"请写 `{id} > 0`")
        case _:
            return Text("")

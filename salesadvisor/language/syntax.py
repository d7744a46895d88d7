"""The expression tree, and how it is written down."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Comparator(StrEnum):
    """How two values are compared."""

    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    EQUAL = "=="
    UNEQUAL = "!="


class Operator(StrEnum):
    """Arithmetic on two numbers."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"


class Function(StrEnum):
    """The functions there are."""

    MIN = "min"
    MAX = "max"
    ABS = "abs"


@dataclass(frozen=True, slots=True)
class Span:
    """The characters of the source text that a node was read from."""

    start: int = 0
    width: int = 1


def _span() -> Span:
    """Return a field that two trees may differ in and still be the same expression."""
    return field(default=Span(), compare=False, repr=False)  # type: ignore[no-any-return]  # dataclasses types `field` as Any


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written: never negative."""

    value: float
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Option:
    """A quoted option id."""

    id: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Constant:
    """`True` or `False`."""

    value: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Name:
    """A question, assumption or formula; with a dot, one model's value of it."""

    id: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    operand: "Expression"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class And:
    """`a and b and …`, two or more."""

    operands: "tuple[Expression, ...]"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Or:
    """`a or b or …`, two or more."""

    operands: "tuple[Expression, ...]"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Compare:
    """`left < a <= b …`: true when each neighbouring pair compares so."""

    left: "Expression"
    links: "tuple[tuple[Comparator, Expression], ...]"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Among:
    """`item in (a, b)` or `item not in (a, b)`: literals of one kind."""

    item: "Expression"
    literals: tuple[Number | Option, ...]
    negated: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Has:
    """`'option' in chosen` or `'option' not in chosen`, for a multiple choice."""

    option: Option
    chosen: "Expression"
    negated: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left + right` and its like."""

    operator: Operator
    left: "Expression"
    right: "Expression"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Negative:
    """`-operand`."""

    operand: "Expression"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Call:
    """`min(a, b)`, `max(a, b)`, `abs(a)`."""

    function: Function
    arguments: "tuple[Expression, ...]"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if condition else otherwise`."""

    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"
    span: Span = _span()


Expression = (
    Number
    | Option
    | Constant
    | Name
    | Not
    | And
    | Or
    | Compare
    | Among
    | Has
    | Arithmetic
    | Negative
    | Call
    | Conditional
)


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions directly inside `expression`, left to right."""
    match expression:
        case Number() | Option() | Constant() | Name():
            return ()
        case Not(operand) | Negative(operand):
            return (operand,)
        case And(operands) | Or(operands):
            return operands
        case Compare(left, links):
            return (left, *(right for _, right in links))
        case Among(item):
            return (item,)
        case Has(_, chosen):
            return (chosen,)
        case Arithmetic(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case Conditional(condition, then, otherwise):
            return (condition, then, otherwise)


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield `expression` and everything inside it."""
    yield expression
    for child in children(expression):
        yield from walk(child)


def names_in(expression: Expression) -> tuple[str, ...]:
    """Return the names that `expression` reads, each once, in order of appearance."""
    return tuple(dict.fromkeys(e.id for e in walk(expression) if isinstance(e, Name)))


# How tightly each construct binds, as in Python; a looser operand is put in brackets.
_CONDITIONAL, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _ATOM = range(9)


def to_source(expression: Expression) -> str:
    """Return the expression as text that parses to the same tree."""
    return _write(expression)[0]


def _write(expression: Expression) -> tuple[str, int]:
    match expression:
        case Number(value):
            return _number(value), _ATOM
        case Option(id):
            return f"'{id}'", _ATOM
        case Constant(value):
            return str(value), _ATOM
        case Name(id):
            return id, _ATOM
        case Not(operand):
            return f"not {_inside(operand, _NOT)}", _NOT
        case And(operands):
            return " and ".join(_inside(o, _NOT) for o in operands), _AND
        case Or(operands):
            return " or ".join(_inside(o, _AND) for o in operands), _OR
        case Compare(left, links):
            tail = "".join(f" {link} {_inside(right, _SUM)}" for link, right in links)
            return _inside(left, _SUM) + tail, _COMPARE
        case Among(item, literals, negated):
            listed = ", ".join(to_source(literal) for literal in literals)
            comma = "," if len(literals) == 1 else ""
            return f"{_inside(item, _SUM)}{_in(negated)}({listed}{comma})", _COMPARE
        case Has(option, chosen, negated):
            return f"'{option.id}'{_in(negated)}{_inside(chosen, _SUM)}", _COMPARE
        case Arithmetic(operator, left, right):
            level = _SUM if operator in (Operator.ADD, Operator.SUBTRACT) else _PRODUCT
            return f"{_inside(left, level)} {operator} {_inside(right, level + 1)}", level
        case Negative(operand):
            return f"-{_inside(operand, _UNARY)}", _UNARY
        case Call(function, arguments):
            return f"{function}({', '.join(to_source(a) for a in arguments)})", _ATOM
        case Conditional(condition, then, otherwise):
            then_text, condition_text = _inside(then, _OR), _inside(condition, _OR)
            return f"{then_text} if {condition_text} else {to_source(otherwise)}", _CONDITIONAL


def _inside(expression: Expression, level: int) -> str:
    text, own = _write(expression)
    return text if own >= level else f"({text})"


def _in(negated: bool) -> str:  # noqa: FBT001 -- a field of the tree, passed on as it is
    return " not in " if negated else " in "


def _number(value: float) -> str:
    return f"{int(value):_}" if value == int(value) and value < 1e15 else repr(value)

"""The expression tree, and how it is written down."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace


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


class Span(Struct, frozen=True, array_like=True):
    """The characters of the source text that a node was read from.

    All spans are equal: where an expression stands makes no other expression of it.
    """

    start: int = 0
    width: int = 1

    def __eq__(self, other: object) -> bool:
        """Return whether `other` is a span at all."""
        return isinstance(other, Span)

    def __hash__(self) -> int:
        """Return the same for every span."""
        return 0


_NOWHERE = Span()


class Number(Struct, frozen=True, tag=True):
    """A number as written: never negative."""

    value: float
    span: Span = _NOWHERE


class Option(Struct, frozen=True, tag=True):
    """A quoted option id."""

    id: str
    span: Span = _NOWHERE


class Constant(Struct, frozen=True, tag=True):
    """`True` or `False`."""

    value: bool
    span: Span = _NOWHERE


class Name(Struct, frozen=True, tag=True):
    """A question, assumption or formula; with a dot, one model's value of it."""

    id: str
    span: Span = _NOWHERE


class Not(Struct, frozen=True, tag=True):
    """`not operand`."""

    operand: "Expression"
    span: Span = _NOWHERE


class And(Struct, frozen=True, tag=True):
    """`a and b and …`, two or more."""

    operands: "tuple[Expression, ...]"
    span: Span = _NOWHERE


class Or(Struct, frozen=True, tag=True):
    """`a or b or …`, two or more."""

    operands: "tuple[Expression, ...]"
    span: Span = _NOWHERE


class Compare(Struct, frozen=True, tag=True):
    """`left < a <= b …`: true when each neighbouring pair compares so."""

    left: "Expression"
    links: "tuple[tuple[Comparator, Expression], ...]"
    span: Span = _NOWHERE


class Among(Struct, frozen=True, tag=True):
    """`item in (a, b)` or `item not in (a, b)`: literals of one kind."""

    item: "Expression"
    literals: tuple[Number | Option, ...]
    negated: bool
    span: Span = _NOWHERE


class Has(Struct, frozen=True, tag=True):
    """`'option' in chosen` or `'option' not in chosen`, for a multiple choice."""

    option: Option
    chosen: "Expression"
    negated: bool
    span: Span = _NOWHERE


class Arithmetic(Struct, frozen=True, tag=True):
    """`left + right` and its like."""

    operator: Operator
    left: "Expression"
    right: "Expression"
    span: Span = _NOWHERE


class Negative(Struct, frozen=True, tag=True):
    """`-operand`."""

    operand: "Expression"
    span: Span = _NOWHERE


class Call(Struct, frozen=True, tag=True):
    """`min(a, b)`, `max(a, b)`, `abs(a)`."""

    function: Function
    arguments: "tuple[Expression, ...]"
    span: Span = _NOWHERE


class Conditional(Struct, frozen=True, tag=True):
    """`then if condition else otherwise`."""

    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"
    span: Span = _NOWHERE


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


def with_names(expression: Expression, names: Mapping[str, str]) -> Expression:
    """Return `expression` with each name in `names` replaced by what it stands for there."""

    def renamed(part: Expression) -> Expression:
        return with_names(part, names)

    match expression:
        case Number() | Option() | Constant():
            return expression
        case Name(id):
            return replace(expression, id=names.get(id, id))
        case Not(operand) | Negative(operand):
            return replace(expression, operand=renamed(operand))
        case And(operands) | Or(operands):
            return replace(expression, operands=tuple(map(renamed, operands)))
        case Compare(left, links):
            compared = tuple((symbol, renamed(right)) for symbol, right in links)
            return replace(expression, left=renamed(left), links=compared)
        case Among(item):
            return replace(expression, item=renamed(item))
        case Has(_, chosen):
            return replace(expression, chosen=renamed(chosen))
        case Arithmetic(_, left, right):
            return replace(expression, left=renamed(left), right=renamed(right))
        case Call(_, arguments):
            return replace(expression, arguments=tuple(map(renamed, arguments)))
        case Conditional(condition, then, otherwise):
            return replace(
                expression,
                condition=renamed(condition), then=renamed(then), otherwise=renamed(otherwise),
            )  # fmt: skip


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

"""Text of an expression -> tree: Python's own parser, then a list of what is allowed.

The order of the checks matters: what is cheap and bounds the rest comes first, and nothing
walks the tree recursively before its depth is known. Nothing is ever evaluated by Python.
"""

import ast
import re
import warnings
from collections.abc import Iterator

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
)
from salesadvisor.text import NOTHING, Text

MAX_CHARACTERS = 4096
MAX_NODES = 500
MAX_DEPTH = 64
MAX_LITERALS = 200
MAX_NUMBER = 1e15  # below this whole numbers are exact as floats, too


class ExpressionError(Exception):
    """An expression is wrong: what, where in its text, and what to do."""

    def __init__(self, code: str, message: Text, span: Span, hint: Text = NOTHING) -> None:
        self.code = code
        self.message = message
        self.span = span
        self.hint = hint
        super().__init__(message.en)


_OPERATORS = {
    ast.Add: Operator.ADD,
    ast.Sub: Operator.SUBTRACT,
    ast.Mult: Operator.MULTIPLY,
    ast.Div: Operator.DIVIDE,
}
_COMPARATORS = {
    ast.Lt: Comparator.LESS,
    ast.LtE: Comparator.AT_MOST,
    ast.Gt: Comparator.MORE,
    ast.GtE: Comparator.AT_LEAST,
    ast.Eq: Comparator.EQUAL,
    ast.NotEq: Comparator.UNEQUAL,
}
_NUMBER = re.compile(r"[0-9][0-9_]*(\.[0-9_]*)?([eE][+-]?[0-9]{1,3})?|\.[0-9]+")

_REFUSED = {
    "Attribute": Text("a dot is only read in `name.model`", "点号只能用于 `名称.模式`"),
    "Lambda": Text("functions can't be defined", "不能定义函数"),
    "ListComp": Text("loops are not in the language", "表达式语言里没有循环"),
    "SetComp": Text("loops are not in the language", "表达式语言里没有循环"),
    "DictComp": Text("loops are not in the language", "表达式语言里没有循环"),
    "GeneratorExp": Text("loops are not in the language", "表达式语言里没有循环"),
    "JoinedStr": Text("formatted text is not in the language", "表达式语言里没有格式化文本"),
    "Subscript": Text("square brackets are not in the language", "表达式语言里没有方括号取值"),
    "List": Text("write a list in round brackets: `(a, b)`", "列表请用圆括号：`(a, b)`"),
    "Set": Text("write a list in round brackets: `(a, b)`", "列表请用圆括号：`(a, b)`"),
    "Dict": Text("tables are not in the language", "表达式语言里没有字典"),
    "NamedExpr": Text("nothing can be assigned in an expression", "表达式里不能赋值"),
    "Await": Text("`await` is not in the language", "表达式语言里没有 `await`"),
    "Yield": Text("`yield` is not in the language", "表达式语言里没有 `yield`"),
    "YieldFrom": Text("`yield` is not in the language", "表达式语言里没有 `yield`"),
    "Starred": Text("`*` can't stand before a value", "`*` 不能放在值前面"),
    "Slice": Text("slices are not in the language", "表达式语言里没有切片"),
    "Tuple": Text("a list in brackets may only follow `in`", "括号列表只能放在 `in` 后面"),
}
_LANGUAGE = Text(
    "there are: and or not, < <= > >= == !=, in, not in, + - * /, min max abs, a if c else b",
    "可用：and or not，< <= > >= == !=，in、not in，+ - * /，min max abs，a if c else b",
)


def parse_expression(text: str) -> Expression:
    """Return the tree of the expression in `text`.

    Raises:
        ExpressionError: it is too large, or holds something that is not in the language.
    """
    stripped = text.lstrip(" ")
    reader = _Reader(stripped, len(text) - len(stripped))
    return reader.read()


class _Reader:
    """Turns one Python tree into ours."""

    def __init__(self, text: str, offset: int) -> None:
        self.text = text
        self.offset = offset
        # Python counts columns in UTF-8 bytes, people in characters.
        self.plain = text.isascii()

    def read(self) -> Expression:
        self._check_text()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # `'\d'` and `1if x` would write to the terminal
                tree = ast.parse(self.text, mode="eval")
        except SyntaxError as error:
            raise self._syntax_error(error) from None
        except (ValueError, RecursionError, MemoryError, UnicodeError):
            raise self._too_deep() from None
        self._check_size(tree.body)
        self._check_characters(tree.body)
        return self._expression(tree.body)

    def _check_text(self) -> None:
        if not self.text:
            raise ExpressionError(
                "empty-expression", Text("the expression is empty", "表达式是空的"), Span()
            )
        if len(self.text) > MAX_CHARACTERS:
            raise ExpressionError(
                "expression-too-long",
                Text(
                    f"longer than {MAX_CHARACTERS:,} characters", f"超过 {MAX_CHARACTERS:,} 个字符"
                ),
                Span(),
                Text("split it into several rules", "请拆成几条规则"),
            )
        for index, character in enumerate(self.text):
            if character < " " or character in "\x7f\\#":
                raise ExpressionError(
                    "expression-character",
                    Text("an expression is one plain line", "表达式只能是普通的一行"),
                    Span(self.offset + index, 1),
                    Text(
                        "delete the backslash, tab, `#` or line break",
                        "请删除反斜杠、制表符、`#` 或换行",
                    ),
                )

    def _check_size(self, root: ast.expr) -> None:
        count = 0
        waiting: list[tuple[ast.AST, int]] = [(root, 1)]
        while waiting:
            node, depth = waiting.pop()
            count += 1
            if depth > MAX_DEPTH:
                raise self._too_deep()
            if count > MAX_NODES:
                raise ExpressionError(
                    "expression-too-long",
                    Text(f"more than {MAX_NODES} parts", f"超过 {MAX_NODES} 个组成部分"),
                    Span(self.offset, 1),
                    Text("split it into several rules", "请拆成几条规则"),
                )
            waiting += [
                (child, depth + 1)
                for child in ast.iter_child_nodes(node)
                if not isinstance(
                    child, (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
                )
            ]

    def _check_characters(self, root: ast.expr) -> None:
        """Refuse look-alike letters: Python folds some of them into plain ones silently.

        Raises:
            ExpressionError: there is one outside a quoted option.
        """
        if self.plain:
            return
        quoted = [
            self._span(node)
            for node in ast.walk(root)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        for index, character in enumerate(self.text, self.offset):
            if not character.isascii() and not any(
                span.start <= index < span.start + span.width for span in quoted
            ):
                raise self._odd_character(index, character)

    def _odd_character(self, index: int, character: str) -> ExpressionError:
        return ExpressionError(
            "expression-character",
            Text(f"`{character}` is not a plain character", f"`{character}` 不是普通字符"),
            Span(index, 1),
            Text(
                "write plain letters and digits, straight quotes, and >= for ≥",
                "请用普通字母、数字和直引号，≥ 写成 >=",
            ),
        )

    def _too_deep(self) -> ExpressionError:
        return ExpressionError(
            "expression-too-deep",
            Text(f"nested more than {MAX_DEPTH} deep", f"嵌套超过 {MAX_DEPTH} 层"),
            Span(self.offset, 1),
            Text("split it into several rules", "请拆成几条规则"),
        )

    def _syntax_error(self, error: SyntaxError) -> ExpressionError:
        if "too many nested" in (error.msg or ""):
            return self._too_deep()
        odd = next((i for i, c in enumerate(self.text) if not c.isascii()), None)
        if odd is not None and "'" not in self.text[:odd] and '"' not in self.text[:odd]:
            return self._odd_character(odd + self.offset, self.text[odd])
        # At the end of the text Python names no column, or the one behind it.
        column = error.offset - 1 if error.offset else len(self.text) - 1
        column = min(max(0, column), len(self.text) - 1)
        hint = _LANGUAGE
        if re.search(r"(?<![<>=!])=(?!=)", self.text):
            hint = Text("to compare, write `==`", "比较请写 `==`")
        elif "&&" in self.text or "||" in self.text:
            hint = Text("write `and`, `or`", "请写 `and`、`or`")
        return ExpressionError(
            "expression-syntax",
            Text("this is not an expression", "这不是一个表达式"),
            Span(self.offset + column, 1),
            hint,
        )

    def _span(self, node: ast.expr) -> Span:
        if self.plain:
            start, end = node.col_offset, node.end_col_offset or node.col_offset + 1
        else:
            raw = self.text.encode()
            start = len(raw[: node.col_offset].decode(errors="replace"))
            end = len(raw[: node.end_col_offset].decode(errors="replace"))
        return Span(self.offset + start, max(1, end - start))

    def _refuse(self, node: ast.expr, what: Text | None = None) -> ExpressionError:
        name = type(node).__name__
        message = what or _REFUSED.get(
            name, Text("this is not in the expression language", "表达式语言里没有这种写法")
        )
        return ExpressionError("not-in-the-language", message, self._span(node), _LANGUAGE)

    def _expression(self, node: ast.expr) -> Expression:
        span = self._span(node)
        match node:
            case ast.Constant():
                return self._literal(node, span)
            case ast.Name(id=id):
                return Name(id, span)
            case ast.Attribute(value=ast.Name(id=id), attr=part) if not part.startswith("_"):
                return Name(f"{id}.{part}", span)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self._expression(operand), span)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negative(self._expression(operand), span)
            case ast.BoolOp(op=ast.And(), values=values):
                return And(tuple(self._expression(v) for v in values), span)
            case ast.BoolOp(op=ast.Or(), values=values):
                return Or(tuple(self._expression(v) for v in values), span)
            case ast.BinOp(op=op) if type(op) in _OPERATORS:
                operator = _OPERATORS[type(op)]
                return Arithmetic(
                    operator, self._expression(node.left), self._expression(node.right), span
                )
            case ast.Compare():
                return self._comparison(node, span)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return Conditional(
                    self._expression(test), self._expression(body), self._expression(orelse), span
                )
            case ast.Call():
                return self._call(node, span)
            case _:
                raise self._refuse(node)

    def _literal(self, node: ast.Constant, span: Span) -> Expression:
        start = span.start - self.offset
        written = self.text[start : start + span.width]
        match node.value:
            case bool(value):
                return Constant(value, span)
            case int(value) | float(value):
                if _NUMBER.fullmatch(written) and value <= MAX_NUMBER:
                    return Number(float(value), span)
                raise self._refuse(
                    node, Text("numbers are decimal, up to 15 digits", "数字用十进制，最多 15 位")
                )
            case str(value):
                if value and len(value) <= 1000 and written[1:-1] == value and "'" not in value:
                    return Option(value, span)
                raise self._refuse(node, Text("an option is quoted text", "选项是带引号的文字"))
            case _:
                raise self._refuse(node)

    def _comparison(self, node: ast.Compare, span: Span) -> Expression:
        if any(isinstance(op, (ast.In, ast.NotIn)) for op in node.ops):
            if len(node.ops) > 1:
                raise self._refuse(node, Text("`in` can't be chained", "`in` 不能连写"))
            return self._membership(node, span)
        links = []
        for op, right in zip(node.ops, node.comparators, strict=True):
            if type(op) not in _COMPARATORS:
                raise self._refuse(
                    node, Text("`is` is not in the language", "表达式语言里没有 `is`")
                )
            links.append((_COMPARATORS[type(op)], self._expression(right)))
        return Compare(self._expression(node.left), tuple(links), span)

    def _membership(self, node: ast.Compare, span: Span) -> Expression:
        negated = isinstance(node.ops[0], ast.NotIn)
        right = node.comparators[0]
        left = self._expression(node.left)
        if isinstance(right, ast.Tuple):
            return Among(left, tuple(self._literals(right)), negated, span)
        if not isinstance(left, Option):
            raise self._refuse(
                right if isinstance(right, (ast.List, ast.Set)) else node,
                Text(
                    "`in` is followed by a list, `(a, b)`, or joins a quoted option and a multiple choice",
                    "`in` 后面是列表 `(a, b)`，或者前面是带引号的选项、后面是多选题",
                ),
            )
        return Has(left, self._expression(right), negated, span)

    def _literals(self, node: ast.Tuple) -> Iterator[Number | Option]:
        if not node.elts or len(node.elts) > MAX_LITERALS:
            raise self._refuse(
                node,
                Text(f"a list has 1 to {MAX_LITERALS} entries", f"列表有 1 到 {MAX_LITERALS} 项"),
            )
        for element in node.elts:
            literal = self._expression(element)
            if not isinstance(literal, (Number, Option)):
                raise self._refuse(
                    element,
                    Text(
                        "a list holds numbers or quoted options", "列表里只能是数字或带引号的选项"
                    ),
                )
            yield literal

    def _call(self, node: ast.Call, span: Span) -> Expression:
        if not isinstance(node.func, ast.Name) or node.func.id not in list(Function):
            raise self._refuse(
                node.func,
                Text("the only functions are min, max and abs", "只有 min、max、abs 三个函数"),
            )
        function = Function(node.func.id)
        arity = len(node.args)
        wrong = arity != 1 if function is Function.ABS else arity < 2
        if node.keywords or wrong:
            wants = "one value" if function is Function.ABS else "two or more values"
            wants_zh = "一个值" if function is Function.ABS else "两个或更多的值"
            raise self._refuse(
                node, Text(f"`{function}` takes {wants}", f"`{function}` 需要{wants_zh}")
            )
        return Call(function, tuple(self._expression(a) for a in node.args), span)

"""What has been read of a rulebook so far, and what is still to be checked against all of it."""

import keyword

from msgspec import Struct, field

from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import MapNode, ScalarNode
from salesadvisor.language.parser import ExpressionError, parse_expression
from salesadvisor.language.syntax import Constant, Expression
from salesadvisor.problems import Place, Problem
from salesadvisor.rulebook.definitions import (
    At,
    Evidence,
    Formula,
    ModelId,
    QuestionId,
    Status,
)
from salesadvisor.text import Text

# What an answer file and the conditions of notes call something else.
_TAKEN = ("name", "id", "schema", "currency", "recommendation", "status", "margin")


class Written(Struct):
    """An expression of the rulebook, and where it is written: for checks and messages."""

    expression: Expression
    node: ScalarNode


class Draft(Struct):
    """What has been read so far, with what is still to be checked against everything."""

    problems: list[Problem] = field(default_factory=list)
    models: tuple[ModelId, ...] = ()
    rate_key: str = ""  # what an answer file calls the rate into the rulebook's currency
    conditions: list[Written] = field(default_factory=list)
    note_conditions: list[Written] = field(default_factory=list)
    assignments: list[tuple[QuestionId, Written]] = field(default_factory=list)
    model_names: dict[ModelId, Text] = field(default_factory=dict)
    computed: list[Written] = field(default_factory=list)  # over assumptions alone
    formulas: list[tuple[Formula, Written, ModelId | None]] = field(default_factory=list)
    cited: list[ScalarNode] = field(default_factory=list)
    examples: list[tuple[str, MapNode | None, str, Place]] = field(default_factory=list)
    ids: dict[str, Place] = field(default_factory=dict)

    def new_id(self, fields: Fields, what: str = "id") -> str:
        """Return the entry's id; a second entry with the same id is a problem naming both."""
        id = fields.id(what)
        node = fields.node.get(what)
        if id and node is not None:
            first = self.ids.setdefault(id, node.place)
            if first is not node.place:
                fields.problem(
                    "duplicate-id",
                    Text(
                        f"`{id}` is already the id at {first.file}:{first.line}",
                        f"`{id}` 已在 {first.file}:{first.line} 用过",
                    ),
                    node.place,
                    Text("give one of them another id", "请给其中一个换个标识"),
                )
        return id


def condition(fields: Fields, key: str, draft: Draft, *, note: bool = False) -> Expression:
    """Return the condition under `key`, to be checked when all names are known."""
    node = fields.scalar(key)
    written = parse(node, fields) if node is not None else None
    if written is None:
        return Constant(False)
    (draft.note_conditions if note else draft.conditions).append(written)
    return written.expression


def parse(node: ScalarNode, fields: Fields) -> Written | None:
    """Return the expression in `node`, or report what is wrong with it."""
    try:
        return Written(parse_expression(node.text), node)
    except ExpressionError as error:
        fields.problems.append(expression_problem(error, node))
        return None


def expression_problem(error: ExpressionError, node: ScalarNode) -> Problem:
    """Return the problem of the expression in `node`, with the place inside it."""
    place = node.place
    behind = place.text[place.column - 1 :]
    for quote in (0, 1):
        # Not so for text folded over several lines: the place is then the whole value's.
        if behind[quote:].startswith(node.text) and node.text:
            place = place.inside(error.span.start + quote, error.span.width)
            break
    return Problem(code=error.code, message=error.message, place=place, hint=error.hint)


def at(fields: Fields) -> At:
    """Return where the entry stands."""
    return At(fields.node.place.file, fields.node.place.line)


def read_evidence(fields: Fields, draft: Draft) -> Evidence:
    """Return the sources and status of an entry."""
    nodes = fields.scalars("sources", required=False)
    draft.cited += nodes
    status = Status(fields.one_of("status", [s.value for s in Status], default="assumed"))
    if status is Status.SOURCED and not nodes:
        fields.problem(
            "no-source",
            Text("`sourced` needs a source", "`sourced` 需要写明来源"),
            fields.node.place,
            Text(
                "add `sources: [ID]`, or write `status: assumed`",
                "请加上 `sources: [ID]`，或写 `status: assumed`",
            ),
        )
    return Evidence(sources=tuple(node.text for node in nodes), status=status)


def require_name(fields: Fields, id: str, draft: Draft) -> None:
    """Report an id that can't be a name in a condition."""
    taken = (*_TAKEN, draft.rate_key)
    if id and (not id.isidentifier() or keyword.iskeyword(id) or id in taken):
        node = fields.node.get("id")
        fields.problem(
            "bad-id",
            Text(f"`{id}` can't be a name in a condition", f"`{id}` 不能在条件里当名称"),
            (node or fields.node).place,
            Text("letters, digits and `_`, a letter first", "用字母、数字和 `_`，以字母开头"),
        )

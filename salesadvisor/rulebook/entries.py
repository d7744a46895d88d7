"""One entry of a rulebook's file -> its definition. Conditions are parsed here, checked later."""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import MapNode, Node, ScalarNode
from salesadvisor.language.parser import ExpressionError, parse_expression
from salesadvisor.language.possible import Numbers
from salesadvisor.language.syntax import Constant, Expression
from salesadvisor.problems import Place, Problem
from salesadvisor.rulebook.definitions import (
    Assumption,
    At,
    Axis,
    Check,
    ChoiceQuestion,
    CriterionId,
    Evidence,
    Formula,
    Kind,
    Model,
    ModelId,
    Note,
    NumberQuestion,
    Part,
    Pattern,
    Question,
    QuestionId,
    Requirement,
    Rule,
    Source,
    Status,
    Veto,
)
from salesadvisor.text import Text

_STEPS = {"1": Decimal(1), "0.1": Decimal("0.1"), "0.01": Decimal("0.01")}
# What an answer file and the conditions of notes call something else.
_TAKEN = ("name", "id", "schema", "currency", "recommendation", "status", "margin")
_OPTION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(slots=True)
class Written:
    """An expression of the rulebook, and where it is written: for checks and messages."""

    expression: Expression
    node: ScalarNode


@dataclass(slots=True)
class Draft:
    """What has been read so far, with what is still to be checked against everything."""

    problems: list[Problem] = field(default_factory=list)
    models: tuple[ModelId, ...] = ()
    conditions: list[Written] = field(default_factory=list)
    note_conditions: list[Written] = field(default_factory=list)
    formulas: list[tuple[Formula, Written]] = field(default_factory=list)
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
    written = _parse(node, fields) if node is not None else None
    if written is None:
        return Constant(False)
    (draft.note_conditions if note else draft.conditions).append(written)
    return written.expression


def _parse(node: ScalarNode, fields: Fields) -> Written | None:
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


def read_model(fields: Fields, draft: Draft) -> Model:
    """Return a model of `rulebook.yaml`."""
    requirement = None
    inner = fields.map("requires_pattern", required=False)
    if inner is not None:
        requirement = Requirement(
            id=draft.new_id(inner),
            because=inner.text("because"),
            evidence=read_evidence(inner, draft),
            at=at(inner),
        )
        inner.close()
    model = Model(
        id=ModelId(draft.new_id(fields)),
        name=fields.text("name"),
        short=fields.text("short"),
        definition=fields.text("definition"),
        blend_of=tuple(ModelId(n.text) for n in fields.scalars("blend_of", required=False)),
        requirement=requirement,
    )
    fields.close()
    return model


def read_axis(fields: Fields, models: list[str]) -> Axis:
    """Return how the models are drawn on a line."""
    axis = Axis(
        left=ModelId(fields.one_of("left", models)),
        right=ModelId(fields.one_of("right", models)),
        left_label=fields.text("left_label"),
        right_label=fields.text("right_label"),
    )
    fields.close()
    return axis


def read_part(fields: Fields, draft: Draft) -> Part:
    """Return a group of questions."""
    part = Part(id=draft.new_id(fields), title=fields.text("title"))
    fields.close()
    return part


def read_question(fields: Fields, parts: list[str], currency: str, draft: Draft) -> Question:
    """Return a question."""
    id = QuestionId(draft.new_id(fields))
    _require_name(fields, id)
    part = fields.one_of("part", parts)
    first = fields.flag("first")
    kind = Kind(fields.one_of("kind", [k.value for k in Kind]))
    title, prompt = fields.text("title"), fields.text("prompt")
    help_text, why = fields.text("help"), fields.text("why")
    question: Question
    if kind in (Kind.CHOICE, Kind.MULTI):
        options, exclusive = _read_options(fields, kind)
        question = ChoiceQuestion(
            id=id, part=part, first=first, kind=kind, options=options, exclusive=exclusive,
            title=title, prompt=prompt, help=help_text, why=why, at=at(fields),
        )  # fmt: skip
    else:
        domain, step, unit = _read_scale(fields, kind, currency)
        question = NumberQuestion(
            id=id, part=part, first=first, kind=kind, unit=unit, domain=domain, step=step,
            title=title, prompt=prompt, help=help_text, why=why,
            anchors=_read_anchors(fields) if kind is Kind.SCALE else {}, at=at(fields),
        )  # fmt: skip
    fields.close()
    return question


def _require_name(fields: Fields, id: str) -> None:
    if id and (
        not id.isidentifier() or keyword.iskeyword(id) or id in _TAKEN or id.endswith("_rate")
    ):
        node = fields.node.get("id")
        fields.problem(
            "bad-id",
            Text(f"`{id}` can't be a name in a condition", f"`{id}` 不能在条件里当名称"),
            (node or fields.node).place,
            Text("letters, digits and `_`, a letter first", "用字母、数字和 `_`，以字母开头"),
        )


def _read_options(fields: Fields, kind: Kind) -> tuple[Mapping[str, Text], str | None]:
    options: dict[str, Text] = {}
    exclusive: str | None = None
    for option in fields.maps("options"):
        node = option.scalar("id")
        if node is not None:
            if not _OPTION_ID.fullmatch(node.text) or node.text.lower() in ("unknown", "null"):
                option.problem(
                    "bad-id",
                    Text(
                        f"`{node.text[:40]}` can't be an option's id",
                        f"`{node.text[:40]}` 不能用作选项标识",
                    ),
                    node.place,
                    Text(
                        "letters and digits; not answering already means unknown",
                        "用字母和数字；不回答就表示不知道",
                    ),
                )
            if node.text in options:
                option.problem(
                    "duplicate-id",
                    Text(f"option `{node.text}` stands here twice", f"选项 `{node.text}` 写了两次"),
                    node.place,
                )
            options[node.text] = option.text("label")
            if kind is Kind.MULTI and option.flag("exclusive"):
                if exclusive is not None:
                    option.problem(
                        "duplicate-id",
                        Text(
                            f"`{exclusive}` is the exclusive option already",
                            f"`{exclusive}` 已经是互斥选项",
                        ),
                        node.place,
                    )
                exclusive = node.text
        option.close()
    if len(options) < 2:
        fields.problem(
            "too-few-options",
            Text("a choice has two or more options", "选择题至少要有两个选项"),
            (fields.node.get("options") or fields.node).place,
            Text("write `- {id: …, label: …}` for each", "请逐项写 `- {id: …, label: …}`"),
        )
    return options, exclusive


def _read_scale(fields: Fields, kind: Kind, currency: str) -> tuple[Numbers, Decimal, str | None]:
    if kind is Kind.PERCENT:
        return Numbers(0.0, 100.0), Decimal("0.1"), None
    if kind is Kind.SCALE:
        return Numbers(1.0, 5.0), Decimal(1), None
    unit = currency if kind is Kind.MONEY else fields.words("unit", default="") or None
    step = Decimal("0.01")
    if kind is Kind.NUMBER:
        step = _STEPS[fields.one_of("step", _STEPS, default="1")]
    inner = fields.map("domain")
    if inner is None:
        return Numbers(0.0, 1.0), step, unit
    low, high = inner.number("min"), inner.number("max")
    inner.close()
    if not -Decimal("1e15") <= low < high <= Decimal("1e15"):
        fields.problem(
            "out-of-range",
            Text(
                "a domain goes from a smaller to a larger number, up to 1e15",
                "范围要从小到大，不超过 1e15",
            ),
            inner.node.place,
        )
        return Numbers(0.0, 1.0), step, unit
    return Numbers(float(low), float(high)), step, unit


def _read_anchors(fields: Fields) -> Mapping[int, Text]:
    anchors: dict[int, Text] = {}
    for anchor in fields.maps("anchors"):
        value = anchor.whole("value", 1, 5)
        if value in anchors:
            anchor.problem(
                "duplicate-id",
                Text(f"{value} stands here twice", f"{value} 写了两次"),
                anchor.place_of("value"),
            )
        anchors[value] = anchor.text("label")
        anchor.close()
    return anchors


def read_check(fields: Fields, draft: Draft) -> Check:
    """Return a contradiction or warning."""
    check = Check(
        id=draft.new_id(fields),
        when=condition(fields, "when", draft),
        message=fields.text("message"),
        at=at(fields),
    )
    fields.close()
    return check


def read_assumption(fields: Fields, draft: Draft) -> Assumption:
    """Return a benchmark figure."""
    id = draft.new_id(fields)
    _require_name(fields, id)
    likely = float(fields.number("likely"))
    low, high = float(fields.number("low")), float(fields.number("high"))
    if not low <= likely <= high or not low < high:
        fields.problem(
            "out-of-range",
            Text("`low`, `likely` and `high` must rise", "`low`、`likely`、`high` 要依次增大"),
            fields.node.place,
        )
    assumption = Assumption(
        id=id,
        title=fields.text("title"),
        unit=fields.words("unit", default="") or None,
        likely=likely,
        range=Numbers(low, high),
        evidence=read_evidence(fields, draft),
        at=at(fields),
    )
    fields.close()
    return assumption


def read_formula(fields: Fields, draft: Draft) -> Formula | None:
    """Return a derived quantity."""
    id = draft.new_id(fields)
    _require_name(fields, id)
    node = fields.scalar("value")
    title, unit = fields.text("title"), fields.words("unit", default="") or None
    fields.close()
    written = _parse(node, fields) if node is not None else None
    if written is None:
        return None
    formula = Formula(id=id, title=title, unit=unit, value=written.expression, at=at(fields))
    draft.formulas.append((formula, written))
    return formula


def read_rule(fields: Fields, criterion: CriterionId, draft: Draft) -> Rule:
    """Return a rule of a criterion."""
    id = draft.new_id(fields)
    when = condition(fields, "when", draft)
    points: dict[ModelId, int] = {}
    inner = fields.map("points")
    if inner is not None:
        for key, _ in inner.entries():
            model = ModelId(inner.known(key, list(draft.models)))
            points[model] = inner.whole(key.text, -3, 3)
        if not any(points.values()):
            inner.problem(
                "no-points",
                Text("the points change nothing", "这些分数不起任何作用"),
                inner.node.place,
            )
    rule = Rule(
        id=id,
        criterion=criterion,
        when=when,
        points={model: points.get(model, 0) for model in draft.models},
        because=fields.text("because"),
        evidence=read_evidence(fields, draft),
        examples=(),
        at=at(fields),
    )
    _read_examples(fields, id, draft)
    fields.close()
    return rule


def read_veto(fields: Fields, draft: Draft) -> Veto:
    """Return a veto."""
    id = draft.new_id(fields)
    veto = Veto(
        id=id,
        when=condition(fields, "when", draft),
        excludes=tuple(
            ModelId(fields.known(node, list(draft.models))) for node in fields.scalars("excludes")
        ),
        because=fields.text("because"),
        evidence=read_evidence(fields, draft),
        examples=(),
        at=at(fields),
    )
    if not veto.excludes:
        fields.problem(
            "no-points",
            Text("the veto excludes nothing", "这个排除条件不排除任何模式"),
            fields.place_of("excludes"),
        )
    _read_examples(fields, id, draft)
    fields.close()
    return veto


def read_pattern(fields: Fields, model: ModelId, formulas: list[str], draft: Draft) -> Pattern:
    """Return a pattern of a model."""
    id = draft.new_id(fields)
    leads = condition(fields, "leads_when", draft) if fields.has("leads_when") else None
    if leads is None:
        fields.node_of("leads_when", required=False)
    line = fields.text("line", fields=formulas)
    without = fields.text("line_without_numbers", required=False)
    pattern = Pattern(
        id=id,
        model=model,
        name=fields.text("name"),
        when=condition(fields, "when", draft),
        leads_when=leads,
        line=line,
        line_without_numbers=without if without.en else line,
        evidence=read_evidence(fields, draft),
        examples=(),
        at=at(fields),
    )
    _read_examples(fields, id, draft)
    fields.close()
    return pattern


def read_note(fields: Fields, questions: list[str], draft: Draft) -> Note:
    """Return an action note."""
    note = Note(
        id=draft.new_id(fields),
        when=condition(fields, "when", draft, note=True) if fields.has("when") else Constant(True),
        unanswered=tuple(
            QuestionId(fields.known(node, questions))
            for node in fields.scalars("unanswered", required=False)
        ),
        message=fields.text("message"),
        evidence=read_evidence(fields, draft),
        at=at(fields),
    )
    fields.asked.append("when")
    fields.close()
    return note


def read_source(fields: Fields, draft: Draft) -> Source:
    """Return a source."""
    source = Source(
        id=draft.new_id(fields),
        title=fields.text("title"),
        address=fields.words("address", default=""),
        date=fields.words("date", default=""),
        covers=fields.text("covers"),
        status=Status(fields.one_of("status", [s.value for s in Status], default="sourced")),
        parts=fields.words("parts", default=""),
        part_count=fields.whole("part_count", 0, 9999, default="0"),
        at=at(fields),
    )
    fields.close()
    return source


def _read_examples(fields: Fields, owner: str, draft: Draft) -> None:
    for example in fields.maps("examples", required=False):
        node: Node | None = example.node_of("given")
        then = example.one_of("then", ("holds", "fails", "open"))
        given = node if isinstance(node, MapNode) else None
        if node is not None and given is None:
            example.problem(
                "wrong-kind", Text("answers are expected here", "这里应是若干回答"), node.place
            )
        draft.examples.append((owner, given, then, example.node.place))
        example.close()

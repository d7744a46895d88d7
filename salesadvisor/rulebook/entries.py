"""One entry of a rulebook's file -> its definition. Conditions are parsed here, checked later."""

from collections.abc import Mapping
from decimal import Decimal

from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import MapNode, Node, ScalarNode
from salesadvisor.language.possible import Numbers
from salesadvisor.language.syntax import Constant, Expression, names_in
from salesadvisor.rulebook.definitions import (
    Alternative,
    Assumption,
    Axis,
    Check,
    Confidence,
    CriterionId,
    Formula,
    Kind,
    Model,
    ModelId,
    Note,
    NumberQuestion,
    Pattern,
    Question,
    QuestionId,
    Requirement,
    Rule,
    Source,
    Status,
    Veto,
    View,
    Views,
)
from salesadvisor.rulebook.draft import (
    Draft,
    at,
    condition,
    parse,
    read_evidence,
    require_name,
)
from salesadvisor.text import NOTHING, Language, Text


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


CONFIDENCE = ("firm", "leaning", "open")
"""How firm advice may be, in words; what is below all thresholds is open."""


def read_confidence(root: Fields) -> dict[str, Confidence]:
    """Return from where on each word holds, and how often it was right on the cases."""
    found = {}
    words = root.map("confidence", required=False)
    for word, least in zip(CONFIDENCE, _LEAST, strict=True):
        fields = words.map(word, required=False) if words is not None else None
        if fields is None:
            found[word] = Confidence(at_least=least, right=0, of=0)
            continue
        found[word] = Confidence(
            at_least=float(fields.number("at_least", default=str(least))),
            right=fields.whole("right", 0, 1_000_000, default="0"),
            of=fields.whole("of", 0, 1_000_000, default="0"),
        )
        fields.close()
    if words is not None:
        words.close()
    return found


_LEAST = (0.9, 0.6, 0.0)


def read_views(fields: Fields, questions: tuple[Question, ...], draft: Draft) -> Views:
    """Return how the decision is seen from both ends of a spread of customers."""
    ids = [str(question.id) for question in questions]
    numbers = [str(question.id) for question in questions if isinstance(question, NumberQuestion)]
    views = Views(
        id=draft.new_id(fields),
        when=condition(fields, "when", draft),
        small=_read_view(fields, "small", ids, draft),
        large=_read_view(fields, "large", ids, draft),
        split_earns=ModelId(fields.one_of("split_earns", list(draft.models))),
        split_points=fields.whole("split_points", 0, 20, default="0"),
        line=QuestionId(fields.one_of("line", numbers)),
        because=fields.text("because"),
        says=fields.text("says", fields=("line",)),
        says_without_line=fields.text("says_without_line"),
        evidence=read_evidence(fields, draft),
        at=at(fields),
    )
    fields.close()
    return views


def _read_view(fields: Fields, key: str, questions: list[str], draft: Draft) -> View:
    inner = fields.map(key)
    if inner is None:
        return View(name=Text(""), becomes={})
    return View(name=inner.text("name"), becomes=_assignments(inner, questions, draft))


def _assignments(inner: Fields, questions: list[str], draft: Draft) -> dict[QuestionId, Expression]:
    """Return what answers become, by question; a `name` beside them is left out."""
    becomes: dict[QuestionId, Expression] = {}
    for node, value in inner.entries():
        if node.text == "name":
            continue
        question = QuestionId(inner.known(node, questions))
        written = parse(value, inner) if isinstance(value, ScalarNode) else None
        if written is not None:
            becomes[question] = written.expression
            draft.assignments.append((question, written))
        elif not isinstance(value, ScalarNode):
            inner.problem(
                "wrong-kind", Text("an expression is expected here", "这里应是表达式"), value.place
            )
    return becomes


def read_check(fields: Fields, questions: list[str], draft: Draft) -> Check:
    """Return a contradiction or warning."""
    check = Check(
        id=draft.new_id(fields),
        when=condition(fields, "when", draft),
        message=fields.text("message"),
        read_as=_read_as(fields, questions, draft),
        at=at(fields),
    )
    fields.close()
    return check


def _read_as(fields: Fields, questions: list[str], draft: Draft) -> Mapping[QuestionId, Expression]:
    """Return how a contradiction says that answers are to be read: each from itself alone."""
    inner = fields.map("read_as", required=False)
    if inner is None:
        return {}
    found = _assignments(inner, questions, draft)
    for (id, expression), (key, _) in zip(found.items(), inner.entries(), strict=False):
        if set(names_in(expression)) - {id}:
            inner.problem(
                "reads-another",
                Text(
                    f"`{id}` can only be read from `{id}` itself",
                    f"`{id}` 只能由 `{id}` 自己的回答来读",
                ),
                key.place,
                Text(
                    "write an option, a number, or such as `min(…, 3)`",
                    "请写一个选项、数字，或 `min(…, 3)` 这样的式子",
                ),
            )
    return found


def read_assumptions(
    fields: Fields, parts: list[str], currency: str, draft: Draft
) -> tuple[Assumption, ...]:
    """Return a benchmark figure: one, or one for each model that has its own."""
    id = draft.new_id(fields)
    require_name(fields, id, draft)
    title, unit = fields.text("title"), fields.words("unit", default="") or None
    own = [model for model in draft.models if fields.has(model)]
    found: list[Assumption] = []
    for model in own:
        inner = fields.map(model)
        if inner is not None:
            named = _for_model(title, draft.model_names[model])
            found.append(_assumption(inner, f"{id}.{model}", named, unit, parts, currency, draft))
            inner.close()
    if not own:
        found.append(_assumption(fields, id, title, unit, parts, currency, draft))
    fields.close()
    return tuple(found)


def read_by_currency(fields: Fields, key: str) -> dict[str, float]:
    """Return a number for each currency under `key`; nothing where there is none."""
    inner = fields.map(key, required=False)
    if inner is None:
        return {}
    return {code.text: float(inner.number(code.text)) for code, _ in inner.entries()}


def _short(number: float) -> float:
    """Return a number without the digits that only binary fractions have."""
    return float(f"{number:.9g}")


def _for_model(title: Text, model: Text) -> Text:
    return Text(f"{title.en}, {model.en}", f"{title[Language.ZH]}（{model[Language.ZH]}）")


def _assumption(
    fields: Fields, id: str, title: Text, unit: str | None, parts: list[str], currency: str,
    draft: Draft,
) -> Assumption:  # fmt: skip
    likely_from, likely = None, 0.0
    if fields.has("likely_from"):
        node = fields.scalar("likely_from")
        written = parse(node, fields) if node is not None else None
        if written is not None:
            likely_from = written.expression
            draft.computed.append(written)
    else:
        likely = float(fields.number("likely"))
    scales_with = None
    if fields.has("scales_with"):
        node = fields.scalar("scales_with")
        written = parse(node, fields) if node is not None else None
        if written is not None:
            scales_with = written.expression
            draft.computed.append(written)
    low, high = float(fields.number("low")), float(fields.number("high"))
    if not low < high or (likely_from is None and not low <= likely <= high):
        fields.problem(
            "out-of-range",
            Text("`low`, `likely` and `high` must rise", "`low`、`likely`、`high` 要依次增大"),
            fields.node.place,
        )
    kind = Kind.NUMBER
    if unit in (currency, "percent"):
        kind = Kind.MONEY if unit == currency else Kind.PERCENT
    ask = fields.map("ask", required=False)
    by_currency = read_by_currency(fields, "by_currency")
    assumption = Assumption(
        id=id,
        title=title,
        unit=unit,
        likely=likely,
        likely_from=likely_from,
        scales_with=scales_with,
        range=Numbers(low, high),
        by_currency=by_currency,
        question=NumberQuestion(
            id=QuestionId(id),
            part=ask.one_of("part", parts) if ask else "",
            first=ask.flag("first") if ask else False,
            kind=kind,
            unit=unit,
            domain=Numbers(0.0, 100.0)
            if kind is Kind.PERCENT
            else Numbers(0.0 if unit == currency else _short(low / 100), _short(high * 100)),
            step=Decimal("0.0001"),
            plausible=Numbers(low, high),
            title=title,
            prompt=ask.text("prompt") if ask else title,
            help=ask.text("help") if ask else NOTHING,
            why=ask.text("why") if ask else NOTHING,
            anchors={},
            at=at(fields),
        ),
        asked=ask is not None,
        evidence=read_evidence(fields, draft),
        at=at(fields),
    )
    if ask is not None:
        ask.close()
    return assumption


def read_formula(fields: Fields, draft: Draft) -> None:
    """Add a derived quantity to the draft: one, or one for each model that has its own."""
    id = draft.new_id(fields)
    require_name(fields, id, draft)
    title, unit = fields.text("title"), fields.words("unit", default="") or None
    each = [
        fields.known(node, list(draft.models)) for node in fields.scalars("each", required=False)
    ]
    own = [model for model in draft.models if fields.has(model)]
    nodes: list[tuple[ModelId | None, ScalarNode | None]] = []
    if each or not own:
        shared = fields.scalar("value")
        nodes += [(ModelId(model), shared) for model in each] or [(None, shared)]
    nodes += [(model, fields.scalar(model)) for model in own]
    fields.close()
    for model, node in nodes:
        written = parse(node, fields) if node is not None else None
        if written is not None:
            formula = Formula(
                id=id if model is None else f"{id}.{model}",
                title=title,
                unit=unit,
                value=written.expression,
                at=at(fields),
            )
            draft.formulas.append((formula, written, model))


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
        hire=fields.one_of("hire", HIRE) if fields.has("hire") else None,
        when=condition(fields, "when", draft, note=True) if fields.has("when") else Constant(True),
        unanswered=tuple(
            QuestionId(fields.known(node, questions))
            for node in fields.scalars("unanswered", required=False)
        ),
        message=fields.text("message"),
        evidence=read_evidence(fields, draft),
        at=at(fields),
    )
    fields.asked += ["when", "hire"]
    fields.close()
    return note


HIRE = ("now", "later", "never")


def read_alternative(fields: Fields, formulas: list[str], draft: Draft) -> Alternative:
    """Return what to do instead of, or beside, a sales force of one's own."""
    because = fields.text("because", fields=formulas)
    without = fields.text("because_without_numbers", required=False)
    alternative = Alternative(
        id=draft.new_id(fields),
        name=fields.text("name"),
        when=condition(fields, "when", draft, note=True),
        because=because,
        because_without_numbers=without if without.en else because,
        first_steps=tuple(_step(step) for step in fields.maps("first_steps")),
        evidence=read_evidence(fields, draft),
        at=at(fields),
    )
    fields.close()
    return alternative


def _step(fields: Fields) -> Text:
    step = Text(fields.words("en").strip(), fields.words("zh", default="").strip())
    fields.close()
    return step


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

"""One entry of the questions' file -> a question."""

import re
from collections.abc import Mapping
from decimal import Decimal

from salesadvisor.documents.fields import Fields
from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.definitions import (
    ChoiceQuestion,
    Kind,
    NumberQuestion,
    Part,
    Question,
    QuestionId,
)
from salesadvisor.rulebook.draft import (
    Draft,
    at,
    require_name,
)
from salesadvisor.text import Text

_STEPS = {"1": Decimal(1), "0.1": Decimal("0.1"), "0.01": Decimal("0.01")}
_OPTION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def read_part(fields: Fields, draft: Draft) -> Part:
    """Return a group of questions."""
    part = Part(id=draft.new_id(fields), title=fields.text("title"))
    fields.close()
    return part


def read_question(fields: Fields, parts: list[str], currency: str, draft: Draft) -> Question:
    """Return a question."""
    id = QuestionId(draft.new_id(fields))
    require_name(fields, id, draft)
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
            plausible=_read_plausible(fields, domain),
            title=title, prompt=prompt, help=help_text, why=why,
            anchors=_read_anchors(fields) if kind is Kind.SCALE else {}, at=at(fields),
        )  # fmt: skip
    fields.close()
    return question


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


def _read_plausible(fields: Fields, domain: Numbers) -> Numbers:
    """Return where an open answer most likely lies: the whole domain where nothing is said."""
    if not fields.has("plausible"):
        return domain
    inner = fields.map("plausible")
    if inner is None:
        return domain
    low, high = float(inner.number("low")), float(inner.number("high"))
    inner.close()
    if not domain.low <= low < high <= domain.high:
        fields.problem(
            "out-of-range",
            Text(
                "what is plausible goes from a smaller to a larger number, inside the domain",
                "合理区间要从小到大，并且在范围之内",
            ),
            inner.node.place,
        )
        return domain
    return Numbers(low, high)


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

"""Answer files as text: a template to fill in, and one answer changed in a file that exists."""

import textwrap

from salesadvisor.documents.node import ListNode, MapNode, Node, ScalarNode
from salesadvisor.rulebook.amounts import unit_text
from salesadvisor.rulebook.definitions import (
    ChoiceQuestion,
    Kind,
    NumberQuestion,
    Question,
    Rulebook,
)
from salesadvisor.rulebook.writing import write_number
from salesadvisor.text import Language, Text, columns

_WIDTH = 92


def template(rulebook: Rulebook, language: Language) -> str:
    """Return an answer file with every question as comments, to fill in."""
    head = Text(
        "Your answers. Fill in what you know and leave the rest: an empty line means you don't "
        "know. Ranges (20k..60k), units (6 weeks) and several options ([screen, ship]) are "
        "understood. Then: salesadvisor advise THIS-FILE",
        "你的回答。知道的填上，不知道的空着：空行就表示不知道。可以写区间（20k..60k）、带单位（6周）、"
        "或几个可能的选项（[screen, ship]）。填好后运行：salesadvisor advise 本文件",
    )
    lines = [*_comment(head[language]), "", "name:", f"currency: {rulebook.currency}"]
    for part in rulebook.parts:
        questions = [q for q in rulebook.asked if q.part == part.id]
        if questions:
            lines += ["", f"# --- {part.title[language]} ---"]
        for question in questions:
            lines += ["", *_question_comment(question, language), f"{question.id}:"]
    return "\n".join(lines) + "\n"


def csv_header(rulebook: Rulebook) -> str:
    """Return the header line of a CSV file of answers."""
    return ",".join(("name", *(question.id for question in rulebook.asked)))


def _question_comment(question: Question, language: Language) -> list[str]:
    lines = [*_comment(question.prompt[language]), *_comment(question.help[language])]
    match question:
        case NumberQuestion():
            lines += _comment(range_text(question)[language])
            lines += [
                f"#   {value} = {label[language]}" for value, label in question.anchors.items()
            ]
        case ChoiceQuestion():
            several = question.kind is Kind.MULTI
            how = Text(
                "Any of these, as [a, b]:" if several else "One of these:",
                "可多选，写成 [a, b]：" if several else "选一项：",
            )
            lines += _comment(how[language])
            width = max(len(id) for id in question.options)
            lines += [f"#   {id:<{width}}  {o[language]}" for id, o in question.options.items()]
    return lines


def range_text(question: NumberQuestion) -> Text:
    """Return which numbers a question takes, in words."""
    low, high = write_number(question.domain.low), write_number(question.domain.high)
    match question.kind:
        case Kind.PERCENT:
            return Text("A percentage, 0 to 100.", "百分数，0 到 100。")
        case Kind.SCALE:
            return Text("A number from 1 to 5.", "1 到 5 的数。")
        case Kind.MONEY:
            return Text(
                f"Money, {low} to {int(question.domain.high):,}.",
                f"金额，{low} 到 {int(question.domain.high):,}。",
            )
        case _:
            grouped = f"{float(high):,.15g}"
            if question.unit is None:
                return Text(f"A number, {low} to {grouped}.", f"数字，{low} 到 {grouped}。")
            unit = unit_text(question.unit)
            return Text(
                f"A number of {unit.en}, {low} to {grouped}.",
                f"数字（{unit.zh}），{low} 到 {grouped}。",
            )


def _comment(words: str) -> list[str]:
    """Return `words` as comment lines; Chinese has no spaces to break at, so it is cut."""
    lines: list[str] = []
    for line in textwrap.wrap(words, _WIDTH, break_long_words=False) or [""]:
        while columns(line) > _WIDTH:
            cut = next(i for i in range(1, len(line) + 1) if columns(line[:i]) >= _WIDTH - 2)
            lines.append(f"# {line[:cut]}")
            line = line[cut:]
        lines.append(f"# {line}")
    return lines


def with_answer(text: str, root: MapNode | None, key: str, written: str) -> str:
    """Return the file's `text` with `key: written` in it; everything else stays as it is.

    Args:
        text: A YAML file.
        root: What it was read as; None for a file without values.
        key: The key to set.
        written: The value, as YAML.
    """
    value = root.get(key) if root is not None else None
    if value is None:
        gap = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{gap}{key}: {written}\n"
    assert root is not None
    name = next(name for name, _ in root.entries if name.text == key)
    lines = text.split("\n")
    start_line, start_column = name.end[0], name.end[1]
    end_line, end_column = _end_of(value, name)
    before = lines[start_line - 1][: start_column - 1]
    after = lines[end_line - 1][end_column - 1 :]
    changed = f"{before}: {written}{after if after.strip().startswith('#') else ''}"
    return "\n".join([*lines[: start_line - 1], changed, *lines[end_line:]])


def _end_of(value: Node, name: ScalarNode) -> tuple[int, int]:
    match value:
        case ScalarNode(text="", quoted=False):
            return name.end[0], name.end[1] + 1  # behind the colon of an empty value
        case ScalarNode() | ListNode() | MapNode():
            return value.end

"""One entry of a rulebook in full: `rules show ID`; and all of them in a list."""

from collections.abc import Callable, Mapping
from typing import TextIO

from rich.table import Table
from rich.text import Text as Line

from salesadvisor.language.possible import Value
from salesadvisor.language.syntax import to_source
from salesadvisor.report.terminal import folded, make_console
from salesadvisor.report.wording import STATUS_WORDS, signed
from salesadvisor.rulebook.definitions import (
    Assumption,
    Check,
    Evidence,
    Example,
    Formula,
    Model,
    Note,
    Pattern,
    Precedent,
    Rule,
    Rulebook,
    Source,
    Status,
    Veto,
    Views,
    find_source,
)
from salesadvisor.rulebook.writing import write_answer, write_number
from salesadvisor.text import Language, Text

Entry = (
    Rule | Veto | Pattern | Views | Note | Check | Formula | Assumption | Source | Model | Precedent
)


def entries_of(rulebook: Rulebook) -> Mapping[str, Entry]:
    """Return everything in the rulebook that has an id, but for questions."""
    found: list[Entry] = [
        *rulebook.models, *rulebook.rules, *rulebook.vetoes, *rulebook.patterns, *rulebook.notes,
        *rulebook.contradictions, *rulebook.warnings, *rulebook.formulas, *rulebook.assumptions,
        *rulebook.sources, *rulebook.precedents,
        *([rulebook.views] if rulebook.views is not None else []),
    ]  # fmt: skip
    entries: dict[str, Entry] = {entry.id: entry for entry in found}
    for model in rulebook.models:
        if model.requirement is not None:
            entries[model.requirement.id] = model
    return entries


def render_list(rulebook: Rulebook, language: Language, out: TextIO, *, color: bool) -> None:
    """Write the rules, vetoes and patterns, one a line."""
    console = make_console(out, color=color)

    def section(title: str, rows: list[tuple[str, str, str]]) -> None:
        console.print(Line(title, style="bold cyan"))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_column(overflow="fold", width=14)
        room = console.width - max(len(id) for id, _, _ in rows) - 20 if rows else 0
        for id, words, points in rows:
            grid.add_row(Line(id, style="bold"), folded(Line(words), room), Line(points))
        console.print(grid)
        console.print()

    order = " / ".join(model.short[language] for model in rulebook.models)
    for criterion in rulebook.criteria:
        rows = [
            (r.id, r.because[language], _points(r, rulebook))
            for r in rulebook.rules
            if r.criterion == criterion.id
        ]
        weight = Text(f"weight {criterion.weight}", f"权重 {criterion.weight}")[language]
        section(f"{criterion.title[language]} ({weight}; {order})", rows)
    vetoes = [(v.id, v.because[language], "✗ " + ", ".join(v.excludes)) for v in rulebook.vetoes]
    section(Text("Vetoes", "排除条件")[language], vetoes)
    for model in rulebook.models:
        if model.blend_of:
            names = Text(" and ", "和")[language].join(
                rulebook.model[part].short[language] for part in model.blend_of
            )
            note = Text(
                f"{model.short.en} also gets the mean of {names}; its own points come on top.",
                f"{model.short[Language.ZH]}还会得到{names}的平均分，另加自己的分数。",
            )
            console.print(folded(Line(note[language], style="dim"), console.width))
            console.print()
    patterns: list[tuple[str, str, str]] = [
        (p.id, p.name[language], p.model) for p in rulebook.patterns
    ]
    if rulebook.views is not None:
        views = rulebook.views
        patterns.append((views.id, views.because[language], views.split_earns))
    section(Text("Patterns", "混合模式的依据")[language], patterns)
    if rulebook.rules:
        following = Line(Text("Next: ", "下一步：")[language], style="bold")
        following.append(f"salesadvisor rules show {rulebook.rules[0].id}", style="not bold")
        console.print(following)


def _points(rule: Rule, rulebook: Rulebook) -> str:
    return " / ".join(signed(rule.points[model.id]) for model in rulebook.models)


def render_one(
    id: str, entry: Entry, rulebook: Rulebook, language: Language, out: TextIO, *, color: bool
) -> None:
    """Write everything there is to say about one entry."""
    console = make_console(out, color=color)

    def say(words: str, style: str = "", indent: int = 0) -> None:
        console.print(folded(Line(" " * indent + words, style=style), console.width))

    def row(label: Text, words: str) -> None:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(width=12, no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(Line(label[language], style="bold"), folded(Line(words), console.width - 15))
        console.print(grid)

    match entry:
        case Rule():
            say(f"{id}  {entry.because[language]}", "bold cyan")
            row(_WHEN, to_source(entry.when))
            names = ", ".join(
                f"{m.short[language]} {signed(entry.points[m.id])}" for m in rulebook.models
            )
            row(Text("points", "分数"), names)
            row(Text("criterion", "方面"), entry.criterion)
        case Veto():
            say(f"{id}  {entry.because[language]}", "bold cyan")
            row(_WHEN, to_source(entry.when))
            row(
                Text("excludes", "排除"),
                ", ".join(rulebook.model[m].short[language] for m in entry.excludes),
            )
        case Pattern():
            say(f"{id}  {entry.name[language]}", "bold cyan")
            row(_WHEN, to_source(entry.when))
            if entry.leads_when is not None:
                row(Text("leads when", "优先条件"), to_source(entry.leads_when))
            row(Text("line", "分工界线"), entry.line[language])
        case Views():
            say(f"{id}  {entry.because[language]}", "bold cyan")
            row(_WHEN, to_source(entry.when))
            for name, view in (("small", entry.small), ("large", entry.large)):
                becomes = (f"{q}: {to_source(e)}" for q, e in view.becomes.items())
                row(Text(name, view.name[Language.ZH]), "\n".join(becomes))
            row(
                Text("split earns", "分开则建议"),
                rulebook.model[entry.split_earns].short[language],
            )
        case Precedent():
            say(f"{entry.company}, {entry.unit[language]} ({entry.year})", "bold cyan")
            row(Text("said to be", "据称"), rulebook.model[entry.label].name[language])
            row(Text("basis", "依据"), entry.label_basis[language])
            known = (
                Text("a page was read", "有页面可查")
                if entry.seen
                else Text("recalled, not looked up", "凭记忆，未查证")
            )
            sure = (
                Text("two raters are sure", "两位评者都有把握")
                if entry.is_sure
                else Text("doubtful", "存疑")
            )
            row(Text("label", "标签"), f"{known[language]}; {sure[language]}")
            row(
                Text("source", "来源"),
                entry.title + (f" <{entry.address}>" if entry.address else ""),
            )
        case Note():
            say(f"{id}  {entry.message[language]}", "bold cyan")
            row(_WHEN, to_source(entry.when))
            if entry.unanswered:
                row(Text("unanswered", "未回答"), ", ".join(entry.unanswered))
        case Check():
            say(f"{id}  {entry.message[language]}", "bold cyan")
            row(_WHEN, to_source(entry.when))
        case Formula():
            say(f"{id}  {entry.title[language]}", "bold cyan")
            row(Text("value", "公式"), to_source(entry.value))
            row(Text("unit", "单位"), entry.unit or "")
        case Assumption():
            say(f"{id}  {entry.title[language]}", "bold cyan")
            low, high = write_number(entry.range.low), write_number(entry.range.high)
            unit = f" {entry.unit}" if entry.unit else ""
            row(Text("likely", "最可能值"), f"{write_number(entry.likely)}{unit} ({low}..{high})")
        case Source():
            say(f"{id}  {entry.title[language]}", "bold cyan")
            row(Text("covers", "内容"), entry.covers[language])
            row(Text("address", "地址"), entry.address)
            row(Text("date", "日期"), entry.date)
            row(Text("status", "状态"), STATUS_WORDS[entry.status][language])
            row(Text("cited by", "引用处"), ", ".join(citing(id, rulebook)))
        case Model():
            say(f"{id}  {entry.name[language]}", "bold cyan")
            row(Text("is", "定义"), entry.definition[language])
            if entry.blend_of:
                row(Text("blend of", "由…混合"), ", ".join(entry.blend_of))
            if entry.requirement is not None:
                row(Text("requires", "前提"), entry.requirement.because[language])
            row(
                Text("excluded by", "排除条件"),
                ", ".join(v.id for v in rulebook.vetoes if entry.id in v.excludes),
            )
    evidence = getattr(entry, "evidence", None)
    if isinstance(evidence, Evidence):
        status = STATUS_WORDS[evidence.status]
        if isinstance(entry, Rule) and evidence.status is Status.SOURCED:
            status = Text(
                f"{status.en}: what it says; its points are our judgement",
                f"{status.zh}：指内容；分数是我们自己的判断",
            )
        row(Text("status", "状态"), status[language])
        _say_sources(evidence, rulebook, language, row)
    place = getattr(entry, "at", None)
    if place is not None:
        row(Text("where", "位置"), str(place))
    examples: tuple[Example, ...] = getattr(entry, "examples", ())
    for example in examples:
        row(Text("example", "例子"), f"{_given(example.given, rulebook)}  → {example.then}")


_WHEN = Text("when", "条件")


def _say_sources(
    evidence: Evidence, rulebook: Rulebook, language: Language, row: Callable[[Text, str], None]
) -> None:
    parts: dict[str, list[str]] = {}
    for key in evidence.sources:
        source = rulebook.source_of(key)
        parts.setdefault(source.id, []).append(key)
    for id, keys in parts.items():
        source = rulebook.source[id]
        where = f" <{source.address}>" if source.address else ""
        row(
            Text("source", "来源"),
            f"{', '.join(keys)}: {source.title[language]}{where}. {source.covers[language]}",
        )


def _given(given: Mapping[str, Value], rulebook: Rulebook) -> str:
    return ", ".join(f"{id}: {write_answer(v, rulebook.question[id])}" for id, v in given.items())


def citing(key: str, rulebook: Rulebook) -> list[str]:
    """Return the ids of what cites a source, or one numbered statement of it."""
    whole = key in rulebook.source
    cites = [
        entry.id
        for entry in entries_of(rulebook).values()
        for evidence in [getattr(entry, "evidence", None)]
        if isinstance(evidence, Evidence)
        and any(
            cited == key
            or (
                whole
                and (found := find_source(rulebook.sources, cited)) is not None
                and found.id == key
            )
            for cited in evidence.sources
        )
    ]
    return list(dict.fromkeys(cites))


def entry_record(
    id: str, entry: Entry, rulebook: Rulebook, language: Language
) -> dict[str, object]:
    """Return an entry as plain data."""
    record: dict[str, object] = {"id": id, "kind": type(entry).__name__.lower()}
    for name, attribute in (
        ("name", "name"), ("title", "title"), ("because", "because"), ("message", "message"),
        ("line", "line"), ("definition", "definition"), ("covers", "covers"),
    ):  # fmt: skip
        words = getattr(entry, attribute, None)
        if isinstance(words, Text):
            record[name] = words[language]
    match entry:
        case Rule():
            record |= {
                "when": to_source(entry.when),
                "points": dict(entry.points),
                "criterion": entry.criterion,
            }
        case Veto():
            record |= {"when": to_source(entry.when), "excludes": list(entry.excludes)}
        case Pattern() | Note() | Check():
            record["when"] = to_source(entry.when)
        case Formula():
            record |= {"value": to_source(entry.value), "unit": entry.unit}
        case Assumption():
            record |= {
                "likely": entry.likely,
                "range": [entry.range.low, entry.range.high],
                "unit": entry.unit,
            }
        case Source():
            record |= {"address": entry.address, "date": entry.date, "status": str(entry.status)}
        case Views():
            record |= {"when": to_source(entry.when)} | {
                name: {q: to_source(e) for q, e in view.becomes.items()}
                for name, view in (("small", entry.small), ("large", entry.large))
            }
            record |= {"split_earns": entry.split_earns, "line": entry.line}
        case Precedent():
            record |= {
                "company": entry.company,
                "unit": entry.unit[language],
                "year": entry.year,
                "label": entry.label,
                "label_basis": entry.label_basis[language],
                "source": entry.title,
                "source_seen": entry.seen,
                "address": entry.address,
            }
        case Model():
            record["blend_of"] = list(entry.blend_of)
    evidence = getattr(entry, "evidence", None)
    if isinstance(evidence, Evidence):
        record |= {"sources": list(evidence.sources), "status": str(evidence.status)}
    examples: tuple[Example, ...] = getattr(entry, "examples", ())
    if examples:
        record["examples"] = [
            {
                "given": {i: write_answer(v, rulebook.question[i]) for i, v in e.given.items()},
                "then": e.then,
            }
            for e in examples
        ]
    place = getattr(entry, "at", None)
    return record | ({"at": str(place)} if place is not None else {})

"""The playbook for one founder: on a terminal, as Markdown, or as plain data."""

import shlex
from collections.abc import Iterator, Mapping
from typing import TextIO

from rich.text import Text as Line

from salesadvisor.advice.definitions import Advice
from salesadvisor.advice.economics import Economics
from salesadvisor.advice.plan import Plan, PlanRow, PlanSection
from salesadvisor.commission.roles import Role
from salesadvisor.report.figures import (
    bank_sentence,
    basis_sentence,
    bound_sentence,
    full_rows,
    line_sentence,
    missing_sentence,
)
from salesadvisor.report.markdown import escaped, figures_lines
from salesadvisor.report.record import figures_record
from salesadvisor.report.sheet import Sheet
from salesadvisor.report.wording import STATUS_WORDS
from salesadvisor.rulebook.definitions import Evidence, Rulebook
from salesadvisor.text import Language, Text, on_one_line, visible

SCHEMA = "salesadvisor.plan/1"


def title_text(plan: Plan, advice: Advice, rulebook: Rulebook) -> Text:
    """Return what the page is: for whom, which model, from when on."""
    name = rulebook.model[plan.model].name
    who = on_one_line(advice.name)[:200]
    lead = Text(f"{who}: " if who else "", f"{who}：" if who else "")
    return Text(
        f"{lead.en}{name.en}, from {plan.start.isoformat()} on",
        f"{lead.zh}{name[Language.ZH]}，从 {plan.start.isoformat()} 起",
    )


def standing_text(plan: Plan, advice: Advice, rulebook: Rulebook) -> Text | None:
    """Return a word of caution where the model is not what the advice recommends."""
    if plan.is_advised:
        return None
    advised = advice.recommendation
    if advised is None:
        return Text(
            "The advice recommends nothing yet; this is what it would take.",
            "目前还没有建议；这里只说要这样做需要什么。",
        )
    name = rulebook.model[advised].short
    return Text(
        f"The advice points to {name.en}; this is what the other way would take.",
        f"建议是{name[Language.ZH]}；这里说的是走另一条路需要什么。",
    )


def money_sentences(plan: Plan, economics: Economics, rulebook: Rulebook) -> list[Text]:
    """Return what the figures mean, a sentence each."""
    if economics.missing:
        return [missing_sentence(economics, rulebook)]
    found = [words for row in economics.rows if (words := bound_sentence(row, rulebook))]
    if plan.model in economics.cash:
        found.append(bank_sentence(economics.cash[plan.model], economics))
    found.append(line_sentence(economics.line, economics))
    found += economics.remarks
    found.append(
        Text("Cheapest is not best: look at what limits it.", "最便宜的不一定最好：先看瓶颈在哪。")
    )
    found.append(basis_sentence(economics))
    return found


def render(
    plan: Plan,
    advice: Advice,
    economics: Economics | None,
    roles: tuple[Role, ...],
    rulebook: Rulebook,
    language: Language,
    out: TextIO,
    *,
    color: bool,
) -> None:
    """Write the plan for a terminal."""
    sheet = Sheet(language, out, color=color)
    sheet.say(title_text(plan, advice, rulebook), "bold cyan")
    standing = standing_text(plan, advice, rulebook)
    if standing is not None:
        sheet.say(standing, "yellow")
    for finding in advice.cross_checks if plan.is_advised else ():
        sheet.say(f"! {finding.message[language]}  [{finding.id}]", "yellow")
    sheet.say(plan.promise)
    for words, id in _lines(plan, advice, rulebook):
        sheet.item(words, id)
    if advice.notes and plan.is_advised:
        sheet.head(Text("Before anything else", "先做这些"))
        for note in advice.notes:
            sheet.item(note.message, note.id)
    if economics is not None:
        sheet.head(Text("The money", "钱"))
        if not economics.missing:
            models = [model.id for model in rulebook.models]
            heads = [Text("One seller", "一名销售")[language]]
            heads += [model.short[language] for model in rulebook.models]
            sheet.table(heads, full_rows(economics, models, language))
        for words in money_sentences(plan, economics, rulebook):
            sheet.item(words)
    for section in plan.sections:
        sheet.head(section.title)
        if section.lead.en:
            sheet.say(section.lead, "dim")
        for row in section.rows:
            _write_row(row, section, rulebook, sheet)
    if roles:
        sheet.head(Text("How to pay them", "怎么给他们发钱"))
        for role in roles:
            sheet.item(
                f"{role.title[language]}{Text(': ', '：')[language]}{role.remarks[language]}",
                f"commission --template {role.id}",
            )
    sheet.next(_next(roles, advice))


def _next(roles: tuple[Role, ...], advice: Advice) -> str:
    if roles:
        return f"salesadvisor commission --template {roles[0].id}"
    return f"salesadvisor advise {shlex.quote(visible(advice.file))}"


def _lines(plan: Plan, advice: Advice, rulebook: Rulebook) -> Iterator[tuple[Text, str]]:
    """Yield the lines that divide the work and their ids, where the model has any."""
    ids = {pattern.id for pattern in rulebook.patterns if pattern.model == plan.model}
    for pattern in advice.patterns:
        if pattern.id in ids:
            name, line = pattern.name, pattern.dividing_line
            yield (
                Text(
                    f"{name.en}: {line.en}",
                    f"{name[Language.ZH]}：{line[Language.ZH]}",
                ),
                pattern.id,
            )


def _write_row(row: PlanRow, section: PlanSection, rulebook: Rulebook, sheet: Sheet) -> None:
    head, *others = section.columns
    lead = f" {sheet.signs.bullet} " if row.number is None else f"{row.number:>2} "
    line = Line(row.cells[head][sheet.language], style="")
    line.stylize("bold")
    if row.day is not None:
        by = Text(f"By {row.day.isoformat()}: ", f"{row.day.isoformat()} 前：")
        line = Line(by[sheet.language], style="").append(line)
    told = [
        f"{section.columns[key][sheet.language]}{Text(': ', '：')[sheet.language]}"
        f"{row.cells[key][sheet.language]}"
        for key in others
        if key in row.cells
    ]
    if told:
        gap = Text(". ", "。")[sheet.language]
        line.append(gap + _joined(told, sheet.language), style="not bold")
    if row.waits_for:
        titles = [rulebook.question[id].title for id in row.waits_for]
        words = Text(
            f" (if; answer first: {', '.join(t.en for t in titles)})",
            f"（看情况，先回答：{'、'.join(t[Language.ZH] for t in titles)}）",
        )
        line.append(words[sheet.language], style="yellow")
    line.append(f"  [{evidence_text(row.evidence, sheet.language)}]", style="dim")
    sheet.hang(lead, line)


def _joined(told: list[str], language: Language) -> str:
    gap, stop = Text(". ", "。")[language], Text(".", "。")[language]
    return gap.join(part.rstrip(".。") for part in told) + stop


def evidence_text(evidence: Evidence, language: Language) -> str:
    """Return what an entry rests on: its status, and the ids of its sources."""
    status = STATUS_WORDS[evidence.status][language]
    return f"{status}: {', '.join(evidence.sources)}" if evidence.sources else status


def render_markdown(
    plan: Plan,
    advice: Advice,
    economics: Economics | None,
    roles: tuple[Role, ...],
    rulebook: Rulebook,
    language: Language,
    out: TextIO,
) -> None:
    """Write the plan as a page of Markdown."""
    lines = [f"# {escaped(title_text(plan, advice, rulebook)[language])}", ""]
    standing = standing_text(plan, advice, rulebook)
    if standing is not None:
        lines += [f"**{escaped(standing[language])}**", ""]
    for finding in advice.cross_checks if plan.is_advised else ():
        lines += [f"**{escaped(finding.message[language])}** ({finding.id})", ""]
    lines += [escaped(plan.promise[language])]
    divided = [f"- {escaped(w[language])} ({id})" for w, id in _lines(plan, advice, rulebook)]
    lines += ["", *divided] if divided else []
    if advice.notes and plan.is_advised:
        lines += ["", f"## {Text('Before anything else', '先做这些')[language]}", ""]
        lines += [f"- {escaped(note.message[language])} ({note.id})" for note in advice.notes]
    if economics is not None:
        lines += ["", f"## {Text('The money', '钱')[language]}", ""]
        lines += figures_lines(economics, rulebook, language)
        if plan.model in economics.cash:
            bank = bank_sentence(economics.cash[plan.model], economics)
            lines += [f"- {escaped(bank[language])}"]
    for section in plan.sections:
        lines += ["", f"## {escaped(section.title[language])}", ""]
        if section.lead.en:
            lines += [escaped(section.lead[language]), ""]
        lines += _markdown_table(section, rulebook, language)
    if roles:
        lines += ["", f"## {Text('How to pay them', '怎么给他们发钱')[language]}", ""]
        lines += [
            f"- {escaped(role.title[language])}: {escaped(role.remarks[language])} "
            f"(`salesadvisor commission --template {role.id}`)"
            for role in roles
        ]
    out.write("\n".join(lines) + "\n")


def _markdown_table(section: PlanSection, rulebook: Rulebook, language: Language) -> list[str]:
    dated = any(row.day is not None for row in section.rows)
    numbered = any(row.number is not None for row in section.rows)
    heads = [Text("By", "期限")[language]] if dated else []
    heads += ["#"] if numbered else []
    heads += [words[language] for words in section.columns.values()]
    heads.append(Text("Rests on", "依据")[language])
    rows: list[list[str]] = []
    for row in section.rows:
        cells = [row.day.isoformat() if row.day is not None else ""] if dated else []
        cells += [str(row.number)] if numbered else []
        cells += [row.cells[key][language] if key in row.cells else "" for key in section.columns]
        told = evidence_text(row.evidence, language)
        if row.waits_for:
            titles = ", ".join(rulebook.question[id].title[language] for id in row.waits_for)
            told += f" ({Text('answer first', '先回答')[language]}: {titles})"
        rows.append([*cells, told])
    shown = ["| " + " | ".join(escaped(cell) for cell in row) + " |" for row in [heads, *rows]]
    return [shown[0], "|" + " :-- |" * len(heads), *shown[1:]]


def plan_record(
    plan: Plan,
    advice: Advice,
    economics: Economics | None,
    roles: tuple[Role, ...],
    language: Language,
) -> Mapping[str, object]:
    """Return the plan as plain data; keys are always present, in this order."""
    return {
        "schema": SCHEMA,
        "name": advice.name,
        "model": plan.model,
        "recommendation": advice.recommendation,
        "start": plan.start.isoformat(),
        "promise": plan.promise[language],
        "notes": [
            {"id": note.id, "message": note.message[language]}
            for note in (advice.notes if plan.is_advised else ())
        ],
        "figures": None if economics is None else figures_record(economics, language),
        "warnings": [
            {"id": w.id, "message": w.message[language]}
            for w in (advice.cross_checks if plan.is_advised else ())
        ],
        "sections": [
            {
                "id": section.id,
                "title": section.title[language],
                "lead": section.lead[language],
                "columns": {key: words[language] for key, words in section.columns.items()},
                "rows": [
                    {
                        "id": row.id,
                        "number": row.number,
                        "date": None if row.day is None else row.day.isoformat(),
                        **{
                            key: row.cells[key][language] if key in row.cells else None
                            for key in section.columns
                        },
                        "waits_for": list(row.waits_for),
                        "status": str(row.evidence.status),
                        "sources": list(row.evidence.sources),
                        "at": str(row.at),
                    }
                    for row in section.rows
                ],
            }
            for section in plan.sections
        ],
        "roles": [role.id for role in roles],
    }

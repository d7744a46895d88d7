"""The models side by side on a terminal, as data, or as Markdown."""

from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text as Line

from salesadvisor.report.markdown import escaped
from salesadvisor.report.terminal import folded, make_console
from salesadvisor.report.wording import STATUS_WORDS
from salesadvisor.rulebook.comparison import Fact, Section
from salesadvisor.rulebook.definitions import Model, Rulebook, Status
from salesadvisor.text import Language, Text


def render_table(
    sections: tuple[Section, ...],
    models: tuple[Model, ...],
    language: Language,
    out: TextIO,
    *,
    color: bool,
) -> None:
    """Write the comparison as tables, section by section."""
    console = make_console(out, color=color)
    first = 16 if console.width < 80 else 20
    column = (console.width - first - 2) // len(models) - 3  # padding, and a gap
    for section in sections:
        console.print(Line(section.title[language], style="bold cyan"))
        table = Table(box=SIMPLE_HEAD, padding=(0, 1), show_edge=False)
        table.add_column("", overflow="fold", width=first)
        for model in models:
            table.add_column(Line(model.short[language]), overflow="fold", width=column)
        for row in section.rows:
            table.add_row(
                folded(Line(row.aspect[language], style="bold"), first),
                *(folded(_cell(row.cells[model.id], language), column) for model in models),
            )
        console.print(table)
        for note in section.notes:
            line = Line(note.text[language])
            line.append(f"  [{cited(note, language)}]", style="dim")
            console.print(folded(line, console.width))
        console.print()
    console.print(Line(Text("Next:", "下一步：")[language], style="bold"))
    console.print("  salesadvisor interview")


def _cell(fact: Fact, language: Language) -> Line:
    line = Line(fact.text[language])
    line.append(f" [{cited(fact, language)}]", style="dim")
    return line


def cited(fact: Fact, language: Language) -> str:
    """Return the ids of a fact's sources, or in one or two words why it has none."""
    if fact.evidence.status is Status.SOURCED:
        return ", ".join(fact.evidence.sources)
    return STATUS_WORDS[fact.evidence.status][language]


def comparison_record(
    sections: tuple[Section, ...], models: tuple[Model, ...], language: Language
) -> dict[str, object]:
    """Return the comparison as plain data."""

    def fact(found: Fact) -> dict[str, object]:
        return {
            "text": found.text[language],
            "sources": list(found.evidence.sources),
            "status": str(found.evidence.status),
        }

    return {
        "schema": "salesadvisor.comparison/1",
        "models": {model.id: model.name[language] for model in models},
        "sections": [
            {
                "id": section.id,
                "title": section.title[language],
                "rows": [
                    {
                        "id": row.id,
                        "aspect": row.aspect[language],
                        "cells": {model.id: fact(row.cells[model.id]) for model in models},
                    }
                    for row in section.rows
                ],
                "notes": [fact(note) for note in section.notes],
            }
            for section in sections
        ],
    }


def render_markdown(
    sections: tuple[Section, ...],
    models: tuple[Model, ...],
    rulebook: Rulebook,
    language: Language,
    out: TextIO,
) -> None:
    """Write the comparison as Markdown tables."""
    out.write(f"# {escaped(rulebook.name[language])}\n")
    for section in sections:
        heads = [Text("Aspect", "方面")[language], *(model.short[language] for model in models)]
        out.write(
            f"\n## {escaped(section.title[language])}\n\n| {' | '.join(map(escaped, heads))} |\n"
        )
        out.write("| :-- " * len(heads) + "|\n")
        for row in section.rows:
            cells = [
                f"{row.cells[m.id].text[language]} ({cited(row.cells[m.id], language)})"
                for m in models
            ]
            out.write(f"| {' | '.join(map(escaped, [row.aspect[language], *cells]))} |\n")
        for note in section.notes:
            out.write(f"\n{escaped(note.text[language])} ({escaped(cited(note, language))})\n")

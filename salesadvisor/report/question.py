"""Questions on a terminal and as data: what is asked, how to answer, what reads it."""

from typing import TextIO

from rich.table import Table
from rich.text import Text as Line

from salesadvisor.language.syntax import names_in
from salesadvisor.report.terminal import folded, make_console
from salesadvisor.rulebook.answer_file import range_text
from salesadvisor.rulebook.definitions import (
    ChoiceQuestion,
    Entry,
    NumberQuestion,
    Question,
    Rulebook,
)
from salesadvisor.text import Language, Text


def readers_of(question: Question, rulebook: Rulebook) -> list[str]:
    """Return the ids of the rules, vetoes and patterns that read a question's answer."""
    return [entry.id for entry in rulebook.entries if question.id in _names_behind(entry, rulebook)]


def _names_behind(entry: Entry, rulebook: Rulebook) -> set[str]:
    """Return every name that the entry's condition reads, through formulas."""
    found: set[str] = set()
    waiting = list(names_in(entry.when))
    formulas = {formula.id: formula for formula in rulebook.formulas}
    while waiting:
        name = waiting.pop()
        found.add(name)
        if name in formulas:
            waiting += names_in(formulas[name].value)
    return found


def render_list(rulebook: Rulebook, language: Language, out: TextIO, *, color: bool) -> None:
    """Write all questions, one a line; `*` marks those that are asked first."""
    console = make_console(out, color=color)
    for part in rulebook.parts:
        console.print(Line(part.title[language], style="bold cyan"))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        room = console.width - max(len(q.id) for q in rulebook.asked) - 6
        for question in rulebook.asked:
            if question.part == part.id:
                mark = "*" if question.first else " "
                grid.add_row(
                    Line(f"{mark} {question.id}", style="bold"),
                    folded(Line(question.prompt[language]), room),
                )
        console.print(grid)
        console.print()
    console.print(
        Line(
            Text(
                "* asked first. One of them in full: salesadvisor questions ID",
                "* 先问的问题。查看某一题的全文：salesadvisor questions ID",
            )[language],
            style="dim",
        )
    )


def render_one(
    question: Question, rulebook: Rulebook, language: Language, out: TextIO, *, color: bool
) -> None:
    """Write everything there is to say about one question."""
    console = make_console(out, color=color)

    def say(words: str, style: str = "") -> None:
        console.print(folded(Line(words, style=style), console.width))

    say(f"{question.title[language]}  ({question.id})", "bold cyan")
    say(question.prompt[language], "bold")
    say(question.help[language])
    match question:
        case NumberQuestion():
            say(range_text(question)[language])
            for value, label in question.anchors.items():
                say(f"  {value}  {label[language]}")
        case ChoiceQuestion():
            width = max(len(id) for id in question.options)
            for id, label in question.options.items():
                say(f"  {id:<{width}}  {label[language]}")
    say("")
    say(Text("Why we ask", "为什么问")[language], "bold")
    say(question.why[language])
    say("")
    colon = Text(": ", "：")[language]
    say(
        Text("Read by", "用到它的规则")[language]
        + colon
        + ", ".join(readers_of(question, rulebook)),
        "dim",
    )
    say(str(question.at), "dim")


def question_record(
    question: Question, rulebook: Rulebook, language: Language
) -> dict[str, object]:
    """Return a question as plain data."""
    record: dict[str, object] = {
        "id": question.id,
        "part": question.part,
        "first": question.first,
        "kind": str(question.kind),
        "title": question.title[language],
        "prompt": question.prompt[language],
        "help": question.help[language],
        "why": question.why[language],
    }
    match question:
        case NumberQuestion():
            record["unit"] = question.unit
            record["domain"] = [question.domain.low, question.domain.high]
            record["step"] = float(question.step)
            record["anchors"] = {str(v): label[language] for v, label in question.anchors.items()}
        case ChoiceQuestion():
            record["options"] = {id: label[language] for id, label in question.options.items()}
            record["exclusive"] = question.exclusive
    return record | {"read_by": readers_of(question, rulebook), "at": str(question.at)}

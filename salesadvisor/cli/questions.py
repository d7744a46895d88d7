"""`salesadvisor questions`: what is asked, and why."""

from typing import Annotated

import typer

from salesadvisor.cli.options import Format, LangOption, PlainColorOption, RulesOption
from salesadvisor.cli.streams import SESSION, emit, result_page
from salesadvisor.problems import Place, Problem, UserError, did_you_mean
from salesadvisor.text import Text


def questions(
    id_: Annotated[str | None, typer.Argument(metavar="[ID]", help="One question in full.")] = None,
    format_: Annotated[
        Format, typer.Option("--format", "-f", help="table, json or jsonl.")
    ] = Format.TABLE,
    rules: RulesOption = None,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """Show the questions, or one of them with its help and the rules that read it.

    \b
    Examples:
      salesadvisor questions
      salesadvisor questions demo_mode
    """
    from salesadvisor.report import question as report
    from salesadvisor.report.record import write_json
    from salesadvisor.rulebook.cache import load_rulebook

    if format_ is Format.MARKDOWN:
        raise typer.BadParameter("questions come as table, json or jsonl")
    rulebook = load_rulebook(rules)
    chosen = [q for q in rulebook.asked if id_ in (None, q.id)]
    if not chosen:
        raise UserError([unknown_id(id_ or "", [q.id for q in rulebook.asked])])
    page = result_page()
    language = SESSION.language
    match format_:
        case Format.TABLE if id_ is None:
            report.render_list(rulebook, language, page, color=SESSION.color)
        case Format.TABLE:
            report.render_one(chosen[0], rulebook, language, page, color=SESSION.color)
        case Format.JSON:
            records = [report.question_record(q, rulebook, language) for q in chosen]
            write_json(records if id_ is None else records[0], page)
        case Format.JSONL:
            for question in chosen:
                write_json(report.question_record(question, rulebook, language), page, indent=None)
    emit(page.getvalue())


def unknown_id(id: str, known: list[str]) -> Problem:
    """Return the problem of an id on the command line that nothing has."""
    return Problem(
        code="unknown-id",
        message=Text(f"nothing here is called `{id[:60]}`", f"这里没有叫 `{id[:60]}` 的"),
        place=Place(file="ID"),
        hint=did_you_mean(id, known),
    )

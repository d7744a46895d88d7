"""`salesadvisor what-if`: what the advice depends on."""

from pathlib import Path
from typing import Annotated

import typer

from salesadvisor.cli.files import answer_files, readable
from salesadvisor.cli.options import (
    AssumeOption,
    Format,
    LangOption,
    PlainColorOption,
    ProblemsOption,
    RulesOption,
    SetOption,
    WeightOption,
)
from salesadvisor.cli.settings import read_settings
from salesadvisor.cli.streams import (
    SESSION,
    ProblemsFormat,
    emit,
    result_page,
    tell_problems,
)
from salesadvisor.problems import UserError, did_you_mean
from salesadvisor.text import visible


def what_if(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Answers: YAML or JSON files, folders of them, `-` for standard input.",
        ),
    ],
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary", metavar="ID", help="Draw the outcome along the answers to this question."
        ),
    ] = None,
    set_: SetOption = None,
    weight: WeightOption = None,
    assume: AssumeOption = None,
    rules: RulesOption = None,
    format_: Annotated[
        Format, typer.Option("--format", "-f", help="table, json or jsonl.")
    ] = Format.TABLE,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next two
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """Show what would change the advice: tipping points, how firm it is, when to look again.

    \b
    Examples:
      salesadvisor what-if answers.yaml
      salesadvisor what-if answers.yaml --vary acv --vary demo_mode
    """
    if format_ is Format.MARKDOWN:
        raise typer.BadParameter("what-if comes as table, json or jsonl")
    from salesadvisor.advice.what_if import ask_what_if
    from salesadvisor.report import what_if as report
    from salesadvisor.report.record import write_json
    from salesadvisor.rulebook.answers import load_answers
    from salesadvisor.rulebook.cache import load_rulebook
    from salesadvisor.rulebook.definitions import QuestionId

    rulebook = load_rulebook(rules)
    for id in vary or ():
        if id not in rulebook.question:
            hint = did_you_mean(id, rulebook.question).en
            raise typer.BadParameter(f"`{visible(id)}` is no question; {hint}".rstrip("; "))
    settings = read_settings(rulebook, set_, weight, assume)
    several = len(files) > 1 or files[0].is_dir()
    records: list[object] = []
    failed = False
    for number, path in enumerate(answer_files(files)):
        try:
            answers = load_answers(readable(path), rulebook, settings)
        except UserError as error:
            if not several:
                raise
            tell_problems(error)
            failed = True
            continue
        found = ask_what_if(rulebook, answers, [QuestionId(id) for id in vary or ()])
        page = result_page()
        if format_ is Format.TABLE:
            if number:
                page.write("\n" + "=" * 60 + "\n\n")
            report.render(found, rulebook, SESSION.language, page, color=SESSION.color)
        else:
            record = report.what_if_record(found, rulebook, SESSION.language)
            records.append(record)
            if format_ is Format.JSONL:
                write_json(record, page, indent=None)
        emit(page.getvalue())
    if format_ is Format.JSON and not failed:
        page = result_page()
        write_json(records if several else records[0], page)
        emit(page.getvalue())
    if failed:
        raise typer.Exit(1)

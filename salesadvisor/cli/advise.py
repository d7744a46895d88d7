"""`salesadvisor advise`: from answers to advice."""

# Imports of what only this command needs stand inside: `--help` must start at once.
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salesadvisor.cli.files import answer_files, readable
from salesadvisor.cli.options import (
    AssumeOption,
    ForceOption,
    Format,
    FormatOption,
    LangOption,
    OutputOption,
    PlainColorOption,
    ProblemsOption,
    QuietOption,
    RulesOption,
    SetOption,
    WeightOption,
)
from salesadvisor.cli.settings import read_settings
from salesadvisor.cli.streams import (
    SESSION,
    Page,
    ProblemsFormat,
    deliver,
    emit,
    result_page,
    tell_problems,
)
from salesadvisor.problems import UserError

if TYPE_CHECKING:
    from salesadvisor.advice.definitions import Advice
    from salesadvisor.rulebook.answers import Answers
    from salesadvisor.rulebook.definitions import Rulebook

_SUFFIXES = {
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".md": Format.MARKDOWN,
    ".txt": Format.TABLE,
}


def advise(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE|DIR|-]...",
            help="Answers: YAML or JSON files, folders of them, `-` for standard input.",
        ),
    ] = None,
    set_: SetOption = None,
    weight: WeightOption = None,
    assume: AssumeOption = None,
    rules: RulesOption = None,
    format_: FormatOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next three
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
    quiet: QuietOption = False,  # noqa: ARG001
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """Recommend a sales model for each file of answers, with reasons.

    \b
    Examples:
      salesadvisor advise answers.yaml
      salesadvisor advise --set acv=20k..60k --set cycle_days='6 weeks' --set demo_mode=screen
      salesadvisor advise customers/ --format jsonl > advice.jsonl
    """
    chosen = _format(format_, output)
    if not files and not set_:
        raise typer.BadParameter(
            "name a file of answers (`salesadvisor template` prints one to fill in), or --set answers"
        )
    from salesadvisor.advice.explanation import advise_on
    from salesadvisor.rulebook.answers import answers_from_settings, load_answers
    from salesadvisor.rulebook.cache import load_rulebook

    rulebook = load_rulebook(rules)
    settings = read_settings(rulebook, set_, weight, assume)
    several = files is not None and (len(files) > 1 or files[0].is_dir())
    writer = _Writer(rulebook, chosen, output, several=several)

    def answers_of(path: Path | None) -> "Answers":
        return (
            load_answers(readable(path), rulebook, settings)
            if path is not None
            else answers_from_settings(rulebook, settings)
        )

    if not several:
        writer.add(advise_on(rulebook, answers_of(files[0] if files else None)))
    for path in answer_files(files or []) if several else ():
        try:
            writer.add(advise_on(rulebook, answers_of(path)))
        except UserError as error:
            tell_problems(error)
            writer.failed = True
    writer.finish(force=force, inputs=list(answer_files(files or [])))
    if writer.failed:
        raise typer.Exit(1)


def _format(asked: Format | None, output: Path | None) -> Format:
    if asked is not None or output is None:
        return asked or Format.TABLE
    found = _SUFFIXES.get(output.suffix.lower())
    if found is None:
        known = ", ".join(_SUFFIXES)
        raise typer.BadParameter(f"--output ends in one of {known}, or add --format")
    return found


class _Writer:
    """Writes advice as it comes, or all together, as the format and the number of files want."""

    def __init__(
        self, rulebook: "Rulebook", format_: Format, output: Path | None, *, several: bool
    ) -> None:
        self.rulebook = rulebook
        self.format = format_
        self.output = output
        self.several = several
        self.failed = False
        self.records: list[object] = []
        self.count = 0
        self.page = result_page() if output is None else Page(None)

    def add(self, advice: "Advice") -> None:
        language = SESSION.language
        self.count += 1
        match self.format:
            case Format.TABLE:
                from salesadvisor.report import table

                if self.count > 1:
                    self.page.write("\n" + "=" * 60 + "\n\n")
                table.render(
                    advice, self.rulebook, language, self.page,
                    color=SESSION.color, quiet=SESSION.quiet,
                )  # fmt: skip
            case Format.MARKDOWN:
                from salesadvisor.report import markdown

                markdown.render(advice, self.rulebook, language, self.page)
            case Format.JSON:
                from salesadvisor.report.record import advice_record

                self.records.append(advice_record(advice, language))
            case Format.JSONL:
                from salesadvisor.report.record import advice_record, write_json

                record = advice_record(advice, language)
                write_json(record, self.page, indent=None)
        if self.output is None and self.format is not Format.JSON:
            self._flush()

    def _flush(self) -> None:
        emit(self.page.getvalue())
        self.page = result_page()

    def finish(self, *, force: bool, inputs: list[Path]) -> None:
        if self.format is Format.JSON and not self.failed:
            from salesadvisor.report.record import write_json

            write_json(self.records if self.several else self.records[0], self.page)
        if self.output is None:
            self._flush()
            return
        if self.failed and self.format is Format.JSON:
            return
        deliver(self.page.getvalue(), self.output, force=force, inputs=inputs)

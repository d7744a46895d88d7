"""The options that commands share, so that each means the same everywhere."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from salesadvisor.cli.streams import SESSION, ProblemsFormat
from salesadvisor.text import Language


class Format(StrEnum):
    """In which form advice is written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"


def form_of(asked: Format | None, output: Path | None) -> Format:
    """Return the form of a result: as asked, else by the suffix of its file."""
    if asked is not None or output is None:
        return asked or Format.TABLE
    suffix = output.suffix.lower()
    if suffix in (".html", ".htm"):
        raise typer.BadParameter("there is no HTML yet; name the file .md, .json or .txt")
    forms = {".md": Format.MARKDOWN, ".json": Format.JSON, ".jsonl": Format.JSONL}
    return forms.get(suffix, Format.TABLE)


def _set_language(value: Language | None) -> Language | None:
    SESSION.asked_language = value
    return value


def _set_problems(value: ProblemsFormat) -> ProblemsFormat:
    SESSION.problems = value
    return value


def _set_quiet(value: bool) -> bool:
    SESSION.quiet = value
    return value


def _set_plain(value: bool) -> bool:
    SESSION.plain = value
    return value


RulesOption = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="DIR",
        envvar="SALESADVISOR_RULES",
        show_envvar=False,
        help="A rulebook of your own, in place of the built-in one (or SALESADVISOR_RULES).",
    ),
]
LangOption = Annotated[
    Language | None,
    typer.Option(
        "--lang",
        callback=_set_language,
        is_eager=True,
        help="English or Chinese 中文 (else SALESADVISOR_LANG, LC_ALL, LC_MESSAGES, LANG).",
    ),
]
ProblemsOption = Annotated[
    ProblemsFormat,
    typer.Option(
        "--problems",
        callback=_set_problems,
        is_eager=True,
        help="How problems in the input are told.",
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", callback=_set_quiet, is_eager=True, help="The verdict only."),
]
PlainColorOption = Annotated[
    bool,
    typer.Option(
        "--no-color", callback=_set_plain, is_eager=True, help="No colour (or set NO_COLOR)."
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="The form of the result; else by the suffix of --output."),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the result to a file."),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="ID=VALUE",
        help="An answer, in place of the file's; may be given several times.",
    ),
]
WeightOption = Annotated[
    list[str] | None,
    typer.Option(
        "--weight",
        metavar="CRITERION=NUMBER",
        help="How much a criterion counts: 1 is usual, 0 leaves it out, 2 is twice.",
    ),
]
AssumeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--assume", metavar="ID=VALUE", help="A figure of your own for one of our assumptions."
    ),
]

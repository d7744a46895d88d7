"""`salesadvisor template`: a file of answers to start from."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from salesadvisor.cli.options import ForceOption, LangOption, OutputOption, RulesOption
from salesadvisor.cli.streams import SESSION, deliver
from salesadvisor.problems import did_you_mean
from salesadvisor.text import visible


class TemplateFormat(StrEnum):
    """In which form a template is written."""

    YAML = "yaml"
    CSV = "csv"


def template(
    example: Annotated[
        str | None,
        typer.Option(
            "--example", metavar="NAME", help="A ready example, such as devtool; `list` names them."
        ),
    ] = None,
    format_: Annotated[
        TemplateFormat, typer.Option("--format", "-f", help="YAML with help, or a CSV header.")
    ] = TemplateFormat.YAML,
    rules: RulesOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback
) -> None:
    """Print an answer file to fill in, or one of the examples.

    \b
    Examples:
      salesadvisor template > answers.yaml
      salesadvisor template --example medical_robot
    """
    from salesadvisor.rulebook import answer_file
    from salesadvisor.rulebook.cache import load_rulebook

    if example is not None:
        text = _example(example, rules)
    elif format_ is TemplateFormat.CSV:
        text = answer_file.csv_header(load_rulebook(rules)) + "\n"
    else:
        text = answer_file.template(load_rulebook(rules), SESSION.language)
    deliver(text, output, force=force)


def _example(name: str, rules: Path | None) -> str:
    from salesadvisor.documents.source import read_source
    from salesadvisor.rulebook.folder import built_in_rules

    folder = (rules or built_in_rules()) / "examples"
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    if name == "list":
        return "".join(f"{known}\n" for known in names)
    if name not in names:
        hint = did_you_mean(name, names)[SESSION.language]
        raise typer.BadParameter(f"there is no example `{visible(name)}`; {hint}")
    return read_source(folder / f"{name}.yaml")

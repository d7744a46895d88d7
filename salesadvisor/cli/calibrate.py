"""`salesadvisor rules calibrate`: the rulebook against what real companies do."""

from pathlib import Path
from typing import Annotated

import typer

from salesadvisor.cli.options import (
    Format,
    LangOption,
    PlainColorOption,
    ProblemsOption,
    RulesOption,
)
from salesadvisor.cli.streams import SESSION, ProblemsFormat, emit, result_page


def calibrate(
    cases: Annotated[
        Path | None,
        typer.Argument(
            metavar="[CASES]",
            help="A file of cases or a folder of them; the rulebook's own `cases/` if left out.",
        ),
    ] = None,
    rules: RulesOption = None,
    format_: Annotated[
        Format, typer.Option("--format", "-f", help="table or json.")
    ] = Format.TABLE,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next two
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """Hold the advice against companies whose way of selling is publicly stated, and founders.

    Agreement with its intervals, confusion, how far the shares can be trusted, and each
    disagreement with both sides.

    \b
    Examples:
      salesadvisor rules calibrate
      salesadvisor rules calibrate my-cases.yaml --rules my-rules --format json
    """
    from salesadvisor.advice.calibration import calibrate as measure
    from salesadvisor.report import calibration as report
    from salesadvisor.report.record import write_json
    from salesadvisor.rulebook.cache import load_rulebook
    from salesadvisor.rulebook.cases import load_cases
    from salesadvisor.rulebook.folder import built_in_rules
    from salesadvisor.rulebook.founder_cases import load_founders

    if format_ not in (Format.TABLE, Format.JSON):
        raise typer.BadParameter("a calibration comes as table or json")
    rulebook = load_rulebook(rules)
    own = (rules or built_in_rules()) / "cases"
    path = cases or own
    found = measure(rulebook, load_cases(path, rulebook), load_founders(path, rulebook))
    page = result_page()
    if format_ is Format.TABLE:
        report.render(found, rulebook, SESSION.language, page, color=SESSION.color)
    else:
        write_json(report.calibration_record(found, rulebook, SESSION.language), page)
    emit(page.getvalue())

"""`salesadvisor compare`: the models side by side, without an interview."""

from typing import Annotated

import typer

from salesadvisor.cli.options import (
    Format,
    LangOption,
    PlainColorOption,
    RulesOption,
)
from salesadvisor.cli.streams import SESSION, emit, result_page
from salesadvisor.text import visible


def compare(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL]...", help="Which: inside, outside, hybrid; all if none is named."
        ),
    ] = None,
    section: Annotated[
        str | None, typer.Option("--section", metavar="ID", help="Only one section, such as pay.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="The form.")] = Format.TABLE,
    rules: RulesOption = None,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """Show the models side by side: activities, relationship, cycle, pay, roles, skills.

    \b
    Examples:
      salesadvisor compare
      salesadvisor compare inside outside --section pay
    """
    from salesadvisor.rulebook.cache import rulebook_in
    from salesadvisor.rulebook.comparison import load_comparison
    from salesadvisor.rulebook.folder import read_folder

    folder = read_folder(rules)
    rulebook = rulebook_in(folder)
    known = [model.id for model in rulebook.models]
    for name in models or ():
        if name not in known:
            raise typer.BadParameter(
                f"`{visible(name)}` is not a model; there are {', '.join(known)}"
            )
    chosen = tuple(m for m in rulebook.models if not models or m.id in models)
    sections = load_comparison(folder, rulebook)
    if section is not None:
        if section not in [s.id for s in sections]:
            raise typer.BadParameter(
                f"there is no section `{visible(section)}`; there are {', '.join(s.id for s in sections)}"
            )
        sections = tuple(s for s in sections if s.id == section)
    page = result_page()
    from salesadvisor.report import comparison
    from salesadvisor.report.record import write_json

    match format_:
        case Format.TABLE:
            comparison.render_table(sections, chosen, SESSION.language, page, color=SESSION.color)
        case Format.MARKDOWN:
            comparison.render_markdown(sections, chosen, rulebook, SESSION.language, page)
        case Format.JSON | Format.JSONL:
            record = comparison.comparison_record(sections, chosen, SESSION.language)
            write_json(record, page, indent=2 if format_ is Format.JSON else None)
    emit(page.getvalue())

"""`salesadvisor why`: why a rule fired, a model won or lost, a question is asked."""

from pathlib import Path
from typing import Annotated

import typer

from salesadvisor.cli.files import readable
from salesadvisor.cli.options import (
    AssumeOption,
    LangOption,
    PlainColorOption,
    ProblemsOption,
    RulesOption,
    SetOption,
    WeightOption,
)
from salesadvisor.cli.settings import read_settings
from salesadvisor.cli.streams import SESSION, ProblemsFormat, emit, result_page
from salesadvisor.problems import did_you_mean
from salesadvisor.text import visible


def why(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Answers; `-` for standard input.")],
    what: Annotated[
        str,
        typer.Argument(metavar="RULE|MODEL|QUESTION", help="Such as C02, hybrid or acv."),
    ],
    set_: SetOption = None,
    weight: WeightOption = None,
    assume: AssumeOption = None,
    rules: RulesOption = None,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next two
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """Explain one thing: a rule with its numbers, a model and what keeps it back, a question.

    \b
    Examples:
      salesadvisor why answers.yaml hybrid
      salesadvisor why answers.yaml C02
    """
    from salesadvisor.advice.why import Inquiry
    from salesadvisor.report import why as report
    from salesadvisor.rulebook.answers import load_answers
    from salesadvisor.rulebook.cache import load_rulebook
    from salesadvisor.rulebook.definitions import ModelId, QuestionId

    rulebook = load_rulebook(rules)
    entries = [entry.id for entry in rulebook.entries]
    known = [*rulebook.model, *rulebook.question, *entries]
    if what not in known:
        hint = did_you_mean(what, known).en
        raise typer.BadParameter(f"`{visible(what)}` is no model, question, rule or veto; {hint}")
    settings = read_settings(rulebook, set_, weight, assume)
    inquiry = Inquiry(rulebook, load_answers(readable(file), rulebook, settings))
    page = result_page()
    language, color = SESSION.language, SESSION.color
    if what in rulebook.model:
        report.render_model(inquiry, ModelId(what), language, page, color=color)
    elif what in rulebook.question:
        report.render_question(inquiry, QuestionId(what), language, page, color=color)
    else:
        report.render_entry(inquiry, what, language, page, color=color)
    emit(page.getvalue())

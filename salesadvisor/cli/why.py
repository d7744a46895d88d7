"""`salesadvisor why`: why a rule fired, a model won or lost, a figure is what it is."""

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

_ALL_OPINIONS = "second-opinions"


def why(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Answers; `-` for standard input.")],
    what: Annotated[
        str,
        typer.Argument(
            metavar="RULE|MODEL|QUESTION|FIGURE",
            help="Such as C02, hybrid, acv, payback_months.inside, SO01 or second-opinions.",
        ),
    ],
    set_: SetOption = None,
    weight: WeightOption = None,
    assume: AssumeOption = None,
    rules: RulesOption = None,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next two
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """Explain one thing: a rule, a model and what keeps it back, a question, a figure.

    \b
    Examples:
      salesadvisor why answers.yaml hybrid
      salesadvisor why answers.yaml payback_months.inside
    """
    from salesadvisor.advice.explanation import advise_on
    from salesadvisor.advice.figure_account import account_for, figure_ids
    from salesadvisor.advice.second_opinions import find_second_opinions
    from salesadvisor.advice.why import Inquiry
    from salesadvisor.report import why as report
    from salesadvisor.report.why_opinion import render_opinion, render_opinions
    from salesadvisor.rulebook.answers import load_answers
    from salesadvisor.rulebook.cache import load_rulebook
    from salesadvisor.rulebook.definitions import ModelId, QuestionId

    rulebook = load_rulebook(rules)
    entries = [entry.id for entry in rulebook.entries]
    figures = figure_ids(rulebook)
    opinions = rulebook.second_opinions
    frameworks = [f.id for f in opinions.frameworks] if opinions is not None else []
    known = [*rulebook.model, *rulebook.question, *entries, *figures, *frameworks]
    known += [_ALL_OPINIONS] if frameworks else []
    if what not in known:
        hint = did_you_mean(what, known).en
        raise typer.BadParameter(
            f"`{visible(what)}` is no model, question, rule, veto or figure; {hint}"
        )
    settings = read_settings(rulebook, set_, weight, assume)
    answers = load_answers(readable(file), rulebook, settings)
    page = result_page()
    language, color = SESSION.language, SESSION.color
    if what in figures:
        from salesadvisor.report.why_figure import render_figures

        ids = [f.id for f in rulebook.formulas if what in (f.id, f.figure)]
        accounts = [account_for(rulebook, answers, id) for id in ids]
        render_figures(accounts, rulebook, answers, language, page, color=color)
    elif what == _ALL_OPINIONS:
        render_opinions(advise_on(rulebook, answers), rulebook, language, page, color=color)
    elif what in frameworks:
        found = find_second_opinions(rulebook, answers)
        render_opinion(
            next(o for o in found if o.id == what), rulebook, language, page, color=color
        )
    elif what in rulebook.model:
        report.render_model(Inquiry(rulebook, answers), ModelId(what), language, page, color=color)
    elif what in rulebook.question:
        report.render_question(
            Inquiry(rulebook, answers), QuestionId(what), language, page, color=color
        )
    else:
        report.render_entry(Inquiry(rulebook, answers), what, language, page, color=color)
    emit(page.getvalue())

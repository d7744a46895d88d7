"""`salesadvisor plan`: what to do on Monday, whom to hire, what it costs."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from salesadvisor.cli.files import readable
from salesadvisor.cli.options import (
    AssumeOption,
    ForceOption,
    Format,
    FormatOption,
    LangOption,
    OutputOption,
    PlainColorOption,
    ProblemsOption,
    RulesOption,
    SetOption,
    WeightOption,
    form_of,
)
from salesadvisor.cli.settings import read_settings
from salesadvisor.cli.streams import (
    SESSION,
    ProblemsFormat,
    deliver,
    result_page,
)
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.text import Text, visible

_FIRST_YEAR, _LAST_YEAR = 1900, 9000  # the last day of the calendar has no day after it


def plan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Answers; `-` for standard input.")],
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="M", help="For this model, whatever the advice says."),
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option("--start", formats=["%Y-%m-%d"], help="The first day; today, else."),
    ] = None,
    set_: SetOption = None,
    weight: WeightOption = None,
    assume: AssumeOption = None,
    rules: RulesOption = None,
    format_: FormatOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next two
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """Write the playbook for your answers: process, hires, skills, KPIs, the first 90 days, money.

    \b
    Examples:
      salesadvisor plan answers.yaml --start 2027-01-04
      salesadvisor plan answers.yaml --model inside --output plan.md
    """
    from salesadvisor.advice.economics import find_economics
    from salesadvisor.advice.explanation import advise_on
    from salesadvisor.advice.plan import fits, make_plan, plan_values
    from salesadvisor.commission.roles import load_pay
    from salesadvisor.report import plan as report
    from salesadvisor.rulebook.answers import load_answers
    from salesadvisor.rulebook.cache import rulebook_in
    from salesadvisor.rulebook.definitions import ModelId
    from salesadvisor.rulebook.folder import read_folder
    from salesadvisor.rulebook.playbooks import load_playbooks

    if start is not None and not _FIRST_YEAR <= start.year <= _LAST_YEAR:
        raise typer.BadParameter(f"--start lies between {_FIRST_YEAR} and {_LAST_YEAR}")
    folder = read_folder(rules)
    rulebook = rulebook_in(folder)
    if model is not None and model not in rulebook.model:
        known = ", ".join(rulebook.model)
        raise typer.BadParameter(f"`{visible(model)}` is not a model; there are {known}")
    playbooks = load_playbooks(folder, rulebook)
    settings = read_settings(rulebook, set_, weight, assume)
    answers = load_answers(readable(file), rulebook, settings)
    advice = advise_on(rulebook, answers)
    chosen = ModelId(model) if model is not None else advice.recommendation
    if chosen is None:
        raise UserError([_no_model(file, ", ".join(rulebook.model))])
    if chosen not in playbooks:
        raise UserError([_no_playbook(chosen, folder.label)])
    day = (start or datetime.now()).date()
    values = plan_values(chosen, rulebook, answers, advice)
    found = make_plan(playbooks[chosen], answers, advice, day, values)
    economics = advice.economics or find_economics(rulebook, answers)
    pay = load_pay(folder, rulebook)
    roles = tuple(
        role
        for role in (pay.roles if pay else ())
        if chosen in role.models and role.plan and fits(role.when, values)
    )
    page, language = result_page(), SESSION.language
    match form_of(format_, output):
        case Format.MARKDOWN:
            report.render_markdown(found, advice, economics, roles, rulebook, language, page)
        case Format.JSON | Format.JSONL as form:
            from salesadvisor.report.record import write_json

            record = report.plan_record(found, advice, economics, roles, language)
            write_json(record, page, indent=2 if form is Format.JSON else None)
        case Format.TABLE:
            report.render(
                found, advice, economics, roles, rulebook, language, page,
                color=SESSION.color and output is None,
            )  # fmt: skip
    deliver(page.getvalue(), output, force=force, inputs=[file])


def _no_model(file: Path, known: str) -> Problem:
    return Problem(
        code="no-recommendation",
        message=Text("there is no recommendation yet to plan for", "还没有建议，无法制定计划"),
        place=Place(file=str(file)),
        hint=Text(
            f"answer more questions, or choose with `--model` ({known})",
            f"请多回答几个问题，或用 `--model` 指定（{known}）",
        ),
    )


def _no_playbook(model: str, folder: str) -> Problem:
    return Problem(
        code="no-playbook",
        message=Text(f"there is no playbook for `{model}`", f"没有 `{model}` 的行动手册"),
        place=Place(file=folder),
        hint=Text(
            f"add `playbooks/{model}.yaml` to the rulebook",
            f"请在规则库里加上 `playbooks/{model}.yaml`",
        ),
    )

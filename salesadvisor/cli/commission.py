"""`salesadvisor commission`: what a commission plan pays, costs, and gets wrong."""

import shlex
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salesadvisor.cli.files import readable
from salesadvisor.cli.options import (
    ForceOption,
    Format,
    FormatOption,
    LangOption,
    OutputOption,
    PlainColorOption,
    ProblemsOption,
    RulesOption,
    form_of,
)
from salesadvisor.cli.streams import (
    SESSION,
    ProblemsFormat,
    deliver,
    result_page,
)
from salesadvisor.problems import did_you_mean
from salesadvisor.text import visible

if TYPE_CHECKING:
    from salesadvisor.commission.roles import PayKnowledge, Role


def commission(
    plan: Annotated[
        Path | None,
        typer.Argument(metavar="PLAN", help="A plan file (YAML or JSON); `-` for standard input."),
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(
            "--role", metavar="ROLE", help="What is usual for it stands for what the plan omits."
        ),
    ] = None,
    attainment: Annotated[
        str | None,
        typer.Option("--attainment", metavar="A,B,…", help="Attainments to show: 0.8,1,120%."),
    ] = None,
    earn: Annotated[
        str | None,
        typer.Option("--earn", metavar="SUM", help="What must be sold to earn this much a year?"),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            "--template", metavar="ROLE", help="Print a plan file to edit; `list` names the roles."
        ),
    ] = None,
    rules: RulesOption = None,
    format_: FormatOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next two
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """Work out a commission plan: pay step by step, what it costs, what is wrong with it.

    As Markdown it is a page to sign.

    \b
    Examples:
      salesadvisor commission --template ae_inside > plan.yaml
      salesadvisor commission plan.yaml --earn 150000
      salesadvisor commission plan.yaml --format markdown --output plan.md
    """
    from salesadvisor.commission.roles import load_pay
    from salesadvisor.rulebook.cache import rulebook_in
    from salesadvisor.rulebook.folder import read_folder

    folder = read_folder(rules)
    knowledge = load_pay(folder, rulebook_in(folder))
    if template is not None:
        deliver(_template(template, knowledge), output, force=force)
        return
    if plan is None:
        raise typer.BadParameter("give a plan file, or --template ROLE for one to edit")
    roles = knowledge.roles if knowledge is not None else ()
    if role is not None:
        _role(role, roles)
    levels, wanted = _levels(attainment), _sum(earn)
    from salesadvisor.commission.account import account_of
    from salesadvisor.commission.reader import load_plan

    found = load_plan(readable(plan), roles, role)
    account = account_of(found, levels, wanted)
    page = result_page()
    language = SESSION.language
    match form_of(format_, output):
        case Format.MARKDOWN:
            from salesadvisor.report import commission_document

            commission_document.render(account, knowledge, language, page)
        case Format.JSON | Format.JSONL as form:
            from salesadvisor.report.commission_record import account_record
            from salesadvisor.report.record import write_json

            indent = 2 if form is Format.JSON else None
            write_json(account_record(account, language), page, indent=indent)
        case Format.TABLE:
            from salesadvisor.report import commission as report

            name = "PLAN" if str(plan) == "-" else shlex.quote(visible(str(plan)))
            usual = "" if role is None else f" --role {role}"
            command = f"salesadvisor commission {name}{usual} --format markdown --output plan.md"
            report.render(
                account, knowledge, language, page,
                color=SESSION.color and output is None, command=command,
            )  # fmt: skip
    deliver(page.getvalue(), output, force=force, inputs=[plan])


def _template(name: str, knowledge: "PayKnowledge | None") -> str:
    from salesadvisor.commission.template import plan_template

    if knowledge is None:
        raise typer.BadParameter("this rulebook says nothing about pay")
    if name == "list":
        return "".join(f"{r.id:<24} {r.title[SESSION.language]}\n" for r in knowledge.roles)
    return plan_template(_role(name, knowledge.roles), knowledge, SESSION.language)


def _role(name: str, roles: "tuple[Role, ...]") -> "Role":
    for role in roles:
        if role.id == name:
            return role
    hint = did_you_mean(name, [role.id for role in roles])[SESSION.language]
    raise typer.BadParameter(f"there is no role `{visible(name)}`; {hint}")


def _levels(text: str | None) -> list[Fraction]:
    """Return the attainments in `0.8,1,120%`; a bare number above 10 is meant in percent."""
    found: list[Fraction] = []
    for part in (text or "").split(",") if text else ():
        written = part.strip()
        number = _number(written.removesuffix("%"))
        if number is None or number < 0 or number > 100_000:
            raise typer.BadParameter(f"`{visible(written)}` is no attainment; write 0.8,1,120%")
        in_percent = written.endswith("%") or number > _MOST_TIMES
        found.append(number / 100 if in_percent else number)
    return found


_MOST_TIMES = 10


def _sum(text: str | None) -> Decimal | None:
    if text is None:
        return None
    plain = text.replace(",", "").replace("_", "").strip().lower()
    times = {"k": 1_000, "m": 1_000_000}.get(plain[-1:], 1)
    number = _number(plain.rstrip("km") if times > 1 else plain)
    if number is None or number < 0:
        raise typer.BadParameter(f"`{visible(text)}` is no sum; write 150000")
    return Decimal(number.numerator) / Decimal(number.denominator) * times


def _number(text: str) -> Fraction | None:
    import re

    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,6})?", text):
        return None
    return Fraction(text)

"""`salesadvisor rules sql`: the rulebook as one SELECT."""

from typing import Annotated

import typer

from salesadvisor.cli.options import (
    AssumeOption,
    ForceOption,
    LangOption,
    OutputOption,
    ProblemsOption,
    RulesOption,
    WeightOption,
)
from salesadvisor.cli.settings import read_settings
from salesadvisor.cli.streams import ProblemsFormat, deliver, tell
from salesadvisor.problems import did_you_mean


def sql(
    dialect: Annotated[
        str, typer.Option("--dialect", "-d", help="duckdb, spark, postgres, snowflake, bigquery…")
    ] = "duckdb",
    table: Annotated[
        str, typer.Option("--table", metavar="NAME", help="The table that it reads.")
    ] = "records",
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="COLUMN", help="A column that comes along; else `name`."),
    ] = None,
    rules: RulesOption = None,
    weight: WeightOption = None,
    assume: AssumeOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
) -> None:
    """Print the rulebook as one SELECT over a table of answers, for a warehouse or dbt.

    Numbers are numbers, options are text (several joined by |), NULL is an open answer. A record
    that its open answers leave undecided comes out as `open`; `batch` finishes those.

    \b
    Examples:
      salesadvisor rules sql --table crm.accounts --label account_id
      salesadvisor rules sql --dialect spark > models/advice.sql
    """
    from sqlglot.errors import SqlglotError

    from salesadvisor.batch.output import decision_names
    from salesadvisor.batch.statement import TRIED, column_list, dialects, statement
    from salesadvisor.engine.basis import Decision
    from salesadvisor.rulebook.answers import answers_from_settings
    from salesadvisor.rulebook.cache import load_rulebook
    from salesadvisor.text import Language

    if not table.strip():
        raise typer.BadParameter("--table names a table")
    if dialect not in dialects():
        raise typer.BadParameter(f"no dialect `{dialect}`; {did_you_mean(dialect, dialects()).en}")
    rulebook = load_rulebook(rules)
    answers = answers_from_settings(rulebook, read_settings(rulebook, None, weight, assume))
    decision = Decision(rulebook, answers.weights, answers.assumptions)
    labels = tuple(dict.fromkeys(label or ("name",)))
    if len({name.lower() for name in labels}) < len(labels):
        raise typer.BadParameter("two --label differ in case only: to an engine they are the same")
    taken = [name for name in labels if name in decision_names(rulebook)]
    if taken:
        raise typer.BadParameter(f"--label {taken[0]}: the result has a column of that name")
    head = [
        f"{rulebook.name[Language.EN]} {rulebook.version}, {rulebook.digest}",
        f"Reads `{table}`: {', '.join(labels)}, and",
        *(f"  {line}" for line in column_list(rulebook)),
        "NULL where nothing is known. `status` is `open` where answers are missing and more than",
        "one model is left (`possible` then holds at least those that are), `unreadable` where a",
        "value is none of the above.",
    ]
    if dialect not in TRIED:
        untried = f"written for {dialect}, but never run there: tried are {', '.join(TRIED)}"
        head.append(untried)
        tell(untried)
    try:
        body = statement(decision, table, labels, dialect)
    except SqlglotError:
        raise typer.BadParameter(
            "--table is a name, perhaps with its schema: crm.accounts"
        ) from None
    comments = "\n".join(f"-- {' '.join(line.split())}" for line in head)  # each on its own line
    deliver(f"{comments}\n{body}\n", output, force=force)

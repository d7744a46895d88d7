"""`rules sql`: the rulebook as one statement, run as it is printed."""

import csv
from pathlib import Path
from random import Random

import duckdb
import pytest
from msgspec.structs import replace

from salesadvisor.batch.statement import statement
from salesadvisor.engine.basis import Decision
from salesadvisor.engine.completions import plausible_answers
from salesadvisor.problems import UserError
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import NumberQuestion
from salesadvisor.rulebook.writing import write_answer
from tests.advice.rulebooks import choice, make_rulebook, number, rule
from tests.batch.given import read_csv, write_records
from tests.cli.conftest import Run


def plain_records(tmp_path: Path) -> list[dict[str, str]]:
    """Write records as a warehouse has them: numbers or nothing, options or nothing."""
    write_records(tmp_path / "wide.csv", 200)
    rulebook = load_rulebook()
    rows = read_csv(tmp_path / "wide.csv")
    for place, row in enumerate(rows):
        for question in rulebook.questions:
            cell = row[question.id].replace(",", "")
            single = cell.replace(".", "", 1).isdecimal() or cell in getattr(
                question, "options", ()
            )
            row[question.id] = cell if single else ""
            if place < 50 and not row[question.id]:  # some leave nothing open
                plausible = plausible_answers(question, question.everything, 1, Random(place))
                written = write_answer(plausible[0], question)
                row[question.id] = written.strip("[]%").replace(", ", "|")
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return rows


def test_the_statement_runs_as_printed(call: Run, tmp_path: Path) -> None:
    """What it decides is what `batch` decides; what it leaves open may still be all of that."""
    rows = plain_records(tmp_path)
    printed = call("rules", "sql", "--table", "accounts")
    call("batch", "in.csv", "-o", "out.csv", "--quiet")
    right = {row["name"]: row for row in read_csv(tmp_path / "out.csv")}
    with duckdb.connect() as connection:
        kinds = ", ".join(
            f'"{q.id}" {"DOUBLE" if isinstance(q, NumberQuestion) else "VARCHAR"}'
            for q in load_rulebook().questions
        )
        connection.execute(f"CREATE TABLE accounts (name VARCHAR, {kinds})")
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(
            f"INSERT INTO accounts VALUES ({marks})",
            [[cell or None for cell in row.values()] for row in rows],
        )
        connection.execute("INSERT INTO accounts (name, acv, demo_mode) VALUES ('bad', -1, 'no')")
        ran = connection.execute(printed.stdout)
        names = [str(column[0]) for column in ran.description or ()]
        found = ran.fetchall()

    assert (printed.returncode, printed.stderr) == (0, "")
    assert "/* Y03: " in printed.stdout
    open_ = 0
    for values in found:
        told = dict(zip(names, values, strict=True))
        if told["name"] == "bad":
            assert told["status"] == "unreadable"
        elif told["status"] == "open":
            open_ += 1
            possible = right[told["name"]]["possible"].split("|")
            assert told["recommendation"] is None
            assert set(possible) <= set(told["possible"].split("|"))
        else:
            mine = right[told["name"]]
            assert (told["recommendation"] or "") == mine["recommendation"]
            assert told["status"] == mine["status"]
            assert (told["rules"] or "") == mine["rules"]
            assert told["score_inside"] == float(mine["score_inside"])
    assert 0 < open_ < len(rows)


@pytest.mark.parametrize("dialect", ["spark", "postgres", "snowflake", "bigquery"])
def test_other_dialects(call: Run, dialect: str) -> None:
    """Every dialect is written; where it was never run, that is said."""
    done = call("rules", "sql", "--dialect", dialect, "--label", "account_id")

    assert done.returncode == 0
    assert ("never run" in done.stderr) == (dialect in ("snowflake", "bigquery"))
    assert "account_id" in done.stdout


def test_a_dialect_that_does_not_exist(call: Run) -> None:
    """A slip in the name is told with the nearest one."""
    done = call("rules", "sql", "--dialect", "postgre")

    assert done.returncode == 2
    assert "postgres" in done.stderr


@pytest.mark.parametrize(("count", "fits"), [(52, True), (53, False)])
def test_a_whole_number_has_a_bit_for_so_many_options_only(count: int, fits: bool) -> None:
    """A statement that would say something else is refused, not printed."""
    markets = choice("markets", " ".join(f"o{i}" for i in range(count)), several=True)
    rules = (rule("R", "(price if 'o1' in markets else balance) > people", {}),)
    questions = (markets, *(number(name, 100) for name in ("price", "balance", "people")))
    decision = Decision(
        replace(make_rulebook(rules=rules), questions=questions, formulas=()), {}, {}
    )
    if fits:
        assert statement(decision, "records", ("name",), "duckdb")
    else:
        with pytest.raises(UserError, match="53 options"):
            statement(decision, "records", ("name",), "duckdb")

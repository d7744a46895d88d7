"""Spark against DuckDB: where it is installed, it says the same, record by record."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.batch.given import read_csv, write_records
from tests.cli.conftest import Run


@pytest.mark.skipif(find_spec("pyspark") is None, reason="Spark is a large download of its own")
def test_spark_says_what_duckdb_says(run: Run, tmp_path: Path) -> None:
    """Scores, exclusions, rules and all: read by Spark, decided in its workers."""
    write_records(tmp_path / "in.csv", 300)
    with (tmp_path / "in.csv").open("a", encoding="utf-8") as out:
        out.write("short,12\n")
    here = run("batch", "in.csv", "-o", "here.csv", "--quiet")
    there = run("batch", "in.csv", "-o", "there", "--engine", "spark", "--master", "local[2]")
    rows: list[dict[str, str]] = []
    for part in sorted((tmp_path / "there").glob("part-*.csv")):
        rows += read_csv(part)

    assert there.stdout.partition(":")[0] == here.stdout.partition(":")[0]
    wanted = read_csv(tmp_path / "here.csv")
    assert sorted(rows, key=lambda r: r["name"]) == sorted(wanted, key=lambda r: r["name"])
    errors = [p.read_text() for p in (tmp_path / "there.errors").glob("part-*")]
    assert "wrong-cell-count" in "".join(errors)


def test_without_spark_it_is_said_how_to_get_it(run: Run, tmp_path: Path) -> None:
    """Where Spark can't be imported, one line says how to get it; nothing is written."""
    hidden = tmp_path / "hidden" / "pyspark"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('hidden')\n", encoding="utf-8")
    (tmp_path / "in.csv").write_text("acv\n1\n", encoding="utf-8")
    done = run(
        "batch", "in.csv", "-o", "there", "--engine", "spark", PYTHONPATH=str(hidden.parent)
    )  # fmt: skip

    assert done.returncode == 1
    assert "[no-spark]" in done.stderr
    assert not (tmp_path / "there").exists()

"""`rules sql`, run as it is printed on DuckDB and on PostgreSQL: the same rows.

A long check: it needs a server and `psql`. Records are random, a third of the cells empty.

    .venv/bin/python benchmarks/dialects.py "host=localhost user=postgres" [ROWS]
"""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
from batch import generate

from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import NumberQuestion

COMMAND = str(Path(sys.executable).with_name("salesadvisor"))
TABLE = "salesadvisor_records"


def statement(dialect: str) -> str:
    """Return what `rules sql` prints."""
    command = [COMMAND, "rules", "sql", "--dialect", dialect, "--table", TABLE]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def columns(double: str) -> str:
    """Return the columns of the table, as `CREATE TABLE` has them."""
    typed = (
        f'"{q.id}" {double if isinstance(q, NumberQuestion) else "varchar"}'
        for q in load_rulebook().questions
    )
    return ", ".join(["name varchar", *typed])


def by_duckdb(records: Path, output: Path) -> None:
    """Run the statement on DuckDB."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE {TABLE} ({columns('double')})")
        connection.execute(
            f"INSERT INTO {TABLE} SELECT * FROM read_csv('{records}', all_varchar=true)"
        )
        found = connection.execute(statement("duckdb")).fetchall()
    with output.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(found)


def by_postgres(server: str, records: Path, output: Path) -> None:
    """Run the statement on PostgreSQL."""
    script = (
        f"DROP TABLE IF EXISTS {TABLE};\nCREATE TABLE {TABLE} ({columns('double precision')});\n"
        f"\\copy {TABLE} FROM '{records}' (FORMAT csv, HEADER true)\n{statement('postgres')};\n"
    )
    command = ["psql", server, "--quiet", "--csv", "--tuples-only", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run(command, input=script, check=True, capture_output=True, text=True)
    output.write_text(done.stdout, encoding="utf-8")
    subprocess.run(["psql", server, "--quiet", "-c", f"DROP TABLE {TABLE}"], check=True)


def rows_of(path: Path) -> dict[str, list[object]]:
    """Return rows by name; numbers as such, to nine places."""

    def value(cell: str) -> object:
        try:
            return round(float(cell), 9)
        except ValueError:
            return cell

    with path.open(encoding="utf-8", newline="") as stream:
        return {name: [value(cell) for cell in rest] for name, *rest in csv.reader(stream)}


def main(server: str, rows: int) -> None:
    """Compare, and print how many rows differ."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        records = work / "records.csv"
        generate(records, rows, 0.1, 0)
        by_duckdb(records, work / "duckdb.csv")
        by_postgres(server, records, work / "postgres.csv")
        one, other = rows_of(work / "duckdb.csv"), rows_of(work / "postgres.csv")
    differing = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    print(f"{len(one):,} rows on DuckDB, {len(other):,} on PostgreSQL, {len(differing)} differ")
    for name in differing[:5]:
        print(" ", name, one.get(name), other.get(name))
    if differing:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)

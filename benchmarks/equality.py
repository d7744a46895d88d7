"""The same decision on every path: `assess` one by one, the batch on DuckDB, and on Spark.

Random records, a third of them on and round the thresholds of the rulebook, with blanks, ranges
and texts as people write them. Every column of the output is compared, row by row. A long check:
100,000 records take about ten minutes on two cores; Spark is asked where it is installed.

    .venv/bin/python benchmarks/equality.py [ROWS] [--spark]
"""

import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from salesadvisor.rulebook.cache import load_rulebook
from tests.batch.given import (
    Decided,
    Row,
    answers_of,
    one_by_one,
    read_csv,
    shown_in,
    write_records,
)

COMMAND = str(Path(sys.executable).with_name("salesadvisor"))
TASK = 100
"""Records that a process is given at a time."""


def assessed(rows: list[Row]) -> list[Decided | None]:
    """Return what is decided of records one by one; None where something is wrong with them."""
    rulebook = load_rulebook()
    known = [answers_of(rulebook, row) for row in rows]
    right = iter(one_by_one(rulebook, [answers for answers in known if answers is not None]))
    return [None if answers is None else next(right) for answers in known]


def main(count: int, *, with_spark: bool) -> None:
    """Compare, and print how many records differ."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        records = work / "records.csv"
        write_records(records, count, openness=0.15, seed=7)
        rows = read_csv(records)
        tasks = [rows[i : i + TASK] for i in range(0, count, TASK)]
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            found = [decided for part in pool.map(assessed, tasks) for decided in part]
        right = {row["name"]: d for row, d in zip(rows, found, strict=True) if d is not None}
        print(f"{count:,} records, {count - len(right)} of them wrong")
        compare("DuckDB", [], work / "duckdb.csv", records, right)
        if with_spark:
            options = ["--engine", "spark", "--master", "local[2]"]
            compare("Spark", options, work / "spark", records, right)


def alike(one: Decided | None, other: Decided | None) -> bool:
    """Return whether two decisions are the same; a share may round the other way in its last place."""
    if one is None or other is None:
        return False
    near = abs(one.share - other.share) < 1e-4
    return near and one._replace(share=other.share) == other


def compare(
    engine: str, options: list[str], output: Path, records: Path, right: dict[str, Decided]
) -> None:
    """Run one engine, and print how many records differ from those decided one by one."""
    done = subprocess.run(
        [COMMAND, "batch", str(records), "-o", str(output), "--quiet", *options],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if not output.exists():
        sys.exit(done.stderr)
    rulebook = load_rulebook()
    found: dict[str, Decided] = {}
    for part in sorted(output.glob("part-*.csv")) if output.is_dir() else [output]:
        found |= {row["name"]: shown_in(rulebook, row) for row in read_csv(part)}
    differing = [n for n in {**right, **found} if not alike(right.get(n), found.get(n))]
    print(f"{engine}: {len(found):,} rows, {len(differing)} differ")
    for name in differing[:5]:
        print(" ", name, right.get(name), found.get(name))
    if differing:
        sys.exit(1)


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdecimal()]
    main(numbers[0] if numbers else 100_000, with_spark="--spark" in sys.argv)

"""The same decision on every path: `advise` one by one, the query on DuckDB, and on Spark.

Random records, a third of them on and round the thresholds of the rulebook, with blanks, ranges
and texts as people write them. Every column of the output is compared, row by row. A long check:
100,000 records take about a quarter of an hour on two cores; Spark is asked where it is installed.

    .venv/bin/python benchmarks/equality.py [ROWS] [--spark]
"""

import csv
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from salesadvisor.advice.scoring import unit_of
from salesadvisor.batch.clauses import WORD
from salesadvisor.batch.finishing import Finishers, Result, Wrong
from salesadvisor.batch.records import node_of_cells
from salesadvisor.documents.node import MapNode
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import NO_MODEL, Rulebook

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

COMMAND = str(Path(sys.executable).with_name("salesadvisor"))


def nodes(path: Path) -> Iterator[MapNode]:
    """Yield the records of a CSV file as documents."""
    with path.open(encoding="utf-8", newline="") as stream:
        names, *rows = csv.reader(stream)
        for row in rows:
            yield node_of_cells(names, row, str(path), 1)


def cells_of(rulebook: Rulebook, result: Result) -> tuple[str, ...]:
    """Return a result as the cells of an output, the share as it is shown."""
    models = [str(model.id) for model in rulebook.models]
    best, status, share, *rest = result
    count = len(models)
    possible = [m for m, may in zip([*models, NO_MODEL], rest[: count + 1], strict=True) if may]
    scores = [float(score) / unit_of(rulebook) for score in rest[count + 1 : 2 * count + 1]]
    outs = [m for m, out in zip(models, rest[2 * count + 1 : 3 * count + 1], strict=True) if out]
    words = [int(word) for word in rest[3 * count + 1 :]]
    rules = [r.id for i, r in enumerate(rulebook.rules) if words[i // WORD] >> i % WORD & 1]
    shown = f"{float(share):.4f}" if best else ""
    return (
        str(best), str(status), shown, "|".join(possible), *map(str, scores), "|".join(outs),
        "|".join(rules),
    )  # fmt: skip


def rows_of(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the rows of an output by name, the share as it is shown."""
    found = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for name, best, status, share, *rest in list(csv.reader(stream))[1:]:
            found[name] = (best, status, f"{float(share):.4f}" if share else "", *rest)
    return found


def main(count: int, *, with_spark: bool) -> None:
    """Compare, and print how many records differ."""
    from tests.batch.test_batch import write_records

    rulebook = load_rulebook()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        records = work / "records.csv"
        write_records(records, count, openness=0.15, seed=7)
        finishers = Finishers(rulebook, ())
        right: dict[str, tuple[str, ...]] = {}
        wrong = 0
        for number, found in enumerate(finishers.finish(nodes(records))):
            if isinstance(found, Wrong):
                wrong += 1
            else:
                right[f"r{number}"] = cells_of(rulebook, found)
        finishers.close()
        print(f"{count:,} records, {wrong} of them wrong")
        compare("DuckDB", [], work / "duckdb.csv", records, right)
        if with_spark:
            options = ["--engine", "spark", "--master", "local[2]"]
            compare("Spark", options, work / "spark", records, right)


def alike(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> bool:
    """Return whether two rows are the same; a share may round the other way in its last place."""
    if one is None or other is None:
        return False
    shares = (one[2], other[2])
    near = shares[0] == shares[1] or (
        "" not in shares and abs(float(one[2]) - float(other[2])) < 2e-4
    )
    return near and one[:2] == other[:2] and one[3:] == other[3:]


def compare(
    engine: str, options: list[str], output: Path, records: Path, right: dict[str, tuple[str, ...]]
) -> None:
    """Run one engine, and print how many records differ from those decided one by one."""
    subprocess.run(
        [COMMAND, "batch", str(records), "-o", str(output), "--quiet", *options],
        check=False, capture_output=True,
    )  # fmt: skip
    found: dict[str, tuple[str, ...]] = {}
    for part in sorted(output.glob("part-*.csv")) if output.is_dir() else [output]:
        found |= rows_of(part)
    differing = [n for n in {**right, **found} if not alike(right.get(n), found.get(n))]
    print(f"{engine}: {len(found):,} rows, {len(differing)} differ")
    for name in differing[:5]:
        print(" ", name, right.get(name), found.get(name))
    if differing:
        sys.exit(1)


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdecimal()]
    main(numbers[0] if numbers else 100_000, with_spark="--spark" in sys.argv)

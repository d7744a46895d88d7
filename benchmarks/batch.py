"""How fast many records are decided, against a plain copy of the same file and other engines.

Whole processes, all sides in turn; CPU seconds (children included), wall seconds and peak memory,
minima of the runs. The copy is DuckDB's own, without any rule: the floor. The function is
generated from the rules as Python source, reads with the csv module and decides complete records
on the scores alone (no vetoes, no ends of a spread): the fastest that plain Python gets. The rule
engines do the same: `peers.py`.

    .venv/bin/pip install '.[benchmarks]'
    .venv/bin/python benchmarks/batch.py [ROWS] [RUNS] [--ours]

`--ours` leaves the function and the rule engines out. Those that would take more than some
minutes at this number of rows are left out, too.
"""

import csv
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import duckdb
from peers import PEERS, decide_with

from salesadvisor.language.syntax import names_in, to_source
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import Kind, NumberQuestion, Question, Rulebook
from salesadvisor.rulebook.known import assumed_values

COMMAND = str(Path(sys.executable).with_name("salesadvisor"))
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def generate(path: Path, rows: int, blank: float, wide: float) -> None:
    """Write random records: numbers log-uniform over what is plausible, options alike.

    Args:
        path: A CSV or Parquet file.
        rows: How many.
        blank: The share of cells that are empty.
        wide: The share of numbers that are ranges.
    """
    rulebook = load_rulebook()
    cells = ["'r' || i AS name", *(_cell(q, blank, wide) for q in rulebook.questions)]
    with duckdb.connect() as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(
            f"COPY (SELECT {', '.join(cells)} FROM range({rows}) t(i)) TO '{path}'"
            + (" (HEADER)" if path.suffix == ".csv" else "")
        )


def _cell(question: Question, blank: float, wide: float) -> str:
    if isinstance(question, NumberQuestion):
        low = max(question.plausible.low, float(question.step))
        high = question.plausible.high
        places = max(0, -int(question.step.as_tuple().exponent))
        kind = f"DECIMAL(18, {places})" if places else "BIGINT"

        def number(value: str) -> str:
            return f"CAST(CAST({value} AS {kind}) AS VARCHAR)"

        one = number(f"round({low} * pow({high / low}, random()), {places})")
        cell = (
            f"CASE WHEN random() < {wide} THEN {one} || '..' || {number(str(high))} ELSE {one} END"
        )
    else:
        options = list(question.options)
        if question.kind is Kind.MULTI:
            others = [o for o in options if o != question.exclusive]
            options += ["|".join(pair) for pair in itertools.pairwise(others)]
        listed = ", ".join(f"'{option}'" for option in options)
        cell = f"list_extract([{listed}], 1 + CAST(floor(random() * {len(options)}) AS INT))"
    return f'CASE WHEN random() < {blank} THEN NULL ELSE {cell} END AS "{question.id}"'


def to_parquet(source: Path, target: Path) -> None:
    """Write a CSV file as Parquet, all texts."""
    duckdb.execute(f"COPY (FROM read_csv('{source}', all_varchar=true)) TO '{target}'")


def copy(source: Path, target: Path) -> list[str]:
    """Return the command of the floor."""
    query = f"COPY (FROM read_csv('{source}', all_varchar=true)) TO '{target}' (HEADER)"
    return [sys.executable, "-c", f"import duckdb; duckdb.execute({query!r})"]


def decide(source: Path, target: Path) -> list[str]:
    """Return our own command."""
    return [COMMAND, "batch", str(source), "-o", str(target), "--force", "--quiet"]


def function_source(rulebook: Rulebook) -> str:
    """Return Python that gives each model's score for one complete record."""
    assumed = {id: value.low for id, value in assumed_values(rulebook, {}).items()}
    wanted = {name for rule in rulebook.rules for name in names_in(rule.when)}
    needed = rulebook.names_behind(wanted)
    lines = [f"{id} = {value!r}" for id, value in assumed.items() if id in needed and "." not in id]
    lines.append("def scores(record):")
    for question in rulebook.questions:
        read = f"record[{question.id!r}]"
        if isinstance(question, NumberQuestion):
            read = f"float({read})"
        elif question.kind is Kind.MULTI:
            read = f"set({read}.split('|'))"
        lines.append(f"    {question.id} = {read}")
    lines += [
        f"    {f.id} = {to_source(f.value)}"
        for f in rulebook.formulas
        if f.id in needed and "." not in f.id
    ]
    lines.append("    a = b = c = 0")
    for rule in rulebook.rules:
        points = [rule.points[model.id] for model in rulebook.models]
        adds = "; ".join(f"{v} += {p}" for v, p in zip("abc", points, strict=True) if p)
        lines.append(f"    if {to_source(rule.when)}: {adds}")
    lines.append("    c += (a + b) / 2")
    lines.append("    return a, b, c")
    return "\n".join(lines)


def by_function(source: Path, target: Path) -> None:
    """Decide with the generated function."""
    names: dict[str, Callable[[Mapping[str, str]], tuple[float, ...]]] = {}
    exec(function_source(load_rulebook()), names)  # our own rules, as a benchmark's yardstick
    scores, models = names["scores"], ("inside", "outside", "hybrid")
    with source.open(encoding="utf-8", newline="") as stream, target.open("w", newline="") as out:
        writer = csv.writer(out)
        for record in csv.DictReader(stream):
            found = scores(record)
            writer.writerow([record["name"], models[found.index(max(found))], *found])


def measure(command: list[str]) -> tuple[float, float, float]:
    """Return CPU seconds, wall seconds and peak MiB of a process and its children.

    The peak is that of the largest single process.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        sys.exit(f"failed: {command}")
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


FUNCTION = "Python function"
MOST_ROWS = {
    "copy, some open": 1_000_000,
    "ours, some open": 1_000_000,
    FUNCTION: 1_000_000,
    "rule-engine": 100_000,
    "common-expression-language": 1_000_000,
    "zen-engine": 1_000_000,
}
"""Where a side would take too long beyond."""


def sides(work: Path, rows: int, *, ours: bool) -> Mapping[str, list[str]]:
    """Write the records, and return the command of each side."""
    plain, wide, parquet = work / "plain.csv", work / "wide.csv", work / "plain.parquet"
    # In processes of their own: a peak is never less than that of whoever starts the process.
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as apart:
        apart.submit(generate, plain, rows, 0, 0).result()
        if rows <= MOST_ROWS["ours, some open"]:
            apart.submit(generate, wide, rows, 0.01, 0.02).result()
        apart.submit(to_parquet, plain, parquet).result()
    target = work / "out.csv"
    found = {
        "copy": copy(plain, target),
        "ours": decide(plain, target),
        "ours, Parquet": decide(parquet, work / "out.parquet"),
        "copy, some open": copy(wide, target),
        "ours, some open": decide(wide, target),
    }
    for peer in () if ours else (FUNCTION, *PEERS):
        found[peer] = [sys.executable, __file__, "--with", peer, str(plain), str(target)]
    return {name: command for name, command in found.items() if rows <= MOST_ROWS.get(name, rows)}


def main(rows: int, runs: int, *, ours: bool) -> None:
    """Measure and print a table."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        commands = sides(Path(folder), rows, ours=ours)
        for _ in range(runs):
            for name, command in commands.items():
                found.setdefault(name, []).append(measure(command))
    print(f"{rows:,} rows of {len(load_rulebook().questions) + 1} columns, minima of {runs};")
    print("some open: 1 % of the cells empty, 2 % of the numbers ranges")
    print(f"{'':28}{'CPU s':>9}{'wall s':>9}{'peak MiB':>10}{'rows/CPU s':>12}{'of the copy':>13}")
    for name, results in found.items():
        cpu, wall, peak = (min(r[i] for r in results) for i in (0, 1, 2))
        floor = "copy, some open" if name.endswith("some open") else "copy"
        share = min(r[0] for r in found[floor]) / cpu
        print(f"{name:28}{cpu:9.2f}{wall:9.2f}{peak:10.0f}{rows / cpu:12,.0f}{share:13.3f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--with"]:
        peer, source, target = sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
        if peer == FUNCTION:
            by_function(source, target)
        else:
            decide_with(peer, load_rulebook(), source, target)
    else:
        numbers = [int(argument) for argument in sys.argv[1:] if argument.isdecimal()]
        rows, runs = (numbers + [100_000, 3][len(numbers) :])[:2]
        main(rows, runs, ours="--ours" in sys.argv)

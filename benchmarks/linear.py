"""Whether deciding takes time in proportion to rows, and to rules.

A rulebook of ten times the rules is made: each rule nine times more with another condition beside
its own, so that no two are the same. Whole processes in turn, CPU seconds, minima of the runs.

    .venv/bin/python benchmarks/linear.py [ROWS] [RUNS]
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import yaml
from batch import decide, generate, measure

from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.folder import built_in_rules

TIMES = 10
START = 300
"""Rows of a file that takes little more than the start."""


def multiplied(source: Path, target: Path) -> Path:
    """Copy a rulebook, its rules multiplied."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("cases", "tests"))
    for path in target.glob("*.yaml"):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        if "criterion" not in document:
            continue
        for rule in list(document["rules"]):
            for turn in range(1, TIMES):
                other = {key: value for key, value in rule.items() if key != "examples"}
                other["id"] = f"{rule['id']}x{turn}"
                other["when"] = f"({rule['when']}) and target_accounts > {7 * turn}"
                document["rules"].append(other)
        path.write_text(json.dumps(document), encoding="utf-8")
    return target


def main(rows: int, runs: int) -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        many = multiplied(built_in_rules(), work / "rules")
        counts = (START, rows // 10, rows)
        files = [work / f"{count}.csv" for count in counts]
        for path, count in zip(files, counts, strict=True):
            generate(path, count, 0, 0)
        found: dict[tuple[str, int], list[float]] = {}
        for _ in range(runs):
            for rules, options in (("", []), ("×10", ["--rules", str(many)])):
                for path, count in zip(files, counts, strict=True):
                    command = [*decide(path, work / "out.csv"), *options]
                    found.setdefault((rules, count), []).append(measure(command)[0])
    book = len(load_rulebook().rules)
    print(f"CPU seconds, minima of {runs}")
    print(f"{'rules':>8}{'rows':>12}{'CPU s':>9}{'beyond the start, µs a row':>28}")
    for (rules, count), results in found.items():
        start = min(found[rules, START])
        number = book * (TIMES if rules else 1)
        print(
            f"{number:8}{count:12,}{min(results):9.2f}{(min(results) - start) / count * 1e6:28.2f}"
        )


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    rows, runs = (numbers + [1_000_000, 2][len(numbers) :])[:2]
    main(rows, runs)

"""How fast records with open answers are decided, against another release in the same run.

Whole processes, both in turn; CPU seconds with those of children, and wall seconds, minima of the
runs.

    .venv/bin/python benchmarks/releases.py OTHER [RUNS] [WORK...]

OTHER is the command of the other release, in an environment of its own. WORK is the number of one
of the works, from 0: what takes the other release minutes can be left out.
"""

import csv
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
from batch import COMMAND, generate, measure

from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import Kind

CRM = (
    "acv", "cycle_days", "industry", "geography", "target_accounts", "sellers", "stage",
    "stakeholders",
)  # fmt: skip
"""What a customer database knows."""
UNKNOWN = ("lifetime_years", "stage", "runway", "seller_skills")
"""What a list of companies, well looked after, still lacks."""


def crm(work: Path) -> Path:
    """Write accounts with eight columns."""
    return _chosen(work / "crm.csv", 2_000, ("name", *CRM))


def looked_after(work: Path) -> Path:
    """Write companies of which few answers lack, the same of all."""
    names = (q.id for q in load_rulebook().questions if q.id not in UNKNOWN)
    return _chosen(work / "nearly.csv", 300_000, ("name", *names))


def _chosen(path: Path, rows: int, names: tuple[str, ...]) -> Path:
    whole = path.with_name("whole.csv")
    generate(whole, rows, 0, 0)
    listed = ", ".join(f'"{name}"' for name in names)
    read = f"read_csv('{whole}', all_varchar=true)"
    duckdb.execute(f"COPY (SELECT {listed} FROM {read}) TO '{path}' (HEADER)")
    return path


def open_records(work: Path) -> Path:
    """Write companies of which much is open, of each another part."""
    generate(work / "open.csv", 100_000, 0.25, 0.1)
    return work / "open.csv"


def documents(work: Path) -> Path:
    """Write the same as answer files, one after the other."""
    generate(work / "few.csv", 1_000, 0.25, 0.1)
    several = {q.id for q in load_rulebook().questions if q.kind is Kind.MULTI}
    target = work / "few.yaml"
    with (work / "few.csv").open(encoding="utf-8", newline="") as rows, target.open("w") as out:
        for row in csv.DictReader(rows):
            out.write("---\n")
            for name, cell in row.items():
                shown = f"[{cell.replace('|', ', ')}]" if name in several else cell
                out.write(f"{name}: {shown}\n" if cell else "")
    return target


def complete(work: Path) -> Path:
    """Write companies of which all is known."""
    generate(work / "plain.csv", 1_000_000, 0, 0)
    return work / "plain.csv"


WORKS: tuple[Callable[[Path], Path], ...] = (documents, crm, looked_after, open_records, complete)


def main(other: str, runs: int, works: list[int]) -> None:
    """Measure and print a table."""
    print(f"{'CPU s (wall s)':16}{'other':>18}{'ours':>18}{'ratio':>8}")
    for number in works:
        with tempfile.TemporaryDirectory() as folder:
            source = WORKS[number](Path(folder))
            best = {}
            for command in [other, COMMAND] * runs:
                whole = [command, "batch", str(source), "-o", f"{folder}/out.csv", "--force"]
                cpu, wall, _ = measure([*whole, "--quiet"])
                best[command] = min(best.get(command, (cpu, wall)), (cpu, wall))
        shown = "".join(f"{f'{cpu:.2f} ({wall:.2f})':>18}" for cpu, wall in best.values())
        ratio = best[COMMAND][0] / best[other][0]
        print(f"{WORKS[number].__name__:16}{shown}{ratio:8.3f}", flush=True)


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[2:]]
    main(sys.argv[1], (numbers or [1])[0], numbers[1:] or list(range(len(WORKS))))

"""What tipping points and stability cost: whole `advise` with them, against without.

    python benchmarks/changes.py [RUNS]

Processes in turn, ratio of the minima; for each example, and for six answers.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = """
import sys
from pathlib import Path
from salesadvisor.advice.explanation import advise_on, explain
from salesadvisor.advice.verdict import assess
from salesadvisor.report import table
from salesadvisor.rulebook.answers import load_answers
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.text import Language

rulebook = load_rulebook()
answers = load_answers(Path(sys.argv[1]), rulebook)
if sys.argv[2] == "with":
    advice = advise_on(rulebook, answers)
else:
    advice = explain(assess(rulebook, answers))
table.render(advice, rulebook, Language.EN, sys.stdout)
"""
SIX = "cycle_days: 40\nstakeholders: 3\nacv: 20k\ndemo_mode: screen\nstage: growing\ngeography: national\n"


def seconds(file: Path, which: str) -> float:
    """Return how long a whole process takes."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(file), which],
        check=True, capture_output=True, env=environment, cwd=ROOT,
    )  # fmt: skip
    return time.perf_counter() - start


def main() -> None:
    """Time every example both ways."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder:
        six = Path(folder) / "six_answers.yaml"
        six.write_text(SIX, encoding="utf-8")
        for file in (*sorted((ROOT / "rules" / "examples").glob("*.yaml")), six):
            times = [(seconds(file, "without"), seconds(file, "with")) for _ in range(runs)]
            without, with_ = (min(column) for column in zip(*times, strict=True))
            print(f"{file.stem:24} {with_ / without:.2f} times ({with_ * 1000:.0f} ms)")


if __name__ == "__main__":
    main()

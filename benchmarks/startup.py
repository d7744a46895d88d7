"""How long a start takes, as a ratio to a bare program that does only the unavoidable.

Whole processes, both sides in turn; the machine may be busy, so look at the ratios of the
minima and of the medians, not at the milliseconds.

    .venv/bin/python benchmarks/startup.py [RUNS]
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMAND = str(Path(sys.executable).with_name("salesadvisor"))
EXAMPLE = str(HERE.parent / "rules" / "examples" / "edtech.yaml")
PAIRS = {
    "advise": (
        [COMMAND, "advise", EXAMPLE],
        [sys.executable, str(HERE / "floor_advise.py"), EXAMPLE],
    ),
    "--help": ([COMMAND, "--help"], [sys.executable, str(HERE / "floor_help.py"), "--help"]),
}
# With this set nothing would be compiled ahead, which no installed program suffers from.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def seconds(command: list[str]) -> float:
    """Return how long one whole process takes."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    return time.perf_counter() - start


def main(runs: int) -> None:
    """Measure each pair and print a table."""
    print(
        f"{'':8} {'ours ms':>9} {'floor ms':>9} {'ratio of minima':>16} {'of medians':>11}   n={runs}"
    )
    for name, (ours, floor) in PAIRS.items():
        seconds(ours), seconds(floor)  # not counted: caches fill
        pairs = [(seconds(ours), seconds(floor)) for _ in range(runs)]
        own, bare = [a for a, _ in pairs], [b for _, b in pairs]
        medians = statistics.median(own) / statistics.median(bare)
        print(
            f"{name:8} {1000 * min(own):9.0f} {1000 * min(bare):9.0f} "
            f"{min(own) / min(bare):16.2f} {medians:11.2f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)

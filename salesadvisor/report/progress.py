"""A line that says how far a long run is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from salesadvisor.batch.job import Progress as Step
from salesadvisor.text import Language, Text


@contextmanager
def bar(language: Language, *, color: bool) -> Iterator[Callable[[Step], None]]:
    """Show a bar on standard error; yield what is told each step."""
    console = Console(stderr=True, no_color=not color)
    columns = (BarColumn(bar_width=24), TextColumn("{task.description}", markup=False))
    started = monotonic()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(Text("starting", "启动中")[language], total=None)

        def watch(step: Step) -> None:
            words = told(step, monotonic() - started, language)
            progress.update(task, total=1.0 if step.done is not None else None)
            progress.update(task, completed=step.done or 0.0, description=words)

        yield watch


def told(step: Step, seconds: float, language: Language) -> str:
    """Return how far a run is, in words.

    Args:
        step: How far.
        seconds: Since it began.
        language: Of the words.
    """
    rate = step.records / seconds if seconds > 0 else 0.0
    words = Text(
        f"{step.records:,} records, {rate:,.0f} a second",
        f"{step.records:,} 条，每秒 {rate:,.0f} 条",
    )[language]
    if step.done and step.done < 1:
        left = round(seconds * (1 - step.done) / step.done)
        minutes, rest = divmod(left, 60)
        words += Text(f", {minutes}:{rest:02d} left", f"，还剩 {minutes}:{rest:02d}")[language]
    return words

"""Files and folders on the command line -> answer files."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from salesadvisor.cli.streams import SESSION, tell
from salesadvisor.problems import refuse
from salesadvisor.text import Text

_SUFFIXES = (".yaml", ".yml", ".json")


def answer_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files, those in a folder in order of their names; hidden ones are left out."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(
            file
            for file in path.iterdir()
            if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".")
        )
        # An empty folder is told when it is its turn: it stops no other file.
        yield from found or [path]


def readable(path: Path) -> Path | None:
    """Return the path, or None for standard input.

    Raises:
        UserError: it is a folder, which `answer_files` leaves only where nothing is in it.
    """
    if path.is_dir():
        refuse(
            path,
            "no-files",
            Text("no YAML or JSON file in this folder", "这个文件夹里没有 YAML 或 JSON 文件"),
            Text("is it the right one?", "文件夹对吗？"),
        )
    if str(path) != "-":
        return path
    if sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
        tell(
            Text(
                "reading answers from the keyboard; Ctrl-D ends them",
                "从键盘读取回答，按 Ctrl-D 结束",
            )[SESSION.language]
        )
    return None

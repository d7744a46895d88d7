"""Results to standard output, everything else to standard error, and what goes wrong there."""

import contextlib
import io
import os
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TextIO

import typer
from msgspec import Struct

from salesadvisor.documents.write import replace_file
from salesadvisor.problems import (
    UserError,
    problem_record,
    refuse,
    show_problem,
    show_problem_github,
)
from salesadvisor.text import Language, Text, choose_language, visible


class ProblemsFormat(StrEnum):
    """In which form problems are told."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class Session(Struct):
    """What the command line asked for that holds for all output of this run."""

    asked_language: Language | None = None
    problems: ProblemsFormat = ProblemsFormat.TEXT
    quiet: bool = False
    plain: bool = False  # no colour

    @property
    def language(self) -> Language:
        """The language of everything that is said."""
        return choose_language(os.environ, self.asked_language)

    @property
    def color(self) -> bool:
        """Whether colour is wanted, where the terminal has it."""
        return not (self.plain or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb")


SESSION = Session()

_MOST_SHOWN = 100
"""Nobody repairs more in one go; a broken file can have many thousands."""


class Page(io.StringIO):
    """A whole result before it is written, so that it appears whole or not at all.

    It answers for the stream that it will be written to.
    """

    def __init__(self, target: TextIO | None) -> None:
        super().__init__()
        self._target = target

    @property
    def encoding(self) -> str:  # type: ignore[override]  # read-only here
        """The encoding of the stream behind."""
        return getattr(self._target, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        """Whether the stream behind is a terminal."""
        return self._target is not None and not self._target.closed and self._target.isatty()

    def fileno(self) -> int:
        """Return the descriptor of the stream behind.

        Raises:
            OSError: there is none.
        """
        if self._target is None:
            raise OSError("no stream")
        return self._target.fileno()


def result_page() -> Page:
    """Return a page that will go to standard output."""
    return Page(sys.stdout)


# Signs of ours that a narrower encoding lacks; what comes from elsewhere is spelled out in full.
_PLAINER = {"·": "|", "–": "-", "…": "...", "×": "x", "≥": ">=", "→": "->", "✗": "x", "’": "'"}


def plainer(text: str, encoding: str) -> str:
    """Return `text` with signs that `encoding` can't hold replaced by plainer ones."""
    if encoding.lower().startswith("utf"):
        return text
    for sign, plain in _PLAINER.items():
        try:
            sign.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            text = text.replace(sign, plain)
    return text


def emit(text: str) -> None:
    """Write a result to standard output.

    Raises:
        UserError: it can't be written.
        typer.Exit: whoever read it has gone away.
    """
    out = sys.stdout
    if out is None or out.closed:
        _refuse_unwritable("<stdout>", Text("standard output is closed", "标准输出已关闭"))
    text = plainer(text, out.encoding or "utf-8")
    if not out.isatty():
        text = "\n".join(line.rstrip(" ") for line in text.split("\n"))
    try:
        out.write(text)
        out.flush()
    except BrokenPipeError:
        _abandon_stdout()
        raise typer.Exit(0) from None
    except OSError as error:
        _abandon_stdout()
        reason = error.strerror or str(error)
        _refuse_unwritable("<stdout>", Text(f"cannot be written: {reason}", f"无法写入：{reason}"))


def _abandon_stdout() -> None:
    """Let nothing fail again when the interpreter flushes at its end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())


def tell(text: str) -> None:
    """Write to standard error, if there is one: not being heard is no failure.

    Names of files and the like are made visible here, so that no caller can forget it.
    """
    err = sys.stderr
    if err is None or err.closed:
        return
    with contextlib.suppress(OSError):
        err.write(visible(text) + "\n")
        err.flush()


def tell_problems(error: UserError) -> None:
    """Write every problem to standard error, in the form that was asked for."""
    language = SESSION.language
    match SESSION.problems:
        case ProblemsFormat.TEXT:
            tell("\n".join(show_problem(p, language) for p in error.problems[:_MOST_SHOWN]))
            rest = len(error.problems) - _MOST_SHOWN
            if rest > 0:
                tell(Text(f"and {rest} more problems", f"另有 {rest} 个问题")[language])
        case ProblemsFormat.GITHUB:
            tell("\n".join(show_problem_github(p, language) for p in error.problems))
        case ProblemsFormat.JSON:
            import json

            for problem in error.problems:
                tell(json.dumps(problem_record(problem, language)))


def deliver(text: str, output: Path | None, *, force: bool, inputs: Iterable[Path] = ()) -> None:
    """Write a result to standard output, or to the file at `output`, and say so.

    Raises:
        UserError: it is one of the inputs, exists and `force` is not set, or can't be written.
    """
    if output is None:
        emit(text)
        return
    if any(_same(output, path) for path in inputs):
        refuse(
            output,
            "output-is-input",
            Text("this is one of the inputs", "这是输入文件之一"),
            Text("choose another name", "请换一个文件名"),
        )
    write_file(output, text, force=force)
    tell(Text(f"written to {output}", f"已写入 {output}")[SESSION.language])


def _same(one: Path, other: Path) -> bool:
    try:
        return one.exists() and other.exists() and one.samefile(other)
    except OSError:
        return False


def write_file(path: Path, text: str, *, force: bool) -> None:
    """Write `text` to the file at `path`, whole or not at all.

    Raises:
        UserError: it exists and `force` is not set, or it can't be written.
    """
    name = str(path)
    try:
        exists = path.exists() or path.is_symlink()
        if exists and not path.is_file():
            _refuse_unwritable(name, Text("this is not an ordinary file", "这不是普通文件"))
        if exists and not force:
            refuse(
                name,
                "file-exists",
                Text("the file exists already", "文件已经存在"),
                Text("add `--force` to replace it", "加上 `--force` 就会替换它"),
            )
        replace_file(path, text)
    except FileNotFoundError:
        message = Text("there is no such folder", "没有这个文件夹")
        _refuse_unwritable(name, message, Text("make the folder first", "请先建文件夹"))
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        _refuse_unwritable(name, Text(f"cannot be written: {reason}", f"无法写入：{reason}"))


_NO_ROOM = Text("is there room, and may you write there?", "空间够吗？有写入权限吗？")


def _refuse_unwritable(name: str, message: Text, hint: Text = _NO_ROOM) -> NoReturn:
    refuse(name, "cannot-write", message, hint)

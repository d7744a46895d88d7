"""What a run has done so far, kept beside its output: so that it can be interrupted and go on.

A folder `OUT.unfinished` holds the parts that are done and a journal that names them, a line
for each, written to the disk before the next is begun. It is removed when the output is in place.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import msgspec
from filelock import FileLock, Timeout
from msgspec import Struct

from salesadvisor.batch.chunks import Tally
from salesadvisor.batch.triage import Triage
from salesadvisor.documents.write import sync_folder
from salesadvisor.problems import refuse
from salesadvisor.text import Text

STDIN = "-"
"""Stands for standard input, of which nobody can tell whether it is what it was."""


class Stamp(Struct, frozen=True):
    """What a file looked like when it was read."""

    path: str
    size: int
    changed_ns: int


class Head(Struct, frozen=True):
    """What a run works from; one that goes on must work from the same."""

    version: str  # of the program
    rulebook: str  # its digest
    options: str  # everything on the command line that changes a result
    inputs: tuple[Stamp, ...]


class Step(Struct, frozen=True, kw_only=True):
    """A chunk that is done."""

    input: int
    after: int  # where the next chunk begins
    records: int
    rows: int
    rejected: int
    unproved: int
    without_rate: int
    part: str
    errors: str  # empty: none
    tallies: tuple[Tally, ...]
    triage: Triage


class Journal:
    """The folder of an unfinished run.

    Args:
        output: What the run makes.
    """

    def __init__(self, output: Path) -> None:
        self.folder = output.with_name(f"{output.name}.unfinished")
        self.output = output
        self._file = self.folder / "journal.jsonl"
        self._lock = FileLock(output.with_name(f".{output.name}.lock"))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the output for this run alone; a run that died holds nothing.

        Raises:
            UserError: another run works on it, or there is no writing there.
        """
        owner = self.folder / "owner"
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            if not Path(self._lock.lock_file).exists():  # no file can be made here at all
                _refuse_unwritable(self.output, OSError(errno.EACCES, os.strerror(errno.EACCES)))
            process = ""
            with contextlib.suppress(OSError):
                process = owner.read_text("utf-8").strip()
            refuse(
                self.output,
                "in-use",
                Text(
                    f"another run works on this output (process {process or 'unknown'})",
                    f"另一个进程（{process or '未知'}）正在写这个结果",
                ),
                Text("wait for it, or name another output", "请等它结束，或换一个输出文件"),
            )
        except OSError as error:
            _refuse_unwritable(self.output, error)
        try:
            yield
        finally:
            # While it is held: whoever waits on a file that is gone is given no lock on it.
            with contextlib.suppress(OSError):
                Path(self._lock.lock_file).unlink()
            self._lock.release()

    def begin(self, head: Head, *, resume: bool) -> list[Step]:
        """Return what is done already: nothing, unless a run goes on.

        Raises:
            UserError: what there is was for something else, or there is no writing there.
        """
        if resume and self._file.exists():
            steps = self._read(head)
        else:
            steps = []
            self._require_own()
        try:
            if not steps:
                self.discard()
            self.folder.mkdir(parents=False, exist_ok=True)
            (self.folder / "owner").write_text(f"{os.getpid()}\n", "utf-8")
            if not steps:
                self._append(msgspec.json.encode(head), mode="wb")
            sync_folder(self.folder)
        except OSError as error:
            _refuse_unwritable(self.output, error)
        return steps

    def _require_own(self) -> None:
        """Check that what is removed is an earlier run's.

        Raises:
            UserError: something else lies there.
        """
        there = self.folder.exists() or self.folder.is_symlink()
        if there and not ((self.folder / "owner").is_file() or self._file.is_file()):
            refuse(
                self.folder,
                "cannot-write",
                Text(
                    "something else lies where unfinished parts would go",
                    "未完成的结果要放在这里，可这里有别的东西",
                ),
                Text("move it, or name another output", "请移走它，或换一个输出文件"),
            )

    def _read(self, head: Head) -> list[Step]:
        lines = self._file.read_bytes().split(b"\n")
        whole = lines[:-1]  # a line without its end was being written when the run died
        try:
            before = msgspec.json.decode(whole[0], type=Head)
            steps = [msgspec.json.decode(line, type=Step) for line in whole[1:]]
        except (msgspec.MsgspecError, IndexError):
            refuse(
                self.output,
                "cannot-resume",
                Text("the journal of the unfinished run is damaged", "未完成的运行记录已损坏"),
                _AFRESH,
            )
        if any(each.path == STDIN for each in head.inputs):
            refuse(
                self.output,
                "cannot-resume",
                Text("standard input may not be what it was", "标准输入可能与上次不同，无法核对"),
                _AFRESH,
            )
        if before != head:
            refuse(
                self.output,
                "cannot-resume",
                Text(
                    f"{_difference(before, head).en} changed since the unfinished run",
                    f"上次中断以来，{_difference(before, head).zh}变了",
                ),
                _AFRESH,
            )
        names = [name for step in steps for name in (step.part, step.errors) if name]
        if any(not (self.folder / name).is_file() for name in names):
            refuse(
                self.output,
                "cannot-resume",
                Text("a part of the unfinished run is missing", "未完成的运行缺少一部分结果"),
                _AFRESH,
            )
        # What a dying run left of a line is cut off, so that the next one is whole.
        self._file.write_bytes(b"".join(line + b"\n" for line in whole))
        return steps

    def add(self, step: Step) -> None:
        """Note a chunk as done, once its files are on the disk."""
        for name in (step.part, step.errors):
            if name:
                with (self.folder / name).open("rb+") as stream:
                    os.fsync(stream.fileno())
        sync_folder(self.folder)
        self._append(msgspec.json.encode(step), mode="ab")

    def _append(self, line: bytes, *, mode: str) -> None:
        with self._file.open(mode) as out:
            out.write(line + b"\n")
            out.flush()
            os.fsync(out.fileno())

    def discard(self) -> None:
        """Remove the folder and everything in it."""
        if self.folder.exists():
            shutil.rmtree(self.folder)


def stamp(path: Path | None) -> Stamp:
    """Return what a file looks like now; standard input looks like nothing."""
    if path is None:
        return Stamp(STDIN, 0, 0)
    found = path.stat()
    return Stamp(str(path), found.st_size, found.st_mtime_ns)


def head_of(rulebook: str, options: Mapping[str, object], inputs: Sequence[Path | None]) -> Head:
    """Return what a run works from."""
    written = json.dumps(options, sort_keys=True, default=str)
    return Head(
        version("salesadvisor"),
        rulebook,
        hashlib.sha256(written.encode()).hexdigest(),
        tuple(map(stamp, inputs)),
    )


def _difference(before: Head, now: Head) -> Text:
    if before.version != now.version:
        return Text("the version of the program", "程序版本")
    if before.rulebook != now.rulebook:
        return Text("the rulebook", "规则库")
    if before.options != now.options:
        return Text("the options", "命令行选项")
    for one, other in zip(before.inputs, now.inputs, strict=False):
        if one != other:
            return Text(f"`{one.path}`", f"`{one.path}`")
    return Text("the list of inputs", "输入文件列表")


_AFRESH = Text("leave out `--resume` to begin afresh", "去掉 `--resume` 就会重新开始")


def _refuse_unwritable(output: Path, error: OSError) -> NoReturn:
    reason = error.strerror or str(error)
    refuse(
        output,
        "cannot-write",
        Text(f"cannot be written: {reason}", f"无法写入：{reason}"),
        Text("is there room, and may you write there?", "空间够吗？有写入权限吗？"),
    )

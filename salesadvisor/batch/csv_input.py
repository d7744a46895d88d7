"""CSV files, cut into chunks of whole records. Dialect and types are stated, never guessed.

Commas, double quotes, a header line, UTF-8. A chunk in which all is well is read by the engine;
in one that is not, the records are taken apart one by one, so that a broken line costs that line
and nothing else.
"""

import contextlib
import csv
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO

from salesadvisor.batch.csv_text import (
    RECORD,
    cells_of,
    count_regular,
    last_boundary,
    line_end,
    lines_in,
    records_in,
)
from salesadvisor.batch.records import (
    MAX_RECORD,
    Chunk,
    Rejected,
    csv_relation,
    is_packed,
    node_of_cells,
    open_packed,
    table_writer,
)
from salesadvisor.documents.node import MapNode
from salesadvisor.documents.source import SAVE_AS_UTF8, STDIN_NAME, save_as_utf8
from salesadvisor.problems import Place, Problem, refuse
from salesadvisor.text import Text

CHUNK = 40 << 20
"""Bytes of a chunk, about."""

_BOM = b"\xef\xbb\xbf"

Header = Callable[[Sequence[str], Place], tuple[str, ...]]
"""Checks the names of the columns; returns those that are labels."""


class CsvInput:
    """One CSV file, plain or gzip, or standard input.

    Raises:
        UserError: it can't be read, or its header line is wrong.
    """

    def __init__(self, path: Path | None, check: Header) -> None:
        self.path = path
        self.name = STDIN_NAME if path is None else str(path)
        self.size = CHUNK
        self._stream = _open(path)
        with contextlib.nullcontext() if path is None else self._stream:
            self._pending = self._read_more(b"", 2 * MAX_RECORD)
        if self._pending.startswith((b"\xff\xfe", b"\xfe\xff")):
            refuse(self.name, "not-utf-8", Text("this is UTF-16", "这是 UTF-16"), SAVE_AS_UTF8)
        self._mark = len(_BOM) if self._pending.startswith(_BOM) else 0
        self._pending = self._pending[self._mark :]
        self._offset = 0  # of what is pending, in bytes of text without the mark at its head
        header = self._header()
        self.names = tuple(header)
        self.labels = check(self.names, Place(file=self.name, line=1, column=1))
        self._line = 1 + lines_in(self._head)

    def _header(self) -> list[str]:
        found = RECORD.match(self._pending)
        if found is None or not self._pending.strip():
            refuse(
                self.name,
                "no-header",
                Text("there is no header line", "没有标题行"),
                Text("the first line names the columns", "第一行要写列名"),
            )
        end = line_end(self._pending, found.end())
        self._head, self._pending = self._pending[:end], self._pending[end:]
        self._offset = end
        cells = cells_of(found.group())
        if cells is None:
            refuse(
                self.name,
                "not-utf-8",
                Text("the header is not UTF-8", "标题行不是 UTF-8"),
                SAVE_AS_UTF8,
            )
        return cells

    def _read_more(self, before: bytes, size: int) -> bytes:
        """Return `before` and what comes next, up to a size.

        Raises:
            UserError: the file can't be read.
        """
        try:
            return before + self._stream.read(max(1 << 16, size - len(before)))
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            refuse(
                self.name,
                "cannot-read",
                Text(f"cannot be read: {reason}", f"无法读取：{reason}"),
                Text("is the file whole?", "文件完整吗？"),
            )

    def chunks(self, begin: int, work: Path) -> Iterator[Chunk]:
        """Yield the records from `begin` on: a count of bytes of the text."""
        if self.path is None:
            yield from self._chunks(begin, work)
            return
        with _open(self.path) as self._stream:  # files that wait for their turn are closed
            self._pending = self._read_more(b"", self.size)[self._mark + len(self._head) :]
            yield from self._chunks(begin, work)

    def _chunks(self, begin: int, work: Path) -> Iterator[Chunk]:
        while self._offset < begin and self._pending:
            skipped = min(begin - self._offset, len(self._pending))
            self._line += lines_in(self._pending[:skipped])
            self._offset += skipped
            self._pending = self._read_more(self._pending[skipped:], self.size)
        total = self.path.stat().st_size if self.path and not is_packed(self.path) else 0
        while True:
            before = len(self._pending)
            self._pending = self._read_more(self._pending, self.size)
            is_last = len(self._pending) == before
            if not self._pending:
                return
            cut = len(self._pending) if is_last else last_boundary(self._pending, self._head[-1:])
            if not cut:
                self.size += CHUNK  # a record longer than a chunk: more is needed to see its end
                continue
            body, self._pending = self._pending[:cut], self._pending[cut:]
            self._offset += cut
            done = min(1.0, self._offset / total) if total else None
            if body.strip(b"\r\n"):
                yield self._chunk(body, work, done)
            self._line += lines_in(body)

    def _require_utf8(self, body: bytes) -> None:
        """Refuse a file of which some is not UTF-8: read as if it were, texts would be others.

        Raises:
            UserError: there is such a record.
        """
        try:
            body.decode()
        except UnicodeDecodeError as error:
            before, byte = body[: error.start], body[error.start]
            (rest, *_) = body[error.start :].splitlines()
            record = (before.splitlines() or [b""])[-1] + rest
            message = Text(
                f"this line is not UTF-8 (byte 0x{byte:02x})",
                f"这一行不是 UTF-8（字节 0x{byte:02x}）",
            )
            hint, line = save_as_utf8(record), self._line + lines_in(before)
            refuse(self.name, "not-utf-8", message, hint, line=line, column=1)

    def _chunk(self, body: bytes, work: Path, done: float | None) -> Chunk:
        self._require_utf8(body)
        path = work / "chunk.csv"
        path.write_bytes(body)
        mend = partial(self._mended, path, self._line, self._offset, done)
        records = count_regular(body, len(self.names))
        if records is None:
            return mend()
        return Chunk(
            relation=csv_relation(path, self.names, own=False),
            names=self.names,
            nodes=partial(_nodes_of_lines, path, self.names, self.name, self._line),
            after=self._offset,
            done=done,
            expected=records or None,
            mended=mend,
        )

    def _mended(self, path: Path, line: int, after: int, done: float | None) -> Chunk:
        """Return the chunk with its records taken one by one, the broken ones put aside."""
        body = path.read_bytes()
        rejected: list[Rejected] = []
        offsets: list[int] = []
        lines: list[int] = []
        offset = 0
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = table_writer(out)
            for record, number in records_in(body, line):
                found = self._take(record, number)
                if isinstance(found, Problem):
                    rejected.append(Rejected(offset=offset, problems=(found,)))
                else:
                    writer.writerow(found)
                    offsets.append(offset)
                    lines.append(number)
                offset += 1
        return Chunk(
            relation=csv_relation(path, self.names),
            names=self.names,
            nodes=partial(_nodes_of_rows, path, self.names, self.name, lines),
            after=after,
            done=done,
            rows=len(offsets),
            offsets=offsets,
            rejected=tuple(rejected),
        )

    def _take(self, record: bytes, line: int) -> list[str] | Problem:
        """Return the cells of a record, or what is wrong with it."""

        def problem(code: str, message: Text, hint: Text) -> Problem:
            shown = record[:200].decode("utf-8", "replace")
            place = Place(file=self.name, line=line, column=1, width=len(shown), text=shown)
            return Problem(code=code, message=message, place=place, hint=hint)

        if len(record) > MAX_RECORD:
            return problem(
                "too-large",
                Text("longer than 1 MiB", "超过 1 MiB"),
                Text("is a quote left open?", "引号关上了吗？"),
            )
        if RECORD.fullmatch(record) is None:
            return problem(
                "broken-quotes",
                Text(
                    "a quote is left open, or text follows a closed one",
                    "引号没有关上，或关上后还有文字",
                ),
                Text('write `"` inside a cell as `""`', '单元格里的 `"` 要写成 `""`'),
            )
        cells = cells_of(record)
        assert cells is not None  # it is UTF-8
        if "\0" in record.decode("utf-8"):
            return problem(
                "control-character",
                Text("the character U+0000 stands here", "这里有字符 U+0000"),
                Text("remove it", "请删掉它"),
            )
        if len(cells) != len(self.names):
            return problem(
                "wrong-cell-count",
                Text(
                    f"{len(cells)} cells, where the header has {len(self.names)}",
                    f"有 {len(cells)} 格，而标题行有 {len(self.names)} 格",
                ),
                Text("does a text with a comma lack its quotes?", "带逗号的文字是不是没加引号？"),
            )
        return cells


def _open(path: Path | None) -> IO[bytes]:
    if path is None:
        return sys.stdin.buffer
    try:
        return open_packed(path)
    except OSError as error:
        reason = error.strerror or str(error)
        message = Text(f"cannot be read: {reason}", f"无法读取：{reason}")
        refuse(path, "cannot-read", message)


def _nodes_of_lines(
    path: Path, names: Sequence[str], file: str, line: int, rows: Sequence[int]
) -> Iterator[MapNode]:
    wanted = iter(rows)
    row = next(wanted, None)
    if row is None:
        return
    with path.open("rb") as stream:
        body = stream.read()
    for number, (record, at) in enumerate(records_in(body, line)):
        if number == row:
            cells = cells_of(record)
            assert cells is not None
            yield node_of_cells(names, cells, file, at)
            row = next(wanted, None)
            if row is None:
                return


def _nodes_of_rows(
    path: Path, names: Sequence[str], file: str, lines: Sequence[int], rows: Sequence[int]
) -> Iterator[MapNode]:
    wanted = set(rows)
    csv.field_size_limit(MAX_RECORD)
    with path.open(encoding="utf-8", newline="") as stream:
        for row, cells in enumerate(csv.reader(stream)):
            if row in wanted:
                yield node_of_cells(names, cells, file, lines[row])

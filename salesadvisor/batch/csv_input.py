"""CSV files, cut into chunks of whole records. Dialect and types are stated, never guessed.

Commas, double quotes, a header line, UTF-8. A chunk in which all is well is read by the engine;
in one that is not, the records are taken apart one by one, so that a broken line costs that line
and nothing else.
"""

import contextlib
import csv
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO

from salesadvisor.batch.records import (
    FEW,
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
from salesadvisor.documents.source import SAVE_AS_UTF8, STDIN_NAME
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.text import Text

CHUNK = 48 << 20
"""Bytes of a chunk, about."""

_CELL = rb' *+"(?:[^"]|"")*+" *+|(?! *+")[^,\r\n]*+'
_RECORD = re.compile(rb"(?:%b)(?:,(?:%b))*+(?=[\r\n]|\Z)" % (_CELL, _CELL))
_OPEN_RECORD = re.compile(rb'(?:(?:%b),)*+ *+"(?:[^"]|"")*+\Z' % _CELL)
_CELLS = re.compile(rb"(?:\A|,)(%b)" % _CELL)
_QUOTED = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"')
_REGULAR = re.compile(rb'[^"]*+(?:(?<![^,\r\n])%b(?![^,\r\n])[^"]*+)*+' % _QUOTED.pattern)
"""Text in which quotes stand round whole cells only: what all readers of CSV agree on."""
_LINE = re.compile(rb"[^\r\n]*+")
_BOM = b"\xef\xbb\xbf"

Header = Callable[[Sequence[str], Place], tuple[str, ...]]
"""Checks the names of the columns; returns those that are labels."""


class CsvInput:
    """One CSV file, plain or gzip, or standard input.

    Raises:
        UserError: it can't be read, or its header line is wrong.
    """

    def __init__(self, path: Path | None, check: Header, size: int = CHUNK) -> None:
        self.path = path
        self.name = STDIN_NAME if path is None else str(path)
        self.size = size
        self._stream = _open(path)
        with contextlib.nullcontext() if path is None else self._stream:
            self._pending = self._read_more(b"", 2 * MAX_RECORD)
        if self._pending.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise self._refused("not-utf-8", Text("this is UTF-16", "这是 UTF-16"), SAVE_AS_UTF8)
        self._mark = len(_BOM) if self._pending.startswith(_BOM) else 0
        self._pending = self._pending[self._mark :]
        self._offset = 0  # of what is pending, in bytes of text without the mark at its head
        header = self._header()
        self.names = tuple(header)
        self.labels = check(self.names, Place(file=self.name, line=1, column=1))
        self._line = 1 + _lines(self._head)

    def _header(self) -> list[str]:
        found = _RECORD.match(self._pending)
        if found is None or not self._pending.strip():
            raise self._refused(
                "no-header",
                Text("there is no header line", "没有标题行"),
                Text("the first line names the columns", "第一行要写列名"),
            )
        end = _line_end(self._pending, found.end())
        self._head, self._pending = self._pending[:end], self._pending[end:]
        self._offset = end
        cells = _cells(found.group())
        if cells is None:
            raise self._refused(
                "not-utf-8", Text("the header is not UTF-8", "标题行不是 UTF-8"), SAVE_AS_UTF8
            )
        return cells

    def _refused(self, code: str, message: Text, hint: Text) -> UserError:
        return UserError(
            [Problem(code=code, message=message, place=Place(file=self.name), hint=hint)]
        )

    def _read_more(self, before: bytes, size: int) -> bytes:
        """Return `before` and what comes next, up to a size.

        Raises:
            UserError: the file can't be read.
        """
        try:
            return before + self._stream.read(max(1 << 16, size - len(before)))
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise self._refused(
                "cannot-read",
                Text(f"cannot be read: {reason}", f"无法读取：{reason}"),
                Text("is the file whole?", "文件完整吗？"),
            ) from None

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
            self._line += _lines(self._pending[:skipped])
            self._offset += skipped
            self._pending = self._read_more(self._pending[skipped:], self.size)
        total = self.path.stat().st_size if self.path and not is_packed(self.path) else 0
        while True:
            before = len(self._pending)
            self._pending = self._read_more(self._pending, self.size)
            is_last = len(self._pending) == before
            if not self._pending:
                return
            cut = len(self._pending) if is_last else _boundary(self._pending, self._head[-1:])
            if not cut:
                self.size += CHUNK  # a record longer than a chunk: more is needed to see its end
                continue
            body, self._pending = self._pending[:cut], self._pending[cut:]
            self._offset += cut
            done = min(1.0, self._offset / total) if total else None
            if body.strip(b"\r\n"):
                yield self._chunk(body, work, done)
            self._line += _lines(body)

    def _chunk(self, body: bytes, work: Path, done: float | None) -> Chunk:
        path = work / "chunk.csv"
        path.write_bytes(body)
        mend = partial(self._mended, path, self._line, self._offset, done)
        records = _count_regular(body, len(self.names))
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
            for record, number in _records(body, line):
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
        if _RECORD.fullmatch(record) is None:
            return problem(
                "broken-quotes",
                Text(
                    "a quote is left open, or text follows a closed one",
                    "引号没有关上，或关上后还有文字",
                ),
                Text('write `"` inside a cell as `""`', '单元格里的 `"` 要写成 `""`'),
            )
        cells = _cells(record)
        if cells is None:
            return problem("not-utf-8", Text("this is not UTF-8", "这不是 UTF-8"), SAVE_AS_UTF8)
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
        raise UserError(
            [Problem(code="cannot-read", message=message, place=Place(file=str(path)))]
        ) from None


def _lines(body: bytes) -> int:
    """Return how many lines end in `body`."""
    return body.count(b"\n") or body.count(b"\r")


def _line_end(data: bytes, at: int) -> int:
    """Return where the line break at `at` ends."""
    if data[at : at + 2] == b"\r\n":
        return at + 2
    return min(at + 1, len(data))


def _boundary(data: bytes, mark: bytes = b"\n") -> int:
    """Return where the last whole record ends; 0 where none does.

    Args:
        data: Some of a file, from the beginning of a record.
        mark: What ends its lines, or the last of it.
    """
    if mark not in data:
        mark = b"\r"
    if b'"' not in data:
        return data.rfind(mark) + 1
    regular = _REGULAR.match(data)
    assert regular is not None
    end = regular.end()  # at a quote that is never closed, or at one that stands inside a cell
    if end < len(data):
        if _QUOTED.match(data, end) or (end and data[end - 1 : end] not in b",\r\n"):
            return _boundary_by_records(data)
        if len(data) - end > MAX_RECORD:
            return data.find(mark, end) + 1  # never closed: that line is put aside
    quotes = 0  # behind the line break that is looked at: an odd number of them opens or closes it
    while True:
        line = data.rfind(mark, 0, end) + 1
        quotes += data.count(b'"', line, end)
        if quotes % 2 == 0:
            return line
        end = line - 1


def _boundary_by_records(data: bytes) -> int:
    """Return the same, taking the records apart: where quotes stand inside cells."""
    at = 0
    while at < len(data):
        found = _RECORD.match(data, at)
        if found is None or found.end() - at > MAX_RECORD:
            if len(data) - at <= MAX_RECORD and _OPEN_RECORD.match(data, at):
                return at
            found = _LINE.match(data, at)
            assert found is not None
        if len(data) - found.end() < len(b"\r\n"):
            return at  # its line break may go on in what comes next
        at = _line_end(data, found.end())
    return at


def _count_regular(body: bytes, width: int) -> int | None:
    """Return how many records a table has, 0 where that takes the engine to say.

    None where readers of CSV may not agree on what they are: quotes inside cells, a NUL, line
    breaks of several kinds, an empty line where it may be a record of one empty cell, more or
    fewer cells than the header has. The engine takes a surplus empty cell for none. Nor where
    they are too few for a query.

    Args:
        body: Its text.
        width: Cells in a record.
    """
    if b"\0" in body or width == 1 or _lines(body) < FEW:
        return None
    returns = body.count(b"\r")
    if returns and b"\n" in body and returns != body.count(b"\r\n"):
        return None
    if b'"' in body and not _REGULAR.fullmatch(body):
        return None
    ends = (last + mark for last in (b",", b',""') for mark in (b"\n", b"\r"))
    if not body.endswith((b",", b',""')) and not any(end in body for end in ends):
        return 0  # no record ends in an empty cell
    bare = _QUOTED.sub(b"", body) if b'"' in body else body
    records, rest = divmod(bare.count(b","), width - 1)
    return None if rest else records


def _records(body: bytes, line: int) -> Iterator[tuple[bytes, int]]:
    """Yield each record with the line it begins on; a broken one is the line alone."""
    at = 0
    while at < len(body):
        found = _RECORD.match(body, at)
        if found is None or found.end() - at > MAX_RECORD:
            found = _LINE.match(body, at)
            assert found is not None
        if found.end() > at:
            yield found.group(), line
        end = _line_end(body, found.end())
        line += max(1, _lines(body[at:end])) if end > found.end() else 0
        at = end


def _cells(record: bytes) -> list[str] | None:
    """Return the cells of a whole record; None where it is not UTF-8."""
    try:
        cells = [found.group(1).decode("utf-8") for found in _CELLS.finditer(record)]
    except UnicodeDecodeError:
        return None
    return [_unquoted(cell) for cell in cells]


def _unquoted(cell: str) -> str:
    bare = cell.strip(" ")
    return bare[1:-1].replace('""', '"') if bare.startswith('"') else cell


def _nodes_of_lines(
    path: Path, names: Sequence[str], file: str, line: int, rows: Sequence[int]
) -> Iterator[MapNode]:
    wanted = iter(rows)
    row = next(wanted, None)
    with path.open("rb") as stream:
        body = stream.read()
    for number, (record, at) in enumerate(_records(body, line)):
        if number == row:
            cells = _cells(record)
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

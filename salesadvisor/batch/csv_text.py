"""The text of CSV files: where records end, and what readers of CSV agree on."""

import re
from collections.abc import Iterator

from salesadvisor.batch.records import FEW, MAX_RECORD

_CELL = rb' *+"(?:[^"]|"")*+" *+|(?! *+")[^,\r\n]*+'
RECORD = re.compile(rb"(?:%b)(?:,(?:%b))*+(?=[\r\n]|\Z)" % (_CELL, _CELL))
_OPEN_RECORD = re.compile(rb'(?:(?:%b),)*+ *+"(?:[^"]|"")*+\Z' % _CELL)
_CELLS = re.compile(rb"(?:\A|,)(%b)" % _CELL)
_QUOTED = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"')
_REGULAR = re.compile(rb'[^"]*+(?:(?<![^,\r\n])%b(?![^,\r\n])[^"]*+)*+' % _QUOTED.pattern)
"""Text in which quotes stand round whole cells only: what all readers of CSV agree on."""
_LINE = re.compile(rb"[^\r\n]*+")


def lines_in(body: bytes) -> int:
    """Return how many lines end in `body`."""
    return body.count(b"\n") or body.count(b"\r")


def line_end(data: bytes, at: int) -> int:
    """Return where the line break at `at` ends."""
    if data[at : at + 2] == b"\r\n":
        return at + 2
    return min(at + 1, len(data))


def last_boundary(data: bytes, mark: bytes = b"\n") -> int:
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
    for at, end, _ in _spans(data):
        if len(data) - end < len(b"\r\n"):
            return at  # its line break may go on in what comes next
        if len(data) - at <= MAX_RECORD and _OPEN_RECORD.match(data, at):
            return at
    return len(data)


def count_regular(body: bytes, width: int) -> int | None:
    """Return how many records a table has, 0 where that takes the engine to say.

    None where readers of CSV may not agree on what they are: quotes inside cells, a NUL, line
    breaks of several kinds, an empty line where it may be a record of one empty cell, more or
    fewer cells than the header has. The engine takes a surplus empty cell for none. Nor where
    they are too few for a query.

    Args:
        body: Its text.
        width: Cells in a record.
    """
    if b"\0" in body or width == 1 or lines_in(body) < FEW:
        return None
    returns = body.count(b"\r")
    if returns and b"\n" in body and returns != body.count(b"\r\n"):
        return None
    if b'"' in body and not _REGULAR.fullmatch(body):
        return None
    mark, lasts = b"\r" if returns else b"\n", (b",", b',""') if b'"' in body else (b",",)
    ends = (last + mark for last in lasts)
    if not body.endswith((b",", b',""')) and not any(end in body for end in ends):
        return 0  # no record ends in an empty cell
    bare = _QUOTED.sub(b"", body) if b'"' in body else body
    records, rest = divmod(bare.count(b","), width - 1)
    return None if rest else records


def records_in(body: bytes, line: int) -> Iterator[tuple[bytes, int]]:
    """Yield each record with the line it begins on; a broken one is the line alone."""
    for at, end, after in _spans(body):
        if end > at:
            yield body[at:end], line
        line += max(1, lines_in(body[at:after])) if after > end else 0


def _spans(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield where each record begins, where it ends, and where the next one begins."""
    at = 0
    while at < len(data):
        found = RECORD.match(data, at)
        if found is None or found.end() - at > MAX_RECORD:
            found = _LINE.match(data, at)
            assert found is not None
        after = line_end(data, found.end())
        yield at, found.end(), after
        at = after


def cells_of(record: bytes) -> list[str] | None:
    """Return the cells of a whole record; None where it is not UTF-8."""
    try:
        cells = [found.group(1).decode("utf-8") for found in _CELLS.finditer(record)]
    except UnicodeDecodeError:
        return None
    return [_unquoted(cell) for cell in cells]


def _unquoted(cell: str) -> str:
    bare = cell.strip(" ")
    return bare[1:-1].replace('""', '"') if bare.startswith('"') else cell

"""Records as they come from any input: rows of a table of texts, many at a time."""

import csv
import gzip
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol

from salesadvisor.documents.node import MapNode, ScalarNode
from salesadvisor.problems import Place, Problem

if TYPE_CHECKING:
    from _csv import Writer

MAX_RECORD = 1 << 20
"""Bytes of one record."""

FEW = 200
"""Fewer records are decided one by one: to plan a query takes as long."""

Nodes = Callable[[Sequence[int]], Iterable[MapNode]]
"""Gives rows, in rising order, as documents with places: for whoever reads them one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A record that can't be in the output, and everything that is wrong with it."""

    offset: int  # among the records of its chunk, from 0
    problems: tuple[Problem, ...]
    node: MapNode | None = None  # what was read of it, to say in which key


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some records of one input, in order.

    Those that can't even be taken apart are among the rejected; the others are rows.
    """

    relation: str  # what a query reads the rows from
    names: tuple[str, ...]  # its columns, all of them texts
    nodes: Nodes
    after: int  # where the next chunk begins, in whatever its input counts in
    done: float | None  # what part of the input lies behind, from 0 to 1, where that is known
    rows: int | None = None  # None: not known before it is read
    expected: int | None = None  # rows that an engine must find; else it reads them otherwise
    offsets: Sequence[int] | None = field(default=None, repr=False)
    """Of each row among the records of the chunk; None where no record is rejected."""
    rejected: tuple[Rejected, ...] = ()
    mended: "Callable[[], Chunk] | None" = None
    """The same, record by record, for when the engine can't read it as a whole."""

    def offset(self, row: int) -> int:
        """Return where a row stands among the records of the chunk."""
        return row if self.offsets is None else self.offsets[row]


Plain = str | list[str] | dict[str, str]
"""A value that fits into a cell: a text, options, or the ends of a range."""


class Document(NamedTuple):
    """One record as it is written, and where it begins."""

    text: str
    line: int
    cells: dict[str, Plain] | None  # what is plain in it; None: to be read with care


class Input(Protocol):
    """Where records come from."""

    name: str  # for messages
    labels: tuple[str, ...]  # columns that are carried along

    def chunks(self, begin: int, work: Path) -> Iterator[Chunk]:
        """Yield the records from `begin` on; files that they need are made in `work`."""


def node_of_cells(
    names: Iterable[str], cells: Iterable[str | None], file: str, line: int
) -> MapNode:
    """Return a row of a table as a document; its columns are numbered as in the table."""
    entries = []
    for number, (name, cell) in enumerate(zip(names, cells, strict=True), start=1):
        place = Place(file=file, line=line, column=number)
        if cell:
            entries.append(
                (ScalarNode(name, place, True, (0, 0)), ScalarNode(cell, place, False, (0, 0)))
            )
    return MapNode(tuple(entries), Place(file=file, line=line, column=1), (0, 0))


def key_at(node: MapNode | None, place: Place) -> str | None:
    """Return the key in whose value a place lies; None where it is none of one record."""
    found = None
    for key, _ in node.entries if node is not None else ():
        if (key.place.line, key.place.column) <= (place.line, place.column):
            found = key.text
    return found


def open_packed(path: Path) -> IO[bytes]:
    """Return the bytes of a file, unpacked if it is packed."""
    if is_packed(path):
        return gzip.open(path, "rb")  # type: ignore[return-value]  # reads as one
    return path.open("rb")


def is_packed(path: Path) -> bool:
    """Return whether the name of a file says that it is packed."""
    return path.suffix.lower() == ".gz"


def sql_files(*paths: Path) -> str:
    """Return files as SQL has them: each itself, whatever its name would match as a pattern."""
    return "[" + ", ".join(sql_text(re.sub(r"[*?[]", r"[\g<0>]", str(p))) for p in paths) + "]"


def sql_name(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def sql_text(value: Path | str) -> str:
    """Return a text as SQL writes it."""
    return "'" + str(value).replace("'", "''") + "'"


class _Lines(NamedTuple):
    """Ends rows with a line feed alone, though the writer takes CR, too, for a line's end."""

    out: IO[str]

    def write(self, row: str) -> int:
        return self.out.write(row[:-2] + "\n")


def table_writer(out: IO[str]) -> "Writer":
    """Return what writes rows for `csv_relation`: a cell with any line break in quotes."""
    return csv.writer(_Lines(out), lineterminator="\r\n")


def csv_relation(path: Path, names: Sequence[str], *, own: bool = True) -> str:
    """Return what reads a CSV file without a header line, as texts, and refuses whatever is odd.

    Args:
        path: The file.
        names: Of its columns.
        own: Whether `table_writer` wrote it.
    """
    line = r", new_line='\n'" if own else ""
    size = MAX_RECORD * (8 if own else 1)  # quotes are doubled, perhaps twice
    columns = ", ".join(f"{sql_text(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({sql_files(path)}, auto_detect=false, header=false, delim=',', quote='\"', "
        f"escape='\"', strict_mode=true, null_padding=false, hive_partitioning=false, "
        f"max_line_size={size}, buffer_size={MAX_RECORD * 16}{line}, columns={{{columns}}})"
    )

"""YAML, JSON and JSONL: documents, written out as a table of texts.

What is plain (a value, a list of options, a range) goes into a cell. Whatever is not is marked,
and its record is read by the reader of answer files, which knows what to say about it.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

import yaml

from salesadvisor.batch.records import MAX_RECORD, Chunk, Rejected, csv_relation, open_packed
from salesadvisor.documents.json_reader import read_json
from salesadvisor.documents.node import MapNode, ScalarNode
from salesadvisor.documents.read import require_mapping
from salesadvisor.documents.source import MIB, SAVE_AS_UTF8, decode
from salesadvisor.documents.yaml_reader import read_yaml
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.rulebook.answers import rate_key
from salesadvisor.rulebook.definitions import ChoiceQuestion, Rulebook
from salesadvisor.text import Text

SPECIAL = "special"
"""The column that marks records for the reader of answer files."""
RECORDS = 20_000
"""Of a chunk."""

Plain = str | list[str] | dict[str, str]


class Document(NamedTuple):
    """One record as it is written, and where it begins."""

    text: str
    line: int
    cells: dict[str, Plain] | None  # what is plain in it; None: to be read with care


class DocumentInput:
    """One file of documents, or standard input spooled to a file."""

    def __init__(self, path: Path, name: str, rulebook: Rulebook, kind: str) -> None:
        """Look for labels in the file.

        Args:
            path: Where it is.
            name: For messages.
            rulebook: What it may answer.
            kind: `yaml`, `json` or `jsonl`.
        """
        self.path = path
        self.name = name
        self.kind = kind
        self.rulebook = rulebook
        self.labels = ("name", "id", *_own_labels(path, kind))
        questions = tuple(str(question.id) for question in rulebook.questions)
        self.names = (*self.labels, "currency", rate_key(rulebook), *questions, SPECIAL)
        self._multiple = {str(q.id) for q in rulebook.questions if isinstance(q, ChoiceQuestion)}

    def chunks(self, begin: int, work: Path) -> Iterator[Chunk]:
        """Yield the records from `begin` on: a count of records."""
        documents = _DOCUMENTS[self.kind](self.path, self.name)
        batch: list[Document] = []
        count = 0
        for document in documents:
            count += 1
            if count <= begin:
                continue
            batch.append(document)
            if len(batch) == RECORDS:
                yield self._chunk(batch, work, count)
                batch = []
        if batch:
            yield self._chunk(batch, work, count)

    def _chunk(self, documents: list[Document], work: Path, after: int) -> Chunk:
        path = work / "chunk.csv"
        rejected: list[Rejected] = []
        kept: list[Document] = []
        offsets: list[int] = []
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            for offset, document in enumerate(documents):
                row = None if document.cells is None else self._row(document.cells)
                if row is None:
                    try:
                        node = self._node(document)
                    except UserError as error:
                        rejected.append(Rejected(offset=offset, problems=error.problems))
                        continue
                    row = self._special_row(node)
                writer.writerow(row)
                kept.append(document)
                offsets.append(offset)
        return Chunk(
            relation=csv_relation(path, self.names),
            names=self.names,
            nodes=partial(self._nodes, kept),
            after=after,
            done=None,
            rows=len(kept),
            offsets=offsets,
            rejected=tuple(rejected),
        )

    def _row(self, cells: dict[str, Plain]) -> list[str] | None:
        """Return a record as cells; None where something in it is not for a cell."""
        row = dict.fromkeys(self.names, "")
        for key, value in cells.items():
            if key not in row or key == SPECIAL:
                return None
            match value:
                case str():
                    row[key] = value
                case list() if key in self._multiple and value and "|" not in "".join(value):
                    row[key] = "|".join(value)
                case dict() if key not in self.labels and {*value} <= {"min", "max"} and value:
                    row[key] = f"{value.get('min', '')}..{value.get('max', '')}"
                case _:
                    return None
        return list(row.values())

    def _special_row(self, node: MapNode) -> list[str]:
        row = dict.fromkeys(self.names, "")
        row[SPECIAL] = "1"
        for key, value in node.entries:
            if key.text in self.labels and isinstance(value, ScalarNode) and not value.is_null:
                row[key.text] = value.text.replace("\0", "")
        return list(row.values())

    def _node(self, document: Document) -> MapNode:
        """Return a document read with care.

        Raises:
            UserError: it can't be read.
        """
        if len(document.text) > MAX_RECORD:
            raise UserError([_too_large(self.name, document.line)])
        text = "\n" * (document.line - 1) + document.text
        read = read_yaml if self.kind == "yaml" else read_json
        node = read(text, self.name)
        return require_mapping(node, self.name)

    def _nodes(self, kept: list[Document], rows: Sequence[int]) -> Iterator[MapNode]:
        for row in rows:
            yield self._node(kept[row])


def _too_large(name: str, line: int) -> Problem:
    return Problem(
        code="too-large",
        message=Text("a record of more than 1 MiB", "一条记录超过 1 MiB"),
        place=Place(file=name, line=line, column=1),
        hint=Text("a record is a few kilobytes", "一条记录通常只有几 KB"),
    )


def _own_labels(path: Path, kind: str) -> tuple[str, ...]:
    """Return the keys in a file that start with `x-`: at worst one that only looks like a key."""
    pattern = (
        re.compile(rb'^\s*["\']?(x-[^"\':\n]{0,200})["\']?\s*:', re.MULTILINE)
        if kind == "yaml"
        else re.compile(rb'"(x-[^"\\\n]{0,200})"\s*:')
    )
    found: dict[str, None] = {}
    with open_packed(path) as stream:
        before = b""
        while block := stream.read(1 << 22):
            text = before + block
            for match in pattern.finditer(text):
                found[match.group(1).decode("utf-8", "replace").strip()] = None
            before = text[-512:]
    return tuple(sorted(found))


# Documents of each kind.


def _lines_of_json(path: Path, name: str) -> Iterator[Document]:  # noqa: ARG001 -- as every kind
    with open_packed(path) as stream:
        for number, line in enumerate(_bounded_lines(stream), start=1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                continue
            try:
                text = line.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError:
                text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
                yield Document(text, number, None)
                continue
            yield Document(text, number, _plain_json(text))


def _bounded_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines; one that is far too long is cut, and told by whoever reads it."""
    while line := stream.readline(MAX_RECORD + 2):
        if len(line) > MAX_RECORD and not line.endswith(b"\n"):
            while more := stream.readline(MAX_RECORD):
                if more.endswith(b"\n"):
                    break
        yield line


_DECODER = json.JSONDecoder(
    object_pairs_hook=lambda pairs: pairs,
    parse_int=str, parse_float=str,
    parse_constant=lambda word: (_ for _ in ()).throw(ValueError(word)),
)  # fmt: skip


def _plain_json(text: str) -> dict[str, Plain] | None:
    """Return an object of plain values; None for anything else, right or wrong."""
    if "\\u" in text or len(text) > MAX_RECORD:
        return None
    try:
        pairs = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    return _plain_pairs(pairs)


def _plain_pairs(pairs: object) -> dict[str, Plain] | None:
    if not isinstance(pairs, list) or not all(isinstance(pair, tuple) for pair in pairs):
        return None
    found: dict[str, Plain] = {}
    for key, value in pairs:
        if key in found:
            return None
        match value:
            case str():
                found[key] = value
            case None:
                found[key] = ""
            case [*items] if items and all(isinstance(item, str) for item in items):
                found[key] = items
            case [*items] if items and all(
                isinstance(item, tuple) and isinstance(item[1], str) for item in items
            ):
                ends = dict(items)
                if len(ends) < len(items):
                    return None
                found[key] = ends
            case _:
                return None
    return found


def _documents_of_json(path: Path, name: str) -> Iterator[Document]:
    """Yield the objects of a JSON file: one, or an array of them.

    Raises:
        UserError: it can't be read, or is too large.
    """
    limit = 256 * MIB
    with open_packed(path) as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise UserError(
            [
                Problem(
                    code="too-large",
                    message=Text("a JSON array of more than 256 MiB", "JSON 数组超过 256 MiB"),
                    place=Place(file=name),
                    hint=Text("write JSONL: an object a line", "请改用 JSONL：每行一个对象"),
                )
            ]
        )
    text = decode(data, name)
    if not text.lstrip().startswith("["):
        yield Document(text, 1, None)
        return
    yield from _items_of_json(text)


_WHITE = re.compile(r"[ \t\r\n]*")


def _items_of_json(text: str) -> Iterator[Document]:
    """Yield the items of an array; where it is broken, so is the rest of it, as one record."""
    scan = _DECODER.raw_decode
    at = _WHITE.match(text, text.index("[") + 1).end()  # type: ignore[union-attr]  # matches always
    line, seen = 1, 0
    if text[at : at + 1] == "]":
        return
    while True:
        line += text.count("\n", seen, at)
        seen = at
        try:
            pairs, end = scan(text, at)
        except (ValueError, RecursionError):
            yield Document(text[at:], line, None)
            return
        written = text[at:end]
        yield Document(written, line, None if "\\u" in written else _plain_pairs(pairs))
        at = _WHITE.match(text, end).end()  # type: ignore[union-attr]  # matches always
        if text[at : at + 1] == "]" and not text[at + 1 :].strip():
            return
        if text[at : at + 1] != ",":
            yield Document(text[at:], line, None)
            return
        at = _WHITE.match(text, at + 1).end()  # type: ignore[union-attr]  # matches always


_MARK = re.compile(r"^(?:---(?=[ \t\r\n]|\Z)|\.\.\.(?=[ \t\r\n]|\Z))", re.MULTILINE)


def _documents_of_yaml(path: Path, name: str) -> Iterator[Document]:
    """Yield the documents of a YAML stream. `---` at the head of a line always begins one.

    Raises:
        UserError: it is not UTF-8.
    """
    line = 1
    pending = ""
    with open_packed(path) as stream:
        import codecs

        read = codecs.getreader("utf-8")(stream)
        while True:
            try:
                block = read.read(1 << 20)
            except UnicodeDecodeError as error:
                raise UserError(
                    [
                        Problem(
                            code="not-utf-8",
                            message=Text(
                                f"this is not UTF-8: {error.reason}",
                                f"这不是 UTF-8：{error.reason}",
                            ),
                            place=Place(file=name),
                            hint=SAVE_AS_UTF8,
                        )
                    ]
                ) from None
            pending += block
            if line == 1:
                pending = pending.removeprefix("\ufeff")
            marks = [found.start() for found in _MARK.finditer(pending)]
            cut = len(pending) if not block else (marks[-1] if marks else 0)
            if cut:
                yield from _yaml_parts(pending[:cut], line)
                line += pending.count("\n", 0, cut)
                pending = pending[cut:]
            if not block:
                return


def _yaml_parts(text: str, line: int) -> Iterator[Document]:
    """Yield the documents in a text that begins and ends between two of them."""
    marks = [found.start() for found in _MARK.finditer(text)]
    starts = sorted({0, *marks})
    parts = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:end]
        body = part[3:] if _MARK.match(part) else part
        # A part of comments alone is no document.
        if any(row.strip() and not row.lstrip().startswith("#") for row in body.split("\n")):
            parts.append((part, line))
        line += part.count("\n")
    plain = _plain_yaml("".join(part for part, _ in parts)) if parts else []
    if plain is None or len(plain) != len(parts):
        plain = []
        for part, _ in parts:
            alone = _plain_yaml(part)
            plain.append(alone[0] if alone is not None and len(alone) == 1 else None)
    for (part, at), cells in zip(parts, plain, strict=True):
        yield Document(part, at, cells)


def _plain_yaml(text: str) -> list[dict[str, Plain] | None] | None:
    """Return the documents of a stream as plain values; None where it is no YAML.

    Of a document that has more than values, lists of them and ranges, None.
    """
    documents: list[dict[str, Plain] | None] = []
    events = yaml.parse(text, Loader=yaml.CSafeLoader)
    try:
        for event in events:
            if type(event) is yaml.DocumentStartEvent:
                documents.append(_plain_document(events))
    except yaml.YAMLError:
        return None
    except (ValueError, RecursionError):
        return None
    return documents


_SCALAR, _END = yaml.ScalarEvent, yaml.DocumentEndEvent
_MAP, _MAP_END = yaml.MappingStartEvent, yaml.MappingEndEvent
_LIST, _LIST_END = yaml.SequenceStartEvent, yaml.SequenceEndEvent


def _plain_document(events: Iterator[Any]) -> dict[str, Plain] | None:
    """Read the events of one document, to its end."""
    found: dict[str, Plain] = {}
    is_plain = True
    event = next(events)
    if type(event) is not _MAP or event.anchor or event.tag:
        _skip(events, event)
        return None
    while True:
        event = next(events)
        kind = type(event)
        if kind is _MAP_END:
            break
        if kind is not _SCALAR or event.anchor or event.tag or event.value in found:
            is_plain = False
            _skip_node(events, event)
            if kind is yaml.AliasEvent or kind is _SCALAR:
                _skip_node(events, next(events))
            continue
        key = event.value
        event = next(events)
        kind = type(event)
        if kind is _SCALAR:
            value = event.value
            if event.anchor or event.tag:
                is_plain = False
            if not value.isprintable():
                is_plain = False
            if event.style is None and value in ("~", "null", "Null", "NULL"):
                value = ""
            found[key] = value
        elif kind is _LIST or kind is _MAP:
            plain = _plain_node(events, event)
            if plain is None:
                is_plain = False
            else:
                found[key] = plain
        else:
            is_plain = False
    if type(next(events)) is not _END:
        return None
    return found if is_plain else None


def _plain_node(events: Iterator[Any], start: yaml.CollectionStartEvent) -> Plain | None:
    """Read a list of scalars, or a mapping of them; None for anything else."""
    is_plain = not (start.anchor or start.tag)
    values: list[str] = []
    end = _LIST_END if type(start) is _LIST else _MAP_END
    while True:
        event = next(events)
        if type(event) is end:
            break
        if type(event) is _SCALAR:
            values.append(event.value)
            is_plain = is_plain and not (event.anchor or event.tag) and event.value.isprintable()
        else:
            is_plain = False
            _skip_node(events, event)
    if not is_plain:
        return None
    if end is _LIST_END:
        return values
    keys = values[::2]
    return dict(zip(keys, values[1::2], strict=True)) if len(set(keys)) == len(keys) else None


def _skip_node(events: Iterator[Any], start: yaml.Event) -> None:
    depth = 1 if isinstance(start, yaml.CollectionStartEvent) else 0
    while depth:
        event = next(events)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _skip(events: Iterator[Any], start: yaml.Event) -> None:
    _skip_node(events, start)
    if type(next(events)) is not _END:
        raise ValueError("no end of the document")


_DOCUMENTS = {
    "yaml": _documents_of_yaml,
    "json": _documents_of_json,
    "jsonl": _lines_of_json,
}

"""YAML, JSON and JSONL: documents, written out as a table of texts.

What is plain (a value, a list of options, a range) goes into a cell. Whatever is not is marked,
and its record is read by the reader of answer files, which knows what to say about it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from salesadvisor.batch.json_documents import documents_of_json, lines_of_json
from salesadvisor.batch.records import (
    MAX_RECORD,
    Chunk,
    Document,
    Plain,
    Rejected,
    csv_relation,
    open_packed,
    table_writer,
)
from salesadvisor.batch.yaml_documents import documents_of_yaml
from salesadvisor.documents.json_reader import read_json
from salesadvisor.documents.node import ListNode, MapNode, Node, ScalarNode
from salesadvisor.documents.read import require_mapping
from salesadvisor.documents.source import decode, save_as_utf8
from salesadvisor.documents.yaml_reader import read_yaml
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.rulebook.answers import rate_key
from salesadvisor.rulebook.definitions import ChoiceQuestion, Rulebook
from salesadvisor.text import Text

SPECIAL = "special"
"""The column that marks records for the reader of answer files."""
RECORDS = 20_000
"""Of a chunk."""


class DocumentInput:
    """One file of documents, or standard input spooled to a file."""

    def __init__(
        self, path: Path, name: str, rulebook: Rulebook, kind: str, carried: Sequence[str]
    ) -> None:
        """Look for labels in the file.

        Args:
            path: Where it is.
            name: For messages.
            rulebook: What it may answer.
            kind: `yaml`, `json` or `jsonl`.
            carried: Further keys that are kept as they are.
        """
        self.path = path
        self.name = name
        self.kind = kind
        self.rulebook = rulebook
        self.labels = tuple(dict.fromkeys(("name", "id", *_own_labels(path, kind), *carried)))
        questions = tuple(str(question.id) for question in rulebook.questions)
        self.names = (*self.labels, "currency", rate_key(rulebook), *questions, SPECIAL)
        self._multiple = {str(q.id) for q in rulebook.questions if isinstance(q, ChoiceQuestion)}

    def chunks(self, begin: int, work: Path) -> Iterator[Chunk]:
        """Yield the records from `begin` on: a count of records."""
        documents = _DOCUMENTS[self.kind](self.path, self.name)
        batch: list[Document] = []
        count = 0
        broken: tuple[Problem, ...] = ()
        while not broken:
            try:
                document = next(documents, None)
            except UserError as error:  # no more can be read: that counts as one record
                broken, document = error.problems, None
            if document is None:
                count += bool(broken)
                break
            count += 1
            if count <= begin:
                continue
            batch.append(document)
            if len(batch) == RECORDS:
                yield self._chunk(batch, work, count)
                batch = []
        if batch or (broken and count > begin):
            yield self._chunk(batch, work, count, broken)

    def _chunk(
        self, documents: list[Document], work: Path, after: int, broken: tuple[Problem, ...] = ()
    ) -> Chunk:
        path = work / "chunk.csv"
        rejected: list[Rejected] = []
        if broken:
            rejected.append(Rejected(offset=len(documents), problems=broken))
        kept: list[Document] = []
        offsets: list[int] = []
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = table_writer(out)
            for offset, document in enumerate(documents):
                row = None
                if document.cells is not None and not _is_too_large(document.text):
                    row = self._row(document.cells)
                if row is None:
                    try:
                        node = self._node(document)
                        self._require_labels(node)
                    except UserError as error:
                        self._require_utf8(document, error)
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
            rejected=tuple(sorted(rejected, key=lambda each: each.offset)),
        )

    def _require_utf8(self, document: Document, error: UserError) -> None:
        """Refuse a file of which some is not UTF-8: read as if it were, texts would be others.

        Raises:
            UserError: that is what is wrong with a document.
        """
        if any(problem.code == "not-utf-8" for problem in error.problems):
            hint = save_as_utf8(document.text.encode("utf-8", "surrogateescape"))
            raise UserError([replace(problem, hint=hint) for problem in error.problems])

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
            if key.text not in self.labels:
                continue
            if not isinstance(value, ScalarNode):
                row[key.text] = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
            elif not value.is_null:
                row[key.text] = value.text.replace("\0", "")
        return list(row.values())

    def _require_labels(self, node: MapNode) -> None:
        """Check that every label of a record has its column.

        Raises:
            UserError: one has none.
        """
        lost = [
            key
            for key, _ in node.entries
            if key.text.startswith("x-") and key.text not in self.labels
        ]
        if lost:
            raise UserError(
                [
                    Problem(
                        code="unknown-key",
                        message=Text(
                            f"the label `{key.text[:60]}` has no column",
                            f"标签 `{key.text[:60]}` 没有对应的列",
                        ),
                        place=key.place,
                        hint=Text(
                            "write it plainly, without escapes, and alike in all records: case counts",
                            "请直接写，不要用转义；各条记录写法要一致，区分大小写",
                        ),
                    )
                    for key in lost
                ]
            )

    def _node(self, document: Document) -> MapNode:
        """Return a document read with care.

        Raises:
            UserError: it can't be read.
        """
        if _is_too_large(document.text):
            raise UserError([_too_large(self.name, document.line)])
        before = document.line - 1
        try:
            return _moved(self._read(document.text), before)
        except UserError as error:
            problems = error.problems
        raise UserError([_moved_problem(problem, before) for problem in problems])

    def _read(self, text: str) -> MapNode:
        decoded = decode(text.encode("utf-8", "surrogateescape"), self.name)
        read = read_yaml if self.kind == "yaml" else read_json
        return require_mapping(read(decoded, self.name), self.name)

    def _nodes(self, kept: list[Document], rows: Sequence[int]) -> Iterator[MapNode]:
        for row in rows:
            yield self._node(kept[row])


_NAMED_LINE = re.compile(
    r"(\Aline |first in line |\A第 |第一次在第 )([0-9]+)(?= is not UTF-8|\)\Z| 行不是| 行）\Z)"
)
"""A line in the words of a problem."""


def _moved(node: MapNode, lines: int) -> MapNode:
    """Return a document as it is some lines further down."""
    entries = tuple((_moved_scalar(key, lines), _moved_node(v, lines)) for key, v in node.entries)
    place, end = _further(node.place, lines), (node.end[0] + lines, node.end[1])
    return replace(node, entries=entries, place=place, end=end)


def _moved_node(node: Node, lines: int) -> Node:
    match node:
        case ListNode(items):
            moved = tuple(_moved_node(item, lines) for item in items)
            place, end = _further(node.place, lines), (node.end[0] + lines, node.end[1])
            return replace(node, items=moved, place=place, end=end)
        case MapNode():
            return _moved(node, lines)
        case ScalarNode():
            return _moved_scalar(node, lines)


def _moved_scalar(node: ScalarNode, lines: int) -> ScalarNode:
    place, end = _further(node.place, lines), (node.end[0] + lines, node.end[1])
    return replace(node, place=place, end=end)


def _moved_problem(problem: Problem, lines: int) -> Problem:
    def moved(words: str) -> str:
        return _NAMED_LINE.sub(lambda found: f"{found[1]}{int(found[2]) + lines}", words)

    message = Text(moved(problem.message.en), moved(problem.message.zh))
    return replace(problem, message=message, place=_further(problem.place, lines))


def _further(place: Place, lines: int) -> Place:
    return replace(place, line=place.line + lines) if place.line else place


def _is_too_large(text: str) -> bool:
    fits = 4 * len(text) <= MAX_RECORD  # no character takes more bytes
    return not fits and len(text.encode("utf-8", "surrogateescape")) > MAX_RECORD


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
        re.compile(rb'(?:^|[{,])[ \t]*+["\']?(x-[^"\':,{}\n]{0,200})["\']?\s*:', re.MULTILINE)
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
    return tuple({name.lower(): name for name in sorted(found)}.values())  # as engines have it


def _plain(node: Node) -> object:
    """Return a label that is no single value as plain data."""
    match node:
        case ListNode(items):
            return [_plain(item) for item in items]
        case MapNode(entries):
            return {key.text: _plain(value) for key, value in entries}
        case ScalarNode(text):
            if node.is_null:
                return None
            return text if node.quoted else _number_or_text(text)


def _number_or_text(text: str) -> object:
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?|true|false", text):
        found: object = json.loads(text)
        return found
    return text


_DOCUMENTS = {
    "yaml": documents_of_yaml,
    "json": documents_of_json,
    "jsonl": lines_of_json,
}

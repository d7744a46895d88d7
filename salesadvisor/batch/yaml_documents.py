"""YAML streams -> documents, their plain values read from the parser's events."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from salesadvisor.batch.records import Document, Plain, open_packed

_MARK = re.compile(r"^(?:---(?=[ \t\r\n]|\Z)|\.\.\.(?=[ \t\r\n]|\Z))", re.MULTILINE)


def documents_of_yaml(path: Path, name: str) -> Iterator[Document]:  # noqa: ARG001 -- as every kind
    """Yield the documents of a YAML stream. `---` at the head of a line always begins one."""
    line, count = 1, 0
    pending = ""
    with open_packed(path) as stream:
        # What is no UTF-8 is kept as it is: the reader of its document says so.
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        while True:
            block = stream.read(1 << 20)
            pending += decoder.decode(block, final=not block)
            if line == 1:
                pending = pending.removeprefix("\ufeff")
            marks = [found.start() for found in _MARK.finditer(pending)]
            cut = len(pending) if not block else (marks[-1] if marks else 0)
            if cut:
                for document in _yaml_parts(pending[:cut], line):
                    count += 1
                    yield document
                line += pending.count("\n", 0, cut)
                pending = pending[cut:]
            if not block:
                break
    if not count:  # an empty file is a record that says nothing, not none
        yield Document("", 1, None)


def _yaml_parts(text: str, line: int) -> Iterator[Document]:
    """Yield the documents in a text that begins and ends between two of them."""
    marks = [found.start() for found in _MARK.finditer(text)]
    starts = sorted({0, *marks})
    parts = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:end]
        body = part[3:] if _MARK.match(part) else part
        # A part of comments alone is no document, unless it is marked as one.
        rows = (row.lstrip() for row in body.split("\n"))
        if part.startswith("---") or any(row and not row.startswith("#") for row in rows):
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

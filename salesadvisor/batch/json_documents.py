"""JSON and JSONL -> documents, their plain values read by the standard library's scanner."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from salesadvisor.batch.records import MAX_RECORD, Document, Plain, open_packed
from salesadvisor.documents.source import MIB, decode
from salesadvisor.problems import refuse
from salesadvisor.text import Text


def lines_of_json(path: Path, name: str) -> Iterator[Document]:  # noqa: ARG001 -- as every kind
    """Yield the lines of a JSONL file, blank ones left out."""
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


def documents_of_json(path: Path, name: str) -> Iterator[Document]:
    """Yield the objects of a JSON file: one, or an array of them.

    Raises:
        UserError: it can't be read, or is too large.
    """
    limit = 256 * MIB
    with open_packed(path) as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        refuse(
            name,
            "too-large",
            Text("a JSON array of more than 256 MiB", "JSON 数组超过 256 MiB"),
            Text("write JSONL: an object a line", "请改用 JSONL：每行一个对象"),
        )
    text = decode(data, name)
    if not text.lstrip().startswith("["):
        yield Document(text, 1, None)
        return
    yield from _items_of_json(text)


_WHITE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{},"]', re.DOTALL)


def _items_of_json(text: str) -> Iterator[Document]:
    """Yield the items of an array; a broken one costs itself alone, if its end can be seen."""
    at = _past_white(text, text.index("[") + 1)
    line, seen = 1, 0
    if text[at : at + 1] == "]":
        return
    while True:
        line += text.count("\n", seen, at)
        seen = at
        pairs: object = None
        try:
            pairs, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = _end_of_item(text, at)
        after = _past_white(text, end)
        if text[after : after + 1] not in (",", "]"):
            pairs, end = None, _end_of_item(text, end)  # a comma lacks: nobody knows what is meant
            after = _past_white(text, end)
        written = text[at:end]
        yield Document(written, line, None if "\\u" in written else _plain_pairs(pairs))
        if text[after : after + 1] != ",":
            break
        at = _past_white(text, after + 1)
    if text[after + 1 :].strip():  # something follows the array: one broken record
        yield Document(text[after:], line + text.count("\n", seen, after), None)


def _past_white(text: str, at: int) -> int:
    found = _WHITE.match(text, at)
    assert found is not None
    return found.end()


def _end_of_item(text: str, at: int) -> int:
    """Return where an item that can't be read ends, by its brackets; if they don't say, the end."""
    depth = 0
    for found in _TOKEN.finditer(text, at):
        token = found.group()
        if token in "[{":
            depth += 1
        elif depth == 0 and token in ",]":
            return found.start()
        elif token in "]}":
            depth -= 1
        elif token == '"':
            break  # a text without end
    return len(text)

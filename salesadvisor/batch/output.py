"""Decisions as the columns of an output file, and its parts put together."""

import gzip
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO

import duckdb

from salesadvisor.batch.records import is_packed, sql_files, sql_name, sql_text
from salesadvisor.documents.write import sync_folder
from salesadvisor.engine.basis import Decision
from salesadvisor.engine.decision import STATUSES
from salesadvisor.rulebook.definitions import NO_MODEL, Rulebook
from salesadvisor.rulebook.entries import CONFIDENCE

_BITS = 8
"""Of a mask that are turned into text at once, by a list of all they can say."""


class Form(StrEnum):
    """What an output is written as."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"

    @property
    def options(self) -> str:
        """How the engine writes a part."""
        match self:
            case Form.CSV:
                return "(FORMAT csv, HEADER false)"
            case Form.JSONL:
                return "(FORMAT json)"
            case Form.PARQUET:
                # Groups of a sixth of the usual size: writing them takes 250 MiB less.
                return "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)"


def form_of_name(path: Path) -> Form | None:
    """Return the form that the name of an output says; None where it says none."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        suffix = path.with_suffix("").suffix.lower()
        return {".csv": Form.CSV, ".jsonl": Form.JSONL}.get(suffix)
    return {
        ".csv": Form.CSV,
        ".jsonl": Form.JSONL,
        ".ndjson": Form.JSONL,
        ".parquet": Form.PARQUET,
    }.get(suffix)


def decision_names(rulebook: Rulebook) -> tuple[str, ...]:
    """Return the columns of an output that come after the labels."""
    scores = (f"score_{model.id}" for model in rulebook.models)
    return (
        "recommendation", "status", "confidence", "share", "possible", "possible_proved", *scores, "excluded",
        "rules",
    )  # fmt: skip


def output_types(rulebook: Rulebook, labels: Sequence[str], form: Form) -> Mapping[str, str]:
    """Return the columns of an output with their types, in the words that Spark has for them."""
    several = "string" if form is Form.CSV else "array<string>"
    own = {"possible": several, "excluded": several, "rules": several, "share": "double"}
    own |= {"possible_proved": "boolean", **{f"score_{m.id}": "double" for m in rulebook.models}}
    names = (*labels, *decision_names(rulebook))
    return {name: own.get(name, "string") if name not in labels else "string" for name in names}


def output_columns(
    decision: Decision, labels: Mapping[str, str], form: Form, *, defuse: bool
) -> tuple[str, ...]:
    """Return the columns of an output in SQL, over the arrays of results.

    Args:
        decision: What decided.
        labels: The label columns, by their name in the output.
        form: Lists are lists, but in CSV joined by `|`.
        defuse: Whether a text that a spreadsheet would take for a formula is kept from being one.
    """
    models = [str(model) for model in decision.models]
    rules = [rule.id for rule in decision.rulebook.rules]
    words = [
        _listed(rules[first : first + 8], f"rules_{number}")
        for number, first in enumerate(range(0, len(rules), 8))
    ]
    finish = _or_nothing if form is Form.CSV else _as_list
    shown = {
        name: _defused(label) if defuse and form is Form.CSV else label
        for name, label in labels.items()
    }
    columns = {
        **shown,
        "recommendation": f"CASE WHEN best > 0 THEN {_word(models, 'best')} END",
        "status": _word(STATUSES, "status::INT + 1"),
        "confidence": f"CASE WHEN confidence > 0 THEN {_word(CONFIDENCE, 'confidence')} END",
        "share": "CASE WHEN best > 0 THEN share END",
        "possible": finish([_listed([*models, str(NO_MODEL)], "possible")]),
        "possible_proved": "proved",
        **{f"score_{model}": f"score_{number}" for number, model in enumerate(models)},
        "excluded": finish([_listed(models, "excluded")]),
        "rules": finish(words),
    }
    return tuple(f"{value} AS {sql_name(name)}" for name, value in columns.items())


def _word(words: Sequence[str], place: str) -> str:
    return f"[{', '.join(map(sql_text, words))}][{place}]"


def _listed(names: Sequence[str], bits: str) -> str:
    """Return the names whose bit is set, each behind a `|`: from a list of all there is to say."""
    if len(names) > _BITS:
        parts = (
            _listed(names[first : first + _BITS], f"({bits}::INT >> {first})")
            for first in range(0, len(names), _BITS)
        )
        return f"concat({', '.join(parts)})"
    texts = (
        "".join(f"|{name}" for i, name in enumerate(names) if said >> i & 1)
        for said in range(1 << len(names))
    )
    return _word(list(texts), f"({bits}::INT & {(1 << len(names)) - 1}) + 1")


def _joined(parts: Sequence[str]) -> str:
    """Return texts that each begin with `|` as one that doesn't."""
    return f"substring(concat({', '.join(parts)}), 2)" if parts else "''"


def _or_nothing(parts: Sequence[str]) -> str:
    """Return a text, or NULL for an empty one: in CSV that is an empty cell without quotes."""
    return f"nullif({_joined(parts)}, '')"


def _as_list(parts: Sequence[str]) -> str:
    joined = _joined(parts)
    return f"CASE WHEN {joined} = '' THEN []::VARCHAR[] ELSE string_split({joined}, '|') END"


def _defused(label: str) -> str:
    """Return a text that no spreadsheet takes for a formula; numbers stay numbers."""
    risky = rf"regexp_matches({label}, '^[=+\-@\t\r]')"
    is_number = rf"regexp_matches({label}, '^[+-]?[0-9]+(\.[0-9]+)?\z')"
    quoted = f"concat({sql_text(chr(39))}, {label})"
    return f"CASE WHEN {risky} AND NOT {is_number} THEN {quoted} ELSE {label} END"


# Putting the parts together.


def assemble(
    parts: Sequence[Path],
    target: Path,
    form: Form,
    names: Sequence[str],
    connection: duckdb.DuckDBPyConnection,
) -> Path:
    """Write the parts of an output, in order, to a file beside its place; return it.

    Raises:
        OSError: it can't be written.
        duckdb.Error: likewise, by the engine.
    """
    waiting = target.with_name(f".{target.name}.new")
    try:
        _write_parts(parts, waiting, target, form, names, connection)
        _sync(waiting)
    except BaseException:
        waiting.unlink(missing_ok=True)  # it may be what fills the disk
        raise
    return waiting


def _write_parts(
    parts: Sequence[Path], waiting: Path, target: Path, form: Form, names: Sequence[str],
    connection: duckdb.DuckDBPyConnection,
) -> None:  # fmt: skip
    if form is Form.PARQUET:
        read = f"read_parquet({sql_files(*parts)}, hive_partitioning=false)"
        connection.execute("SET threads = 1")  # one after the other: a fifth of the memory
        connection.execute(f"COPY (FROM {read}) TO {sql_text(waiting)} {form.options}")
        connection.execute("RESET threads")
        return
    with _writer(waiting, target) as out:
        if form is Form.CSV:
            out.write((",".join(_csv_cell(name) for name in names) + "\n").encode())
        for part in parts:
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, out, 1 << 20)


@contextmanager
def _writer(path: Path, target: Path) -> Iterator[IO[bytes]]:
    with path.open("wb") as raw:
        if is_packed(target):
            # No time and no name in it: the same records give the same bytes.
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
                yield packed  # type: ignore[misc]  # writes as one
        else:
            yield raw


def _csv_cell(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if any(c in name for c in ',"\r\n') else name


def put_in_place(waiting: Path, target: Path) -> None:
    """Let a finished file appear under its name: whole, or not at all."""
    waiting.replace(target)
    sync_folder(target.parent)


def _sync(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def write_lines(records: Sequence[Mapping[str, object]], path: Path) -> None:
    """Write records as JSON, one a line."""
    with path.open("w", encoding="utf-8") as out:
        for record in records:
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
        out.flush()
        os.fsync(out.fileno())

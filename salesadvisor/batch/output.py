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
from sqlglot import exp

from salesadvisor.advice.scoring import unit_of
from salesadvisor.batch.clauses import SQL, WORD, case, column, equals, named, text, whole
from salesadvisor.batch.decision import fired_column
from salesadvisor.batch.records import sql_files, sql_text
from salesadvisor.documents.write import sync_folder
from salesadvisor.rulebook.definitions import NO_MODEL, Rulebook

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
    return ("recommendation", "status", "share", "possible", *scores, "excluded", "rules")


def output_columns(
    rulebook: Rulebook, labels: Mapping[str, SQL], form: Form, *, defuse: bool
) -> tuple[SQL, ...]:
    """Return the columns of an output, over those of a decision.

    Args:
        rulebook: What decided.
        labels: The label columns, by their name in the output.
        form: Lists are lists, but in CSV joined by `|`.
        defuse: Whether a text that a spreadsheet would take for a formula is kept from being one.
    """
    models = [str(model.id) for model in rulebook.models]
    possible = _listed(
        [*models, str(NO_MODEL)], [column(f"possible_{m}") for m in (*models, NO_MODEL)]
    )
    excluded = _listed(models, [column(f"out_{m}") for m in models])
    fired = _fired([rule.id for rule in rulebook.rules])
    finish = _or_nothing if form is Form.CSV else _as_list
    possible, excluded, fired = map(finish, (possible, excluded, fired))
    best = column("best_model")
    none = equals(best, text(""))
    unit = exp.cast(whole(unit_of(rulebook)), "double")
    shown = {
        name: _defused(label) if defuse and form is Form.CSV else label
        for name, label in labels.items()
    }
    scores = {
        f"score_{m}": exp.Div(
            this=exp.cast(column(f"score_{m}"), "double"), expression=unit, typed=True, safe=False
        )
        for m in models
    }
    share = exp.Round(this=column("share"), decimals=whole(4))
    columns = {
        **shown,
        "recommendation": case((none, exp.null()), otherwise=best),
        "status": column("status"),
        "share": case((none, exp.null()), otherwise=share),
        "possible": possible,
        **scores,
        "excluded": excluded,
        "rules": fired,
    }
    return tuple(named(value, name) for name, value in columns.items())


def _joined(found: SQL) -> SQL:
    """Return texts that each begin with `|` as one that doesn't."""
    return exp.Substring(this=found, start=whole(2))


def _listed(names: Sequence[str], holds: Sequence[SQL]) -> SQL:
    """Return the names whose condition holds, joined by `|`."""
    parts = [
        case((h, text(f"|{n}")), otherwise=text("")) for n, h in zip(names, holds, strict=True)
    ]
    return _joined(exp.Concat(expressions=parts, safe=False, coalesce=False))


def _fired(ids: Sequence[str]) -> SQL:
    """Return the rules that hold, joined by `|`: some bits at a time, from a list of texts."""
    parts: list[SQL] = []
    for first in range(0, len(ids), WORD):
        word = column(fired_column(first // WORD))
        some = ids[first : first + WORD]
        for shift in range(0, len(some), _BITS):
            group = some[shift : shift + _BITS]
            texts = [
                text("".join(f"|{id}" for i, id in enumerate(group) if bits >> i & 1))
                for bits in range(1 << len(group))
            ]
            shifted = exp.Paren(this=exp.BitwiseRightShift(this=word, expression=whole(shift)))
            bits = exp.Paren(
                this=exp.BitwiseAnd(this=shifted, expression=whole((1 << len(group)) - 1))
            )
            index = exp.Add(this=whole(1), expression=exp.cast(bits, "int"))
            parts.append(
                exp.Bracket(
                    this=exp.Array(expressions=texts), expressions=[index], offset=1, safe=False
                )
            )
    return _joined(exp.Concat(expressions=parts, safe=False, coalesce=False))


def _or_nothing(joined: SQL) -> SQL:
    """Return a text, or NULL for an empty one: in CSV that is an empty cell without quotes."""
    return exp.Nullif(this=joined, expression=text(""))


def _as_list(joined: SQL) -> SQL:
    empty = exp.cast(exp.Array(expressions=[]), "varchar[]")
    split = exp.Split(this=joined, expression=text("|"))
    return case((equals(joined, text("")), empty), otherwise=split)


def _defused(label: SQL) -> SQL:
    """Return a text that no spreadsheet takes for a formula; numbers stay numbers."""
    risky = exp.RegexpLike(this=label, expression=text(r"^[=+\-@\t\r]"))
    is_number = exp.RegexpLike(this=label, expression=text(r"^[+-]?[0-9]+(\.[0-9]+)?\z"))
    quoted = exp.Concat(expressions=[text("'"), label], safe=False, coalesce=False)
    return case((exp.And(this=risky, expression=exp.Not(this=is_number)), quoted), otherwise=label)


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
        if target.suffix.lower() == ".gz":
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

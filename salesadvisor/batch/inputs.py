"""Names on the command line -> inputs: files, folders and patterns, each in its order."""

import glob
import re
import shlex
import shutil
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb
from msgspec import Struct

from salesadvisor.batch.csv_input import CsvInput
from salesadvisor.batch.document_input import DocumentInput
from salesadvisor.batch.parquet_input import ParquetInput
from salesadvisor.batch.records import Input
from salesadvisor.documents.source import STDIN_NAME
from salesadvisor.problems import Place, Problem, UserError, did_you_mean
from salesadvisor.rulebook.answers import answer_keys
from salesadvisor.rulebook.definitions import Rulebook
from salesadvisor.text import Text

_KINDS = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
}


class Found(Struct, frozen=True):
    """A file that was named, or found in a folder that was."""

    path: Path | None  # None: standard input
    kind: str
    under: Path | None  # the folder that was named


def find_inputs(names: Sequence[str], kind: str | None) -> tuple[Found, ...]:
    """Return the files behind some names: files, folders, patterns, `-` for standard input.

    Args:
        names: As given.
        kind: Of all files whose suffix does not say it: `csv`, `yaml`…

    Raises:
        UserError: with every name that leads to nothing.
    """
    found: list[Found] = []
    problems: list[Problem] = []
    for name in names:
        try:
            found += _behind(name, kind)
        except UserError as error:
            problems += error.problems
    twice = _twice(found)
    if twice is not None:
        problems.append(
            _problem(
                str(twice), "input-twice", Text("this file is named twice", "这个文件写了两次"),
                Text("its records would be in the output twice", "它的记录会在结果里出现两次"),
            )
        )  # fmt: skip
    if problems:
        raise UserError(problems)
    return tuple(found)


def _twice(found: Iterable[Found]) -> Path | None:
    seen: set[Path] = set()
    for file in found:
        if file.path is not None:
            real = file.path.resolve()
            if real in seen:
                return file.path
            seen.add(real)
    return None


def _behind(name: str, kind: str | None) -> Iterator[Found]:
    if name == "-":
        yield Found(None, kind or "csv", None)
        return
    path = Path(name)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", name):
        raise UserError(
            [
                _problem(
                    name, "missing-file", Text("addresses are not read", "不读取网址"),
                    Text("there is no network access: save it to a file", "本程序不联网，请先存为文件"),
                )
            ]
        )  # fmt: skip
    if path.is_dir():
        yield from _inside(path, kind)
    elif path.exists():
        yield Found(path, _kind_of(path, kind), None)
    elif glob.has_magic(name):
        paths = sorted(Path(each) for each in glob.glob(name, recursive=True))  # noqa: PTH207 -- a pattern as the shell has it
        files = [p for p in paths if p.is_file()]
        if not files:
            raise UserError([_missing(name, Text("no file matches", "没有匹配的文件"))])
        for each in files:
            yield Found(each, _kind_of(each, kind), None)
    else:
        raise UserError([_missing(name, Text("there is no such file", "没有这个文件"))])


def _inside(folder: Path, kind: str | None) -> Iterator[Found]:
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and (_suffix(path) in _KINDS)
    )
    if not files:
        raise UserError(
            [
                _problem(
                    str(folder), "no-files",
                    Text(
                        "no YAML, JSON, JSONL, CSV or Parquet file here",
                        "这里没有 YAML、JSON、JSONL、CSV 或 Parquet 文件",
                    ),
                    Text("is it the right folder?", "文件夹对吗？"),
                )
            ]
        )  # fmt: skip
    for path in files:
        yield Found(path, _kind_of(path, kind), folder)


def _suffix(path: Path) -> str:
    """Return the suffix that says the kind: `.csv` of `a.csv.gz`."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix == ".gz" else suffix


def _kind_of(path: Path, kind: str | None) -> str:
    found = _KINDS.get(_suffix(path), kind)
    if found is None:
        raise UserError(
            [
                _problem(
                    str(path), "unknown-format",
                    Text("the name does not say what is in the file", "文件名看不出内容的格式"),
                    Text(
                        "add `--input-format csv` (or yaml, json, jsonl, parquet)",
                        "请加上 `--input-format csv`（或 yaml、json、jsonl、parquet）",
                    ),
                )
            ]
        )  # fmt: skip
    return found


def open_input(
    found: Found,
    rulebook: Rulebook,
    carried: Sequence[str],
    work: Path,
    connection: duckdb.DuckDBPyConnection,
) -> Input:
    """Return an input, its header line checked.

    Args:
        found: Which file.
        rulebook: What it may answer.
        carried: Further columns that are kept as they are.
        work: A folder for what must be spooled.
        connection: For files that only the engine can read.

    Raises:
        UserError: it can't be read, or its columns are wrong.
    """

    def check(names: Sequence[str], place: Place) -> tuple[str, ...]:
        return check_columns(names, place, rulebook, carried)

    path = found.path
    if path is not None and not path.is_file():
        raise UserError(
            [
                _problem(
                    str(path), "not-a-file", Text("this is not an ordinary file", "这不是普通文件"),
                    Text("standard input is `-`", "标准输入写作 `-`"),
                )
            ]
        )  # fmt: skip
    if found.kind == "csv":
        return CsvInput(path, check)
    if path is None:
        path = work / "stdin"
        with path.open("wb") as spool:
            shutil.copyfileobj(sys.stdin.buffer, spool)
    name = STDIN_NAME if found.path is None else str(found.path)
    if found.kind == "parquet":
        return ParquetInput(path, name, check, connection)
    try:
        return DocumentInput(path, name, rulebook, found.kind, carried)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(
            [
                _problem(
                    name, "cannot-read", Text(f"cannot be read: {reason}", f"无法读取：{reason}"),
                    Text("is the file whole?", "文件完整吗？"),
                )
            ]
        ) from None  # fmt: skip


def check_columns(
    names: Sequence[str], place: Place, rulebook: Rulebook, carried: Sequence[str]
) -> tuple[str, ...]:
    """Return the columns that are labels: carried along as they are.

    Raises:
        UserError: a column stands twice, or is none that records have.
    """
    known = (*answer_keys(rulebook), *carried)
    unknown = [n for n in names if n not in known and not n.startswith("x-")]
    problems = _unknown_columns(unknown, known, place)
    problems += [
        Problem(
            code="duplicate-key",
            message=Text(f"the column `{name[:60]}` stands twice", f"列 `{name[:60]}` 出现两次"),
            place=place,
            hint=Text("keep one", "请只保留一个"),
        )
        for name in dict.fromkeys(names)
        if [other.lower() for other in names].count(name.lower()) > 1
    ]
    if problems:
        raise UserError(problems)
    labels = [n for n in names if n in ("name", "id") or n.startswith("x-") or n in carried]
    return tuple(labels)


_TOLD = 3
"""Unknown columns that are told one by one; more of them are told together."""


def _unknown_columns(unknown: Sequence[str], known: Sequence[str], place: Place) -> list[Problem]:
    def problem(message: Text, hint: Text) -> Problem:
        return Problem(code="unknown-key", message=message, place=place, hint=hint)

    problems = []
    for name in unknown:
        shown, kept = name[:60], shlex.quote(name[:60])
        hint = did_you_mean(name, [key for key in known if "." not in key])
        keep = Text(f"; or keep it with `--carry {kept}`", f"；也可以用 `--carry {kept}` 原样保留")
        message = Text(f"unknown column `{shown}`", f"未知的列 `{shown}`")
        hint = Text(hint.en + keep.en, hint.zh + keep.zh)
        mark = next((mark for mark in ";\t|" if mark in name), None)
        if mark is not None:
            told = repr(mark).strip("'")
            hint = Text(
                f"are the cells parted by `{told}`? They must be by commas",
                f"单元格是用 `{told}` 分隔的吗？请改用逗号",
            )
        elif not name.strip():
            message = Text("a column has no name", "有一列没有名称")
            hint = Text("name it, or remove it", "请写上列名，或删掉这一列")
        problems.append(problem(message, hint))
    if len(problems) <= _TOLD:
        return problems
    some = "`, `".join(name[:60] for name in unknown[:12])
    more = ", …" if len(unknown) > 12 else ""
    return [
        problem(
            Text(
                f"{len(unknown)} unknown columns: `{some}`{more}",
                f"{len(unknown)} 个未知的列：`{some}`{more}",
            ),
            Text(
                "rename those that are answers (`salesadvisor template --format csv` has the names), "
                "begin others with `x-`, or keep them with `--carry NAME`",
                "是回答的列请改成 `salesadvisor template --format csv` 里的列名，其余的以 `x-` 开头，"
                "或用 `--carry 列名` 原样保留",
            ),
        )
    ]


def _missing(name: str, message: Text) -> Problem:
    return _problem(name, "missing-file", message, Text("check the name", "请检查文件名"))


def _problem(file: str, code: str, message: Text, hint: Text) -> Problem:
    return Problem(code=code, message=message, place=Place(file=file), hint=hint)

"""The files that a batch is to write: whether each may be written, and no two are the same."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.text import Text

if TYPE_CHECKING:
    from salesadvisor.batch.inputs import Found


def require_room(
    output: Path, targets: Sequence[Path], errors: Path, summary: Path | None,
    found: "Sequence[Found]", *, force: bool, resume: bool,
) -> None:  # fmt: skip
    """Check that nothing is overwritten that is not meant to be.

    Raises:
        UserError: a file exists, is an input or another output, or has no folder.
    """
    others = [errors, *([summary] if summary is not None else [])]
    _require_apart(targets, others, [each.path for each in found if each.path is not None])
    in_parts = output not in targets
    problems = []
    goes_on = resume and output.with_name(f"{output.name}.unfinished").is_dir()
    for path in (output, errors, *([summary] if summary is not None else [])):
        is_folder = in_parts and path == output
        there = any(path.iterdir()) if path.is_dir() else path.exists() or path.is_symlink()
        if path.is_dir() and not is_folder:
            problems.append(
                _problem("cannot-write", path, Text("this is a folder", "这是一个文件夹"))
            )
        elif is_folder and path.exists() and not path.is_dir():
            problems.append(_problem("cannot-write", path, Text("this is a file", "这是一个文件")))
        elif path.exists() and not path.is_file() and not is_folder:
            message = Text("this is not an ordinary file", "这不是普通文件")
            problems.append(_problem("cannot-write", path, message))
        elif there and not force and not goes_on:
            message = Text("there is something here already", "这里已经有内容了")
            hint = Text("add `--force` to replace it", "加上 `--force` 就会替换它")
            problems.append(_problem("file-exists", path, message, hint))
        if not path.absolute().parent.is_dir():
            problems.append(
                _problem("cannot-write", path, Text("there is no such folder", "没有这个文件夹"))
            )
    if problems:
        raise UserError(problems)


def _require_apart(targets: Sequence[Path], others: Sequence[Path], inputs: Sequence[Path]) -> None:
    """Check that no file is written twice, and none that is read.

    Raises:
        UserError: one is.
    """
    read = {path.resolve() for path in inputs}
    read_files = {_inode(path) for path in inputs if path.exists()}  # hard links, too
    written: set[Path] = set()
    problems = []
    for path in (*targets, *others):
        real = path.resolve()
        if real in read or (path.exists() and _inode(path) in read_files):
            message = Text("this is one of the inputs", "这是输入文件之一")
            problems.append(_problem("output-is-input", path, message))
        elif real in written:
            message = Text("two outputs have this name", "有两个输出用了同一个名字")
            problems.append(_problem("output-twice", path, message))
        written.add(real)
    if problems:
        raise UserError(problems)


def _inode(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


_ANOTHER = Text("choose another name", "请换一个文件名")


def _problem(code: str, path: Path, message: Text, hint: Text = _ANOTHER) -> Problem:
    return Problem(code=code, message=message, place=Place(file=str(path)), hint=hint)

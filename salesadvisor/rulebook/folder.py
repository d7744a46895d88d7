"""A rulebook's folder: where it is, which files it has, what they hold as bytes."""

import hashlib
import os
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from salesadvisor.documents.source import MIB, decode, read_bytes, unreadable
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.text import Text

MAX_FILES = 256
MAX_TOTAL = 8 * MIB
_CASES, _PLAYBOOKS = "cases", "playbooks"


def built_in_rules() -> Path:
    """Return the folder of the rulebook that comes with the program.

    Raises:
        FileNotFoundError: the installation is damaged.
    """
    package = Path(__file__).resolve().parent.parent
    # In a wheel the folder lies inside the package, in a checkout beside it.
    for folder in (package / "rules", package.parent / "rules"):
        if (folder / "rulebook.yaml").is_file():
            return folder
    raise FileNotFoundError("the rules folder is missing: reinstall salesadvisor")


class RuleFile(Struct, frozen=True):
    """One file of a rulebook."""

    label: str  # as it is shown: `rules/buyer.yaml`
    path: Path
    data: bytes

    @property
    def text(self) -> str:
        """The file's text; decoded when asked for, which a cached rulebook never is."""
        return decode(self.data, self.label)


class RuleFolder(Struct, frozen=True):
    """The files of a rulebook, in order of their names."""

    label: str
    path: Path
    files: tuple[RuleFile, ...]
    cases: tuple[RuleFile, ...]  # those in `cases/`
    playbooks: tuple[RuleFile, ...]  # those in `playbooks/`
    digest: str  # sha256 over names and contents


def read_folder(path: Path | None) -> RuleFolder:
    """Return the rulebook's files in the folder at `path`, or the built-in ones for None.

    Raises:
        UserError: it is no folder, holds no rulebook, or a file can't be read.
    """
    folder = built_in_rules() if path is None else path
    label = "rules" if path is None else str(path).rstrip("/")
    names = [*_names(folder, label), *_names_in(folder, label, _CASES)]
    names += _names_in(folder, label, _PLAYBOOKS)
    problems: list[Problem] = []
    files: list[RuleFile] = []
    digest = hashlib.sha256()
    total = 0
    for name in names:
        try:
            data = read_bytes(folder / name)
        except UserError as error:
            problems += error.problems
            continue
        total += len(data)
        if total > MAX_TOTAL:
            raise UserError(
                [_refused(label, "too-large", Text("more than 8 MiB of rules", "规则超过 8 MiB"))]
            )
        digest.update(f"{name}\0{len(data)}\0".encode(errors="surrogateescape"))
        digest.update(data)
        files.append(RuleFile(f"{label}/{name}", folder / name, data))
    if problems:
        raise UserError(problems)
    rules, cases, playbooks = (
        tuple(file for file in files if file.path.parent == parent)
        for parent in (folder, folder / _CASES, folder / _PLAYBOOKS)
    )
    return RuleFolder(label, folder, rules, cases, playbooks, f"sha256:{digest.hexdigest()}")


def with_line(problem: Problem, folder: RuleFolder) -> Problem:
    """Return a problem that knows only file and line, with the text of its line."""
    file = next((file for file in folder.files if file.label == problem.place.file), None)
    if file is None or problem.place.text:
        return problem
    line = file.text.splitlines()[problem.place.line - 1]
    start = len(line) - len(line.lstrip(" -"))
    place = Place(
        file=problem.place.file,
        line=problem.place.line,
        column=start + 1,
        width=max(1, len(line.rstrip()) - start),
        text=line,
    )
    return replace(problem, place=place)


def _names_in(folder: Path, label: str, inner: str) -> list[str]:
    if not (folder / inner).is_dir():
        return []
    return [f"{inner}/{name}" for name in _yaml_files(folder / inner, f"{label}/{inner}")]


def _yaml_files(folder: Path, label: str) -> list[str]:
    try:
        return sorted(
            entry.name
            for entry in os.scandir(folder)
            if entry.name.lower().endswith((".yaml", ".yml"))
        )
    except (OSError, ValueError) as error:
        raise UserError([unreadable(label, error)]) from None


def _names(folder: Path, label: str) -> list[str]:
    names = _yaml_files(folder, label)
    if "rulebook.yaml" not in names:
        raise UserError(
            [
                _refused(
                    label,
                    "no-rulebook",
                    Text("there is no rulebook.yaml here", "这里没有 rulebook.yaml"),
                )
            ]
        )
    if len(names) > MAX_FILES:
        raise UserError(
            [
                _refused(
                    label,
                    "too-large",
                    Text(f"more than {MAX_FILES} files", f"超过 {MAX_FILES} 个文件"),
                )
            ]
        )
    return names


def _refused(label: str, code: str, message: Text) -> Problem:
    hint = Text(
        "`salesadvisor rules new DIR` makes a folder to start from",
        "`salesadvisor rules new DIR` 会生成一个可修改的文件夹",
    )
    return Problem(code=code, message=message, place=Place(file=label), hint=hint)

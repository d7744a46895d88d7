"""What is worked out from a rulebook's folder, kept between runs so that a start needs no parsing.

Each part is a file of its own, read when it is asked for. They lie in a folder whose name is a
hash of everything they depend on: the files of the rulebook, and the code that reads them. So a
part can't be stale; losing one costs a few tenths of a second. A damaged one is noticed by its
own hash and written anew.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from io import FileIO
from pathlib import Path
from typing import TypeVar

import msgspec

from salesadvisor.rulebook.definitions import Rulebook
from salesadvisor.rulebook.folder import RuleFolder, read_folder

_KEPT = 8
_PACKAGE = Path(__file__).resolve().parent.parent
# Whose code makes parts; with what they are made of, which lies beside the packages.
_MAKERS = (".", "documents", "language", "rulebook", "engine", "advice", "commission")
_HOME = "home"  # where a rulebook remembers its own: beside its fields, as a cached property does
_Part = TypeVar("_Part")


def load_rulebook(path: Path | None = None) -> Rulebook:
    """Return the checked rulebook in the folder at `path`, or the built-in one for None.

    Raises:
        UserError: with every problem of every file.
    """
    return rulebook_in(read_folder(path))


def rulebook_in(folder: RuleFolder) -> Rulebook:
    """Return the checked rulebook in these files.

    Raises:
        UserError: with every problem of every file.
    """

    def make() -> Rulebook:
        from salesadvisor.rulebook.loader import read_rulebook  # not needed while it is kept

        return read_rulebook(folder)

    home = _home_of(folder, os.environ)
    rulebook = _kept(home, "rulebook", Rulebook, make)
    rulebook.__dict__[_HOME] = home
    return rulebook


def kept(rulebook: Rulebook, name: str, type_: object, make: Callable[[], _Part]) -> _Part:
    """Return a part that depends on the rulebook's folder alone: kept before, else made now.

    One that was read without the cache, or changed since, has no place for parts.

    Args:
        rulebook: What the part is worked out from.
        name: Of the part, and of its file.
        type_: What the part is decoded as.
        make: Works the part out; what it raises is raised here, and nothing kept.
    """
    return _kept(rulebook.__dict__.get(_HOME), name, type_, make)


def _home_of(folder: RuleFolder, environment: Mapping[str, str]) -> Path | None:
    """Return where the parts of this rulebook are kept, or None where there is no home for them."""
    base = environment.get("XDG_CACHE_HOME", "")
    if not base:
        home = environment.get("HOME", "") or environment.get("USERPROFILE", "")
        if not home:
            return None
        base = f"{home}/.cache"
    key = hashlib.sha256(f"{folder.label}\0{folder.digest}\0".encode(errors="surrogateescape"))
    for package in filter(Path.is_dir, map(_PACKAGE.joinpath, _MAKERS)):
        with os.scandir(package) as entries:  # of a hundred files, twice as fast as by their paths
            names = sorted(entry.path for entry in entries if entry.name.endswith(".py"))
        for name in names:
            with FileIO(name) as module:
                key.update(module.read())
    return Path(base) / "salesadvisor" / f"rulebook-{key.hexdigest()[:32]}"


def _kept(home: Path | None, name: str, type_: object, make: Callable[[], _Part]) -> _Part:
    if home is None:
        return make()
    file = home / f"{name}.json"
    with contextlib.suppress(OSError, msgspec.MsgspecError, RecursionError):
        digest, _, body = file.read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() == digest:
            found: _Part = msgspec.json.decode(body, type=type_)
            return found
    part = make()
    # A cache that can't be written is a slower start next time, and nothing to tell anybody.
    with contextlib.suppress(OSError, UnicodeError):
        _write(file, msgspec.json.encode(part))
    return part


def _write(file: Path, body: bytes) -> None:
    import tempfile  # only the first run after a change writes

    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix="new-")
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        Path(temporary).replace(file)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    homes = sorted(file.parent.parent.glob("rulebook-*/"), key=lambda home: home.stat().st_mtime)
    for old in homes[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)

"""Checked rulebooks, kept between runs so that a start needs no parsing.

The key is a hash of everything the result depends on: the files of the rulebook, and the code
that reads them. So an entry can't be stale; losing it costs a few tenths of a second. A damaged
entry is noticed by its own hash and written anew.
"""

import contextlib
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from salesadvisor.rulebook.definitions import Rulebook
from salesadvisor.rulebook.folder import RuleFolder, read_folder
from salesadvisor.rulebook.tables import Tables
from salesadvisor.rulebook.tabulation import keep_tables, tables_of

_KEPT = 8
_PACKAGE = Path(__file__).resolve().parent.parent
_READERS = ("documents", "language", "rulebook")


class _Entry(msgspec.Struct):
    """What is kept: the rulebook, and the tables that are worked out from it."""

    rulebook: Rulebook
    tables: Tables


def load_rulebook(path: Path | None = None) -> Rulebook:
    """Return the checked rulebook in the folder at `path`, or the built-in one for None.

    Raises:
        UserError: with every problem of every file.
    """
    folder = read_folder(path)
    file = _cache_file(folder, os.environ)
    if file is not None:
        found = _read(file)
        if found is not None:
            return found
    from salesadvisor.rulebook.loader import read_rulebook  # not needed while the cache holds

    rulebook = read_rulebook(folder)
    if file is not None:
        _write(file, rulebook)
    return rulebook


def _cache_file(folder: RuleFolder, environment: Mapping[str, str]) -> Path | None:
    """Return where this rulebook is kept, or None where there is no home for it."""
    base = environment.get("XDG_CACHE_HOME", "")
    if not base:
        home = environment.get("HOME", "") or environment.get("USERPROFILE", "")
        if not home:
            return None
        base = f"{home}/.cache"
    key = hashlib.sha256(f"{folder.label}\0{folder.digest}\0".encode(errors="surrogateescape"))
    for package in _READERS:
        for module in sorted((_PACKAGE / package).glob("*.py")):
            key.update(module.read_bytes())
    return Path(base) / "salesadvisor" / f"rulebook-{key.hexdigest()[:32]}.json"


def _read(file: Path) -> Rulebook | None:
    try:
        digest, _, body = file.read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            return None
        entry = msgspec.json.decode(body, type=_Entry)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return None
    keep_tables(entry.rulebook, entry.tables)
    return entry.rulebook


def _write(file: Path, rulebook: Rulebook) -> None:
    import tempfile  # only the first run after a change writes

    # A cache that can't be written is a slower start next time, and nothing to tell anybody.
    with contextlib.suppress(OSError, UnicodeError):
        body = msgspec.json.encode(_Entry(rulebook, tables_of(rulebook, {})))
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix="new-")
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            Path(temporary).replace(file)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        kept = sorted(file.parent.glob("rulebook-*.json"), key=lambda f: f.stat().st_mtime)
        for old in kept[:-_KEPT]:
            old.unlink(missing_ok=True)

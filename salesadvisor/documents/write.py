"""Writing a file so that it is old or new after any crash, never half of it."""

import contextlib
import os
from pathlib import Path


def replace_file(path: Path, text: str) -> None:
    """Put `text` in the place of the file at `path`: old or new, never half of it.

    Raises:
        OSError: it can't be written; the old file is untouched.
    """
    import tempfile  # most results go to standard output

    path = path.resolve()  # a link stays a link
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make sure that the names in a folder outlast a crash, where the system can."""
    with contextlib.suppress(OSError):
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""Runs the command as a shell would: as a process of its own, or within this one."""

import contextlib
import gc
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest

from salesadvisor.advice import explanation
from salesadvisor.cli import app
from salesadvisor.cli.streams import SESSION
from tests.remembered import Remembered

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = str(Path(sys.executable).with_name("salesadvisor"))
LONGEST = 300
"""Seconds that a command may take."""


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return a plain environment, with a cache of the tests' own."""
    kept = {
        k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "SYSTEMROOT", "VIRTUAL_ENV")
    }
    cache = tmp_path_factory.mktemp("cache")
    return {
        **kept,
        "XDG_CACHE_HOME": str(cache),
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "COLUMNS": "100",
    }


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:
    """Return a function that runs `salesadvisor` in an empty folder, as a process."""

    def run_command(
        *arguments: str, stdin: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments], input=stdin, cwd=tmp_path, env={**environment, **more},
            capture_output=True, text=True, encoding="utf-8", errors="surrogateescape", check=False,
            timeout=LONGEST,
        )  # fmt: skip

    return run_command


@pytest.fixture
def call(environment: dict[str, str], tmp_path: Path) -> Run:
    """Return a function that does what `run` does without a process, in a fraction of the time.

    For all that the interpreter has no part in: not its start and end, encodings and signals.
    """

    def call_command(
        *arguments: str, stdin: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        given = io.TextIOWrapper(io.BytesIO(_bytes(stdin)), encoding="utf-8")
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        with _as_if_started(), pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", [COMMAND, *arguments])
            # The name in "Usage:" is that of the program, unless it was started with `-m`.
            patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
            for name, stream in (("stdin", given), ("stdout", out), ("stderr", err)):
                patch.setattr(sys, name, stream)
            with (
                mock.patch.dict(os.environ, {**environment, **more}, clear=True),
                pytest.raises(SystemExit) as ended,
            ):
                app.run()
        code = ended.value.code
        assert isinstance(code, int)
        return subprocess.CompletedProcess([COMMAND, *arguments], code, *map(_written, (out, err)))

    return call_command


@pytest.fixture(scope="session")
def remembered() -> Remembered:
    """Return what works out the advice on the same answers once."""
    return Remembered(explanation.advise_on)


@pytest.fixture
def advice_once(remembered: Remembered, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `call` work out the advice on the same answers once.

    For tests of what is done with advice: where it goes, and what is in the way.
    """
    monkeypatch.setattr(explanation, "advise_on", remembered)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode("utf-8", "surrogateescape")


@contextlib.contextmanager
def _as_if_started() -> Iterator[None]:
    """Begin as a new process would, and undo what only the end of a process would undo."""
    for name in SESSION.__struct_fields__:
        setattr(SESSION, name, getattr(type(SESSION)(), name))
    numbers = [signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)]
    handlers = {number: signal.getsignal(number) for number in numbers}
    threshold = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        for number, handler in handlers.items():
            signal.signal(number, handler)

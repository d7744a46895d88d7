"""Runs the installed command as a shell would."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = str(Path(sys.executable).with_name("salesadvisor"))


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
    """Return a function that runs `salesadvisor` in an empty folder."""

    def run_command(
        *arguments: str, stdin: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments], input=stdin, cwd=tmp_path, env={**environment, **more},
            capture_output=True, text=True, encoding="utf-8", errors="surrogateescape", check=False,
            timeout=300,
        )  # fmt: skip

    return run_command

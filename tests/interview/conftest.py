"""The interview as a process of its own."""

from tests.cli.conftest import environment, run

__all__ = ["environment", "run"]

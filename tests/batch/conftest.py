"""The batch as a process of its own, and within this one; all of it with one cache."""

from tests.cli.conftest import call, environment, run

__all__ = ["call", "environment", "run"]

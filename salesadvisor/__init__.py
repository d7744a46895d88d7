"""Advice on how to sell: from a desk, in the field, or both.

`advise(load_rulebook(), {"acv": 12_000, "cycle_days": 20})` returns the advice as frozen
dataclasses. Everything else in the package is private.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salesadvisor.advice.explanation import advise
    from salesadvisor.rulebook.cache import load_rulebook

__all__ = ["advise", "load_rulebook"]


def __getattr__(name: str) -> object:
    # Loaded when asked for: the command line must be able to show its help at once.
    if name == "advise":
        from salesadvisor.advice.explanation import advise

        return advise
    if name == "load_rulebook":
        from salesadvisor.rulebook.cache import load_rulebook

        return load_rulebook
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

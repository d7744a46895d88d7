"""Answers by name, and what follows from them: worked out once for all the screens that show it."""

import io
from functools import cache
from pathlib import Path

from salesadvisor.advice.definitions import Advice
from salesadvisor.advice.explanation import advise_on
from salesadvisor.advice.what_if import WhatIf, ask_what_if
from salesadvisor.advice.why import Inquiry
from salesadvisor.rulebook.answers import Answers, answers_from_values, load_answers
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import QuestionId
from salesadvisor.rulebook.folder import built_in_rules

RULEBOOK = load_rulebook()
EXAMPLES = sorted(path.stem for path in (built_in_rules() / "examples").glob("*.yaml"))
PARTIAL: dict[str, object] = {
    "acv": "12k..60k",
    "cycle_days": "6 weeks",
    "demo_mode": ["screen", "onsite"],
    "current_motion": "remote",
}
_OWN: dict[str, dict[str, object]] = {
    "partial": PARTIAL,
    "few, one a range": {"acv": "20k..60k", "cycle_days": 40, "stakeholders": 3, "sellers": 2},
    "little, and a name of marks": {"acv": "20k..60k", "cycle_days": 40, "name": "*A* | b"},
    "a sum": {"acv": 20_000},
}


class Out(io.StringIO):
    """A stream with an encoding of its own."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]  # read-only here
        """The encoding to pretend."""
        return self._encoding

    def lines(self) -> str:
        """Return what was written, without spaces at the ends of lines."""
        return "\n".join(line.rstrip() for line in self.getvalue().split("\n"))


@cache
def answers_of(name: str) -> Answers:
    """Return the answers of a shipped example, or of one of our own."""
    if name in _OWN:
        return answers_from_values(RULEBOOK, _OWN[name])
    return load_answers(Path(built_in_rules() / "examples" / f"{name}.yaml"), RULEBOOK)


@cache
def advice_on(name: str) -> Advice:
    """Return the advice on them."""
    return advise_on(RULEBOOK, answers_of(name))


@cache
def what_if_on(name: str, *vary: str) -> WhatIf:
    """Return what would change it."""
    return ask_what_if(RULEBOOK, answers_of(name), [QuestionId(id) for id in vary])


@cache
def inquiry_into(name: str) -> Inquiry:
    """Return what answers the question why about it."""
    return Inquiry(RULEBOOK, answers_of(name))

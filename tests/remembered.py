"""Advice that was worked out before: for tests of what is done with it, not of what it says."""

from collections.abc import Callable
from dataclasses import replace

import msgspec

from salesadvisor.advice.definitions import Advice
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Rulebook


class Remembered:
    """Works out the advice on the same answers once."""

    def __init__(self, work_out: Callable[[Rulebook, Answers], Advice]) -> None:
        self._work_out = work_out
        self._known: list[tuple[Rulebook, Answers, Advice]] = []

    def __call__(self, rulebook: Rulebook, answers: Answers) -> Advice:
        """Return the advice on `answers`."""
        # No rule reads the name of a company or of its file.
        nameless = msgspec.structs.replace(answers, file="", name="")
        for its_rulebook, its_answers, advice in self._known:
            if its_answers == nameless and (its_rulebook is rulebook or its_rulebook == rulebook):
                return replace(advice, file=answers.file, name=answers.name)
        advice = self._work_out(rulebook, answers)
        self._known.append((rulebook, nameless, advice))
        return advice

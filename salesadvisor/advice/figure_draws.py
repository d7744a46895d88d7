"""Every name's value in many draws: answers as they may turn out, assumptions within their ranges."""

import math
from collections.abc import Mapping
from random import Random

from salesadvisor.engine.block import column_of
from salesadvisor.engine.completions import plausible_answers
from salesadvisor.engine.planes import Floats, Planes
from salesadvisor.engine.truth import Ends, Reader, Values
from salesadvisor.language.possible import Numbers, Value, is_single
from salesadvisor.language.syntax import Expression
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Assumption, QuestionId, Rulebook

_SEED = 21


class Drawn(dict[str, Values]):
    """A value of every name in every draw, worked out when it is asked for."""

    def __init__(
        self, rulebook: Rulebook, answers: Answers, count: int, known: Mapping[str, Value]
    ) -> None:
        super().__init__()
        self.rulebook = rulebook
        self.answers = answers
        self.count = count
        self.known = known
        self.engine = Planes(count)
        self.reader = Reader(self.engine)

    def numbers(self, expression: Expression) -> list[float] | float:
        """Return the value of a quantity in each draw; one number where all have the same."""
        found = self.reader.read(expression, self)
        assert isinstance(found, Ends)
        low = found.low
        return low.items if isinstance(low, Floats) else float(low)

    def __missing__(self, name: str) -> Values:
        """Draw an answer or assumption, or work out a formula."""
        formula = self.rulebook.formula.get(name)
        assumption = self.rulebook.assumption.get(name)
        if formula is not None and self._is_scale(name):
            found = self.known[name]
            assert isinstance(found, Numbers)
            value: Values = Ends(found.low, found.low)
        elif formula is not None:
            value = self.reader.read(formula.value, self)
        elif assumption is not None:
            value = self._assumption(assumption)
        else:
            value = self._answer(QuestionId(name))
        self[name] = value
        return value

    def _is_scale(self, name: str) -> bool:
        """Return whether it rests on assumptions alone and rules read it: a threshold, not a draw."""
        return name in self.rulebook.names_read and not self.rulebook.questions_behind((name,))

    def _answer(self, id: QuestionId) -> Values:
        answer, question = self.answers.values[id], self.rulebook.question[id]
        # A seed for each name: what is drawn of one never depends on which others are asked for.
        drawn = plausible_answers(question, answer, self.count, Random(f"{_SEED}/{id}"))
        return column_of(self.engine, question, drawn)

    def _assumption(self, assumption: Assumption) -> Values:
        own = self.answers.assumptions.get(assumption.id)
        if own is None and assumption.likely_from is not None:
            return self.reader.read(assumption.likely_from, self)
        within, likely = assumption.range, assumption.likely
        if own is not None:
            within, likely = own, (own.low + own.high) / 2
        if is_single(within):
            return Ends(likely, likely)
        drawn = _triangular(within, likely, self.count, Random(f"{_SEED}/{assumption.id}"))
        if own is None and assumption.scales_with is not None:
            factor = self.reader.read(assumption.scales_with, self)
            assert isinstance(factor, Ends)
            drawn = drawn * factor.low
        return Ends(drawn, drawn)


def _triangular(within: Numbers, likely: float, count: int, random: Random) -> Floats:
    """Draw from a triangle over a range, with its top at `likely`.

    By inversion, as the standard library has it, without a call for each draw.
    """
    low, width = within.low, within.high - within.low
    top = (likely - low) / width
    rising, falling = width * math.sqrt(top), width * math.sqrt(1 - top)
    root, high = math.sqrt, within.high
    return Floats([
        low + rising * root(u) if u < top else high - falling * root(1 - u)
        for u in (random.random() for _ in range(count))
    ])  # fmt: skip

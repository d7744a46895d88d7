"""Every name's value in many draws: answers as they may turn out, assumptions within their ranges."""

import math
from collections.abc import Mapping
from random import Random

from salesadvisor.advice.draws import plausible_answers
from salesadvisor.language.columns import Column, evaluate_columns
from salesadvisor.language.compiler import Single, single_of
from salesadvisor.language.possible import Numbers, Value, is_single
from salesadvisor.language.syntax import names_in
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Assumption, QuestionId, Rulebook

_SEED = 21


class Drawn(dict[str, Column | Single]):
    """A value of every name in every draw, worked out when it is asked for."""

    def __init__(
        self, rulebook: Rulebook, answers: Answers, count: int, known: Mapping[str, Value]
    ) -> None:
        super().__init__()
        self.rulebook = rulebook
        self.answers = answers
        self.count = count
        self.known = known
        self.thresholds = frozenset(n for e in rulebook.entries for n in names_in(e.when))

    def __missing__(self, name: str) -> Column | Single:
        """Draw an answer or assumption, or work out a formula."""
        formula = self.rulebook.formula.get(name)
        assumption = self.rulebook.assumption.get(name)
        value: Column | Single
        if formula is not None and self._is_scale(name):
            value = single_of(self.known[name])
        elif formula is not None:
            value = evaluate_columns(formula.value, self)
        elif assumption is not None:
            value = self._assumption(assumption)
        else:
            value = self._answer(QuestionId(name))
        self[name] = value
        return value

    def _is_scale(self, name: str) -> bool:
        """Return whether it rests on assumptions alone and rules read it: a threshold, not a draw."""
        return name in self.thresholds and not self.rulebook.questions_behind((name,))

    def _answer(self, id: QuestionId) -> Column | Single:
        answer = self.answers.values[id]
        if is_single(answer):
            return single_of(answer)
        question = self.rulebook.question[id]
        # A seed for each name: what is drawn of one never depends on which others are asked for.
        drawn = plausible_answers(question, answer, self.count, Random(f"{_SEED}/{id}"))
        return [single_of(value) for value in drawn]

    def _assumption(self, assumption: Assumption) -> Column | Single:
        own = self.answers.assumptions.get(assumption.id)
        if own is None and assumption.likely_from is not None:
            return evaluate_columns(assumption.likely_from, self)
        within, likely = assumption.range, assumption.likely
        if own is not None:
            within, likely = own, (own.low + own.high) / 2
        if is_single(within):
            return likely
        drawn = _triangular(within, likely, self.count, Random(f"{_SEED}/{assumption.id}"))
        if own is None and assumption.scales_with is not None:
            factor = evaluate_columns(assumption.scales_with, self)
            factors = factor if isinstance(factor, list) else [factor] * self.count
            drawn = [one * by for one, by in zip(drawn, factors, strict=True)]
        return drawn


def _triangular(within: Numbers, likely: float, count: int, random: Random) -> Column:
    """Draw from a triangle over a range, with its top at `likely`.

    By inversion, as the standard library has it, without a call for each draw.
    """
    low, width = within.low, within.high - within.low
    top = (likely - low) / width
    rising, falling = width * math.sqrt(top), width * math.sqrt(1 - top)
    root, high = math.sqrt, within.high
    return [
        low + rising * root(u) if u < top else high - falling * root(1 - u)
        for u in (random.random() for _ in range(count))
    ]

"""Where along a spread of customers the winner turns.

All viewed answers move together from the small end (-1) over the typical customer (0) to the
large end (1): numbers on a log scale, options half-way between two of these.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise

from salesadvisor.advice.scoring import Scoring
from salesadvisor.advice.views import Sights
from salesadvisor.language.compiler import Single, compile_expression, single_of
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.possible import TRUE, Numbers, Value, is_single
from salesadvisor.language.syntax import names_in
from salesadvisor.rulebook.definitions import ModelId, QuestionId, Rule, Veto
from salesadvisor.rulebook.known import known_values

_STEPS = 16
"""Into how many pieces the way is cut, to see how often it turns."""
_HALVINGS = 8
"""How often the piece in which it turns is halved: finer than the two digits that are shown."""


def find_line(sights: Sights, scoring: Scoring) -> float | None:
    """Return the value of the views' `line` at which the winner turns.

    None where the ends agree, where the line's answer leaves more than one number, and where
    the winner turns more than once on the way.
    """
    line = sights.views.line
    at = scoring.known[line]
    if not sights.split or not isinstance(at, Numbers) or not is_single(at):
        return None
    way = _Way(sights, scoring)
    first, last = sights.small.standing.winner, sights.large.standing.winner
    places = [2 * i / _STEPS - 1 for i in range(_STEPS + 1)]
    seen = [way.winner(place) for place in places]
    if (seen[0], seen[-1]) != (first, last) or first in seen[seen.index(last) :]:
        return None
    turns = [i for i, (one, other) in enumerate(pairwise(seen)) if one != other]
    low, high = places[turns[0]], places[turns[-1] + 1]  # between them there may be a tie
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if way.winner(middle) == first else (low, middle)
    found = way.values(high)[line]
    assert isinstance(found, Numbers)
    return found.low


class _Way:
    """The decision among the models that are no blends, at any place between the two ends.

    Only what reads a moving answer is looked at again, by a compiled condition where all that it
    reads is one value: the way is walked a few dozen times.
    """

    def __init__(self, sights: Sights, scoring: Scoring) -> None:
        self.scoring = scoring
        self.rulebook = rulebook = scoring.rulebook
        ids = [question.id for question in rulebook.questions]
        self.base = {id: scoring.known[id] for id in ids}
        self.small, self.large = sights.small.values, sights.large.values
        moving = {i for i in ids if len({self.base[i], self.small[i], self.large[i]}) > 1}
        self.models = [model.id for model in rulebook.models if not model.blend_of]
        self.scores = dict.fromkeys(self.models, 0)
        self.excluded: set[ModelId] = set()
        self.entries: list[tuple[Rule | Veto, _Holds]] = []  # that read a moving answer
        self.moving = moving
        self.formulas = [
            (formula.id, compile_expression(formula.value))
            for formula in rulebook.formulas
            if formula.id in rulebook.deciding_names
            and self._is_single_throughout(names_in(formula.value))
        ]
        entries: tuple[Rule | Veto, ...] = (*rulebook.rules, *rulebook.vetoes)
        for entry in entries:
            if not moving.isdisjoint(rulebook.read_by[entry.id]):
                self.entries.append((entry, self._holds(entry)))
            elif scoring.truths[entry.id] == TRUE:
                self._count(entry, self.scores, self.excluded)

    def _is_single_throughout(self, names: tuple[str, ...]) -> bool:
        ids = self.rulebook.questions_behind(names)
        return all(is_single(end[id]) for id in ids for end in (self.base, self.small, self.large))

    def _holds(self, entry: Rule | Veto) -> "_Holds":
        if self._is_single_throughout(names_in(entry.when)):
            return partial(_holds_single, compile_expression(entry.when))
        return partial(_holds_surely, entry)

    def _count(
        self, entry: Rule | Veto, scores: dict[ModelId, int], excluded: set[ModelId]
    ) -> None:
        if isinstance(entry, Veto):
            excluded.update(entry.excludes)
        else:
            for model in self.models:
                scores[model] += self.scoring.points[entry.id][model]

    def values(self, way: float) -> Mapping[QuestionId, Value]:
        """Return the answers at a place between the ends."""
        end = self.small if way < 0 else self.large
        return {
            id: _between(value, end[id], abs(way)) if id in self.moving else value
            for id, value in self.base.items()
        }

    def winner(self, way: float) -> ModelId | None:
        """Return the one model that leads on what is certain there."""
        values = self.values(way)
        known: dict[str, Value] = {**self.scoring.known, **dict(values.items())}
        single: dict[str, Single] = {
            id: single_of(value) for id, value in known.items() if is_single(value)
        }
        for id, compute in self.formulas:
            single[id] = compute(single)
        place = _Place(self, values, single)
        scores, excluded = dict(self.scores), set(self.excluded)
        for entry, holds in self.entries:
            if holds(place):
                self._count(entry, scores, excluded)
        left = {model: points for model, points in scores.items() if model not in excluded}
        best = [model for model, points in left.items() if points == max(left.values())]
        return best[0] if len(best) == 1 else None


class _Place:
    """The answers at one place on the way: single values, and sets where they are needed."""

    def __init__(
        self, way: _Way, values: Mapping[QuestionId, Value], single: Mapping[str, Single]
    ) -> None:
        self.way = way
        self.values = values
        self.single = single
        self._known: Mapping[str, Value] | None = None

    @property
    def known(self) -> Mapping[str, Value]:
        """The possible values of every name."""
        if self._known is None:
            rulebook = self.way.rulebook
            likely = {a.id: self.way.scoring.known[a.id] for a in rulebook.assumptions}
            own = {id: value for id, value in likely.items() if isinstance(value, Numbers)}
            self._known = known_values(rulebook, self.values, own)
        return self._known


_Holds = Callable[[_Place], bool]


def _holds_single(condition: Callable[[Mapping[str, Single]], Single], place: _Place) -> bool:
    return bool(condition(place.single))


def _holds_surely(entry: Rule | Veto, place: _Place) -> bool:
    return truth_of(entry.when, place.known) == TRUE


def _between(near: Value, far: Value, way: float) -> Value:
    """Return the answer at `way` from one (0) to the other (1)."""
    if not isinstance(near, Numbers) or not isinstance(far, Numbers):
        return near if way < 0.5 else far
    return Numbers(_mix(near.low, far.low, way), _mix(near.high, far.high, way))


def _mix(near: float, far: float, way: float) -> float:
    if near == far or way == 1:
        return far
    if near > 0 and far > 0:
        return math.exp(math.log(near) * (1 - way) + math.log(far) * way)
    return near * (1 - way) + far * way

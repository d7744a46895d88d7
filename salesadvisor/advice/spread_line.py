"""Where along a spread of customers the winner turns.

All viewed answers move together from the small end (-1) over the typical customer (0) to the
large end (1): numbers on a log scale, options half-way between two of these.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from salesadvisor.advice.verdict import Assessment, SpreadResult
from salesadvisor.engine.block import Block, column_of
from salesadvisor.engine.layout import Layout
from salesadvisor.engine.names import SeenNames
from salesadvisor.engine.planes import Planes, members
from salesadvisor.engine.ranking import Ranking
from salesadvisor.engine.truth import exactly_one, single
from salesadvisor.language.possible import Numbers, Value, is_single
from salesadvisor.rulebook.definitions import ModelId, QuestionId

_STEPS = 16
"""Into how many pieces the way is cut, and the piece in which it turns, twice: finer than shown."""


def find_line(spread: SpreadResult, assessment: Assessment) -> float | None:
    """Return the value of the views' `line` at which the winner turns.

    None where the ends agree, where the line's answer leaves more than one number, and where
    the winner turns more than once on the way.
    """
    line = spread.views.line
    at = assessment.answers.values[line]
    if not spread.split or not isinstance(at, Numbers) or not is_single(at):
        return None
    first, last = spread.small.winner, spread.large.winner
    places = [2 * i / _STEPS - 1 for i in range(_STEPS + 1)]
    seen = _winners(spread, assessment, places)
    if (seen[0], seen[-1]) != (first, last) or first in seen[seen.index(last) :]:
        return None
    turns = [i for i, (one, other) in enumerate(pairwise(seen)) if one != other]
    low, high = places[turns[0]], places[turns[-1] + 1]  # between them there may be a tie
    for _ in range(2):
        places = [low + (high - low) * i / _STEPS for i in range(_STEPS + 1)]
        seen = _winners(spread, assessment, places)
        turn = next(i for i, winner in enumerate(seen) if winner != first)
        low, high = places[turn - 1], places[turn]
    found = _values(spread, assessment, high)[line]
    assert isinstance(found, Numbers)
    return found.low


def _winners(
    spread: SpreadResult, assessment: Assessment, places: Sequence[float]
) -> list[ModelId | None]:
    """Return at each place the one unblended model that leads on what is certain there."""
    decision = assessment.layout.decision
    values = [_values(spread, assessment, place) for place in places]
    answers = Between(assessment.layout, values)
    engine, names = answers.engine, SeenNames(decision, answers, 0, None)
    # Between two steps of an answer no cell is: conditions are read from the numbers themselves.
    numbers = decision.tables.perspectives[0].conditions
    truths = [single(engine.no)] * len(decision.tables.conditions)
    for entry in decision.rulebook.entries:
        truths[numbers[entry.id]] = names.reader.truth(entry.when, names)
    ranking = Ranking(decision, answers, 0, truths, decision.unblended)
    left = {m: engine.negate(ranking.excluded[m].must) for m in decision.unblended}
    leads = {}
    for model in left:
        leads[model] = left[model]
        for rival in left:
            ahead = engine.at_least(ranking.score[model], ranking.score[rival], 0)
            leads[model] &= engine.negate(left[rival]) | ahead
    one = exactly_one(engine, leads.values())
    found: list[ModelId | None] = [None] * len(places)
    for model, lead in leads.items():
        for i in members(lead & one):
            found[i] = model
    return found


class Between(Block):
    """Answers on the way, all of them as values."""

    def __init__(self, layout: Layout, places: Sequence[Mapping[QuestionId, Value]]) -> None:
        engine = Planes(len(places), layout.decision.scale)
        columns = {
            index: column_of(engine, question, [values[question.id] for values in places])
            for index, question in enumerate(layout.decision.rulebook.questions)
        }
        super().__init__(layout, engine, [], [], columns)


def _values(spread: SpreadResult, assessment: Assessment, way: float) -> Mapping[QuestionId, Value]:
    """Return the answers at a place between the ends."""
    end = spread.small.values if way < 0 else spread.large.values
    return {
        id: value if value == end[id] else _between(value, end[id], abs(way))
        for id, value in assessment.answers.values.items()
    }


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

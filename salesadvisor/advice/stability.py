"""How firm a recommendation is, and which answer would tell most about it: by drawing completions."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from math import gcd
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from salesadvisor.advice.scoring import is_open
from salesadvisor.advice.verdict import Assessment
from salesadvisor.engine.completions import Draws, draw_plausible, winners
from salesadvisor.engine.decision import Evaluation
from salesadvisor.rulebook.definitions import ModelId, QuestionId

DRAWS = 1000
FEWER_DRAWS = 250
"""For the moment between two questions."""
JITTER = 0.3
"""How far each weight is moved up or down, as a share of it."""
SETTLED = 0.95
"""From this stability on, a recommendation is as good as settled."""
_SEED = 20


class Prospects(Struct, frozen=True, kw_only=True):
    """What becomes of the recommendation as the open answers come in."""

    stability: float | None  # share of completions, weights jittered, in which it stays
    outcomes: Mapping[ModelId, float]  # share of completions that end in each; perhaps `none`
    information: Mapping[
        QuestionId, float
    ]  # bits that the answer is expected to tell, highest first


UNKNOWN_PROSPECTS = Prospects(stability=None, outcomes={}, information={})
"""Where nobody asks for them."""


def find_prospects(
    assessment: Assessment, recommendation: ModelId | None, draws: int = DRAWS
) -> Prospects:
    """Return how firm the recommendation is, and what each open answer would tell about it.

    Source: semantics 20 for the draws; Shannon (1948), A Mathematical Theory of Communication,
    for the information; Miller (1955), Note on the Bias of Information Estimates, for the
    correction: a few draws make every answer look telling.
    """
    random, layout = Random(_SEED), assessment.layout
    drawn = draw_plausible(layout, assessment.answers.values, draws, random)
    plain = Evaluation(layout.decision, drawn.block)
    prospects = _prospects(assessment, drawn, winners(drawn.block, before=plain))
    if recommendation is None:
        return prospects
    least, most = round(1000 * (1 - JITTER)), round(1000 * (1 + JITTER))
    own = [int(100 * weight) for weight in layout.decision.weights.values()]
    unit = gcd(*own) or 1
    weights = [
        [weight // unit * factor for factor in random.choices(range(least, most + 1), k=draws)]
        for weight in own
    ]
    jittered = winners(drawn.block, weights, before=plain)
    stays = sum(model == recommendation for model in jittered)
    return replace(prospects, stability=stays / draws)


def _prospects(assessment: Assessment, draws: Draws, ended: Sequence[ModelId]) -> Prospects:
    layout, position = assessment.layout, assessment.scoring.position
    found = {
        question.id: _information(draws.cells[index], ended)
        for index, question in enumerate(layout.decision.rulebook.questions)
        if is_open(layout, position, index)
    }
    ranked = sorted(found.items(), key=lambda item: -item[1])
    outcomes = Counter(ended).most_common()
    return Prospects(
        stability=None,
        outcomes={model: count / draws.count for model, count in outcomes},
        information={id: bits for id, bits in ranked if bits > 0},
    )


def _information(cells: Sequence[int], ended: Sequence[ModelId]) -> float:
    """Return how many bits a question's cells tell about how it ends, less what chance would."""
    pairs = Counter(zip(cells, ended, strict=True))
    by_cell, by_end = Counter(cells), Counter(ended)
    total = len(ended)
    bits = sum(
        count / total * math.log2(count * total / (by_cell[cell] * by_end[end]))
        for (cell, end), count in pairs.items()
    )
    chance = (len(by_cell) - 1) * (len(by_end) - 1) / (2 * total * math.log(2))
    return bits - chance

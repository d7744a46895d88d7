"""How firm a recommendation is, and which answer would tell most about it: by drawing completions."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from salesadvisor.advice.board import Outlook
from salesadvisor.advice.draws import Judge, draw_plausible
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
    outlook: Outlook, recommendation: ModelId | None, draws: int = DRAWS
) -> Prospects:
    """Return how firm the recommendation is, and what each open answer would tell about it.

    Source: semantics 20 for the draws; Shannon (1948), A Mathematical Theory of Communication,
    for the information; Miller (1955), Note on the Bias of Information Estimates, for the
    correction: a few draws make every answer look telling.
    """
    random = Random(_SEED)
    judge = Judge(draw_plausible(outlook.position, outlook.board, draws, random), outlook.board)
    prospects = _prospects(outlook, judge)
    if recommendation is None:
        return prospects
    least, most = round(1000 * (1 - JITTER)), round(1000 * (1 + JITTER))
    factors = [
        random.choices(range(least, most + 1), k=draws) for _ in outlook.scoring.rulebook.criteria
    ]
    stays = sum(winners[0] == recommendation for winners in judge.winners(factors))
    return replace(prospects, stability=stays / draws)


def _prospects(outlook: Outlook, judge: Judge) -> Prospects:
    draws, questions = judge.draws, outlook.scoring.rulebook.questions
    ended = [winners[0] for winners in judge.winners()]
    found = {
        questions[question].id: _information(cells, ended)
        for question, cells in enumerate(draws.cells)
        if outlook.board.is_open(outlook.position, question)
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

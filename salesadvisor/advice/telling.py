"""Which open answer would tell most about where the advice ends, by plausible completions."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from salesadvisor.advice.scoring import is_open
from salesadvisor.advice.verdict import Assessment
from salesadvisor.rulebook.definitions import QuestionId


def find_information(assessment: Assessment) -> Mapping[QuestionId, float]:
    """Return how many bits each open answer is expected to tell, the most telling first.

    Source: Shannon (1948), A Mathematical Theory of Communication; Miller (1955), Note on the Bias
    of Information Estimates, for the correction: a few draws make every answer look telling.
    """
    layout, position = assessment.layout, assessment.scoring.position
    completions, ended = assessment.search.beliefs.completions, assessment.belief.ended
    ends = Counter(ended)
    found = {}
    for index, question in enumerate(layout.decision.rulebook.questions):
        drawn = completions.of(position, index) if is_open(layout, position, index) else None
        if drawn is not None:
            found[question.id] = _information(drawn.cells, ended, ends)
    ranked = sorted(found.items(), key=lambda item: -item[1])
    return {id: bits for id, bits in ranked if bits > 0}


def _information(cells: Sequence[int], ended: str, by_end: Counter[str]) -> float:
    """Return how many bits a question's cells tell about how it ends, less what chance would."""
    by_cell, total = Counter(cells), len(ended)
    bits = sum(
        count / total * math.log2(count * total / (by_cell[cell] * by_end[end]))
        for (cell, end), count in Counter(zip(cells, ended, strict=True)).items()
    )
    chance = (len(by_cell) - 1) * (len(by_end) - 1) / (2 * total * math.log(2))
    return bits - chance

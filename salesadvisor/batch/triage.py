"""Which one question would settle most of the records that are still open."""

from collections import Counter
from collections.abc import Mapping
from random import Random

from msgspec import Struct

from salesadvisor.advice.board import Outlook
from salesadvisor.advice.draws import plausible_answers
from salesadvisor.rulebook.definitions import QuestionId

_DRAWS, _SEED = 12, 7
SAMPLE = 48
"""Open records of a chunk that are looked at."""


class Triage(Struct, frozen=True, kw_only=True):
    """What single answers would settle among the open records of a chunk."""

    open_records: int
    sampled: int
    settles: Mapping[QuestionId, float]  # of those sampled, how many


NO_TRIAGE = Triage(open_records=0, sampled=0, settles={})


def settled_by(outlook: Outlook) -> Mapping[QuestionId, float]:
    """Return of each open question how likely its answer is to settle the decision, alone.

    An answer settles it if one model is left for whatever the other answers turn out to be. That
    is judged by the bound, so that the true chance may be a little higher. Answers are drawn from
    what is plausible.

    Args:
        outlook: Of a record that is open.
    """
    board, position = outlook.board, outlook.position
    random = Random(_SEED)
    found: dict[QuestionId, float] = {}
    for index, question in enumerate(board.rulebook.questions):
        if not board.is_open(position, index):
            continue
        drawn = plausible_answers(question, position.value(index), _DRAWS, random)
        settled = 0
        for value, count in Counter(drawn).items():
            there = board.outlook(position.with_value(index, value), outlook, index)
            settled += count * (len(there.possible) == 1)
        if settled:
            found[question.id] = settled / _DRAWS
    return found

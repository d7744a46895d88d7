"""Which one question would settle most of the records that are still open."""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

from msgspec import Struct

from salesadvisor.engine.block import block_of
from salesadvisor.engine.completions import plausible_answers
from salesadvisor.engine.decision import Evaluation
from salesadvisor.engine.layout import Layout, Position, bits_of, position_of, with_value
from salesadvisor.engine.planes import members
from salesadvisor.engine.truth import exactly_one
from salesadvisor.language.possible import Value
from salesadvisor.rulebook.definitions import NO_MODEL, QuestionId

_DRAWS, _SEED = 12, 7
SAMPLE = 48
"""Open records of a chunk that are looked at."""


class Triage(Struct, frozen=True, kw_only=True):
    """What single answers would settle among the open records of a chunk."""

    open_records: int
    sampled: int
    settles: dict[QuestionId, float]  # of those sampled, how many


NO_TRIAGE = Triage(open_records=0, sampled=0, settles={})


def settled_by(
    layout: Layout, records: Sequence[Mapping[QuestionId, Value]]
) -> dict[QuestionId, float]:
    """Return of each question how many open records its answer is likely to settle, alone.

    An answer settles a record if one model is left for whatever the other answers turn out to be.
    That is judged by the bound, so that the true chance may be a little higher. Answers are drawn
    from what is plausible.

    Args:
        layout: Of the decision.
        records: The answers of open ones.
    """
    looks: list[tuple[QuestionId, int, Position]] = []
    for values in records:
        position, random = position_of(layout, values), Random(_SEED)
        for index, question in enumerate(layout.decision.rulebook.questions):
            value = values[question.id]
            bits = bits_of(layout, position, index)
            if bits & bits - 1 == 0 and index not in layout.joint_place:
                continue
            drawn = Counter(plausible_answers(question, value, _DRAWS, random))
            if len(drawn) == 1 and value in drawn:
                continue
            for one, count in drawn.items():
                looks.append((question.id, count, with_value(layout, position, index, one)))
    found: Counter[QuestionId] = Counter()
    if looks:
        evaluation = Evaluation(layout.decision, block_of(layout, [p for _, _, p in looks]))
        models = (*layout.decision.models, NO_MODEL)
        left = [evaluation.chances[f"possible_{m}"] for m in models]
        for i in members(exactly_one(evaluation.engine, left)):
            id, count, _ = looks[i]
            found[id] += count
    return {id: count / _DRAWS for id, count in found.items()}

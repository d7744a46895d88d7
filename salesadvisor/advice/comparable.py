"""Companies like this one: the precedents for which much the same evidence holds.

How alike two companies are is the share of their evidence that they have in common: the weight
of the rules that hold for both, over the weight of those that hold for either. A rule weighs as
much as it moves the models apart; what is open for one of the two is left out.

Source: Jaccard (1912), The Distribution of the Flora in the Alpine Zone, weighted.
"""

from msgspec import Struct

from salesadvisor.advice.scoring import Scoring
from salesadvisor.language.possible import OPEN, TRUE, Numbers, OneOf, SomeOf
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Precedent, QuestionId, Sample

LEAST_ALIKE = 0.5
"""Comparable is what has half of the evidence in common. See docs/calibration.md."""
LEAST_EVIDENCE = 10
"""In points: with less to compare, anything would be alike."""
FEWEST, MOST = 5, 9
"""So many comparable companies at least, or nothing is said of them; and so many at most."""


class Comparable(Struct, frozen=True, kw_only=True):
    """A company for which much the same evidence holds."""

    precedent: Precedent
    likeness: float  # the share of the evidence that both have in common, 0 to 1


def find_comparable(scoring: Scoring) -> tuple[Comparable, ...]:
    """Return the precedents most like these answers, the nearest first; none where few are."""
    weight = {id: max(p.values()) - min(p.values()) for id, p in scoring.points.items()}
    held = frozenset(id for id in weight if scoring.truths[id] == TRUE)
    opened = frozenset(id for id in weight if scoring.truths[id] == OPEN)
    if sum(weight[id] for id in held) < LEAST_EVIDENCE * scoring.unit:
        return ()
    found = [
        Comparable(precedent=precedent, likeness=likeness)
        for precedent in scoring.rulebook.precedents
        if (likeness := _likeness(precedent, held, opened, weight)) >= LEAST_ALIKE
    ]
    nearest = sorted(found, key=lambda c: -c.likeness)[:MOST]
    return tuple(nearest) if len(nearest) >= FEWEST else ()


def _likeness(
    precedent: Precedent, held: frozenset[str], opened: frozenset[str], weight: dict[str, int]
) -> float:
    """Return how alike the two are, on average over the precedent's sets of answers."""
    total = 0.0
    for theirs, unknown in zip(precedent.held, precedent.opened, strict=True):
        left_out = opened | unknown
        either = sum(weight.get(id, 0) for id in (held | theirs) - left_out)
        both = sum(weight.get(id, 0) for id in (held & theirs) - left_out)
        total += both / either if either else 0.0
    return total / len(precedent.held)


def find_outside(sample: Sample, answers: Answers) -> tuple[QuestionId, ...]:
    """Return the questions whose answers lie wholly outside what the precedents cover."""
    return tuple(id for id in answers.answered if _is_outside(sample, id, answers))


def _is_outside(sample: Sample, id: QuestionId, answers: Answers) -> bool:
    value = answers.values[id]
    match value:
        case Numbers(low, high) if id in sample.numbers:
            covered = sample.numbers[id]
            return high < covered.low or low > covered.high
        case OneOf(options) if id in sample.options:
            return options.isdisjoint(sample.options[id])
        case SomeOf(certain) if id in sample.options:
            return bool(certain) and certain.isdisjoint(sample.options[id])
        case _:
            return False

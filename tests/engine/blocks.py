"""Blocks of positions, and what is read out of them."""

from collections.abc import Mapping, Sequence

from salesadvisor.engine.basis import Decision
from salesadvisor.engine.frontier import Outcomes
from salesadvisor.engine.layout import Layout, Position, position_of
from salesadvisor.engine.planes import Floats
from salesadvisor.engine.search import Search
from salesadvisor.engine.truth import Choices, Column, Ends, Options, Truth, Values
from salesadvisor.language.possible import FALSE, OPEN, TRUE, Numbers, OneOf, SomeOf, Value
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Rulebook


def layout_of(rulebook: Rulebook) -> Layout:
    """Return how positions are written with weights and assumptions as they stand."""
    return Layout(Decision(rulebook, {}, {}))


def positions_of(layout: Layout, records: Sequence[Answers]) -> list[Position]:
    """Return the positions of some answers."""
    return [position_of(layout, answers.values) for answers in records]


def find_outcomes(rulebook: Rulebook, answers: Answers, most: int | None = None) -> Outcomes:
    """Return what can still happen to one record."""
    layout = layout_of(rulebook)
    ((_, (found,), _),) = Search(layout).verdicts(positions_of(layout, [answers]), most)
    return found


def possible(rulebook: Rulebook, answers: Answers, most: int | None = None) -> set[str]:
    """Return what can still be recommended."""
    decision = layout_of(rulebook).decision
    return {str(m) for m in find_outcomes(rulebook, answers, most).possible(decision)}


def number_at(numbers: Column, place: int) -> float:
    """Return a number of one position of a block."""
    return float(numbers.items[place] if isinstance(numbers, Floats) else numbers)


def value_at(values: Values, place: int) -> Value:
    """Return what is possible in one position of a block."""
    match values:
        case Ends(low, high):
            return Numbers(number_at(low, place), number_at(high, place))
        case Options(may):
            return OneOf(_held(may, place))
        case Choices(truths):
            must = _held({id: truth.must for id, truth in truths.items()}, place)
            return SomeOf(must, _held({id: truth.may for id, truth in truths.items()}, place))
        case Truth(must, may):
            return TRUE if must >> place & 1 else OPEN if may >> place & 1 else FALSE


def _held(planes: Mapping[str, int], place: int) -> frozenset[str]:
    return frozenset(id for id, plane in planes.items() if plane >> place & 1)

"""What can still happen, exactly, for many records at once."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from salesadvisor.engine.basis import Decision
from salesadvisor.engine.branching import Branching
from salesadvisor.engine.decision import Verdict
from salesadvisor.engine.feasible import Feasibility
from salesadvisor.engine.frontier import Frontier, Means, Outcomes
from salesadvisor.engine.layout import Layout, Position
from salesadvisor.engine.orders import Orders
from salesadvisor.engine.planes import Planes, members
from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.definitions import NO_MODEL, CriterionId, ModelId, Rulebook

_KEPT = 16
"""Searches that are kept: a long list of companies may have figures of its own for each."""
_RECORDS = 1 << 15
"""Records that are searched together: each level of the search costs some milliseconds."""


class Search:
    """Finds out for one decision after the other.

    Args:
        layout: Of the decision.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.decision = layout.decision
        self.means = Means(layout, Branching(layout), Feasibility(layout), Orders(layout))

    def verdicts(
        self, positions: Sequence[Position], most: int | None = None, *, leaders: bool = False
    ) -> Iterator[tuple[Verdict, list[Outcomes]]]:
        """Yield the verdicts on records, some thousands at a time, and what can still happen.

        Args:
            positions: Of the records.
            most: How many positions of a record to part; None: as the rulebook says.
            leaders: Whether only what is recommended is asked for: whether the best can win.
        """
        nodes = self.decision.rulebook.search_nodes if most is None else most
        for part in _parts(positions):
            frontier = Frontier(self.means, part, nodes, leaders=leaders)
            outcomes = frontier.find()
            yield Verdict(frontier.root, frontier.chances()), outcomes

    def recommended(self, positions: Sequence[Position]) -> list[ModelId]:
        """Return what is recommended at each position; perhaps `none`."""
        found: list[ModelId] = []
        for verdict, outcomes in self.verdicts(positions, leaders=True):
            words = [NO_MODEL] * len(outcomes)
            for model in self.decision.models:
                for i in members(verdict.evaluation.engine.labelled(verdict.recommended, model)):
                    words[i] = model
            found += words
        return found


def search_of(
    rulebook: Rulebook,
    weights: Mapping[CriterionId, Decimal],
    assumptions: Mapping[str, Numbers],
    planes: type[Planes] = Planes,
) -> Search:
    """Return a search by a rulebook; kept beside it, for whoever asks again.

    Args:
        rulebook: What decides.
        weights: Of criteria, where they differ from the rulebook's.
        assumptions: Those that replace the rulebook's.
        planes: The algebra of its blocks.
    """
    known: dict[object, Search] = rulebook.__dict__.setdefault("searches", {})
    key = (tuple(weights.items()), tuple(assumptions.items()), planes)
    if key not in known:
        if len(known) >= _KEPT:
            known.pop(next(iter(known)))
        known[key] = Search(Layout(Decision(rulebook, weights, assumptions), planes))
    return known[key]


def _parts(positions: Sequence[Position]) -> Iterator[Sequence[Position]]:
    for begin in range(0, len(positions), _RECORDS):
        yield positions[begin : begin + _RECORDS]

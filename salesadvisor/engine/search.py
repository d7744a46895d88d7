"""What can still happen, exactly, for many records at once."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from salesadvisor.engine.basis import Decision
from salesadvisor.engine.beliefs import Belief, Beliefs
from salesadvisor.engine.block import block_of
from salesadvisor.engine.branching import Branching
from salesadvisor.engine.decision import Deeds, Evaluation, Verdict
from salesadvisor.engine.feasible import Feasibility
from salesadvisor.engine.frontier import Frontier, Means, Outcomes
from salesadvisor.engine.layout import Layout, Position
from salesadvisor.engine.orders import Orders
from salesadvisor.engine.planes import Planes, members
from salesadvisor.engine.readings import Readings
from salesadvisor.engine.truth import Column
from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.definitions import NO_MODEL, Check, CriterionId, ModelId, Rulebook

_KEPT = 16
"""Searches that are kept: a long list of companies may have figures of its own for each."""
_RECORDS = 1 << 15
"""Records that are searched together: each level of the search costs some milliseconds."""


class Found(NamedTuple):
    """The verdicts on some records, and what they rest on."""

    verdict: Verdict
    outcomes: Sequence[Outcomes]
    beliefs: Sequence[Belief]


class _Alone(NamedTuple):
    """What is decided of one record."""

    recommended: ModelId
    outcomes: Outcomes
    belief: Belief
    shares: Mapping[ModelId, float]
    excluded: Sequence[ModelId]


class Search:
    """Finds out for one decision after the other.

    Args:
        layout: Of the decision.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.decision = layout.decision
        self.means = Means(layout, Branching(layout), Feasibility(layout), Orders(layout))
        self.beliefs = Beliefs(layout)
        self.readings = Readings(layout)

    def verdicts(self, positions: Sequence[Position], most: int | None = None) -> Iterator[Found]:
        """Yield the verdicts on records, some thousands at a time, and what they rest on.

        Args:
            positions: Of the records.
            most: How many positions of a record to part; None: as the rulebook says.
        """
        nodes = self.decision.rulebook.search_nodes if most is None else most
        for part in _parts(positions):
            yield self._by_deeds(part, self._as_given(part, nodes), nodes)

    def _as_given(self, part: Sequence[Position], most: int) -> Found:
        """Return what is found of some records, whatever they contradict."""
        frontier = Frontier(self.means, part, most)
        outcomes = frontier.find()
        beliefs = list(self.beliefs.of(part))
        verdict = Verdict(frontier.root, frontier.chances(), self._means(beliefs))
        return Found(verdict, outcomes, beliefs)

    def _by_deeds(self, part: Sequence[Position], found: Found, most: int) -> Found:
        """Return what is found, where answers contradict each other read as the rulebook says."""
        root = found.verdict.evaluation
        sure, open_ = self.readings.held(root)
        if not sure and not open_:
            return found
        outcomes, beliefs = list(found.outcomes), list(found.beliefs)
        size, engine = len(part), self.layout.planes(len(part))
        possible = dict.fromkeys(found.verdict.outcomes, 0)
        names = {
            *(f"recommended_{m}" for m in found.verdict.outcomes),
            *(f"out_{m}" for m in self.decision.models),
        }
        planes = dict.fromkeys(names, 0)
        shares = {m: [0.0] * size for m in found.verdict.outcomes}
        contested = 0
        read = [self.readings.read(part[i], checks) for i, checks in sure.items()]
        own = self._words(found.verdict, size)
        for i, one in zip(sure, self._alone(read, most), strict=True):
            if not found.verdict.enough >> i & 1:
                continue
            outcomes[i] = outcomes[i].joined(one.outcomes)
            if one.recommended == own[i]:
                continue
            contested |= 1 << i
            beliefs[i] = one.belief
            planes[f"recommended_{one.recommended}"] |= 1 << i
            for m in one.excluded:
                planes[f"out_{m}"] |= 1 << i
            for m, share in one.shares.items():
                shares[m][i] = share
        for i, more in self._perhaps_read(part, outcomes, sure, open_, most):
            outcomes[i] = outcomes[i].joined(more)
        for i in {*sure, *open_}:
            for m in outcomes[i].possible(self.decision):
                possible[m] |= 1 << i
        columns = {f"share_{m}": engine.column(own) for m, own in shares.items()}
        deeds = Deeds(contested, {**planes, **columns}, possible)
        verdict = Verdict(root, found.verdict.chances, found.verdict.means, deeds)
        return Found(verdict, outcomes, beliefs)

    def _perhaps_read(
        self,
        part: Sequence[Position],
        outcomes: Sequence[Outcomes],
        sure: Mapping[int, Sequence[Check]],
        open_: Mapping[int, Sequence[Check]],
        most: int,
    ) -> Iterator[tuple[int, Outcomes]]:
        """Yield what can happen where contradictions may hold, in the parts in which they do."""
        exact: dict[tuple[int, Position], bool] = {}
        for i, checks in open_.items():
            if len(outcomes[i].possible(self.decision)) > len(self.decision.models):
                continue  # anything can happen
            for piece in self.readings.parted(part[i], checks):
                if piece.held:
                    read = self.readings.read(piece.position, (*sure.get(i, ()), *piece.held))
                    exact[i, read] = exact.get((i, read), False) or piece.exact
        if not exact:
            return
        all_possible = frozenset(f"possible_{m}" for m in self.beliefs.outcomes)
        sought = [all_possible - outcomes[i].chances for i, _ in exact]
        found = Frontier(self.means, [at for _, at in exact], most, sought).find()
        for ((i, _), is_exact), more in zip(exact.items(), found, strict=True):
            known = outcomes[i].possible(self.decision)
            if not set(more.possible(self.decision)) <= set(known):
                yield i, more if is_exact else more.unproved()

    def _alone(self, positions: Sequence[Position], most: int) -> Iterator[_Alone]:
        """Yield the verdicts on some records, one by one, whatever they contradict."""
        if not positions:
            return
        verdict, outcomes, beliefs = self._as_given(positions, most)
        engine, size = self.layout.planes(len(positions)), len(positions)
        shares = {m: list(engine.listed(share)) for m, share in verdict.shares.items()}
        rows = zip(self._words(verdict, size), outcomes, beliefs, strict=True)
        for i, (recommended, found, belief) in enumerate(rows):
            yield _Alone(
                recommended, found, belief, {m: float(own[i]) for m, own in shares.items()},
                [m for m, out in verdict.excluded.items() if out >> i & 1],
            )  # fmt: skip

    def _means(self, beliefs: Sequence[Belief]) -> Mapping[ModelId, Column]:
        column = self.layout.planes(len(beliefs)).column
        return {m: column([belief.shares[m] for belief in beliefs]) for m in self.beliefs.outcomes}

    def recommended(self, positions: Sequence[Position]) -> list[ModelId]:
        """Return what is recommended at each position; perhaps `none`.

        What a completion ends in, is possible. So the search is needed only where no completion
        ends in what has the largest share, or where answers contradict each other.
        """
        found: list[ModelId] = []
        for part in _parts(positions):
            evaluation = Evaluation(self.decision, block_of(self.layout, part))
            beliefs = list(self.beliefs.of(part, firm_from=None))
            verdict = Verdict(evaluation, evaluation.chances, self._means(beliefs))
            words = self._words(verdict, len(part))
            contradicting, _ = self.readings.held(evaluation)
            unshown = [
                i
                for i, (word, belief) in enumerate(zip(words, beliefs, strict=True))
                if not belief.chances[word] or i in contradicting
            ]
            for searched in self.verdicts([part[i] for i in unshown]):
                for i, word in zip(
                    unshown, self._words(searched.verdict, len(unshown)), strict=True
                ):
                    words[i] = word
            found += words
        return found

    def _words(self, verdict: Verdict, size: int) -> list[ModelId]:
        engine, words = verdict.evaluation.engine, [NO_MODEL] * size
        for model in self.decision.models:
            for i in members(engine.labelled(verdict.recommended, model)):
                words[i] = model
        return words


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

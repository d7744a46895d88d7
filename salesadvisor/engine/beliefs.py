"""What plausible completions of the open answers end in: shares, chances, and how firm that is."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import permutations
from operator import or_

from msgspec import Struct

from salesadvisor.engine.basis import Engine
from salesadvisor.engine.block import Block
from salesadvisor.engine.completions import JITTER, Completions
from salesadvisor.engine.decision import Evaluation, Verdict
from salesadvisor.engine.layout import Layout, Position
from salesadvisor.engine.planes import Sum, add_up, digits
from salesadvisor.engine.truth import Column, Truth
from salesadvisor.rulebook.definitions import NO_MODEL, CriterionId, ModelId

TOGETHER = 1 << 13
"""Completions that are looked at together."""


class Belief(Struct, frozen=True):
    """What the completions of one record end in; `none` is an outcome like the models."""

    shares: Mapping[ModelId, float]  # mean over completions, without the doubt
    chances: Mapping[ModelId, float]  # of completions that end so
    stays: Mapping[ModelId, float]  # likewise, with weights that are moved, too
    ended: str  # of each completion the place among the outcomes, one digit after the other


class Beliefs:
    """Finds out for many records.

    Args:
        layout: Of the decision.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.completions = Completions(layout)
        self.outcomes = (*layout.decision.models, NO_MODEL)

    def of(
        self, positions: Sequence[Position], *, firm_from: float | None = 0.0
    ) -> Iterator[Belief]:
        """Yield what the completions of some records end in.

        Args:
            positions: Of the records.
            firm_from: From which share on it is asked how firm that is, too; None: of none.
        """
        at_once = max(1, TOGETHER // self.completions.count)
        for begin in range(0, len(positions), at_once):
            yield from self._some(positions[begin : begin + at_once], firm_from)

    def at_temperatures(
        self, position: Position, temperatures: Sequence[float]
    ) -> list[Mapping[ModelId, float]]:
        """Return the mean shares of one record at other temperatures than the rulebook's."""
        block = self.completions.block([position])
        evaluation = Evaluation(self.layout.decision, block)
        verdict = Verdict(evaluation, evaluation.chances)
        count = self.completions.count
        return [
            {
                m: block.engine.averages(share, count)[0]
                for m, share in verdict.shares_as_given(temperature).items()
            }
            for temperature in temperatures
        ]

    def _some(self, positions: Sequence[Position], firm_from: float | None) -> Iterator[Belief]:
        count, size = self.completions.count, len(positions)
        block = self.completions.block(positions)
        evaluation = Evaluation(self.layout.decision, block)
        verdict = Verdict(evaluation, evaluation.chances)
        shares = verdict.shares_as_given()
        averages = [block.engine.averages(shares[m], count) for m in self.outcomes]
        plain = self._ended(verdict, size * count)
        asked = [] if firm_from is None else list(range(size))
        if firm_from:
            asked = [record for record in asked if max(a[record] for a in averages) >= firm_from]
        moved = self._moved(evaluation, asked) if asked else ""
        stays = {
            record: self._counted(moved[i * count : (i + 1) * count])
            for i, record in enumerate(asked)
        }
        unasked = dict.fromkeys(self.outcomes, 0.0)
        for record in range(size):
            part = slice(record * count, record * count + count)
            yield Belief(
                shares={m: own[record] for m, own in zip(self.outcomes, averages, strict=True)},
                chances=self._counted(plain[part]),
                stays=stays.get(record, unasked),
                ended=plain[part],
            )

    def _moved(self, before: Evaluation, records: Sequence[int]) -> str:
        """Return in which outcome the completions of some records end with moved weights."""
        count, size = self.completions.count, len(records)
        engine = self.layout.planes(size * count, self.layout.decision.scale)
        block = Block(self.layout, engine, [], [], {}, complete=True)  # no condition is read again
        truths = before.truths
        if size * count < before.engine.yes.bit_length():
            of = {id(plane): plane for truth in truths for plane in truth}
            kept = {key: _chosen(plane, records, count // 8) for key, plane in of.items()}
            truths = [Truth(kept[id(truth.must)], kept[id(truth.may)]) for truth in truths]
        repeated = reduce(or_, (1 << record * count for record in range(size)))
        block.weights = {
            criterion: [plane * repeated for plane in planes]
            for criterion, planes in self.completions.weights.items()
        }
        evaluation = Evaluation(self.layout.decision, block, truths)
        return self._ended(Verdict(evaluation, evaluation.chances), size * count)

    def steady(self, verdict: Verdict) -> int:
        """Return where whatever leads does so by more than weights that are moved can change.

        Args:
            verdict: On a block of records that leave nothing open.
        """
        evaluation = verdict.evaluation
        engine, block = evaluation.engine, evaluation.answers
        assert isinstance(block, Block)
        found: int = engine.yes
        for ranking in (evaluation.base, *evaluation.ends):
            held = [truth.must for truth in ranking.rules]
            left = {m: engine.negate(ranking.excluded[m].must) for m in ranking.models}
            leads = ranking.leaders("", left)
            here = engine.yes if ranking is evaluation.base else evaluation.applies.may
            parts = {m: block.parts(ranking.perspective, m, held) for m in ranking.models}
            for one, other in permutations(ranking.models, 2):
                matters = leads[one] & left[other] & here
                if matters:
                    worst = self._worst(engine, parts[one], parts[other])
                    found &= engine.negate(matters) | engine.less(engine.number(0.0), worst)
        return found

    def _worst(
        self, engine: Engine, one: Mapping[CriterionId, Sum], other: Mapping[CriterionId, Sum]
    ) -> Column:
        """Return the least lead of a model, in points, that moved weights leave."""
        found = engine.number(0.0)
        for criterion, points in one.items():
            lead = engine.in_units(points) - engine.in_units(other[criterion])
            weight = self.layout.decision.weights[criterion]
            moved = engine.greatest([lead, -lead]) * engine.number(JITTER)
            found = found + (lead - moved) * engine.number(float(weight))
        return found

    def stays(self, verdict: Verdict) -> Mapping[ModelId, Column]:
        """Return for each outcome how often a settled record ends in it with weights that are moved.

        Args:
            verdict: On a block of records that leave nothing open.
        """
        block, count = verdict.evaluation.answers, self.completions.count
        assert isinstance(block, Block)
        ended: dict[ModelId, list[tuple[int, int]]] = {m: [] for m in self.outcomes}
        for draw in range(count):
            block.weights = {
                criterion: [block.engine.yes * (plane >> draw & 1) for plane in planes]
                for criterion, planes in self.completions.weights.items()
            }
            evaluation = Evaluation(self.layout.decision, block, verdict.evaluation.truths)
            moved = Verdict(evaluation, evaluation.chances)
            for m in self.outcomes:
                ended[m].append((1, block.engine.labelled(moved.winner, m)))
        block.weights = None
        counter = type(block.engine)(block.engine.size)
        return {
            m: counter.divide(counter.in_units(add_up(e, counter.yes)), float(count))
            for m, e in ended.items()
        }

    def _ended(self, verdict: Verdict, size: int) -> str:
        """Return in which outcome each completion ends, as the place of it."""
        engine, models = verdict.evaluation.engine, self.layout.decision.models
        planes = [digits(engine.labelled(verdict.winner, m), size) for m in models]
        words = {self._row(i): str(i) for i in range(len(models))}
        none = str(len(models))
        return "".join([words.get(row, none) for row in zip(*planes, strict=True)])

    def _row(self, place: int) -> tuple[str, ...]:
        return tuple("1" if i == place else "0" for i, _ in enumerate(self.layout.decision.models))

    def _counted(self, ended: str) -> dict[ModelId, float]:
        return {m: ended.count(str(i)) / len(ended) for i, m in enumerate(self.outcomes)}


def _chosen(plane: int, records: Sequence[int], width: int) -> int:
    """Return the bits of some records alone, each `width` bytes long."""
    data = plane.to_bytes((max(records) + 1) * width + (plane.bit_length() + 7) // 8, "little")
    parts = [data[record * width : (record + 1) * width] for record in records]
    return int.from_bytes(b"".join(parts), "little")

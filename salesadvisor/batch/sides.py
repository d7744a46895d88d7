"""How some models stand against each other in one world: scores, bounds, exclusions, who can win.

What `advice.standing` computes for one record, as columns.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations

from salesadvisor.advice.scoring import Points
from salesadvisor.batch.clauses import (
    FAILS,
    NO,
    SQL,
    YES,
    Certainty,
    any_of,
    both,
    case,
    column,
    counted,
    either,
    equals,
    greatest,
    is_at_least,
    negated,
    opposite,
    single,
    total,
    whole,
)
from salesadvisor.batch.packing import Sums
from salesadvisor.rulebook.definitions import ModelId, Rulebook

Truths = dict[tuple[str, str], Certainty]
"""Every condition by its id and the suffix of its world."""


class Side:
    """How some models stand against each other in one world: the columns of it."""

    def __init__(
        self, rulebook: Rulebook, points: Mapping[str, Points], truths: Truths, suffix: str,
        models: Sequence[ModelId], *, plain: bool,
    ) -> None:  # fmt: skip
        """Take what the columns are made of.

        Args:
            rulebook: What decides.
            points: What each rule adds.
            truths: The conditions of all worlds, filled before any column is made.
            suffix: Of the world's columns.
            models: That stand against each other.
            plain: Whether nothing is ever open.
        """
        self.rulebook = rulebook
        self.points = points
        self.truths = truths
        self.suffix = suffix
        self.plain = plain
        self.models = tuple(models)
        self.pairs = tuple(permutations(self.models, 2))

    def name(self, what: str, *models: ModelId) -> str:
        """Return the name of a column of this world."""
        return "_".join((what, *models)) + self.suffix

    def col(self, what: str, *models: ModelId) -> SQL:
        """Return a column of this world."""
        return column(self.name(what, *models))

    def truth(self, id: str) -> Certainty:
        """Return a condition that a layer before has worked out."""
        return self.truths[id, self.suffix]

    # Scores and bounds.

    def sums(self) -> tuple[Sums, Sums | None]:
        """Return the scores, and how far open rules can still move each pair of models."""
        points = self.points
        scores = Sums(
            f"scores{self.suffix}",
            {model: {id: p[model] for id, p in points.items()} for model in self.models},
        )
        if self.plain:
            return scores, None
        gains = {
            f"{one}/{other}": {id: max(0, p[one] - p[other]) for id, p in points.items()}
            for one, other in self.pairs
        }
        return scores, Sums(f"gains{self.suffix}", gains)

    def packed(self) -> Mapping[str, SQL]:
        """Return the packed sums as columns."""
        scores, gains = self.sums()
        truths = {id: self.truth(id) for id in self.points}
        found = dict(scores.columns({id: truth.certain for id, truth in truths.items()}))
        if gains is not None:
            open_ = {id: is_open(truth) for id, truth in truths.items()}
            found |= gains.columns(open_)
            found[self.name("is_open")] = either(*open_.values())
        return found

    def unpacked(self) -> Mapping[str, SQL]:
        """Return scores, bounds and exclusions as columns."""
        scores, gains = self.sums()
        found = {self.name("score", m): scores.unpacked(m) for m in self.models}
        for one, other in self.pairs if gains is not None else ():
            assert gains is not None
            found[self.name("gain", one, other)] = gains.unpacked(f"{one}/{other}")
        for model in self.models:
            vetoed, has = self.vetoed(model), self.requirement(model)
            excluded = any_of((opposite(has), vetoed))
            found[self.name("excluded", model)] = excluded.certain
            if not self.plain:
                found[self.name("may_exclude", model)] = excluded.possible
        return found

    def vetoed(self, model: ModelId) -> Certainty:
        """Return whether a veto excludes a model."""
        vetoes = self.rulebook.vetoes
        return any_of([FAILS, *(self.truth(v.id) for v in vetoes if model in v.excludes)])

    def requirement(self, model: ModelId) -> Certainty:
        """Return whether a model has what it requires: one of its patterns."""
        rulebook = self.rulebook
        if rulebook.model[model].requirement is None:
            return single(YES)
        return any_of([FAILS, *(self.truth(p.id) for p in rulebook.patterns if p.model == model)])

    def excluded(self, model: ModelId) -> Certainty:
        """Return whether a model is excluded, from the columns."""
        certain = self.col("excluded", model)
        return single(certain) if self.plain else Certainty(certain, self.col("may_exclude", model))

    # What can win.

    def can_win(self, lead: int, what: str) -> Mapping[str, SQL]:
        """Return whether each model can still lead every rival, and whether none may be left."""
        found = {}
        for model in self.models:
            beats = []
            for rival in self.models:
                if rival != model:
                    ahead = [self.col("score", model)]
                    if not self.plain:
                        ahead.append(self.col("gain", model, rival))
                    needed = [self.col("score", rival), *([whole(lead)] if lead else [])]
                    beats.append(
                        either(
                            self.excluded(rival).possible, is_at_least(total(ahead), total(needed))
                        )
                    )
            found[self.name(what, model)] = both(negated(self.excluded(model).certain), *beats)
        return found

    def none_left(self) -> SQL:
        """Return whether every model may be excluded."""
        return both(*(self.excluded(model).possible for model in self.models))

    def leading(self, possible: Mapping[ModelId, SQL]) -> Iterator[Mapping[str, SQL]]:
        """Yield the columns, layer by layer, that say which of the possible models lead."""
        needs = {m: self.requirement(m).certain for m in self.models}
        sure = {m: both(possible[m], needs[m]) for m in self.models}
        if all(truth == YES for truth in needs.values()):
            candidates = dict(possible)
        else:
            any_sure = either(*sure.values())
            candidates = {m: case((any_sure, sure[m]), otherwise=possible[m]) for m in self.models}
        yield {self.name("candidate", m): candidates[m] for m in self.models}
        lowest = whole(-(2**62))
        yield {
            self.name("best"): greatest(
                case((self.col("candidate", m), self.col("score", m)), otherwise=lowest)
                for m in self.models
            )
        }
        yield {
            self.name("leads", m): both(
                self.col("candidate", m), equals(self.col("score", m), self.col("best"))
            )
            for m in self.models
        }


def is_open(truth: Certainty) -> SQL:
    """Return whether a truth is open."""
    return NO if truth.is_single else both(truth.possible, negated(truth.certain))


def count(conditions: Iterable[SQL]) -> SQL:
    """Return how many conditions hold."""
    return total(counted(condition, 1) for condition in conditions)

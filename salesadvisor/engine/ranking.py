"""How models stand against each other: scores, exclusions, and what can still win, by the bound."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, reduce
from operator import or_

from salesadvisor.engine.basis import ENDS, AnswerColumns, Decision
from salesadvisor.engine.truth import (
    Algebra,
    Column,
    Truth,
    either,
    opposite,
    single,
)
from salesadvisor.rulebook.definitions import (
    ModelId,
)


class Ranking:
    """How some models stand against each other, from one perspective."""

    def __init__(
        self,
        decision: Decision,
        answers: AnswerColumns,
        perspective: int,
        found: Sequence[Truth],
        models: Sequence[ModelId],
    ) -> None:
        seen = decision.tables.perspectives[perspective].conditions
        truths = {id: found[number] for id, number in seen.items()}
        self.engine = answers.engine
        self.answers = answers
        self.decision = decision
        self.perspective = perspective
        self.truths = truths
        self.models = models
        rulebook = decision.rulebook
        self.rules: Sequence[Truth] = [truths[rule.id] for rule in rulebook.rules]
        held = [truth.must for truth in self.rules]
        self.score: Mapping[ModelId, Column] = {
            m: answers.score(perspective, m, held) for m in models
        }
        self.has = {m: self._requirement(m) for m in models}
        self.vetoed = {
            m: self._any(truths[v.id] for v in rulebook.vetoes if m in v.excludes) for m in models
        }
        self.excluded = {m: self._excluded(m) for m in models}
        self.none_left = self._all(truth.may for truth in self.excluded.values())

    def _any(self, truths: Iterable[Truth]) -> Truth:
        return either([single(self.engine.no), *truths])

    def _all(self, columns: Iterable[Column]) -> Column:
        return reduce(lambda one, other: one & other, columns, self.engine.yes)

    def _requirement(self, model: ModelId) -> Truth:
        """Return whether a model has what it requires: one of its patterns."""
        rulebook = self.decision.rulebook
        if rulebook.model[model].requirement is None:
            return single(self.engine.yes)
        return self._any(self.truths[p.id] for p in rulebook.patterns if p.model == model)

    def _excluded(self, model: ModelId) -> Truth:
        truth = either([opposite(self.engine, self.has[model]), self.vetoed[model]])
        name, keep = f"{model}{ENDS[self.perspective]}", self.engine.keep
        must = keep(f"excluded_{name}", truth.must)
        if truth.must is truth.may:
            return single(must)
        return Truth(must, keep(f"excludable_{name}", truth.may))

    @cached_property
    def opened(self) -> list[Column]:
        """Where each rule is open."""
        engine = self.engine
        return [engine.no if t.must is t.may else t.may & engine.negate(t.must) for t in self.rules]

    @cached_property
    def settled(self) -> Column:
        """Where nothing open is left that could move anything."""
        engine = self.engine
        if self.answers.complete:
            return engine.yes
        known = (is_known(engine, truth) for truth in self.excluded.values())
        still = engine.negate(reduce(or_, self.opened, engine.no))
        return engine.keep(f"settled{ENDS[self.perspective]}", self._all([still, *known]))

    def can_win(self, model: ModelId, by: int = 0) -> Column:
        """Return where a model may still win: never too little; `by` 0 with a tie, 1 alone."""
        rivals = (
            self.excluded[rival].may | self.answers.can_lead(self, model, rival, by)
            for rival in self.models
            if rival != model
        )
        may = self.engine.negate(self.excluded[model].must)
        name = f"{'alone' if by else 'can'}_{model}{ENDS[self.perspective]}"
        return self.engine.keep(name, self._all([may, *rivals]))

    def leaders(self, name: str, possible: Mapping[ModelId, Column]) -> Mapping[ModelId, Column]:
        """Return where each model has the best score of the possible ones.

        A model whose requirement is still open is taken only where no other is left.
        """
        engine, end = self.engine, ENDS[self.perspective]
        sure = {m: possible[m] & self.has[m].must for m in self.models}
        some = engine.keep(f"{name}_some{end}", reduce(or_, sure.values()))
        left = {
            m: engine.keep(f"{name}_left_{m}{end}", sure[m] | engine.negate(some) & possible[m])
            for m in self.models
        }
        at_least, negate = engine.at_least, engine.negate
        return {
            m: engine.keep(
                f"{name}_{m}{end}",
                self._all([
                    left[m],
                    *(
                        negate(left[r]) | at_least(self.score[m], self.score[r], 0)
                        for r in self.models
                        if r != m
                    ),
                ]),
            )
            for m in self.models
        }  # fmt: skip


def is_known(engine: Algebra, truth: Truth) -> Column:
    """Return where a truth is not open."""
    return engine.yes if truth.must is truth.may else truth.must | engine.negate(truth.may)

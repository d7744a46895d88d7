"""The decision: answers as columns -> truths -> scores -> exclusions -> ends -> verdict -> share.

The one text of it, for every engine: what a column is, an algebra says (`planes`, `sql`). It comes
in two steps. `Evaluation` bounds what can still happen, never too little; where nothing is open the
bound is exact, else `search` makes it so. `Verdict` is what follows from what can still happen.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, reduce
from itertools import permutations
from operator import or_

from salesadvisor.engine.basis import ENDS, AnswerColumns, Decision
from salesadvisor.engine.names import SeenNames
from salesadvisor.engine.ranking import Ranking, is_known
from salesadvisor.engine.tables import APPLIES, AllOf, AnyOf, Joint, Not, Test
from salesadvisor.engine.truth import (
    Column,
    Truth,
    both,
    either,
    exactly_one,
    one_and_more,
    opposite,
    single,
)
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    ModelId,
)

FEWEST_ANSWERS = 3
"""With fewer answers that any rule reads, nothing is advised: defaults are no evidence."""

STATUSES = ("none", "too_close", "decided", "leaning")
"""How firm a verdict is: nothing is possible or too little is answered; equal best scores; proved."""


class Evaluation:
    """What answers say, and what can still happen: never too little.

    Args:
        decision: What decides.
        answers: Of many records.
        truths: Of conditions that were read before, on the same answers.

    `chances` has, by name: `possible_MODEL`, what can be recommended; `base_MODEL`, what can win
    on the answers as given; `can_MODEL_small` and `alone_MODEL_small`, what can win at an end of a
    spread, perhaps in a tie, and alone; likewise `_large`.
    """

    def __init__(
        self, decision: Decision, answers: AnswerColumns, truths: Iterable[Truth] = ()
    ) -> None:
        self.decision = decision
        self.answers = answers
        self.engine = answers.engine
        self.truths = list(truths)  # of conditions, as the tables number them
        self._names: list[SeenNames] = []
        self._named: set[int] = set()  # what has a name of its own in SQL
        self._sure: dict[int, Column] = {}  # see `sure_of_end`
        self.bound: Split | None = None  # what the ends make of `chances`
        self._read(decision.given_only)
        self.base = self._ranking(0, decision.models)
        views = decision.rulebook.views
        self.applies = single(self.engine.no) if views is None else self.base.truths[APPLIES]

    @cached_property
    def ends(self) -> tuple[Ranking, ...]:
        """How models stand at both ends of a spread; none where customers certainly don't differ."""
        if self.engine.is_no(self.applies.may):
            return ()
        self._read(len(self.decision.tables.conditions))
        return tuple(self._ranking(end, self.decision.unblended) for end in (1, 2))

    # Truths.

    def _read(self, until: int) -> None:
        """Read the conditions up to a number, each once."""
        found, answers, engine = self.truths, self.answers, self.engine
        conditions = self.decision.tables.conditions
        for number in range(len(found), until):
            condition = conditions[number]  # a match on its six kinds takes three times as long
            if isinstance(condition, Test):
                truth = answers.test(number)
            elif isinstance(condition, AllOf):
                truth = both([found[part] for part in condition.parts])
            elif isinstance(condition, AnyOf):
                truth = either([found[part] for part in condition.parts])
            elif isinstance(condition, Not):
                truth = opposite(engine, found[condition.part])
            elif isinstance(condition, Joint):
                names = self._names_from(condition.perspective)
                truth = answers.joint(number, names.reader.truth(condition.condition, names))
            else:
                truth = single(engine.yes if condition.holds else engine.no)
            found.append(truth)

    def _names_from(self, perspective: int) -> SeenNames:
        while len(self._names) <= perspective:
            given = self._names[0] if self._names else None
            self._names.append(SeenNames(self.decision, self.answers, len(self._names), given))
        return self._names[perspective]

    def _ranking(self, perspective: int, models: Sequence[ModelId]) -> Ranking:
        seen = self.decision.tables.perspectives[perspective].conditions
        if self.engine.has_names:
            for id, number in seen.items():
                if number not in self._named:
                    kept = self._kept(f"{id}{ENDS[perspective]}", self.truths[number])
                    self.truths[number] = kept
                    self._named.add(number)
        return Ranking(self.decision, self.answers, perspective, self.truths, models)

    def _kept(self, name: str, truth: Truth) -> Truth:
        must = self.engine.keep(name, truth.must)
        if truth.must is truth.may:
            return single(must)
        return Truth(must, self.engine.keep(f"{name}_may", truth.may))

    # What can still happen.

    @cached_property
    def earned_otherwise(self) -> Truth:
        """Whether the blend has a pattern that does not rest on the spread."""
        truths = self.base.truths
        return either([single(self.engine.no), *(truths[p.id] for p in self.decision.beside)])

    @cached_property
    def settled(self) -> Column:
        """Where nothing open is left: there, what can still happen does happen."""
        engine, base = self.engine, self.base
        if self.answers.complete:
            return engine.yes
        if not self.ends:
            return base.settled
        blend = self._blend
        facts = (self.applies, base.vetoed[blend], self.earned_otherwise)
        still = reduce(
            lambda one, other: one & other,
            (is_known(engine, fact) for fact in facts),
            base.settled & self.ends[0].settled & self.ends[1].settled,
        )
        never = engine.negate(self.applies.may)
        return engine.keep("all_settled", never & base.settled | still)

    @property
    def _blend(self) -> ModelId:
        views = self.decision.rulebook.views
        assert views is not None
        return views.split_earns

    def sure_of_end(self, end: Ranking, chances: Mapping[str, Column]) -> Column:
        """Return where it is certain that one model wins at an end, and which: by the bound."""
        if end.perspective in self._sure:
            return self._sure[end.perspective]
        engine, name = self.engine, ENDS[end.perspective]
        can = [chances[f"can_{m}{name}"] for m in end.models]
        alone = [chances[f"alone_{m}{name}"] for m in end.models]
        same = (
            one & other | engine.negate(one | other) for one, other in zip(can, alone, strict=True)
        )
        found = exactly_one(engine, can) & engine.negate(end.none_left)
        sure = engine.keep(f"sure{name}", reduce(lambda a, b: a & b, same, found))
        self._sure[end.perspective] = sure
        return sure

    @cached_property
    def chances(self) -> dict[str, Column]:
        """What can still happen, by name: never too little."""
        base, engine, models = self.base, self.engine, self.decision.models
        can = {m: base.can_win(m) for m in models}
        none = base.none_left
        if not self.ends:
            return {**{f"possible_{m}": can[m] for m in models}, "possible_none": none}
        found = {f"base_{m}": can[m] for m in models}
        for end in self.ends:
            name = ENDS[end.perspective]
            found |= {f"can_{m}{name}": end.can_win(m) for m in end.models}
            found |= {f"alone_{m}{name}": end.can_win(m, by=1) for m in end.models}
        split = self.bound = Split(self, found, "bound")
        exact = {m: split.overruled.get(m, engine.no) for m in models}
        exact = {m: o | engine.negate(split.some) & can[m] for m, o in exact.items()}
        exact_none = engine.negate(split.some) & none
        if self.answers.complete:
            found |= {f"possible_{m}": exact[m] for m in models}
            return {**found, "possible_none": exact_none}
        # The ends are taken as independent of each other and of the base: perhaps too much.
        small, large = self.ends
        vetoed, earned, blend = base.vetoed[self._blend], self.earned_otherwise, self._blend
        alone = {m: (found[f"alone_{m}_small"], found[f"alone_{m}_large"]) for m in small.models}
        differ = engine.no
        for one, other in permutations(small.models, 2):
            differ |= alone[one][0] & alone[other][1]
        agreed = {m: engine.keep(f"agree_{m}", one & other) for m, (one, other) in alone.items()}
        some = engine.keep("some_agree", reduce(or_, agreed.values()))
        sure = self.sure_of_end(small, found) & self.sure_of_end(large, found)
        sure &= self.applies.must
        keeps = engine.keep("keeps", engine.negate(sure) | differ & vetoed.may)
        wide = {
            m: (keeps | some) & can[m]
            | agreed.get(m, engine.no) & can[blend] & engine.negate(earned.must)
            for m in models
        }
        wide[blend] = (
            keeps & can[blend]
            | differ & engine.negate(vetoed.must)
            | some & can[blend] & earned.may
        )
        never = engine.negate(self.applies.may)
        still = self.settled & self.applies.may
        open_ = engine.keep("still_open", engine.negate(never | still))
        for m in models:
            found[f"possible_{m}"] = never & can[m] | still & exact[m] | open_ & wide[m]
        found["possible_none"] = never & none | still & exact_none | open_ & (keeps | some) & none
        return {name: engine.keep(name, column) for name, column in found.items()}

    @cached_property
    def final(self) -> Column:
        """Where the bound alone says what is recommended, and its share."""
        engine, never = self.engine, self.engine.negate(self.applies.may)
        names = [*self.decision.models, NO_MODEL]
        one_left = exactly_one(engine, [self.chances[f"possible_{m}"] for m in names])
        if not self.ends:
            return one_left | self.settled
        sure = self.applies.must
        for end in self.ends:
            sure &= self.sure_of_end(end, self.chances)
        return (never | sure) & one_left | self.settled


class Split:
    """What the ends of a spread make of the decision for the typical customer.

    Args:
        evaluation: Of the answers.
        chances: What can still happen.
        name: Of its columns.
    """

    def __init__(self, evaluation: Evaluation, chances: Mapping[str, Column], name: str) -> None:
        engine, base = evaluation.engine, evaluation.base
        views = evaluation.decision.rulebook.views
        self.wins: list[Mapping[ModelId, Column]] = []
        self.overruled: dict[ModelId, Column] = {}
        self.split = self.some = engine.no
        if not evaluation.ends or views is None:
            return
        for end in evaluation.ends:
            suffix = ENDS[end.perspective]
            can = {m: chances[f"can_{m}{suffix}"] for m in end.models}
            leads = end.leaders(f"{name}_lead", can)
            only = exactly_one(engine, leads.values())
            self.wins.append({
                m: engine.keep(
                    f"{name}_wins_{m}{suffix}", only & leads[m] & chances[f"alone_{m}{suffix}"]
                )
                for m in end.models
            })  # fmt: skip
        small, large = self.wins
        applies = evaluation.applies.must
        pairs = permutations(evaluation.decision.unblended, 2)
        differ = reduce(or_, (small[one] & large[other] for one, other in pairs), engine.no)
        self.split = engine.keep(f"{name}_split", applies & differ)
        blend = views.split_earns
        base_can = {m: chances[f"base_{m}"] for m in evaluation.decision.models}
        leads = base.leaders(f"{name}_base", base_can)
        alone = leads[blend] & engine.negate(evaluation.earned_otherwise.must)
        for m in evaluation.decision.unblended:
            agreed = applies & small[m] & large[m] & alone
            self.overruled[m] = engine.keep(f"{name}_agreed_{m}", agreed)
        # A split whose blend is vetoed leaves the decision as it is.
        earned = self.split & engine.negate(base.vetoed[blend].must)
        self.overruled[blend] = engine.keep(f"{name}_earned", earned)
        self.some = engine.keep(f"{name}_overruled", reduce(or_, self.overruled.values()))


class Verdict:
    """What follows from what can still happen.

    Args:
        evaluation: Of the answers.
        chances: As in it, perhaps made exact.
    """

    def __init__(self, evaluation: Evaluation, chances: Mapping[str, Column]) -> None:
        self.evaluation = evaluation
        engine, base = evaluation.engine, evaluation.base
        decision = evaluation.decision
        rulebook = decision.rulebook
        self.possible = {m: chances[f"possible_{m}"] for m in (*decision.models, NO_MODEL)}
        same = chances is evaluation.chances
        self.split = (evaluation.bound if same else None) or Split(evaluation, chances, "end")
        self.excluded = {m: base.excluded[m].must for m in decision.models}
        if evaluation.ends and rulebook.views is not None:
            # Where it can be earned by the spread, the blend is not out for want of a pattern.
            blend = rulebook.views.split_earns
            spared = evaluation.applies.may & (self.split.split | self.possible[blend])
            self.excluded[blend] &= engine.negate(spared) | base.vetoed[blend].must
        self.excluded = {m: engine.keep(f"out_{m}", out) for m, out in self.excluded.items()}
        self.enough = self._enough()
        leads = base.leaders("final", self.possible)
        self.overrules = {m: o & self.possible[m] for m, o in self.split.overruled.items()}
        any_ = engine.keep("overrules", reduce(or_, self.overrules.values(), engine.no))
        others = engine.negate(any_) & self.enough
        self.leads = {
            m: engine.keep(
                f"leads_{m}",
                self.overrules.get(m, engine.no) & self.enough | others & leads[m],
            )
            for m in decision.models
        }
        some, several = one_and_more(engine, self.leads.values())
        self.recommended = engine.label(
            "recommended", [(self.leads[m], m) for m in rulebook.ties], ""
        )
        one_left = exactly_one(engine, self.possible.values())
        none, close, decided, leaning = STATUSES
        branches = [(engine.negate(some), none), (several, close), (one_left, decided)]
        self.status = engine.label("verdict", branches, leaning)

    def _enough(self) -> Column:
        """Return where at least three answers are given that any rule reads."""
        engine, answers = self.evaluation.engine, self.evaluation.answers
        questions = self.evaluation.decision.counted_questions
        given = (engine.negate(answers.unanswered(question)) for question in questions)
        return engine.keep("enough", engine.reaches(given, FEWEST_ANSWERS))

    @cached_property
    def counted(self) -> Mapping[ModelId, tuple[Column, Column]]:
        """Of each model, where it has a share, and the score in units that it rests on.

        Left out is what is excluded, and a model that scores above the recommended one but is
        not possible. Where the ends of the spread overrule the scores, what they recommend counts
        with the top score; where they disagree, with the points on top that the rulebook says.
        """
        evaluation, engine = self.evaluation, self.evaluation.engine
        decision, views = evaluation.decision, evaluation.decision.rulebook.views
        models = decision.models
        scores = {m: engine.in_units(evaluation.base.score[m]) for m in models}
        lowest = engine.number(float(_LOWEST))
        best = {m: engine.labelled(self.recommended, m) for m in models}
        counts = {m: engine.negate(self.excluded[m]) for m in models}
        inside = [engine.where(counts[m], scores[m], lowest) for m in models]
        top = engine.keep("top", engine.greatest(inside))
        mine = lowest
        for m, overruled in self.split.overruled.items():
            earns = views is not None and m == views.split_earns
            more = views.split_points * decision.unit if views is not None and earns else 0
            scores[m] = engine.where(overruled, top + engine.number(float(more)), scores[m])
            counts[m] |= overruled
        for m in models:
            scores[m] = engine.keep(f"counted_{m}", scores[m])
            counts[m] |= best[m]  # excluded as given, but both ends may still agree on it
            mine = engine.where(best[m], scores[m], mine)
        mine = engine.keep("mine", mine)
        counts = {
            m: counts[m] & (engine.negate(engine.less(mine, scores[m])) | self.possible[m])
            for m in models
        }
        return {m: (engine.keep(f"counts_{m}", counts[m]), scores[m]) for m in models}

    def shares(self, temperature: float | None = None) -> Mapping[ModelId, Column]:
        """Return each model's share: softmax(points / temperature); nothing without advice.

        Args:
            temperature: In points; None: the rulebook's.
        """
        engine, counted = self.evaluation.engine, self.counted
        decision = self.evaluation.decision
        zero, lowest = engine.number(0.0), engine.number(float(_LOWEST))
        peak = engine.keep(
            "peak", engine.greatest([engine.where(c, s, lowest) for c, s in counted.values()])
        )
        heat = engine.number(decision.unit * (temperature or decision.rulebook.temperature))
        odds = {
            m: engine.keep(
                f"odds_{m}",
                engine.where(c, engine.exponential(engine.divide(s - peak, heat)), zero),
            )
            for m, (c, s) in counted.items()
        }
        all_ = reduce(lambda one, other: one + other, odds.values())
        none = engine.labelled(self.recommended, "")
        all_ = engine.keep("all_odds", engine.where(none, engine.number(1.0), all_))
        return {m: engine.where(none, zero, engine.divide(o, all_)) for m, o in odds.items()}


_LOWEST = -(2**61)
"""Below every score."""

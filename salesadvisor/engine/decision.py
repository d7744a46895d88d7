"""The decision: answers as columns -> truths -> scores -> exclusions -> ends -> verdict -> share.

The one text of it, for every engine: what a column is, an algebra says (`planes`, `sql`). It comes
in two steps. `Evaluation` bounds what can still happen, never too little; where nothing is open the
bound is exact, else `search` makes it so. `Verdict` is what follows from what can still happen.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, reduce
from itertools import permutations
from operator import or_
from typing import NamedTuple

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

TOO_CLOSE = 0.05
"""Outcomes whose shares are no further apart are named together."""
STATUSES = ("none", "contested", "too_close", "decided", "leaning")
"""How far a decision is: for nothing, or too little is answered; words and deeds part; shares
alike; proved."""


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


class Deeds(NamedTuple):
    """What is decided where answers contradict each other, read as the rulebook says."""

    contested: Column  # where that is something else
    verdict: Mapping[str, Column]  # there: `recommended_OUTCOME`, `share_OUTCOME`, `out_MODEL`
    possible: Mapping[ModelId, Column]  # what can happen besides, perhaps elsewhere too


class Verdict:
    """What follows from what can still happen, and from what plausible completions end in.

    Args:
        evaluation: Of the answers.
        chances: As in it, perhaps made exact.
        means: Of each outcome its mean share over completions, where answers are open; None: of
            what is settled, the share as the answers stand.
        deeds: Where answers contradict each other, what is recommended instead.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        chances: Mapping[str, Column],
        means: Mapping[ModelId, Column] | None = None,
        deeds: Deeds | None = None,
    ) -> None:
        self.evaluation = evaluation
        self.means = means
        self.deeds = deeds
        engine, base = evaluation.engine, evaluation.base
        decision = evaluation.decision
        rulebook = decision.rulebook
        self.chances = chances
        self.outcomes: Sequence[ModelId] = (*decision.models, NO_MODEL)
        self.possible = {m: chances[f"possible_{m}"] for m in self.outcomes}
        same = chances is evaluation.chances
        self.split = (evaluation.bound if same else None) or Split(evaluation, chances, "end")
        self.excluded = {m: base.excluded[m].must for m in decision.models}
        if evaluation.ends and rulebook.views is not None:
            # Where it can be earned by the spread, the blend is not out for want of a pattern.
            blend = rulebook.views.split_earns
            spared = evaluation.applies.may & (self.split.split | self.possible[blend])
            self.excluded[blend] &= engine.negate(spared) | base.vetoed[blend].must
        self.excluded = {m: engine.keep(f"out_{m}", out) for m, out in self.excluded.items()}
        overrules = {m: o & self.possible[m] for m, o in self.split.overruled.items()}
        self.overruled = engine.keep("overrules", reduce(or_, overrules.values(), engine.no))
        leads = base.leaders("final", self.possible)
        leads = {
            m: engine.keep(
                f"leads_{m}", overrules.get(m, engine.no) | engine.negate(self.overruled) & lead
            )
            for m, lead in leads.items()
        }
        self.winner = engine.label("winner", [(leads[m], m) for m in rulebook.ties], NO_MODEL)
        """What wins on the answers as they stand, of several the first: for settled ones, for good."""
        if deeds is not None:
            for m, out in self.excluded.items():
                there = deeds.verdict[f"out_{m}"]
                self.excluded[m] = out & (engine.negate(deeds.contested) | there)

    @property
    def contested(self) -> Column:
        """Where words and deeds call for different outcomes."""
        return self.evaluation.engine.no if self.deeds is None else self.deeds.contested

    @cached_property
    def enough(self) -> Column:
        """Where at least three answers are given that any rule reads."""
        engine, answers = self.evaluation.engine, self.evaluation.answers
        questions = self.evaluation.decision.counted_questions
        given = (engine.negate(answers.unanswered(question)) for question in questions)
        return engine.keep("enough", engine.reaches(given, FEWEST_ANSWERS))

    # What is believed.

    @cached_property
    def counted(self) -> Mapping[ModelId, tuple[Column, Column]]:
        """Of each model, where it has a share on the answers as given, and the score behind it.

        Left out is what is excluded. Where the ends of the spread disagree, the blend counts with
        the points on top that the rulebook says; where they agree, it is not earned, and what they
        agree on counts with the top score.
        """
        evaluation, engine = self.evaluation, self.evaluation.engine
        decision, views = evaluation.decision, evaluation.decision.rulebook.views
        scores = {m: engine.in_units(evaluation.base.score[m]) for m in decision.models}
        lowest = engine.number(float(_LOWEST))
        counts = {m: engine.negate(self.excluded[m]) for m in decision.models}
        if views is not None and self.split.overruled:
            inside = [engine.where(counts[m], scores[m], lowest) for m in decision.models]
            top = engine.keep("top", engine.greatest(inside))
            agreed = engine.no
            for m, overruled in self.split.overruled.items():
                earns = m == views.split_earns
                more = float(views.split_points * decision.unit if earns else 0)
                scores[m] = engine.where(overruled, top + engine.number(more), scores[m])
                counts[m] |= overruled
                agreed |= engine.no if earns else overruled
            counts[views.split_earns] &= engine.negate(agreed)
        return {
            m: (engine.keep(f"counts_{m}", counts[m]), engine.keep(f"counted_{m}", scores[m]))
            for m in decision.models
        }

    def shares_as_given(self, temperature: float | None = None) -> Mapping[ModelId, Column]:
        """Return each outcome's share on the answers as they stand: softmax(points / temperature).

        Args:
            temperature: In points; None: the rulebook's.
        """
        engine, counted = self.evaluation.engine, self.counted
        decision = self.evaluation.decision
        zero, one, lowest = (engine.number(n) for n in (0.0, 1.0, float(_LOWEST)))
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
        some = reduce(or_, (counts for counts, _ in counted.values()))
        all_ = reduce(lambda one, other: one + other, odds.values())
        all_ = engine.keep("all_odds", engine.where(some, all_, one))
        shares = {m: engine.divide(o, all_) for m, o in odds.items()}
        return shares | {NO_MODEL: engine.where(some, zero, one)}

    @cached_property
    def shares(self) -> Mapping[ModelId, Column]:
        """Each outcome's share; a little doubt is spread over what is not certainly excluded."""
        own = self.doubted(self.shares_as_given() if self.means is None else self.means)
        if self.deeds is None:
            return own
        where, there = self.evaluation.engine.where, self.deeds.verdict
        return {m: where(self.contested, there[f"share_{m}"], own[m]) for m in self.outcomes}

    def doubted(self, means: Mapping[ModelId, Column]) -> Mapping[ModelId, Column]:
        """Return shares with the doubt of the rulebook."""
        engine, models = self.evaluation.engine, self.evaluation.decision.models
        doubt = self.evaluation.decision.rulebook.doubt
        zero, one, rest = (engine.number(n) for n in (0.0, 1.0, 1 - doubt))
        left = {m: engine.where(self.excluded[m], zero, one) for m in models}
        count = engine.greatest([reduce(lambda a, b: a + b, left.values()), one])
        each = engine.keep("doubt", engine.divide(engine.number(doubt), count))
        shares = {m: means[m] * rest + left[m] * each for m in models}
        all_out = reduce(lambda a, b: a & b, self.excluded.values())
        shares[NO_MODEL] = engine.where(all_out, one, means[NO_MODEL] * rest)
        return {m: engine.keep(f"share_{m}", share) for m, share in shares.items()}

    @cached_property
    def recommended(self) -> Column:
        """The outcome of those that are possible with the largest share; `none` for want of answers."""
        engine, ties = self.evaluation.engine, self.evaluation.decision.rulebook.ties
        lowest = engine.number(-1.0)
        inside = [engine.where(self.possible[m], self.shares[m], lowest) for m in self.outcomes]
        best = engine.keep("best_share", engine.greatest(inside))
        first = {
            m: self.enough & self.possible[m] & engine.negate(engine.less(self.shares[m], best))
            for m in ties
        }
        if self.deeds is not None:
            words = engine.negate(self.contested)
            first = {
                m: words & own | self.contested & self.deeds.verdict[f"recommended_{m}"]
                for m, own in first.items()
            }
        return engine.label("recommended", [(first[m], m) for m in ties], NO_MODEL)

    @cached_property
    def all_possible(self) -> Mapping[ModelId, Column]:
        """What can be recommended, by words or by deeds."""
        if self.deeds is None:
            return self.possible
        return {m: own | self.deeds.possible[m] for m, own in self.possible.items()}

    @cached_property
    def near(self) -> Mapping[ModelId, Column]:
        """Where each outcome's share is as large as the largest, or nearly."""
        engine = self.evaluation.engine
        most = engine.greatest(list(self.shares.values()))
        least = engine.keep("near_share", most - engine.number(TOO_CLOSE))
        return {m: engine.negate(engine.less(share, least)) for m, share in self.shares.items()}

    @cached_property
    def status(self) -> Column:
        """How far the decision is."""
        engine = self.evaluation.engine
        nothing = engine.labelled(self.recommended, NO_MODEL)
        _, several = one_and_more(engine, self.near.values())
        one_left = exactly_one(engine, self.all_possible.values())
        none, contested, close, decided, leaning = STATUSES
        branches = [(nothing, none), (several, close), (one_left, decided)]
        if self.deeds is not None:
            branches.insert(1, (self.contested, contested))
        return engine.label("verdict", branches, leaning)


_LOWEST = -(2**61)
"""Below every score."""

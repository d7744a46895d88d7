"""Why: how an entry came out, why a model won or not, what a question is good for."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from salesadvisor.advice.changes import explain_tipping_points
from salesadvisor.advice.definitions import Advice, Reason, TippingAdvice
from salesadvisor.advice.explanation import explain
from salesadvisor.advice.reasons import reason_of
from salesadvisor.advice.telling import find_information
from salesadvisor.advice.tipping import (
    Change,
    Segment,
    TippingPoint,
    Walk,
    find_pair,
    find_segments,
    find_tipping_points,
)
from salesadvisor.advice.verdict import assess
from salesadvisor.engine.block import block_of
from salesadvisor.engine.decision import Evaluation
from salesadvisor.engine.planes import digits
from salesadvisor.language.evaluator import evaluate, truth_of
from salesadvisor.language.possible import OPEN, TRUE, Truth, Value
from salesadvisor.language.syntax import And, Expression, Not, Or, names_in, to_source
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import (
    Entry,
    Formula,
    ModelId,
    QuestionId,
    Rule,
    Rulebook,
)


class Part(Struct, frozen=True, kw_only=True):
    """A part of a condition, whether it holds, and the values behind it."""

    words: str  # as it is written
    truth: Truth
    values: tuple[tuple[str, Value], ...]  # of the names in it


class Computed(Struct, frozen=True, kw_only=True):
    """A figure that a condition reads, with the numbers it was computed from."""

    formula: Formula
    words: str
    value: Value
    inputs: tuple[tuple[str, Value], ...]


class EntryAccount(Struct, frozen=True, kw_only=True):
    """How a rule, veto or pattern came out on some answers."""

    entry: Entry
    words: str
    truth: Truth
    parts: tuple[Part, ...]
    computed: tuple[Computed, ...]
    reason: Reason | None  # of a rule: what it adds
    turns: tuple[TippingAdvice, ...]  # the nearest other answers on which it comes out otherwise


class ModelAccount(Struct, frozen=True, kw_only=True):
    """Why a model is recommended, or why it is not and what would have to change."""

    model: ModelId
    against: ModelId | None  # with which it is compared
    lead: float  # in points; below zero: behind
    reasons: tuple[Reason, ...]  # that hold and tell the two apart, those for the model first
    vetoes: tuple[EntryAccount, ...]  # that exclude it
    lacks: tuple[EntryAccount, ...]  # patterns of which it needs one, where none holds
    turns: tuple[TippingAdvice, ...]  # single answers that would make it win, nearest first
    pair: tuple[TippingAdvice, ...]  # else two answers together


class QuestionAccount(Struct, frozen=True, kw_only=True):
    """What hangs on a question."""

    question: QuestionId
    entries: tuple[EntryAccount, ...]
    turns: tuple[TippingAdvice, ...]
    outcomes: tuple[Segment, ...]  # of each answer, where it is not given
    information: float  # bits it may tell


class Inquiry:
    """Answers the question why about one set of answers."""

    def __init__(self, rulebook: Rulebook, answers: Answers) -> None:
        self.rulebook = rulebook
        self.answers = answers
        self.assessment = assess(rulebook, answers)
        self.scoring, self.verdict = self.assessment.scoring, self.assessment.verdict
        self.walk = Walk(self.assessment)
        recommendation = self.verdict.recommendation
        self.information = find_information(self.assessment)
        self.points = find_tipping_points(self.walk, recommendation) if self.verdict.enough else ()
        self.advice: Advice = explain(self.assessment, self.points)

    def entry(self, entry: Entry, *, turns: bool = True) -> EntryAccount:
        """Return how a rule, veto or pattern came out."""
        truth = self.scoring.truths[entry.id]
        word = "open" if truth == OPEN else "true"
        return EntryAccount(
            entry=entry,
            words=to_source(entry.when),
            truth=truth,
            parts=tuple(self._parts(entry.when)),
            computed=tuple(self._computed(names_in(entry.when))),
            reason=reason_of(entry, self.scoring, word) if isinstance(entry, Rule) else None,
            turns=self._turns_of(entry) if turns else (),
        )

    def _parts(self, condition: Expression) -> Iterator[Part]:
        match condition:
            case And(operands) | Or(operands):
                for operand in operands:
                    yield from self._parts(operand)
            case Not(operand):
                yield from self._parts(operand)
            case _:
                known = self.scoring.known
                yield Part(
                    words=to_source(condition),
                    truth=truth_of(condition, known),
                    values=tuple((name, known[name]) for name in names_in(condition)),
                )

    def _computed(self, names: tuple[str, ...]) -> Iterator[Computed]:
        known = self.scoring.known
        for name in names:
            formula = self.rulebook.formula.get(name)
            if formula is not None:
                read = names_in(formula.value)
                yield Computed(
                    formula=formula,
                    words=to_source(formula.value),
                    value=evaluate(formula.value, known),
                    inputs=tuple((n, known[n]) for n in read),
                )
                yield from self._computed(read)

    def _turns_of(self, entry: Entry) -> tuple[TippingAdvice, ...]:
        """Return for each answer that an entry reads the nearest one on which it differs."""
        changes = [
            change
            for id in self.rulebook.read_by[entry.id]
            if (index := self.walk.layout.decision.index[id]) in self.walk.answered
            for change in self.walk.changes(index)
        ]
        if not changes:
            return ()
        nearest: dict[int, TippingPoint] = {}
        differing = [
            c for c, other in zip(changes, self._truths(entry, changes), strict=True) if other
        ]
        for change, point in zip(differing, self.walk.points(differing), strict=True):
            best = nearest.get(change.index)
            if best is None or point.distance < best.distance:
                nearest[change.index] = point
        found = sorted(nearest.values(), key=lambda point: point.distance)
        return explain_tipping_points(found, self.rulebook, self.answers.money)

    def _truths(self, entry: Entry, changes: Sequence[Change]) -> list[bool]:
        """Return for each change whether an entry comes out otherwise."""
        layout, size = self.walk.layout, len(changes)
        block = block_of(layout, [self.walk.with_value(c.index, c.value) for c in changes])
        must, may = Evaluation(layout.decision, block).base.truths[entry.id]
        texts = zip(digits(must, size), digits(may, size), strict=True)
        now = self.scoring.ranking.truths[entry.id]
        return [(a, b) != (str(now.must & 1), str(now.may & 1)) for a, b in texts]

    def model(self, model: ModelId) -> ModelAccount:
        """Return why a model is recommended, or what keeps it from that."""
        rulebook, truths, advice = self.rulebook, self.scoring.truths, self.advice
        recommendation = advice.recommendation
        against = advice.rival if model == recommendation else recommendation
        if against is None:
            against = next((m for m in rulebook.ties if m != model), None)
        held = [r for r in advice.reasons if r.truth == "true"]

        def lead(reason: Reason) -> float:
            return reason.points[model] - (reason.points[against] if against else 0.0)

        turns = [point for point in self.points if point.becomes == model]
        pair = None
        if model != recommendation and not turns and self.verdict.enough:
            pair = find_pair(self.walk, recommendation, model)
        needs = rulebook.model[model].requirement is not None
        patterns = [p for p in rulebook.patterns if p.model == model]
        earned = any(truths[p.id] == TRUE for p in patterns)
        money = self.answers.money
        return ModelAccount(
            model=model,
            against=against,
            lead=advice.models[model].score - (advice.models[against].score if against else 0.0),
            reasons=tuple(sorted((r for r in held if lead(r)), key=lambda r: -lead(r))),
            vetoes=tuple(
                self.entry(veto)
                for veto in rulebook.vetoes
                if model in veto.excludes and truths[veto.id] == TRUE
            ),
            lacks=tuple(map(self.entry, patterns)) if needs and not earned else (),
            turns=explain_tipping_points(turns, rulebook, money),
            pair=() if pair is None else explain_tipping_points(pair.changes, rulebook, money),
        )

    def question(self, id: QuestionId) -> QuestionAccount:
        """Return what hangs on a question."""
        entries = [e for e in self.rulebook.entries if id in self.rulebook.read_by[e.id]]
        given = id in self.answers.answered
        return QuestionAccount(
            question=id,
            entries=tuple(self.entry(entry, turns=False) for entry in entries),
            turns=tuple(p for p in self.advice.tipping_points if p.question == id),
            outcomes=() if given or not self.verdict.enough else find_segments(self.walk, id),
            information=self.information.get(id, 0.0),
        )

"""What answers say, rule by rule, for people: truths, scores, and what is open, of one record."""

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from salesadvisor.engine.block import block_of
from salesadvisor.engine.decision import Evaluation
from salesadvisor.engine.layout import Layout, Position, bits_of, restrict, with_bits
from salesadvisor.engine.planes import Floats, digits
from salesadvisor.engine.points import Points
from salesadvisor.engine.ranking import Ranking
from salesadvisor.engine.truth import Truth as Column
from salesadvisor.language.possible import FALSE, OPEN, TRUE, Truth, Value, is_single
from salesadvisor.rulebook.definitions import ModelId, QuestionId, Rulebook


class Effect(Struct, frozen=True):
    """A rule as it stands in one cell of a question."""

    truth: Truth  # never false: such rules have no effect
    points: Points


class OpenQuestion(Struct, frozen=True):
    """A question that leaves more than one answer, and what its cells would do.

    Each open rule belongs to one open question that it reads, so that no rule counts twice.
    """

    id: QuestionId
    cells: tuple[tuple[Effect, ...], ...]


class Scoring(Struct, frozen=True, kw_only=True, dict=True):
    """What the answers of one record say, rule by rule, and the scores that follow."""

    layout: Layout
    position: Position
    ranking: Ranking
    known: Mapping[str, Value]  # questions, assumptions, formulas

    @property
    def rulebook(self) -> Rulebook:
        """What judges."""
        return self.layout.decision.rulebook

    @property
    def unit(self) -> int:
        """Units per point."""
        return self.layout.decision.unit

    @property
    def points(self) -> Mapping[str, Points]:
        """Each rule's contribution: weight and blends included."""
        return self.layout.decision.points

    @cached_property
    def truths(self) -> Mapping[str, Truth]:
        """Whether each rule, veto and pattern holds."""
        return {id: truth_at(truth) for id, truth in self.ranking.truths.items()}

    @cached_property
    def scores(self) -> Points:
        """Each model's score from what is certain, in units."""
        in_units = self.ranking.engine.in_units
        return {m: round(first_of(in_units(s))) for m, s in self.ranking.score.items()}

    @cached_property
    def excluded(self) -> Mapping[ModelId, Truth]:
        """Whether each model is excluded: by a veto, or for want of a pattern."""
        return {model: truth_at(truth) for model, truth in self.ranking.excluded.items()}

    def requirement(self, model: ModelId) -> Truth:
        """Return whether the model has what it requires: one of its patterns."""
        return truth_at(self.ranking.has[model])

    @cached_property
    def open_questions(self) -> tuple[OpenQuestion, ...]:
        """What the cells of each open question would do."""
        layout, position = self.layout, self.position
        seen = layout.decision.tables.perspectives[0]
        belongs: dict[int, list[str]] = {}
        for rule in self.rulebook.rules:
            if self.truths[rule.id] is OPEN:
                for question in seen.questions[rule.id]:
                    if is_open(layout, position, question):
                        belongs.setdefault(question, []).append(rule.id)
                        break
        parts = [(question, part) for question in sorted(belongs) for part in self._cells(question)]
        if not parts:
            return ()
        there = Evaluation(layout.decision, block_of(layout, [part for _, part in parts]))
        effects: dict[int, list[tuple[Effect, ...]]] = {question: [] for question in belongs}
        size = len(parts)
        shown = {
            id: tuple(digits(plane, size) for plane in there.base.truths[id])
            for ids in belongs.values()
            for id in ids
        }
        for place, (question, _) in enumerate(parts):
            effects[question].append(
                tuple(
                    Effect(TRUE if shown[id][0][place] == "1" else OPEN, self.points[id])
                    for id in belongs[question]
                    if shown[id][1][place] == "1"
                )
            )
        questions = self.rulebook.questions
        return tuple(OpenQuestion(questions[q].id, tuple(c)) for q, c in effects.items())

    def _cells(self, question: int) -> list[Position]:
        layout, position = self.layout, self.position
        bits = bits_of(layout, position, question)
        at = layout.joint_place.get(question)
        found = []
        for cell in range(bits.bit_length()):
            if bits >> cell & 1:
                value = None
                if at is not None:
                    value = restrict(layout, question, position.values[at], 1 << cell)
                found.append(with_bits(layout, position, question, 1 << cell, value))
        return found

    def score_range(self, model: ModelId) -> tuple[int, int]:
        """Return the least and the highest score that the model can still reach."""
        score = self.scores[model]
        low = score + sum(
            min(sum(_least(e, e.points[model]) for e in cell) for cell in question.cells)
            for question in self.open_questions
        )
        high = score + sum(
            max(sum(_most(e, e.points[model]) for e in cell) for cell in question.cells)
            for question in self.open_questions
        )
        return low, high

    def swing(self, question: OpenQuestion, model: ModelId, rival: ModelId) -> int:
        """Return how far the question's answer can still move `model` against `rival`."""
        leads = [[(e, e.points[model] - e.points[rival]) for e in cell] for cell in question.cells]
        most = max(sum(_most(e, lead) for e, lead in cell) for cell in leads)
        return most - min(sum(_least(e, lead) for e, lead in cell) for cell in leads)

    def in_points(self, units: int) -> float:
        """Return `units` as points, for people."""
        return units / self.unit


def is_open(layout: Layout, position: Position, question: int) -> bool:
    """Return whether answers are left that some condition may tell apart."""
    cells = bits_of(layout, position, question)
    if cells & cells - 1:
        return True
    at = layout.joint_place.get(question)
    return at is not None and not is_single(position.values[at])


def truth_at(truth: Column) -> Truth:
    """Return the truth of the one position of a block."""
    return TRUE if truth.must & 1 else OPEN if truth.may & 1 else FALSE


def first_of(numbers: object) -> float:
    """Return the number of the one position of a block."""
    return numbers.items[0] if isinstance(numbers, Floats) else float(numbers)  # type: ignore[arg-type]


def _most(effect: Effect, points: int) -> int:
    return points if effect.truth == TRUE else max(0, points)


def _least(effect: Effect, points: int) -> int:
    return points if effect.truth == TRUE else min(0, points)

"""What a decision rests on: a rulebook with weights and assumptions, and answers as columns."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from math import gcd
from typing import Protocol

from salesadvisor.engine.points import contribution, contributions, unit_of
from salesadvisor.engine.tables import Joint
from salesadvisor.engine.tabulation import tables_of
from salesadvisor.engine.truth import (
    Algebra,
    Column,
    Truth,
    Values,
)
from salesadvisor.language.possible import Numbers
from salesadvisor.language.syntax import names_in
from salesadvisor.rulebook.definitions import (
    CriterionId,
    ModelId,
    Pattern,
    Rulebook,
    View,
)
from salesadvisor.rulebook.known import assumed_values

ENDS = ("", "_small", "_large")
"""What the names of columns end in: on the answers as given, and from each end of a spread."""


class Decision:
    """A rulebook, ready to decide with some weights and assumptions.

    Args:
        rulebook: What asks and judges.
        weights: Of criteria, where they differ from the rulebook's.
        assumptions: Those that replace the rulebook's.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        weights: Mapping[CriterionId, Decimal],
        assumptions: Mapping[str, Numbers],
    ) -> None:
        self.rulebook = rulebook
        self.tables = tables_of(rulebook, assumptions)
        self.assumed = {
            id: value.low for id, value in assumed_values(rulebook, assumptions).items()
        }
        self.unit = unit_of(rulebook)
        self.points = contributions(rulebook, weights)
        self.weights = {c.id: weights.get(c.id, c.weight) for c in rulebook.criteria}
        self.models = [model.id for model in rulebook.models]
        self.unblended = [model.id for model in rulebook.models if not model.blend_of]
        self.index = {question.id: i for i, question in enumerate(rulebook.questions)}
        views = rulebook.views
        self.views: tuple[View | None, ...] = (
            (None,) if views is None else (None, views.small, views.large)
        )
        own = self.tables.perspectives[0].conditions.values()
        self.given_only = 1 + max(own, default=-1)  # conditions that the ends don't read
        self.joint_questions = tuple(sorted({
            question
            for condition in self.tables.conditions
            if isinstance(condition, Joint)
            for question in condition.questions
        }))  # fmt: skip

    @cached_property
    def scale(self) -> int:
        """What all points are multiples of: sums leave it out."""
        return gcd(*(n for points in self.points.values() for n in points.values())) or 1

    @cached_property
    def unweighted(self) -> Mapping[str, Mapping[ModelId, int]]:
        """What each rule adds where its criterion weighs a hundredth."""
        weight = Decimal("0.01")
        rules = self.rulebook.rules
        return {r.id: contribution(self.rulebook, r, weight, self.unit) for r in rules}

    @cached_property
    def beside(self) -> tuple[Pattern, ...]:
        """The patterns that earn the blend whether customers differ or not."""
        rulebook, views = self.rulebook, self.rulebook.views
        if views is None:
            return ()
        spread = set(rulebook.questions_behind(names_in(views.when)))
        return tuple(
            pattern
            for pattern in rulebook.patterns
            if pattern.model == views.split_earns
            and spread.isdisjoint(rulebook.read_by[pattern.id])
        )

    @cached_property
    def counted_questions(self) -> tuple[int, ...]:
        """The questions that some rule reads: their answers are evidence."""
        read = {id for rule in self.rulebook.rules for id in self.rulebook.read_by[rule.id]}
        return tuple(self.index[id] for id in self.index if id in read)


class Engine(Algebra, Protocol):
    """An algebra that sums points and says things in words."""

    has_names: bool  # whether columns that are kept get names

    def is_no(self, truth: Column) -> bool:
        """Return whether it is known that a truth holds nowhere."""

    def at_least(self, score: Column, other: Column, by: int) -> Column:
        """Return where one sum of points is at least another and `by` more."""

    def in_units(self, score: Column) -> Column:
        """Return a sum of points as numbers, in units."""

    def reaches(self, truths: Iterable[Column], count: int) -> Column:
        """Return where at least so many of some truths hold."""

    def label(self, name: str, branches: Sequence[tuple[Column, str]], otherwise: str) -> Column:
        """Return the word of the first truth that holds, in each position."""

    def labelled(self, labels: Column, word: str) -> Column:
        """Return where that word is said."""

    def exponential(self, number: Column) -> Column:
        """Return e to the power of numbers; of one above zero, 1."""


class ValueColumns(Protocol):
    """What the answers of many records can be."""

    @property
    def engine(self) -> Engine:
        """What their columns can be made of."""

    def unanswered(self, question: int) -> Column:
        """Return where a question is open altogether."""

    def values(self, question: int) -> Values:
        """Return what the answers to a question can be."""


class RankedColumns(Protocol):
    """How some models stand against each other, as a bound reads it."""

    perspective: int
    score: Mapping[ModelId, Column]
    rules: Sequence[Truth]

    @property
    def opened(self) -> Sequence[Column]:
        """Where each rule is open."""


class AnswerColumns(ValueColumns, Protocol):
    """Answers of many records, as an engine has them."""

    @property
    def complete(self) -> bool:
        """Whether it is known that every answer is a single value."""

    def test(self, condition: int) -> Truth:
        """Return where an answer lies in the cells of a condition on one question.

        What is open altogether stays as it is, from both ends of a spread.
        """

    def joint(self, condition: int, truth: Truth) -> Truth:
        """Return a condition on several questions with what is known of it from elsewhere."""

    def score(self, perspective: int, model: ModelId, held: Sequence[Column]) -> Column:
        """Return what the rules that hold add up to."""

    def can_lead(self, ranking: RankedColumns, model: ModelId, rival: ModelId, by: int) -> Column:
        """Return where a model may still come out ahead of another: never too little."""

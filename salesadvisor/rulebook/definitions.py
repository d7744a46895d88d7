"""What a rulebook is made of. Nothing here knows what the rulebook is about."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import NewType

from msgspec import Struct

from salesadvisor.language.borders import Comparisons, find_comparisons
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.language.syntax import Expression, names_in
from salesadvisor.text import Text

ModelId = NewType("ModelId", str)
QuestionId = NewType("QuestionId", str)
CriterionId = NewType("CriterionId", str)

NO_MODEL = ModelId("none")
"""Stands among the possible outcomes where every model may be excluded."""


class Status(StrEnum):
    """How well something is supported."""

    SOURCED = "sourced"  # a source that is named says so
    RECALLED = "recalled"  # known from practice, not looked up
    ASSUMED = "assumed"  # our own judgement


class Kind(StrEnum):
    """The kinds of questions."""

    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    SCALE = "scale"
    CHOICE = "choice"
    MULTI = "multi"

    @property
    def has_options(self) -> bool:
        """Whether the answer is chosen rather than typed."""
        return self in (Kind.CHOICE, Kind.MULTI)


class At(Struct, frozen=True):
    """Where in the rulebook an entry stands."""

    file: str
    line: int

    def __str__(self) -> str:
        """Return the place as people and editors write it."""
        return f"{self.file}:{self.line}"


class Evidence(Struct, frozen=True, kw_only=True):
    """Where a statement comes from: ids of sources, and how far they carry it."""

    sources: tuple[str, ...]
    status: Status


class NumberQuestion(Struct, frozen=True, kw_only=True, tag=True):
    """Asks for a number: a count, a duration, money, a percentage or a scale."""

    id: QuestionId
    part: str
    first: bool  # one of the few that already allow a first verdict
    kind: Kind
    unit: str | None
    domain: Numbers
    step: Decimal  # answers are multiples of it
    plausible: Numbers  # where an answer that is not given most likely lies
    title: Text
    prompt: Text
    help: Text
    why: Text
    anchors: Mapping[int, Text]  # what the points of a scale mean; empty otherwise
    at: At

    @property
    def everything(self) -> Value:
        """Every answer there is: what is known before the question is asked."""
        return self.domain


class ChoiceQuestion(Struct, frozen=True, kw_only=True, tag=True):
    """Asks for one option, or for any number of them."""

    id: QuestionId
    part: str
    first: bool
    kind: Kind
    options: Mapping[str, Text]
    exclusive: str | None  # of a multiple choice: the option that excludes all others
    title: Text
    prompt: Text
    help: Text
    why: Text
    at: At

    @property
    def everything(self) -> Value:
        """Every answer there is: what is known before the question is asked."""
        ids = frozenset(self.options)
        return SomeOf(frozenset(), ids) if self.kind is Kind.MULTI else OneOf(ids)


Question = NumberQuestion | ChoiceQuestion


class Requirement(Struct, frozen=True, kw_only=True):
    """What a model must have to be recommended: that one of its patterns holds."""

    id: str
    because: Text  # said when it has none
    evidence: Evidence
    at: At


class Model(Struct, frozen=True, kw_only=True):
    """One of the ways to choose between."""

    id: ModelId
    name: Text
    short: Text  # for table heads
    definition: Text
    blend_of: tuple[ModelId, ...]  # its score starts from their mean
    requirement: Requirement | None


class Criterion(Struct, frozen=True, kw_only=True):
    """Rules about one concern, with a weight."""

    id: CriterionId
    title: Text
    weight: Decimal


class Example(Struct, frozen=True, kw_only=True):
    """Answers, and what a condition must be for them: holds, fails or open."""

    given: Mapping[str, Value]
    then: str
    at: At


class Rule(Struct, frozen=True, kw_only=True):
    """Evidence: while its condition holds, it adds its points to each model."""

    id: str
    criterion: CriterionId
    when: Expression
    points: Mapping[ModelId, int]
    because: Text
    evidence: Evidence
    examples: tuple[Example, ...]
    at: At


class Veto(Struct, frozen=True, kw_only=True):
    """Excludes models outright while its condition holds."""

    id: str
    when: Expression
    excludes: tuple[ModelId, ...]
    because: Text
    evidence: Evidence
    examples: tuple[Example, ...]
    at: At


class Pattern(Struct, frozen=True, kw_only=True):
    """A structural reason that earns a model its place, with its dividing line."""

    id: str
    model: ModelId
    name: Text
    when: Expression
    leads_when: Expression | None  # it then comes first, whatever the order in the file
    line: Text
    line_without_numbers: Text  # said while a figure in `line` can't be computed yet
    evidence: Evidence
    examples: tuple[Example, ...]
    at: At


Entry = Rule | Veto | Pattern
"""What has a condition that can move the advice."""


class Alternative(Struct, frozen=True, kw_only=True):
    """What to do where no sales force of one's own pays, or beside one."""

    id: str
    name: Text
    when: Expression
    because: Text  # with `{formula}` for the sum that decides
    because_without_numbers: Text  # said while that can't be computed
    first_steps: tuple[Text, ...]
    evidence: Evidence
    at: At


class Note(Struct, frozen=True, kw_only=True):
    """Advice that stands beside the recommendation and changes no score."""

    id: str
    hire: str | None  # whether to hire: now, later, never; the first that holds is said
    when: Expression
    unanswered: tuple[QuestionId, ...]
    message: Text
    evidence: Evidence
    at: At


class Check(Struct, frozen=True, kw_only=True):
    """Something about the answers that deserves a second look."""

    id: str
    when: Expression
    message: Text
    read_as: Mapping[QuestionId, Expression]  # how answers are read where it holds, if it says so
    at: At


class Assumption(Struct, frozen=True, kw_only=True):
    """A benchmark figure: its likely value and its range."""

    id: str  # with a dot and a model, where each model has its own: `base_pay.inside`
    title: Text
    unit: str | None
    likely: float
    likely_from: Expression | None  # over other assumptions; else the likely value is a number
    scales_with: Expression | None  # likewise: multiplies the likely value and its range
    range: Numbers
    by_currency: Mapping[str, float]  # what stands where sums are in another currency, in that
    question: NumberQuestion  # how a figure of one's own is read
    asked: bool  # in the interview, too; unanswered, the likely value stands
    evidence: Evidence
    at: At


class Formula(Struct, frozen=True, kw_only=True):
    """A quantity derived from answers and assumptions."""

    id: str  # with a dot and a model, where each model has its own: `cac.inside`
    title: Text
    unit: str | None
    value: Expression
    at: At

    @property
    def figure(self) -> str:
        """What it is, whatever the model: `cac`."""
        return self.id.partition(".")[0]


class Source(Struct, frozen=True, kw_only=True):
    """Where knowledge comes from."""

    id: str
    title: Text
    address: str
    date: str
    covers: Text
    status: Status
    parts: str  # a prefix: statements of this source are cited as prefix plus number
    part_count: int
    at: At


class Precedent(Struct, frozen=True, kw_only=True):
    """A company whose way of selling is publicly stated, and which rules hold for it."""

    id: str
    company: str
    unit: Text
    year: int
    label: ModelId  # what it says it mainly does
    label_basis: Text
    is_sure: bool  # whether the label is
    seen: bool  # whether a page that states it was read; else it is recalled
    title: str  # of that page, or of what is recalled
    address: str
    held: tuple[frozenset[str], ...]  # the rules that hold, for each of its sets of answers
    opened: tuple[frozenset[str], ...]  # likewise, the rules that are open
    at: At


class Sample(Struct, frozen=True, kw_only=True):
    """The answers that the precedents cover."""

    numbers: Mapping[QuestionId, Numbers]
    options: Mapping[QuestionId, frozenset[str]]


class Part(Struct, frozen=True, kw_only=True):
    """A group of questions."""

    id: str
    title: Text


class Axis(Struct, frozen=True, kw_only=True):
    """How the models are drawn on one line: two of them at its ends."""

    left: ModelId
    right: ModelId
    left_label: Text
    right_label: Text


class View(Struct, frozen=True, kw_only=True):
    """The customers at one end of a spread: what the answers become for them."""

    name: Text
    becomes: Mapping[QuestionId, Expression]  # read on the answers as given, all at once


class Views(Struct, frozen=True, kw_only=True):
    """When customers differ, the decision is made once for each end of the spread."""

    id: str
    when: Expression
    small: View
    large: View
    split_earns: ModelId  # recommended where the ends call for different models
    split_points: int  # how far above the best other it then counts in shares
    line: QuestionId  # the answer that says from where on a customer counts as large
    because: Text  # said when the ends disagree
    says: Text  # who handles what, with `{line}` for where the winner turns
    says_without_line: Text  # said where that can't be told
    evidence: Evidence
    at: At


class Confidence(Struct, frozen=True, kw_only=True):
    """How firm advice is, in a word, and how often advice of that kind was right on the cases."""

    at_least: float  # of share and stability the smaller one
    right: int
    of: int


PerModel = Mapping[ModelId, Expression]
"""The same quantity or condition for each model, its names read at that model."""


class Proviso(Struct, frozen=True, kw_only=True):
    """What is said in place of a figure where it would mean nothing."""

    when: PerModel
    says: Text


class FigureRow(Struct, frozen=True, kw_only=True):
    """A figure that is shown, side by side for the models that have it."""

    figure: str  # the formula, or the part of its name before the dot
    short: Text  # for table heads
    instead: tuple[Proviso, ...]


class CashPlan(Struct, frozen=True, kw_only=True):
    """What cash month by month is reckoned from, for one seller; sums and counts a month."""

    months: int
    spent_first: PerModel  # before the first month
    spent_monthly: PerModel
    spent_working: PerModel  # likewise a month, from `works_from` on
    works_from: PerModel  # in months
    wins_from: PerModel  # in months
    wins_monthly: PerModel
    brings_yearly: PerModel  # by a customer
    stays: PerModel  # the share of customers that renew each year, 0 to 1
    billed_months: PerModel  # that a customer pays in advance, 1 to 12
    blends: Mapping[ModelId, PerModel]  # how many of each kind of seller a blend has, adding to 1


class SizeLine(Struct, frozen=True, kw_only=True):
    """From which size of customer on one model earns more than the other."""

    value: str  # formulas
    low: str
    high: str
    break_even: str
    around: QuestionId  # the size of a typical customer
    spread: str  # four fifths of all lie between the typical size divided and multiplied by it
    never: Expression  # where no size pays


class CrossCheck(Struct, frozen=True, kw_only=True):
    """What the figures may say against a recommended model."""

    id: str
    when: PerModel
    along: QuestionId  # the answer at whose value it stops
    message: Text
    message_without_turn: Text
    of_sides: bool  # of a blend, it is made of each model that it blends, too
    at: At


class FigureRemark(Struct, frozen=True, kw_only=True):
    """What to know about the figures of some companies."""

    when: Expression
    says: Text


class Figures(Struct, frozen=True, kw_only=True):
    """What is shown of the formulas."""

    needs: tuple[QuestionId, ...]  # answers without which figures mean nothing
    rows: tuple[FigureRow, ...]
    cash: CashPlan
    remarks: tuple[FigureRemark, ...]
    line: SizeLine
    checks: tuple[CrossCheck, ...]


class Word(Struct, frozen=True, kw_only=True):
    """What a published framework may say, and which models that stands for."""

    name: Text
    models: tuple[ModelId, ...]


class Statement(Struct, frozen=True, kw_only=True):
    """What a framework says to some answers; inside its scope at most one holds."""

    when: Expression
    words: tuple[str, ...]
    because: Text


class NamedNumber(Struct, frozen=True, kw_only=True):
    """A figure that a framework computes."""

    title: Text
    value: Expression
    unit: str | None


class Framework(Struct, frozen=True, kw_only=True):
    """A published way to decide the same question. It never moves a score."""

    id: str
    name: Text
    about: Text  # place and year
    group: str  # the reason it goes by
    force: str  # describes, permits or advises
    fit: str  # whether its conditions are stated in the source, near it, or ours
    context: bool  # it says the same to everybody, so it is no opinion on anybody
    scope: Expression
    covers: Text
    says: tuple[Statement, ...]
    silent: Text
    number: NamedNumber | None
    idea: Text
    states: Text
    weak: Text
    evidence: Evidence
    at: At


class SecondOpinions(Struct, frozen=True, kw_only=True):
    """Published frameworks beside the advice."""

    words: Mapping[str, Word]
    groups: Mapping[str, Text]
    gap: Text  # why their thresholds differ
    frameworks: tuple[Framework, ...]


class Rulebook(Struct, frozen=True, kw_only=True, dict=True):
    """Everything there is to say about one decision."""

    name: Text
    version: str
    digest: str  # sha256 of all its files
    currency: str  # of every sum of money in it
    temperature: float  # of the softmax that turns scores into shares
    temperature_note: Text
    ties: tuple[ModelId, ...]
    axis: Axis
    models: tuple[Model, ...]
    criteria: tuple[Criterion, ...]
    parts: tuple[Part, ...]
    questions: tuple[Question, ...]
    contradictions: tuple[Check, ...]
    warnings: tuple[Check, ...]
    assumptions: tuple[Assumption, ...]
    formulas: tuple[Formula, ...]  # each after those it reads
    figures: Figures | None
    second_opinions: SecondOpinions | None
    views: Views | None
    rules: tuple[Rule, ...]
    vetoes: tuple[Veto, ...]
    patterns: tuple[Pattern, ...]
    notes: tuple[Note, ...]
    alternatives: tuple[Alternative, ...]
    sources: tuple[Source, ...]
    precedents: tuple[Precedent, ...]
    sample: Sample  # what the precedents cover
    search_nodes: int  # how many positions may be looked at to prove what can still win
    rough_rates: Mapping[
        str, float
    ]  # what one of a currency is worth: to tell a slip, never to convert
    draws: int  # completions of open answers, for shares and how firm they are
    doubt: float  # spread over the models: no share is ever the whole
    confidence: Mapping[str, Confidence]  # by the word, the highest first

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Everything that can move the advice: rules, vetoes and patterns."""
        return (*self.rules, *self.vetoes, *self.patterns)

    @cached_property
    def contested(self) -> tuple[Check, ...]:
        """The contradictions that say how answers are to be read where they hold."""
        return tuple(check for check in self.contradictions if check.read_as)

    @cached_property
    def comparisons(self) -> Comparisons:
        """What everything that can move the advice compares each name with."""
        expressions = [entry.when for entry in (*self.entries, *self.contested)]
        expressions += [f.value for f in self.formulas if f.id in self.deciding_names]
        if self.views is not None:
            expressions.append(self.views.when)
            for view in (self.views.small, self.views.large):
                expressions += view.becomes.values()
        return find_comparisons(expressions)

    @cached_property
    def read_by(self) -> Mapping[str, tuple[QuestionId, ...]]:
        """The questions behind each entry's condition, by the entry's id."""
        return {entry.id: self.questions_behind(names_in(entry.when)) for entry in self.entries}

    @cached_property
    def names_read(self) -> frozenset[str]:
        """Every name that stands in a condition of an entry."""
        return frozenset(name for entry in self.entries for name in names_in(entry.when))

    @cached_property
    def deciding_names(self) -> frozenset[str]:
        """Every name behind what can move the advice: questions, assumptions and formulas."""
        expressions = [entry.when for entry in (*self.entries, *self.contested)]
        if self.views is not None:
            expressions.append(self.views.when)
            for view in (self.views.small, self.views.large):
                expressions += view.becomes.values()
        return self.names_behind(name for when in expressions for name in names_in(when))

    def names_behind(self, names: Iterable[str]) -> frozenset[str]:
        """Return `names` and every name behind them: through formulas and likely values."""
        return frozenset[str]().union(*(self._names_behind(name) for name in names))

    def _names_behind(self, name: str) -> frozenset[str]:
        found = self._behind_name.get(name)
        if found is None:
            formula, assumption = self.formula.get(name), self.assumption.get(name)
            inside = None if formula is None else formula.value
            if assumption is not None:
                inside = assumption.likely_from or assumption.scales_with
            read = () if inside is None else names_in(inside)
            found = frozenset({name}).union(*(self._names_behind(part) for part in read))
            self._behind_name[name] = found
        return found

    @cached_property
    def _behind_name(self) -> dict[str, frozenset[str]]:
        return {}

    def questions_behind(self, names: Iterable[str]) -> tuple[QuestionId, ...]:
        """Return the questions behind `names`, through formulas, in the rulebook's order."""
        found: set[str] = set()
        for name in names:
            found |= self._behind_formula.get(name, {name})
        return tuple(question.id for question in self.questions if question.id in found)

    @cached_property
    def _behind_formula(self) -> Mapping[str, frozenset[str]]:
        behind: dict[str, frozenset[str]] = {}
        for formula in self.formulas:  # each stands after those it reads
            names = names_in(formula.value)
            behind[formula.id] = frozenset().union(*(behind.get(n, {n}) for n in names))
        return behind

    @cached_property
    def asked(self) -> tuple[Question, ...]:
        """Everything that is asked, part by part: questions, then assumptions that matter most."""
        own = [a.question for a in self.assumptions if a.asked]
        order = [part.id for part in self.parts]
        return tuple(sorted((*self.questions, *own), key=lambda q: order.index(q.part)))

    @cached_property
    def question(self) -> Mapping[str, Question]:
        """The questions by id."""
        return {question.id: question for question in self.questions}

    @cached_property
    def assumption(self) -> Mapping[str, Assumption]:
        """The assumptions by id."""
        return {assumption.id: assumption for assumption in self.assumptions}

    @cached_property
    def formula(self) -> Mapping[str, Formula]:
        """The formulas by id."""
        return {formula.id: formula for formula in self.formulas}

    @cached_property
    def model(self) -> Mapping[str, Model]:
        """The models by id."""
        return {model.id: model for model in self.models}

    @cached_property
    def source(self) -> Mapping[str, Source]:
        """The sources by id."""
        return {source.id: source for source in self.sources}

    def source_of(self, key: str) -> Source:
        """Return the source that `key` cites: a source, or one numbered statement of it.

        Raises:
            KeyError: there is none; the loader has checked that there is.
        """
        found = find_source(self.sources, key)
        if found is None:
            raise KeyError(key)
        return found


def find_source(sources: tuple[Source, ...], key: str) -> Source | None:
    """Return the source that `key` cites, if there is one."""
    for source in sources:
        if source.id == key:
            return source
        number = key.removeprefix(source.parts) if source.parts else ""
        if number != key and number.isdecimal() and 1 <= int(number) <= source.part_count:
            return source
    return None

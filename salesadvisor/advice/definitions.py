"""The advice: a verdict with its reasons, as one frozen object that every renderer reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from salesadvisor.advice.economics import Economics
from salesadvisor.advice.verdict import State
from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.definitions import At, CriterionId, ModelId, QuestionId, Status
from salesadvisor.text import Text

Answer = float | str | tuple[float, float] | tuple[str, ...]
"""An answer as a script reads it: a number, an option, a range, several options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulebookName:
    """Which rulebook the advice rests on."""

    name: Text
    version: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAdvice:
    """How one model stands; scores in points."""

    score: float
    score_range: tuple[float, float]
    share: float
    excluded: bool
    criteria: Mapping[CriterionId, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class VetoAdvice:
    """Why a model is out."""

    id: str
    model: ModelId
    because: Text
    source: Text
    source_status: Status
    at: At


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternAdvice:
    """A structural reason that holds, and the line it draws."""

    id: str
    name: Text
    dividing_line: Text
    at: At


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule that holds or may hold. Without it every score would move by its points."""

    rule: str
    criterion: CriterionId
    truth: str  # "true" or "open"
    points: Mapping[ModelId, float]
    because: Text
    source: Text
    cited: tuple[str, ...]  # the ids behind `source`
    source_status: Status
    at: At


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about the answers that deserves a second look."""

    id: str
    message: Text
    questions: tuple[QuestionId, ...] = ()
    at: At | None = None  # of what comes from the rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeAdvice:
    """What to do where no sales force of one's own pays, or beside one."""

    id: str
    name: Text
    because: Text
    first_steps: tuple[Text, ...]
    source_status: Status
    at: At


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAnswer:
    """An answer that is missing or wide, and how far it can still move the recommendation."""

    question: QuestionId
    swing: float  # in points, against the other possible models
    may_exclude: bool  # it can also decide whether a model is excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class TippingAdvice:
    """A change of one answer, all else as given, that turns the recommendation."""

    question: QuestionId
    now: Answer
    at: Answer  # the nearest answer that turns it
    keeps: Answer | None  # of a number: the last one on the way that doesn't
    side: str  # above or below; instead; with or without an option
    becomes: ModelId  # perhaps `none`
    distance: float  # 1: as far as the answers of most companies differ
    now_text: Text
    at_text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAdvice:
    """What one end of a spread of customers calls for."""

    name: Text  # of these customers
    model: ModelId | None  # None: a tie, or every model is excluded
    lead: float  # in points, over the next best there; 0 where nothing wins
    scores: Mapping[ModelId, float]  # in points, of the models that are no blends
    at: Text | None  # the answer to the line's question there, where it is answered
    reasons: tuple[Reason, ...]  # what speaks there and not at the other end, strongest first


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewsAdvice:
    """The decision seen from both ends of a spread of customers."""

    id: str
    small: EndAdvice
    large: EndAdvice
    split: bool  # whether the ends call for different models
    overruled_by: ModelId | None  # what they recommend in place of the scores, if anything
    question: QuestionId  # the answer along which they are told apart
    line: tuple[float, float] | None  # from where to where it may be drawn, as answers give it
    because: Text
    dividing_line: Text  # who handles what, where the ends disagree
    source: Text
    source_status: Status
    at: At


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparableAdvice:
    """A company for which much the same evidence holds, and how it says it sells."""

    id: str
    company: str
    unit: Text
    year: int
    label: ModelId
    likeness: float  # the share of the evidence in common, 0 to 1
    is_sure: bool  # whether two raters are sure of the label
    seen: bool  # whether a page that states it was read
    title: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionAdvice:
    """What a published framework says to the same answers, or why it is silent."""

    id: str
    name: Text
    about: Text  # place and year
    group: str  # the reason it goes by
    says: tuple[str, ...]  # in its own words; empty where it is silent
    words: tuple[Text, ...]  # the same, to be read
    in_parts: bool  # to a range it says several things, each in `because`
    models: tuple[ModelId, ...]  # what these stand for
    silent: str | None  # out_of_scope, no_statement or needs_answer
    force: str  # describes, permits or advises
    fit: str  # stated, near or ours
    context: bool  # it says the same to everybody
    number: Text | None  # a figure it computes
    because: Text
    source: Text
    source_status: Status
    at: At


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Everything that follows from one set of answers."""

    file: str  # where the answers come from
    name: str
    rulebook: RulebookName
    recommendation: ModelId | None
    status: State
    enough: bool
    confidence: str | None  # firm, leaning or open
    tied: tuple[ModelId, ...]  # outcomes whose shares are nearly the largest, the recommended first
    runner_up: ModelId | None  # the best other model that is not excluded
    rival: ModelId | None  # what reasons are weighed against: the runner-up, or the best excluded
    margin: float | None  # in points, to the runner-up
    share: float | None
    possible: tuple[ModelId, ...]
    possible_proved: bool
    stability: float | None  # share of plausible completions, weights jittered, in which it stays
    chances: Mapping[ModelId, float]  # share of plausible completions that end in each
    models: Mapping[ModelId, ModelAdvice]
    vetoes: tuple[VetoAdvice, ...]
    patterns: tuple[PatternAdvice, ...]
    dividing_line: Numbers | None  # in the rulebook's currency, from the lower to the higher one
    views: ViewsAdvice | None  # where customers differ
    reasons: tuple[Reason, ...]
    contradictions: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    hire: str | None  # whether to hire, by the first of the notes: now, later or never
    alternatives: tuple[AlternativeAdvice, ...]
    warnings: tuple[Finding, ...]
    answered: tuple[QuestionId, ...]
    unanswered: tuple[QuestionId, ...]
    assumed: tuple[str, ...]  # figures of ours that stand for what was asked and not answered
    open_answers: tuple[OpenAnswer, ...]  # most telling first, then strongest
    open_entries: tuple[str, ...]  # rules, vetoes and patterns that are not settled yet
    tipping_points: tuple[TippingAdvice, ...]  # nearest first
    information: Mapping[QuestionId, float]  # bits each open answer may tell, highest first
    next_question: QuestionId | None  # the most telling one, while anything is left to tell
    economics: Economics | None  # the founder's figures
    cross_checks: tuple[Finding, ...]  # what they say against the recommended model
    second_opinions: tuple[OpinionAdvice, ...]  # by the reason they go by
    comparable: tuple[ComparableAdvice, ...]  # nearest first

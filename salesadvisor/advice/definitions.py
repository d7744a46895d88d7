"""The advice: a verdict with its reasons, as one frozen object that every renderer reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from salesadvisor.advice.verdict import State
from salesadvisor.rulebook.definitions import At, CriterionId, ModelId, QuestionId, Status
from salesadvisor.text import Text


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
class OpenAnswer:
    """An answer that is missing or wide, and how far it can still move the recommendation."""

    question: QuestionId
    swing: float  # in points, against the other possible models
    may_exclude: bool  # it can also decide whether a model is excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Everything that follows from one set of answers."""

    file: str  # where the answers come from
    name: str
    rulebook: RulebookName
    recommendation: ModelId | None
    status: State
    enough: bool
    tied: tuple[ModelId, ...]
    runner_up: ModelId | None  # the best other model that is not excluded
    rival: ModelId | None  # what reasons are weighed against: the runner-up, or the best excluded
    margin: float | None  # in points, to the runner-up
    share: float | None
    possible: tuple[ModelId, ...]
    possible_proved: bool
    models: Mapping[ModelId, ModelAdvice]
    vetoes: tuple[VetoAdvice, ...]
    patterns: tuple[PatternAdvice, ...]
    reasons: tuple[Reason, ...]
    contradictions: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    answered: tuple[QuestionId, ...]
    unanswered: tuple[QuestionId, ...]
    open_answers: tuple[OpenAnswer, ...]  # strongest first

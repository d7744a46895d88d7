"""How often the advice is what real companies say they do, and how far its shares can be trusted.

A company may carry two sets of answers; both are judged. That a company sells in some way is no
proof that this is best, so what is measured is agreement.
"""

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from salesadvisor.advice.definitions import Advice
from salesadvisor.advice.explanation import explain
from salesadvisor.advice.scoring import first_of
from salesadvisor.advice.verdict import Assessment, State, assess
from salesadvisor.rulebook.cases import Case
from salesadvisor.rulebook.definitions import NO_MODEL, ModelId, Rulebook
from salesadvisor.rulebook.founder_cases import FounderCase

LEAST_SHARE = 0.01
"""In the log-loss a smaller share counts as this: a model that is excluded would cost infinity."""
_BIN_ENDS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_TEMPERATURES = tuple(step / 4 for step in range(4, 41))  # 1 to 10
_FOLDS, _REPEATS, _SEED = 5, 20, 2026


class Judged(Struct, frozen=True, kw_only=True):
    """The advice on one set of a company's answers, beside what the company says it does."""

    case: Case
    rater: int  # whose answers: the first or the second
    advice: Advice
    assessment: Assessment

    @property
    def agrees(self) -> bool:
        """Whether the advice is what the company says it does."""
        return self.advice.recommendation == self.case.label


class Rate(Struct, frozen=True):
    """How many of the judged agree."""

    right: int
    of: int
    companies: int

    @property
    def share(self) -> float:
        """The share that agrees; 0 of none."""
        return self.right / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval, with the companies as independent, not their sets of answers.

        Source: Wilson (1927), Probable Inference, the Law of Succession, and Statistical
        Inference.
        """
        if not self.companies:
            return (0.0, 1.0)
        z, n, p = 1.96, self.companies, self.share
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (max(0.0, middle - half), min(1.0, middle + half))


class Bin(Struct, frozen=True, kw_only=True):
    """Advice whose share lies between two ends: how sure it was, and how often it agreed."""

    low: float
    high: float
    mean_share: float
    rate: Rate


class Temperature(Struct, frozen=True, kw_only=True):
    """Which temperature fits, and what it is worth on companies it was not fitted on."""

    best: float
    chosen: tuple[float, float]  # the range that the folds chose
    log_loss: float  # cross-validated: fitted on the other folds, repeated
    folds: int
    repeats: int


class JudgedFounder(Struct, frozen=True, kw_only=True):
    """The advice to an invented founder, beside two judgements of the story."""

    case: FounderCase
    advice: Advice

    @property
    def outcome(self) -> ModelId:
        """What is recommended; perhaps `none`."""
        return self.advice.recommendation or NO_MODEL

    @property
    def is_best(self) -> bool:
        """Whether one of the judgements names it as the best."""
        return any(self.outcome == j.best for j in self.case.judgements)

    @property
    def is_acceptable(self) -> bool:
        """Whether one of the judgements finds it acceptable."""
        return any(self.outcome in j.acceptable for j in self.case.judgements)

    @property
    def is_right(self) -> bool:
        """Whether every judgement finds it acceptable."""
        return all(self.outcome in j.acceptable for j in self.case.judgements)

    @property
    def is_harmful(self) -> bool:
        """Whether a judgement says that it does harm, and none finds it acceptable."""
        harmful = any(self.outcome in j.harmful for j in self.case.judgements)
        return harmful and not self.is_acceptable

    @property
    def hires_right(self) -> bool:
        """Whether a judgement says the same of hiring."""
        return any(self.advice.hire == j.hire for j in self.case.judgements)


class Founders(Struct, frozen=True, kw_only=True):
    """What is measured on invented founders."""

    judged: tuple[JudgedFounder, ...]
    best: Rate
    acceptable: Rate
    harmful: Rate
    hire: Rate


class Calibration(Struct, frozen=True, kw_only=True):
    """Everything that is measured on a set of cases."""

    cases: int
    founders: Founders | None  # None where there are none
    words: Mapping[str, Rate]  # of each word for how firm it is: companies and founders together
    judged: tuple[Judged, ...]
    overall: Rate
    by_rater: Mapping[int, Rate]
    by_label: Mapping[ModelId, Rate]
    sure: Rate  # both raters sure of the same label
    unsure: Rate
    seen: Rate  # a page that states the label was read
    recalled: Rate
    decided: Rate  # no missing answer can change the advice
    leaning: Rate
    trick: Rate  # price alone points to the opposite side
    confusion: Mapping[tuple[ModelId, ModelId | None], int]  # (label, recommended)
    opposite: Rate  # one end of the axis recommended, the other one stated
    same_advice: Rate  # both sets of answers get the same
    brier: float
    log_loss: float
    calibration_error: float  # expected: mean distance of share and agreement over the bins
    bins: tuple[Bin, ...]
    temperature: Temperature | None  # None where there are too few companies


def calibrate(
    rulebook: Rulebook, cases: Sequence[Case], founders: Sequence[FounderCase] = ()
) -> Calibration:
    """Return how the rulebook does on companies, and on invented founders."""
    judged = tuple(
        judge(rulebook, case, rater) for rater in (0, 1) for case in cases if _has(case, rater)
    )
    axis = {rulebook.axis.left, rulebook.axis.right}
    labels = [model.id for model in rulebook.models]
    bins = _bins(judged)
    told = tuple(_judge_founder(rulebook, founder) for founder in founders)
    return Calibration(
        cases=len(cases),
        founders=_founders(told) if told else None,
        words={word: _by_word(word, judged, told) for word in rulebook.confidence},
        judged=judged,
        overall=_rate(judged),
        by_rater={
            r: _rate(j for j in judged if j.rater == r) for r in sorted({j.rater for j in judged})
        },
        by_label={label: _rate(j for j in judged if j.case.label == label) for label in labels},
        sure=_rate(j for j in judged if j.case.is_sure),
        unsure=_rate(j for j in judged if not j.case.is_sure),
        seen=_rate(j for j in judged if j.case.seen),
        recalled=_rate(j for j in judged if not j.case.seen),
        decided=_rate(j for j in judged if j.advice.status is State.DECIDED),
        leaning=_rate(j for j in judged if j.advice.status is not State.DECIDED),
        trick=_rate(j for j in judged if j.case.trick),
        confusion=_confusion(judged),
        opposite=_count(judged, lambda j: {j.case.label, j.advice.recommendation} == axis),
        same_advice=_same_advice(judged),
        brier=sum(map(_brier, judged)) / len(judged),
        log_loss=_log_loss(judged, rulebook.temperature),
        calibration_error=sum(b.rate.of * abs(b.mean_share - b.rate.share) for b in bins)
        / len(judged),
        bins=bins,
        temperature=_fit_temperature(judged),
    )


def judge(rulebook: Rulebook, case: Case, rater: int = 0) -> Judged:
    """Return the advice on one set of a company's answers."""
    assessment = assess(rulebook, case.answers[rater])
    return Judged(case=case, rater=rater, advice=explain(assessment), assessment=assessment)


def _judge_founder(rulebook: Rulebook, case: FounderCase) -> JudgedFounder:
    advice = explain(assess(rulebook, case.answers), in_full=False)
    return JudgedFounder(case=case, advice=advice)


def _founders(judged: tuple[JudgedFounder, ...]) -> Founders:
    def rate(holds: Callable[[JudgedFounder], bool]) -> Rate:
        return Rate(sum(map(holds, judged)), len(judged), len(judged))

    return Founders(
        judged=judged,
        best=rate(lambda j: j.is_best),
        acceptable=rate(lambda j: j.is_acceptable),
        harmful=rate(lambda j: j.is_harmful),
        hire=rate(lambda j: j.hires_right),
    )


def _by_word(word: str, judged: Sequence[Judged], founders: Sequence[JudgedFounder]) -> Rate:
    """Return how often advice of one word was right: as companies do, or acceptable to both."""
    companies = _rate(j for j in judged if j.advice.confidence == word)
    others = [j for j in founders if j.advice.confidence == word]
    right = sum(j.is_right for j in others)
    return Rate(
        companies.right + right, companies.of + len(others), companies.companies + len(others)
    )


def _has(case: Case, rater: int) -> bool:
    return rater < len(case.answers)


def _rate(judged: Iterable[Judged]) -> Rate:
    return _count(judged, lambda j: j.agrees)


def _count(judged: Iterable[Judged], holds: Callable[[Judged], bool]) -> Rate:
    found = list(judged)
    return Rate(sum(map(holds, found)), len(found), len({j.case.id for j in found}))


def _confusion(judged: Iterable[Judged]) -> Mapping[tuple[ModelId, ModelId | None], int]:
    found: dict[tuple[ModelId, ModelId | None], int] = {}
    for j in judged:
        key = (j.case.label, j.advice.recommendation)
        found[key] = found.get(key, 0) + 1
    return found


def _same_advice(judged: Iterable[Judged]) -> Rate:
    by_case: dict[str, list[ModelId | None]] = {}
    for j in judged:
        by_case.setdefault(j.case.id, []).append(j.advice.recommendation)
    pairs = [given for given in by_case.values() if len(given) > 1]
    return Rate(sum(len(set(given)) == 1 for given in pairs), len(pairs), len(pairs))


def _brier(j: Judged) -> float:
    """Return the squared distance of the shares from what the company says it does.

    Source: Brier (1950), Verification of Forecasts Expressed in Terms of Probability.
    """
    return sum((m.share - (id == j.case.label)) ** 2 for id, m in j.advice.models.items())


def _log_loss(judged: Sequence[Judged], temperature: float) -> float:
    """Return the mean of -ln(share of the model that the company says it uses)."""
    return sum(_losses(j, [temperature])[0] for j in judged) / len(judged)


def _losses(j: Judged, temperatures: Sequence[float]) -> list[float]:
    """Return -ln(share of the company's label) at each temperature."""
    assessment, columns = j.assessment, j.assessment.verdict.columns
    means = assessment.search.beliefs.at_temperatures(assessment.scoring.position, temperatures)
    shares = (first_of(columns.doubted(mean)[j.case.label]) for mean in means)
    return [-math.log(max(share, LEAST_SHARE)) for share in shares]


def _bins(judged: Sequence[Judged]) -> tuple[Bin, ...]:
    bins: list[Bin] = []
    low = 0.0
    for high in _BIN_ENDS:
        inside = [
            (j.advice.share, j)
            for j in judged
            if j.advice.share is not None
            and low <= j.advice.share
            and (j.advice.share < high or high == 1.0)
        ]
        if inside:
            bins.append(
                Bin(
                    low=low,
                    high=high,
                    mean_share=sum(share for share, _ in inside) / len(inside),
                    rate=_rate(j for _, j in inside),
                )
            )
        low = high
    return tuple(bins)


def _fit_temperature(judged: Sequence[Judged]) -> Temperature | None:
    """Return the temperature with the least log-loss, and its cross-validated worth.

    Companies, not sets of answers, are dealt into folds, so that no company is on both sides;
    each fold has its part of every label.
    """
    # Each loss is needed many times: by company, for every temperature.
    losses: dict[str, list[list[float]]] = {}
    for j in judged:
        losses.setdefault(j.case.id, []).append(_losses(j, _TEMPERATURES))

    def best(ids: Iterable[str]) -> int:
        sums = [
            sum(column) for column in zip(*(row for i in ids for row in losses[i]), strict=True)
        ]
        return sums.index(min(sums))

    labels = {j.case.id: j.case.label for j in judged}
    if len(labels) < 2 * _FOLDS:
        return None
    draw = random.Random(_SEED)  # a fixed deal, not a secret
    chosen: list[float] = []
    lost: list[float] = []
    for _ in range(_REPEATS):
        for fold in deal(labels, _FOLDS, draw):
            index = best(i for i in labels if i not in fold)
            chosen.append(_TEMPERATURES[index])
            lost += [row[index] for i in fold for row in losses[i]]
    return Temperature(
        best=_TEMPERATURES[best(labels)],
        chosen=(min(chosen), max(chosen)),
        log_loss=sum(lost) / len(lost),
        folds=_FOLDS,
        repeats=_REPEATS,
    )


def deal(labels: Mapping[str, ModelId], folds: int, draw: random.Random) -> list[set[str]]:
    """Return the companies dealt into folds, each with its part of every label.

    Args:
        labels: What each company says it does, by its id.
        folds: How many folds.
        draw: Where the order comes from.
    """
    order: list[str] = []
    for label in sorted(set(labels.values())):
        of_label = sorted(id for id, found in labels.items() if found == label)
        draw.shuffle(of_label)
        order += of_label
    return [set(order[first::folds]) for first in range(folds)]

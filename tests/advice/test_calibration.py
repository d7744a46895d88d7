"""The measures of agreement, against what can be computed by hand."""

import math
import random
from collections.abc import Mapping

import pytest

from salesadvisor import load_rulebook
from salesadvisor.advice.calibration import (
    LEAST_SHARE,
    Calibration,
    Judged,
    Rate,
    calibrate,
    deal,
    judge,
)
from salesadvisor.advice.scoring import first_of
from salesadvisor.rulebook.cases import load_cases
from salesadvisor.rulebook.definitions import ModelId
from salesadvisor.rulebook.folder import built_in_rules
from salesadvisor.rulebook.founder_cases import load_founders

RULEBOOK = load_rulebook()
CASES = load_cases(built_in_rules() / "cases", RULEBOOK)
FOUNDERS = load_founders(built_in_rules() / "cases", RULEBOOK)


@pytest.fixture(scope="module")
def found() -> Calibration:
    """Return the calibration on the rulebook's own cases."""
    return calibrate(RULEBOOK, CASES, FOUNDERS)


def test_intervals_are_wilson_s() -> None:
    """Worked examples: 5 of 10, 10 of 10, and nothing at all."""
    assert Rate(5, 10, 10).interval == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert Rate(10, 10, 10).interval == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert Rate(0, 0, 0).interval == (0.0, 1.0)
    # Two sets of answers of one company are no two companies.
    assert Rate(10, 20, 10).interval == Rate(5, 10, 10).interval


def test_every_figure_counts_every_set_of_answers(found: Calibration) -> None:
    """The rates are parts of one whole, and the confusion table adds up to it."""
    assert found.overall.of == len(found.judged) == 138
    for parts in (
        found.by_rater.values(),
        found.by_label.values(),
        (found.sure, found.unsure),
        (found.seen, found.recalled),
    ):
        assert sum(rate.of for rate in parts) == 138
        assert sum(rate.right for rate in parts) == found.overall.right
    assert sum(found.confusion.values()) == 138
    diagonal = sum(n for (label, advised), n in found.confusion.items() if label == advised)
    assert diagonal == found.overall.right
    assert sum(cell.rate.of for cell in found.bins) == 138


def test_the_scores_by_hand(found: Calibration) -> None:
    """Brier score and log-loss of the whole, from the shares alone."""
    brier = loss = 0.0
    for j in found.judged:
        shares = {str(model): a.share for model, a in j.advice.models.items()}
        brier += sum((share - (model == j.case.label)) ** 2 for model, share in shares.items())
        loss -= math.log(max(shares[j.case.label], LEAST_SHARE))

    assert found.brier == pytest.approx(brier / 138)
    assert found.log_loss == pytest.approx(loss / 138)


def test_the_rulebook_does_what_its_notes_say(found: Calibration) -> None:
    """The aims that the rulebook meets on its own cases; see docs/calibration.md."""
    assert found.overall.share >= 0.79
    assert found.opposite.share <= 0.02
    assert found.same_advice.share >= 0.80
    assert found.trick.share >= 0.60
    assert found.log_loss <= 0.541
    assert found.calibration_error <= 0.10
    assert found.temperature is not None
    assert found.log_loss <= found.temperature.log_loss + 0.02


def test_founders_are_told_what_their_judges_would(found: Calibration) -> None:
    """Of 48 founders hardly anybody is told what both judgements reject, and hiring is told apart."""
    founders = found.founders
    assert founders is not None
    assert (founders.acceptable.of, founders.hire.of) == (48, 48)
    assert founders.acceptable.right >= 42
    assert founders.harmful.right <= 1
    assert founders.hire.right >= 40


def test_each_word_was_counted(found: Calibration) -> None:
    """What the screen says of a word is what the cases say; firm is right in nine of ten."""
    counted = {word: (kind.right, kind.of) for word, kind in RULEBOOK.confidence.items()}
    assert {word: (rate.right, rate.of) for word, rate in found.words.items()} == counted
    assert found.words["firm"].share >= 0.9
    assert found.words["leaning"].share >= 0.7


def test_a_fold_has_its_part_of_every_label() -> None:
    """Every company is in exactly one fold, and the labels are spread evenly."""
    labels = {case.id: case.label for case in CASES}
    folds = deal(labels, 5, random.Random(1))

    assert sorted(id for fold in folds for id in fold) == sorted(labels)
    for label in ("inside", "outside", "hybrid"):
        counts = [sum(labels[id] == label for id in fold) for fold in folds]
        assert max(counts) - min(counts) <= 1


def shares_at(j: Judged, temperature: float) -> Mapping[ModelId, float]:
    """Return the shares of one set of answers at another temperature."""
    assessment = j.assessment
    beliefs, position = assessment.search.beliefs, assessment.scoring.position
    (mean,) = beliefs.at_temperatures(position, [temperature])
    return {m: first_of(share) for m, share in assessment.verdict.columns.doubted(mean).items()}


def test_the_fit_is_judged_on_companies_it_has_not_seen(found: Calibration) -> None:
    """A temperature that is fitted elsewhere is never better than the best one fitted here."""
    fit = found.temperature
    assert fit is not None
    best = min(
        sum(-math.log(max(shares_at(j, t / 4)[j.case.label], LEAST_SHARE)) for j in found.judged)
        for t in range(4, 41)
    )
    assert fit.log_loss >= best / 138


def test_one_case_is_enough_for_figures_and_too_few_for_a_fit() -> None:
    """With a single company there are rates, but no cross-validation."""
    alone = calibrate(RULEBOOK, CASES[:1])

    assert alone.overall.of == 2
    assert alone.temperature is None
    assert judge(RULEBOOK, CASES[0], 1).rater == 1

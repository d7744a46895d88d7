"""What the learned baselines and the fits share: cases as numbers, folds, and how well one does.

Needs scikit-learn and numpy: pip install '.[benchmarks]'
"""

import math
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from salesadvisor.advice.calibration import deal
from salesadvisor.language.possible import Numbers, OneOf, SomeOf
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.cases import Case, load_cases
from salesadvisor.rulebook.definitions import ModelId, Rulebook
from salesadvisor.rulebook.folder import built_in_rules

FOLDS, REPEATS, SEED = 5, 10, 2026
FURTHER = Path(__file__).resolve().parent / "further_companies.yaml"
# Asked of no case, or answered alike by all of them: nothing can be learned from these.
LEFT_OUT = ("current_motion", "runway", "seller_skills", "sellers", "stage", "industry")
ON_A_LOG_SCALE = ("acv", "cycle_days", "target_accounts", "stakeholders")


def calibration_cases(rulebook: Rulebook) -> tuple[Case, ...]:
    """Return the 69 companies with two sets of answers each."""
    return load_cases(built_in_rules() / "cases", rulebook)


def further_cases(rulebook: Rulebook) -> tuple[Case, ...]:
    """Return 90 companies that no point was set on; see docs/calibration.md."""
    return load_cases(FURTHER, rulebook)


def features(rulebook: Rulebook, answers: Answers) -> list[float]:
    """Return the answers as numbers: the middle of a range, an equal part of each open option."""
    row: list[float] = []
    for question in rulebook.questions:
        if question.id in LEFT_OUT:
            continue
        match answers.values[question.id]:
            case Numbers(low, high):
                middle = (low + high) / 2
                row.append(
                    math.log10(max(middle, 0.1)) if question.id in ON_A_LOG_SCALE else middle
                )
            case OneOf(options):
                row += [1 / len(options) if id in options else 0.0 for id in question.options]
            case SomeOf(certain):
                row += [float(id in certain) for id in question.options]
    return row


def table(rulebook: Rulebook, cases: tuple[Case, ...]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return rows of features, their labels as places in the rulebook's models, and case ids."""
    order = [model.id for model in rulebook.models]
    pairs = [(case, answers) for case in cases for answers in case.answers]
    rows = np.array([features(rulebook, answers) for _, answers in pairs])
    labels = np.array([order.index(case.label) for case, _ in pairs])
    return rows, labels, [case.id for case, _ in pairs]


def folds(cases: tuple[Case, ...]) -> Iterator[set[str]]:
    """Yield the companies to judge on, fold by fold, dealt anew for each repetition."""
    labels: dict[str, ModelId] = {case.id: case.label for case in cases}
    draw = random.Random(SEED)
    for _ in range(REPEATS):
        yield from deal(labels, FOLDS, draw)


def opposite(rulebook: Rulebook, found: np.ndarray, labels: np.ndarray) -> float:
    """Return the share that is told one end of the axis where the other one is stated."""
    order = [model.id for model in rulebook.models]
    ends = [order.index(rulebook.axis.left), order.index(rulebook.axis.right)]
    both = np.isin(found, ends) & np.isin(labels, ends)
    return float(np.mean(both & (found != labels)))

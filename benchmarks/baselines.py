"""What simple and learned rules make of the same answers, in the same cross-validation.

    pip install '.[benchmarks]' && python benchmarks/baselines.py

Companies, not sets of answers, are dealt into folds. The last columns train on all calibration
cases and judge the further companies, which none has seen.
"""

from collections import Counter
from itertools import combinations

import numpy as np
from cases import calibration_cases, folds, further_cases, opposite, table
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from salesadvisor import load_rulebook
from salesadvisor.advice.calibration import judge
from salesadvisor.rulebook.definitions import Rulebook


class Majority:
    """Always the most frequent label."""

    def fit(self, _: np.ndarray, labels: np.ndarray) -> "Majority":
        """Learn which label that is."""
        self.label = Counter(labels.tolist()).most_common(1)[0][0]
        return self

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return it for every row."""
        return np.full(len(rows), self.label)


class Thresholds:
    """Two thresholds on the contract value: inside below, hybrid between, outside above."""

    def __init__(self, column: int) -> None:
        self.column = column

    def fit(self, rows: np.ndarray, labels: np.ndarray) -> "Thresholds":
        """Find the pair with the most agreement."""
        values = rows[:, self.column]
        places = np.quantile(values, np.linspace(0, 1, 41))
        self.ends = max(
            combinations(places, 2),
            key=lambda ends: float(np.mean(self._classes(values, ends) == labels)),
        )
        return self

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return inside, outside or hybrid for every row."""
        return self._classes(rows[:, self.column], self.ends)

    @staticmethod
    def _classes(values: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
        return np.where(values < ends[0], 0, np.where(values > ends[1], 1, 2))


def acv_column(rulebook: Rulebook) -> int:
    """Return in which column of the features the contract value stands."""
    from cases import LEFT_OUT

    column = 0
    for question in rulebook.questions:
        if question.id == "acv":
            break
        if question.id not in LEFT_OUT:
            column += len(getattr(question, "options", ())) or 1
    return column


def main() -> None:
    """Print a line for each way to decide."""
    rulebook = load_rulebook()
    cases, further = calibration_cases(rulebook), further_cases(rulebook)
    rows, labels, ids = table(rulebook, cases)
    new_rows, new_labels, _ = table(rulebook, further)
    who = np.array(ids)
    makers = {
        "majority": Majority,
        "two thresholds": lambda: Thresholds(acv_column(rulebook)),
        "logistic regression": lambda: make_pipeline(
            StandardScaler(), LogisticRegression(C=0.1, max_iter=2000)
        ),
        "random forest": lambda: RandomForestClassifier(400, min_samples_leaf=2, random_state=0),
    }
    print(f"{'':22}{'cross-validated':>16}{'opposite':>10}{'further':>10}{'opposite':>10}")
    for name, make in makers.items():
        right, wrong = [], []
        for fold in folds(cases):
            inside = np.isin(who, list(fold))
            found = make().fit(rows[~inside], labels[~inside]).predict(rows[inside])
            right.append((found == labels[inside]).sum() / inside.sum())
            wrong.append(opposite(rulebook, found, labels[inside]))
        found = make().fit(rows, labels).predict(new_rows)
        print(
            f"{name:22}{np.mean(right):16.1%}{np.mean(wrong):10.1%}"
            f"{np.mean(found == new_labels):10.1%}{opposite(rulebook, found, new_labels):10.1%}"
        )
    order = [model.id for model in rulebook.models]
    for name, group in (("cases", cases), ("further", further)):
        judged = [judge(rulebook, case, r) for case in group for r in range(len(case.answers))]
        advised = np.array(
            [order.index(a) if (a := j.advice.recommendation) else -1 for j in judged]
        )
        stated = np.array([order.index(j.case.label) for j in judged])
        right, wrong = np.mean(advised == stated), opposite(rulebook, advised, stated)
        gap = 0 if name == "cases" else 26
        print(f"{'the rulebook' + (' (in-sample)' if not gap else ''):22}", end="")
        print(" " * gap + f"{right:{16 if not gap else 10}.1%}{wrong:10.1%}")


if __name__ == "__main__":
    main()

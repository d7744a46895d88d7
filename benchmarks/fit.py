"""Would other points do better? A search inside the folds, judged on the companies left out.

    pip install '.[benchmarks]' && python benchmarks/fit.py

From the points as they stand, one point of one rule for one model is moved up or down at a time,
the best move first, while it lowers log-loss + 0.35 * (share of disagreement) + price * (points
moved). Points stay within -3 and 3 and keep their sign. The weights of the criteria are searched
likewise, in steps of a quarter. What the search gains on the companies it saw and loses on those
it did not see is what a fit of so many numbers to so few companies is worth.
"""

import numpy as np
from cases import calibration_cases, folds, further_cases

from salesadvisor import load_rulebook
from salesadvisor.advice.scoring import Scoring
from salesadvisor.advice.verdict import assess
from salesadvisor.language.possible import OPEN, TRUE
from salesadvisor.rulebook.cases import Case
from salesadvisor.rulebook.definitions import Rulebook

PRICES = (0.003, 0.006, 0.012)
NEVER = -1e9


class Board:
    """The decision on many sets of answers at once, for any points: truths don't depend on them.

    The same as the program's own decision but for what `possible` rules out; `check` says how
    often the two differ.
    """

    def __init__(self, rulebook: Rulebook, cases: tuple[Case, ...]) -> None:
        self.rulebook = rulebook
        self.models = [model.id for model in rulebook.models]
        pairs = [(case, answers) for case in cases for answers in case.answers]
        self.ids = np.array([case.id for case, _ in pairs])
        self.labels = np.array([self.models.index(case.label) for case, _ in pairs])
        self.holds = np.zeros((3, len(pairs), len(rulebook.rules)))  # base, small end, large end
        self.out = np.zeros((3, len(pairs), 3))  # 1 excluded, 0.5 may be, 0 not
        self.differ = np.zeros(len(pairs), bool)
        self.vetoed = np.zeros(len(pairs), bool)
        self.otherwise = np.zeros(len(pairs), bool)
        self.own = []
        for row, (_, answers) in enumerate(pairs):
            found = assess(rulebook, answers)
            verdict, evaluation = found.verdict, found.verdict.columns.evaluation
            self.own.append(verdict.recommendation)
            self._note(0, row, found.scoring)
            spread = verdict.spread
            if spread is None or spread.applies != TRUE:
                continue
            self.differ[row] = True
            self.vetoed[row] = evaluation.base.vetoed[spread.views.split_earns].must & 1
            self.otherwise[row] = evaluation.earned_otherwise.must & 1
            for side, end in ((1, spread.small), (2, spread.large)):
                self._note(side, row, end.scoring)
        self.points = np.array([[r.points[m] for m in self.models] for r in rulebook.rules], float)
        weights = {c.id: float(c.weight) for c in rulebook.criteria}
        self.weights = np.array([weights[r.criterion] for r in rulebook.rules])

    def _note(self, side: int, row: int, scoring: Scoring) -> None:
        self.holds[side, row] = [scoring.truths[r.id] == TRUE for r in self.rulebook.rules]
        excluded = [scoring.excluded.get(model, TRUE) for model in self.models]
        self.out[side, row] = [1 if e == TRUE else 0.5 if e == OPEN else 0 for e in excluded]

    def scores(self, points: np.ndarray, side: int) -> np.ndarray:
        """Return the scores of inside, outside and hybrid, hybrid with the mean of the others."""
        found = self.holds[side] @ (points * self.weights[:, None])
        found[:, 2] += found[:, :2].mean(axis=1)
        return found

    def decide(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what is advised, and the scores that shares rest on."""
        out = self.out[0]
        counted = np.where(out == 1, NEVER, self.scores(points, 0))
        leading = counted.copy()
        waits = (out[:, 2] == 0.5) & ~((out[:, 0] == 1) & (out[:, 1] == 1))
        leading[waits, 2] = NEVER / 2
        order = np.array([0, 2, 1])  # ties: what is cheaper to try comes first
        advised = order[np.argmax(leading[:, order], axis=1)]
        advised[np.all(out == 1, axis=1)] = -1
        ends = []
        for side in (1, 2):
            pure = np.where(self.out[side][:, :2] == 1, NEVER, self.scores(points, side)[:, :2])
            winner = np.argmax(pure, axis=1)
            winner[pure[:, 0] == pure[:, 1]] = -1
            ends.append(winner)
        both = self.differ & (ends[0] >= 0) & (ends[1] >= 0)
        split = both & (ends[0] != ends[1]) & ~self.vetoed
        agree = both & (ends[0] == ends[1]) & (advised == 2) & ~self.otherwise
        advised = np.where(split, 2, np.where(agree, ends[0], advised))
        rows = np.flatnonzero(split | agree)
        views = self.rulebook.views
        lead = np.where(split[rows], views.split_points if views else 0, 0)
        counted[rows, advised[rows]] = counted[rows].max(axis=1) + lead
        return advised, counted

    def check(self) -> int:
        """Return how often this differs from what the program advises."""
        advised, _ = self.decide(self.points)
        own = [self.models.index(m) if m is not None else -1 for m in self.own]
        return int((advised != np.array(own)).sum())

    def worth(self, points: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
        """Return agreement and log-loss on some rows."""
        advised, counted = self.decide(points)
        tops = counted - counted.max(axis=1, keepdims=True)
        odds = np.exp(tops / self.rulebook.temperature)
        shares = odds / odds.sum(axis=1, keepdims=True)
        stated = shares[np.arange(len(shares)), self.labels]
        loss = -np.log(np.maximum(stated, 0.01))
        return float(np.mean((advised == self.labels)[rows])), float(np.mean(loss[rows]))


def cost(board: Board, points: np.ndarray, rows: np.ndarray, price: float) -> float:
    """Return what the search lowers."""
    agreement, loss = board.worth(points, rows)
    return loss + 0.35 * (1 - agreement) + price * float(np.abs(points - board.points).sum())


def search(board: Board, rows: np.ndarray, price: float) -> np.ndarray:
    """Return points that cost less on these rows."""
    points = board.points.copy()
    best = cost(board, points, rows, price)
    while True:
        moves = []
        for rule, model in np.ndindex(points.shape):
            for step in (-1, 1):
                before, after = points[rule, model], points[rule, model] + step
                if abs(after) > 3 or board.points[rule, model] * after < 0:
                    continue
                points[rule, model] = after
                found = cost(board, points, rows, price)
                points[rule, model] = before
                if found < best - 1e-9:
                    moves.append((found, rule, model, after))
        if not moves:
            return points
        best, rule, model, after = min(moves)
        points[rule, model] = after


def search_weights(board: Board, rows: np.ndarray) -> np.ndarray:
    """Return a weight for each rule, by criterion, that costs less on these rows."""
    start, criteria = board.weights.copy(), [r.criterion for r in board.rulebook.rules]
    best = cost(board, board.points, rows, 0.0)
    for criterion in dict.fromkeys(criteria):
        mine = np.array([c == criterion for c in criteria])
        for weight in (0.5, 0.75, 1.25, 1.5):
            before = board.weights.copy()
            board.weights = np.where(mine, weight, before)
            found = cost(board, board.points, rows, 0.0) + 0.02 * abs(weight - 1) * 4
            if found < best - 1e-9:
                best = found
            else:
                board.weights = before
    found_weights, board.weights = board.weights, start
    return found_weights


def main() -> None:
    """Print what the search is worth on the companies it saw and on those it did not see."""
    rulebook = load_rulebook()
    board = Board(rulebook, calibration_cases(rulebook))
    further = Board(rulebook, further_cases(rulebook))
    everyone, all_further = np.arange(len(board.labels)), np.arange(len(further.labels))
    print(f"decided otherwise than by the program: {board.check()} and {further.check()}")
    print(f"{'':28}{'seen':>14}{'left out':>14}{'further':>14}   (agreement, log-loss)")

    def shown(worth: tuple[float, float]) -> str:
        return f"{worth[0]:7.1%} {worth[1]:6.3f}"

    start = board.worth(board.points, everyone)
    print(f"{'points as they stand':28}{shown(start):>14}{'':14}", end="")
    print(f"{shown(further.worth(board.points, all_further)):>14}")
    dealt = list(folds(calibration_cases(rulebook)))[:10]  # two repetitions: the search is slow
    for price in PRICES:
        seen, unseen = [], []
        for fold in dealt:
            inside = np.isin(board.ids, list(fold))
            points = search(board, np.flatnonzero(~inside), price)
            seen.append(board.worth(points, np.flatnonzero(~inside)))
            unseen.append(board.worth(points, np.flatnonzero(inside)))
        points = search(board, everyone, price)
        moved = int(np.abs(points - board.points).sum())
        name = f"search, price {price} ({moved} moved)"
        print(f"{name:28}{shown(mean(seen)):>14}{shown(mean(unseen)):>14}", end="")
        print(f"{shown(further.worth(points, all_further)):>14}")
    seen, unseen = [], []
    for fold in dealt:
        inside = np.isin(board.ids, list(fold))
        board.weights = search_weights(board, np.flatnonzero(~inside))
        seen.append(board.worth(board.points, np.flatnonzero(~inside)))
        unseen.append(board.worth(board.points, np.flatnonzero(inside)))
        board.weights = np.ones(len(rulebook.rules))
    further.weights = search_weights(board, everyone)
    print(f"{'weights of the criteria':28}{shown(mean(seen)):>14}{shown(mean(unseen)):>14}", end="")
    print(f"{shown(further.worth(board.points, all_further)):>14}")


def mean(worths: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the mean agreement and log-loss of the folds."""
    return float(np.mean([a for a, _ in worths])), float(np.mean([b for _, b in worths]))


if __name__ == "__main__":
    main()

"""From which answers on something about a number is different: cells, and turns behind formulas."""

from collections.abc import Sequence
from itertools import pairwise

from salesadvisor.engine.joint import truths_of
from salesadvisor.engine.layout import Layout, Position
from salesadvisor.engine.tables import Joint
from salesadvisor.language.possible import Numbers, Value
from salesadvisor.rulebook.definitions import NumberQuestion

_PIECES = 16
"""Into how many pieces a range is cut in which something turns, until it is one step wide."""
_FIRST = 64
_BLIND = 2
"""How often a range is cut on which something is open though both its ends are alike."""
_MOST = 3000
"""Then no more is looked for: a condition that is open on every range could be read for ever."""


def find_starts(layout: Layout, position: Position, index: int) -> list[float]:
    """Return, rising, the answers to a question from which on something may be different.

    Args:
        layout: Of the decision.
        position: All other answers, as they are given.
        index: Of the question, which asks for a number.
    """
    question = layout.decision.rulebook.questions[index]
    assert isinstance(question, NumberQuestion)
    found = set(layout.lows[index])
    joints = [
        number
        for number, condition in enumerate(layout.decision.tables.conditions)
        if isinstance(condition, Joint) and index in condition.questions
    ]
    if joints:
        found.update(_Turns(layout, position, index, question, joints).find())
    return sorted(found)


class _Turns:
    def __init__(
        self,
        layout: Layout,
        position: Position,
        index: int,
        question: NumberQuestion,
        joints: Sequence[int],
    ) -> None:
        self.layout = layout
        self.position = position
        self.place = layout.joint_place[index]
        self.question = question
        self.joints = joints
        self.up, self.down = question.step.as_integer_ratio()
        self.reads = 0

    def find(self) -> set[float]:
        """Return each answer at which a condition is something else than just below."""
        domain = self.question.domain
        low, high = (round(end * self.down / self.up) for end in (domain.low, domain.high))
        ranges = [(low, high, _BLIND)]
        pieces, found = _FIRST, set[float]()
        while ranges:
            cuts = [_cut(low, high, pieces) for low, high, _ in ranges]
            points = sorted({point for cut in cuts for point in cut})
            at = dict(zip(points, self._truths([(p, p) for p in points]), strict=True))
            unsure = [
                (low, high, blind)
                for cut, (_, _, blind) in zip(cuts, ranges, strict=True)
                for low, high in pairwise(cut)
                if at[low] == at[high] and blind and high - low > 1
            ]
            ranges = []
            for cut in cuts:
                for low, high in pairwise(cut):
                    if at[low] == at[high]:
                        continue
                    if high - low == 1:
                        found.add(high * self.up / self.down)
                    else:
                        ranges.append((low, high, 0))
            if unsure and self.reads < _MOST:
                whole = self._truths([(low, high) for low, high, _ in unsure])
                ranges += [
                    (low, high, blind - 1)
                    for (low, high, blind), truth in zip(unsure, whole, strict=True)
                    if truth != at[low]
                ]
            pieces = _PIECES
        return found

    def _truths(self, ranges: Sequence[tuple[int, int]]) -> list[str]:
        """Return for each range of answers what all conditions are there, written as digits."""
        self.reads += len(ranges)
        boxes = [self._box(low, high) for low, high in ranges]
        return truths_of(self.layout, boxes, self.joints)

    def _box(self, low: int, high: int) -> tuple[Value, ...]:
        ends = Numbers(low * self.up / self.down, high * self.up / self.down)
        values = self.position.values
        return (*values[: self.place], ends, *values[self.place + 1 :])


def _cut(low: int, high: int, pieces: int) -> list[int]:
    """Return where a range is cut: evenly, or by equal factors where it is very wide."""
    if high - low <= pieces:
        return list(range(low, high + 1))
    first = max(low, 1)
    if high > 100 * first:
        factor = (high / first) ** (1 / pieces)
        points = {round(first * factor**i) for i in range(pieces)}
    else:
        points = {low + (high - low) * i // pieces for i in range(pieces)}
    return sorted({low, *(p for p in points if low < p < high), high})

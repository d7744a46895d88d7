"""Where a search parts a position: the open question, or condition, on which most hangs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from salesadvisor.engine.decision import Evaluation
from salesadvisor.engine.layout import Layout, Position, bits_of, restrict
from salesadvisor.engine.planes import Sum, add_up, packed, raised, reaches
from salesadvisor.engine.tables import AllOf, AnyOf, Joint, Not
from salesadvisor.engine.truth import one_and_more

_CONDITION = 3
"""What an open veto or pattern weighs, in points."""


class Node(NamedTuple):
    """A part of a record's open answers."""

    record: int
    position: Position
    holds: int = 0  # conditions on several questions that are taken to hold, a bit each…
    fails: int = 0  # …and to fail


class Branching:
    """Knows what each question and each condition on several weighs.

    A choice is a question's number, or `~number` of a condition.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        decision = layout.decision
        self.joints = [
            number
            for number, condition in enumerate(decision.tables.conditions)
            if isinstance(condition, Joint)
        ]
        self.bit = {number: 1 << i for i, number in enumerate(self.joints)}
        weights: dict[int, int] = {}
        self.readers: dict[int, list[int]] = {}  # of each choice, the conditions that it can move
        for seen in decision.tables.perspectives:
            for id, number in seen.conditions.items():
                points = decision.points.get(id)
                weight = _CONDITION * decision.unit
                if points is not None:
                    weight = max(points.values()) - min(points.values())
                weights[number] = max(weights.get(number, 0), weight // decision.scale)
                choices = [*seen.questions[id], *(~joint for joint in self._joints_in(number))]
                for choice in choices:
                    readers = self.readers.setdefault(choice, [])
                    if number not in readers:
                        readers.append(number)
        self.weights = weights

    def _joints_in(self, number: int) -> Iterator[int]:
        match self.layout.decision.tables.conditions[number]:
            case Joint():
                yield number
            case AllOf(parts) | AnyOf(parts):
                for part in parts:
                    yield from self._joints_in(part)
            case Not(part):
                yield from self._joints_in(part)
            case _:
                pass

    def forced(self, nodes: Sequence[Node]) -> Mapping[int, tuple[int, int]]:
        """Return where conditions on several questions are taken to hold, and to fail."""
        return {
            number: (
                packed([node.holds & bit > 0 for node in nodes]),
                packed([node.fails & bit > 0 for node in nodes]),
            )
            for number, bit in self.bit.items()
        }

    def choose(self, evaluation: Evaluation, among: int) -> Mapping[int, int]:
        """Return for each choice the positions that are to be parted by it."""
        if not among:
            return {}
        block, truths = evaluation.answers, evaluation.truths
        ones = evaluation.engine.yes
        opened = {
            number: (truths[number].may & ~truths[number].must) & among
            for number in self.weights
            if number < len(truths)
        }
        best, chosen = Sum((), 0), dict[int, int]()
        for choice, readers in self.readers.items():
            if choice >= 0:
                _, open_ = one_and_more(evaluation.engine, block.cells[choice])  # type: ignore[attr-defined]
            elif ~choice < len(truths):
                open_ = truths[~choice].may & ~truths[~choice].must
            else:
                continue
            open_ &= among
            if not open_:
                continue
            terms = [(self.weights[n], opened[n] & open_) for n in readers if opened.get(n)]
            weight = add_up(terms, ones)
            better = reaches(weight, best, 1, ones) & open_
            if not better:
                continue
            pairs = zip_longest(raised(weight, weight.more, ones), best.digits, fillvalue=0)
            best = Sum(tuple(a & better | b & ~better for a, b in pairs), 0)
            for other in chosen:
                chosen[other] &= ~better
            chosen[choice] = better
        return {choice: plane for choice, plane in chosen.items() if plane}

    def part(self, node: Node, choice: int) -> Iterator[Node]:
        """Yield the parts of a position."""
        record, position, holds, fails = node
        kind = type(node)
        if choice < 0:
            bit = self.bit[~choice]
            yield kind(record, position, holds | bit, fails)
            yield kind(record, position, holds, fails | bit)
            return
        layout = self.layout
        offset, field = layout.offsets[choice], layout.fields[choice]
        bits = bits_of(layout, position, choice)
        rest, values = position.cells & ~field, position.values
        at = layout.joint_place.get(choice)
        for part in _halves(bits) if layout.lows[choice] else _each_bit(bits):
            if at is not None:
                left = restrict(layout, choice, position.values[at], part)
                values = (*position.values[:at], left, *position.values[at + 1 :])
            yield kind(record, Position(rest | part << offset, values), holds, fails)


def _halves(bits: int) -> Iterable[int]:
    first, last = (bits & -bits).bit_length() - 1, bits.bit_length() - 1
    low = (2 << (first + last) // 2) - 1
    return (part for part in (bits & low, bits & ~low) if part)


def _each_bit(bits: int) -> Iterator[int]:
    while bits:
        bit = bits & -bits
        yield bit
        bits ^= bit

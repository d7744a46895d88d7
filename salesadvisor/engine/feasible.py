"""Whether answers exist on which conditions on several questions hold or fail as they are taken to.

Boxes of answers are halved until one is found in which all is as it should be, or none is left
in which it may be: branch and prune, on sets.

Source: Van Hentenryck, McAllester and Kapur (1997), Solving Polynomial Systems Using a Branch and
Prune Approach.
"""

import math
from collections.abc import Iterator, Sequence

from salesadvisor.engine.branching import Node
from salesadvisor.engine.joint import Box, Boxes
from salesadvisor.engine.layout import Layout
from salesadvisor.engine.planes import digits, packed
from salesadvisor.engine.tables import Joint
from salesadvisor.engine.tabulation import halves_of
from salesadvisor.language.possible import Numbers, Value, is_single
from salesadvisor.rulebook.definitions import NumberQuestion, Question
from salesadvisor.rulebook.turns import step_from

_MOST, _FEW = 6000, 300
"""Boxes that are looked at, at the end of a search and on its way; then it is not known."""
_AT_ONCE = 128
"""Boxes of a search that are looked at in one go…"""
_TOGETHER = 4096
"""…of so many searches side by side."""
_KEPT = 50_000
_Key = tuple[Box, int, int, int]
"""A box, the conditions that hold in it and that fail, and how many boxes to look at."""


class _Quest:
    """What is still to be looked at, to find answers that nodes take for granted."""

    def __init__(self, box: Box, holds: int, fails: int) -> None:
        self.stack, self.seen = [box], 0
        self.holds, self.fails = holds, fails


class Feasibility:
    """Remembers what it found: many records leave the same box open."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        conditions = layout.decision.tables.conditions
        self.joints = [
            (number, condition)
            for number, condition in enumerate(conditions)
            if isinstance(condition, Joint)
        ]
        self._known: dict[_Key, bool | None] = {}
        self._questions: dict[int, set[int]] = {}  # that some conditions read

    def exist(self, nodes: Sequence[Node]) -> list[bool | None]:
        """Return whether there are answers as nodes take them to be; None: not known."""
        return self._ask(nodes, _MOST)

    def may_exist(self, nodes: Sequence[Node]) -> list[bool]:
        """Return whether there may be such answers: whether it is worth going on."""
        return [found is not False for found in self._ask(nodes, _FEW)]

    def _ask(self, nodes: Sequence[Node], most: int) -> list[bool | None]:
        keys = [(node.position.values, node.holds, node.fails, most) for node in nodes]
        asked = [key for key in dict.fromkeys(keys) if key[1] | key[2]]
        found = {key: self._known[key] for key in asked if key in self._known}
        new = [key for key in asked if key not in found]
        if len(self._known) + len(new) > _KEPT:
            self._known.clear()
        for begin in range(0, len(new), _TOGETHER):
            some = self._find(new[begin : begin + _TOGETHER])
            self._known |= some
            found |= some
        return [found.get(key, True) for key in keys]

    def _find(self, keys: Sequence[_Key]) -> dict[_Key, bool | None]:
        """Return what is found out, side by side: each by itself, as if there were no others."""
        found: dict[_Key, bool | None] = {}
        left = {key: _Quest(*key[:3]) for key in keys}
        while left:
            looks = []
            for key, quest in list(left.items()):
                some, quest.stack = quest.stack[-_AT_ONCE:], quest.stack[:-_AT_ONCE]
                quest.seen += len(some)
                if not some or quest.seen > key[3]:
                    found[key] = None if some else False
                    del left[key]
                looks += [(key, quest, box) for box in some if key in left]
            for (key, quest, box), (surely, perhaps) in zip(looks, self._judge(looks), strict=True):
                if surely:
                    found[key] = True
                    left.pop(key, None)
                elif perhaps:
                    quest.stack += self._halves(box, quest.holds | quest.fails)
        return found

    def _judge(self, looks: Sequence[tuple[_Key, _Quest, Box]]) -> list[tuple[bool, bool]]:
        """Return in which boxes all is surely as it should be, and in which it may be."""
        if not looks:
            return []
        found = Boxes(self.layout, [box for _, _, box in looks])
        negate, size = found.engine.negate, found.engine.size
        surely = perhaps = found.engine.yes
        for i, (number, _) in enumerate(self.joints):
            holds = packed([quest.holds >> i & 1 == 1 for _, quest, _ in looks])
            fails = packed([quest.fails >> i & 1 == 1 for _, quest, _ in looks])
            if holds | fails:
                must, may = found.truth(number)
                surely &= negate(holds & negate(must) | fails & may)
                perhaps &= negate(holds & negate(may) | fails & must)
        pairs = zip(digits(surely, size), digits(perhaps, size), strict=True)
        return [(a == "1", b == "1") for a, b in pairs]

    def _halves(self, box: Box, conditions: int) -> Iterator[Box]:
        """Yield a box in two, along the widest answer that some conditions read."""
        questions = self._read_by(conditions)
        joint = self.layout.decision.joint_questions
        asked = [self.layout.decision.rulebook.questions[q] for q in joint]
        widths = [
            _width(question, value) if q in questions else 0.0
            for q, question, value in zip(joint, asked, box, strict=True)
        ]
        at = max(range(len(box)), key=widths.__getitem__)
        if widths[at]:
            for half in _parted(asked[at], box[at]):
                yield (*box[:at], half, *box[at + 1 :])

    def _read_by(self, conditions: int) -> set[int]:
        if conditions not in self._questions:
            self._questions[conditions] = {
                question
                for i, (_, condition) in enumerate(self.joints)
                if conditions >> i & 1
                for question in condition.questions
            }
        return self._questions[conditions]


def _width(question: Question, value: Value) -> float:
    if is_single(value):
        return 0.0
    if isinstance(value, Numbers) and isinstance(question, NumberQuestion):
        step = float(question.step)
        return math.log(max(value.high, step) / max(value.low, step)) + 1e-9
    return 100.0


def _parted(question: Question, value: Value) -> tuple[Value, ...]:
    """Return an answer in two parts: numbers in the middle of a log scale, where they have one."""
    if isinstance(question, NumberQuestion) and isinstance(value, Numbers):
        low, high, step = value.low, value.high, float(question.step)
        if high > 4 * max(low, step):
            middle = step_from(question, math.sqrt(max(low, step) * high), 0)
            return Numbers(low, middle), Numbers(step_from(question, middle, 1), high)
    return halves_of(question, value)

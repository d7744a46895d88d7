"""Conditions on several questions, read from values alone: boxes of answers, many at once."""

from collections.abc import Iterable, Sequence

from salesadvisor.engine.block import column_of
from salesadvisor.engine.layout import Layout
from salesadvisor.engine.names import SeenNames
from salesadvisor.engine.planes import digits
from salesadvisor.engine.tables import Joint
from salesadvisor.engine.truth import Truth, Values
from salesadvisor.language.possible import Value

Box = tuple[Value, ...]
"""Answers to the questions behind such conditions, each a set of values."""


class Boxes:
    """Boxes as columns of values: all that conditions on several questions read."""

    def __init__(self, layout: Layout, boxes: Sequence[Box]) -> None:
        self.layout = layout
        self.engine = layout.planes(len(boxes))
        joint, questions = layout.decision.joint_questions, layout.decision.rulebook.questions
        columns = zip(joint, zip(*boxes, strict=True), strict=True)
        self._values = {
            q: column_of(self.engine, questions[q], list(column)) for q, column in columns
        }
        self._names: dict[int, SeenNames] = {}

    def values(self, question: int) -> Values:
        """Return what the answers to a question can be."""
        return self._values[question]

    def unanswered(self, question: int) -> int:  # noqa: ARG002 -- completions are answered
        """Return where a question is open altogether: nowhere."""
        return 0

    def truth(self, number: int) -> Truth:
        """Return where a condition must hold, and where it may."""
        condition = self.layout.decision.tables.conditions[number]
        assert isinstance(condition, Joint)
        names = self._from(condition.perspective)
        return names.reader.truth(condition.condition, names)

    def _from(self, perspective: int) -> SeenNames:
        if perspective not in self._names:
            given = self._from(0) if perspective else None
            self._names[perspective] = SeenNames(self.layout.decision, self, perspective, given)
        return self._names[perspective]


def truths_of(layout: Layout, boxes: Sequence[Box], numbers: Iterable[int]) -> list[str]:
    """Return for each box which conditions must hold, and which may, written as digits."""
    found = Boxes(layout, boxes)
    truths = [found.truth(number) for number in numbers]
    columns = [digits(plane, len(boxes)) for truth in truths for plane in truth]
    return list(map("".join, zip(*columns, strict=True)))

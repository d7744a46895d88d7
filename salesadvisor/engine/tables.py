"""The rulebook as tables: every condition as a choice among the cells of its questions.

All answers in one cell look alike to every condition on that question alone: as they are, and
from both ends of a spread. So a set of answers is a set of cells.
"""

from collections.abc import Mapping

from msgspec import Struct

from salesadvisor.language.possible import Value
from salesadvisor.language.syntax import Expression

APPLIES = "views"
"""The id under which tables keep when the views apply: no entry has it."""


class Test(Struct, frozen=True, tag=True):
    """A condition on one question: true in some of its cells, false in the others."""

    question: int
    cells: tuple[int, ...]
    as_given: tuple[int, ...]  # the same for the answer as it is, which an open one stays


class Joint(Struct, frozen=True, tag=True):
    """A condition on several questions at once: read from their values, not from their cells."""

    condition: Expression
    questions: tuple[int, ...]
    perspective: int


class AllOf(Struct, frozen=True, tag=True):
    """True where every part is."""

    parts: tuple[int, ...]


class AnyOf(Struct, frozen=True, tag=True):
    """True where one of the parts is."""

    parts: tuple[int, ...]


class Not(Struct, frozen=True, tag=True):
    """True where the part is false."""

    part: int


class Constant(Struct, frozen=True, tag=True):
    """A condition that reads no question."""

    holds: bool


Condition = Test | Joint | AllOf | AnyOf | Not | Constant


class Perspective(Struct, frozen=True, kw_only=True):
    """The conditions on the answers as given, or as they are from one end of a spread."""

    conditions: Mapping[str, int]  # of rules, vetoes and patterns; when the views apply
    questions: Mapping[str, tuple[int, ...]]  # that each of them reads, in their order


class Tables(Struct, frozen=True, kw_only=True):
    """The cells of every question and the conditions on them, for one set of assumptions."""

    cells: tuple[tuple[Value, ...], ...]  # of each question, in the rulebook's order
    conditions: tuple[Condition, ...]  # each once, behind its parts
    perspectives: tuple[Perspective, ...]  # as given; then the small end, and the large one

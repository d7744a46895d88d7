"""The conditions of one world, ready to be read: true, false or open at a position."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from salesadvisor.language.compiler import single_of
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.possible import FALSE, OPEN, TRUE, Truth, Value, is_single
from salesadvisor.language.syntax import Expression
from salesadvisor.rulebook.definitions import View
from salesadvisor.rulebook.known import Lookup
from salesadvisor.rulebook.lookups import SeenLookup
from salesadvisor.rulebook.tables import (
    AllOf,
    AnyOf,
    Condition,
    Fixed,
    Joint,
    Opposite,
    Test,
    World,
)

if TYPE_CHECKING:
    from salesadvisor.advice.board import Board, Position

_Read = Callable[["Position"], Truth]


class Readers:
    """The conditions of one world, ready to be read."""

    def __init__(self, board: "Board", index: int, world: World, view: View | None) -> None:
        self.board = board
        self.index = index
        self.view = view
        self.scopes = world.questions
        self.readers = {id: self.reader(when) for id, when in world.conditions.items()}
        self.read_by: dict[int, list[str]] = {i: [] for i in range(len(board.full))}
        self.tests: dict[tuple[str, int], set[int]] = {}
        self.joints: dict[Joint, None] = {}
        self.jointly: set[tuple[str, int]] = set()
        for id, when in world.conditions.items():
            for question in self.scopes[id]:
                self.read_by[question].append(id)
            for leaf in _leaves(when):
                if isinstance(leaf, Test):
                    self.tests.setdefault((id, leaf.question), set()).add(bits_of(leaf.cells))
                elif isinstance(leaf, Joint):
                    self.joints[leaf] = None
                    self.jointly |= {(id, question) for question in leaf.questions}
        self.joint = frozenset(question for _, question in self.jointly)

    def reader(self, condition: Condition) -> _Read:
        """Return a function that reads a condition at a position."""
        match condition:
            case Fixed(holds):
                truth = TRUE if holds else FALSE
                return lambda _: truth
            case Test(question, cells, plain):
                full = self.board.full[question]
                inside, plain_inside = bits_of(cells), bits_of(plain)
                if inside == plain_inside:
                    return partial(_test, question, inside, full & ~inside)
                return partial(
                    _seen_test, question, full + 1, (inside, full & ~inside),
                    (plain_inside, full & ~plain_inside),
                )  # fmt: skip
            case Joint(expression, questions):
                return partial(_joint, self, expression, questions, {})
            case Opposite(part):
                return partial(_opposite, self.reader(part))
            case AllOf(parts):
                return partial(_all_of, [self.reader(part) for part in parts])
            case AnyOf(parts):
                return partial(_any_of, [self.reader(part) for part in parts])


def bits_of(cells: Iterable[int]) -> int:
    """Return cells as bits, one each."""
    return sum(1 << cell for cell in cells)


def _leaves(condition: Condition) -> Iterator[Condition]:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _leaves(part)
        case Opposite(part):
            yield from _leaves(part)
        case _:
            yield condition


def _test(question: int, inside: int, outside: int, position: "Position") -> Truth:
    cells = position.cells[question]
    if not cells & inside:
        return FALSE
    return OPEN if cells & outside else TRUE


def _seen_test(
    question: int,
    unanswered: int,
    seen: tuple[int, int],
    plain: tuple[int, int],
    position: "Position",
) -> Truth:
    cells = position.cells[question]
    inside, outside = plain if cells & unanswered else seen
    if not cells & inside:
        return FALSE
    return OPEN if cells & outside else TRUE


def _opposite(read: _Read, position: "Position") -> Truth:
    truth = read(position)
    if truth is OPEN:
        return OPEN
    return FALSE if truth is TRUE else TRUE


def _all_of(readers: list[_Read], position: "Position") -> Truth:
    found = TRUE
    for read in readers:
        truth = read(position)
        if truth is FALSE:
            return FALSE
        if truth is OPEN:
            found = OPEN
    return found


def _any_of(readers: list[_Read], position: "Position") -> Truth:
    found = FALSE
    for read in readers:
        truth = read(position)
        if truth is TRUE:
            return TRUE
        if truth is OPEN:
            found = OPEN
    return found


_MOST_KEPT = 10_000


def _joint(
    world: Readers, condition: Expression, questions: tuple[int, ...],
    kept: dict[tuple[Value, ...], Truth], position: "Position",
) -> Truth:  # fmt: skip
    values = tuple(position.value(question) for question in questions)
    truth = kept.get(values)
    if truth is None:
        board = world.board
        if all(map(is_single, values)):
            single = board.single_lookup(world.view, questions, map(single_of, values))
            truth = TRUE if board.compiled(condition)(single) else FALSE
        else:
            ids = (board.rulebook.questions[question].id for question in questions)
            known = Lookup(board.rulebook, {**board.assumed, **dict(zip(ids, values, strict=True))})
            if world.view is not None:
                known = SeenLookup(known, world.view)
            found = truth_of(condition, known)
            truth = OPEN if len(found) > 1 else TRUE if True in found else FALSE
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[values] = truth
    return truth

"""Records whose outcomes are sought, side by side: what is known of each, until all is known.

The bound says what may happen, never too little. Completions of the open answers show what does;
for what is left, positions are parted until each of them settles it: branch and bound, over one
frontier for all records. What comes out for a record does not depend on the others.
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple

from msgspec import Struct

from salesadvisor.engine.basis import ENDS, Decision
from salesadvisor.engine.block import Block, block_of
from salesadvisor.engine.branching import Branching, Node
from salesadvisor.engine.decision import Evaluation
from salesadvisor.engine.feasible import Feasibility
from salesadvisor.engine.layout import Layout, Position
from salesadvisor.engine.orders import Orders, complete
from salesadvisor.engine.planes import digits, members, packed
from salesadvisor.engine.truth import exactly_one
from salesadvisor.rulebook.definitions import NO_MODEL, ModelId

ROUNDS = ((0, 16), (16, 64))
"""Completions that are tried in two goes: most records are settled by the first."""
_CROWD = 64
"""Open records from which on completions are looked at for all."""
_DIVES = 6
"""Completions of each position that is still open when it is parted."""
_TOGETHER = 1 << 13
"""Positions that are looked at together: as many as the processor keeps at hand."""


class Outcomes(Struct, frozen=True):
    """What can still happen to a record."""

    chances: frozenset[str]  # as an evaluation names them
    proved: bool  # whether exactly these can; else some of them perhaps can't
    looked_at: int  # positions

    def possible(self, decision: Decision) -> tuple[ModelId, ...]:
        """Return the models that can be recommended, perhaps `none` among them."""
        models = (*decision.models, NO_MODEL)
        return tuple(m for m in models if f"possible_{m}" in self.chances)

    def joined(self, other: "Outcomes") -> "Outcomes":
        """Return what can happen either way."""
        proved, looked_at = self.proved and other.proved, self.looked_at + other.looked_at
        return Outcomes(self.chances | other.chances, proved, looked_at)

    def unproved(self) -> "Outcomes":
        """Return the same, perhaps too much."""
        return Outcomes(self.chances, False, self.looked_at)


class Means(NamedTuple):
    """What a search works with: shared by all that it looks at."""

    layout: Layout
    branching: Branching
    feasibility: Feasibility
    orders: Orders


class Frontier:
    """Some records, and what is known of them so far, a bit for each chance.

    Args:
        means: To find out more.
        records: Which.
        most: How many positions of a record to part.
        sought: Of each record what is to be found out, of all else no more than its bound; None:
            whatever its verdict hangs on.
    """

    def __init__(
        self,
        means: Means,
        records: Sequence[Position],
        most: int,
        sought: Sequence[frozenset[str]] | None = None,
    ) -> None:
        self.means = means
        self.decision = means.layout.decision
        self.records = records
        self.most = most
        views = self.decision.rulebook.views
        ends = ENDS[1:] if views is not None else ()
        models, pure = self.decision.models, self.decision.unblended
        self.names = [f"possible_{m}" for m in (*models, NO_MODEL)]
        self.outcomes = len(self.names)  # the first of them: what can be recommended
        if ends:
            self.names += [f"base_{m}" for m in models]
            self.names += [
                f"{kind}_{m}{e}" for e in ends for kind in ("can", "alone") for m in pure
            ]
        self.sought: list[int] | None = None
        if sought is not None:
            self.sought = [packed([name in some for some in sought]) for name in self.names]
        self.may = [0] * len(records)  # by the bound, less what was ruled out
        self.does = [0] * len(records)  # for certain
        self.wanted = [0] * len(records)  # what the verdict hangs on
        self.looked_at = [0] * len(records)
        self.unproved: set[int] = set()
        self.left: dict[int, int] = {}  # of each record, what is still to be found out

    def find(self) -> list[Outcomes]:
        """Return what can still happen to each record."""
        most = self.most
        may, does = self._judge([Node(i, p) for i, p in enumerate(self.records)])
        self.root = self.evaluation
        wanted = self._matter(dict(zip(self.names, may, strict=True)))
        (_, few), (_, many) = ROUNDS
        tried = self._try_all(range(few), wanted, may, does)
        self.may, self.does, self.wanted = (
            _rows(planes, len(self.records)) for planes in (may, does, wanted)
        )
        for end in (few, many) if most else (few,):
            self._try(range(tried, end))
            tried = max(tried, end)
        self._want()
        while most and (left := self._open()):
            self._part(left)
            for record in left:  # what was not found anywhere is nowhere
                if record not in self.unproved:
                    self.may[record] &= ~self.wanted[record] | self.does[record]
            self._want()
        if not most:
            self.unproved.update(self._open())
        known: dict[int, frozenset[str]] = {}
        found = []
        for record, row in enumerate(self.may):
            if row not in known:
                bits = enumerate(self.names)
                known[row] = frozenset(name for i, name in bits if row >> i & 1)
            proved = record not in self.unproved
            found.append(Outcomes(known[row], proved, self.looked_at[record]))
        return found

    def chances(self) -> Mapping[str, int]:
        """Return what can still happen, as columns."""
        return dict(zip(self.names, self._flags(self.may), strict=True))

    def _open(self) -> list[int]:
        """Return the records of which something is wanted and not known yet."""
        triples = enumerate(zip(self.wanted, self.may, self.does, strict=True))
        return [
            record
            for record, (wanted, may, does) in triples
            if wanted & may & ~does and record not in self.unproved
        ]

    def _want(self) -> None:
        """Find out what the verdicts hang on, by what is known so far."""
        self.wanted = _rows(self._matter(self.chances()), len(self.records))

    def _matter(self, may: Mapping[str, int]) -> list[int]:
        """Return what the verdicts hang on, if so much may happen."""
        wanted = what_matters(self.root, may)
        planes = [wanted.get(name, 0) for name in self.names]
        if self.sought is None:
            return planes
        return [plane & asked for plane, asked in zip(planes, self.sought, strict=True)]

    def _flags(self, rows: Sequence[int]) -> list[int]:
        return [packed([row >> i & 1 == 1 for row in rows]) for i, _ in enumerate(self.names)]

    def _bounds(self, nodes: Sequence[Node]) -> tuple[list[int], list[int]]:
        """Return what may happen at some positions, and what does, whatever else."""
        may, does = self._judge(nodes)
        return _rows(may, len(nodes)), _rows(does, len(nodes))

    def _judge(self, nodes: Sequence[Node]) -> tuple[list[int], list[int]]:
        """Return the same chance by chance, each as a plane."""
        block = block_of(self.means.layout, [node.position for node in nodes])
        if any(node.holds | node.fails for node in nodes):
            block.forced = self.means.branching.forced(nodes)
        self.evaluation = evaluation = Evaluation(self.decision, block)
        engine, chances = block.engine, evaluation.chances
        settled = evaluation.settled
        ends = evaluation.applies.must  # elsewhere who wins at them says nothing
        may = [chances.get(name, 0) for name in self.names]
        may = [plane if i < self.outcomes else plane & ends for i, plane in enumerate(may)]
        one_left = exactly_one(engine, may[: self.outcomes])
        base = [chances.get(f"base_{m}", 0) for m in self.decision.models]
        base_left = exactly_one(engine, base) & engine.negate(evaluation.base.none_left)
        sure = {
            ENDS[end.perspective]: evaluation.sure_of_end(end, chances) for end in evaluation.ends
        }
        does = []
        for name, plane in zip(self.names, may, strict=True):
            if name.startswith("possible_"):
                certain = one_left
            elif name.startswith("base_"):
                certain = base_left
            else:
                certain = sure.get("_" + name.rpartition("_")[2], 0)
            does.append(plane & (certain | settled))
        return may, does

    def _try_all(
        self, orders: range, wanted: Sequence[int], may: Sequence[int], does: list[int]
    ) -> int:
        """Look at completions of all records while most are open; return how many were tried.

        To look at those that are known again costs less than to put the others together.
        """
        for number in orders:
            sought = [w & m & ~d for w, m, d in zip(wanted, may, does, strict=True)]
            if reduce(or_, sought).bit_count() < max(_CROWD, len(self.records) // 8):
                return number
            found = self._happens(self.records, range(number, number + 1), self.root)
            for i, plane in enumerate(found):
                does[i] |= plane & sought[i]
        return orders.stop

    def _try(self, orders: range) -> None:
        """Look at completions of the records that are still open."""
        left = self._open()
        begin = orders.start
        while left and begin < orders.stop:
            copies = max(1, min(orders.stop - begin, _TOGETHER // len(left)))
            numbers = range(begin, begin + copies)
            for first in range(0, len(left), _TOGETHER):
                some = left[first : first + _TOGETHER]
                self._complete(some, [self.records[number] for number in some], numbers)
            left = [r for r in left if self.wanted[r] & self.may[r] & ~self.does[r]]
            begin += copies

    def _complete(
        self, numbers: Sequence[int], positions: Sequence[Position], orders: range
    ) -> None:
        """Note what happens in the completions of some positions of records."""
        found = _rows(self._happens(positions, orders), len(positions))
        for number, does in zip(numbers, found, strict=True):
            self.does[number] |= does & self.may[number] & self.wanted[number]

    def _happens(
        self, positions: Sequence[Position], orders: range, seen: Evaluation | None = None
    ) -> list[int]:
        """Return what happens in the completions of some positions, each chance as a plane."""
        root = None if seen is None else seen.answers
        assert root is None or isinstance(root, Block)
        block = complete(self.means.layout, positions, self.means.orders, orders, root)
        evaluation = Evaluation(self.decision, block)
        size, ends = len(positions), evaluation.applies.must
        ones = (1 << size) - 1
        planes = []
        for i, name in enumerate(self.names):
            plane = evaluation.chances.get(name, 0)
            if i >= self.outcomes:
                plane &= ends
            found = 0
            for _ in orders:
                found |= plane & ones
                plane >>= size
            planes.append(found)
        return planes

    # Branch and bound.

    def _part(self, records: Sequence[int]) -> None:
        """Part records until everything that is wanted of them is known."""
        frontier = [Node(record, self.records[record]) for record in records]
        level = 0
        while frontier:
            children: list[Node] = []
            # As it is before the level: what comes out for a record hangs on no other record.
            self.left = {node.record: self._left(node.record) for node in frontier}
            for begin in range(0, len(frontier), _TOGETHER):
                children += self._parts(frontier[begin : begin + _TOGETHER])
            self._dive(children, level)
            frontier = [n for n in children if self._left(n.record)]
            level += 1

    def _left(self, record: int) -> int:
        """Return what is still to be found out of a record."""
        if record in self.unproved:
            return 0
        return self.wanted[record] & self.may[record] & ~self.does[record]

    def _parts(self, nodes: Sequence[Node]) -> list[Node]:
        """Return the parts of some positions, of those that leave something to be found out."""
        may, does = self._bounds(nodes)
        evaluation, feasibility = self.evaluation, self.means.feasibility
        left: list[tuple[int, int]] = []  # positions, and what is wanted of them
        for i, node in enumerate(nodes):
            self.looked_at[node.record] += 1
            if wanted := self.left[node.record] & may[i]:
                left.append((i, wanted))
        shown = [i for i, wanted in left if does[i] & wanted]
        exist = dict(zip(shown, feasibility.exist([nodes[i] for i in shown]), strict=True))
        for i, found in exist.items():
            record = nodes[i].record
            if found:
                self.does[record] |= does[i] & self.may[record]
            elif found is None:
                self.unproved.add(record)
        open_ = []
        for i, wanted in left:
            if exist.get(i, True) is False or not wanted & ~does[i]:
                continue
            if self.looked_at[nodes[i].record] < self.most:
                open_.append(i)
            else:
                self.unproved.add(nodes[i].record)
        among = packed_members(open_, len(nodes)) & ~evaluation.settled
        children: list[Node] = []
        unsure: list[Node] = []  # whose conditions may contradict each other
        for what, plane in self.means.branching.choose(evaluation, among).items():
            among &= ~plane
            parts = unsure if what < 0 else children
            for i in members(plane):
                parts += self.means.branching.part(nodes[i], what)
        sure = feasibility.may_exist(unsure)
        children += [part for part, exists in zip(unsure, sure, strict=True) if exists]
        stuck = [nodes[i] for i in members(among)]
        for node, found in zip(stuck, feasibility.exist(stuck), strict=True):
            if found is not False:
                self.unproved.add(node.record)
        return children

    def _dive(self, nodes: Sequence[Node], level: int) -> None:
        """Complete positions that are about to be parted: some show what is looked for."""
        free = [n for n in nodes if not n.holds | n.fails and self._left(n.record)]
        orders = range(level * _DIVES, level * _DIVES + _DIVES)
        for begin in range(0, len(free), _TOGETHER // _DIVES):
            some = free[begin : begin + _TOGETHER // _DIVES]
            self._complete([n.record for n in some], [n.position for n in some], orders)


def what_matters(evaluation: Evaluation, may: Mapping[str, int]) -> dict[str, int]:
    """Return for each chance the records whose verdict hangs on it.

    What can be recommended always does. Of who wins at the ends of a spread, the best by what is
    certain. Of who wins on the answers as given likewise, where both ends agree and may overrule it.

    Args:
        evaluation: Of the records.
        may: What can happen, as far as it is known.
    """
    engine = evaluation.engine
    wanted = {name: engine.yes for name in may if name.startswith("possible_")}
    views = evaluation.decision.rulebook.views
    if not evaluation.ends or views is None:
        return wanted
    wins = []
    matters = evaluation.applies.must
    for end in evaluation.ends:
        suffix = ENDS[end.perspective]
        leads = end.leaders("", {m: may[f"can_{m}{suffix}"] for m in end.models})
        only = exactly_one(engine, leads.values())
        wins.append({m: only & leads[m] & may[f"alone_{m}{suffix}"] for m in end.models})
        for m in end.models:
            wanted[f"can_{m}{suffix}"] = leads[m] & matters
            wanted[f"alone_{m}{suffix}"] = only & leads[m] & matters
    small, large = wins
    agreed = reduce(or_, (small[m] & large[m] for m in small)) & matters
    agreed &= engine.negate(evaluation.earned_otherwise.must)
    models = evaluation.decision.models
    leads = evaluation.base.leaders("", {m: may[f"base_{m}"] for m in models})
    return wanted | {f"base_{m}": leads[m] & agreed for m in models}


def _rows(planes: Sequence[int], size: int) -> list[int]:
    """Return for each position which of some truths hold, a bit each."""
    texts = [digits(plane, size) for plane in reversed(planes)]
    known: dict[tuple[str, ...], int] = {}
    found = []
    for row in zip(*texts, strict=True):
        bits = known.get(row)
        if bits is None:
            bits = known[row] = int("".join(row), 2)
        found.append(bits)
    return found


def packed_members(numbers: Sequence[int], size: int) -> int:
    """Return some positions as a plane."""
    held = [False] * size
    for number in numbers:
        held[number] = True
    return packed(held)

"""What can still win, exactly: completions of the open answers are tried until that is settled.

An open answer is parted into groups of cells and each part is looked at, the likeliest first, until
a completion is found or the bound rules the model out everywhere: branch and bound. Where much is
open, a few hundred completions are drawn first: most models that can win do so in one of them.
"""

from collections.abc import Iterator, Mapping
from random import Random

from msgspec import Struct

from salesadvisor.advice.board import Outlook, Position
from salesadvisor.advice.draws import Judge, draw_cells, position_of
from salesadvisor.language.possible import FALSE, OPEN, TRUE
from salesadvisor.rulebook.definitions import NO_MODEL, ModelId
from salesadvisor.rulebook.tabulation import halves_of

_DRAWS, _SEED = (64, 192), 14
_FEW = 512
"""Combinations of cells up to which parting finds a completion sooner than drawing (measured)."""
_CONDITION = 3
"""What an open veto or pattern weighs when a question to branch on is chosen, in points."""


class Outcomes(Struct, frozen=True, kw_only=True):
    """What can still be recommended."""

    possible: tuple[ModelId, ...]  # perhaps `none`
    proved: bool  # whether exactly these can; else some of them perhaps can't
    looked_at: int  # positions
    witnesses: Mapping[ModelId, Position]  # where every completion makes a model win


def find_outcomes(outlook: Outlook, most: int | None = None) -> Outcomes:
    """Return what is recommended in some completion of the open answers.

    The number of positions to look at is the rulebook's, so that the result is the same on every
    machine; if they don't suffice, what may be possible is kept, and `proved` is false.

    Args:
        outlook: On the answers as given.
        most: Fewer positions than the rulebook allows, where somebody waits.
    """
    if outlook.settled or len(outlook.possible) == 1:
        witnesses = dict.fromkeys(outlook.possible, outlook.position)
        return Outcomes(possible=outlook.possible, proved=True, looked_at=0, witnesses=witnesses)
    search = _Search(outlook, most)
    for model in outlook.possible:
        search.settle(model)
    return Outcomes(
        possible=tuple(m for m in outlook.possible if search.can_win[m] is not False),
        proved=None not in search.can_win.values(),
        looked_at=search.looked_at,
        witnesses=search.witnesses,
    )


def find_leaders(outlook: Outlook, witnesses: Mapping[ModelId, Position]) -> tuple[ModelId, ...]:
    """Return what is recommended at a position: several where scores are equal.

    Much less than `find_outcomes`: only whether the best ones can win is looked at.

    Args:
        outlook: At the position.
        witnesses: Positions where a model is known to win; perhaps it does so here, too.
    """
    left = outlook.possible
    if outlook.settled or len(left) == 1:
        return outlook.leaders(left)
    search = _Search(outlook)
    while True:
        leaders = outlook.leaders(left)
        for model in leaders:
            if model in witnesses:
                search.try_like(witnesses[model])
            search.settle(model)
        lost = [model for model in leaders if search.can_win[model] is False]
        if not lost:
            return leaders
        left = tuple(model for model in left if model not in lost)


class _Search:
    def __init__(self, outlook: Outlook, most: int | None = None) -> None:
        self.root = outlook
        self.board = outlook.board
        self.looked_at = 0
        self.most = most or self.board.rulebook.search_nodes
        # True: it wins in a completion. False: in none. None: not known.
        self.can_win: dict[ModelId, bool | None] = dict.fromkeys(outlook.possible)
        self.witnesses: dict[ModelId, Position] = {}
        self.to_draw = list(_DRAWS)
        self.random = Random(_SEED)

    def settle(self, model: ModelId) -> None:
        """Find out whether `model` wins in some completion."""
        if self.board.combinations(self.root.position) > _FEW:
            self._draw_for(model)
        if self.can_win[model] is None:
            self.can_win[model] = self._find(self.root, model)
        self._draw_for(model)

    def _draw_for(self, model: ModelId) -> None:
        """Draw until `model` is seen to win, or enough was drawn."""
        while self.can_win[model] is None and self.to_draw:
            self._draw(self.to_draw.pop(0))

    def try_like(self, other: Position) -> None:
        """Look at the completion that is like one of another position."""
        position = self.root.position
        for question in range(len(self.board.full)):
            if self.board.is_open(position, question):
                common = self.board.common(
                    question, position.value(question), other.value(question)
                )
                if common is None:
                    return  # that completion is none of this position
                position = position.with_value(question, common)
        self._look(position)

    def _draw(self, count: int) -> None:
        draws = draw_cells(self.root.position, self.board, count, self.random)
        for number, winners in enumerate(Judge(draws, self.board).winners()):
            if any(self.can_win.get(model, True) is None for model in winners):
                self._look(position_of(draws, number, self.root.position, self.board))

    def _look(
        self, position: Position, before: Outlook | None = None, changed: int | None = None
    ) -> Outlook:
        """Look at a position, and keep which models certainly win in it."""
        self.looked_at += 1
        outlook = self.board.outlook(position, before, changed)
        if outlook.settled or len(outlook.possible) == 1:
            for model in outlook.possible:
                self.can_win[model] = True
                self.witnesses.setdefault(model, position)
        return outlook

    def _find(self, outlook: Outlook, model: ModelId) -> bool | None:
        """Return whether `model` wins in some completion of a position where it may."""
        if outlook.settled:
            return False  # it would have been kept
        question = self._branch_on(outlook, model)
        children = []
        parts = list(self._parts(outlook, question))
        if not parts:
            return None  # open, and nothing to part it by
        for position in parts:
            if self.looked_at >= self.most:
                return None
            child = self._look(position, outlook, question)
            if self.can_win[model]:
                return True
            if model in child.possible:
                children.append(child)
        children.sort(key=lambda child: -self._lead(child, model))
        found: list[bool | None] = []
        for child in children:
            found.append(self._find(child, model))
            if found[-1]:
                return True
        return None if None in found else False

    def _parts(self, outlook: Outlook, question: int) -> Iterator[Position]:
        position = outlook.position
        groups = self.board.groups(outlook, question)
        if len(groups) > 1:
            for group in groups:
                yield position.within(question, group)
            return
        asked = self.board.rulebook.questions[question]
        for half in halves_of(asked, position.value(question)):
            yield position.with_value(question, half)

    def _branch_on(self, outlook: Outlook, model: ModelId) -> int:
        """Return the open question on which most hangs for `model`."""
        unit = self.board.unit
        scorings = [outlook.scoring]
        if outlook.sights is not None:
            scorings += [outlook.sights.small.scoring, outlook.sights.large.scoring]
        weight: dict[int, int] = {}
        for world, scoring in zip(self.board.worlds, scorings, strict=False):
            for id, truth in scoring.truths.items():
                if truth is not OPEN:
                    continue
                points = self.board.points.get(id)
                if points is None:
                    moves = _CONDITION * unit
                else:
                    own = points.get(model, 0)
                    moves = max(abs(own - other) for other in points.values())
                for question in world.scopes[id]:
                    if self.board.is_open(outlook.position, question):
                        weight[question] = weight.get(question, 0) + moves
        return max(weight, key=lambda question: (weight[question], -question))

    def _lead(self, outlook: Outlook, model: ModelId) -> int:
        """Return how far ahead `model` is of its strongest rival: certain and at best, together."""
        truths, rulebook = outlook.scoring.truths, self.board.rulebook
        if model == NO_MODEL:  # the more is excluded, the better
            return sum(
                len(rulebook.entries) * (truth == TRUE) for truth in outlook.base.excluded.values()
            ) + sum(truths[pattern.id] == FALSE for pattern in rulebook.patterns)
        scoring = outlook.scoring
        return min(
            (
                scoring.scores[model] - scoring.scores[rival] + scoring.lead_at_most(model, rival)
                for rival, truth in outlook.base.excluded.items()
                if rival != model and truth != TRUE
            ),
            default=0,
        )

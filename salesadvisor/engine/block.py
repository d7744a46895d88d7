"""Positions side by side: the answers of many records as planes."""

from collections.abc import Mapping, Sequence

from salesadvisor.engine.basis import RankedColumns
from salesadvisor.engine.layout import Layout, Position
from salesadvisor.engine.planes import (
    Planes,
    Sum,
    add_up,
    multiplied,
    packed,
    raised,
    reaches,
    transposed,
)
from salesadvisor.engine.truth import Choices, Column, Ends, Options, Truth, Values, single
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.rulebook.definitions import ChoiceQuestion, CriterionId, ModelId, Question


class Block:
    """Positions, side by side.

    Args:
        layout: Of the decision.
        engine: Of the block's size.
        cells: Of each question a plane for each cell: where the answer may lie in it.
        unanswered: Of each question, where it is open altogether.
        values: Of the questions behind conditions on several, what their answers can be.
        complete: Whether every answer is a single value.
    """

    def __init__(
        self,
        layout: Layout,
        engine: Planes,
        cells: Sequence[Sequence[int]],
        unanswered: Sequence[int],
        values: Mapping[int, Values],
        *,
        complete: bool = False,
    ) -> None:
        self.layout = layout
        self.engine = engine
        self.cells = cells
        self._unanswered = unanswered
        self._values = values
        self.complete = complete
        self.weights: Mapping[CriterionId, Sequence[int]] | None = None
        self.forced: Mapping[int, tuple[int, int]] = {}
        self._any: list[dict[int, int]] = [{} for _ in cells]
        self._runs: dict[int, tuple[list[int], list[int]]] = {}
        self._leads: dict[tuple[int, ModelId, ModelId], Sum] = {}
        self._parts: dict[tuple[int, ModelId], Mapping[CriterionId, Sum]] = {}

    def unanswered(self, question: int) -> int:
        """Return where a question is open altogether."""
        return self._unanswered[question]

    def values(self, question: int) -> Values:
        """Return what the answers to a question can be."""
        return self._values[question]

    def test(self, condition: int) -> Truth:
        """Return where an answer lies in the cells of a condition on one question."""
        question, cells, as_given = self.layout.tests[condition]
        seen = self._inside(question, cells)
        open_ = self._unanswered[question]
        if cells == as_given or not open_:
            return seen
        given, answered = self._inside(question, as_given), open_ ^ self.engine.yes
        must, may = (answered & a | open_ & b for a, b in zip(seen, given, strict=True))
        return Truth(must, may) if must != may else single(may)

    def _inside(self, question: int, cells: int) -> Truth:
        may = self.any_of(question, cells)
        if self.complete:
            return single(may)
        must = self.engine.yes ^ self.any_of(question, cells ^ self.layout.masks[question])
        return Truth(must, may) if must != may else single(may)

    def any_of(self, question: int, cells: int) -> int:
        """Return where an answer may lie in one of some cells, given as bits."""
        kept = self._any[question]
        found = kept.get(cells)
        if found is None:
            found = kept[cells] = self._any_of(question, cells)
        return found

    def _any_of(self, question: int, cells: int) -> int:
        mask = self.layout.masks[question]
        if cells == mask:
            return self.engine.yes
        if cells & cells + 1 == 0 and cells > 3:  # all cells up to one
            return self._accumulated(question)[0][cells.bit_length() - 1]
        rest = cells ^ mask
        if rest & rest + 1 == 0 and cells.bit_count() > 2:  # all from one on
            return self._accumulated(question)[1][rest.bit_length()]
        planes, found = self.cells[question], 0
        while cells:
            low = cells & -cells
            found |= planes[low.bit_length() - 1]
            cells ^= low
        return found

    def _accumulated(self, question: int) -> tuple[list[int], list[int]]:
        """Return for each cell where an answer may lie up to it, and from it on."""
        if question not in self._runs:
            up, down = list(self.cells[question]), list(self.cells[question])
            for cell in range(1, len(up)):
                up[cell] |= up[cell - 1]
            for cell in range(len(down) - 2, -1, -1):
                down[cell] |= down[cell + 1]
            self._runs[question] = up, down
        return self._runs[question]

    def joint(self, condition: int, truth: Truth) -> Truth:
        """Return a condition on several questions with the truths that are forced on it."""
        if truth.must == truth.may and truth.must is not truth.may:
            truth = single(truth.must)
        if condition not in self.forced:
            return truth
        holds, fails = self.forced[condition]
        negate = self.engine.negate
        must, may = (truth.must | holds) & negate(fails), truth.may & negate(fails) | holds
        return single(must) if must == may else Truth(must, may)

    def score(self, perspective: int, model: ModelId, held: Sequence[int]) -> Sum:
        """Return what the rules that hold add up to."""
        layout, rules, ones = self.layout, self.layout.decision.rulebook.rules, self.engine.yes
        if self.weights is None:
            own = ((layout.scaled[r.id][model], h) for r, h in zip(rules, held, strict=True))
            return add_up(own, ones)
        total: list[tuple[int, int]] = []
        for criterion, part in self.parts(perspective, model, held).items():
            product = multiplied(part, self.weights[criterion], ones)
            total += ((1 << place, digit) for place, digit in enumerate(product.digits))
            total.append((product.more, ones))
        return add_up(total, ones)

    def parts(
        self, perspective: int, model: ModelId, held: Sequence[int]
    ) -> Mapping[CriterionId, Sum]:
        """Return what the rules of each criterion add up to, unweighted, from zero on."""
        key = (perspective, model)
        if key not in self._parts:
            rules, raw = self.layout.decision.rulebook.rules, self.layout.decision.unweighted
            parts, ones = {}, self.engine.yes
            for criterion, numbers in self.layout.criteria.items():
                # The same is added to every model: sums have nothing that is added to all.
                base = sum(max(0, -min(raw[rules[n].id].values())) for n in numbers)
                part = add_up(((raw[rules[n].id][model], held[n]) for n in numbers), ones)
                parts[criterion] = Sum(raised(part, base + part.more, ones), 0)
            self._parts[key] = parts
        return self._parts[key]

    def can_lead(self, ranking: RankedColumns, model: ModelId, rival: ModelId, by: int) -> int:
        """Return where a model may still come out ahead of another: never too little."""
        if self.complete:
            return reaches(ranking.score[model], ranking.score[rival], by, self.engine.yes)
        key = (ranking.perspective, model, rival)
        if key not in self._leads:
            bound = self.layout.bound(*key)
            terms = [(more, self.any_of(q, cells)) for q, more, cells in bound.steps]
            for number, lead in bound.others:
                truth = ranking.rules[number]
                terms.append((lead, truth.may if lead > 0 else truth.must))
            found = add_up(terms, self.engine.yes)
            self._leads[key] = Sum(found.digits, found.more + bound.always)
        return reaches(self._leads[key], Sum((), 0), by, self.engine.yes)


def block_of(layout: Layout, positions: Sequence[Position]) -> Block:
    """Return some positions as a block."""
    size = len(positions)
    planes = transposed([position.cells for position in positions], layout.width)
    cells, unanswered = [], []
    for offset, count in zip(layout.offsets, layout.counts, strict=True):
        cells.append(planes[offset : offset + count])
        unanswered.append(planes[offset + count])
    engine = layout.planes(size, layout.decision.scale)
    columns = zip(*(position.values for position in positions), strict=True)
    values = {
        question: column_of(engine, layout.decision.rulebook.questions[question], list(column))
        for question, column in zip(layout.decision.joint_questions, columns, strict=False)
    }
    return Block(layout, engine, cells, unanswered, values)


def column_of(engine: Planes, question: Question, values: Sequence[Value]) -> Values:
    """Return what answers can be, in every position, as columns."""
    first, ones = values[0], (1 << len(values)) - 1
    if all(value is first for value in values):
        values = [first]

    def numbers(found: list[float]) -> Column:
        return engine.column(found) if len(values) > 1 else found[0]

    def plane(truths: list[bool]) -> int:
        return packed(truths) if len(values) > 1 else ones * truths[0]

    match first:
        case Numbers():
            low = numbers([v.low for v in values if isinstance(v, Numbers)])
            if all(v.low == v.high for v in values if isinstance(v, Numbers)):
                return Ends(low, low)
            return Ends(low, numbers([v.high for v in values if isinstance(v, Numbers)]))
        case OneOf():
            assert isinstance(question, ChoiceQuestion)
            chosen = [v.options for v in values if isinstance(v, OneOf)]
            return Options({id: plane([id in one for one in chosen]) for id in question.options})
        case _:
            assert isinstance(question, ChoiceQuestion)
            some = [v for v in values if isinstance(v, SomeOf)]
            return Choices({
                id: Truth(
                    plane([id in one.certain for one in some]),
                    plane([id in one.possible for one in some]),
                )
                for id in question.options
            })  # fmt: skip

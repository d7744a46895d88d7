"""The conditions of the rulebook as SQL: on the answers as given, and from both ends of a spread.

Conditions on one question are read from its cells, as the rulebook's tables have them: for a
number, from where to where; for options, as bits of a mask. Conditions on several questions are
read from formulas over their values.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from msgspec import Struct
from sqlglot import exp

from salesadvisor.batch.clauses import (
    NO,
    SQL,
    WORD,
    YES,
    Certainty,
    Ends,
    all_of,
    any_of,
    both,
    case,
    column,
    double,
    either,
    equals,
    greatest,
    grouped,
    has_bits,
    is_at_least,
    is_below,
    lacks_bits,
    least,
    number,
    opposite,
    single,
)
from salesadvisor.batch.expressions import (
    Choice,
    Choices,
    Set,
    either_of,
    ends_in_sql,
    set_in_sql,
    truth_in_sql,
)
from salesadvisor.language.possible import Numbers, OneOf, Value, is_single
from salesadvisor.language.syntax import Expression, names_in
from salesadvisor.rulebook.definitions import (
    ChoiceQuestion,
    NumberQuestion,
    Question,
    QuestionId,
    Rulebook,
    View,
)
from salesadvisor.rulebook.known import Lookup
from salesadvisor.rulebook.tables import (
    AllOf,
    AnyOf,
    Condition,
    Fixed,
    Joint,
    Opposite,
    Tables,
    Test,
    World,
)


class Columns(Struct, frozen=True):
    """The columns of one answer: what its question can still be.

    A number has its two ends. Options have masks of cells, a bit each; the bit after the last
    cell says that nothing is known.
    """

    question: Question
    index: int
    cells: tuple[Value, ...]
    low: str
    high: str
    masks: tuple[str, ...]
    certain: str  # of a multiple choice that formulas read: masks of options
    possible: str


def columns_of(rulebook: Rulebook, tables: Tables) -> tuple[Columns, ...]:
    """Return the columns of every question."""
    return tuple(
        Columns(
            question=question,
            index=index,
            cells=cells,
            low=f"{question.id}_low",
            high=f"{question.id}_high",
            masks=tuple(
                f"{question.id}_cells" + (f"_{word}" if word else "")
                for word in range(len(cells) // WORD + 1)
            ),
            certain=f"{question.id}_certain",
            possible=f"{question.id}_possible",
        )
        for index, (question, cells) in enumerate(
            zip(rulebook.questions, tables.cells, strict=True)
        )
    )


def option_bit(question: ChoiceQuestion, id: str) -> int:
    """Return the bit of an option in a mask of options."""
    return 1 << list(question.options).index(id)


class Layer(Struct, frozen=True):
    """Columns that are worked out together: from those before."""

    name: str
    columns: Mapping[str, SQL]


class Conditions:
    """The conditions of one world as SQL.

    Args:
        rulebook: Whose conditions.
        assumed: What stands for every assumption.
        columns: Of every question.
        world: The conditions, as the tables have them.
        view: The end of a spread from which answers are seen; None: as given.
        suffix: Of columns that belong to this world: `_small`.
        plain: Whether every answer is a single value: then each has only one end.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        assumed: Mapping[str, Numbers],
        columns: tuple[Columns, ...],
        world: World,
        view: View | None,
        suffix: str,
        *,
        plain: bool,
    ) -> None:
        self.rulebook = rulebook
        self.assumed = Lookup(rulebook, dict(assumed))
        self.columns = columns
        self.world = world
        self.view = view
        self.suffix = suffix
        self.plain = plain
        self.by_id = {columns.question.id: columns for columns in columns}
        self.given = cache(self._given)

    def truth(self, id: str) -> Certainty:
        """Return whether a condition holds."""
        return self._condition(self.world.conditions[id])

    def _condition(self, condition: Condition) -> Certainty:
        match condition:
            case Fixed(holds):
                return single(YES if holds else NO)
            case AllOf(parts):
                return all_of(self._condition(part) for part in parts)
            case AnyOf(parts):
                return any_of(self._condition(part) for part in parts)
            case Opposite(part):
                return opposite(self._condition(part))
            case Test(question, cells, plain):
                return self._test(self.columns[question], cells, plain)
            case Joint(expression):
                return truth_in_sql(expression, self._name)

    # Conditions on one question.

    def _test(self, columns: Columns, cells: tuple[int, ...], plain: tuple[int, ...]) -> Certainty:
        count = len(columns.cells)
        seen = self._inside(columns, cells)
        if is_single(columns.question.everything):
            return self._inside(columns, plain)  # always as it is: nothing to tell it from open
        if self.plain or cells == plain or _on_all(cells, count) == _on_all(plain, count):
            return seen
        # From the end of a spread, an answer that is open altogether stays as it is.
        open_ = is_unanswered(columns)
        certain, possible = _on_all(plain, count)
        return Certainty(
            case((open_, YES if certain else NO), otherwise=seen.certain),
            case((open_, YES if possible else NO), otherwise=seen.possible),
        )

    def _inside(self, columns: Columns, cells: tuple[int, ...]) -> Certainty:
        count = len(columns.cells)
        if len(cells) == count or not cells:
            return single(YES if cells else NO)
        if isinstance(columns.question, NumberQuestion):
            return self._between(columns, cells)
        inside = [0] * len(columns.masks)
        outside = [0] * len(columns.masks)
        for cell in range(count):
            (inside if cell in cells else outside)[cell // WORD] |= 1 << cell % WORD
        masks = [column(name) for name in columns.masks]
        may = either(*(has_bits(m, bits) for m, bits in zip(masks, inside, strict=True) if bits))
        if self.plain:
            return single(may)
        must = both(*(lacks_bits(m, bits) for m, bits in zip(masks, outside, strict=True) if bits))
        return Certainty(must, may)

    def _between(self, columns: Columns, cells: tuple[int, ...]) -> Certainty:
        """Return whether a number lies in one of the cells: from its ends."""
        low, high = column(columns.low), column(columns.high)
        certain, possible = [], []
        for first, last in _runs(cells):
            start, after = (
                columns.cells[first],
                columns.cells[min(last + 1, len(columns.cells) - 1)],
            )
            assert isinstance(start, Numbers)
            assert isinstance(after, Numbers)
            from_ = number(start.low) if first else None
            below = number(after.low) if last + 1 < len(columns.cells) else None
            certain.append(_from_to(low, low if self.plain else high, from_, below))
            possible.append(_from_to(high, low, from_, below))
        if self.plain:
            return single(either(*certain))
        return Certainty(either(*certain), either(*possible))

    # Conditions on several questions.

    def joint_names(self) -> Iterator[str]:
        """Yield every name behind conditions on several questions: formulas, too."""
        for condition in self.world.conditions.values():
            for expression in _joints(condition):
                yield from self.rulebook.names_behind(names_in(expression))

    def layers(self) -> Iterator[Layer]:
        """Yield the columns that conditions on several questions are worked out from."""
        names = set(self.joint_names())
        if self.view is not None:
            seen: dict[str, SQL] = {}
            rounded: dict[str, SQL] = {}
            for id in self.view.becomes:
                question = self.rulebook.question[id]
                if id in names and isinstance(question, NumberQuestion):
                    ends = self._becomes(question)
                    for side, end in self._sides(ends):
                        exact = f"{id}{self.suffix}_exact_{side}"
                        seen[exact] = _steps(question, end)
                        answer = _rounded(question, column(exact))
                        rounded[f"{id}{self.suffix}_{side}"] = self._unless_open(
                            question, side, answer
                        )
            if seen:
                yield Layer(f"exact{self.suffix}", seen)
                yield Layer(f"seen{self.suffix}", rounded)
        depth: dict[str, int] = {}
        layers: dict[int, dict[str, SQL]] = {}
        for formula in self.rulebook.formulas:  # each stands after those it reads
            if formula.id not in names or self._is_fixed(formula.id):
                continue
            depth[formula.id] = 1 + max(
                (depth.get(name, 0) for name in names_in(formula.value)), default=0
            )
            ends = ends_in_sql(formula.value, self._name)
            layer = layers.setdefault(depth[formula.id], {})
            for side, end in self._sides(ends):
                layer[self._formula_column(formula.id, side)] = end
        for level in sorted(layers):
            yield Layer(f"formulas{self.suffix}_{level}", layers[level])

    def _sides(self, ends: Ends) -> list[tuple[str, SQL]]:
        return [("low", ends.low)] if self.plain else [("low", ends.low), ("high", ends.high)]

    def _formula_column(self, id: str, side: str) -> str:
        return f"{id}{self.suffix}_{side}"

    def _is_fixed(self, name: str) -> bool:
        """Whether a name hangs on assumptions alone."""
        return not self.rulebook.questions_behind((name,))

    def _name(self, name: str) -> Set:
        """Return what a name can be in this world."""
        if self._is_fixed(name):
            value = self.assumed[name]
            assert isinstance(value, Numbers)
            fixed = double(value.low)
            return Ends(fixed, fixed)
        if name in self.rulebook.formula:
            return self._both_ends(
                self._formula_column(name, "low"), self._formula_column(name, "high")
            )
        if self.view is None or QuestionId(name) not in self.view.becomes:
            return self.given(name)
        question = self.rulebook.question[QuestionId(name)]
        if isinstance(question, NumberQuestion):
            return self._both_ends(f"{name}{self.suffix}_low", f"{name}{self.suffix}_high")
        if is_single(question.everything):
            return self.given(name)  # always as it is
        becomes = set_in_sql(self.view.becomes[question.id], self.given)
        if self.plain:
            return becomes
        open_ = single(is_unanswered(self._asked(question)))
        return either_of(open_, self.given(name), becomes)

    def _becomes(self, question: NumberQuestion) -> Ends:
        assert self.view is not None
        return ends_in_sql(self.view.becomes[question.id], self._given)

    def _unless_open(self, question: NumberQuestion, side: str, seen: SQL) -> SQL:
        """Return an answer as it is seen; one that is open altogether stays as it is."""
        if self.plain:
            return seen
        asked = self._asked(question)
        own = column(asked.low if side == "low" else asked.high)
        return case((is_unanswered(asked), own), otherwise=seen)

    def _asked(self, question: Question) -> Columns:
        return self.by_id[question.id]

    def _both_ends(self, low: str, high: str) -> Ends:
        first = column(low)
        return Ends(first, first if self.plain else column(high))

    def _given(self, name: str) -> Set:
        """Return what a name can be on the answers as given."""
        if self._is_fixed(name):
            value = self.assumed[name]
            assert isinstance(value, Numbers)
            fixed = double(value.low)
            return Ends(fixed, fixed)
        if name in self.rulebook.formula:
            return self._both_ends(f"{name}_low", f"{name}_high")
        columns = self.by_id[QuestionId(name)]
        match columns.question:
            case NumberQuestion():
                return self._both_ends(columns.low, columns.high)
            case ChoiceQuestion(options=options) if isinstance(columns.question.everything, OneOf):
                return Choice({id: self._may_be(columns, id) for id in options})
            case ChoiceQuestion(options=options):
                certain, possible = column(columns.certain), column(columns.possible)
                chosen = {}
                for id in options:
                    bit = option_bit(columns.question, id)
                    held = has_bits(possible, bit)
                    chosen[id] = (
                        single(held) if self.plain else Certainty(has_bits(certain, bit), held)
                    )
                return Choices(chosen)

    def _may_be(self, columns: Columns, option: str) -> SQL:
        for cell, value in enumerate(columns.cells):
            if isinstance(value, OneOf) and option in value.options:
                return has_bits(column(columns.masks[cell // WORD]), 1 << cell % WORD)
        return NO


def is_unanswered(columns: Columns) -> SQL:
    """Return whether nothing is known of an answer."""
    question = columns.question
    if isinstance(question, NumberQuestion):
        low, high = question.domain.low, question.domain.high
        return both(
            equals(column(columns.low), number(low)), equals(column(columns.high), number(high))
        )
    count = len(columns.cells)
    return has_bits(column(columns.masks[count // WORD]), 1 << count % WORD)


def _on_all(cells: tuple[int, ...], count: int) -> tuple[bool, bool]:
    """Return whether a condition that is true in these cells must or may hold on all answers."""
    return len(cells) == count, bool(cells)


def _runs(cells: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of neighbouring cells."""
    ordered = sorted(cells)
    first = last = ordered[0]
    for cell in ordered[1:]:
        if cell != last + 1:
            yield first, last
            first = cell
        last = cell
    yield first, last


def _from_to(low: SQL, high: SQL, from_: SQL | None, below: SQL | None) -> SQL:
    return both(
        is_at_least(low, from_) if from_ is not None else YES,
        is_below(high, below) if below is not None else YES,
    )


def _joints(condition: Condition) -> Iterator[Expression]:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _joints(part)
        case Opposite(part):
            yield from _joints(part)
        case Joint(expression):
            yield expression
        case _:
            pass


# The nearest answer: as `rulebook.known.nearest_answer`, operation by operation.


def _steps(question: NumberQuestion, value: SQL) -> SQL:
    """Return how many steps a number is, inside the domain, before it is rounded."""
    up, down = question.step.as_integer_ratio()
    clipped = least((greatest((value, double(question.domain.low))), double(question.domain.high)))
    return exp.Div(
        this=exp.Mul(this=clipped, expression=double(down)),
        expression=double(up), typed=True, safe=False,
    )  # fmt: skip


def _rounded(question: NumberQuestion, steps: SQL) -> SQL:
    """Return the answer at the nearest whole step, halves to the even one."""
    up, down = question.step.as_integer_ratio()
    floor = exp.Floor(this=steps)
    over = exp.Sub(this=steps, expression=floor)
    pairs = exp.Floor(this=exp.Div(this=floor, expression=double(2), typed=True, safe=False))
    is_odd = exp.NEQ(this=floor, expression=exp.Mul(this=double(2), expression=pairs))
    goes_up = either(is_below(double(0.5), over), both(equals(over, double(0.5)), is_odd))
    nearest = exp.Add(this=floor, expression=case((goes_up, double(1)), otherwise=double(0)))
    answer = exp.Div(
        this=exp.Mul(this=grouped(nearest), expression=double(up)),
        expression=double(down), typed=True, safe=False,
    )  # fmt: skip
    return least((greatest((answer, double(question.domain.low))), double(question.domain.high)))

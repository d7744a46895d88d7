"""The founder's figures: what a seller costs, wins and brings back, for each model, as ranges.

Formulas and assumptions are the rulebook's. A range is the 10th to 90th percentile of seeded
draws: intervals of products of guesses would be useless.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice, repeat

from msgspec import Struct

from salesadvisor.advice.cash import CashFlow, blended, lowest, run_cash
from salesadvisor.advice.figure_draws import Drawn
from salesadvisor.language.evaluator import numbers_of, truth_of
from salesadvisor.language.possible import FALSE, TRUE, Numbers, is_single
from salesadvisor.language.syntax import (
    Call,
    Conditional,
    Expression,
    Function,
    Name,
    children,
    names_in,
)
from salesadvisor.rulebook.amounts import Money
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import (
    Assumption,
    CashPlan,
    FigureRow,
    Figures,
    ModelId,
    QuestionId,
    Rulebook,
)
from salesadvisor.rulebook.known import known_values
from salesadvisor.text import Text

DRAWS = 1000
_LOW, _HIGH = 0.1, 0.9
_TENTH = 1.2815515655446004  # of a standard normal, a tenth lies above it
_CASH_EVERY = 4
"""Of every four draws one is run through the months: that takes longer than all the rest."""


class Spread(Struct, frozen=True, kw_only=True):
    """A figure as it is expected, and the range in which four of five draws lie."""

    low: float
    likely: float
    high: float


class Basis(StrEnum):
    """Where an input of a figure comes from."""

    OWN = "own"  # the founder's answer or figure
    SOURCED = "sourced"
    RECALLED = "recalled"
    ASSUMED = "assumed"
    OPEN = "open"  # a question that is not answered: drawn from what is plausible


class Figure(Struct, frozen=True, kw_only=True):
    """One figure of one model."""

    spread: Spread
    instead: Text | None  # said where the figure would mean nothing
    bound_by: str | None  # of a least of several: the formula that is the least
    is_guess: bool  # whether any input is not the founder's own


class Row(Struct, frozen=True, kw_only=True):
    """One figure, for each model that has it."""

    id: str
    title: Text
    short: Text
    unit: str | None
    cells: Mapping[ModelId, Figure]


class Cash(Struct, frozen=True, kw_only=True):
    """How deep cash falls after one seller is hired, and when."""

    low: Spread  # at most zero
    month: int
    is_falling: bool  # at the end of what is looked at, and lower than ever
    after: Mapping[int, Spread]  # the running sum after so many months


class Share(Struct, frozen=True, kw_only=True):
    """What lies on the far side of a line."""

    customers: float  # 0 to 1
    revenue: float


class Line(Struct, frozen=True, kw_only=True):
    """From which size of customer on the field earns more than the model."""

    value: float
    low: float
    high: float
    break_even: float
    above: Share | None  # where the typical size is known
    spread: float  # four fifths of customers lie between the typical size divided and times this


class Economics(Struct, frozen=True, kw_only=True):
    """Everything that the figures say."""

    missing: tuple[QuestionId, ...]  # answers without which nothing is said
    rows: tuple[Row, ...]
    cash: Mapping[ModelId, Cash]
    line: Line | None  # None: no size pays, or it can't be told
    inputs: Mapping[Basis, int]  # how many stand behind the rows
    remarks: tuple[Text, ...]  # what to know about the figures of such a company
    money: Money  # of the answers: sums here are in the rulebook's currency
    currency: str


def find_economics(rulebook: Rulebook, answers: Answers) -> Economics | None:
    """Return what the figures say for these answers; None where the rulebook has none."""
    figures = rulebook.figures
    if figures is None:
        return None
    missing = tuple(id for id in figures.needs if id not in answers.answered)
    if missing:
        return Economics(
            missing=missing, rows=(), cash={}, line=None, inputs={}, remarks=(),
            money=answers.money, currency=rulebook.currency,
        )  # fmt: skip
    model = FigureModel(rulebook, answers)
    rows = tuple(model.row(row) for row in figures.rows)
    return Economics(
        missing=(),
        rows=rows,
        cash=model.cash(figures.cash),
        line=model.line(figures),
        inputs=model.inputs(figures),
        remarks=tuple(r.says for r in figures.remarks if truth_of(r.when, model.known) == TRUE),
        money=answers.money,
        currency=rulebook.currency,
    )


class FigureModel:
    """The figures of one company: likely values, and the same in many draws."""

    def __init__(self, rulebook: Rulebook, answers: Answers, count: int = DRAWS) -> None:
        self.rulebook = rulebook
        self.answers = answers
        self.count = count
        self.known = known_values(rulebook, answers.values, answers.assumptions)
        self.drawn = Drawn(rulebook, answers, count, self.known)
        self._resting: dict[str, frozenset[str]] = {}

    def row(self, row: FigureRow) -> Row:
        """Return one figure for each model that has it."""
        cells: dict[ModelId, Figure] = {}
        for model in self.rulebook.models:
            id = f"{row.figure}.{model.id}"
            if id in self.rulebook.formula:
                cells[model.id] = Figure(
                    spread=self.spread(Name(id)),
                    instead=self.instead(id),
                    bound_by=self._bound_by(id),
                    is_guess=self.is_guess(id),
                )
        formula = next(f for f in self.rulebook.formulas if f.figure == row.figure)
        return Row(
            id=row.figure, title=formula.title, short=row.short, unit=formula.unit, cells=cells
        )

    def instead(self, id: str) -> Text | None:
        """Return what is said in place of a figure that would mean nothing."""
        figure, _, model = id.partition(".")
        for row in self.rulebook.figures.rows if self.rulebook.figures else ():
            if row.figure == figure:
                for proviso in row.instead:
                    if self._holds(proviso.when.get(ModelId(model))):
                        return proviso.says
        return None

    def spread(self, expression: Expression) -> Spread:
        """Return the likely value of a quantity and its range.

        Likely is what comes of the likely values; the median where an answer is open.
        """
        likely = self.likely(expression)
        column = self.drawn.numbers(expression)
        if not isinstance(column, list):
            return Spread(low=column, likely=column if likely is None else likely, high=column)
        low, middle, high = _percentiles(column)
        return _spread(low, middle if likely is None else likely, high)

    def expected(self, expression: Expression) -> float:
        """Return what a quantity is expected to be: without draws, where no answer is open."""
        likely = self.likely(expression)
        return self.spread(expression).likely if likely is None else likely

    def likely(self, expression: Expression) -> float | None:
        """Return what comes of the likely values; None where an answer is open."""
        value = numbers_of(expression, self.known)
        asked = self.rulebook.questions_behind(names_in(expression))
        if all(is_single(self.answers.values[id]) for id in asked):
            return value.low
        return None

    def is_guess(self, id: str) -> bool:
        """Return whether any input of a figure is not the founder's own."""
        return any(basis is not Basis.OWN for _, basis in self.inputs_of((id,)))

    def inputs_of(self, names: Sequence[str]) -> list[tuple[str, Basis]]:
        """Return the questions and assumptions that `names` rest on, and where each comes from.

        Of a choice that the answers settle, only the branch that is taken counts.
        """
        behind = frozenset[str]().union(*(self._rests_on(name) for name in names))
        found: list[tuple[str, Basis]] = []
        for question in self.rulebook.questions:
            if question.id in behind:
                own = question.id in self.answers.answered
                found.append((question.id, Basis.OWN if own else Basis.OPEN))
        for assumption in self.rulebook.assumptions:
            if assumption.id in behind:
                if assumption.id in self.answers.presumed:
                    found.append((assumption.id, Basis.ASSUMED))
                elif assumption.id in self.answers.assumptions:
                    found.append((assumption.id, Basis.OWN))
                elif assumption.likely_from is None:
                    found.append((assumption.id, self._basis(assumption)))
        return found

    def _basis(self, assumption: Assumption) -> Basis:
        """Return what a figure of ours rests on; scaled to other wages no source carries it."""
        value = self.known[assumption.id]
        assert isinstance(value, Numbers)
        is_scaled = assumption.scales_with is not None and value.low != assumption.likely
        return Basis.ASSUMED if is_scaled else Basis(assumption.evidence.status.value)

    def _rests_on(self, name: str) -> frozenset[str]:
        found = self._resting.get(name)
        if found is None:
            formula = self.rulebook.formula.get(name)
            assumption = self.rulebook.assumption.get(name)
            inside = None if formula is None else formula.value
            if assumption is not None and name not in self.answers.assumptions:
                inside = assumption.likely_from or assumption.scales_with
            read = () if inside is None else self._read(inside)
            found = frozenset({name}).union(*(self._rests_on(part) for part in read))
            self._resting[name] = found
        return found

    def _read(self, expression: Expression) -> Iterator[str]:
        """Yield the names that count in an expression."""
        match expression:
            case Name(id):
                yield id
            case Conditional(condition, then, otherwise):
                truth = truth_of(condition, self.known)
                yield from self._read(condition)
                if truth != FALSE:
                    yield from self._read(then)
                if truth != TRUE:
                    yield from self._read(otherwise)
            case _:
                for child in children(expression):
                    yield from self._read(child)

    def inputs(self, figures: Figures) -> Mapping[Basis, int]:
        """Return how many inputs of each kind stand behind the figures that are shown."""
        names = [
            f.id for row in figures.rows for f in self.rulebook.formulas if f.figure == row.figure
        ]
        found = [basis for _, basis in self.inputs_of(names)]
        return {basis: found.count(basis) for basis in Basis}

    def _holds(self, condition: Expression | None) -> bool:
        return condition is not None and truth_of(condition, self.known) == TRUE

    def _bound_by(self, id: str) -> str | None:
        """Return which of several quantities is the least, where a figure is the least of them."""
        value = self.rulebook.formula[id].value
        match value:
            case Call(Function.MIN, arguments) if all(isinstance(a, Name) for a in arguments):
                spreads = [(self.expected(argument), argument) for argument in arguments]
                least = min(spreads, key=lambda pair: pair[0])[1]
                assert isinstance(least, Name)
                return least.id
            case _:
                return None

    def cash(self, plan: CashPlan) -> Mapping[ModelId, Cash]:
        """Return how deep cash falls, for each model."""
        pure = tuple(plan.spent_first)
        flows = {model: self._flows(plan, model) for model in pure}
        runs = {model: [run_cash(f, plan.months) for f in found] for model, found in flows.items()}
        likely = {model: run_cash(self._likely_flow(plan, model), plan.months) for model in pure}
        for blend, parts in plan.blends.items():
            shares = {m: self.drawn.numbers(share) for m, share in parts.items()}
            runs[blend] = [
                blended([(_at(shares[m], draw * _CASH_EVERY), runs[m][draw]) for m in parts])
                for draw in range(len(range(0, self.count, _CASH_EVERY)))
            ]
            likely[blend] = blended(
                [(self.expected(share), likely[m]) for m, share in parts.items()]
            )
        found: dict[ModelId, Cash] = {}
        for model in self.rulebook.models:
            low, month = lowest(likely[model.id])
            drawn = runs[model.id]
            ends = _percentiles([lowest(run)[0] for run in drawn])
            after: dict[int, Spread] = {}
            for end in (12, plan.months):
                sums = _percentiles([run[end] for run in drawn])
                after[end] = _spread(sums[0], likely[model.id][end], sums[2])
            found[model.id] = Cash(
                low=_spread(ends[0], low, ends[2]),
                month=month,
                is_falling=month == plan.months,
                after=after,
            )
        return found

    def _flows(self, plan: CashPlan, model: ModelId) -> list[CashFlow]:
        parts = {key: self.drawn.numbers(e) for key, e in _cash_parts(plan, model)}
        columns = [
            part[::_CASH_EVERY] if isinstance(part, list) else repeat(part)
            for part in parts.values()
        ]
        return [
            CashFlow(**dict(zip(parts, values, strict=True)))
            for values in islice(zip(*columns, strict=False), -(-self.count // _CASH_EVERY))
        ]

    def _likely_flow(self, plan: CashPlan, model: ModelId) -> CashFlow:
        return CashFlow(**{key: self.expected(e) for key, e in _cash_parts(plan, model)})

    @property
    def has_no_line(self) -> bool:
        """Whether no size of customer makes the field earn more."""
        figures = self.rulebook.figures
        return figures is not None and self._holds(figures.line.never)

    def line(self, figures: Figures) -> Line | None:
        """Return from which size of customer on the field earns more, if any size does."""
        plan = figures.line
        if self.has_no_line:
            return None
        value, low, high, break_even, spread = (
            self.expected(Name(name))
            for name in (plan.value, plan.low, plan.high, plan.break_even, plan.spread)
        )
        around = self.answers.values[plan.around]
        typical = self.expected(Name(plan.around))
        above = None
        if isinstance(around, Numbers) and typical > 0 and value > 0:
            above = share_above(value, typical, spread)
        return Line(
            value=value, low=low, high=high, break_even=break_even, above=above, spread=spread
        )


def share_above(line: float, typical: float, spread: float) -> Share:
    """Return which share of customers, and of their revenue, lies above `line`.

    Sizes are taken as log-normal about the typical one, four fifths of them between that size
    divided and multiplied by `spread`. Of a log-normal, the share of the sum above a line is that
    of the count above it, moved by one variance (Aitchison and Brown, The Lognormal Distribution,
    1957, theorem 2.6).
    """
    sigma = math.log(max(spread, 1.0001)) / _TENTH
    place = math.log(line / typical) / sigma
    return Share(customers=_above(place), revenue=_above(place - sigma))


def _above(place: float) -> float:
    """Return the share of a standard normal that lies above `place`."""
    return math.erfc(place / math.sqrt(2)) / 2


def _cash_parts(plan: CashPlan, model: ModelId) -> list[tuple[str, Expression]]:
    return [(key, getattr(plan, key)[model]) for key in CashFlow.__struct_fields__]


def _at(column: list[float] | float, draw: int) -> float:
    return column[draw] if isinstance(column, list) else column


def _percentiles(column: Sequence[float]) -> tuple[float, float, float]:
    ordered = sorted(column)
    last = len(ordered) - 1
    return ordered[round(_LOW * last)], ordered[round(last / 2)], ordered[round(_HIGH * last)]


def _spread(low: float, likely: float, high: float) -> Spread:
    """Return a range that holds the likely value, too.

    The least of several limits is most often below what the likely values give: an average plan
    misses.
    """
    return Spread(low=min(low, likely), likely=likely, high=max(high, likely))

"""Why a figure is what it is: its formula with the numbers filled in, and what it rests on."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from salesadvisor.advice.economics import Basis, FigureModel, Spread
from salesadvisor.language.possible import Numbers, Value, is_single
from salesadvisor.language.syntax import Name, names_in, to_source, with_names
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Formula, QuestionId, Rulebook
from salesadvisor.rulebook.known import known_values
from salesadvisor.text import Text

_SWINGS = 3


class Step(Struct, frozen=True, kw_only=True):
    """One formula on the way, with its numbers."""

    formula: Formula
    words: str
    filled: str  # the same with the numbers in place of the names
    value: Value


class Input(Struct, frozen=True, kw_only=True):
    """An answer or assumption that a figure rests on."""

    id: str
    basis: Basis
    value: Value  # as it stands
    range: Numbers | None  # of an assumption that is ours


class Swing(Struct, frozen=True, kw_only=True):
    """How far one input alone can move the figure."""

    id: str
    ends: tuple[float, float]  # of the input
    low: float
    high: float


class FigureAccount(Struct, frozen=True, kw_only=True):
    """Everything about one figure."""

    formula: Formula
    spread: Spread
    instead: Text | None  # said where the figure would mean nothing
    steps: tuple[Step, ...]  # the figure first, then what is behind it
    inputs: tuple[Input, ...]  # the founder's own first
    swings: tuple[Swing, ...]  # the largest first; none while an answer behind it is open


def account_for(rulebook: Rulebook, answers: Answers, id: str) -> FigureAccount:
    """Return how the formula `id` comes out on these answers."""
    figures = FigureModel(rulebook, answers)
    formula = rulebook.formula[id]
    inputs = sorted(_inputs(figures, id), key=lambda one: list(Basis).index(one.basis))
    return FigureAccount(
        formula=formula,
        spread=figures.spread(Name(id)),
        instead=figures.instead(id),
        steps=tuple(_steps(figures, id, set())),
        inputs=tuple(inputs),
        swings=tuple(_swings(figures, id)),
    )


def figure_ids(rulebook: Rulebook) -> tuple[str, ...]:
    """Return what can be asked for: every formula, and every figure for all its models."""
    return tuple(dict.fromkeys(n for f in rulebook.formulas for n in (f.figure, f.id)))


def _steps(figures: FigureModel, id: str, seen: set[str]) -> Iterator[Step]:
    if id in seen:
        return
    seen.add(id)
    formula = figures.rulebook.formula[id]
    names = names_in(formula.value)
    filled = with_names(formula.value, {name: _written(figures.known[name]) for name in names})
    yield Step(
        formula=formula,
        words=to_source(formula.value),
        filled=to_source(filled),
        value=figures.known[id],
    )
    for name in names:
        if name in figures.rulebook.formula:
            yield from _steps(figures, name, seen)


def _written(value: Value) -> str:
    """Return a value as it stands in a formula."""
    match value:
        case Numbers(low, high):
            ends = [f"{end:,.4f}".rstrip("0").rstrip(".") for end in (low, high)]
            return ends[0] if low == high else f"{ends[0]}…{ends[1]}"
        case _:
            options: frozenset[str] = getattr(value, "options", frozenset())
            return " | ".join(f"'{option}'" for option in sorted(options)) or "…"


def _inputs(figures: FigureModel, id: str) -> Iterator[Input]:
    for name, basis in figures.inputs_of((id,)):
        assumption = figures.rulebook.assumption.get(name)
        ours = assumption is not None and basis is not Basis.OWN
        yield Input(
            id=name,
            basis=basis,
            value=figures.known[name],
            range=assumption.range if assumption is not None and ours else None,
        )


def _swings(figures: FigureModel, id: str) -> list[Swing]:
    """Return the inputs that move a figure most, each moved alone from end to end."""
    asked = figures.rulebook.questions_behind((id,))
    if not all(is_single(figures.answers.values[QuestionId(name)]) for name in asked):
        return []
    found: list[Swing] = []
    for name, basis in figures.inputs_of((id,)):
        assumption = figures.rulebook.assumption.get(name)
        if assumption is None or basis is Basis.OWN:
            continue
        base = figures.known[name]
        assert isinstance(base, Numbers)
        factor = base.low / assumption.likely if assumption.likely else 1.0
        ends = (assumption.range.low * factor, assumption.range.high * factor)
        values = [_at(figures, id, name, end) for end in ends]
        if values[0] != values[1]:
            found.append(Swing(id=name, ends=ends, low=min(values), high=max(values)))
    found.sort(key=lambda swing: swing.low - swing.high)
    return found[:_SWINGS]


def _at(figures: FigureModel, id: str, name: str, value: float) -> float:
    answers = replace(
        figures.answers, assumptions={**figures.answers.assumptions, name: Numbers(value, value)}
    )
    known = known_values(figures.rulebook, answers.values, answers.assumptions)
    found = known[id]
    assert isinstance(found, Numbers)
    return found.low

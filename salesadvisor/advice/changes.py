"""What would change the advice, as people and scripts read it."""

import math
from collections.abc import Iterable

from salesadvisor.advice.definitions import Answer, TippingAdvice
from salesadvisor.advice.tipping import TippingPoint
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.rulebook.amounts import Money, first_sum
from salesadvisor.rulebook.definitions import Kind, NumberQuestion, Question, Rulebook
from salesadvisor.rulebook.writing import answer_text, sum_text


def explain_tipping_points(
    points: Iterable[TippingPoint], rulebook: Rulebook, money: Money
) -> tuple[TippingAdvice, ...]:
    """Return tipping points with their answers in words, sums in the currency of the answers."""
    return tuple(_explained(point, rulebook.question[point.question], money) for point in points)


def _explained(point: TippingPoint, question: Question, money: Money) -> TippingAdvice:
    at, keeps = point.at, point.keeps
    shown = answer_of(at, question, money)
    kept = None if keeps is None else answer_of(keeps, question, money)
    at_text = answer_text(at, question, money)
    if (
        isinstance(at, Numbers)
        and isinstance(question, NumberQuestion)
        and _converts(question, money)
    ):
        shown = first_sum(at.low, money, question.step, above=point.side == "above")
        step = float(question.step)
        kept = round(shown - step if point.side == "above" else shown + step, 2)
    if question.kind is Kind.MONEY and isinstance(shown, float):
        at_text = sum_text(_rounded(shown, above=point.side == "above"), money)
    return TippingAdvice(
        question=point.question, now=answer_of(point.now, question, money), at=shown, keeps=kept,
        side=point.side, becomes=point.becomes, distance=point.distance,
        now_text=answer_text(point.now, question, money), at_text=at_text,
    )  # fmt: skip


def _rounded(sum_: float, *, above: bool) -> float:
    """Return a sum to three digits, on the far side: to the cent it would pretend."""
    if not sum_:
        return sum_
    unit = 10.0 ** (math.floor(math.log10(abs(sum_))) - _DIGITS + 1)
    whole = sum_ / unit
    near = round(whole)
    if math.isclose(whole, near, rel_tol=1e-9):
        return float(near * unit)
    return float((math.ceil(whole) if above else math.floor(whole)) * unit)


_DIGITS = 3


def _converts(question: Question, money: Money) -> bool:
    return question.kind is Kind.MONEY and money.rate not in (None, 1)


def edges_of(values: Numbers, question: NumberQuestion, money: Money) -> tuple[float, float]:
    """Return the first and the last answer that is read as one of `values`, as it would be given."""
    if not _converts(question, money):
        return values.low, values.high
    return (
        first_sum(values.low, money, question.step, above=True),
        first_sum(values.high, money, question.step, above=False),
    )


def answer_of(value: Value, question: Question, money: Money) -> Answer:
    """Return an answer as a script reads it, sums in the currency of the answers.

    Raises:
        TypeError: it is no answer.
    """
    match value:
        case Numbers(low, high):
            rate = float(money.rate) if money.rate and _converts(question, money) else 1.0
            ends = (round(low / rate, 6), round(high / rate, 6))
            return ends[0] if low == high else ends
        case OneOf(options):
            ids = tuple(sorted(options))
            return ids[0] if len(ids) == 1 else ids
        case SomeOf(certain, possible):
            return tuple(id if id in certain else f"{id}?" for id in sorted(possible))
        case _:
            raise TypeError(value)

"""Figures as they are shown: to two digits, because what is behind them is a judgement."""

from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.amounts import Money, unit_text
from salesadvisor.rulebook.definitions import Kind, NumberQuestion
from salesadvisor.rulebook.writing import answer_text
from salesadvisor.text import Language, Text


def money_figure(value: Numbers, money: Money, currency: str) -> Text:
    """Return a sum that is stated in `currency`, in the currency of the answers.

    To two digits: it rests on assumptions, and more would pretend.
    """
    shown = f"{sum_figure(value, money)} {shown_currency(money, currency)}"
    return Text(shown, shown)


def shown_currency(money: Money, currency: str) -> str:
    """Return in which currency sums stated in `currency` are shown."""
    return money.currency if money.rate is not None else currency


def sum_figure(value: Numbers, money: Money) -> str:
    """Return a sum in the currency of the answers, to two digits, without naming it."""
    rate = float(money.rate) if money.rate is not None else 1.0
    return _span([f"{int(two_digits(end / rate)):,}" for end in (value.low, value.high)])


def figure_text(value: Numbers, unit: str | None, money: Money, currency: str) -> Text:
    """Return a figure with its unit, to two digits."""
    if unit == currency:
        return money_figure(value, money, currency)
    shown = plain_figure(value)
    if unit is None:
        return Text(shown, shown)
    if unit == "percent":
        return Text(f"{shown}%", f"{shown}%")
    words = unit_text(unit)
    return Text(f"{shown} {words.en}", f"{shown}{words[Language.ZH]}")


def plain_figure(value: Numbers) -> str:
    """Return a number or a range, to two digits."""
    return _span([_plain(end) for end in (value.low, value.high)])


def _plain(number: float) -> str:
    if 0 < abs(number) < _LEAST:
        return f"<{_LEAST}" if number > 0 else f">-{_LEAST}"
    return f"{two_digits(number):,.15g}"


_LEAST = 0.01
"""Anything smaller is as good as nothing, and its digits would look like much."""


def _span(ends: list[str]) -> str:
    if ends[0] == ends[1]:
        return ends[0]
    through = " – " if ends[1].startswith("-") or ends[0].startswith("-") else "–"
    return f"{ends[0]}{through}{ends[1]}"


def answer_figure(value: Numbers, question: NumberQuestion, money: Money, currency: str) -> Text:
    """Return an answer that was not given but computed, with its unit."""
    if question.kind is Kind.MONEY:
        return money_figure(value, money, currency)
    return answer_text(Numbers(two_digits(value.low), two_digits(value.high)), question, money)


def two_digits(number: float) -> float:
    """Return `number` rounded to two significant digits."""
    return float(f"{number:.2g}")

"""Figures as they are shown: to two digits, because what is behind them is a judgement."""

from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.amounts import Money
from salesadvisor.rulebook.definitions import Kind, NumberQuestion
from salesadvisor.rulebook.writing import answer_text
from salesadvisor.text import Text


def money_figure(value: Numbers, money: Money, currency: str) -> Text:
    """Return a sum that is stated in `currency`, in the currency of the answers.

    To two digits: it rests on assumptions, and more would pretend.
    """
    rate = float(money.rate) if money.rate is not None else 1.0
    shown_in = money.currency if money.rate is not None else currency
    ends = [f"{int(two_digits(end / rate)):,}" for end in (value.low, value.high)]
    shown = ends[0] if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}"
    return Text(f"{shown} {shown_in}", f"{shown} {shown_in}")


def answer_figure(value: Numbers, question: NumberQuestion, money: Money, currency: str) -> Text:
    """Return an answer that was not given but computed, with its unit."""
    if question.kind is Kind.MONEY:
        return money_figure(value, money, currency)
    return answer_text(Numbers(two_digits(value.low), two_digits(value.high)), question, money)


def two_digits(number: float) -> float:
    """Return `number` rounded to two significant digits."""
    return float(f"{number:.2g}")

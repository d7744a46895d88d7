"""Writes an answer: for a file, so that it is read back the same, and in words for people."""

from decimal import Decimal

from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.rulebook.amounts import Money, plain_number, unit_text
from salesadvisor.rulebook.definitions import ChoiceQuestion, Kind, NumberQuestion, Question
from salesadvisor.text import Language, Text


def write_answer(value: Value, question: Question) -> str:
    """Return `value` as it is written in an answer file: what `read_answer` reads back.

    Raises:
        TypeError: it is no answer to the question.
    """
    match value, question:
        case Numbers(low, high), NumberQuestion(domain=domain):
            sign = "%" if question.kind is Kind.PERCENT else ""
            if low == high:
                return write_number(low) + sign
            start = write_number(low) + sign if low > domain.low else ""
            end = write_number(high) + sign if high < domain.high else ""
            return f"{start}..{end}" if start or end else "unknown"
        case OneOf(options), ChoiceQuestion(options=known):
            ids = [id for id in known if id in options]
            return ids[0] if len(ids) == 1 else f"[{', '.join(ids)}]"
        case SomeOf(certain, possible), ChoiceQuestion(options=known):
            marked = [id if id in certain else f"{id}?" for id in known if id in possible]
            return f"[{', '.join(marked)}]"
        case _:
            raise TypeError(f"{value} does not answer {question.id}")


def write_number(value: float) -> str:
    """Return a number as people write it: no exponent, no trailing zero."""
    return plain_number(Decimal(repr(value)))


def _grouped(number: Decimal, rate: Decimal) -> str:
    """Return a number with groups of three digits: `20,000`.

    A sum that was converted is shown to six digits: converting back leaves some dust.
    """
    if rate != 1:
        number = Decimal(f"{number / rate:.6g}")
    return f"{Decimal(plain_number(round(number, 2))):,}"


def sum_text(number: float, money: Money) -> Text:
    """Return a sum in `money`, to its last digit."""
    shown = f"{Decimal(plain_number(round(Decimal(repr(number)), 2))):,} {money.currency}"
    return Text(shown, shown)


def answer_text(value: Value, question: Question, money: Money) -> Text:
    """Return `value` in words, with its unit, so that a slip is seen at once.

    Sums are shown in the currency that they were given in.

    Raises:
        TypeError: it is no answer to the question.
    """
    match value, question:
        case Numbers(low, high), NumberQuestion():
            rate = money.rate if question.kind is Kind.MONEY and money.rate else Decimal(1)
            ends = [_grouped(Decimal(write_number(end)), rate) for end in (low, high)]
            shown = ends[0] if low == high else f"{ends[0]}–{ends[1]}"
            match question.kind:
                case Kind.PERCENT:
                    return Text(f"{shown}%", f"{shown}%")
                case Kind.MONEY:
                    # Without a rate a sum can only be the rulebook's own.
                    currency = money.currency if money.rate else question.unit
                    return Text(f"{shown} {currency}", f"{shown} {currency}")
                case Kind.SCALE:
                    anchor = question.anchors.get(int(low)) if low == high else None
                    if anchor is None:
                        return Text(shown, shown)
                    return Text(f"{shown} ({anchor.en})", f"{shown}（{anchor[Language.ZH]}）")
                case _:
                    unit = unit_text(question.unit or "", one=shown == "1")
                    return Text(f"{shown} {unit.en}".strip(), f"{shown} {unit.zh}".strip())
        case OneOf(options), ChoiceQuestion(options=labels):
            named = [labels[id] for id in labels if id in options]
            return Text(" or ".join(t.en for t in named), " 或 ".join(t.zh or t.en for t in named))
        case SomeOf(certain, possible), ChoiceQuestion(options=labels):
            named = [
                Text(t.en, t.zh or t.en) if id in certain else Text(f"{t.en}?", f"{t.zh or t.en}?")
                for id, t in labels.items()
                if id in possible
            ]
            return Text(", ".join(t.en for t in named), "、".join(t.zh for t in named))
        case _:
            raise TypeError(f"{value} does not answer {question.id}")

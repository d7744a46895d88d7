"""What is taken back when customers leave, or never pay: by difference, so order doesn't matter."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from salesadvisor.commission.coins import split_coins, to_coins
from salesadvisor.commission.definitions import Clawback, Deal, Plan
from salesadvisor.commission.payout import pay_for

_MOST_A_MONTH = Fraction(1, 4)
"""Of a month's variable pay at target: more is not taken at once."""


class TakenBack(Struct, frozen=True, kw_only=True):
    """What one cancelled deal costs its seller."""

    deal: Deal
    value: Decimal  # what the deal had paid: the book with it less the book without it
    days: int  # from signature to cancellation
    taken: Decimal
    shares: tuple[tuple[str, Decimal], ...]  # where several had a share in it
    months: int  # over which it is taken


def deal_pay(plan: Plan, deals: Sequence[Deal]) -> Fraction:
    """Return what deals of one period pay; of one year, where tiers count the year so far."""
    total = sum((deal.value for deal in deals), Fraction(0))
    return pay_for(plan, [total], plan.period.a_year if plan.year_to_date else 1).pay


def books_of(plan: Plan, deals: Sequence[Deal]) -> list[list[Deal]]:
    """Return the deals that are paid together: those signed in one period, or in one year."""
    months = 12 if plan.year_to_date else plan.period.months
    books: dict[tuple[int, int], list[Deal]] = {}
    for deal in deals:
        books.setdefault((deal.signed.year, (deal.signed.month - 1) // months), []).append(deal)
    return list(books.values())


def take_back(plan: Plan, deals: Sequence[Deal]) -> tuple[TakenBack, ...]:
    """Return what the cancelled deals cost: by date, then by id.

    The value of a deal is the pay of its book before it is cancelled less the pay after, so that
    accelerators unwind as they were earned.
    """
    found = [back for book in books_of(plan, deals) for back in _take_back(plan, book)]
    return tuple(sorted(found, key=lambda back: (back.deal.cancelled or date.max, back.deal.id)))


def _take_back(plan: Plan, deals: Sequence[Deal]) -> Iterator[TakenBack]:
    book = list(deals)
    cancelled = [(deal.cancelled, deal) for deal in deals if deal.cancelled is not None]
    for day, deal in sorted(cancelled, key=lambda pair: (pair[0], pair[1].id)):
        before = deal_pay(plan, book)
        book.remove(deal)
        value = before - deal_pay(plan, book)
        days = (day - deal.signed).days
        part = _part(plan.clawback, days, is_paid=deal.is_paid)
        taken = to_coins(value * part, plan.currency, plan.rounding)
        parts = split_coins(taken, [share.part for share in deal.shares], plan.currency)
        yield TakenBack(
            deal=deal,
            value=to_coins(value, plan.currency, plan.rounding),
            days=days,
            taken=taken,
            shares=tuple(
                (share.person, amount) for share, amount in zip(deal.shares, parts, strict=True)
            ),
            months=_months(plan, taken),
        )


def _part(clawback: Clawback | None, days: int, *, is_paid: bool) -> Fraction:
    """Return which part of a deal's pay is taken back, from 1 down to 0."""
    if clawback is None:
        return Fraction(0)
    if not is_paid and clawback.full_if_unpaid:
        return Fraction(1)
    if days >= clawback.days:
        return Fraction(0)
    return Fraction(clawback.days - days, clawback.days) if clawback.linear else Fraction(1)


def _months(plan: Plan, taken: Decimal) -> int:
    most = Fraction(plan.variable) / 12 * _MOST_A_MONTH
    return -(-Fraction(taken) // most) if most and taken else 0

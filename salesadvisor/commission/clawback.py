"""What is taken back when customers leave, or never pay: by difference, so order doesn't matter."""

from collections.abc import Sequence
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
    """Return what a period with these deals pays."""
    return pay_for(plan, [sum((deal.value for deal in deals), Fraction(0))]).pay


def take_back(plan: Plan, deals: Sequence[Deal]) -> tuple[TakenBack, ...]:
    """Return what the cancelled deals of one period cost: by date, then by id.

    The value of a deal is the pay of the book before it is cancelled less the pay after, so that
    accelerators unwind as they were earned.
    """
    book = list(deals)
    found: list[TakenBack] = []
    cancelled = [(deal.cancelled, deal) for deal in deals if deal.cancelled is not None]
    for day, deal in sorted(cancelled, key=lambda pair: (pair[0], pair[1].id)):
        before = deal_pay(plan, book)
        book.remove(deal)
        value = before - deal_pay(plan, book)
        days = (day - deal.signed).days
        part = _part(plan.clawback, days, is_paid=deal.is_paid)
        taken = to_coins(value * part, plan.currency, plan.rounding)
        parts = split_coins(taken, [share.part for share in deal.shares], plan.currency)
        found.append(
            TakenBack(
                deal=deal,
                value=to_coins(value, plan.currency, plan.rounding),
                days=days,
                taken=taken,
                shares=tuple(
                    (share.person, amount) for share, amount in zip(deal.shares, parts, strict=True)
                ),
                months=_months(plan, taken),
            )
        )
    return tuple(found)


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

"""A year of results -> what is earned and paid period by period: tiers, shortfalls, ramp, draws."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from salesadvisor.commission.coins import to_coins
from salesadvisor.commission.definitions import Draw, DrawKind, Plan
from salesadvisor.commission.payout import Payout, pay_for

_ZERO = Fraction(0)
_CARRIED_PERIODS = 2


class PeriodPay(Struct, frozen=True, kw_only=True):
    """What one period pays."""

    number: int  # from 1
    results: tuple[Fraction, ...]  # as they were reached
    counted: tuple[Fraction, ...]  # with the shortfall of earlier periods; the year so far
    payout: Payout
    earned: Decimal
    guaranteed: Decimal | None  # by a ramp
    advance: Decimal | None  # by a draw
    paid: Decimal
    balance: Decimal  # of a recoverable draw, after the period


def pay_year(plan: Plan, results: Sequence[tuple[Fraction, ...]]) -> tuple[PeriodPay, ...]:
    """Return what each period earns and pays.

    Where tiers count the year so far, it is measured against the quota of the whole year: a period
    pays what the year so far pays, less what was paid before, and never less than nothing. Each
    year begins anew. Else a period in which returns exceed sales pays nothing, and its shortfall
    is carried for two periods at most.

    Args:
        plan: The plan.
        results: By period, from the first on; one for each goal.
    """
    found: list[PeriodPay] = []
    earned_so_far, balance = Decimal(0), Decimal(0)
    so_far = [_ZERO] * len(plan.goals)
    shortfalls = _Shortfalls(len(plan.goals))
    for number, reached in enumerate(results, start=1):
        if plan.year_to_date and number % plan.period.a_year == 1 % plan.period.a_year:
            so_far, earned_so_far = [_ZERO] * len(plan.goals), Decimal(0)
        if plan.year_to_date:
            so_far = [one + other for one, other in zip(so_far, reached, strict=True)]
            counted = tuple(so_far)
            payout = pay_for(plan, counted, plan.period.a_year)
            total = to_coins(payout.pay, plan.currency, plan.rounding)
            earned = max(total - earned_so_far, Decimal(0))
        else:
            counted = shortfalls.count(reached)
            payout = pay_for(plan, counted)
            earned = to_coins(payout.pay, plan.currency, plan.rounding)
        earned_so_far += earned
        guaranteed = _guaranteed(plan, number)
        advance = None if plan.draw is None else _advance(plan, plan.draw, number)
        due = max(earned, guaranteed or Decimal(0))
        paid, balance = _with_draw(plan.draw, due, advance, balance)
        found.append(
            PeriodPay(
                number=number, results=reached, counted=counted, payout=payout, earned=earned,
                guaranteed=guaranteed, advance=advance, paid=paid, balance=balance,
            )
        )  # fmt: skip
    return tuple(found)


class _Shortfalls:
    """What is carried from periods that ended below zero, goal by goal."""

    def __init__(self, goals: int) -> None:
        self.carried = [(_ZERO, 0)] * goals  # how much, and for how many periods already

    def count(self, reached: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        """Return the results that count, and carry what is still missing."""
        counted = []
        for goal, result in enumerate(reached):
            missing, age = self.carried[goal]
            sum_ = result + missing
            if sum_ >= 0 or (result >= 0 and age >= _CARRIED_PERIODS):
                self.carried[goal] = (_ZERO, 0)
            elif age >= _CARRIED_PERIODS:
                self.carried[goal] = (result, 1)  # the old one lapses
            else:
                self.carried[goal] = (sum_, age + 1)
            counted.append(sum_)
        return tuple(counted)


def _guaranteed(plan: Plan, number: int) -> Decimal | None:
    """Return what the ramp guarantees in a period, month by month; None after it."""
    months = range((number - 1) * plan.period.months, number * plan.period.months)
    shares = [plan.ramp[month] for month in months if month < len(plan.ramp)]
    if not shares:
        return None
    exact = sum(shares, _ZERO) * Fraction(plan.variable) / 12
    return to_coins(exact, plan.currency, plan.rounding)


def _advance(plan: Plan, draw: Draw, number: int) -> Decimal | None:
    first = (number - 1) * plan.period.months
    months = min(plan.period.months, draw.months - first)
    return draw.amount * months if months > 0 else None


def _with_draw(
    draw: Draw | None, earned: Decimal, advance: Decimal | None, balance: Decimal
) -> tuple[Decimal, Decimal]:
    """Return what is paid and the balance after it; what is advanced is set off later."""
    if draw is None:
        return earned, Decimal(0)
    least = advance if advance is not None else Decimal(0)
    if draw.kind is DrawKind.NON_RECOVERABLE:
        return max(least, earned), Decimal(0)
    paid = max(least, earned - balance)
    return paid, balance + paid - earned

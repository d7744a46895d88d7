"""Everything that follows from one plan, worked out once for every renderer."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from salesadvisor.commission.clawback import TakenBack, books_of, deal_pay, take_back
from salesadvisor.commission.coins import split_coins, to_coins
from salesadvisor.commission.definitions import Deal, Plan
from salesadvisor.commission.payout import Payout, at_attainment, attainment_for
from salesadvisor.commission.remarks import Remark, remarks_on
from salesadvisor.commission.team import TeamCost, team_cost
from salesadvisor.commission.year import PeriodPay, pay_year

USUAL_LEVELS = tuple(Fraction(percent, 100) for percent in (0, 50, 80, 100, 120, 150))


class Level(Struct, frozen=True, kw_only=True):
    """What one attainment pays, over what is counted together."""

    attainment: Fraction
    results: tuple[Fraction, ...]  # for each goal
    payout: Payout
    variable: Decimal
    with_base: Decimal


class Wanted(Struct, frozen=True, kw_only=True):
    """What has to be reached for the earnings that are asked for."""

    earnings: Decimal  # a year, base included
    attainment: Fraction | None  # every period alike; None: no attainment earns so much
    results: tuple[Fraction, ...]  # in a period


class SplitPay(Struct, frozen=True, kw_only=True):
    """What a deal pays each of those who share it, at the rate up to 100 %."""

    deal: Deal
    pay: Decimal
    shares: tuple[tuple[str, Decimal], ...]


class Account(Struct, frozen=True, kw_only=True):
    """A plan and what follows from it."""

    plan: Plan
    levels: tuple[Level, ...]
    wanted: Wanted | None
    periods: tuple[PeriodPay, ...]  # where the plan has results
    splits: tuple[SplitPay, ...]  # where it has deals that are shared
    taken_back: tuple[TakenBack, ...]  # where it has deals that were cancelled
    book_pay: Decimal | None  # what all its deals together pay
    team: TeamCost
    remarks: tuple[Remark, ...]


def account_of(plan: Plan, levels: Sequence[Fraction] = (), earn: Decimal | None = None) -> Account:
    """Return everything that follows from a plan.

    Args:
        plan: A checked plan.
        levels: Attainments to show; the usual ones for none.
        earn: Earnings a year that somebody wants to reach, base included.
    """
    single = len(plan.goals) == 1
    return Account(
        plan=plan,
        levels=tuple(_level(plan, level) for level in levels or USUAL_LEVELS),
        wanted=None if earn is None else _wanted(plan, earn),
        periods=pay_year(plan, plan.results),
        splits=tuple(_split(plan, deal) for deal in plan.deals if deal.shares) if single else (),
        taken_back=take_back(plan, plan.deals) if single else (),
        book_pay=_book(plan) if single and plan.deals else None,
        team=team_cost(plan),
        remarks=remarks_on(plan),
    )


def _level(plan: Plan, attainment: Fraction) -> Level:
    payout = at_attainment(plan, attainment)
    variable = to_coins(payout.pay, plan.currency, plan.rounding)
    base = to_coins(Fraction(plan.base) / plan.counted.a_year, plan.currency, plan.rounding)
    return Level(
        attainment=attainment,
        results=tuple(goal.quota * plan.span * attainment for goal in plan.goals),
        payout=payout,
        variable=variable,
        with_base=base + variable,
    )


def _wanted(plan: Plan, earnings: Decimal) -> Wanted:
    pay = Fraction(earnings - plan.base) / plan.counted.a_year
    attainment = attainment_for(plan, pay)
    return Wanted(
        earnings=earnings,
        attainment=attainment,
        results=()
        if attainment is None
        else tuple(goal.quota * plan.span * attainment for goal in plan.goals),
    )


def _split(plan: Plan, deal: Deal) -> SplitPay:
    pay = to_coins(deal.value * plan.rate_of(plan.goals[0]), plan.currency, plan.rounding)
    parts = split_coins(pay, [share.part for share in deal.shares], plan.currency)
    named = zip(deal.shares, parts, strict=True)
    return SplitPay(deal=deal, pay=pay, shares=tuple((s.person, amount) for s, amount in named))


def _book(plan: Plan) -> Decimal:
    pays = (deal_pay(plan, book) for book in books_of(plan, plan.deals))
    return sum((to_coins(pay, plan.currency, plan.rounding) for pay in pays), Decimal(0))

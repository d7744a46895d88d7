"""What a plan costs: at several attainments of the whole team, and where sellers differ."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from salesadvisor.commission.coins import to_coins
from salesadvisor.commission.definitions import Plan
from salesadvisor.commission.payout import at_attainment

LEVELS = tuple(Fraction(percent, 100) for percent in (60, 80, 100, 120, 150))


class TeamCost(Struct, frozen=True, kw_only=True):
    """Variable pay of a team in one period."""

    levels: tuple[tuple[Fraction, Decimal], ...]  # if all stood at this attainment
    sellers: int
    spread: tuple[tuple[Fraction, Decimal], ...]  # each seller's, as the plan says
    spread_total: Decimal
    even_total: Decimal  # if all stood at their mean
    cost_of_sale: Fraction | None  # earnings at target over a year's quota


def team_cost(plan: Plan) -> TeamCost:
    """Return what variable pay costs; with accelerators, spread costs money."""
    sellers = max(1, len(plan.team))
    spread = tuple((attainment, _pay(plan, attainment)) for attainment in plan.team)
    mean = sum(plan.team, Fraction(0)) / sellers
    goal = plan.goals[0]
    yearly = goal.quota * plan.period.a_year
    priced = len(plan.goals) == 1 and goal.measure.is_money
    return TeamCost(
        levels=tuple((level, _pay(plan, level) * sellers) for level in LEVELS),
        sellers=sellers,
        spread=spread,
        spread_total=_total([pay for _, pay in spread]),
        even_total=_pay(plan, mean) * sellers if plan.team else Decimal(0),
        cost_of_sale=Fraction(plan.ote) / yearly if priced else None,
    )


def _pay(plan: Plan, attainment: Fraction) -> Decimal:
    return to_coins(at_attainment(plan, attainment).pay, plan.currency, plan.rounding)


def _total(pays: Sequence[Decimal]) -> Decimal:
    return sum(pays, Decimal(0))

"""Result -> variable pay of one period, slice by slice; and the result that a pay needs."""

from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from salesadvisor.commission.definitions import Goal, Plan, Tier

_ZERO, _ONE = Fraction(0), Fraction(1)


class Slice(Struct, frozen=True, kw_only=True):
    """The part of a result that lies inside one tier."""

    start: Fraction  # attainment
    end: Fraction
    amount: Fraction  # of the measure
    rate: Fraction  # paid for one unit
    times: Fraction  # the base rate
    pay: Fraction


class Payout(Struct, frozen=True, kw_only=True):
    """Variable pay of one period."""

    attainments: tuple[Fraction, ...]  # for each goal
    slices: tuple[tuple[Slice, ...], ...]  # likewise
    uncapped: Fraction
    pay: Fraction


def tiers_of(goal: Goal) -> tuple[Tier, ...]:
    """Return every tier from zero on.

    A decelerator keeps its promise: with multiplier m up to e, the rest of the way to 100 % pays
    (1 - e * m) / (1 - e), so that 100 % pays exactly the target.
    """
    slow = goal.decelerator
    if slow is None:
        return (Tier(_ZERO, _ONE), *goal.tiers)
    rest = (_ONE - slow.until * slow.pays) / (_ONE - slow.until)
    made_up = () if goal.tiers and goal.tiers[0].start == 1 else (Tier(_ONE, _ONE),)
    return (Tier(_ZERO, slow.pays), Tier(slow.until, rest), *made_up, *goal.tiers)


def pay_for(plan: Plan, results: Sequence[Fraction], periods: int = 1) -> Payout:
    """Return what these results of one period pay; below zero they count as nothing.

    Only the slice inside a tier gets that tier's multiplier: past deals are never re-rated.

    Args:
        plan: The plan.
        results: One for each goal, in units of its measure.
        periods: Over how many periods they were reached: quota and target grow with them.
    """
    found = [
        _slices(plan, goal, max(result, _ZERO), periods)
        for goal, result in zip(plan.goals, results, strict=True)
    ]
    uncapped = sum((part.pay for parts in found for part in parts), _ZERO)
    cap = None if plan.cap is None else Fraction(plan.cap) * periods
    return Payout(
        attainments=tuple(
            result / (goal.quota * periods)
            for goal, result in zip(plan.goals, results, strict=True)
        ),
        slices=tuple(found),
        uncapped=uncapped,
        pay=uncapped if cap is None else min(uncapped, cap),
    )


def _slices(plan: Plan, goal: Goal, result: Fraction, periods: int) -> tuple[Slice, ...]:
    quota, target = goal.quota * periods, plan.variable_of(goal) * periods
    reached = result / quota
    tiers = tiers_of(goal)
    ends = [*(tier.start for tier in tiers[1:]), None]
    found = []
    for tier, end in zip(tiers, ends, strict=True):
        top = reached if end is None else min(reached, end)
        if top > tier.start:
            width = top - tier.start
            found.append(
                Slice(
                    start=tier.start, end=top, amount=width * quota,
                    rate=target * tier.pays / quota, times=tier.pays,
                    pay=width * tier.pays * target,
                )
            )  # fmt: skip
    return tuple(found)


def at_attainment(plan: Plan, attainment: Fraction) -> Payout:
    """Return what is paid where every goal is reached so far, over what is counted together."""
    return pay_for(plan, [goal.quota * plan.span * attainment for goal in plan.goals], plan.span)


def attainment_for(plan: Plan, pay: Fraction) -> Fraction | None:
    """Return the least attainment, of every goal alike, that pays `pay` over what is counted.

    None where no attainment does: above a cap, or where there is no variable pay.
    """
    if pay <= 0:
        return _ZERO
    if plan.cap is not None and pay > Fraction(plan.cap) * plan.span:
        return None
    # All goals rise together: between two borders of any of them, pay is a straight line.
    borders = sorted({tier.start for goal in plan.goals for tier in tiers_of(goal)})
    for start, end in zip(borders, [*borders[1:], None], strict=True):
        low = at_attainment(plan, start).uncapped
        slope = (
            sum((plan.variable_of(goal) * _times_above(goal, start) for goal in plan.goals), _ZERO)
            * plan.span
        )
        if slope and (end is None or pay <= low + slope * (end - start)):
            return start + (pay - low) / slope
    return None


def _times_above(goal: Goal, attainment: Fraction) -> Fraction:
    """Return the multiplier just above an attainment."""
    return [tier.pays for tier in tiers_of(goal) if tier.start <= attainment][-1]


def cap_starts(plan: Plan) -> Fraction | None:
    """Return the attainment from which on more results pay nothing; None without a cap."""
    return None if plan.cap is None else attainment_for(plan, Fraction(plan.cap) * plan.span)

"""What holds for every legal plan."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.commission.clawback import deal_pay, take_back
from salesadvisor.commission.coins import places_of, split_coins, to_coins
from salesadvisor.commission.definitions import Clawback, Deal, Goal, Plan
from salesadvisor.commission.payout import (
    at_attainment,
    attainment_for,
    cap_starts,
    pay_for,
    tiers_of,
)
from salesadvisor.commission.year import pay_year
from tests.commission.plans import guarded, plans

MORE = settings(max_examples=150)
shares = st.integers(0, 400).map(lambda percent: Fraction(percent, 100))
sums = st.integers(0, 10**8).map(lambda cents: Fraction(cents, 100))


def by_small_steps(goal: Goal, plan: Plan, result: Fraction) -> Fraction:
    """Return the pay for one measure by walking through its tiers, as a person would."""
    left, paid, at = result, Fraction(0), Fraction(0)
    borders = [tier.start * goal.quota for tier in tiers_of(goal)][1:]
    times = [tier.pays for tier in tiers_of(goal)]
    for border, multiplier in zip([*borders, None], times, strict=True):
        room = left if border is None else min(left, border - at)
        paid += room * multiplier * plan.rate_of(goal)
        left, at = left - room, at + room
    return paid


@MORE
@given(plan=plans())
def test_reaching_the_quota_pays_exactly_the_target(plan: Plan) -> None:
    """Whatever tiers and decelerators there are."""
    assert at_attainment(plan, Fraction(1)).pay == plan.variable_a_period * plan.span
    assert at_attainment(plan, Fraction(0)).pay == 0


@MORE
@given(plan=plans(), results=st.lists(sums, min_size=3, max_size=3))
def test_slices_are_what_a_person_would_count(plan: Plan, results: list[Fraction]) -> None:
    """Each tier's part of the result, times its rate."""
    used = results[: len(plan.goals)]

    by_hand = sum(
        (by_small_steps(g, plan, r) for g, r in zip(plan.goals, used, strict=True)), Fraction(0)
    )
    assert pay_for(plan, used).pay == by_hand


@MORE
@given(plan=plans(), one=shares, other=shares)
def test_pay_never_falls_and_never_jumps(plan: Plan, one: Fraction, other: Fraction) -> None:
    """More sales never pay less; the slope is at most the highest multiplier."""
    low, high = sorted((one, other))
    paid = at_attainment(plan, high).pay - at_attainment(plan, low).pay
    steepest = max(tier.pays for goal in plan.goals for tier in tiers_of(goal))

    assert 0 <= paid <= (high - low) * steepest * plan.variable_a_period * plan.span


@MORE
@given(plan=plans(), attainment=shares, cap=st.decimals(0, 100_000, places=2))
def test_a_cap_cuts_and_nothing_else(plan: Plan, attainment: Fraction, cap: Decimal) -> None:
    """Pay is the smaller of the two, and the place where the cap begins is right."""
    capped = replace(plan, cap=cap)
    free = at_attainment(plan, attainment).pay

    assert at_attainment(capped, attainment).pay == min(free, Fraction(cap) * plan.span)
    starts = cap_starts(capped)
    if starts is not None:
        assert at_attainment(plan, starts).pay == Fraction(cap) * plan.span


@MORE
@given(plan=plans(), attainment=shares)
def test_the_inverse_undoes_pay(plan: Plan, attainment: Fraction) -> None:
    """What must be reached for a pay pays it, and nothing less does."""
    pay = at_attainment(plan, attainment).pay
    found = attainment_for(plan, pay)

    assert found is not None
    assert at_attainment(plan, found).pay == pay
    assert found <= attainment
    flat = any(tier.pays == 0 for goal in plan.goals for tier in tiers_of(goal))
    if plan.variable > 0 and not flat:
        assert found == attainment


@MORE
@given(
    plan=plans(single=True),
    values=st.lists(sums, min_size=1, max_size=6),
    cut=st.integers(0, 100),
    order=st.randoms(use_true_random=False),
)
def test_order_and_splitting_of_deals_change_nothing(
    plan: Plan, values: list[Fraction], cut: int, order: object
) -> None:
    """One deal or two, first or last: the period pays the same."""
    day = date(2025, 1, 1)

    def deals(parts: list[Fraction]) -> list[Deal]:
        return [
            Deal(id=str(i), value=v, signed=day, cancelled=None, is_paid=True, shares=())
            for i, v in enumerate(parts)
        ]

    first = values[0]
    divided = [first * cut / 100, first * (100 - cut) / 100, *values[1:]]
    order.shuffle(divided)  # type: ignore[attr-defined]  # a Random
    assert deal_pay(plan, deals(values)) == deal_pay(plan, deals(divided))


@MORE
@given(
    total=st.integers(-(10**9), 10**9),
    weights=st.lists(st.integers(0, 1000), min_size=1, max_size=7).filter(any),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
)
def test_split_payments_add_up(total: int, weights: list[int], currency: str) -> None:
    """To the smallest coin, and nobody is more than one coin off."""
    whole = Decimal(total).scaleb(-places_of(currency))
    parts = [Fraction(weight, sum(weights)) for weight in weights]
    paid = split_coins(whole, parts, currency)
    coin = Fraction(1, 10 ** places_of(currency))

    assert sum(paid) == whole
    for amount, part in zip(paid, parts, strict=True):
        assert abs(Fraction(amount) - Fraction(whole) * part) < coin


@MORE
@given(plan=guarded(), results=st.lists(sums, min_size=1, max_size=12))
def test_guarantees(plan: Plan, results: list[Fraction]) -> None:
    """A ramp pays at least what is earned; a recoverable draw pays it back in the end."""
    year = pay_year(plan, [(result,) for result in results])
    paid, earned = sum(p.paid for p in year), sum(p.earned for p in year)

    assert paid >= earned
    if plan.draw is None:
        assert all(p.paid >= p.earned for p in year)
        assert all(p.paid == max(p.earned, p.guaranteed or 0) for p in year)
    elif plan.draw.kind.value == "recoverable":
        assert paid - earned == year[-1].balance
        assert all(p.balance >= 0 for p in year)


@MORE
@given(plan=plans(), data=st.data())
def test_the_year_so_far_pays_what_the_year_pays(plan: Plan, data: st.DataObject) -> None:
    """Payments of the periods add to the pay for all of them."""
    plan = replace(plan, year_to_date=True)
    count = plan.period.a_year
    results = [
        tuple(data.draw(sums) for _ in plan.goals) for _ in range(data.draw(st.integers(1, count)))
    ]
    year = pay_year(plan, results)

    totals = [sum(column, Fraction(0)) for column in zip(*results, strict=True)]
    whole = to_coins(pay_for(plan, totals, count).pay, plan.currency)
    assert sum(p.paid for p in year) == whole
    # The next year begins anew.
    again = pay_year(plan, [*results, *[results[0]] * (count - len(results)), results[0]])
    assert again[-1].paid == year[0].paid


@MORE
@given(
    plan=plans(single=True),
    values=st.lists(sums, min_size=1, max_size=5),
    window=st.integers(1, 400),
    later=st.integers(0, 500),
)
def test_clawback(plan: Plan, values: list[Fraction], window: int, later: int) -> None:
    """In full on the first day, nothing after the last, less every day, never more than was paid."""
    day = date(2025, 1, 1)
    plan = replace(plan, clawback=Clawback(days=window, full_if_unpaid=True, linear=True))

    def taken(days: int, *, paid: bool = True) -> Decimal:
        deals = [
            Deal(
                id=str(i), value=v, signed=day, is_paid=paid, shares=(),
                cancelled=day + timedelta(days=days) if i == 0 else None,
            )
            for i, v in enumerate(values)
        ]  # fmt: skip
        (back,) = take_back(plan, deals)
        assert 0 <= back.taken <= back.value
        return back.taken

    assert taken(window) == 0
    assert taken(0) >= taken(later) >= taken(later + 1) >= 0
    assert taken(later, paid=False) == taken(0)


@MORE
@given(plan=plans(), attainment=shares)
def test_the_currency_is_a_label(plan: Plan, attainment: Fraction) -> None:
    """Another currency changes no exact number, and a payment by less than its smallest coin."""
    pay = at_attainment(plan, attainment).pay
    for currency in ("USD", "JPY", "KWD"):
        other = replace(plan, currency=currency)
        assert at_attainment(other, attainment).pay == pay
        coin = Fraction(1, 10 ** places_of(currency))
        assert abs(Fraction(to_coins(pay, currency)) - pay) <= coin / 2

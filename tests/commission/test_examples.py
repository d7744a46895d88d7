"""The worked examples, to the coin: computed by hand from the plan's own words."""

from decimal import Decimal
from fractions import Fraction

import pytest

from salesadvisor.commission.account import account_of
from salesadvisor.commission.clawback import take_back
from salesadvisor.commission.coins import split_coins, to_coins
from salesadvisor.commission.definitions import Plan, Rounding
from salesadvisor.commission.payout import attainment_for, pay_for
from salesadvisor.commission.team import team_cost
from salesadvisor.commission.year import pay_year
from tests.commission.plans import AE, plan_of


def pay(plan: Plan, *results: float) -> str:
    """Return what a period with these results pays."""
    exact = pay_for(plan, [Fraction(str(result)) for result in results]).pay
    return f"{to_coins(exact, plan.currency):,}"


@pytest.mark.parametrize(
    ("sales", "paid"),
    [
        (0, "0.00"), (150_000, "15,000.00"), (300_000, "30,000.00"), (480_000, "48,000.00"),
        (599_999, "59,999.90"), (600_000, "60,000.00"), (660_000, "69,000.00"),
        (750_000, "82,500.00"), (900_000, "112,500.00"),
    ],
)  # fmt: skip
def test_marginal_tiers(sales: int, paid: str) -> None:
    """Only the slice inside a tier gets its multiplier; 599,999 is not 100 %."""
    assert pay(plan_of(AE), sales) == paid


@pytest.mark.parametrize(
    ("sales", "paid"),
    [
        (150_000, "9,000.00"), (300_000, "18,000.00"), (450_000, "39,000.00"),
        (600_000, "60,000.00"), (750_000, "82,500.00"),
    ],
)  # fmt: skip
def test_a_decelerator_keeps_its_promise(sales: int, paid: str) -> None:
    """Half pays 0.6, the rest of the way 1.4: together the full target."""
    plan = plan_of(AE + "decelerator: {until: 50%, pays: 0.6}")

    assert pay(plan, sales) == paid


QUARTERS = """
ote: 120_000
base_share: 50%
measure: acv_booked
quota: 150_000
period: quarter
tiers: [{from: 100%, pays: 1.5}, {from: 125%, pays: 2}]
results: [90_000, 150_000, 180_000, 210_000]
"""


def test_quarters_by_themselves_and_over_the_year() -> None:
    """The same sales pay more when tiers are counted by the quarter."""
    alone = plan_of(QUARTERS)
    together = plan_of(QUARTERS + "tiers_on: year_to_date")

    paid = [str(period.paid) for period in pay_year(alone, alone.results)]
    assert paid == ["9000.00", "15000.00", "19500.00", "25125.00"]
    year = pay_year(together, together.results)
    assert sum(period.paid for period in year) == Decimal("64500.00")
    assert pay(plan_of(AE), 630_000) == "64,500.00"


def test_draws() -> None:
    """What is advanced is set off against what is earned later, or it is not."""
    earned = [(Fraction(e),) for e in (0, 1500, 3000, 6500, 9000, 4000)]
    monthly = """
ote: 96_000
base_share: 50%
measure: gross_profit
quota: 4000
period: month
draw: {kind: KIND, amount: 4_000, months: 6}
"""
    recoverable = pay_year(plan_of(monthly.replace("KIND", "recoverable")), earned)
    kept = pay_year(plan_of(monthly.replace("KIND", "non_recoverable")), earned)

    assert [int(p.paid) for p in recoverable] == [4000] * 6
    assert [int(p.balance) for p in recoverable] == [4000, 6500, 7500, 5000, 0, 0]
    assert [int(p.paid) for p in kept] == [4000, 4000, 4000, 6500, 9000, 4000]


def test_a_ramp_guarantee() -> None:
    """Each month pays what is earned or what is guaranteed, whichever is more."""
    plan = plan_of(
        "ote: 120_000\nbase_share: 50%\nmeasure: gross_profit\nquota: 5000\nperiod: month\n"
        "ramp: [100%, 75%, 50%, 25%, 0%]"
    )
    earned = [(Fraction(e),) for e in (0, 500, 2000, 3500, 5200)]

    paid = [str(period.paid) for period in pay_year(plan, earned)]
    assert paid == ["5000.00", "3750.00", "2500.00", "3500.00", "5200.00"]


def test_a_spread_team_costs_more() -> None:
    """The same mean attainment of unequal sellers costs 13 % more."""
    team = team_cost(plan_of(AE + "team: [40%, 70%, 100%, 130%, 160%]"))

    each = [int(paid) for _, paid in team.spread]
    assert each == [24_000, 42_000, 60_000, 88_500, 124_500]
    assert (team.spread_total, team.even_total) == (Decimal("339000.00"), Decimal("300000.00"))
    assert team.cost_of_sale == Fraction(1, 5)


DEALS = """
clawback: {days: 180, if_never_paid: full, shape: linear}
deals:
  - {id: D1, value: 50_000, signed: 2025-02-01, cancelled: CANCELLED}
  - {id: D2, value: 700_000, signed: 2025-03-01}
"""


@pytest.mark.parametrize(
    ("cancelled", "taken"),
    [("2025-02-01", "7500.00"), ("2025-05-02", "3750.00"), ("2025-07-31", "0.00")],
)
def test_clawback_by_difference(cancelled: str, taken: str) -> None:
    """A deal that sat in the 1.5 tier is worth 7,500; half of it after half of the days."""
    plan = plan_of(AE + DEALS.replace("CANCELLED", cancelled))

    (back,) = take_back(plan, plan.deals)
    assert (str(back.value), str(back.taken)) == ("7500.00", taken)


def test_several_cancellations() -> None:
    """By date, then by id: each is worth the book before it less the book after it."""
    plan = plan_of(
        AE
        + """
clawback: {days: 100, shape: full}
deals:
  - {id: B, value: 100_000, signed: 2025-01-01, cancelled: 2025-03-01}
  - {id: A, value: 100_000, signed: 2025-01-01, cancelled: 2025-03-01, paid: false}
  - {id: C, value: 550_000, signed: 2025-01-01, cancelled: 2025-02-01}
  - {id: D, value: 100_000, signed: 2025-01-01}
"""
    )
    backs = take_back(plan, plan.deals)

    assert [back.deal.id for back in backs] == ["C", "A", "B"]
    # 850,000 pays 102,500, 300,000 pays 30,000, then 20,000 and 10,000.
    assert [int(back.value) for back in backs] == [72_500, 10_000, 10_000]
    assert [int(back.taken) for back in backs] == [72_500, 10_000, 10_000]


def test_splits() -> None:
    """Parts add to the whole, to the smallest coin; ties go to the earlier person."""
    plan = plan_of(
        AE
        + "splits: {inside: 30%, field: 70%}\ndeals:\n  - {id: X, value: 100_000, signed: 2025-01-01}"
    )
    third = Fraction(1, 3)

    (split,) = account_of(plan).splits
    assert [str(amount) for _, amount in split.shares] == ["3000.00", "7000.00"]
    assert split_coins(Decimal("100.00"), [third] * 3, "USD") == [
        Decimal("33.34"), Decimal("33.33"), Decimal("33.33"),
    ]  # fmt: skip
    halves = split_coins(Decimal("0.05"), [Fraction(1, 2)] * 2, "USD")
    assert halves == [Decimal("0.03"), Decimal("0.02")]


SDR = """
ote: 75_000
base_share: 68%
measure: accepted_meetings
quota: 10
period: month
tiers: [{from: 100%, pays: 1.25}]
"""


@pytest.mark.parametrize(("met", "paid"), [(6, "1,200.00"), (10, "2,000.00"), (13, "2,750.00")])
def test_meetings(met: int, paid: str) -> None:
    """200 for each accepted meeting, 250 above ten."""
    assert pay(plan_of(SDR), met) == paid


def test_pay_on_gross_profit() -> None:
    """5 % off the price costs a fifth of the commission."""
    plan = plan_of("base: 50_000\ntarget_variable: 30_000\nmeasure: gross_profit\nquota: 400_000")

    assert pay(plan, 40_000 * 0.25) == "750.00"
    assert pay(plan, 38_000 - 30_000) == "600.00"


@pytest.mark.parametrize(
    ("exact", "currency", "rounding", "paid"),
    [
        ("1000.005", "USD", Rounding.HALF_EVEN, "1000.00"),
        ("1000.015", "USD", Rounding.HALF_EVEN, "1000.02"),
        ("1000.005", "USD", Rounding.HALF_UP, "1000.01"),
        ("1234.5", "JPY", Rounding.HALF_EVEN, "1234"),
        ("1234.5005", "KWD", Rounding.HALF_EVEN, "1234.500"),
    ],
)
def test_rounding(exact: str, currency: str, rounding: Rounding, paid: str) -> None:
    """Once, to the smallest coin, halves to the even one or up."""
    assert str(to_coins(Fraction(exact), currency, rounding)) == paid


def test_what_must_be_sold() -> None:
    """150,000 a year needs 90,000 of variable pay: 787,500 in sales."""
    wanted = account_of(plan_of(AE), earn=Decimal(150_000)).wanted

    assert wanted is not None
    assert wanted.results == (Fraction(787_500),)
    assert attainment_for(plan_of(AE + "cap: 80_000"), Fraction(90_000)) is None


def test_a_bad_quarter_is_carried() -> None:
    """Returns beyond sales pay nothing and count against the next two periods, then lapse."""
    plan = plan_of(QUARTERS)
    results = [(Fraction(r),) for r in (-400_000, 150_000, 150_000, 150_000)]
    year = pay_year(plan, results)

    assert [int(p.counted[0]) for p in year] == [-400_000, -250_000, -100_000, 150_000]
    assert [int(p.paid) for p in year] == [0, 0, 0, 15_000]


def test_a_decelerator_ends_at_the_quota() -> None:
    """The rate that makes up for the start stops at 100 %: what lies above pays the base rate."""
    plain = AE.replace("tiers: [{from: 100%, pays: 1.5}, {from: 125%, pays: 2}]", "")
    plan = plan_of(plain + "decelerator: {until: 50%, pays: 0.6}")

    assert pay(plan, 720_000) == "72,000.00"
    later = plan_of(plain + "decelerator: {until: 50%, pays: 0.6}\ntiers: [{from: 120%, pays: 2}]")
    assert pay(later, 780_000) == "84,000.00"


def test_the_year_so_far_never_overpays() -> None:
    """A strong first quarter pays no more than the year does; each year begins anew."""
    plan = plan_of(QUARTERS.replace("[90_000", "[9") + "tiers_on: year_to_date")
    front = [(Fraction(r),) for r in (300_000, 0, 0, 0, 150_000)]
    year = pay_year(plan, front)

    assert [int(p.paid) for p in year] == [30_000, 0, 0, 0, 15_000]
    capped = plan_of(QUARTERS + "tiers_on: year_to_date\ncap: 10_000")
    late = pay_year(capped, [(Fraction(r),) for r in (0, 0, 0, 600_000)])
    assert int(late[-1].paid) == 40_000  # the cap of the whole year


def test_deals_belong_to_the_period_they_were_signed_in() -> None:
    """Two quarters are two books: neither lifts the other into a tier."""
    plan = plan_of(
        QUARTERS
        + """
clawback: {days: 180}
deals:
  - {id: A, value: 150_000, signed: 2025-01-15}
  - {id: B, value: 150_000, signed: 2025-05-15, cancelled: 2025-05-15}
"""
    )
    account = account_of(plan)

    assert account.book_pay == Decimal("30000.00")
    assert [str(back.taken) for back in account.taken_back] == ["15000.00"]


def test_equal_thirds_can_be_written() -> None:
    """A share may be a fraction."""
    plan = plan_of(
        AE + "deals:\n  - {id: X, value: 1_000, signed: 2025-01-01, "
        "split: {a: 1/3, b: 1/3, c: 1/3}}"
    )

    (split,) = account_of(plan).splits
    assert [str(amount) for _, amount in split.shares] == ["33.34", "33.33", "33.33"]

"""The founder's figures: the worked examples, by hand, and what holds for all of them."""

import math
from collections.abc import Mapping
from fractions import Fraction
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.advice.cash import CashFlow, lowest, run_cash
from salesadvisor.advice.cross_checks import find_cross_checks, find_turn
from salesadvisor.advice.economics import Basis, FigureModel, find_economics, share_above
from salesadvisor.advice.explanation import advise
from salesadvisor.advice.figure_account import account_for, figure_ids
from salesadvisor.language.possible import Numbers
from salesadvisor.language.syntax import Name
from salesadvisor.rulebook.answers import Answers, answers_from_values
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import ModelId
from salesadvisor.rulebook.known import Lookup, known_values
from tests.engine.blocks import value_at

RULEBOOK = load_rulebook()
FEW = settings(max_examples=60, deadline=None)

# A: software, 18,000 a year, margin 80 %, four years, 45 days remote. B: a machine, 120,000.
SOFTWARE = {
    "acv": 18_000, "gross_margin": 80, "lifetime_years": 4, "cycle_days": 45,
    "current_motion": "remote", "density": "moderate", "buying_process": "committee",
    "deal_spread": "moderate", "demo_mode": "screen",
    "win_rate_small": 25, "visit_uplift": 5, "quota.inside": 600_000, "quota.outside": 900_000,
    "field_days": 147, "open_opportunities.outside": 25,
}  # fmt: skip
MACHINE = {
    "acv": 120_000, "gross_margin": 40, "lifetime_years": 8, "cycle_days": 120,
    "current_motion": "remote", "density": "moderate", "buying_process": "committee",
    "deal_spread": "moderate", "demo_mode": "screen",
    "win_rate_large": 8, "visit_uplift": 14, "quota.inside": 1_200_000,
    "quota.outside": 1_800_000, "field_days": 100, "open_opportunities.inside": 25,
    "meetings_per_opportunity.inside": 10, "meetings_per_opportunity.outside": 7,
    "leads_year.inside": 120, "lead_to_opportunity.inside": 40, "leads_year.outside": 120,
    "lead_cost.inside": 600, "lead_cost.outside": 900, "onboarding_months.inside": 2,
}  # fmt: skip
# C: corner shops on a route, visited as their own repeat orders need.
ROUTE = {
    "acv": 4_000, "gross_margin": 22, "lifetime_years": 4, "cycle_days": 21,
    "current_motion": "field", "density": "clustered", "buying_process": "repeat_orders",
    "deal_spread": "uniform", "demo_mode": "screen", "field_days": 220, "win_rate_small": 25, "visit_uplift": 5,
    "quota.outside": 1_600_000,
}  # fmt: skip


def answers_of(given: Mapping[str, object]) -> Answers:
    """Return these answers and figures of one's own."""
    return answers_from_values(RULEBOOK, given)


def figure(given: Mapping[str, object], name: str) -> float:
    """Return what a formula comes to."""
    answers = answers_of(given)
    value = known_values(RULEBOOK, answers.values, answers.assumptions)[name]
    assert isinstance(value, Numbers)
    assert value.low == value.high
    return value.low


@pytest.mark.parametrize(
    ("given", "model", "expected"),
    [
        (
            SOFTWARE, "inside",
            {
                "loaded_cost": 128_157, "limit_quota": 33.3, "limit_time": 27.5,
                "limit_parallel": 60.8, "limit_leads": 32.5, "wins_year": 27.5, "cac": 5_860,
                "cac_new": 4_928, "payback_months": 4.9, "ltv_cac": 9.8, "acv_min": 4_884,
                "first_year_share": 0.451, "wins_first_year": 12.4, "cost_per_opportunity": 1_465,
            },
        ),
        (
            SOFTWARE, "outside",
            {
                "loaded_cost": 237_751, "limit_quota": 50.0, "limit_time": 23.5,
                "limit_parallel": 45.1, "limit_leads": 30.0, "wins_year": 23.5, "cac": 11_442,
                "cac_new": 9_420, "payback_months": 9.5, "ltv_cac": 5.0, "acv_min": 9_535,
                "first_year_share": 0.350, "wins_first_year": 8.2, "cost_per_opportunity": 3_433,
            },
        ),
        (
            MACHINE, "inside",
            {
                "limit_quota": 10.0, "limit_time": 3.5, "limit_parallel": 6.1, "limit_leads": 3.8,
                "wins_year": 3.52, "cac": 43_908, "cac_new": 36_627, "payback_months": 11.0,
                "ltv_cac": 5.5, "acv_min": 73_180, "first_year_share": 0.303,
                "cost_per_opportunity": 3_513,
            },
        ),
        (
            MACHINE, "outside",
            {
                "limit_quota": 15.0, "limit_time": 10.1, "limit_parallel": 9.9,
                "limit_leads": 13.2, "wins_year": 9.91, "cac": 28_073, "cac_new": 23_277,
                "payback_months": 7.0, "ltv_cac": 8.5, "acv_min": 46_789,
                "first_year_share": 0.184, "cost_per_opportunity": 6_176,
            },
        ),
        (
            ROUTE, "outside",
            {
                "loaded_cost": 74_660, "limit_time": 90.8, "limit_leads": 360,
                "limit_parallel": 2_085.7, "limit_quota": 400, "wins_year": 90.8, "cac": 823,
                "cac_new": 206, "payback_months": 2.8,
            },
        ),
    ],
)  # fmt: skip
def test_worked_examples(
    given: Mapping[str, object], model: str, expected: Mapping[str, float]
) -> None:
    """Every figure of the worked examples, to the digits they are given in."""
    for name, value in expected.items():
        # as many digits as the worked example shows
        digits = len(str(value).partition(".")[2])
        assert figure(given, f"{name}.{model}") == pytest.approx(value, abs=0.51 * 10**-digits), (
            name
        )


@pytest.mark.parametrize(
    ("given", "model", "low", "month", "after"),
    [
        (SOFTWARE, "inside", -44_888, 3, {12: 131_245, 24: 589_326}),
        (SOFTWARE, "outside", -119_290, 5, {12: -78_889, 24: 138_725}),
        (MACHINE, "inside", -80_137, 6, {12: -72_936, 24: 16_036}),
        (MACHINE, "outside", -190_399, 8, {12: -137_595, 24: 187_327}),
    ],
)
def test_cash_month_by_month(
    given: Mapping[str, object], model: str, low: float, month: int, after: Mapping[int, float]
) -> None:
    """The lowest point, when it is, and where cash stands after one and two years.

    The worked examples round the field cycle to whole days (61 of 60.75).
    """
    economics = find_economics(RULEBOOK, answers_of(given))
    assert economics is not None
    cash = economics.cash[ModelId(model)]

    assert cash.low.likely == pytest.approx(low, rel=0.003)
    assert cash.month == month
    for at, sum_ in after.items():
        assert cash.after[at].likely == pytest.approx(sum_, rel=0.03)


def test_a_cash_flow_by_hand() -> None:
    """100 to hire, 10 a month, 2 a month once working, one win a month of 24 a year from month 3."""
    flow = CashFlow(
        spent_first=100, spent_monthly=10, spent_working=2, works_from=1, wins_from=2,
        wins_monthly=1, brings_yearly=24, stays=0.5, billed_months=12,
    )  # fmt: skip
    rows = run_cash(flow, 15)

    assert rows[:4] == [-100, -110, -122, -110]
    assert rows[12] == -100 - 10 * 12 - 2 * 11 + 24 * 10
    assert rows[15] - rows[14] == 24 - 12 + 24 * 0.5
    assert lowest(rows) == (-122, 2)


def test_paid_monthly_is_slower() -> None:
    """The same customers, billed month by month, leave the founder to find more cash."""
    yearly = find_economics(RULEBOOK, answers_of(SOFTWARE))
    monthly = find_economics(RULEBOOK, answers_of({**SOFTWARE, "billing_months": 1}))
    assert yearly is not None
    assert monthly is not None

    inside = ModelId("inside")
    assert monthly.cash[inside].low.likely < yearly.cash[inside].low.likely
    # After two years every customer of the first year has paid as much.
    assert monthly.cash[inside].after[24].likely < yearly.cash[inside].after[24].likely


@pytest.mark.parametrize(
    ("given", "line", "line_at_hurdle"), [(SOFTWARE, 16_396, 49_187), (MACHINE, 15_854, 47_562)]
)
def test_the_dividing_line(given: Mapping[str, object], line: float, line_at_hurdle: float) -> None:
    """Where the field just earns what it adds, and where it earns three times that."""
    assert figure(given, "line_break_even") == pytest.approx(line, rel=0.001)
    assert figure(given, "line_acv") == pytest.approx(line_at_hurdle, rel=0.001)


@FEW
@given(
    acv=st.integers(1, 24_000), margin=st.integers(1, 100), years=st.integers(1, 10),
    uplift=st.integers(1, 30), cycle=st.integers(1, 400),
)  # fmt: skip
def test_22_profit_changes_sign_at_the_line(
    acv: int, margin: int, years: int, uplift: int, cycle: int
) -> None:
    """At hurdle 1 the field's profit per opportunity passes the desk's at the line, to the cent."""
    given = {
        **SOFTWARE, "acv": acv, "gross_margin": margin, "lifetime_years": years,
        "visit_uplift": uplift, "cycle_days": cycle, "hurdle": 1,
        # one win rate, whatever the contract value: the line is then the same everywhere
        "win_rate_middle": 25, "win_rate_large": 25,
    }  # fmt: skip
    line = figure(given, "line_acv")
    if not 1 < line < 99_000_000:
        return
    cents = Fraction(line) * 100

    def field_earns(hundredths: int) -> float:
        at = {**given, "acv": hundredths / 100}
        return figure(at, "opportunity_profit.outside") - figure(at, "opportunity_profit.inside")

    assert field_earns(math.floor(cents) - 1) < 0 < field_earns(math.ceil(cents) + 1)


def test_no_uplift_no_line() -> None:
    """Where visits win nothing, no contract value pays for them."""
    economics = find_economics(RULEBOOK, answers_of({**SOFTWARE, "visit_uplift": 0}))

    assert economics is not None
    assert economics.line is None


@FEW
@given(line=st.floats(100, 1e6), typical=st.floats(100, 1e6), spread=st.floats(1.1, 30))
def test_shares_on_either_side(line: float, typical: float, spread: float) -> None:
    """The share of revenue above a line, against a sum over many customers."""
    found = share_above(line, typical, spread)
    sigma = math.log(spread) / NormalDist().inv_cdf(0.9)
    steps = [i / 200 for i in range(-1_800, 2_400)]
    counts = [(math.exp(-z * z / 2), typical * math.exp(sigma * z)) for z in steps]
    above = [(count, size) for count, size in counts if size >= line]

    customers = sum(c for c, _ in above) / sum(c for c, _ in counts)
    revenue = sum(c * s for c, s in above) / sum(c * s for c, s in counts)
    assert found.customers == pytest.approx(customers, abs=0.002)
    assert found.revenue == pytest.approx(revenue, abs=0.002)


def test_wages_move_everything() -> None:
    """A field seller at a quarter of the usual cost: every sum of ours is a quarter, too."""
    cheap = {**SOFTWARE, "field_seller_cost": 237_751.13 / 4}
    for name in ("quota.inside", "quota.outside"):
        cheap.pop(name)
    usual = {k: v for k, v in SOFTWARE.items() if not k.startswith("quota")}

    for name in ("loaded_cost.inside", "loaded_cost.outside", "cost_per_opportunity.outside"):
        assert figure(cheap, name) == pytest.approx(figure(usual, name) / 4)
    assert figure({}, "cost_index") == 1  # exactly: thresholds in the rules rest on it
    own = {**cheap, "base_pay.inside": 51_095}
    assert figure(own, "loaded_cost.inside") > figure(cheap, "loaded_cost.inside")


def test_the_seeds_salaries_are_base_pay() -> None:
    """Earnings at target are base and as much again as the mix says: never the base alone."""
    assert figure({}, "target_variable.inside") == pytest.approx(34_063, abs=0.5)
    assert figure({}, "target_variable.outside") == 77_361
    for model in ("inside", "outside"):
        assumption = RULEBOOK.assumption[f"base_pay.{model}"]
        assert "base only" in assumption.title.en
        assert "S69" in assumption.evidence.sources


def test_ranges_hold_the_likely_value_and_never_change() -> None:
    """The same answers give the same ranges; a figure of one's own narrows them."""
    first = find_economics(RULEBOOK, answers_of(SOFTWARE))
    again = find_economics(RULEBOOK, answers_of(SOFTWARE))
    known = find_economics(RULEBOOK, answers_of({**SOFTWARE, "base_pay.inside": 51_095}))
    assert first == again
    assert first is not None
    assert known is not None

    for row in first.rows:
        for cell in row.cells.values():
            assert cell.spread.low <= cell.spread.likely <= cell.spread.high
        if row.id == "loaded_cost":  # what its parts cost is not known to the dollar
            assert all(cell.spread.low < cell.spread.high for cell in row.cells.values())
    cost, narrow = first.rows[0].cells[ModelId("inside")], known.rows[0].cells[ModelId("inside")]
    assert narrow.spread.high - narrow.spread.low < cost.spread.high - cost.spread.low
    assert first.inputs[Basis.OWN] + 1 == known.inputs[Basis.OWN]


def test_what_binds_is_named() -> None:
    """The least of the limits: time for A, deals open at once for B in the field."""
    software = find_economics(RULEBOOK, answers_of(SOFTWARE))
    machine = find_economics(RULEBOOK, answers_of(MACHINE))
    assert software is not None
    assert machine is not None

    wins = {row.id: row for row in software.rows}["wins_year"].cells
    assert wins[ModelId("inside")].bound_by == "limit_time.inside"
    wins = {row.id: row for row in machine.rows}["wins_year"].cells
    assert wins[ModelId("outside")].bound_by == "limit_parallel.outside"


def test_figures_wait_for_the_answers_they_need() -> None:
    """Nothing is reckoned from defaults alone."""
    economics = find_economics(RULEBOOK, answers_of({"acv": 18_000}))

    assert economics is not None
    assert economics.missing == ("gross_margin", "cycle_days")
    assert economics.rows == ()


def test_a_figure_that_means_nothing_says_so() -> None:
    """Without gross profit there is no payback."""
    economics = find_economics(RULEBOOK, answers_of({**SOFTWARE, "gross_margin": 0}))
    assert economics is not None

    cell = {row.id: row for row in economics.rows}["payback_months"].cells[ModelId("inside")]
    assert cell.instead is not None
    assert cell.instead.en == "no gross profit"


def test_9_figures_against_the_rules() -> None:
    """The rules say outside, the figures say it loses money: with the value at which it turns."""
    poor = {**SOFTWARE, "acv": 1_200, "gross_margin": 60}
    (finding,) = [
        found
        for found in find_cross_checks(RULEBOOK, answers_of(poor), ModelId("outside"))
        if found.id == "loses-money"
    ]
    turn = next(
        float(word.replace(",", ""))
        for word in reversed(finding.message.en.split())
        if word.replace(",", "").isdecimal()
    )

    def loses(acv: float) -> bool:
        at = {**poor, "acv": acv}
        return figure(at, "cac_to_recover.outside") > figure(at, "ltv")

    assert loses(turn * 0.94)
    assert not loses(turn * 1.06)
    assert not list(find_cross_checks(RULEBOOK, answers_of(SOFTWARE), ModelId("inside")))


def test_an_account_names_every_step_and_input() -> None:
    """The formula with its numbers, what it rests on, and what moves it most."""
    account = account_for(RULEBOOK, answers_of(SOFTWARE), "payback_months.inside")

    assert account.steps[0].filled == "5,860.26 / max(14,400 / 12, 0.01)"
    assert {given.id for given in account.inputs} >= {"acv", "gross_margin", "base_pay.inside"}
    assert account.swings
    widths = [swing.high - swing.low for swing in account.swings]
    assert widths == sorted(widths, reverse=True)
    assert "payback_months" in figure_ids(RULEBOOK)


def test_every_formula_comes_out_alike_in_draws_and_one_by_one() -> None:
    """Columns of many draws and single values are the same formula."""
    model = FigureModel(RULEBOOK, answers_of({"acv": "10k..90k", "cycle_days": 60}), count=40)
    drawn = model.drawn
    given = [*RULEBOOK.question, *RULEBOOK.assumption]
    given += [f.id for f in RULEBOOK.formulas if drawn._is_scale(f.id)]  # a threshold is no draw
    lookups = [
        Lookup(RULEBOOK, {name: value_at(drawn[name], place) for name in given})
        for place in range(4)
    ]
    for formula in RULEBOOK.formulas:
        for place, known in enumerate(lookups):
            assert value_at(drawn[formula.id], place) == known[formula.id], formula.id
        spread = model.spread(Name(formula.id))
        assert spread.low <= spread.high


def test_second_opinions_move_nothing() -> None:
    """Without the file the advice is the same."""
    plain = replace(RULEBOOK, second_opinions=None)
    for company in (SOFTWARE, MACHINE, ROUTE):
        one, other = advise(RULEBOOK, company), advise(plain, company)
        assert (one.recommendation, one.models) == (other.recommendation, other.models)
        assert other.second_opinions == ()


def test_the_turn_is_exact_to_the_cent() -> None:
    """A cent below it the check holds, at it no longer."""
    poor = {**SOFTWARE, "acv": 1_200, "gross_margin": 60}
    assert RULEBOOK.figures is not None
    check = next(c for c in RULEBOOK.figures.checks if c.id == "loses-money")
    turn = find_turn(check, check.when[ModelId("outside")], RULEBOOK, answers_of(poor))

    def loses(acv: float) -> bool:
        at = {**poor, "acv": round(acv, 2)}
        return figure(at, "cac_to_recover.outside") > figure(at, "ltv")

    assert turn is not None
    assert loses(turn - 0.01)
    assert not loses(turn)


def test_assumptions_are_drawn_from_their_triangle() -> None:
    """Inside the range, with the mean and the share below the top that a triangle has."""
    model = FigureModel(RULEBOOK, answers_of(SOFTWARE), count=4_000)
    drawn = model.drawn.numbers(Name("travel_cost.outside"))
    low, likely, high = 7_000, 28_000, 60_000

    assert isinstance(drawn, list)
    assert low <= min(drawn)
    assert max(drawn) <= high
    assert sum(drawn) / len(drawn) == pytest.approx((low + likely + high) / 3, rel=0.02)
    below = sum(value < likely for value in drawn) / len(drawn)
    assert below == pytest.approx((likely - low) / (high - low), abs=0.03)


def test_no_uplift_no_line_whatever_the_contract_value() -> None:
    """A range across the border of two win rates hides nothing."""
    wide = {**SOFTWARE, "acv": "20k..30k", "visit_uplift": 0}
    economics = find_economics(RULEBOOK, answers_of(wide))

    assert economics is not None
    assert economics.line is None


def test_what_must_be_seen_is_seldom_won_from_a_desk() -> None:
    """Where buyers need a demo on site, a remote seller wins two fifths as often, and visits pay."""
    seen = {**MACHINE, "win_rate_large": 17.5, "visit_uplift": 5}
    on_site = {**seen, "demo_mode": "onsite"}

    assert figure(on_site, "win_rate.inside") == pytest.approx(7)
    assert figure(on_site, "win_rate.outside") == figure(seen, "win_rate.outside") == 22.5
    assert figure(on_site, "line_acv") < figure(seen, "line_acv") / 2

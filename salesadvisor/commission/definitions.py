"""What a commission plan is made of. Sums are decimals, shares and attainments exact fractions."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct

from salesadvisor.text import Text


class Measure(StrEnum):
    """What pay is measured by."""

    ACV_BOOKED = "acv_booked"
    GROSS_PROFIT = "gross_profit"
    REVENUE_COLLECTED = "revenue_collected"
    ACCEPTED_MEETINGS = "accepted_meetings"
    WON_MEETINGS = "won_meetings"
    NET_RETENTION = "net_retention"
    GROWTH = "growth"
    ORDERS = "orders"
    NEW_DOORS = "new_doors"
    TEAM_TARGET = "team_target"
    NEW_REP_RAMP = "new_rep_ramp"
    ORDER_ACCURACY = "order_accuracy"
    ANSWER_TIME = "answer_time"
    SHARED_RESULT = "shared_result"

    @property
    def is_money(self) -> bool:
        """Whether it is counted in money; else in units of its own."""
        return self in _MONEY

    @property
    def is_percent(self) -> bool:
        """Whether it is a share of something, in percent."""
        return self in (Measure.NET_RETENTION, Measure.ORDER_ACCURACY, Measure.ANSWER_TIME)

    @property
    def is_of_deals(self) -> bool:
        """Whether it comes from deals that customers sign and pay."""
        return self in (Measure.ACV_BOOKED, Measure.GROSS_PROFIT, Measure.REVENUE_COLLECTED)


_MONEY = {
    Measure.ACV_BOOKED,
    Measure.GROSS_PROFIT,
    Measure.REVENUE_COLLECTED,
    Measure.GROWTH,
    Measure.ORDERS,
    Measure.TEAM_TARGET,
    Measure.SHARED_RESULT,
}

MEASURE_WORDS: Mapping[Measure, Text] = {
    Measure.ACV_BOOKED: Text("annual contract value booked", "签下的年合同额"),
    Measure.GROSS_PROFIT: Text("gross profit", "毛利"),
    Measure.REVENUE_COLLECTED: Text("revenue collected", "已回款收入"),
    Measure.ACCEPTED_MEETINGS: Text("accepted meetings held", "已开且被接受的会面"),
    Measure.WON_MEETINGS: Text("deals won from those meetings", "由这些会面成交的单"),
    Measure.NET_RETENTION: Text("net revenue retention", "净收入留存"),
    Measure.GROWTH: Text("growth of existing customers", "老客户增长额"),
    Measure.ORDERS: Text("orders", "订单额"),
    Measure.NEW_DOORS: Text("new doors opened", "新开门店"),
    Measure.TEAM_TARGET: Text("team result", "团队业绩"),
    Measure.NEW_REP_RAMP: Text("new sellers at target", "新人达标"),
    Measure.ORDER_ACCURACY: Text("order accuracy", "订单准确率"),
    Measure.ANSWER_TIME: Text("answers in time", "按时回复"),
    Measure.SHARED_RESULT: Text("the pair's shared result", "搭档的共同业绩"),
}


class Period(StrEnum):
    """How often variable pay is worked out and paid."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"

    @property
    def a_year(self) -> int:
        """How many of them make a year."""
        return {Period.MONTH: 12, Period.QUARTER: 4, Period.HALF: 2, Period.YEAR: 1}[self]

    @property
    def months(self) -> int:
        """How many months one has."""
        return 12 // self.a_year


PERIOD_WORDS: Mapping[Period, Text] = {
    Period.MONTH: Text("month", "月"),
    Period.QUARTER: Text("quarter", "季度"),
    Period.HALF: Text("half-year", "半年"),
    Period.YEAR: Text("year", "年"),
}


class Tier(Struct, frozen=True):
    """From this attainment on, each further slice pays `pays` times the base rate."""

    start: Fraction
    pays: Fraction


class Decelerator(Struct, frozen=True):
    """Up to this attainment a slice pays less; the rest of the way to 100 % makes up for it."""

    until: Fraction  # above 0, below 1
    pays: Fraction  # from 0, below 1


class Goal(Struct, frozen=True, kw_only=True):
    """One measure of a plan: how much of variable pay hangs on it, and what is asked for."""

    measure: Measure
    weight: Fraction  # of all goals: 1
    quota: Fraction  # per period, in units of the measure; above 0
    tiers: tuple[Tier, ...]  # above 100 %, rising
    decelerator: Decelerator | None


class DrawKind(StrEnum):
    """Whether advances are set off against later commission."""

    RECOVERABLE = "recoverable"
    NON_RECOVERABLE = "non_recoverable"


class Draw(Struct, frozen=True, kw_only=True):
    """Money paid in advance of commission."""

    kind: DrawKind
    amount: Decimal  # a month
    months: int


class Clawback(Struct, frozen=True, kw_only=True):
    """What is taken back of a deal's commission when the customer leaves."""

    days: int  # after these nothing
    full_if_unpaid: bool  # everything, where the customer never paid
    linear: bool  # less day by day; else everything until the last day


class Share(Struct, frozen=True):
    """One person's share of a deal."""

    person: str
    part: Fraction  # of all shares: exactly 1


class Spiff(Struct, frozen=True, kw_only=True):
    """A short extra reward."""

    name: str
    amount: Decimal
    budget: Decimal
    days: int


class PayOn(StrEnum):
    """When commission on a deal is due."""

    SIGNATURE = "signature"
    FIRST_PAYMENT = "first_payment"
    HALF_HALF = "half_half"


class Deal(Struct, frozen=True, kw_only=True):
    """One deal of a period."""

    id: str
    value: Fraction
    signed: date
    cancelled: date | None
    is_paid: bool  # whether the customer ever paid
    shares: tuple[Share, ...]  # empty: the seller's alone


class Rounding(StrEnum):
    """How a payment that lies between two coins is rounded."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"


class Plan(Struct, frozen=True, kw_only=True):
    """A commission plan, checked: its parts agree with each other."""

    name: str
    role: str
    currency: str
    rounding: Rounding
    ote: Decimal  # a year
    base: Decimal  # a year
    variable: Decimal  # a year, at target
    goals: tuple[Goal, ...]
    period: Period
    year_to_date: bool  # tiers are counted over the year so far
    cap: Decimal | None  # of variable pay in a period
    draw: Draw | None
    ramp: tuple[Fraction, ...]  # share of target pay guaranteed, month by month
    clawback: Clawback | None
    spiffs: tuple[Spiff, ...]
    pay_on: PayOn
    cycle_days: int | None
    gross_margin: Fraction | None
    visit_days: Fraction | None  # a month
    planned_attainment: Fraction | None
    team: tuple[Fraction, ...]  # attainment of each seller under this plan
    results: tuple[tuple[Fraction, ...], ...]  # by period, for each goal
    deals: tuple[Deal, ...]

    @property
    def counted(self) -> Period:
        """Over what attainment is counted: the period, or the year where tiers count it so far."""
        return Period.YEAR if self.year_to_date else self.period

    @property
    def span(self) -> int:
        """How many periods are counted together."""
        return self.period.a_year // self.counted.a_year

    @property
    def variable_a_period(self) -> Fraction:
        """Variable pay at target in one period."""
        return Fraction(self.variable) / self.period.a_year

    def variable_of(self, goal: Goal) -> Fraction:
        """Variable pay at target in one period that hangs on `goal`."""
        return self.variable_a_period * goal.weight

    def rate_of(self, goal: Goal) -> Fraction:
        """Pay for one unit of the measure, up to 100 %."""
        return self.variable_of(goal) / goal.quota

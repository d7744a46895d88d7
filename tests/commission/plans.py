"""Plans for tests: read from text as files are, or drawn at random."""

from fractions import Fraction

from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.commission.definitions import (
    Clawback,
    Decelerator,
    Draw,
    DrawKind,
    Goal,
    Measure,
    Period,
    Plan,
    Tier,
)
from salesadvisor.commission.reader import read_plan
from salesadvisor.commission.roles import Role
from salesadvisor.documents.read import parse_document, require_mapping
from salesadvisor.problems import UserError

AE = """
ote: 120_000
base_share: 50%
measure: acv_booked
quota: 600_000
period: year
tiers: [{from: 100%, pays: 1.5}, {from: 125%, pays: 2}]
"""


def plan_of(text: str, roles: tuple[Role, ...] = ()) -> Plan:
    """Return the plan in `text`."""
    return read_plan(require_mapping(parse_document(text, "plan.yaml"), "plan.yaml"), roles)


def codes_of(text: str, roles: tuple[Role, ...] = ()) -> list[str]:
    """Return the codes of everything that is wrong with the plan in `text`."""
    try:
        plan_of(text, roles)
    except UserError as error:
        return [problem.code for problem in error.problems]
    return []


@st.composite
def goals(draw: st.DrawFn, measure: Measure, weight: Fraction) -> Goal:
    """Return one legal measure of a plan."""
    starts = sorted(draw(st.sets(st.integers(100, 300), max_size=3)))
    pays = sorted(draw(st.lists(st.integers(10, 40), min_size=len(starts), max_size=len(starts))))
    slow = None
    if draw(st.booleans()):
        slow = Decelerator(
            Fraction(draw(st.integers(1, 99)), 100), Fraction(draw(st.integers(0, 99)), 100)
        )
    return Goal(
        measure=measure,
        weight=weight,
        quota=Fraction(draw(st.integers(1, 10**7)), draw(st.sampled_from([1, 3, 100]))),
        tiers=tuple(
            Tier(Fraction(s, 100), Fraction(p, 10)) for s, p in zip(starts, pays, strict=True)
        ),
        decelerator=slow,
    )


@st.composite
def plans(draw: st.DrawFn, *, single: bool = False) -> Plan:
    """Return a legal plan without cap, draw, ramp, results and deals."""
    count = 1 if single else draw(st.integers(1, 3))
    cut = sorted(draw(st.sets(st.integers(1, 99), min_size=count - 1, max_size=count - 1)))
    weights = [b - a for a, b in zip([0, *cut], [*cut, 100], strict=True)]
    measures = [Measure.ACV_BOOKED, Measure.ACCEPTED_MEETINGS, Measure.GROWTH]
    found = tuple(
        draw(goals(measure, Fraction(weight, 100)))
        for measure, weight in zip(measures, weights, strict=False)
    )
    base = plan_of(AE)
    variable = draw(st.decimals(0, 500_000, places=2))
    return replace(
        base,
        goals=found,
        variable=variable,
        ote=base.base + variable,
        currency=draw(st.sampled_from(["USD", "JPY", "KWD"])),
        period=draw(st.sampled_from(list(Period))),
        year_to_date=draw(st.booleans()),
    )


@st.composite
def guarded(draw: st.DrawFn) -> Plan:
    """Return a plan with a draw, a ramp guarantee, or a clawback."""
    plan = draw(plans(single=True))
    kind = draw(st.sampled_from(list(DrawKind)))
    months = draw(st.integers(1, 24))
    advance = Draw(kind=kind, amount=draw(st.decimals(0, 9_000, places=2)), months=months)
    ramp = tuple(Fraction(s, 100) for s in draw(st.lists(st.integers(0, 100), max_size=8)))
    clawback = Clawback(days=draw(st.integers(1, 400)), full_if_unpaid=True, linear=True)
    if draw(st.booleans()):
        return replace(plan, draw=advance, clawback=clawback)
    return replace(plan, ramp=ramp, clawback=clawback)

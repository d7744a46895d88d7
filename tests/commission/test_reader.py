"""What a plan file may say, and how it is told where it contradicts itself."""

from fractions import Fraction

import pytest
import yaml
from jsonschema import Draft202012Validator

from salesadvisor.commission.remarks import remarks_on
from salesadvisor.commission.roles import load_pay
from salesadvisor.commission.schema import plan_schema
from salesadvisor.commission.template import check_roles, plan_template
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.folder import read_folder
from salesadvisor.text import Language
from tests.commission.plans import AE, codes_of, plan_of

PAY = load_pay(read_folder(None), load_rulebook())
assert PAY is not None
ROLES = PAY.roles


def without(key: str, text: str = AE) -> str:
    """Return a plan file without one line."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(f"{key}:"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (AE + "base: 70_000", "pay-mix"),
        (AE + "base: 60_000\ntarget_variable: 50_000", "pay-mix"),
        (AE.replace("50%", "60%") + "target_variable: 60_000", "pay-mix"),
        (without("ote"), "plan-incomplete"),
        (without("base_share"), "plan-incomplete"),
        (AE.replace("50%", "10%"), "out-of-range"),
        (AE.replace("50%", "0.5"), "fraction-for-percent"),
        (AE + "rate: 8%", "rate-contradicts"),
        (AE.replace("600_000", "0"), "out-of-range"),
        (AE.replace("600_000", "-5"), "out-of-range"),
        (AE.replace("600_000", "many"), "not-a-number"),
        (without("quota"), "missing-key"),
        (without("measure"), "missing-key"),
        (AE.replace("acv_booked", "acv"), "unknown-word"),
        (AE + "threshold: 50%", "cliff"),
        (AE + "re_rate: true", "re-rating"),
        (AE.replace("from: 100%", "from: 80%"), "tier-below-quota"),
        (AE.replace("from: 125%", "from: 100%"), "tiers-out-of-order"),
        (AE.replace("pays: 2", "pays: 1.2"), "falling-pay"),
        (AE + "decelerator: {until: 100%, pays: 0.5}", "out-of-range"),
        (AE + "decelerator: {until: 50%, pays: 1}", "out-of-range"),
        (AE + "ramp: [50%]\ndraw: {kind: recoverable, amount: 1, months: 1}", "plan-contradicts"),
        (AE + "draw: {kind: kept, amount: 1, months: 1}", "unknown-word"),
        (AE + "splits: {a: 50%, b: 40%}", "split-not-whole"),
        (AE + "deals: [{id: A, value: 1, signed: 1.1.2025}]", "not-a-date"),
        (AE + "deals: [{id: A, value: 1, signed: 2025-02-01, cancelled: 2025-01-01}]", "plan-contradicts"),
        (AE + "deals: [{id: A, value: 1, signed: 2025-02-01}, {id: A, value: 1, signed: 2025-02-01}]", "duplicate-id"),
        (AE + "currency: dollars", "unknown-currency"),
        (AE + "currency: CNY\ncap: $5", "other-currency"),
        (AE + "quotaa: 5", "unknown-key"),
        (AE + "results: [[1]]", "wrong-kind"),
        (AE + "team: [1.3, 1.6]", "fraction-for-percent"),
        (AE + "ramp: [1.0]", "fraction-for-percent"),
        (AE.replace("from: 125%", "from: 1.25"), "fraction-for-percent"),
        (AE.replace("acv_booked", "accepted_meetings") + "clawback: {days: 90}", "plan-contradicts"),
        (without("base_share", without("ote")) + "\nbase: 0\ntarget_variable: 100", "out-of-range"),
        (without("base_share") + "\nbase: 130_000", "pay-mix"),
        (
            without("measure", without("quota"))
            + "\nmeasures: [{measure: orders, weight: 50%, quota: 5}, "
            "{measure: orders, weight: 50%, quota: 5}]",
            "duplicate-id",
        ),
        (
            without("measure", without("quota"))
            + "\nmeasures: [{measure: orders, weight: 50%, quota: 5}, "
            "{measure: growth, weight: 50%, quota: 5}]\n"
            "deals: [{id: A, value: 1, signed: 2025-02-01}]",
            "plan-contradicts",
        ),
        (AE + "measures: [{measure: orders, weight: 100%, quota: 5}]", "plan-contradicts"),
        (
            without("measure", without("quota"))
            + "\nmeasures: [{measure: orders, weight: 90%, quota: 5}]",
            "plan-contradicts",
        ),
        (
            without("measure", without("quota"))
            + "\nmeasures: [" + ", ".join("{measure: orders, weight: 25%, quota: 5}" for _ in range(4)) + "]",
            "too-many-measures",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(text: str, code: str) -> None:
    """Each contradiction has its code; none is resolved silently."""
    assert code in codes_of(text)


def test_a_contradicting_rate_names_three_ways_out() -> None:
    """The rate, the quota or the variable pay: any of them can be put right."""
    from salesadvisor.problems import UserError

    with pytest.raises(UserError) as caught:
        plan_of(AE + "rate: 8%")
    (problem,) = caught.value.problems
    assert problem.hint.en == "set `rate: 10%`, or `quota: 750,000`, or `target_variable: 48,000`"
    for repair in ("rate: 10%", "quota: 750,000\nrate: 8%"):
        key = repair.partition(":")[0]
        assert codes_of(without(key, AE) + "\n" + repair) == []


def test_everything_is_told_at_once() -> None:
    """One run, every problem of the file."""
    codes = codes_of("ote: 5\nquota: 0\nteam: [x]\nspiffs: [{for: a}]\nwhat: 1\nramp: [y]")

    assert {"plan-incomplete", "missing-key", "out-of-range", "not-a-number", "unknown-key"} <= set(
        codes
    )


def test_a_role_s_ramp_can_be_left_out_for_a_draw() -> None:
    """As the hint says."""
    text = "role: field_rep\note: 120k\nquota: 150k\nramp: []\n"

    assert codes_of(text + "draw: {kind: recoverable, amount: 4k, months: 5}", ROLES) == []


@pytest.mark.parametrize(
    "pay",
    [
        "ote: 120k\nbase: 60k",
        "base: 60k\ntarget_variable: 60k",
        "base: 60k\nbase_share: 50%",
        "target_variable: 60k\nbase_share: 50%",
        "ote: 120k\ntarget_variable: 60k",
        "ote: 120k\nbase: 60k\ntarget_variable: 60k\nbase_share: 50%",
    ],
)
def test_any_two_give_the_pay_mix(pay: str) -> None:
    """Earnings, base, variable and share: what is left out follows."""
    plan = plan_of(without("base_share", without("ote")) + "\n" + pay)

    assert [plan.ote, plan.base, plan.variable] == [120_000, 60_000, 60_000]


def test_all_base_pay_is_a_plan() -> None:
    """Without variable pay every payout is zero, and nothing is divided by it."""
    plan = plan_of(AE.replace("50%", "100%"))

    assert plan.variable == 0
    assert "no-variable" in [remark.id for remark in remarks_on(plan)]


def test_a_role_fills_in_what_is_usual() -> None:
    """What the file says stands; the rest is the role's."""
    plan = plan_of("role: field_rep\note: 200k\nquota: 250k\nbase_share: 60%", ROLES)

    assert plan.year_to_date
    assert plan.base == 120_000
    assert plan.ramp == tuple(Fraction(n, 100) for n in (100, 100, 75, 50, 25))
    assert codes_of("role: field_rap\note: 200k\nquota: 1", ROLES) != []


def test_the_schema_is_valid_and_fits_every_template() -> None:
    """An editor that knows the schema accepts what runs, and underlines what doesn't."""
    assert PAY is not None
    Draft202012Validator.check_schema(plan_schema())
    validator = Draft202012Validator(plan_schema())
    for role in ROLES:
        for language in Language:
            text = plan_template(role, PAY, language)
            if "ote:" in text:
                assert list(validator.iter_errors(yaml.safe_load(text))) == []
    assert list(validator.iter_errors({"ote": 5, "re_rate": True}))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("role", ROLES, ids=lambda role: str(role.id))
def test_every_template_is_a_plan(role: object, language: Language) -> None:
    """It runs as it is printed, in both languages."""
    assert PAY is not None
    text = plan_template(role, PAY, language)  # type: ignore[arg-type]  # ids make it an object

    if "ote:" in text:
        assert plan_of(text, ROLES).ote == 120_000
    check_roles(PAY)


@pytest.mark.parametrize(
    ("more", "remark"),
    [
        ("quota: 300_000", "quota-low"),
        ("quota: 800_000", "quota-high"),
        ("planned_attainment: 90%", "planned-attainment"),
        ("cap: 70_000", "cap"),
        ("gross_margin: 30%", "pay-on-margin"),
        ("gross_margin: 15%", "rate-above-margin"),
        ("spiffs: [{for: x, amount: 1, budget: 9_000, days: 30}]", "spiff-budget"),
        ("spiffs: [{for: x, amount: 1, budget: 1, days: 120}]", "spiff-long"),
        ("draw: {kind: recoverable, amount: 1, months: 2}", "draw-cost"),
        ("ramp: [100%]", "ramp-cost"),
        ("role: field_rep\nvisit_days: 3", "field-premium"),
        ("period: month\ncycle_days: 120", "period-short"),
        ("period: quarter\ncycle_days: 120", "tiers-by-period"),
        ("base_share: 30%", "base-low"),
    ],
)
def test_remarks(more: str, remark: str) -> None:
    """Each remark is made where it should be, and not on a plain plan."""
    key = more.partition(":")[0]
    changed = without("quota" if "quota" in more else key) + "\n" + more
    for other in more.split("\n"):
        changed = without(other.partition(":")[0], changed) + "\n" + other

    assert remark in [found.id for found in remarks_on(plan_of(changed))]
    assert [found.id for found in remarks_on(plan_of(AE))] == []


def test_a_csm_who_hunts() -> None:
    """Most of the variable pay on growth: renewals come second."""
    text = (
        "role: csm\note: 100k\nmeasures:\n"
        "  - {measure: net_retention, weight: 40%, quota: 92}\n"
        "  - {measure: growth, weight: 60%, quota: 50k}\n"
    )

    assert "csm-hunts" in [remark.id for remark in remarks_on(plan_of(text, ROLES))]

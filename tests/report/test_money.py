"""What people see of figures, second opinions, playbooks and pay; word for word."""

import re
from datetime import date
from decimal import Decimal

import pytest
from syrupy.assertion import SnapshotAssertion

from salesadvisor.advice.figure_account import account_for
from salesadvisor.advice.plan import make_plan, plan_values
from salesadvisor.commission.account import account_of
from salesadvisor.commission.definitions import Plan
from salesadvisor.commission.reader import read_plan
from salesadvisor.commission.roles import load_pay
from salesadvisor.commission.template import plan_template
from salesadvisor.documents.read import parse_document, require_mapping
from salesadvisor.report import commission, commission_document, plan
from salesadvisor.report.markdown import escaped
from salesadvisor.report.why_figure import render_figures
from salesadvisor.report.why_opinion import render_opinions
from salesadvisor.rulebook.definitions import ModelId
from salesadvisor.rulebook.folder import read_folder
from salesadvisor.rulebook.playbooks import load_playbooks
from salesadvisor.text import Language, columns
from tests.report.given import RULEBOOK, Out, advice_on, answers_of

FOLDER = read_folder(None)
PLAYBOOKS = load_playbooks(FOLDER, RULEBOOK)
PAY = load_pay(FOLDER, RULEBOOK)
assert PAY is not None
WIDTHS = [40, 60, 80, 100]
FULL = """
results: [90_000, 150_000, 180_000, 210_000]
cycle_days: 120
gross_margin: 30%
cap: 20_000
team: [40%, 70%, 100%, 130%, 160%]
splits: {inside: 30%, field: 70%}
deals:
  - {id: D1, value: 50_000, signed: 2025-02-01, cancelled: 2025-05-02}
  - {id: D2, value: 700_000, signed: 2025-02-01}
"""


def plan_screen(name: str, model: str, language: Language, *, page: bool = False) -> str:
    """Return the whole playbook, for a terminal or as Markdown."""
    out = Out()
    answers, advice = answers_of(name), advice_on(name)
    known = plan_values(ModelId(model), RULEBOOK, answers, advice)
    found = make_plan(PLAYBOOKS[ModelId(model)], answers, advice, date(2027, 1, 4), known)
    roles = tuple(r for r in PAY.roles if model in r.models and r.plan) if PAY else ()
    if page:
        plan.render_markdown(found, advice, advice.economics, roles, RULEBOOK, language, out)
    else:
        plan.render(found, advice, advice.economics, roles, RULEBOOK, language, out, color=False)
    return out.lines()


def pay_plan(role: str, language: Language, more: str = "") -> Plan:
    """Return a role's plan as it is printed, with more lines."""
    assert PAY is not None
    usual = next(r for r in PAY.roles if r.id == role)
    text = plan_template(usual, PAY, language) + more
    return read_plan(require_mapping(parse_document(text, "plan.yaml"), "plan.yaml"), PAY.roles)


def pay_screen(found: Plan, language: Language) -> str:
    """Return the whole screen of `commission`."""
    out = Out()
    account = account_of(found, earn=Decimal(200_000))
    commission.render(account, PAY, language, out, color=False, command="salesadvisor …")
    return out.lines()


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("name", "model"), [("devtool", "inside"), ("medical_robot", "outside"), ("edtech", "hybrid")]
)
def test_plan(name: str, model: str, language: Language, snapshot: SnapshotAssertion) -> None:
    """The playbook for three founders."""
    assert plan_screen(name, model, language) == snapshot


def test_plan_as_a_page(snapshot: SnapshotAssertion) -> None:
    """The same as Markdown, for a founder who has answered little."""
    shown = plan_screen("little, and a name of marks", "inside", Language.EN, page=True)

    assert shown.startswith(f"# {escaped('*A* | b')}")
    assert shown == snapshot


@pytest.mark.parametrize("language", list(Language))
def test_commission(language: Language, snapshot: SnapshotAssertion) -> None:
    """Pay step by step, the year, deals, the team, remarks."""
    found = pay_plan("field_rep", language, FULL)

    assert pay_screen(found, language) == snapshot


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("role", ["sdr", "ae_inside"])
def test_a_plan_to_sign(role: str, language: Language, snapshot: SnapshotAssertion) -> None:
    """A page in words that a seller can repeat."""
    out = Out()
    account = account_of(pay_plan(role, language))
    commission_document.render(account, PAY, language, out)

    assert out.getvalue() == snapshot


@pytest.mark.parametrize("language", list(Language))
def test_why_a_figure(language: Language, snapshot: SnapshotAssertion) -> None:
    """The formula, its numbers, what it rests on, what moves it most."""
    out = Out()
    answers = answers_of("devtool")
    account = account_for(RULEBOOK, answers, "payback_months.inside")
    render_figures([account], RULEBOOK, answers, language, out, color=False)

    assert out.lines() == snapshot


@pytest.mark.parametrize("language", list(Language))
def test_why_second_opinions(language: Language, snapshot: SnapshotAssertion) -> None:
    """Every framework, and what parts them."""
    out = Out()
    render_opinions(advice_on("erp_vendor"), RULEBOOK, language, out, color=False)

    assert out.lines() == snapshot


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_terminal(
    width: int, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is cut, and none is wider than it may be."""
    monkeypatch.setenv("COLUMNS", str(width))
    shown = [
        plan_screen("edtech", "hybrid", language),
        pay_screen(pay_plan("field_rep", language), language),
    ]

    for screen in shown:
        lines = screen.rstrip().split("\n")[:-1]
        assert max(columns(line) for line in lines) <= width


def test_no_english_in_a_chinese_plan() -> None:
    """Whole sentences are Chinese; ids, abbreviations and units may stay."""
    for model in PLAYBOOKS:
        shown = plan_screen("erp_vendor", model, Language.ZH)
        assert not re.search(r"\b(the|and|of|with|your|when)\b", shown)

"""The playbook for one founder: rows that fit, figures and dates filled in."""

from datetime import date

import pytest

from salesadvisor.advice.explanation import advise_on
from salesadvisor.advice.plan import Plan, make_plan, plan_values
from salesadvisor.rulebook.answers import answers_from_values
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import ModelId
from salesadvisor.rulebook.folder import read_folder
from salesadvisor.rulebook.playbooks import load_playbooks
from salesadvisor.text import fields_of

RULEBOOK = load_rulebook()
PLAYBOOKS = load_playbooks(read_folder(None), RULEBOOK)
START = date(2027, 1, 4)
MODELS = [ModelId(model) for model in ("inside", "outside", "hybrid")]
FOUNDER = {
    "acv": 12_000, "cycle_days": 30, "gross_margin": 80, "lifetime_years": 4, "sellers": 0,
    "stage": "first_customers", "demo_mode": "screen", "lead_source": "inbound",
    "density": "moderate", "buying_process": "single_approver", "current_motion": "remote",
    "deal_spread": "uniform", "target_accounts": 5_000, "stakeholders": 2,
}  # fmt: skip


def plan_for(model: str, given: dict[str, object]) -> Plan:
    """Return the playbook of a model for these answers."""
    answers = answers_from_values(RULEBOOK, given)
    advice = advise_on(RULEBOOK, answers)
    known = plan_values(ModelId(model), RULEBOOK, answers, advice)
    return make_plan(PLAYBOOKS[ModelId(model)], answers, advice, START, known)


def rows_of(plan: Plan, section: str) -> list[str]:
    """Return the ids of the rows in a section."""
    return [row.id for s in plan.sections if s.id == section for row in s.rows]


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_everything(model: ModelId) -> None:
    """Process, team, hires, skills, tools, KPIs, ninety days, failures, when to switch."""
    sections = {section.id for section in PLAYBOOKS[model].sections}

    assert sections >= {"team", "hires", "skills", "tools", "kpis", "days", "failures", "switch"}
    assert ("owners" if model == "hybrid" else "process") in sections


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("given", [{}, FOUNDER, {"acv": "1k..900k"}])
def test_no_figure_is_left_in_braces(model: ModelId, given: dict[str, object]) -> None:
    """What can't be reckoned yet says which answer it waits for; nothing empty is shown."""
    plan = plan_for(model, given)

    for section in plan.sections:
        assert section.rows
        for row in section.rows:
            for words in row.cells.values():
                assert words.en
                assert words.zh
                assert not fields_of(words.en)
                assert not fields_of(words.zh)


def test_hires_that_are_made_are_left_out() -> None:
    """The first seller is no advice for a founder who has three."""
    alone, three = plan_for("inside", FOUNDER), plan_for("inside", {**FOUNDER, "sellers": 3})

    assert len(rows_of(alone, "hires")) > len(rows_of(three, "hires"))
    numbers = [r.number for s in alone.sections if s.id == "hires" for r in s.rows]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_answers_choose_the_rows() -> None:
    """A route seller's day is for customers who stand door by door; a specialist for demos on site."""
    far = plan_for("outside", {**FOUNDER, "density": "sparse", "acv": 90_000})
    near = plan_for("outside", {**FOUNDER, "density": "clustered", "acv": 2_000})

    assert not rows_of(far, "day_route")
    assert rows_of(near, "day_route")
    assert rows_of(far, "kpis") != rows_of(near, "kpis")


def test_a_hybrid_shows_the_patterns_that_hold() -> None:
    """Who handles what by size, for customers of two sizes; not by place for one town."""
    plan = plan_for("hybrid", {**FOUNDER, "deal_spread": "two_tier", "geography": "local"})
    (owners,) = [section for section in plan.sections if section.id == "owners"]

    assert "size" in owners.columns
    assert "place" not in owners.columns


def test_days_have_dates() -> None:
    """Thirty days from the start."""
    plan = plan_for("inside", FOUNDER)
    days = [row.day for s in plan.sections if s.id == "days" for row in s.rows]

    assert date(2027, 2, 3) in days


def test_open_rows_say_what_they_wait_for() -> None:
    """An unanswered question hides nothing."""
    plan = plan_for("inside", {})

    waiting = [row for section in plan.sections for row in section.rows if row.waits_for]
    assert waiting
    for row in waiting:
        assert set(row.waits_for) <= set(RULEBOOK.question)


def test_a_model_that_is_not_advised_is_marked() -> None:
    """What the other way would take is not what the advice says."""
    assert plan_for("inside", FOUNDER).is_advised
    assert not plan_for("outside", FOUNDER).is_advised

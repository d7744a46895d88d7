"""Advice by example; the numbers in the names are those of the semantics."""

import dataclasses

import pytest

from salesadvisor import advise, load_rulebook
from salesadvisor.advice.definitions import Advice
from salesadvisor.advice.verdict import State
from salesadvisor.report.record import advice_record
from salesadvisor.rulebook.definitions import NO_MODEL
from salesadvisor.text import Language

RULEBOOK = load_rulebook()

SIMPLE = {
    "cycle_days": 14,
    "stakeholders": 2,
    "demo_mode": "screen",
    "relationship": 2,
    "acv": 6000,
}
PRICED = {
    "deal_spread": "two_tier",
    "gross_margin": 80,
    "lifetime_years": 3,
    "density": "moderate",
    "current_motion": "remote",
    "buying_process": "committee",
}


def test_the_advice_is_frozen_data() -> None:
    """What the package returns is a frozen dataclass."""
    advice = advise(RULEBOOK, SIMPLE)

    assert dataclasses.is_dataclass(advice)
    with pytest.raises(dataclasses.FrozenInstanceError):
        advice.name = "other"  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize("given", [{}, {"acv": 6000}, {"acv": 6000, "cycle_days": 20}])
def test_15_nothing_is_advised_from_fewer_than_three_answers(given: dict[str, object]) -> None:
    """Defaults are no evidence."""
    advice = advise(RULEBOOK, given)

    assert (advice.recommendation, advice.status, advice.enough) == (None, State.NONE, False)
    assert advice.notes == ()


def test_15_three_answers_are_enough() -> None:
    """With three answers that rules read there is a leaning, and it says what is open."""
    advice = advise(RULEBOOK, {"acv": 6000, "cycle_days": 20, "demo_mode": "screen"})

    assert advice.recommendation == "inside"
    assert advice.status in (State.LEANING, State.TOO_CLOSE)
    assert advice.open_answers


def test_31_outcomes_with_like_shares_are_named_together() -> None:
    """Three answers that no rule's condition is settled by leave two shares alike."""
    given = {"acv": 12_000, "cycle_days": 20, "demo_mode": "screen"}
    advice = advise(RULEBOOK, given)
    best, second = sorted((m.share for m in advice.models.values()), reverse=True)[:2]

    assert (advice.status is State.TOO_CLOSE) == (best - second <= 0.05)
    assert len(advice.tied) == (2 if advice.status is State.TOO_CLOSE else 1)


def test_13_everything_excluded_recommends_nothing() -> None:
    """An on-site demo that the price cannot pay for leaves no model; the note says what to do."""
    given = {
        "cycle_days": 30, "stakeholders": 1, "demo_mode": "onsite", "geography": "national",
        "density": "sparse", "relationship": 3, "acv": 900, "gross_margin": 40, "lifetime_years": 1,
        "stage": "first_customers", "sellers": 1, "target_accounts": 50_000,
        "buyer_preference": "remote", "current_motion": "none_yet",
    }  # fmt: skip
    advice = advise(RULEBOOK, given)

    assert (advice.recommendation, advice.status, advice.possible) == (None, State.NONE, ("none",))
    assert {v.model for v in advice.vetoes} == {"inside", "outside", "hybrid"}
    assert advice.hire == "later"
    assert [other.id for other in advice.alternatives]


def test_16_notes_may_ask_for_what_is_not_answered() -> None:
    """`unanswered` makes a note speak while the answer is missing, and fall silent with it."""
    before = advise(RULEBOOK, SIMPLE)
    after = advise(RULEBOOK, {**SIMPLE, "buyer_preference": "remote"})

    assert "N07" in [note.id for note in before.notes]
    assert "N07" not in [note.id for note in after.notes]


def test_30_shares_are_of_all_outcomes() -> None:
    """What is excluded has no share; the others and `none` have it all between them."""
    advice = advise(RULEBOOK, {**SIMPLE, "demo_mode": "onsite"})

    assert advice.models["inside"].excluded  # type: ignore[index]  # an id
    assert advice.models["inside"].share == 0  # type: ignore[index]  # an id
    assert advice.chances[NO_MODEL] > 0
    assert 0.8 < sum(m.share for m in advice.models.values()) < 1


def test_5_money_without_a_rate_is_a_warning() -> None:
    """A currency without a rate is told, never guessed."""
    advice = advise(RULEBOOK, {**SIMPLE, "currency": "CNY"})

    assert "no-rate" in [warning.id for warning in advice.warnings]
    assert "acv" in advice.unanswered


def test_5_output_is_in_the_currency_of_the_answers() -> None:
    """The dividing line is stated in the founder's own money."""
    given = {
        **SIMPLE, **PRICED, "acv": "200k", "currency": "CNY", "usd_rate": "0.1",
        "field_seller_cost": 2_377_511,
    }  # fmt: skip
    advice = advise(RULEBOOK, given)
    line = next(p.dividing_line for p in advice.patterns if p.id == "H-A")

    # Field: 237,751 / 100 leads + 400 = 2,778 an opportunity; desk: 128,157 / 110 + 300 = 1,465.
    # 3 x 1,312 extra / 5 points more wins / (80 % x 3 years) = 32,811 USD, or 330,000 CNY
    assert advice.economics is not None
    assert advice.economics.line is not None
    assert advice.economics.line.value == pytest.approx(32_811, abs=1)
    assert "330,000" in line.en
    assert "CNY" in line.zh


def test_the_line_has_words_while_a_figure_is_missing() -> None:
    """Without a margin there is no number, and no letter in its place either."""
    advice = advise(RULEBOOK, {**SIMPLE, "deal_spread": "two_tier"})
    line = next(p.dividing_line for p in advice.patterns if p.id == "H-A")

    assert "{" not in line.en
    assert "gap" in line.en


def test_one_seller_never_gets_a_line_for_two_teams() -> None:
    """With a single seller the pattern for one person leads."""
    given = {
        "sellers": 1, "acv": 35_000, "buyer_preference": "either", "relationship": 3,
        "deal_spread": "two_tier", "stakeholders": 3,
    }  # fmt: skip

    assert advise(RULEBOOK, given).patterns[0].id == "H-F"
    assert advise(RULEBOOK, {**given, "sellers": 3}).patterns[0].id == "H-A"


def test_contradictions_are_shown() -> None:
    """Answers that don't fit together are named with their questions."""
    advice = advise(RULEBOOK, {**SIMPLE, "demo_mode": "onsite", "current_motion": "remote"})

    assert [(c.id, c.questions) for c in advice.contradictions] == [
        ("D1", ("current_motion", "demo_mode"))
    ]


def test_weights_and_assumptions_can_be_set() -> None:
    """A weight of two doubles a criterion; an assumption moves the figures that rest on it."""
    plain = advise(RULEBOOK, SIMPLE)
    heavy = advise(RULEBOOK, {**SIMPLE, "weight-channel_fit": 2})

    def channel_fit(advice: Advice) -> float:
        return advice.models["inside"].criteria["channel_fit"]  # type: ignore[index]  # ids

    assert channel_fit(heavy) == 2 * channel_fit(plain)
    spread = {**SIMPLE, **PRICED}
    usual, low = (advise(RULEBOOK, {**spread, **own}).economics for own in ({}, {"hurdle": 1}))
    assert usual is not None
    assert low is not None
    assert usual.line is not None
    assert low.line is not None
    assert low.line.value == pytest.approx(usual.line.value / 3)


KEYS = [
    "schema", "name", "rulebook", "recommendation", "status", "confidence", "margin", "share", "stability",
    "chances", "possible", "possible_proved", "models", "vetoes", "patterns", "views", "reasons",
    "contradictions", "notes", "alternatives", "tipping_points", "next_question", "unanswered", "economics",
    "warnings", "second_opinions", "comparable", "figures",
]  # fmt: skip


@pytest.mark.parametrize("given", [{}, SIMPLE, {**SIMPLE, "demo_mode": "onsite"}])
def test_the_record_has_every_key_in_order(given: dict[str, object]) -> None:
    """Scripts find each key of the contract, whatever the advice."""
    record = advice_record(advise(RULEBOOK, given), Language.EN)

    assert list(record) == KEYS


def test_languages_change_words_only() -> None:
    """English and Chinese records have the same keys, numbers and ids."""
    advice = advise(RULEBOOK, {**SIMPLE, "demo_mode": "onsite", "deal_spread": "long_tail"})

    def numbers(value: object) -> object:
        match value:
            case dict():
                words = ("because", "source", "message", "dividing_line", "unit")
                return {
                    k: numbers(v) for k, v in value.items() if k not in words and k != "rulebook"
                }
            case list():
                return [numbers(v) for v in value]
            case _:
                return value

    english, chinese = (advice_record(advice, language) for language in Language)
    assert numbers(english) == numbers(chinese)
    assert english != chinese


def test_notes_may_ask_for_every_state_there_is() -> None:
    """The loader knows the states of a verdict without knowing the verdict."""
    from salesadvisor.rulebook.loader import VERDICT_STATES

    assert list(VERDICT_STATES) == [state.value for state in State]


def test_a_visit_pays_at_the_price_that_ones_own_wages_set() -> None:
    """Where a field seller costs a sixth, every sum in the rules is a sixth of what it is."""
    at_home = advise(RULEBOOK, {**SIMPLE, "acv": 60_000, "gross_margin": 60})
    small = {**SIMPLE, "acv": 10_000, "gross_margin": 60}
    abroad = advise(RULEBOOK, {**small, "field_seller_cost": 40_000})
    unasked = advise(RULEBOOK, small)

    def rules(advice: Advice) -> list[str]:
        return sorted(r.rule for r in advice.reasons if r.truth == "true")

    assert rules(abroad) == rules(at_home)
    assert "E07" in rules(abroad)
    assert "E07" not in rules(unasked)


def test_5_a_cost_of_one_s_own_is_in_the_currency_of_the_answers() -> None:
    """What the file gives is converted, assumptions included; without a rate it stays unused."""
    spread = {**SIMPLE, **PRICED}
    dollars = advise(RULEBOOK, {**spread, "field_seller_cost": 24_000})
    yuan = {**spread, "acv": "6万", "currency": "CNY", "field_seller_cost": "24万"}

    def line(advice: Advice) -> float:
        assert advice.economics is not None
        assert advice.economics.line is not None
        return advice.economics.line.value

    assert line(dollars) == pytest.approx(3_312, abs=1)  # 33,000 at the usual wages
    assert line(advise(RULEBOOK, {**yuan, "usd_rate": "0.1"})) == pytest.approx(line(dollars))
    assert "no-rate" in [w.id for w in advise(RULEBOOK, yuan).warnings]


def test_a_machine_is_paid_at_signature() -> None:
    """Its whole price carries the trip; the same sum spread over ten years does not."""
    machine = {
        "demo_mode": "onsite", "geography": "national", "density": "sparse", "stakeholders": 3,
        "cycle_days": 120, "gross_margin": 40, "customization": 2, "relationship": 3,
    }  # fmt: skip
    price = advise(RULEBOOK, {**machine, "acv": 60_000, "lifetime_years": 1})
    spread_out = advise(RULEBOOK, {**machine, "acv": 6_000, "lifetime_years": 10})

    assert price.recommendation == "outside"
    assert "V03" in [v.id for v in spread_out.vetoes]
    assert "V03" not in [v.id for v in price.vetoes]


def test_a_figure_of_ours_is_told_where_wages_differ() -> None:
    """Sums in another currency, without the cost of a seller there: the advice says what it used."""
    abroad = {**SIMPLE, "currency": "CNY", "usd_rate": "0.14"}

    def told(given: dict[str, object]) -> list[str]:
        return [w.id for w in advise(RULEBOOK, given).warnings if w.id == "field_seller_cost"]

    assert told(abroad) == ["field_seller_cost"]
    assert told({**abroad, "field_seller_cost": "20万"}) == []
    assert told(SIMPLE) == []  # at home the estimate is of the right country
    assert "field_seller_cost" in advise(RULEBOOK, SIMPLE).assumed


def test_that_nobody_pays_is_said_only_where_it_is_believed() -> None:
    """None has the largest share, and hardly more: the hire sentence stays with what is known."""
    given = {"acv": 0, "cycle_days": 20, "demo_mode": "screen", "stage": "idea"}
    found = advise(RULEBOOK, given)

    assert (found.recommendation, found.confidence) == (None, "open")
    assert [note.id for note in found.notes if note.id.startswith("HIRE")] == ["HIRE3"]
    assert not any(a.id in ("self-serve", "offer") for a in found.alternatives)

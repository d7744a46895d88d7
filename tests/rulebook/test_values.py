"""Answers as people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.problems import UserError
from salesadvisor.rulebook.amounts import Money
from salesadvisor.rulebook.answers import answers_from_settings, answers_from_values
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import Question
from salesadvisor.rulebook.settings import parse_setting
from salesadvisor.rulebook.writing import answer_text, write_answer
from salesadvisor.text import Language
from tests.strategies import values

RULEBOOK = load_rulebook()


def read(id: str, written: object) -> Value:
    """Return what an answer leaves possible."""
    return answers_from_values(RULEBOOK, {id: written}).values[RULEBOOK.question[id].id]


def everything(id: str) -> Value:
    """Return every answer there is."""
    return RULEBOOK.question[id].everything


@pytest.mark.parametrize(
    ("id", "written", "low", "high"),
    [
        ("acv", "20000", 20_000, 20_000),
        ("acv", 12_000, 12_000, 12_000),
        ("acv", 12_000.5, 12_000.5, 12_000.5),
        ("acv", "20_000", 20_000, 20_000),
        ("acv", "20,000", 20_000, 20_000),
        ("acv", "1,234,567.89", 1_234_567.89, 1_234_567.89),
        ("acv", "20k", 20_000, 20_000),
        ("acv", "1.5m", 1_500_000, 1_500_000),
        ("acv", "$20k", 20_000, 20_000),
        ("acv", "20k USD", 20_000, 20_000),
        ("acv", "1e3", 1_000, 1_000),
        ("acv", "5万", 50_000, 50_000),
        ("acv", "20k..60k", 20_000, 60_000),
        ("acv", "20k-60k", 20_000, 60_000),
        ("acv", "20k – 60k", 20_000, 60_000),
        ("acv", "20k to 60k", 20_000, 60_000),
        ("acv", "5万到6万", 50_000, 60_000),
        ("acv", "500-20k", 500, 20_000),
        ("acv", "0-20k", 0, 20_000),
        ("acv", "..60k", 0, 60_000),
        ("acv", "60k..", 60_000, 100_000_000),
        ("acv", {"min": 20_000, "max": 60_000}, 20_000, 60_000),
        ("acv", {"max": "60k"}, 0, 60_000),
        ("cycle_days", "6 weeks", 42, 42),
        ("cycle_days", "4-6 weeks", 28, 42),
        ("cycle_days", "1 month", 30, 30),
        ("cycle_days", "2 quarters", 182, 182),
        ("cycle_days", "1.5 years", 548, 548),
        ("cycle_days", "6 weeks..3 months", 42, 90),
        ("cycle_days", "30 到 60 天", 30, 60),
        ("cycle_days", "3个月", 90, 90),
        ("cycle_days", "45d", 45, 45),
        ("cycle_days", "2个月到半年", 60, 180),
        ("cycle_days", "半个月", 15, 15),
        ("lifetime_years", "18 months", 1.5, 1.5),
        ("lifetime_years", "2.5", 2.5, 2.5),
        ("gross_margin", "70%", 70, 70),
        ("gross_margin", "70", 70, 70),
        ("gross_margin", "0.5%", 0.5, 0.5),
        ("gross_margin", "60-75%", 60, 75),
        ("gross_margin", 0, 0, 0),
        ("target_accounts", "2k", 2_000, 2_000),
        ("target_accounts", "300 家", 300, 300),
        ("stakeholders", "3 people", 3, 3),
        ("relationship", "3..4", 3, 4),
    ],
)
def test_numbers(id: str, written: object, low: float, high: float) -> None:
    """Units, suffixes, ranges and separators are read as a person means them."""
    assert read(id, written) == Numbers(low, high)


@pytest.mark.parametrize(
    ("id", "written", "value"),
    [
        ("demo_mode", "screen", OneOf(frozenset({"screen"}))),
        ("demo_mode", ["screen", "ship"], OneOf(frozenset({"screen", "ship"}))),
        ("demo_mode", "screen|ship", OneOf(frozenset({"screen", "ship"}))),
        ("regulation", ["medical"], SomeOf(frozenset({"medical"}), frozenset({"medical"}))),
        ("regulation", "medical", SomeOf(frozenset({"medical"}), frozenset({"medical"}))),
        (
            "regulation",
            ["medical", "site_safety?"],
            SomeOf(frozenset({"medical"}), frozenset({"medical", "site_safety"})),
        ),
        ("regulation", [], SomeOf(frozenset({"none"}), frozenset({"none"}))),
        ("regulation", ["none"], SomeOf(frozenset({"none"}), frozenset({"none"}))),
        ("regulation", ["none?", "medical?"], SomeOf(frozenset(), frozenset({"none", "medical"}))),
    ],
)
def test_options(id: str, written: object, value: Value) -> None:
    """A choice is a set of options, a multiple choice the certain and the possible ones."""
    assert read(id, written) == value


@pytest.mark.parametrize("written", [None, "", "unknown", "?", "~", "null"])
@pytest.mark.parametrize("id", ["acv", "demo_mode", "regulation"])
def test_unanswered_is_everything(id: str, written: object) -> None:
    """Not knowing is the whole domain."""
    assert read(id, written) == everything(id)
    assert answers_from_values(RULEBOOK, {id: written}).answered == ()


@pytest.mark.parametrize(
    ("id", "written", "code"),
    [
        ("acv", "-5", "out-of-range"),
        ("acv", "1e9", "out-of-range"),
        ("acv", "1e999", "out-of-range"),
        ("acv", "nan", "not-a-number"),
        ("acv", "inf", "not-a-number"),
        ("acv", ".nan", "not-a-number"),
        ("acv", "lots", "not-a-number"),
        ("acv", "９000", "not-a-number"),
        ("acv", "1,20", "not-a-number"),
        ("acv", "12:30", "not-a-number"),
        ("acv", "true", "not-a-number"),
        ("acv", True, "not-a-number"),
        ("acv", "1234.567", "too-precise"),
        ("acv", "20.000", "ambiguous-number"),
        ("acv", "12.500", "ambiguous-number"),
        ("acv", "20.000 USD", "ambiguous-number"),
        ("target_accounts", "12.000 accounts", "ambiguous-number"),
        ("acv", "0,500", "not-a-number"),
        ("acv", "1e-400", "not-a-number"),
        ("acv", {"min": 20, "max": "60k"}, "ambiguous-range"),
        ("cycle_days", {"min": "6 weeks", "max": 60}, "ambiguous-range"),
        ("acv", "20-60k", "ambiguous-range"),
        ("acv", "20..60k", "ambiguous-range"),
        ("acv", "60k..20k", "range-reversed"),
        ("acv", "..", "not-a-number"),
        ("acv", "€20k", "other-currency"),
        ("acv", "20k CNY", "other-currency"),
        ("acv", "20 weeks", "wrong-unit"),
        ("acv", ["1", "2"], "wrong-kind"),
        ("acv", {"low": 1}, "unknown-key"),
        ("acv", {}, "empty-range"),
        ("cycle_days", "6 moons", "wrong-unit"),
        ("cycle_days", "6k", "wrong-unit"),
        ("cycle_days", "$6", "wrong-unit"),
        ("cycle_days", "6 weeks-10", "ambiguous-range"),
        ("cycle_days", "1.5", "too-precise"),
        ("stakeholders", "0", "out-of-range"),
        ("stakeholders", "0.5", "out-of-range"),
        ("stakeholders", "2.5", "too-precise"),
        ("gross_margin", "0.7", "fraction-for-percent"),
        ("gross_margin", "101", "out-of-range"),
        ("relationship", "6", "out-of-range"),
        ("demo_mode", "scren", "unknown-option"),
        ("demo_mode", "Screen", "unknown-option"),
        ("demo_mode", [], "empty-choice"),
        ("demo_mode", ["screen", "screen"], "option-twice"),
        ("demo_mode", {"min": 1}, "wrong-kind"),
        ("regulation", ["none", "medical"], "exclusive-option"),
        ("regulation", ["medical", "none?"], "exclusive-option"),
        ("regulation", ["medical", "medical?"], "option-twice"),
    ],
)
def test_refused(id: str, written: object, code: str) -> None:
    """What can't be meant is refused with its code and a hint, never guessed."""
    with pytest.raises(UserError) as caught:
        read(id, written)

    (problem,) = caught.value.problems
    assert problem.code == code
    assert problem.hint.en
    assert problem.hint.zh


@given(data=st.data(), question=st.sampled_from(RULEBOOK.questions))
def test_what_is_written_is_read_back(data: st.DataObject, question: Question) -> None:
    """An answer that the program writes is the answer that it reads."""
    value = data.draw(values(question.everything))
    if isinstance(value, Numbers):
        step = float(question.step)  # type: ignore[union-attr]  # numbers have a step
        low, high = (round(round(end / step) * step, 2) for end in (value.low, value.high))
        value = Numbers(low, high)
    if isinstance(value, SomeOf):
        exclusive = getattr(question, "exclusive", None)
        if not value.possible or (exclusive in value.possible and value.certain):
            return
    written = write_answer(value, question)
    setting = parse_setting(f"{question.id}={written}", "--set")

    assert answers_from_settings(RULEBOOK, [setting]).values[question.id] == value
    money = Money(currency="USD", rate=Decimal(1))
    assert answer_text(value, question, money)[Language.ZH]


def test_all_problems_come_at_once() -> None:
    """One look at the messages is enough to repair a whole file."""
    with pytest.raises(UserError) as caught:
        answers_from_values(RULEBOOK, {"acvv": 1, "demo_mode": "scren", "cycle_days": "2 moons"})

    assert [p.code for p in caught.value.problems] == [
        "unknown-key",
        "wrong-unit",
        "unknown-option",
    ]
    assert "acv" in caught.value.problems[0].hint.en


def test_money_in_another_currency() -> None:
    """Sums are converted with the rate that is given, before the domain is checked."""
    answers = answers_from_values(
        RULEBOOK, {"acv": "10k..20k", "currency": "CNY", "usd_rate": "0.14"}
    )

    assert answers.values[RULEBOOK.question["acv"].id] == Numbers(1_400, 2_800)


def test_money_without_a_rate_counts_as_unanswered() -> None:
    """No rate is guessed: the sum is left out, and named."""
    answers = answers_from_values(RULEBOOK, {"acv": "10k", "currency": "CNY"})

    assert answers.answered == ()
    assert answers.unconverted == ("acv",)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"currency": "yuan"}, "unknown-currency"),
        ({"currency": "CNY", "usd_rate": "-1"}, "not-a-number"),
        ({"usd_rate": "0.5"}, "other-currency"),
        ({"currency": "CNY", "usd_rate": "7.2"}, "rate-turned-round"),
        ({"currency": "EUR", "usd_rate": "150"}, None),  # far off, but not the wrong way round
        ({"schema": "salesadvisor.answers/9"}, "unknown-schema"),
        ({"weight-buyer": "1.234"}, "bad-weight"),
        ({"weight-byer": "1"}, "unknown-key"),
        ({"hurdle": "10000"}, "out-of-range"),
        ({"name": ["a", "b"]}, "wrong-kind"),
        ({"name": "x" * 20_000}, "too-large"),
    ],
)
def test_other_keys_are_checked(given: dict[str, object], code: str | None) -> None:
    """Keys that are no questions have their own rules."""
    if code is None:
        assert answers_from_values(RULEBOOK, given).money.usable
        return
    with pytest.raises(UserError) as caught:
        answers_from_values(RULEBOOK, given)

    assert [p.code for p in caught.value.problems] == [code]


def test_a_currency_may_be_named_by_a_common_word() -> None:
    """The yuan in Chinese is CNY; a wage that nobody gave is that of the currency, not American."""
    given = {"currency": "人民币", "usd_rate": "0.14", "acv": "3万"}
    answers = answers_from_values(RULEBOOK, given)
    own = answers_from_values(RULEBOOK, {**given, "field_seller_cost": "15万"})

    assert answers.money.currency == "CNY"
    assert answers.presumed == {"field_seller_cost"}
    assert answers.assumptions["field_seller_cost"].low == 200_000 * 0.14
    assert own.presumed == frozenset()
    assert own.assumptions["field_seller_cost"].low == pytest.approx(150_000 * 0.14)


@pytest.mark.parametrize("written", ["1500", "$1500", "1.5k", "1500 USD", "1k..2k"])
def test_assumptions_are_read_by_their_unit(written: str) -> None:
    """A figure of one's own is written like any other sum."""
    answers = answers_from_values(RULEBOOK, {"lead_cost.inside": written})

    assert answers.assumptions["lead_cost.inside"].high in (1500, 2000)


def test_keys_that_belong_to_somebody_else_are_carried() -> None:
    """`x-…` is never read, whatever is in it."""
    answers = answers_from_values(
        RULEBOOK, {"x-crm": "4711", "x-raw": ["a"], "name": "[/x] :smile:"}
    )

    assert answers.labels == {"x-crm": "4711", "x-raw": ""}
    assert answers.name == "[/x] :smile:"

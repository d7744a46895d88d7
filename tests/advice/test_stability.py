"""How firm the recommendation is, and which answer tells most."""

import math

import pytest
from hypothesis import assume, given

from salesadvisor.advice.explanation import advise
from salesadvisor.advice.stability import FEWER_DRAWS, find_prospects
from salesadvisor.advice.verdict import assess
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value, is_single
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import ModelId, QuestionId, Rulebook
from tests.advice.rulebooks import (
    LEFT,
    QUESTIONS,
    RIGHT,
    answers_within,
    make_answers,
    make_rulebook,
    rule,
    rulebooks,
)
from tests.advice.test_properties import SLOW

RULEBOOK = load_rulebook()


def open_answers(**known: Value) -> Answers:
    """Return answers to some questions, the others open."""
    values: dict[QuestionId, Value] = {question.id: question.everything for question in QUESTIONS}
    return make_answers({**values, **{QuestionId(id): value for id, value in known.items()}})


def test_the_answer_on_which_all_hangs_tells_one_bit() -> None:
    """Two options, two outcomes, nothing else: one bit; what no rule reads tells nothing."""
    rulebook = make_rulebook(
        rules=(
            rule("R1", "place == 'here'", {LEFT: 2}),
            rule("R2", "place == 'there'", {RIGHT: 2}),
            rule(
                "R3", "size >= 0 and speed >= 0", {}
            ),  # three questions are read: enough for advice
        )
    )
    prospects = find_prospects(assess(rulebook, open_answers()), ModelId("left"))

    assert list(prospects.information) == ["place"]
    assert prospects.information[QuestionId("place")] == pytest.approx(1, abs=0.01)
    assert prospects.outcomes[LEFT] == pytest.approx(0.5, abs=0.05)
    assert prospects.stability == pytest.approx(0.5, abs=0.05)


def test_information_is_entropy_told() -> None:
    """One option of three against the others: the entropy of one third."""
    rulebook = make_rulebook(
        rules=(
            rule("R1", "taste == 'sweet'", {LEFT: 3}),
            rule("R2", "place in ('here', 'there')", {RIGHT: 1}),
            rule("R3", "size >= 0 and speed >= 0", {}),
        )
    )
    prospects = find_prospects(assess(rulebook, open_answers()), RIGHT)
    third = 1 / 3

    expected = -third * math.log2(third) - (1 - third) * math.log2(1 - third)
    assert prospects.information[QuestionId("taste")] == pytest.approx(expected, abs=0.03)


def test_weights_alone_can_shake_it() -> None:
    """Every answer known, the lead 10 %: weights 30 % up and down turn it now and then."""
    rulebook = make_rulebook(
        rules=(
            rule("R1", "size >= 3", {LEFT: 3}, of="one"),
            rule("R2", "speed > 1", {RIGHT: 2}, of="two"),
            rule("R3", "place == 'there'", {}),
        ),
        weight="1",
    )
    answers = open_answers(
        size=Numbers(4.0, 4.0), speed=Numbers(3.0, 3.0), place=OneOf(frozenset({"here"})),
        taste=OneOf(frozenset({"sweet"})), extras=SomeOf(frozenset({"ice"}), frozenset({"ice"})),
    )  # fmt: skip
    prospects = find_prospects(assess(rulebook, answers), LEFT)

    # 3 u > 2.5 v for u, v uniform on 0.7 to 1.3: computed by hand as an area, 0.81.
    edge = 2.5 / 3
    steps = [0.7 + 0.6 * (i + 0.5) / 1000 for i in range(1000)]
    area = sum(min(max((1.3 - edge * v) / 0.6, 0), 1) for v in steps) / 1000
    assert prospects.stability == pytest.approx(area, abs=0.04)
    assert prospects.outcomes == {LEFT: 1.0}


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_only_possible_models_come_out(rulebook: Rulebook, answers: Answers) -> None:
    """Draws end in what is possible and nowhere else; a glance sees the same with fewer."""
    # Where rules read fewer than three questions, nothing is ever recommended.
    assume(len({id for entry in rulebook.rules for id in rulebook.read_by[entry.id]}) >= 3)
    found = assess(rulebook, answers)
    verdict = found.verdict
    for prospects in (
        find_prospects(found, verdict.recommendation),
        find_prospects(found, verdict.recommendation, FEWER_DRAWS),
    ):
        assert set(prospects.outcomes) <= set(verdict.possible)
        assert sum(prospects.outcomes.values()) == pytest.approx(1)
        assert set(prospects.information).isdisjoint(answers.answered) or any(
            not is_single(answers.values[id]) for id in prospects.information
        )


def test_the_same_answers_have_the_same_stability() -> None:
    """The draws have a fixed seed: advice is the same today and tomorrow."""
    given = {"acv": 30_000, "cycle_days": "1-3 months", "stakeholders": 4, "demo_mode": "screen"}
    one, other = advise(RULEBOOK, given), advise(RULEBOOK, given)

    assert one.stability is not None
    assert (one.stability, one.information) == (other.stability, other.information)


def test_a_decided_advice_asks_nothing_more() -> None:
    """Where nothing can change it there is no next question; else the most telling one."""
    decided = {
        "demo_mode": "onsite", "acv": 250_000, "stakeholders": 8, "cycle_days": 270,
        "sellers": 0, "stage": "idea", "geography": "regional", "density": "clustered",
        "gross_margin": 60, "lifetime_years": 7, "buyer_preference": "in_person",
    }  # fmt: skip
    advice = advise(RULEBOOK, decided)
    assert (advice.possible, advice.next_question) == (("outside",), None)
    assert advice.unanswered

    open_ = advise(RULEBOOK, {"acv": 30_000, "cycle_days": 40, "stakeholders": 4})
    assert open_.next_question == next(iter(open_.information))

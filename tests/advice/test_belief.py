"""What plausible completions end in: shares, chances, how firm it is, and which answer tells most."""

import math

import pytest
from hypothesis import given
from msgspec.structs import replace

from salesadvisor.advice.explanation import advise
from salesadvisor.advice.scoring import first_of
from salesadvisor.advice.telling import find_information
from salesadvisor.advice.verdict import assess
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value, is_single, is_within
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import NO_MODEL, QuestionId, Rulebook
from tests.advice.rulebooks import (
    JOINING,
    LEFT,
    MODELS,
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
            rule("R3", "size >= 0 and speed >= 0 and taste == 'sweet'", {}),
        )
    )
    known = open_answers(
        size=Numbers(4.0, 4.0), speed=Numbers(3.0, 3.0), taste=OneOf(frozenset({"sweet"}))
    )  # of three questions that rules read: enough for advice
    found = assess(rulebook, known)
    information = find_information(found)

    assert list(information) == ["place"]
    assert information[QuestionId("place")] == pytest.approx(1, abs=0.02)
    assert found.verdict.chances[LEFT] == pytest.approx(0.5, abs=0.05)
    assert found.verdict.stability == pytest.approx(0.5, abs=0.05)


def test_information_is_entropy_told() -> None:
    """One option of three against the others: the entropy of one third."""
    rulebook = make_rulebook(
        rules=(
            rule("R1", "taste == 'sweet'", {LEFT: 3}),
            rule("R2", "place in ('here', 'there')", {RIGHT: 1}),
            rule("R3", "size >= 0 and speed >= 0", {}),
        )
    )
    information = find_information(assess(rulebook, open_answers()))
    third = 1 / 3

    expected = -third * math.log2(third) - (1 - third) * math.log2(1 - third)
    assert information[QuestionId("taste")] == pytest.approx(expected, abs=0.05)


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
    verdict = assess(replace(rulebook, draws=2000), answers).verdict

    # 3 u > 2.5 v for u, v uniform on 0.7 to 1.3: computed by hand as an area, 0.81.
    edge = 2.5 / 3
    steps = [0.7 + 0.6 * (i + 0.5) / 1000 for i in range(1000)]
    area = sum(min(max((1.3 - edge * v) / 0.6, 0), 1) for v in steps) / 1000
    assert verdict.stability == pytest.approx(area, abs=0.04)
    assert verdict.chances[LEFT] == 1.0


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_completions_end_in_what_is_possible(rulebook: Rulebook, answers: Answers) -> None:
    """Draws end in what is possible and nowhere else, and tell nothing about what is known."""
    found = assess(rulebook, answers)
    chances = found.verdict.chances
    assert {m for m, chance in chances.items() if chance} <= set(found.verdict.possible)
    assert sum(chances.values()) == pytest.approx(1)
    assert all(not is_single(answers.values[id]) for id in find_information(found))


@given(rulebook=rulebooks() | rulebooks(JOINING), answers=answers_within())
@SLOW
def test_the_share_is_the_mean_over_completions(rulebook: Rulebook, answers: Answers) -> None:
    """Each completion, decided alone, gives what it adds to shares, chances and stability."""
    found = assess(rulebook, answers)
    completions = found.search.beliefs.completions
    position, questions = found.scoring.position, rulebook.questions
    drawn = {q.id: completions.of(position, i) for i, q in enumerate(questions)}
    alone = []
    for place in range(rulebook.draws):
        values = {
            id: answers.values[id] if draw is None else draw.values[place]
            for id, draw in drawn.items()
        }
        assert all(is_within(value, answers.values[id]) for id, value in values.items())
        alone.append(assess(rulebook, replace(answers, values=values)))
    for m in found.verdict.columns.outcomes:
        means = [first_of(one.verdict.columns.shares_as_given()[m]) for one in alone]
        assert found.belief.shares[m] == pytest.approx(sum(means) / len(means))
        ends = [one.verdict.columns.winner.get(m, 0) & 1 for one in alone]
        assert found.verdict.chances[m] == pytest.approx(sum(ends) / len(ends))


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_the_recommended_has_the_largest_share(rulebook: Rulebook, answers: Answers) -> None:
    """Among what is possible nothing has a larger share; all shares sum to 1, none is the whole."""
    verdict = assess(rulebook, answers).verdict
    assert sum(verdict.shares.values()) == pytest.approx(1)
    left = {m for m in MODELS if m not in verdict.excluded}
    if len(left) > 1:
        assert all(share < 1 for share in verdict.shares.values())
    if not verdict.enough:
        assert (verdict.recommendation, verdict.confidence) == (None, None)
        return
    best = verdict.recommendation or NO_MODEL
    assert best in verdict.possible
    assert verdict.shares[best] == max(verdict.shares[m] for m in verdict.possible)
    assert verdict.stability is not None
    least = min(verdict.shares[best], verdict.stability)
    word = "firm" if least >= 0.9 else "leaning" if least >= 0.6 else "open"
    assert verdict.confidence == word


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
        "lead_source": "outbound", "current_motion": "field",
    }  # fmt: skip
    advice = advise(RULEBOOK, decided)
    assert (advice.possible, advice.next_question) == (("outside",), None)
    assert advice.unanswered

    open_ = advise(RULEBOOK, {"acv": 30_000, "cycle_days": 40, "stakeholders": 4})
    assert open_.next_question == next(iter(open_.information))

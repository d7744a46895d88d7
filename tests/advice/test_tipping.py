"""What would turn the recommendation, against trying every answer."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from msgspec.structs import replace

from salesadvisor.advice.explanation import advise, advise_on
from salesadvisor.advice.scoring import is_open
from salesadvisor.advice.tipping import (
    TippingPoint,
    Walk,
    find_pair,
    find_segments,
    find_tipping_points,
)
from salesadvisor.advice.verdict import assess
from salesadvisor.advice.weighing import find_weight_limits
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value, is_single
from salesadvisor.report.wording import values_words
from salesadvisor.rulebook.answers import Answers, answers_from_values, load_answers
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    ModelId,
    NumberQuestion,
    QuestionId,
    Rulebook,
)
from salesadvisor.rulebook.folder import built_in_rules
from tests.advice.rulebooks import (
    LEFT,
    QUESTIONS,
    RIGHT,
    answers_within,
    completions_of,
    make_answers,
    make_rulebook,
    rule,
    rulebooks,
    veto,
)
from tests.advice.test_properties import SLOW

RULEBOOK = load_rulebook()
EXAMPLES = sorted((built_in_rules() / "examples").glob("*.yaml"))


def recommended(rulebook: Rulebook, answers: Answers) -> ModelId:
    """Return what is recommended, `none` for nothing."""
    return assess(rulebook, answers).verdict.recommendation or NO_MODEL


def changed(answers: Answers, id: QuestionId, value: Value) -> Answers:
    """Return the answers with another one to a question."""
    return replace(answers, values={**answers.values, id: value})


def joined_with_open(rulebook: Rulebook, answers: Answers) -> bool:
    """Return whether a condition reads one answer together with another one that is open."""
    found = assess(rulebook, answers)
    position, layout = found.scoring.position, found.layout
    return any(is_open(layout, position, q) for q in layout.decision.joint_questions)


def points_on(rulebook: Rulebook, answers: Answers) -> tuple[ModelId, tuple[TippingPoint, ...]]:
    """Return the recommendation and where it turns."""
    now = recommended(rulebook, answers)
    return now, find_tipping_points(walk_along(rulebook, answers), now)


def walk_along(rulebook: Rulebook, answers: Answers) -> Walk:
    """Return what walks along the answers to each question."""
    return Walk(assess(rulebook, answers))


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_each_point_turns_and_the_step_before_does_not(
    rulebook: Rulebook, answers: Answers
) -> None:
    """At a tipping point the recommendation is the one that is told; one step before, as now."""
    now, points = points_on(rulebook, answers)

    for point in points:
        there = recommended(rulebook, changed(answers, point.question, point.at))
        assert there == point.becomes != now
        if point.keeps is not None:
            kept = recommended(rulebook, changed(answers, point.question, point.keeps))
            assert kept == now


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_no_turn_is_missed(rulebook: Rulebook, answers: Answers) -> None:
    """Every answer is tried: what turns the recommendation is told, and the nearest of numbers."""
    assume(not joined_with_open(rulebook, answers))
    now, points = points_on(rulebook, answers)

    for question in QUESTIONS:
        value = answers.values[question.id]
        mine = {(p.side, p.at) for p in points if p.question == question.id}
        if question.id not in answers.answered:
            assert not mine
            continue
        match value:
            case Numbers() if is_single(value):
                assert mine == _numbers(rulebook, answers, question.id, now)
            case OneOf(options):
                others = [OneOf(frozenset({o})) for o in question.options]  # type: ignore[union-attr]  # a choice
                assert mine == {
                    ("instead", other)
                    for other in others
                    if other.options != options
                    and recommended(rulebook, changed(answers, question.id, other)) != now
                }
            case SomeOf() if is_single(value):
                for known in completions_of(question.everything):
                    if len(known ^ value.certain) == 1 and "none" not in known | value.certain:
                        other = SomeOf(known, known)
                        turns = recommended(rulebook, changed(answers, question.id, other)) != now
                        assert turns == (other in {at for _, at in mine})


def _numbers(
    rulebook: Rulebook, answers: Answers, id: QuestionId, now: ModelId
) -> set[tuple[str, Value]]:
    question, value = rulebook.question[id], answers.values[id]
    assert isinstance(question, NumberQuestion)
    assert isinstance(value, Numbers)
    found: set[tuple[str, Value]] = set()
    for side, step, end in (
        ("above", 1, question.domain.high),
        ("below", -1, question.domain.low),
    ):
        number = value.low
        while number != end:
            number += step
            other = Numbers(number, number)
            if recommended(rulebook, changed(answers, id, other)) != now:
                found.add((side, other))
                break
    return found


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_segments_cover_all_answers(rulebook: Rulebook, answers: Answers) -> None:
    """Along a number each answer lies in one segment, and gets what is recommended there."""
    assume(not joined_with_open(rulebook, answers))
    walk = walk_along(rulebook, answers)
    for question in QUESTIONS:
        segments = find_segments(walk, question.id)
        if not isinstance(question, NumberQuestion):
            continue
        for number in range(int(question.domain.high) + 1):
            value = Numbers(float(number), float(number))
            held = [s for s in segments if s.values.low <= number <= s.values.high]  # type: ignore[union-attr]  # numbers
            assert len(held) == 1
            assert held[0].becomes == recommended(rulebook, changed(answers, question.id, value))


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_a_pair_turns_and_neither_alone(rulebook: Rulebook, answers: Answers) -> None:
    """Both changes together turn the recommendation; each alone leaves it."""
    now = recommended(rulebook, answers)
    pair = find_pair(walk_along(rulebook, answers), now)
    if pair is None:
        return

    one, other = pair.changes
    alone = [changed(answers, change.question, change.at) for change in pair.changes]
    both = changed(alone[0], other.question, other.at)
    assert one.question != other.question
    assert recommended(rulebook, both) == pair.becomes != now
    assert [recommended(rulebook, each) for each in alone] == [now, now]


def test_a_pair_is_found_where_two_rules_must_fall() -> None:
    """Two rules hold a model up; either suffices, so that only both answers together turn it."""
    rulebook = make_rulebook(
        rules=(
            rule("R1", "size >= 3", {"left": 2}),  # type: ignore[dict-item]  # an id
            rule("R2", "speed > 1", {"left": 2}),  # type: ignore[dict-item]
            rule("R3", "place == 'here'", {"right": 1}),  # type: ignore[dict-item]
        )
    )
    known: dict[QuestionId, Value] = {question.id: question.everything for question in QUESTIONS}
    known[QuestionId("size")] = Numbers(4.0, 4.0)
    known[QuestionId("speed")] = Numbers(3.0, 3.0)
    known[QuestionId("place")] = OneOf(frozenset({"here"}))
    answers = make_answers(known)
    walk = walk_along(rulebook, answers)

    assert recommended(rulebook, answers) == "left"
    assert not find_tipping_points(walk, LEFT)
    pair = find_pair(walk, LEFT)
    assert pair is not None
    assert {(p.question, p.at) for p in pair.changes} == {
        ("size", Numbers(2.0, 2.0)),
        ("speed", Numbers(1.0, 1.0)),
    }


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_a_weight_holds_between_its_limits(rulebook: Rulebook, answers: Answers) -> None:
    """Just inside the limits of a weight the recommendation is as now."""
    found = assess(rulebook, answers)
    now = recommended(rulebook, answers)
    if now == NO_MODEL or not found.settled:
        return
    for limit in find_weight_limits(found, now):
        high = limit.high if limit.high is not None else 100.0
        assert limit.low <= limit.weight <= high
        steps = (limit.low + 0.01, (limit.low + limit.weight) / 2, (limit.weight + high) / 2)
        for weight in (*steps, high - 0.01):
            rounded = Decimal(weight).quantize(Decimal("0.01"))
            if limit.low < rounded < high:
                there = replace(answers, weights={limit.criterion: rounded})
                assert recommended(rulebook, there) == now


def test_beyond_its_limit_a_weight_turns_the_advice() -> None:
    """One rule each way: the weight turns where both have the same points."""
    rulebook = make_rulebook(
        rules=(
            rule("R1", "size >= 3", {"left": 2}, of="one"),  # type: ignore[dict-item]
            rule("R2", "speed > 1", {"right": 1}, of="two"),  # type: ignore[dict-item]
            rule("R3", "place == 'there'", {}),  # one answer more: enough for advice
        ),
        weight="1",
    )
    known: dict[QuestionId, Value] = {question.id: question.everything for question in QUESTIONS}
    known[QuestionId("size")] = Numbers(4.0, 4.0)
    known[QuestionId("speed")] = Numbers(3.0, 3.0)
    known[QuestionId("place")] = OneOf(frozenset({"here"}))
    answers = make_answers(known)

    one, two = find_weight_limits(assess(rulebook, answers), LEFT)

    assert (one.low, one.high) == (0.625, None)  # 2 w = 1.25
    assert (two.low, two.high) == (0.0, 2.0)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_points_of_the_examples_are_true(path: Path) -> None:
    """For every example: just inside each tipping point the advice is as it is, at it another."""
    answers = load_answers(path, RULEBOOK)
    now, points = points_on(RULEBOOK, answers)

    for point in points:
        at = recommended(RULEBOOK, changed(answers, point.question, point.at))
        assert at == point.becomes != now
        if point.keeps is not None:
            kept = recommended(RULEBOOK, changed(answers, point.question, point.keeps))
            assert kept == now


def test_points_go_through_formulas() -> None:
    """A contract value decides through gross profit: exact to the cent, with its margin."""
    robot = load_answers(EXAMPLES[-1], RULEBOOK)
    assert EXAMPLES[-1].stem == "medical_robot"
    _, points = points_on(RULEBOOK, robot)
    found = {(p.question, p.side): p for p in points}

    # 20,000 a customer over three years at 60 %: the veto on what travel costs.
    assert found[QuestionId("acv"), "below"].at == Numbers(11_111.11, 11_111.11)
    assert found[QuestionId("acv"), "below"].keeps == Numbers(11_111.12, 11_111.12)


def test_points_are_told_in_the_currency_of_the_answers() -> None:
    """In yuan, the first sum that turns the advice does, and one fen less does not."""
    given = {
        "currency": "CNY", "usd_rate": "0.14", "acv": 80_000, "cycle_days": 30,
        "stakeholders": 3, "demo_mode": "screen", "geography": "national", "density": "sparse",
    }  # fmt: skip
    advice = advise(RULEBOOK, given)
    point = next(p for p in advice.tipping_points if p.question == "acv")

    assert isinstance(point.at, float)
    assert advise(RULEBOOK, {**given, "acv": f"{point.at:.2f}"}).recommendation == point.becomes
    kept = advise(RULEBOOK, {**given, "acv": f"{point.keeps:.2f}"})
    assert kept.recommendation == advice.recommendation


def test_too_few_answers_have_no_tipping_points() -> None:
    """Before there is advice nothing can turn it."""
    assert advise(RULEBOOK, {"acv": 10_000}).tipping_points == ()


def test_the_nearest_comes_first() -> None:
    """Points are sorted by their distance in the typical spread of their questions."""
    advice = advise_on(RULEBOOK, load_answers(EXAMPLES[0], RULEBOOK))
    distances = [point.distance for point in advice.tipping_points]

    assert distances == sorted(distances)
    assert len(distances) > 5


def test_parts_of_an_open_condition_are_told_apart() -> None:
    """A condition open on both sides may hang on something else: each side is looked at."""
    rulebook = make_rulebook(
        rules=(
            rule(
                "R1", "size >= 3 and place == 'here' or size < 3 and place == 'there'", {RIGHT: 2}
            ),
            rule("R2", "place == 'there'", {LEFT: 1}),
            rule("R3", "taste == 'sweet'", {RIGHT: 1}),
        ),
        vetoes=(veto("V1", "size >= 3 and place == 'there'", RIGHT),),
    )
    known: dict[QuestionId, Value] = {question.id: question.everything for question in QUESTIONS}
    known[QuestionId("size")] = Numbers(5.0, 5.0)
    known[QuestionId("taste")] = OneOf(frozenset({"sour"}))
    answers = make_answers(known)

    for segment in find_segments(walk_along(rulebook, answers), QuestionId("size")):
        assert isinstance(segment.values, Numbers)
        for number in (segment.values.low, segment.values.high):
            other = changed(answers, QuestionId("size"), Numbers(number, number))
            assert segment.becomes == recommended(rulebook, other)


def test_without_a_rate_thresholds_are_in_the_rulebook_s_currency() -> None:
    """Sums that can't be converted are not passed off as the founder's own."""
    given = {"currency": "CNY", "acv": 80_000, "cycle_days": 30, "stakeholders": 3}
    answers = answers_from_values(RULEBOOK, given)
    segments = find_segments(walk_along(RULEBOOK, answers), QuestionId("acv"))
    words = [
        values_words(s.values, RULEBOOK.question[QuestionId("acv")], answers.money)
        for s in segments
    ]

    assert all("CNY" not in text.en for text in words)
    assert any("USD" in text.en for text in words)


def test_the_printed_threshold_turns_the_advice() -> None:
    """In another currency the sum on the screen is the one that turns it, to its last digit."""
    given = {
        "currency": "CNY", "usd_rate": "0.1389", "acv": 80_000, "cycle_days": 30,
        "stakeholders": 3, "demo_mode": "screen", "geography": "national", "density": "sparse",
    }  # fmt: skip
    point = next(p for p in advise(RULEBOOK, given).tipping_points if p.question == "acv")
    printed = point.at_text.en.removesuffix(" CNY").replace(",", "")

    assert advise(RULEBOOK, {**given, "acv": printed}).recommendation == point.becomes

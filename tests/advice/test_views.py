"""Both ends of a spread of customers: semantics 18, by example and by property."""

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor import advise, load_rulebook
from salesadvisor.advice.spread_line import _values, _winners, find_line
from salesadvisor.advice.verdict import Assessment, SpreadResult, assess
from salesadvisor.advice.view_reasons import line_by_rules
from salesadvisor.language.possible import TRUE, Numbers, OneOf, Value
from salesadvisor.rulebook.answers import answers_from_values
from salesadvisor.rulebook.definitions import ModelId, QuestionId, Rulebook
from tests.advice.rulebooks import (
    BOTH,
    LEFT,
    QUESTIONS,
    RIGHT,
    answers_from,
    completions,
    make_answers,
    make_rulebook,
    pattern,
    rule,
    rulebooks,
    truths_by_sets,
    veto,
    views,
)
from tests.advice.rulebooks import answers_within as drawn

RULEBOOK = load_rulebook()
SLOW = settings(max_examples=20)

SPREAD: dict[str, object] = {
    "cycle_days": 60, "stakeholders": 4, "demo_mode": "screen", "relationship": 3, "acv": 20_000,
    "geography": "national", "density": "moderate", "remote_reach": "easy", "gross_margin": 80,
    "lifetime_years": 5, "target_accounts": 30_000, "stage": "growing", "deal_spread": "long_tail",
    "buying_process": "committee", "lead_source": "inbound",
}  # fmt: skip


def test_two_winners_earn_the_hybrid() -> None:
    """The desk wins at the small end, the field at the large one: a hybrid, with its line."""
    advice = advise(RULEBOOK, SPREAD)

    assert advice.views is not None
    assert (advice.views.small.model, advice.views.large.model) == ("inside", "outside")
    assert (advice.recommendation, advice.views.overruled_by) == ("hybrid", "hybrid")
    assert not advice.models["hybrid"].excluded  # type: ignore[index]  # an id
    assert advice.views.line is not None
    low, high = advice.views.line
    assert 20_000 / 3 < low <= high < 200_000


def test_a_model_that_only_both_ends_can_bring_in_has_its_share() -> None:
    """Excluded on the answers as given; but where customers differ, both ends may agree on it."""
    rulebook = make_rulebook(
        rules=(*(rule(f"R{i}", "size >= 3", {}) for i in range(2)), rule("R2", "speed > 1", {RIGHT: 1}),
               rule("R3", "taste == 'sweet'", {})),
        vetoes=(veto("V0", "1 < size <= 4", RIGHT), veto("V1", "size >= 3", LEFT)),
        patterns=(pattern("P0", "size >= 3"),),
        views=views(
            "size >= 3", {"size": "size - 2", "speed": "speed - 1"},
            {"size": "size * 2", "speed": "speed + 1"},
        ),
    )  # fmt: skip
    known: dict[QuestionId, Value] = {q.id: q.everything for q in QUESTIONS}
    known[QuestionId("size")] = Numbers(2, 3)
    known[QuestionId("speed")] = Numbers(3, 3)
    known[QuestionId("taste")] = OneOf(frozenset({"salty"}))
    answers = make_answers(known)
    verdict = assess(rulebook, answers).verdict

    assert RIGHT in verdict.possible
    assert RIGHT in verdict.excluded
    assert sum(verdict.shares.values()) == pytest.approx(1)
    assert verdict.recommendation is not None
    assert verdict.shares[verdict.recommendation] > 0


def test_without_a_spread_there_are_no_views() -> None:
    """Customers who are alike are decided once; so are those of whom nothing is known."""
    alike = advise(RULEBOOK, {**SPREAD, "deal_spread": "uniform"})
    unknown = advise(RULEBOOK, {k: v for k, v in SPREAD.items() if k != "deal_spread"})

    assert alike.views is None
    assert unknown.views is None
    assert "hybrid" in unknown.possible  # the spread may still turn out to earn it


def test_one_winner_at_both_ends_takes_the_hybrid_s_only_reason() -> None:
    """Where the base recommends the blend for nothing but the spread, the ends overrule it."""
    given = {
        **SPREAD, "acv": 400_000, "stakeholders": 9, "cycle_days": 300, "relationship": 3,
        "demo_mode": "ship", "remote_reach": "partly", "target_accounts": 900,
        "buyer_preference": "in_person",
    }  # fmt: skip
    advice = advise(RULEBOOK, given)

    assert advice.views is not None
    assert (advice.views.small.model, advice.views.large.model) == ("outside", "outside")
    assert advice.recommendation == "outside"


def test_what_is_unanswered_stays_so() -> None:
    """A view draws no evidence from a question that nobody answered."""
    few = {k: SPREAD[k] for k in ("cycle_days", "geography", "deal_spread", "relationship")}
    answers = answers_from_values(RULEBOOK, few)
    spread = assess(RULEBOOK, answers).verdict.spread

    assert spread is not None
    for end in (spread.small, spread.large):
        for id in ("acv", "stakeholders", "demo_mode", "buying_process"):
            assert end.values[QuestionId(id)] == RULEBOOK.question[id].everything


def test_the_line_is_in_the_currency_of_the_answers() -> None:
    """Where it turns is stated in the founder's own money, to two digits."""
    dollars = advise(RULEBOOK, {**SPREAD, "field_seller_cost": 240_000})
    wages = {"field_seller_cost": 2_400_000}
    yuan = advise(
        RULEBOOK, {**SPREAD, **wages, "acv": 200_000, "currency": "CNY", "usd_rate": "0.1"}
    )

    assert dollars.views is not None
    assert yuan.views is not None
    assert dollars.views.line is not None
    assert yuan.views.line == pytest.approx(tuple(end * 10 for end in dollars.views.line))
    assert "CNY" in yuan.views.dividing_line.en


def test_a_line_needs_one_figure() -> None:
    """A range for the line's answer leaves no single place where it turns: figures alone draw it."""
    given = {**SPREAD, "acv": "18k..22k"}
    advice = advise(RULEBOOK, given)

    assert advice.views is not None
    assert advice.views.split
    assert line_by_rules(assess(RULEBOOK, answers_from_values(RULEBOOK, given))) is None
    assert advice.dividing_line is not None
    assert advice.dividing_line.low == advice.dividing_line.high


def winner_by_sets(spread: SpreadResult, found: Assessment, place: float) -> ModelId | None:
    """Return the unblended model that leads on what is certain at a place between the ends."""
    rulebook, points = found.scoring.rulebook, found.scoring.points
    truths = truths_by_sets(rulebook, _values(spread, found, place))
    left = {
        model: sum(points[r.id][model] for r in rulebook.rules if truths[r.id] == TRUE)
        for model in found.layout.decision.unblended
        if not any(model in v.excludes and truths[v.id] == TRUE for v in rulebook.vetoes)
    }
    best = [model for model, score in left.items() if score == max(left.values())]
    return best[0] if len(best) == 1 else None


def test_the_line_turns_the_decision() -> None:
    """Just below the line the evaluator finds the one winner, just above it the other."""
    answers = answers_from_values(RULEBOOK, SPREAD)
    found = assess(RULEBOOK, answers)
    spread = found.verdict.spread
    assert spread is not None
    line = find_line(spread, found)
    assert line is not None
    places = [i / 500 - 1 for i in range(1001)]
    acv = [_values(spread, found, place)[QuestionId("acv")].low for place in places]  # type: ignore[union-attr]

    def winner(place: float) -> str | None:
        return winner_by_sets(spread, found, place)

    below = [p for p, value in zip(places, acv, strict=True) if value < line * 0.98]
    above = [p for p, value in zip(places, acv, strict=True) if value > line * 1.02]
    assert {winner(p) for p in below} <= {"inside", None}
    assert {winner(p) for p in above} <= {"outside", None}


def test_both_ends_may_agree_on_what_the_base_rules_out() -> None:
    """With the blend certain in the base, and out at both ends, what they agree on is possible."""
    base = make_rulebook(
        rules=(
            rule("R1", "2 <= size <= 4", {BOTH: 3}),
            rule("R2", "place == 'here'", {RIGHT: 1}),
            rule("R3", "size < 2 or size > 4", {RIGHT: 3}),
            rule("R4", "speed > 1", {LEFT: 1}),  # open, and too weak to matter
            rule("R5", "taste == 'sweet'", {LEFT: 1}),
        ),
        patterns=(pattern("P1", "place == 'here'"),),
        views=views("place == 'here'", {"size": "size - 3"}, {"size": "size + 3"}),
    )
    known: dict[QuestionId, Value] = {question.id: question.everything for question in QUESTIONS}
    known[QuestionId("size")] = Numbers(2.0, 4.0)
    known[QuestionId("place")] = OneOf(frozenset({"here"}))
    known[QuestionId("taste")] = OneOf(frozenset({"sweet"}))
    answers = make_answers(known)

    verdict = assess(base, answers).verdict

    assert (verdict.recommendation, verdict.possible) == (RIGHT, (RIGHT,))

    # With a reason of its own beside the spread, the blend stays.
    otherwise = replace(base, patterns=(*base.patterns, pattern("P2", "taste == 'sweet'")))
    verdict = assess(otherwise, answers).verdict

    assert (verdict.recommendation, verdict.possible) == (BOTH, (BOTH,))


@given(rulebook=rulebooks(with_views=True), data=st.data())
@SLOW
def test_the_way_and_the_evaluator_agree(rulebook: Rulebook, data: st.DataObject) -> None:
    """At any place between the ends, a block finds the winner the evaluator finds."""
    known = data.draw(st.sampled_from(list(completions(data.draw(drawn())))[:50]))
    found = assess(rulebook, answers_from(known))
    spread = found.verdict.spread
    event("spread" if spread else "no spread")
    if spread is None:
        return
    places = (-1.0, -0.5, 0.0, 0.3, 1.0)

    assert _winners(spread, found, places) == [
        winner_by_sets(spread, found, place) for place in places
    ]
    for end, place in ((spread.small, -1.0), (spread.large, 1.0)):
        assert end.winner == winner_by_sets(spread, found, place)


@given(rulebook=rulebooks(with_views=True), data=st.data())
@SLOW
def test_the_line_lies_between_the_winners(rulebook: Rulebook, data: st.DataObject) -> None:
    """A line is told only where the spread splits, and lies between the ends of its answer."""
    known = data.draw(st.sampled_from(list(completions(data.draw(drawn())))[:50]))
    found = assess(rulebook, answers_from(known))
    spread = found.verdict.spread
    line = find_line(spread, found) if spread else None
    event("a line" if line is not None else "split" if spread and spread.split else "no split")
    if spread is None or line is None:
        return
    ends = [_values(spread, found, place)[spread.views.line] for place in (-1.0, 1.0)]
    small, large = (end.low for end in ends if isinstance(end, Numbers))

    assert spread.split
    assert min(small, large) <= line <= max(small, large)


def test_a_young_company_keeps_to_one_way() -> None:
    """The spread earns no hybrid before ten strangers have bought: a veto says why."""
    early = {**SPREAD, "stage": "first_customers", "buyer_preference": "in_person"}
    advice = advise(RULEBOOK, early)

    assert advice.recommendation != "hybrid"
    assert "V14" in [veto.id for veto in advice.vetoes]


def test_reasons_at_an_end_speak_for_its_winner() -> None:
    """What is named behind an end moves its winner ahead there, and does not hold at the other."""
    views = advise(RULEBOOK, SPREAD).views
    assert views is not None

    for end, other in ((views.small, "outside"), (views.large, "inside")):
        assert end.model is not None
        assert end.reasons
        for reason in end.reasons:
            assert reason.points[end.model] > reason.points[other]  # type: ignore[index]  # an id
    assert not {r.rule for r in views.small.reasons} & {r.rule for r in views.large.reasons}


def test_a_split_puts_the_line_by_size_first() -> None:
    """Where the spread earns the hybrid, the line that rests on it leads."""
    given = {**SPREAD, "buying_process": "repeat_orders", "lead_source": "existing"}
    advice = advise(RULEBOOK, given)

    assert advice.views is not None
    assert advice.views.split
    assert [p.id for p in advice.patterns][:2] == ["H-A", "H-E"]

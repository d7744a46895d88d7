"""The promises of the advice, against brute force on small random rulebooks."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.advice.explanation import explain
from salesadvisor.advice.verdict import State, assess
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Rulebook
from tests.advice.rulebooks import (
    BOTH,
    MODELS,
    answers_from,
    answers_within,
    completions,
    ends_of,
    outcome,
    rulebooks,
    winners,
)

SLOW = settings(max_examples=20)


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_every_winner_was_announced(rulebook: Rulebook, answers: Answers) -> None:
    """`possible` holds the winner of every completion, and the score ranges hold the scores."""
    found = assess(rulebook, answers)
    scoring, verdict = found.scoring, found.verdict
    ranges = {m: scoring.score_range(m) for m in MODELS}

    for known in completions(answers):
        assert winners(rulebook, known) <= set(verdict.possible)
        scores, _ = outcome(rulebook, known)
        for model in MODELS:
            low, high = ranges[model]
            assert low <= scores[model] * scoring.unit <= high


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_proved_means_exact(rulebook: Rulebook, answers: Answers) -> None:
    """What is said to be proved is exactly what brute force finds; decided is always right."""
    verdict = assess(rulebook, answers).verdict
    found = set().union(*(winners(rulebook, known) for known in completions(answers)))

    assert verdict.possible_proved
    assert set(verdict.possible) == found
    if verdict.status is State.DECIDED:
        assert found == {verdict.recommendation}


@given(rulebook=rulebooks(), data=st.data())
@SLOW
def test_with_every_answer_the_winner_is_recommended(
    rulebook: Rulebook, data: st.DataObject
) -> None:
    """On single values advice and brute force agree: scores, exclusions, winner, ties."""
    answers = data.draw(answers_within())
    known = data.draw(st.sampled_from(list(completions(answers))[:50]))
    found = assess(rulebook, answers_from(known))
    scoring, verdict = found.scoring, found.verdict
    scores, excluded = outcome(rulebook, known)

    assert {m: scoring.scores[m] for m in MODELS} == {m: scores[m] * scoring.unit for m in MODELS}
    ends = ends_of(rulebook, known)
    if ends is not None and ends[0] != ends[1] and winners(rulebook, known) == {BOTH}:
        excluded.discard(BOTH)  # the spread is its reason, whatever patterns say
    assert verdict.excluded == excluded
    best = winners(rulebook, known)
    if verdict.enough and best != {"none"}:
        assert verdict.recommendation == next(m for m in rulebook.ties if m in best)
        assert best <= set(verdict.tied)
        assert (verdict.status is State.TOO_CLOSE) == (len(verdict.tied) > 1)
    if best == {"none"}:
        assert verdict.recommendation is None


@given(rulebook=rulebooks(), data=st.data())
@SLOW
def test_narrowing_an_answer_never_widens_the_verdict(
    rulebook: Rulebook, data: st.DataObject
) -> None:
    """One more answer takes outcomes away and never adds one; score ranges shrink."""
    wide = data.draw(answers_within())
    narrow = data.draw(answers_within(wide.values))
    before, after = assess(rulebook, wide), assess(rulebook, narrow)

    assert set(after.verdict.possible) <= set(before.verdict.possible)
    for model in MODELS:
        outer, inner = before.scoring.score_range(model), after.scoring.score_range(model)
        assert outer[0] <= inner[0]
        assert inner[1] <= outer[1]


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_explanations_are_true(rulebook: Rulebook, answers: Answers) -> None:
    """Taking a rule out of the rulebook moves every score by exactly its printed points."""
    found = assess(rulebook, answers)
    scoring, advice = found.scoring, explain(found)

    for reason in advice.reasons:
        without = replace(rulebook, rules=tuple(r for r in rulebook.rules if r.id != reason.rule))
        after = assess(without, answers).scoring
        for model in MODELS:
            moved = scoring.in_points(scoring.scores[model] - after.scores[model])
            assert moved == (reason.points[model] if reason.truth == "true" else 0)


@given(rulebook=rulebooks(), answers=answers_within(), factor=st.sampled_from([2, 3]))
@SLOW
def test_the_scale_of_weights_does_not_matter(
    rulebook: Rulebook, answers: Answers, factor: int
) -> None:
    """Multiplying all weights by one number changes nothing that is possible, nor who wins.

    What is open is shared out by how far models lie apart, so there the scale matters.
    """
    scaled = replace(
        rulebook, criteria=tuple(replace(c, weight=c.weight * factor) for c in rulebook.criteria)
    )
    before = assess(rulebook, answers).verdict
    after = assess(scaled, answers).verdict

    assert before.possible == after.possible
    if len(before.possible) == 1:
        assert before.recommendation == after.recommendation


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_what_is_recommended_can_win(rulebook: Rulebook, answers: Answers) -> None:
    """The recommendation is possible, and not excluded."""
    verdict = assess(rulebook, answers).verdict

    if verdict.recommendation is not None:
        assert verdict.recommendation in verdict.possible
        assert verdict.recommendation not in verdict.excluded


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_no_open_rule_counts_twice(rulebook: Rulebook, answers: Answers) -> None:
    """A rule that reads several open questions moves a bound once, not once for each."""
    scoring = assess(rulebook, answers).scoring
    open_rules = [r.id for r in rulebook.rules if len(scoring.truths[r.id]) > 1]

    for model in MODELS:
        points = [scoring.points[id][model] for id in open_rules]
        low, high = scoring.score_range(model)
        assert high <= scoring.scores[model] + sum(p for p in points if p > 0)
        assert low >= scoring.scores[model] + sum(p for p in points if p < 0)

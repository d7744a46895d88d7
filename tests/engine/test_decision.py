"""Truths and scores of positions, against the evaluator of sets and against brute force."""

from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.advice.verdict import assess
from salesadvisor.engine.block import block_of
from salesadvisor.engine.decision import Evaluation
from salesadvisor.engine.tables import APPLIES, Joint
from salesadvisor.engine.tabulation import tables_of
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.possible import FALSE, OPEN, TRUE, is_within
from salesadvisor.language.syntax import to_source
from salesadvisor.rulebook.answers import Answers, answers_from_values
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import QuestionId, Rulebook
from salesadvisor.rulebook.known import known_values
from tests.advice.rulebooks import (
    JOINING,
    MODELS,
    QUESTIONS,
    answers_from,
    answers_within,
    completions,
    make_answers,
    make_rulebook,
    meaning_of,
    outcome,
    rule,
    rulebooks,
    truths_by_sets,
    winners,
)
from tests.engine.blocks import layout_of, positions_of, value_at


@given(
    rulebook=rulebooks() | rulebooks(JOINING),
    records=st.lists(answers_within(), min_size=1, max_size=4),
)
@settings(max_examples=30)
def test_cells_say_what_sets_say(rulebook: Rulebook, records: list[Answers]) -> None:
    """Every rule, veto and pattern has the truth that the evaluator of sets gives it."""
    layout = layout_of(rulebook)
    evaluation = Evaluation(layout.decision, block_of(layout, positions_of(layout, records)))

    for place, answers in enumerate(records):
        for id, truth in truths_by_sets(rulebook, answers.values).items():
            assert value_at(evaluation.base.truths[id], place) == truth
        if rulebook.views is not None:
            known = known_values(rulebook, answers.values, {})
            applies = value_at(evaluation.base.truths[APPLIES], place)
            assert applies == truth_of(rulebook.views.when, known)


@given(rulebook=rulebooks(with_views=True), answers=answers_within())
@settings(max_examples=25)
def test_ends_of_a_spread_too(rulebook: Rulebook, answers: Answers) -> None:
    """From an end of a spread a truth is what the evaluator gives, or sharper; never another."""
    spread = assess(rulebook, answers).verdict.spread
    event("spread" if spread else "no spread")
    if spread is None:
        return
    for end in (spread.small, spread.large):
        for id, truth in truths_by_sets(rulebook, end.values).items():
            assert is_within(end.scoring.truths[id], truth)


@given(rulebook=rulebooks(with_views=True), data=st.data())
@settings(max_examples=25)
def test_ends_of_complete_answers_are_exact(rulebook: Rulebook, data: st.DataObject) -> None:
    """From an end of a spread single answers give the truths and scores of brute force."""
    known = data.draw(st.sampled_from(list(completions(data.draw(answers_within())))[:50]))
    spread = assess(rulebook, answers_from(known)).verdict.spread
    event("spread" if spread else "no spread")
    if spread is None:
        return
    for view, end in ((spread.views.small, spread.small), (spread.views.large, spread.large)):
        seen = meaning_of(rulebook).seen(view, known)
        scores, _ = outcome(rulebook, seen)
        for model in end.scoring.ranking.models:
            assert end.scoring.scores[model] == scores[model] * end.scoring.unit
        assert end.scoring.truths.keys() >= {entry.id for entry in rulebook.entries}
        by_sets = truths_by_sets(rulebook, answers_from(seen).values)
        assert {id: end.scoring.truths[id] for id in by_sets} == by_sets


@given(rulebook=rulebooks(), answers=answers_within())
@settings(max_examples=30)
def test_a_spread_is_often_drawn(rulebook: Rulebook, answers: Answers) -> None:
    """What the events of this test count is true: a spread applies for certain, or perhaps."""
    verdict = assess(rulebook, answers).verdict
    spread = verdict.spread
    if spread is None:
        event("no spread, or one that does not apply")
        return
    event("applies" if spread.applies == TRUE else "may apply")
    if spread.applies == TRUE:
        event(f"winners: {sum(end.winner is not None for end in (spread.small, spread.large))}")
        event("split" if spread.split else "no split")
        event(f"overruled: {spread.overruled_by is not None}")
    assert spread.applies != FALSE


@given(rulebook=rulebooks(), data=st.data())
@settings(max_examples=8)
def test_a_rule_turned_round_is_no_reason(rulebook: Rulebook, data: st.DataObject) -> None:
    """An answer on which a rule no longer holds takes its points away, and nobody else's."""
    wide = data.draw(answers_within())
    known = data.draw(st.sampled_from(list(completions(wide))[:30]))
    scores, _ = outcome(rulebook, known)
    before = assess(rulebook, answers_from(known)).scoring
    everything = list(completions(make_answers({q.id: q.everything for q in QUESTIONS})))
    for entry in rulebook.rules:
        if before.truths[entry.id] == FALSE:
            continue
        reads = rulebook.read_by[entry.id]
        others = (
            other
            for other in everything
            if all(other[id] == known[id] for id in known if id not in reads and id != "area")
        )
        for other in others:
            after = assess(rulebook, answers_from(other)).scoring
            if after.truths[entry.id] == FALSE:
                there, _ = outcome(rulebook, other)
                assert after.scores == {m: int(s * after.unit) for m, s in there.items()}
                break
    assert before.scores == {m: int(s * before.unit) for m, s in scores.items()}


@given(rulebook=rulebooks(), records=st.lists(answers_within(), min_size=1, max_size=3))
@settings(max_examples=25)
def test_the_bound_is_never_too_little(rulebook: Rulebook, records: list[Answers]) -> None:
    """Who wins in a completion, at an end of its spread too, is among what an evaluation allows."""
    layout = layout_of(rulebook)
    evaluation = Evaluation(layout.decision, block_of(layout, positions_of(layout, records)))
    chances = evaluation.chances
    for place, answers in enumerate(records):
        for known in completions(answers):
            seen = {f"possible_{m}" for m in winners(rulebook, known)}
            ends = meaning_of(rulebook).ends(known)
            if ends is not None:
                base = meaning_of(rulebook).best(known, MODELS) - {"none"}
                seen |= {f"base_{m}" for m in base}
                for end, best in zip(("small", "large"), ends, strict=True):
                    seen |= {f"can_{m}_{end}" for m in best - {"none"}}
                    seen |= {f"alone_{m}_{end}" for m in best - {"none"} if len(best) == 1}
            assert all(chances[name] >> place & 1 for name in seen)


def test_a_condition_that_no_cell_tells_is_read_from_values() -> None:
    """`size - size` is open on every range: no cells without end, and still the right truth."""
    rulebook = make_rulebook(rules=(rule("R1", "size - size > 0", {}), rule("R2", "size > 2", {})))
    huge = load_rulebook().question[QuestionId("acv")]
    wide = replace(
        rulebook, questions=(replace(huge, id=QuestionId("size")), *rulebook.questions[1:])
    )
    tables = tables_of(wide, {})

    assert isinstance(tables.conditions[tables.perspectives[0].conditions["R1"]], Joint)
    assert len(tables.cells[0]) == 2


def test_the_built_in_rulebook_has_few_cells() -> None:
    """What nothing tells apart is one cell: tables stay small."""
    rulebook = load_rulebook()
    cells = tables_of(rulebook, {}).cells

    assert max(map(len, cells)) < 40
    for entry in rulebook.entries:
        assert to_source(entry.when)


def test_wages_move_the_cells() -> None:
    """With another figure for an assumption, thresholds lie elsewhere, and the tables follow."""
    rulebook = load_rulebook()
    given = {"acv": 50_000, "gross_margin": 60, "stakeholders": 3, "demo_mode": "screen"}
    usual = assess(rulebook, answers_from_values(rulebook, given)).scoring
    cheap = assess(
        rulebook, answers_from_values(rulebook, {**given, "field_seller_cost": 60_000})
    ).scoring

    assert usual.truths["E05"] == FALSE  # a gross profit of 60,000 and more
    assert cheap.truths["E05"] != FALSE  # a quarter of that
    assert OPEN not in (usual.truths["E05"], cheap.truths["E05"])

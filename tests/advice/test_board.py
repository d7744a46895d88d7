"""Tables of cells against the evaluator of sets and against brute force."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.advice.board import look
from salesadvisor.advice.draws import Judge, draw_cells, draw_plausible, position_of
from salesadvisor.advice.search import find_outcomes
from salesadvisor.language.possible import (
    FALSE,
    OPEN,
    Numbers,
    OneOf,
    SomeOf,
    Value,
    is_within,
)
from salesadvisor.language.syntax import to_source
from salesadvisor.rulebook.answers import Answers, answers_from_values
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import QuestionId, Rulebook
from salesadvisor.rulebook.tables import Joint
from salesadvisor.rulebook.tabulation import tables_of
from tests.advice.rulebooks import (
    LEFT,
    QUESTIONS,
    RIGHT,
    answers_within,
    choice,
    completions,
    make_answers,
    make_rulebook,
    outcome,
    rule,
    rulebooks,
    scoring_of,
    views,
    winners,
)
from tests.advice.test_properties import SLOW
from tests.strategies import as_set


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_cells_say_what_sets_say(rulebook: Rulebook, answers: Answers) -> None:
    """Every rule, veto and pattern has the truth that the evaluator of sets gives it."""
    scoring = look(rulebook, answers).scoring
    by_sets = scoring_of(scoring, answers.values).truths

    assert {id: scoring.truths[id] for id in by_sets} == by_sets


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_ends_of_a_spread_too(rulebook: Rulebook, answers: Answers) -> None:
    """From an end of a spread a truth is what the evaluator gives, or sharper; never another."""
    outlook = look(rulebook, answers)
    if outlook.sights is None:
        return
    for sight in (outlook.sights.small, outlook.sights.large):
        for id, truth in scoring_of(sight.scoring, sight.values).truths.items():
            assert is_within(sight.scoring.truths[id], truth)


@given(rulebook=rulebooks(), answers=answers_within(), seed=st.integers(0, 99))
@SLOW
def test_a_draw_ends_as_its_completion(rulebook: Rulebook, answers: Answers, seed: int) -> None:
    """Deciding many completions at once gives what brute force gives for each."""
    outlook = look(rulebook, answers)
    board, random = outlook.board, Random(seed)
    for draws in (
        draw_cells(outlook.position, board, 12, random),
        draw_plausible(outlook.position, board, 12, random),
    ):
        found = Judge(draws, board).winners()
        expected = {}
        for known in completions(answers):
            values = {q.id: as_set(known[q.id]) for q in QUESTIONS}
            expected[board.position(values).cells] = winners(rulebook, known)
        for number in range(draws.count):
            position = position_of(draws, number, outlook.position, board)
            there = board.outlook(position)
            if there.settled:
                assert set(found[number]) == set(there.possible)
            if position.cells in expected and not board.joint:
                assert set(found[number]) == expected[position.cells]


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_too_few_positions_are_admitted(rulebook: Rulebook, answers: Answers) -> None:
    """With hardly any positions to look at nothing is lost, and what is not proved says so."""
    outcomes = find_outcomes(look(replace(rulebook, search_nodes=1), answers))
    found = set().union(*(winners(rulebook, known) for known in completions(answers)))

    assert found <= set(outcomes.possible)
    if outcomes.proved:
        assert found == set(outcomes.possible)


@given(rulebook=rulebooks(), answers=answers_within())
@SLOW
def test_every_witness_wins(rulebook: Rulebook, answers: Answers) -> None:
    """Where the search says that a model wins, it does."""
    outlook = look(rulebook, answers)
    for model, position in find_outcomes(outlook).witnesses.items():
        assert outlook.board.outlook(position).possible == (model,) or (
            outlook.board.outlook(position).settled
            and model in outlook.board.outlook(position).possible
        )


@given(rulebook=rulebooks(), data=st.data())
@SLOW
def test_a_rule_turned_round_is_no_reason(rulebook: Rulebook, data: st.DataObject) -> None:
    """An answer on which a rule no longer holds takes its points away, and nobody else's."""
    wide = data.draw(answers_within())
    known = data.draw(st.sampled_from(list(completions(wide))[:30]))
    scores, _ = outcome(rulebook, known)
    before = look(rulebook, make_answers({q.id: as_set(known[q.id]) for q in QUESTIONS})).scoring
    for entry in rulebook.rules:
        if before.truths[entry.id] == FALSE:
            continue
        reads = rulebook.read_by[entry.id]
        others = (
            other
            for other in completions(make_answers({q.id: q.everything for q in QUESTIONS}))
            if all(other[id] == known[id] for id in known if id not in reads and id != "area")
        )
        for other in others:
            values: dict[QuestionId, Value] = {q.id: as_set(other[q.id]) for q in QUESTIONS}
            after = look(rulebook, make_answers(values)).scoring
            if after.truths[entry.id] == FALSE:
                assert after.scores == {
                    m: int(s * after.unit) for m, s in outcome(rulebook, other)[0].items()
                }
                break
    assert before.scores == {m: int(s * before.unit) for m, s in scores.items()}


def test_a_condition_that_no_cell_tells_is_read_from_values() -> None:
    """`size - size` is open on every range: no cells without end, and still the right truth."""
    rulebook = make_rulebook(rules=(rule("R1", "size - size > 0", {}), rule("R2", "size > 2", {})))
    huge = load_rulebook().question[QuestionId("acv")]
    wide = replace(
        rulebook, questions=(replace(huge, id=QuestionId("size")), *rulebook.questions[1:])
    )
    tables = tables_of(wide, {})

    assert isinstance(tables.worlds[0].conditions["R1"], Joint)
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
    given = {"acv": 30_000, "cycle_days": 20, "stakeholders": 3, "demo_mode": "screen"}
    usual = look(rulebook, answers_from_values(rulebook, given)).scoring
    cheap = look(
        rulebook, answers_from_values(rulebook, {**given, "field_seller_cost": 60_000})
    ).scoring

    assert usual.truths["E05"] == FALSE  # 100,000 and more
    assert cheap.truths["E05"] != FALSE  # a quarter of that
    assert OPEN not in (usual.truths["E05"], cheap.truths["E05"])


def extras_of(rulebook: Rulebook, options: str) -> Rulebook:
    """Return the rulebook with other options of the multiple choice."""
    extras = choice("extras", options, several=True)
    return replace(rulebook, questions=(*rulebook.questions[:-1], extras))


def outcomes_on(rulebook: Rulebook, extras: SomeOf | None = None) -> tuple[set[str], bool]:
    """Return what can win with all else answered, and whether that is proved."""
    question = rulebook.questions[-1]
    values: dict[QuestionId, Value] = {
        QuestionId("size"): Numbers(4.0, 4.0), QuestionId("speed"): Numbers(1.0, 1.0),
        QuestionId("taste"): OneOf(frozenset({"sweet"})),
        QuestionId("place"): OneOf(frozenset({"here"})),
        question.id: extras or question.everything,
    }  # fmt: skip
    outcomes = find_outcomes(look(rulebook, make_answers(values)))
    return set(outcomes.possible), outcomes.proved


def test_many_options_are_parted_one_by_one() -> None:
    """A choice of more options than cells are made of is still searched to the end."""
    eight = "none a b c d e f g"
    rules = (
        rule("R0", " and ".join(f"'{o}' in extras" for o in "abcdefg"), {RIGHT: 2}),
        rule("R1", "size > 0", {LEFT: 1}),
    )
    found = outcomes_on(extras_of(make_rulebook(rules=rules), eight))

    assert found == ({"left", "right"}, True)


def test_options_behind_a_formula_or_a_view_are_cut_too() -> None:
    """What only a formula or the spread asks of a multiple choice makes cells as well."""
    spread = make_rulebook(
        rules=(rule("R1", "size < 3", {RIGHT: 2}), rule("R2", "size >= 3", {LEFT: 1})),
        views=views("'lid' in extras", {"size": "size / 2"}, {"size": "size * 2"}),
    )
    assert outcomes_on(spread) == ({"left", "both"}, True)


def test_none_of_these_is_never_drawn_with_others() -> None:
    """A condition that only an impossible choice fulfils makes nobody win."""
    eight = "none a b c d e f g"
    both = " or ".join(f"'none' in extras and '{o}' in extras" for o in "abcdefg")
    rules = (rule("R0", both, {RIGHT: 3}), rule("R1", "size > 0", {LEFT: 1}))
    found, proved = outcomes_on(extras_of(make_rulebook(rules=rules), eight))

    assert (found, proved) == ({"left"}, True)

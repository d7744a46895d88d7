"""What can still happen, against every completion of the answers."""

from collections.abc import Mapping

from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.advice.verdict import SpreadResult, assess
from salesadvisor.engine.decision import Verdict
from salesadvisor.engine.search import Search
from salesadvisor.language.possible import TRUE, Numbers, OneOf, SomeOf, Value
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import ModelId, QuestionId, Rulebook
from tests.advice.rulebooks import (
    BOTH,
    JOINING,
    LEFT,
    RIGHT,
    answers_within,
    choice,
    completions,
    make_answers,
    make_rulebook,
    meaning_of,
    rule,
    rulebooks,
    veto,
    views,
    winners,
)
from tests.engine.blocks import find_outcomes, layout_of, number_at, positions_of, possible


def all_winners(rulebook: Rulebook, answers: Answers) -> set[str]:
    """Return what is recommended in some completion."""
    return set[str]().union(*(winners(rulebook, known) for known in completions(answers)))


@given(rulebook=rulebooks(), answers=answers_within(), most=st.sampled_from([0, 1, 4]))
@settings(max_examples=40)
def test_too_few_positions_are_admitted(rulebook: Rulebook, answers: Answers, most: int) -> None:
    """With hardly any positions to look at nothing is lost, and what is not proved says so."""
    found = all_winners(rulebook, answers)
    looked = possible(rulebook, answers, most)

    assert found <= looked
    if find_outcomes(rulebook, answers, most).proved:
        assert found == looked


@given(rulebook=rulebooks(JOINING) | rulebooks(JOINING, with_views=True), answers=answers_within())
@settings(max_examples=40)
def test_conditions_that_join_answers_are_exact(rulebook: Rulebook, answers: Answers) -> None:
    """With conditions on a product or a sum, from the ends too, what is proved is exact."""
    found, looked = find_outcomes(rulebook, answers), possible(rulebook, answers)
    event(f"proved: {found.proved}")

    assert all_winners(rulebook, answers) <= looked
    if found.proved:
        assert all_winners(rulebook, answers) == looked


@given(rulebook=rulebooks(JOINING) | rulebooks(JOINING, with_views=True), answers=answers_within())
@settings(max_examples=40)
def test_conditions_that_join_answers_are_proved(rulebook: Rulebook, answers: Answers) -> None:
    """With conditions on a product or a sum, from the ends too, all is proved."""
    assert find_outcomes(rulebook, answers).proved


def test_a_criterion_that_weighs_nothing_leaves_nothing_open() -> None:
    """An open rule without points keeps nobody from proving what conditions on several exclude."""
    rulebook = make_rulebook(
        rules=(
            rule("R0", "not (area >= 6 and area < 3)", {RIGHT: 1}),
            rule("R1", "'lid' in extras", {LEFT: 3}, of="one"),
        ),
        weight="0",
    )
    answers = make_answers({question.id: question.everything for question in rulebook.questions})

    assert possible(rulebook, answers) == {"right"}
    assert find_outcomes(rulebook, answers).proved


def winner_at(
    rulebook: Rulebook, answers: Answers, end: int, scores: Mapping[ModelId, int]
) -> ModelId | None:
    """Return the best by what is certain of those that can win at an end, if it can alone."""
    can, alone = set[str](), set[str]()
    for known in completions(answers):
        ends = meaning_of(rulebook).ends(known)
        assert ends is not None
        can |= ends[end]
        if len(ends[end]) == 1:
            alone |= ends[end]
    left = [model for model in (LEFT, RIGHT) if model in can]
    best = [m for m in left if scores[m] == max(scores[other] for other in left)]
    return best[0] if len(best) == 1 and best[0] in alone else None


@given(
    rulebook=rulebooks(with_views=True) | rulebooks(JOINING, with_views=True),
    answers=answers_within(),
)
@settings(max_examples=50)
def test_who_wins_at_an_end_can_win_there(rulebook: Rulebook, answers: Answers) -> None:
    """Where customers differ, both ends have a winner exactly where brute force finds it."""
    spread, exact = ends_and_exact(rulebook, answers)
    if spread is not None:
        assert (spread.small.winner, spread.large.winner) == exact


@given(
    rulebook=rulebooks(with_views=True) | rulebooks(JOINING, with_views=True),
    answers=answers_within(),
)
@settings(max_examples=50)
def test_a_split_is_exact(rulebook: Rulebook, answers: Answers) -> None:
    """A spread splits exactly where different models win at its ends by brute force."""
    spread, (small, large) = ends_and_exact(rulebook, answers)
    if spread is not None:
        assert spread.split == (None not in (small, large) and small != large)
        if small is None or large is None:
            assert spread.overruled_by is None
        elif small == large:
            assert spread.overruled_by in (None, small)
        else:
            assert spread.overruled_by in (None, BOTH)


def test_a_tie_with_a_model_that_cannot_win_is_no_tie() -> None:
    """At an end where one of two vetoes always holds the other model wins, and the spread splits."""
    rulebook = make_rulebook(
        rules=(
            rule("R0", "size >= 5", {LEFT: 2}),
            rule("R1", "taste == 'sweet' and speed > 1", {}),
        ),
        vetoes=(
            veto("V0", "size < 3 and speed > 1", LEFT),
            veto("V1", "size < 3 and not speed > 1", LEFT),
            veto("V2", "place == 'here'", BOTH),
        ),
        views=views("True", {"size": "size / 2"}, {"size": "size * 2"}),
    )
    known: dict[QuestionId, Value] = {q.id: q.everything for q in rulebook.questions}
    known[QuestionId("size")] = Numbers(4.0, 4.0)
    known[QuestionId("speed")] = Numbers(0.0, 3.0)
    known[QuestionId("taste")] = OneOf(frozenset({"sour"}))
    verdict = assess(rulebook, make_answers(known)).verdict

    assert verdict.spread is not None
    assert (verdict.spread.small.winner, verdict.spread.large.winner) == (RIGHT, LEFT)
    assert BOTH in verdict.possible


def ends_and_exact(
    rulebook: Rulebook, answers: Answers
) -> tuple[SpreadResult | None, tuple[ModelId | None, ModelId | None]]:
    """Return the ends of a spread that applies for certain, and who wins at them by brute force."""
    verdict = assess(rulebook, answers).verdict
    spread = verdict.spread
    if spread is None or spread.applies != TRUE or not verdict.possible_proved:
        event("does not apply for certain, or not proved")
        return None, (None, None)
    small, large = (
        winner_at(rulebook, answers, end, result.scoring.scores)
        for end, result in enumerate((spread.small, spread.large))
    )
    event(f"winners: {small}, {large}")
    return spread, (small, large)


@given(
    rulebook=rulebooks() | rulebooks(JOINING),
    records=st.lists(answers_within(), min_size=2, max_size=5),
    most=st.sampled_from([None, 0, 3]),
)
@settings(max_examples=40)
def test_a_record_does_not_depend_on_the_others(
    rulebook: Rulebook, records: list[Answers], most: int | None
) -> None:
    """Decided together, records get what each gets alone: chances, verdict and shares."""
    layout = layout_of(rulebook)
    positions = positions_of(layout, records)
    ((together, outcomes, beliefs),) = Search(layout).verdicts(positions, most)

    for place, position in enumerate(positions):
        layout = layout_of(rulebook)  # nothing that was kept from others
        ((alone, (own,), (belief,)),) = Search(layout).verdicts([position], most)
        assert own == outcomes[place]
        assert belief == beliefs[place]
        assert told(alone, 0) == told(together, place)

    # Nor on what was decided before, or how often it stands in the block.
    search = Search(layout_of(rulebook))
    list(search.verdicts(positions[1:], most))
    ((_, again, _),) = search.verdicts([*positions, *positions], most)
    assert again == [*outcomes, *outcomes]


def told(verdict: Verdict, place: int) -> object:
    """Return all that a verdict says of one position."""

    def held(planes: Mapping[ModelId, int] | Mapping[str, int]) -> list[str]:
        return sorted(id for id, plane in planes.items() if plane >> place & 1)

    split = verdict.split
    return (
        held(verdict.recommended), held(verdict.status), held(verdict.possible),
        held(verdict.excluded), held(verdict.winner), held(verdict.near),
        # Who wins at the ends counts only where customers certainly differ.
        [held(wins) for wins in split.wins] if split.split >> place & 1 else None,
        held({"enough": verdict.enough, "split": split.split, "some": split.some}),
        {model: number_at(share, place) for model, share in verdict.shares.items()},
        {model: number_at(s, place) for model, s in verdict.shares_as_given(1.5).items()},
    )  # fmt: skip


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
    answers = make_answers(values)
    return possible(rulebook, answers), find_outcomes(rulebook, answers).proved


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

"""Completions of open answers: by orders of cells, and as they may turn out."""

from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.engine.block import Block
from salesadvisor.engine.completions import draw_plausible, plausible_answers
from salesadvisor.engine.completions import winners as drawn_winners
from salesadvisor.engine.layout import Layout, bits_in
from salesadvisor.engine.orders import Orders, complete
from salesadvisor.language.possible import Numbers, Value, is_single, is_within
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import NumberQuestion, QuestionId, Rulebook
from tests.advice.rulebooks import (
    JOINING,
    QUESTIONS,
    answers_within,
    make_answers,
    rulebooks,
    winners,
)
from tests.engine.blocks import layout_of, positions_of, value_at
from tests.language.oracle import Single, single_of
from tests.strategies import as_set

COUNT = 8


@given(
    rulebook=rulebooks() | rulebooks(JOINING),
    records=st.lists(answers_within(), min_size=1, max_size=3),
    begin=st.integers(0, 200),
)
@settings(max_examples=25)
def test_every_order_completes_the_answers(
    rulebook: Rulebook, records: list[Answers], begin: int
) -> None:
    """By each order each record gets one answer to every question, among those left possible."""
    layout = layout_of(rulebook)
    numbers = range(begin, begin + COUNT)
    block = complete(layout, positions_of(layout, records), Orders(layout), numbers)

    assert block.complete
    assert block.engine.size == len(records) * COUNT
    for place in range(block.engine.size):
        answers = records[place % len(records)]
        for index, question in enumerate(QUESTIONS):
            hold_one_of(layout, block, place, index, answers.values[question.id])


def hold_one_of(layout: Layout, block: Block, place: int, index: int, wide: Value) -> None:
    """Check that a position of a block has one answer, in one cell, among those in `wide`."""
    cells = [cell for cell, plane in enumerate(block.cells[index]) if plane >> place & 1]
    assert len(cells) == 1
    assert bits_in(layout, index, wide) >> cells[0] & 1
    assert not block.unanswered(index)
    if index in layout.joint_place:
        value = value_at(block.values(index), place)
        assert is_single(value)
        assert is_within(value, wide)
        assert is_answer(layout, index, value)
        assert bits_in(layout, index, value) & layout.masks[index] == 1 << cells[0]


def is_answer(layout: Layout, index: int, value: Value) -> bool:
    """Return whether a single value answers a question: on its grid, `none` with nothing else."""
    question = layout.decision.rulebook.questions[index]
    single = single_of(value)
    if isinstance(question, NumberQuestion):
        assert isinstance(single, float)
        up, down = question.step.as_integer_ratio()
        return single == round(single * down / up) * up / down
    if isinstance(single, frozenset):
        return bool(single) and (single == {"none"} or "none" not in single)
    return True


@given(rulebook=rulebooks() | rulebooks(JOINING), record=answers_within(), begin=st.integers(0, 95))
@settings(max_examples=20)
def test_an_order_is_the_same_for_every_record(
    rulebook: Rulebook, record: Answers, begin: int
) -> None:
    """How a record is completed does not depend on the records beside it, nor on what was drawn."""
    layout = layout_of(rulebook)
    other = make_answers({q.id: q.everything for q in QUESTIONS})
    alone, beside = positions_of(layout, [record]), positions_of(layout, [other, record])
    one = complete(layout, alone, Orders(layout), [begin])
    orders = Orders(layout)
    complete(layout, beside, orders, range(3))
    two = complete(layout, beside, orders, [begin])

    for index, _ in enumerate(QUESTIONS):
        pairs = zip(one.cells[index], two.cells[index], strict=True)
        assert all(a & 1 == b >> 1 & 1 for a, b in pairs)
        if index in layout.joint_place:
            assert value_at(one.values(index), 0) == value_at(two.values(index), 1)


def test_orders_of_the_built_in_rulebook() -> None:
    """Sums of many digits stay on the grid and in the domain, in the cell that was taken."""
    rulebook = load_rulebook()
    layout = layout_of(rulebook)
    wide = {question.id: question.everything for question in rulebook.questions}
    some = {**wide, QuestionId("acv"): Numbers(1_000.5, 250_000.25)}
    records = [replace(make_answers(_open()), values=values) for values in (wide, some)]
    block = complete(layout, positions_of(layout, records), Orders(layout), range(40))

    for place in range(block.engine.size):
        values = records[place % 2].values
        for index, question in enumerate(rulebook.questions):
            hold_one_of(layout, block, place, index, values[question.id])


def _open() -> dict[QuestionId, Value]:
    return {question.id: question.everything for question in QUESTIONS}


def drawn(answers: Answers, seed: int) -> list[dict[str, Single]]:
    """Return the single answers that are drawn with a seed."""
    random = Random(seed)
    columns = [
        [single_of(v) for v in plausible_answers(q, answers.values[q.id], COUNT, random)]
        for q in QUESTIONS
    ]
    found: list[dict[str, Single]] = []
    for row in zip(*columns, strict=True):
        known: dict[str, Single] = dict(zip((q.id for q in QUESTIONS), row, strict=True))
        size, speed = known["size"], known["speed"]
        assert isinstance(size, float)
        assert isinstance(speed, float)
        found.append({**known, "area": size * speed})
    return found


@given(
    rulebook=rulebooks() | rulebooks(JOINING),
    answers=answers_within(),
    seed=st.integers(0, 99),
)
@settings(max_examples=25)
def test_a_draw_ends_as_its_completion(rulebook: Rulebook, answers: Answers, seed: int) -> None:
    """Draws complete the answers, and deciding them at once gives what brute force gives for each."""
    layout = layout_of(rulebook)
    draws = draw_plausible(layout, answers.values, COUNT, Random(seed))
    ended = drawn_winners(draws.block)

    for place, known in enumerate(drawn(answers, seed)):
        for index, question in enumerate(QUESTIONS):
            value = as_set(known[question.id])
            assert is_within(value, answers.values[question.id])
            assert is_answer(layout, index, value)
            assert bits_in(layout, index, value) >> draws.cells[index][place] & 1
            hold_one_of(layout, draws.block, place, index, value)
        assert ended[place] == first_winner(rulebook, known)


@given(
    rulebook=rulebooks(),
    answers=answers_within(),
    data=st.data(),
)
@settings(max_examples=20)
def test_a_draw_of_weights_ends_as_with_these_weights(
    rulebook: Rulebook, answers: Answers, data: st.DataObject
) -> None:
    """With weights of its own, a completion ends as brute force says of a rulebook with them."""
    layout = layout_of(rulebook)
    draws = draw_plausible(layout, answers.values, COUNT, Random(3))
    weight = st.lists(st.integers(0, 300), min_size=COUNT, max_size=COUNT)
    weights = [data.draw(weight) for _ in rulebook.criteria]
    ended = drawn_winners(draws.block, weights)

    for place, known in enumerate(drawn(answers, 3)):
        pairs = zip(rulebook.criteria, weights, strict=True)
        criteria = tuple(replace(c, weight=Decimal(w[place]) / 100) for c, w in pairs)
        assert ended[place] == first_winner(replace(rulebook, criteria=criteria), known)
    assert drawn_winners(draws.block) == [
        first_winner(rulebook, known) for known in drawn(answers, 3)
    ]


def first_winner(rulebook: Rulebook, known: dict[str, Single]) -> str:
    """Return what is recommended; nothing where the rules read too little for any advice."""
    if len({id for rule in rulebook.rules for id in rulebook.read_by[rule.id]}) < 3:
        return "none"
    best = winners(rulebook, known)
    return next((model for model in rulebook.ties if model in best), "none")

"""Completions of open answers: by orders of cells, and as they may turn out."""

from collections import Counter
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.advice.verdict import assess
from salesadvisor.engine.beliefs import Beliefs
from salesadvisor.engine.block import Block
from salesadvisor.engine.completions import Completions
from salesadvisor.engine.decision import Evaluation, Verdict
from salesadvisor.engine.layout import Layout, bits_in
from salesadvisor.engine.orders import Orders, complete
from salesadvisor.engine.planes import members
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
)
from tests.engine.blocks import layout_of, number_at, positions_of, value_at
from tests.language.oracle import single_of

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


@given(
    rulebook=rulebooks() | rulebooks(JOINING),
    records=st.lists(answers_within(), min_size=1, max_size=3),
)
@settings(max_examples=25)
def test_a_draw_completes_the_answers(rulebook: Rulebook, records: list[Answers]) -> None:
    """In each draw each record has one answer to every question, among those left possible."""
    layout = layout_of(rulebook)
    completions = Completions(layout)
    block = completions.block(positions_of(layout, records))

    assert block.complete
    assert block.engine.size == len(records) * completions.count
    for place in range(block.engine.size):
        answers = records[place // completions.count]
        for index, question in enumerate(QUESTIONS):
            hold_one_of(layout, block, place, index, answers.values[question.id])


@given(rulebook=rulebooks(), answers=answers_within())
@settings(max_examples=15)
def test_moved_weights_end_as_a_rulebook_with_them(rulebook: Rulebook, answers: Answers) -> None:
    """Each draw of weights ends as a rulebook does that has these weights, 30 % up or down."""
    found = assess(rulebook, answers)
    completions = found.search.beliefs.completions
    position = found.scoring.position
    drawn = {q.id: completions.of(position, i) for i, q in enumerate(rulebook.questions)}
    ended: Counter[str] = Counter()
    for place in range(rulebook.draws):
        weights = {
            criterion: sum((plane >> place & 1) << digit for digit, plane in enumerate(planes))
            for criterion, planes in completions.weights.items()
        }
        values = {
            id: answers.values[id] if draw is None else draw.values[place]
            for id, draw in drawn.items()
        }
        criteria = tuple(replace(c, weight=Decimal(weights[c.id])) for c in rulebook.criteria)
        verdict = assess(
            replace(rulebook, criteria=criteria), replace(answers, values=values)
        ).verdict
        ended.update(m for m, plane in verdict.columns.winner.items() if plane & 1)
    for m, share in found.belief.stays.items():
        assert share * rulebook.draws == ended[m]


@given(rulebook=rulebooks(), answers=st.lists(answers_within(), min_size=1, max_size=3))
@settings(max_examples=15)
def test_what_is_steady_always_stays(rulebook: Rulebook, answers: list[Answers]) -> None:
    """Complete records that are called steady end the same with every draw of weights."""
    layout = layout_of(rulebook)
    beliefs = Beliefs(layout)
    block = beliefs.completions.block(positions_of(layout, answers))
    evaluation = Evaluation(layout.decision, block)
    verdict = Verdict(evaluation, evaluation.chances)
    steady, stays = beliefs.steady(verdict), beliefs.stays(verdict)
    for m in verdict.outcomes:
        for place in members(steady & verdict.winner.get(m, 0)):
            assert number_at(stays[m], place) == 1

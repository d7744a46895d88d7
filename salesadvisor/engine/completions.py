"""Plausible completions: open answers as they may turn out, many at once."""

import math
from collections.abc import Mapping, Sequence
from random import Random

from msgspec import Struct

from salesadvisor.engine.block import Block, block_of_cells
from salesadvisor.engine.decision import Evaluation, Verdict
from salesadvisor.engine.layout import Layout, bits_in
from salesadvisor.engine.planes import digits, nearest, transposed
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value, is_single, overlap
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    ChoiceQuestion,
    ModelId,
    NumberQuestion,
    Question,
    QuestionId,
)


class Draws(Struct, frozen=True, kw_only=True):
    """Completions of the open answers."""

    count: int
    cells: tuple[Sequence[int], ...]  # of each question, the cell that each completion lies in
    block: Block


def draw_plausible(
    layout: Layout, answers: Mapping[QuestionId, Value], count: int, random: Random
) -> Draws:
    """Draw completions as they may turn out, each open answer for itself.

    An open number is log-uniform over what is plausible of it, or uniform where that may be zero;
    an open option as likely as any other; of a multiple choice each option is in or out, and
    "none of these" is one possibility among them.
    """
    cells: list[Sequence[int]] = []
    values: dict[int, Sequence[Value]] = {}
    for question, asked in enumerate(layout.decision.rulebook.questions):
        drawn = plausible_answers(asked, answers[asked.id], count, random)
        known = {value: bits_in(layout, question, value).bit_length() - 1 for value in set(drawn)}
        cells.append([known[value] for value in drawn])
        if question in layout.joint_place:
            values[question] = drawn
    return Draws(count=count, cells=tuple(cells), block=block_of_cells(layout, cells, values))


def winners(
    block: Block,
    weights: Sequence[Sequence[int]] | None = None,
    before: Evaluation | None = None,
) -> list[ModelId]:
    """Return what is recommended in each completion: of several the first; `none` if all are out.

    Args:
        block: Of complete positions.
        weights: Of each criterion, what it weighs in each completion, in any unit.
        before: Of the same block, to read no condition twice.
    """
    if weights is not None:
        criteria = block.layout.decision.rulebook.criteria
        block.weights = {
            criterion.id: transposed(own, max(own).bit_length())
            for criterion, own in zip(criteria, weights, strict=True)
        }
    evaluation = Evaluation(block.layout.decision, block, before.truths if before else ())
    verdict = Verdict(evaluation, evaluation.chances)
    block.weights = None
    words = [NO_MODEL] * block.engine.size
    for model in block.layout.decision.models:
        where = digits(block.engine.labelled(verdict.recommended, model), block.engine.size)
        words = [model if digit == "1" else w for digit, w in zip(where, words, strict=True)]
    return words


def plausible_answers(question: Question, answer: Value, count: int, random: Random) -> list[Value]:
    """Return single answers as they may turn out, drawn from what is known of one.

    Raises:
        TypeError: what is known is no answer to the question.
    """
    if is_single(answer):
        return [answer] * count
    match question, answer:
        case NumberQuestion(plausible=plausible), Numbers():
            within = overlap(answer, plausible) or answer
            assert isinstance(within, Numbers)
            low, high = within.low, within.high
            if low > 0:
                first, last = math.log(low), math.log(high)
                drawn = [math.exp(random.uniform(first, last)) for _ in range(count)]
            else:
                drawn = [random.uniform(low, high) for _ in range(count)]
            near = nearest(question)
            numbers = (min(max(near(number), low), high) for number in drawn)
            return [Numbers(number, number) for number in numbers]
        case ChoiceQuestion(), OneOf(options):
            pool = [OneOf(frozenset({id})) for id in question.options if id in options]
            return list(random.choices(pool, k=count))
        case ChoiceQuestion(), SomeOf():
            return [_choices(question, answer, random) for _ in range(count)]
        case _:
            raise TypeError(answer)


def _choices(question: ChoiceQuestion, answer: SomeOf, random: Random) -> Value:
    """Return one choice that a multiple choice leaves possible."""
    alone, certain = question.exclusive, answer.certain
    open_ = [id for id in question.options if id in answer.possible - certain and id != alone]
    chosen = certain | {id for id in open_ if random.random() < _COIN}
    by_itself = alone is not None and alone in answer.possible and not certain
    if by_itself and random.randrange(len(open_) + 1) == 0:
        chosen = frozenset()
    elif not chosen and open_:
        chosen = frozenset({random.choice(open_)})
    if not chosen and alone is not None:
        chosen = frozenset({alone})
    return SomeOf(chosen, chosen)


_COIN = 0.5

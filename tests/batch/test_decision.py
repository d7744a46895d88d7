"""The rulebook as SQL against the functions of `advise`, record by record."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from salesadvisor.batch.decision import OPEN, Terms, decision_layers, in_layers, result_columns
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.rulebook.answers import Answers, answers_from_values
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import NumberQuestion, Question, Rulebook
from salesadvisor.rulebook.tabulation import tables_of
from tests.advice.rulebooks import QUESTIONS, answers_within, completions, make_answers, rulebooks
from tests.batch.given import by_sql, differences, one_by_one
from tests.strategies import as_set

# To plan a query takes a tenth of a second, so each example looks at several records.
FEWER = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@given(rulebook=rulebooks(), records=st.lists(answers_within(), min_size=1, max_size=12))
@FEWER
def test_the_query_says_what_advise_says(rulebook: Rulebook, records: list[Answers]) -> None:
    """Whatever the rulebook: what SQL decides is what `advise` does, shares included."""
    decided = by_sql(rulebook, records, plain=False)

    assert not differences(decided, one_by_one(rulebook, records))


@given(rulebook=rulebooks(), records=st.lists(answers_within(), min_size=1, max_size=12))
@FEWER
def test_what_is_left_open_can_still_be_anything_that_advise_says(
    rulebook: Rulebook, records: list[Answers]
) -> None:
    """A record that SQL leaves open has a superset of what is possible."""
    possible = range(3, 3 + len(rulebook.models) + 1)
    decided, right = by_sql(rulebook, records, plain=False), one_by_one(rulebook, records)

    for mine, theirs in zip(decided, right, strict=True):
        if mine[1] == OPEN:
            assert all(mine[i] or not theirs[i] for i in possible)


@given(rulebook=rulebooks(), answers=answers_within(), seed=st.integers(0, 99))
@FEWER
def test_complete_records_are_never_left(rulebook: Rulebook, answers: Answers, seed: int) -> None:
    """With single values both paths decide everything, and say what `advise` says."""
    whole = list(completions(answers))
    some = Random(seed).sample(whole, min(12, len(whole)))
    records = [make_answers({q.id: as_set(known[q.id]) for q in QUESTIONS}) for known in some]
    right = one_by_one(rulebook, records)

    for plain in (True, False):
        decided = by_sql(rulebook, records, plain=plain)
        assert not differences(decided, right)
        assert all(result[1] != OPEN for result in decided)


def random_answers(rulebook: Rulebook, random: Random, openness: float) -> Answers:
    """Return answers on and round the thresholds: single values, ranges, blanks."""
    tables = tables_of(rulebook, {})
    given_: dict[str, object] = {}
    for question, cells in zip(rulebook.questions, tables.cells, strict=True):
        chance = random.random()
        if chance >= openness / 2:
            given_[question.id] = _random_answer(question, cells, random, wide=chance < openness)
    return answers_from_values(rulebook, given_)


def _random_answer(
    question: Question, cells: tuple[Value, ...], random: Random, *, wide: bool
) -> object:
    if isinstance(question, NumberQuestion):
        ends = []
        for _ in range(2):
            cell = random.choice(cells)
            assert isinstance(cell, Numbers)
            low, high = cell.low, min(cell.high, cell.low + random.choice([0.0, 1.0, 1e3, 1e9]))
            ends.append(random.choice((low, high)))
        low, high = sorted(ends) if wide else (ends[0], ends[0])
        text = [f"{end:.2f}".rstrip("0").rstrip(".") for end in (low, high)]
        sign = "%" if str(question.kind) == "percent" else ""
        return f"{text[0]}{sign}..{text[1]}{sign}" if wide else f"{text[0]}{sign}"
    options = list(question.options)
    match question.everything:
        case OneOf():
            return random.sample(options, random.randint(1, len(options)) if wide else 1)
        case SomeOf():
            chosen = random.sample([o for o in options if o != question.exclusive], 2)
            return [f"{chosen[0]}?", chosen[1]] if wide else chosen
        case _:
            raise TypeError(question)


@pytest.mark.parametrize("openness", [0.0, 0.1, 0.3, 0.8])
def test_the_built_in_rulebook(openness: float) -> None:
    """On and round every threshold, with and without blanks and ranges, both say the same."""
    rulebook, random = load_rulebook(), Random(round(openness * 10))
    records = [random_answers(rulebook, random, openness) for _ in range(150)]
    right = one_by_one(rulebook, records)

    assert not differences(by_sql(rulebook, records, plain=False), right)
    if not openness:
        assert not differences(by_sql(rulebook, records, plain=True), right)


def test_a_query_carries_only_what_is_still_needed() -> None:
    """Each step selects what the next one reads, and nothing else: planning takes its time."""
    rulebook = load_rulebook()
    terms = Terms(rulebook=rulebook, weights={}, assumptions={})
    chain, _ = in_layers(decision_layers(terms, plain=True), "given", result_columns(rulebook))

    for (_, step), (_, following) in pairwise(chain):
        read = {column.name for column in following.find_all(exp.Column)}
        assert {expression.alias_or_name for expression in step.expressions} == read

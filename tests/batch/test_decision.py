"""What a batch decides, as arrays and in SQL, against `assess`, record by record."""

from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from salesadvisor.batch.statement import OPEN
from salesadvisor.engine.basis import Decision
from salesadvisor.engine.decision import Evaluation, Verdict
from salesadvisor.engine.sql import SqlAnswers
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import Rulebook
from tests.advice.rulebooks import QUESTIONS, answers_within, completions, make_answers, rulebooks
from tests.batch.given import (
    Decided,
    alike,
    answers_of,
    by_codes,
    by_sql,
    one_by_one,
    random_answers,
    row_of,
)
from tests.strategies import as_set

# To plan a query takes a fifth of a second, so each example looks at several records.
FEWER = settings(max_examples=10)
several = st.lists(answers_within(), min_size=1, max_size=12)


def check_sql(decided: list[Decided], right: list[Decided]) -> None:
    """Check that SQL is right where it decides, and rules out nothing where it does not."""
    for mine, theirs in zip(decided, right, strict=True):
        if mine.status == OPEN:
            assert mine.possible >= theirs.possible
        else:
            assert alike(mine, theirs), (mine, theirs)


@given(rulebook=rulebooks(), records=several)
@FEWER
def test_the_statement_says_what_advise_says(rulebook: Rulebook, records: list[Answers]) -> None:
    """Whatever the rulebook: SQL says the same, or that a record is open and a superset of what is possible."""
    check_sql(by_sql(rulebook, records), one_by_one(rulebook, records))


@given(rulebook=rulebooks(), answers=answers_within(), seed=st.integers(0, 99))
@FEWER
def test_complete_records_are_never_left(rulebook: Rulebook, answers: Answers, seed: int) -> None:
    """With single values SQL and arrays decide everything, and say what `advise` says."""
    whole = list(completions(answers))
    some = Random(seed).sample(whole, min(12, len(whole)))
    records = [make_answers({q.id: as_set(known[q.id]) for q in QUESTIONS}) for known in some]
    right = one_by_one(rulebook, records)
    decided = by_sql(rulebook, records)
    rows = [row_of(known, ids_of(rulebook), Random(seed)) for known in records]

    assert all(mine.status != OPEN and mine.proved for mine in decided)
    check_sql(decided, right)
    check_codes(by_codes(rulebook, rows), right)


def ids_of(rulebook: Rulebook) -> list[str]:
    """Return the ids of the questions."""
    return [question.id for question in rulebook.questions]


def check_codes(decided: list[Decided | None], right: list[Decided]) -> None:
    """Check that every record is decided alike, in every column."""
    for mine, theirs in zip(decided, right, strict=True):
        assert alike(mine, theirs), (mine, theirs)


@given(rulebook=rulebooks(), records=several, seed=st.integers(0, 99))
@settings(max_examples=20)
def test_the_arrays_say_what_advise_says(
    rulebook: Rulebook, records: list[Answers], seed: int
) -> None:
    """Whatever the rulebook and whatever is open: every column of every record is the same."""
    rows = [row_of(answers, ids_of(rulebook), Random(seed)) for answers in records]

    check_codes(by_codes(rulebook, rows), one_by_one(rulebook, records))


@cache
def built_in(openness: float) -> tuple[list[Answers], list[Decided]]:
    """Return random records, and what is right of them."""
    random = Random(round(openness * 10))
    records = [random_answers(load_rulebook(), random, openness) for _ in range(25)]
    return records, one_by_one(load_rulebook(), records)


@pytest.mark.parametrize("openness", [0.0, 0.1, 0.3, 0.8])
def test_the_built_in_rulebook_as_arrays(openness: float) -> None:
    """On and round every threshold, with and without blanks and ranges, arrays say what `advise` says."""
    rulebook = load_rulebook()
    records, right = built_in(openness)
    rows = [row_of(answers, ids_of(rulebook), Random(1)) for answers in records]

    check_codes(by_codes(rulebook, rows), right)


def test_the_built_in_rulebook_in_sql() -> None:
    """On and round every threshold: SQL decides what is complete, and of the rest a part."""
    whole, right = built_in(0.0)
    open_, too = built_in(0.1)
    decided = by_sql(load_rulebook(), [*whole, *open_])

    check_sql(decided, [*right, *too])
    left = [mine.status == OPEN for mine in decided]
    assert sum(left[: len(whole)]) < len(whole) / 3  # contradictions are left to `batch`
    assert sum(left) < len(decided)


PLAIN = {
    "cycle_days": "40", "acv": "12000", "stakeholders": "3", "gross_margin": "60",
    "demo_mode": "screen", "regulation": "medical", "geography": "national", "density": "moderate",
    "currency": "", "usd_rate": "", "weight-buyer": "",
}  # fmt: skip
WRITTEN = {
    "cycle_days": ["6 weeks", "30-60", "20..60", "60..20", "0", "3 months", "quick", "-1", ""],
    "acv": ["12k", "12,000", "$12k", "¥90,000", "12k..30k", "1.5m", "lots", "1e3", "12000.50"],
    "stakeholders": ["2..4", "2-4", "0", "2.5", "two", "٣", "unknown", "?", "1..1000000", " 3"],
    "gross_margin": ["60%", "0.6", "0.5..60", "55..70%", "101%", "60 %", "-5", "60.5", "1"],
    "demo_mode": ["SCREEN", "screen|onsite", "on site", "screen ", "unknown", "screen|screen"],
    "regulation": ["medical|financial", "medical?|financial", "none", "none|medical", "none?"],
    "currency": ["USD", "CNY", "EUR", "yens", "usd"],
    "usd_rate": ["0.14", "1", "-1", "x"],
    "weight-buyer": ["3", "heavy"],
}
"""Texts as people write them, right and wrong."""
APART = ("currency", "usd_rate", "weight-buyer")


def test_texts_as_people_write_them() -> None:
    """Texts are decided as the reader of answer files takes them; what is wrong is left to it."""
    rulebook, random = load_rulebook(), Random(5)
    rows = []
    for key, texts in WRITTEN.items():
        for text in texts:
            other = random.choice([name for name in WRITTEN if name != key])
            rows += [
                {**PLAIN, key: text},
                {**PLAIN, other: random.choice(WRITTEN[other]), key: text},
            ]
    decided = by_codes(rulebook, rows)
    known = [answers_of(rulebook, row) for row in rows]
    right = iter(one_by_one(rulebook, [answers for answers in known if answers is not None]))

    for row, mine, answers in zip(rows, decided, known, strict=True):
        theirs = None if answers is None else next(right)
        if mine is not None or not any(row[key] for key in APART):
            assert alike(mine, theirs), row
    assert sum(mine is None for mine in decided) > 20
    assert sum(mine is not None for mine in decided) > 40


def test_a_statement_carries_only_what_is_read() -> None:
    """Every name that a step adds is read by a later one, or asked for: planning takes its time."""
    decision = Decision(load_rulebook(), {}, {})
    answers = SqlAnswers(decision)
    evaluation = Evaluation(decision, answers)
    verdict = Verdict(evaluation, evaluation.chances)
    wanted = [verdict.recommended.sql.name, verdict.status.sql.name]
    chain, last = answers.engine.chain("given", wanted)

    read = set(wanted)
    assert last == chain[-1][0]
    for _, step in reversed(chain):
        added = [e for e in step.expressions if not isinstance(e, exp.Star)]
        assert {e.alias_or_name for e in added} <= read
        read |= {column.name for e in added for column in e.find_all(exp.Column)}

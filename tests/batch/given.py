"""Answers as the table that a decision reads, and what the two say of them."""

from collections.abc import Sequence

import duckdb

from salesadvisor.advice.board import Board
from salesadvisor.batch.clauses import column, select_from
from salesadvisor.batch.decision import (
    OPEN,
    Terms,
    answer_columns,
    decision_layers,
    in_layers,
    result_columns,
)
from salesadvisor.batch.finishing import Finisher, Result
from salesadvisor.batch.texts import Texts, value_columns, value_type
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Rulebook

SHARE = 2
"""Where the share stands in a result."""


def by_sql(rulebook: Rulebook, records: Sequence[Answers], *, plain: bool) -> list[Result]:
    """Return what the query decides, record by record.

    Args:
        rulebook: What decides.
        records: With the same weights and assumptions.
        plain: Whether to take the path of single values.
    """
    terms = Terms(rulebook=rulebook, weights=records[0].weights, assumptions=records[0].assumptions)
    texts = Texts(rulebook, Board(rulebook, records[0]), answer_columns(terms))
    names, types = ["record"], ["bigint"]
    for columns in texts.columns.values():
        names += value_columns(columns)
        types += [value_type(columns)] * len(value_columns(columns))
    rows = [
        [
            number,
            *(
                value
                for columns in texts.columns.values()
                for value in texts.entry_of(columns, answers.values[columns.question.id])
            ),
        ]
        for number, answers in enumerate(records)
    ]
    with duckdb.connect() as connection:
        typed = ", ".join(f'"{n}" {t}' for n, t in zip(names, types, strict=True))
        connection.execute(f"CREATE TABLE given ({typed})")
        connection.executemany(f"INSERT INTO given VALUES ({', '.join('?' * len(names))})", rows)
        wanted = ["record", *result_columns(rulebook)]
        chain, last = in_layers(decision_layers(terms, plain=plain), "given", wanted)
        query = select_from(chain, [column(name) for name in wanted], last)
        found = connection.execute(query).fetchall()
    return [tuple(row[1:]) for row in sorted(found)]


def one_by_one(rulebook: Rulebook, records: Sequence[Answers]) -> list[Result]:
    """Return what `advise` decides, record by record."""
    finisher = Finisher(rulebook, ())
    return [finisher.decide(answers) for answers in records]


def differences(one: Sequence[Result], other: Sequence[Result]) -> list[tuple[int, Result, Result]]:
    """Return the records on which two engines differ; those left open by the first aside."""
    return [
        (number, mine, theirs)
        for number, (mine, theirs) in enumerate(zip(one, other, strict=True))
        if mine[1] != OPEN and not _alike(mine, theirs)
    ]


def _alike(one: Result, other: Result) -> bool:
    """Return whether two results are the same, their shares to four places."""
    if not one[0] and not other[0]:
        return one[:SHARE] == other[:SHARE] and one[SHARE + 1 :] == other[SHARE + 1 :]
    near = abs(float(one[SHARE]) - float(other[SHARE])) < 1e-9
    return near and one[:SHARE] == other[:SHARE] and one[SHARE + 1 :] == other[SHARE + 1 :]

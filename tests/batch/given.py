"""Random answers, and what each path makes of them: one by one, as codes, and in SQL."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import islice
from operator import or_
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

import duckdb
from sqlglot import exp

from salesadvisor.advice.verdict import assess
from salesadvisor.batch.chunks import Chunks, connect
from salesadvisor.batch.deciding import Decider
from salesadvisor.batch.records import Chunk, node_of_cells, sql_name
from salesadvisor.batch.results import Results
from salesadvisor.batch.statement import OPEN
from salesadvisor.documents.node import MapNode
from salesadvisor.engine.basis import Decision
from salesadvisor.engine.decision import STATUSES, Evaluation, Verdict
from salesadvisor.engine.layout import Layout, bits_in
from salesadvisor.engine.sql import Sql, SqlAnswers
from salesadvisor.engine.sql_parts import SQL, WORD, named
from salesadvisor.engine.tabulation import tables_of
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.problems import UserError
from salesadvisor.rulebook.answers import Answers, answers_from_values, read_answers
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    ChoiceQuestion,
    NumberQuestion,
    Question,
    Rulebook,
)

Row = Mapping[str, str]
"""A record as a table has it: texts, by the name of their column."""


class Decided(NamedTuple):
    """What is decided of a record: every column of an output."""

    recommendation: str  # empty without one
    status: str
    share: float  # of the recommended model
    possible: frozenset[str]
    proved: bool
    scores: tuple[float, ...]
    excluded: frozenset[str]
    rules: frozenset[str]


def one_by_one(rulebook: Rulebook, records: Iterable[Answers]) -> list[Decided]:
    """Return what `advise` decides, record by record."""
    return [_assessed(rulebook, answers) for answers in records]


def _assessed(rulebook: Rulebook, answers: Answers) -> Decided:
    found = assess(rulebook, answers)
    scoring, verdict = found.scoring, found.verdict
    best = verdict.recommendation
    return Decided(
        recommendation=best or "",
        status=str(verdict.status),
        share=0.0 if best is None else verdict.shares[best],
        possible=frozenset(map(str, verdict.possible)),
        proved=verdict.possible_proved,
        scores=tuple(scoring.scores[m.id] / scoring.unit for m in rulebook.models),
        excluded=frozenset(map(str, verdict.excluded)),
        rules=frozenset(r.id for r in rulebook.rules if scoring.truths[r.id] == {True}),
    )


# Texts, read by DuckDB as codes and decided as arrays.


def answers_of(rulebook: Rulebook, row: Row) -> Answers | None:
    """Return what the reader of answer files makes of a row; None where something is wrong."""
    try:
        return read_answers(_node_of(row), rulebook, "test")
    except UserError:
        return None


def _node_of(row: Row) -> MapNode:
    return node_of_cells(row, row.values(), "test", 1)


def by_codes(rulebook: Rulebook, rows: Sequence[Row]) -> list[Decided | None]:
    """Return what is decided of rows; None where they are left to the reader of answer files."""
    names = tuple(rows[0])
    decider = Decider(rulebook, {}, {}, processes=1)
    with TemporaryDirectory() as folder, connect("1GB", Path(folder)) as connection:
        typed = ", ".join(f"{sql_name(name)} VARCHAR" for name in names)
        connection.execute(f"CREATE TABLE given ({typed})")
        marks = ", ".join("?" * len(names))
        cells = [list(row.values()) for row in rows]
        connection.executemany(f"INSERT INTO given VALUES ({marks})", cells)
        chunks = Chunks(decider, (), (), connection, defuse=True)
        chunk = Chunk(
            relation="given", names=names, after=0, done=None,
            nodes=lambda wanted: [_node_of(rows[row]) for row in wanted],
        )  # fmt: skip
        decided = chunks.decide(chunk, (), lambda *_: None)
    left = decided.with_care.tolist()
    return [
        None if care else _row_of(rulebook, decided.results, number)
        for number, care in enumerate(left)
    ]


def _row_of(rulebook: Rulebook, results: Results, number: int) -> Decided:
    models = [str(model.id) for model in rulebook.models]

    def listed(names: Sequence[str], bits: int) -> frozenset[str]:
        return frozenset(name for i, name in enumerate(names) if bits >> i & 1)

    return Decided(
        recommendation=["", *models][int(results.best[number])],
        status=STATUSES[int(results.status[number])],
        share=float(results.share[number]) if results.best[number] else 0.0,
        possible=listed([*models, NO_MODEL], int(results.possible[number])),
        proved=bool(results.proved[number]),
        scores=tuple(map(float, results.scores[number])),
        excluded=listed(models, int(results.excluded[number])),
        rules=listed(
            [rule.id for rule in rulebook.rules],
            int.from_bytes(results.rules[number].tobytes(), "little"),
        ),
    )


# Sets of answers, in a table of SQL.


def sql_values(layout: Layout, answers: SqlAnswers, number: int, value: Value) -> dict[str, object]:
    """Return an answer as the columns that SQL reads it from."""
    question = layout.decision.rulebook.questions[number]
    if isinstance(value, Numbers):
        return dict(zip(answers.ends(number), (value.low, value.high), strict=True))
    bits, masks = bits_in(layout, number, value), answers.masks(number)
    found: dict[str, object] = {
        mask: bits >> WORD * place & (1 << WORD) - 1 for place, mask in enumerate(masks)
    }
    if isinstance(value, SomeOf):
        assert isinstance(question, ChoiceQuestion)
        for name, chosen in zip(
            answers.chosen(number), (value.certain, value.possible), strict=True
        ):
            found[name] = sum(1 << i for i, id in enumerate(question.options) if id in chosen)
    return found


def rows_in_sql(
    answers: SqlAnswers, records: Sequence[Mapping[str, object]], shown: Mapping[str, SQL]
) -> list[tuple[object, ...]]:
    """Return what expressions are for each record, in their order.

    Args:
        answers: Whose columns, and whatever was kept of them, the expressions read.
        records: The columns of the answers.
        shown: The expressions, by name.
    """
    read = [column.name for sql in shown.values() for column in sql.find_all(exp.Column)]
    chain, last = answers.engine.chain("given", read) if answers.engine.names else ([], "given")
    chosen = [exp.column("number"), *(named(sql, name) for name, sql in shown.items())]
    query = exp.Select(expressions=chosen).from_(exp.to_identifier(last, quoted=True))
    for name, step in chain:
        query = query.with_(exp.to_identifier(name, quoted=True), as_=step, copy=False)
    columns = ["number", *records[0]]
    table = ", ".join(map(sql_name, columns))
    rows = ", ".join(
        f"({', '.join(repr(value) for value in (number, *record.values()))})"
        for number, record in enumerate(records)
    )
    with duckdb.connect() as connection:
        typed = ", ".join(
            f"{sql_name(name)} {'DOUBLE' if isinstance(value, float) else 'BIGINT'}"
            for name, value in (("number", 0), *records[0].items())
        )
        connection.execute(f"CREATE TABLE given ({typed})")
        connection.execute(f"INSERT INTO given ({table}) VALUES {rows}")
        found = connection.execute(query.sql("duckdb", copy=False)).fetchall()
    return [tuple(row[1:]) for row in sorted(found, key=lambda row: row[0])]


def by_sql(rulebook: Rulebook, records: Sequence[Answers]) -> list[Decided]:
    """Return what SQL decides of records with the same weights and assumptions."""
    decision = Decision(rulebook, records[0].weights, records[0].assumptions)
    answers, layout = SqlAnswers(decision), Layout(decision)
    evaluation = Evaluation(decision, answers)
    verdict = Verdict(evaluation, evaluation.chances)
    base, models = evaluation.base, decision.models
    contested = reduce(or_, (base.truths[c.id].may for c in rulebook.contested), answers.engine.no)
    settled = evaluation.settled & answers.engine.negate(contested)
    columns: list[Sql] = [
        verdict.recommended, verdict.status, settled,
        *(verdict.shares[m] for m in models),
        *(possible | contested for possible in verdict.possible.values()), *(base.score[m] for m in models),
        *(verdict.excluded[m] for m in models), *(truth.must for truth in base.rules),
    ]  # fmt: skip
    shown = {f"shown_{place}": column.sql for place, column in enumerate(columns)}
    given = [
        {
            name: value
            for number, question in enumerate(rulebook.questions)
            for name, value in sql_values(
                layout, answers, number, known.values[question.id]
            ).items()
        }
        for known in records
    ]
    return [_told(decision, row) for row in rows_in_sql(answers, given, shown)]


def _told(decision: Decision, row: Sequence[object]) -> Decided:
    best, status, final, *rest = row
    models = [str(model) for model in decision.models]
    rules = [rule.id for rule in decision.rulebook.rules]
    cells = iter(rest)

    def next_of(names: Sequence[str]) -> dict[str, object]:
        return dict(zip(names, islice(cells, len(names)), strict=True))

    def those_that_hold(names: Sequence[str]) -> frozenset[str]:
        return frozenset(name for name, holds in next_of(names).items() if holds)

    shares = next_of(models)
    return Decided(
        recommendation=str(best).replace(NO_MODEL, ""),
        status=str(status) if final else OPEN,
        share=float(str(shares.get(str(best), 0.0))),
        possible=those_that_hold([*models, NO_MODEL]),
        proved=bool(final),
        scores=tuple(float(str(score)) / decision.unit for score in next_of(models).values()),
        excluded=those_that_hold(models),
        rules=those_that_hold(rules),
    )


def shown_in(rulebook: Rulebook, row: Row) -> Decided:
    """Return a row of an output as a decision."""

    def listed(cell: str) -> frozenset[str]:
        return frozenset(filter(None, cell.split("|")))

    return Decided(
        recommendation=row["recommendation"], status=row["status"],
        share=float(row["share"] or 0), possible=listed(row["possible"]),
        proved={"true": True, "false": False}[row["possible_proved"]],
        scores=tuple(float(row[f"score_{model.id}"]) for model in rulebook.models),
        excluded=listed(row["excluded"]), rules=listed(row["rules"]),
    )  # fmt: skip


def alike(one: Decided | None, other: Decided | None) -> bool:
    """Return whether two decisions are the same, their shares to four places and more."""
    if one is None or other is None:
        return one is other
    return abs(one.share - other.share) < 1e-9 and one._replace(share=other.share) == other


# Random answers, and how people write them.


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


def row_of(answers: Answers, ids: Iterable[str], random: Random) -> dict[str, str]:
    """Return answers as texts, some of them as people write them."""
    given_ = {str(id): value for id, value in answers.values.items() if id in answers.answered}
    return {id: _written(given_.get(id), random) for id in ids}


def _written(value: Value | None, random: Random) -> str:
    match value:
        case None:
            return random.choice(["", "", "unknown"])
        case Numbers(low, high) if low == high:
            return f"{int(low):,}" if low == int(low) and low >= 1e6 else f"{low:.15g}"
        case Numbers(low, high):
            return f"{low:.15g}..{high:.15g}"
        case OneOf(options):
            return "|".join(sorted(options))
        case SomeOf(certain, possible):
            return "|".join([*sorted(certain), *(f"{id}?" for id in sorted(possible - certain))])
        case _:
            raise TypeError(value)


def write_records(path: Path, count: int, *, openness: float = 0.2, seed: int = 1) -> None:
    """Write a CSV file of random records, some of whose texts are as people write them."""
    from salesadvisor.rulebook.cache import load_rulebook

    rulebook, random = load_rulebook(), Random(seed)
    ids = [question.id for question in rulebook.questions]
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["name", *ids])
        for number in range(count):
            answers = random_answers(rulebook, random, openness)
            writer.writerow([f"r{number}", *row_of(answers, ids, random).values()])


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))

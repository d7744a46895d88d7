"""DuckDB, in this process: a chunk of texts in, decisions out, as one query.

A query is tried as simply as the records allow: with one end for each answer while all are single
values, and without joins while every text can be read in SQL. What turns up is learned, and the
chunk is asked again; the next ones profit.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
from msgspec import Struct
from sqlglot import exp

from salesadvisor.advice.board import Board
from salesadvisor.batch.clauses import SQL, WORD, column, named, select_from
from salesadvisor.batch.completions import can_be_drawn, chances_of_draws
from salesadvisor.batch.decision import (
    OPEN,
    VERDICT,
    Terms,
    answer_columns,
    chance_columns,
    decision_layers,
    fired_column,
    in_layers,
    joint_names,
    result_columns,
    result_type,
)
from salesadvisor.batch.finishing import Finishers, Wrong
from salesadvisor.batch.output import Form, output_columns
from salesadvisor.batch.reading import INCOMPLETE, ROW, SPECIAL, UNLEARNED, Reading, label_column
from salesadvisor.batch.records import FEW, Chunk, Rejected, csv_relation, sql_text, table_writer
from salesadvisor.batch.texts import Entry, Texts, value_columns, value_type
from salesadvisor.batch.triage import NO_TRIAGE, SAMPLE, Triage
from salesadvisor.batch.worlds import Layer
from salesadvisor.rulebook.definitions import QuestionId

_SAMPLE = 2000
_WRITTEN_OUT = 60
"""Texts of a question that stand in the query; more of them are joined."""
_MOST_TEXTS = 100_000
"""Texts of a question that are kept from chunk to chunk."""
_DRAWS = (12, 48)
"""Completions of an open record, in two goes: most are settled by the first."""
_IS_OPEN = f"status = '{OPEN}' AND NOT {SPECIAL}"
_TOLD = 100
"""Rows that are decided one by one until it is told how far that is."""
Watch = Callable[[int, int], None]


class Tally(Struct, frozen=True, kw_only=True):
    """Records with the same recommendation and status, and how often each rule holds in them."""

    recommendation: str
    status: str
    records: int
    rules: Mapping[str, int]


class Outcome(Struct, frozen=True):
    """What came of a chunk."""

    rows: int  # in the output
    rejected: tuple[Rejected, ...]
    tallies: tuple[Tally, ...]
    finished: int  # records that were decided one by one
    triage: Triage


class DuckEngine:
    """Decides chunks.

    Args:
        terms: What to decide by.
        board: The same, for what is read in Python.
        finishers: For records that the query leaves open.
        connection: From `connect`.
        work: A folder for what is passed to the engine.
        defuse: Whether texts that a spreadsheet would take for formulas are kept from being so.
    """

    def __init__(
        self,
        terms: Terms,
        board: Board,
        finishers: Finishers,
        connection: duckdb.DuckDBPyConnection,
        work: Path,
        *,
        defuse: bool,
    ) -> None:
        self.terms = terms
        self.finishers = finishers
        self.connection = connection
        self.work = work
        self.defuse = defuse
        self.columns = answer_columns(terms)
        self.texts = Texts(terms.rulebook, board, self.columns)
        self.results = result_columns(terms.rulebook)
        self._can_draw = can_be_drawn(self.texts.columns, joint_names(terms))
        self.plain = True  # until a chunk says otherwise
        self._joined: list[str] = []
        self._layers: dict[bool, tuple[Layer, ...]] = {}
        self._queries: dict[tuple[object, ...], str] = {}

    def decide(
        self, chunk: Chunk, labels: Sequence[str], form: Form, part: Path, watch: Watch
    ) -> Outcome:
        """Write the decisions on a chunk to a file.

        Args:
            chunk: The records.
            labels: The label columns of the whole output; those that a chunk lacks are empty.
            form: Of the output.
            part: The file, new.
            watch: Told how many rows are decided, of how many.

        Raises:
            RuntimeError: records were lost, which must never be.
        """
        self._forget()
        own = [name for name in labels if name in chunk.names]
        if chunk.rows is not None and chunk.rows < FEW:
            self._view(chunk.relation)
            self._label(own)
            left = list(range(chunk.rows))
        else:
            chunk, left = self._run(chunk, own)
        wrong = self._finish(chunk, left, len(own), watch)
        rows = self._count("SELECT count(*) FROM results") - len(wrong)
        self._write({name: own.index(name) if name in own else None for name in labels}, form, part)
        if self._count("SELECT count(*) FROM final") != rows:
            raise RuntimeError("records were lost on the way")
        return Outcome(
            rows=rows,
            rejected=tuple(sorted((*chunk.rejected, *wrong), key=lambda r: r.offset)),
            tallies=self._tallies(),
            finished=len(left) - len(wrong),
            triage=self._triage(chunk),
        )

    def _count(self, query: str) -> int:
        found = self.connection.execute(query).fetchone()
        assert found is not None
        return int(found[0])

    # The query.

    def _view(self, relation: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW chunk AS SELECT * FROM {relation}")

    def _run(self, chunk: Chunk, labels: Sequence[str]) -> tuple[Chunk, list[int]]:
        """Decide what SQL can decide; return the rows that it leaves.

        Raises:
            duckdb.Error: the chunk can't be read, taken apart or not.
        """
        try:
            self._try(chunk, labels)
        except duckdb.Error:
            if chunk.mended is None:
                raise
            chunk = chunk.mended()  # something in it is broken: record by record
            self._try(chunk, labels)
        found_rows = self._count("SELECT count(*) FROM results")
        if chunk.mended is not None and chunk.expected not in (None, found_rows):
            chunk = chunk.mended()
            self._try(chunk, labels)
        self._draw(chunk, labels)
        found = self.connection.execute(
            f"SELECT rowid FROM results WHERE (status = '{OPEN}' OR {SPECIAL}) "
            f"AND rowid NOT IN (SELECT {ROW} FROM settled) ORDER BY rowid"
        )
        return chunk, [int(row[0]) for row in found.fetchall()]

    def _try(self, chunk: Chunk, labels: Sequence[str]) -> None:
        if not self._queries and chunk.rows is None:
            # Most of what there is to learn shows in the first records: cheaper than asking again.
            self._view(f"(SELECT * FROM {chunk.relation} LIMIT {_SAMPLE})")
            self._settle(chunk, labels)
        self._view(chunk.relation)
        self._settle(chunk, labels)

    def _settle(self, chunk: Chunk, labels: Sequence[str]) -> None:
        """Ask until every text is read, and every answer has the ends that it needs."""
        while True:
            query = self._query(chunk.names, tuple(labels))
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE results AS {query}")
            found = self.connection.execute(
                f"SELECT count(*) FILTER ({UNLEARNED}), count(*) FILTER ({INCOMPLETE} AND NOT {SPECIAL}) "
                "FROM results"
            ).fetchone()
            assert found is not None
            unlearned, incomplete = found
            if unlearned:
                self._learn(chunk.names, labels)
                continue
            if self.plain and incomplete:
                self.plain = False
                continue
            self.plain = not incomplete
            self._require_order()
            return

    def _draw(self, chunk: Chunk, labels: Sequence[str]) -> None:
        """Note as `settled` the open records in whose completions everything that may be comes true.

        Results are never updated: that would move rows to their table's end.
        """
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE settled ({ROW} BIGINT)")
        if not self._can_draw or not self._count(f"SELECT count(*) FROM results WHERE {_IS_OPEN}"):
            return
        chain, given = self._reading(chunk.names, labels, numbered=True).chain("chunk")
        values = [name for columns in self.columns for name in value_columns(columns)]
        numbered = select_from(chain, [column(ROW), *map(column, values)], given)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE opened AS SELECT g.* FROM ({numbered}) g "
            f"SEMI JOIN (SELECT rowid AS number FROM results WHERE {_IS_OPEN}) r "
            f"ON r.number = g.{ROW}"
        )
        chances = [f'"{name}"' for name in chance_columns(self.terms.rulebook)]
        some = ", ".join(f"bool_or({name}) AS {name}" for name in chances)
        same = " AND ".join(f"r.{name} = s.{name}" for name in chances)
        none = ", ".join(f"NULL::BOOLEAN AS {name}" for name in chances)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE seen AS SELECT 0::BIGINT AS {ROW}, {none} LIMIT 0"
        )
        begun = 0
        for draws in _DRAWS:
            query = chances_of_draws(self.terms, self.texts.columns, range(begun, begun + draws))
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE seen AS SELECT {ROW}, {some} FROM "
                f"(FROM seen UNION ALL FROM ({query})) GROUP BY {ROW}"
            )
            self.connection.execute(
                f"INSERT INTO settled SELECT s.{ROW} FROM seen s JOIN results r "
                f"ON r.rowid = s.{ROW} WHERE {same}"
            )
            for table in ("opened", "seen"):
                self.connection.execute(
                    f"DELETE FROM {table} WHERE {ROW} IN (SELECT {ROW} FROM settled)"
                )
            begun += draws
        self.connection.execute("DROP TABLE opened; DROP TABLE seen")

    def _require_order(self) -> None:
        """Check that rows lie as they were read.

        Raises:
            RuntimeError: they don't, which must never be.
        """
        if self._joined and self._count(f"SELECT count(*) FROM results WHERE rowid <> {ROW}"):
            raise RuntimeError("records left their order")

    def _query(self, names: Sequence[str], labels: tuple[str, ...]) -> str:
        known = tuple(len(entries) for entries in self.texts.entries.values())
        key = (tuple(names), labels, self.plain, known)
        if key not in self._queries:
            # A join leaves rows in any order; numbers keep them in their own, on one thread.
            numbered = bool(self._joined)
            chain, given = self._reading(names, labels, numbered=numbered).chain("chunk")
            wanted = [label_column(i) for i, _ in enumerate(labels)]
            wanted += [*self.results, UNLEARNED, SPECIAL, INCOMPLETE, *([ROW] if numbered else [])]
            if not self.plain:  # what may be of an open record is compared with its completions
                wanted += [*chance_columns(self.terms.rulebook), VERDICT]
            wanted = list(dict.fromkeys(wanted))
            if self.plain not in self._layers:
                self._layers[self.plain] = decision_layers(self.terms, plain=self.plain)
            decided, last = in_layers(self._layers[self.plain], given, wanted)
            self._queries.clear()
            self._queries[key] = select_from([*chain, *decided], [column(w) for w in wanted], last)
        return self._queries[key]

    def _reading(self, names: Sequence[str], labels: Sequence[str], *, numbered: bool) -> Reading:
        return Reading(self.texts, names, labels, self._joined, numbered=numbered, plain=self.plain)

    def _learn(self, names: Sequence[str], labels: Sequence[str]) -> None:
        """Read the texts that SQL can't read, each once."""
        reading = self._reading(names, labels, numbered=False)
        unlearned = reading.unlearned()
        chosen: list[SQL] = []
        for id, (key, is_new) in unlearned.items():
            some = exp.Filter(
                this=exp.ArrayAgg(this=exp.Distinct(expressions=[key])),
                expression=exp.Where(this=is_new),
            )
            chosen.append(named(some, id))
        chain, _ = reading.chain("chunk")
        row = self.connection.execute(select_from(chain, chosen, "joined")).fetchone()
        assert row is not None
        for id, texts in zip(unlearned, row, strict=True):
            if texts:
                new = self.texts.learn(id, sorted(texts))
                if id not in self._joined and len(self.texts.entries[id]) > _WRITTEN_OUT:
                    self._joined.append(id)
                    new = self.texts.entries[id]
                if id in self._joined:
                    self._keep(id, new)

    def _keep(self, id: str, entries: Mapping[str, Entry]) -> None:
        """Make what was read a table to join."""
        columns = self.texts.columns[id]
        values = [f"value_{i}" for i, _ in enumerate(value_columns(columns))]
        typed = ", ".join(f"{name} {value_type(columns)}" for name in values)
        table = f'"texts_{id}"'
        self.connection.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {table} (written VARCHAR, is_answer BOOLEAN, {typed})"
        )
        rows = (
            (written, entry is not None, *(entry if entry is not None else [""] * len(values)))
            for written, entry in entries.items()
        )
        self._load(rows, ("written", "is_answer", *values), table)

    def _forget(self) -> None:
        """Let go of texts where they are too many to keep: the next chunk reads its own again."""
        for id in self._joined:
            if len(self.texts.entries[id]) > _MOST_TEXTS:
                self.texts.entries[id].clear()
                self.connection.execute(f'DELETE FROM "texts_{id}"')
                self._queries.clear()

    def _load(self, rows: Iterable[Sequence[object]], names: Sequence[str], table: str) -> None:
        """Add rows to a table."""
        path = self.work / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = table_writer(out)
            for row in rows:
                writer.writerow(row)
        self.connection.execute(f"INSERT INTO {table} SELECT * FROM {csv_relation(path, names)}")
        path.unlink()

    # What the query leaves.

    def _label(self, labels: Sequence[str]) -> None:
        """Take the labels of records that are all decided one by one."""
        chosen = [named(column(name), label_column(i)) for i, name in enumerate(labels)]
        for name in (*self.results, VERDICT):
            chosen.append(named(exp.cast(exp.null(), result_type(name)), name))
        query = select_from([], chosen, "chunk")
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE results AS {query}")
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE settled ({ROW} BIGINT)")

    def _finish(
        self, chunk: Chunk, left: Sequence[int], labels: int, watch: Watch
    ) -> list[Rejected]:
        """Decide the rows that are left one by one, and make `final` of all rows."""
        wrong: list[Rejected] = []
        total = self._count("SELECT count(*) FROM results")

        def rows() -> Iterator[Sequence[object]]:
            finished = self.finishers.finish(chunk.nodes(left))
            for number, (row, found) in enumerate(zip(left, finished, strict=True)):
                if number % _TOLD == 0:
                    watch(total - len(left) + number, total)
                if isinstance(found, Wrong):
                    wrong.append(
                        Rejected(offset=chunk.offset(row), problems=found.problems, node=found.node)
                    )
                    yield (row, True, *([""] * len(self.results)))
                else:
                    yield (row, False, *found)

        typed = ", ".join(f'"{name}" {result_type(name)}' for name in self.results)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE finished (row BIGINT, is_wrong BOOLEAN, {typed})"
        )
        if left:
            self._load(rows(), ("row", "is_wrong", *self.results), "finished")
        shown = [f'r."{label_column(i)}"' for i in range(labels)]
        joins = ""
        values = {name: f'r."{name}"' for name in self.results}
        if self._count("SELECT count(*) FROM settled"):
            joins += f" LEFT JOIN settled s ON s.{ROW} = r.rowid"
            values["status"] = f"CASE WHEN s.{ROW} IS NULL THEN r.status ELSE r.{VERDICT} END"
        if left:
            joins += (
                " LEFT JOIN finished f ON f.row = r.rowid WHERE f.is_wrong IS DISTINCT FROM true"
            )
            values = {
                name: f"CASE WHEN f.row IS NULL THEN {value} ELSE {_found(name)} END"
                for name, value in values.items()
            }
        chosen = ["r.rowid AS number", *shown, *(f'{v} AS "{n}"' for n, v in values.items())]
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW final AS SELECT {', '.join(chosen)} FROM results r{joins}"
        )
        return wrong

    # The output.

    def _write(self, labels: Mapping[str, int | None], form: Form, part: Path) -> None:
        values = {
            name: exp.cast(exp.null(), "varchar") if i is None else column(label_column(i))
            for name, i in labels.items()
        }
        chosen = output_columns(self.terms.rulebook, values, form, defuse=self.defuse)
        query = select_from([], chosen, "final")
        if self._count("SELECT (SELECT count(*) FROM settled) + (SELECT count(*) FROM finished)"):
            query += " ORDER BY number"  # a join leaves rows in any order
        self.connection.execute(f"COPY ({query}) TO {sql_text(part)} {form.options}")

    def empty_part(self, names: Sequence[str], form: Form, part: Path) -> Path:
        """Write a part without records: for an output that has none."""
        none = select_from(
            [], [named(exp.cast(exp.null(), "varchar"), name) for name in names], "nobody"
        )
        self.connection.execute(
            f"COPY (WITH nobody AS (SELECT 1 WHERE false) {none}) TO {sql_text(part)} {form.options}"
        )
        return part

    def _tallies(self) -> tuple[Tally, ...]:
        """Return how often each recommendation and each rule came, by status."""
        rules = [rule.id for rule in self.terms.rulebook.rules]
        sums = ", ".join(
            f'sum(("{fired_column(i // WORD)}" >> {i % WORD}) & 1)::BIGINT'
            for i, _ in enumerate(rules)
        )
        found = self.connection.execute(
            f"SELECT best_model, status, count(*), {sums} FROM final GROUP BY ALL"
            if rules
            else "SELECT best_model, status, count(*) FROM final GROUP BY ALL"
        ).fetchall()
        return tuple(
            Tally(
                recommendation=str(best), status=str(status), records=int(count),
                rules={id: int(n) for id, n in zip(rules, counts, strict=True) if n},
            )
            for best, status, count, *counts in sorted(found)
        )  # fmt: skip

    def _triage(self, chunk: Chunk) -> Triage:
        """Return what single answers would settle: of a few open records, evenly spread."""
        models = [f'"possible_{model.id}"' for model in self.terms.rulebook.models]
        several = " + ".join(f"{name}::INTEGER" for name in (*models, "possible_none"))
        found = self.connection.execute(
            f"SELECT number FROM final WHERE status <> 'too_close' AND {several} > 1 ORDER BY number"
        ).fetchall()
        if not found:
            return NO_TRIAGE
        step = max(1, len(found) // SAMPLE)
        rows = [int(row[0]) for row in found[::step][:SAMPLE]]
        settles: Counter[QuestionId] = Counter()
        for node in chunk.nodes(rows):
            settles.update(self.finishers.here.settled_by(node))
        return Triage(open_records=len(found), sampled=len(rows), settles=dict(settles))


def connect(memory: str, spill: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection that holds its memory limit, spills, and knows no network.

    Args:
        memory: The limit: `1GB`.
        spill: A folder for what does not fit.
    """
    connection = duckdb.connect(
        config={
            "memory_limit": memory,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "true",
        }
    )
    # In a join, what is looked up in stays the table that is joined: rows go by in their order.
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    return connection


def _found(result: str) -> str:
    """Return a column of what was decided one by one; an empty text comes back as NULL."""
    return f"coalesce(f.\"{result}\", '')" if result_type(result) == "varchar" else f'f."{result}"'

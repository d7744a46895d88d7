"""A chunk of records: DuckDB reads it as codes, the engine decides it, DuckDB writes the part."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from salesadvisor.batch.answers import AnswerTable, Array, Codes
from salesadvisor.batch.deciding import Decider
from salesadvisor.batch.output import Form, output_columns
from salesadvisor.batch.reading import OTHER, SPECIAL, Reading, kind_column, label_column
from salesadvisor.batch.records import FEW, Chunk, Rejected, sql_name, sql_text
from salesadvisor.batch.results import Results, no_results
from salesadvisor.batch.texts import Texts
from salesadvisor.batch.triage import NO_TRIAGE, SAMPLE, Triage, settled_by
from salesadvisor.documents.node import MapNode
from salesadvisor.engine.decision import STATUSES
from salesadvisor.problems import UserError
from salesadvisor.rulebook.answers import Answers, answer_keys, read_answers
from salesadvisor.rulebook.definitions import QuestionId
from salesadvisor.rulebook.settings import Setting

_PROGRESS_EVERY = 256
"""Records that are read one by one until it is reported how far that is."""
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
    unproved: int  # records of which more may be possible than is
    without_rate: int  # records with sums that count as unanswered: nobody gave a rate
    triage: Triage


class Decided(Struct, frozen=True):
    """A chunk that is decided; its labels lie in the engine's table `records`."""

    chunk: Chunk
    results: Results  # a row for each record, the rejected ones among them
    kept: Array  # which are not rejected
    rejected: tuple[Rejected, ...]
    without_rate: int
    answers: AnswerTable | None  # None: all were read with care…
    with_care: Array  # …else those that were


class Chunks:
    """Decides chunks, and writes a part for each.

    Args:
        decider: What decides.
        settings: From the command line: they take the place of what a record says.
        carried: Keys that are kept as they are: nothing here reads them.
        connection: From `connect`.
        defuse: Whether texts that a spreadsheet would take for formulas are kept from being so.
    """

    def __init__(
        self,
        decider: Decider,
        settings: Sequence[Setting],
        carried: Sequence[str],
        connection: duckdb.DuckDBPyConnection,
        *,
        defuse: bool,
    ) -> None:
        self.decider = decider
        self.rulebook = decider.rulebook
        self.settings = settings
        self.unread = frozenset(carried).difference(answer_keys(self.rulebook))
        self.connection = connection
        self.defuse = defuse
        self.texts = Texts(self.rulebook)

    def write(
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
        own = [name for name in labels if name in chunk.names]
        decided = self.decide(chunk, own, watch)
        command = f"COPY ({self.rows(decided, own, labels, form)}) TO {sql_text(part)}"
        ((count,),) = self.connection.execute(f"{command} {form.options}").fetchall()
        self.connection.unregister("decided")
        rows = int(decided.kept.sum())
        if int(count) != rows:
            raise RuntimeError("records were lost on the way")
        shown = decided.results.take(decided.kept)
        return Outcome(
            rows=rows,
            rejected=decided.rejected,
            tallies=self._tallies(shown),
            unproved=int((~shown.proved).sum()),
            without_rate=decided.without_rate,
            triage=self._triage(decided),
        )

    def decide(self, chunk: Chunk, labels: Sequence[str], watch: Watch) -> Decided:
        """Return the decisions on a chunk, its labels kept in a table."""
        chunk, codes, size = self._read(chunk, labels)
        results = no_results(self.decider.search.decision, size)
        left = np.ones(size, dtype=bool)  # rows for the reader of answer files
        without_rate = 0
        answers: AnswerTable | None = None
        if codes:
            answers = AnswerTable(self.decider.layout, codes, self.texts, size)
            left = answers.is_wrong | codes[SPECIAL].astype(bool)
            without_rate = int((answers.has_no_rate & ~left).sum())
            self.decider.decide(answers, ~left, results, lambda done: watch(done, size))
        wrong, further = self._read_with_care(chunk, np.nonzero(left)[0], results, size, watch)
        kept = np.ones(size, dtype=bool)
        for row, _ in wrong:
            kept[row] = False
        rejected = (*chunk.rejected, *(found for _, found in wrong))
        return Decided(
            chunk=chunk, results=results, kept=kept, without_rate=without_rate + further,
            rejected=tuple(sorted(rejected, key=lambda r: r.offset)), answers=answers,
            with_care=left,
        )  # fmt: skip

    def rows(self, decided: Decided, own: Sequence[str], labels: Sequence[str], form: Form) -> str:
        """Return a query of the rows of an output, over a table `decided` that it registers."""
        results = decided.results
        columns: dict[str, Any] = {
            "best": results.best, "status": results.status,
            "confidence": results.confidence, "share": np.round(results.share, 4),
            "possible": results.possible, "proved": results.proved, "excluded": results.excluded,
            "kept": decided.kept,
        }  # fmt: skip
        columns |= {f"score_{i}": np.ascontiguousarray(s) for i, s in enumerate(results.scores.T)}
        columns |= {f"rules_{i}": np.ascontiguousarray(r) for i, r in enumerate(results.rules.T)}
        self.connection.register("decided", columns)
        values = {
            name: label_column(own.index(name)) if name in own else "NULL::VARCHAR"
            for name in labels
        }
        chosen = output_columns(self.decider.search.decision, values, form, defuse=self.defuse)
        return f"SELECT {', '.join(chosen)} FROM records POSITIONAL JOIN decided WHERE kept"

    # Reading.

    def _read(self, chunk: Chunk, labels: Sequence[str]) -> tuple[Chunk, Codes, int]:
        """Return the codes of a chunk's rows, and how many there are; few are left to be read.

        Raises:
            duckdb.Error: the chunk can't be read, taken apart or not.
        """
        few = chunk.rows is not None and chunk.rows < FEW
        try:
            codes, size = self._codes(chunk, labels, few=few)
        except duckdb.Error:
            if chunk.mended is None:
                raise
            chunk = chunk.mended()  # something in it is broken: record by record
            codes, size = self._codes(chunk, labels, few=few)
        if chunk.mended is not None and chunk.expected not in (None, size):
            chunk = chunk.mended()
            codes, size = self._codes(chunk, labels, few=few)
        return chunk, codes, size

    def _codes(self, chunk: Chunk, labels: Sequence[str], *, few: bool) -> tuple[Codes, int]:
        reading = Reading(self.rulebook, chunk.names, labels)
        query = reading.labelled(chunk.relation)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE records AS {query}")
        size = self._count()
        if few or not size:
            return {}, size
        codes = self._arrays(reading.codes(chunk.relation))
        others = [i for i, _ in reading.asked if (codes[kind_column(i)] == OTHER).any()]
        if others:
            query = reading.texts(chunk.relation, others)
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE written AS {query}")
            codes |= self._arrays(reading.marks(others))
        if any(len(array) != size for array in codes.values()):
            raise RuntimeError("records were lost while they were read")
        for number in others:
            codes |= self._arrays(reading.distinct(number))
        return codes, size

    def _arrays(self, query: str) -> dict[str, Array]:
        found = self.connection.execute(query).fetchnumpy()
        return {name: np.ma.getdata(array) for name, array in found.items()}

    def _count(self) -> int:
        ((count,),) = self.connection.execute("SELECT count(*) FROM records").fetchall()
        return int(count)

    def _read_with_care(
        self, chunk: Chunk, rows: Array, results: Results, size: int, watch: Watch
    ) -> tuple[list[tuple[int, Rejected]], int]:
        """Decide rows by the reader of answer files; return what is wrong with the others.

        Records with figures or weights of their own are decided by these.
        """
        wrong: list[tuple[int, Rejected]] = []
        without_rate = 0
        numbers = rows.tolist()
        for number, (row, node) in enumerate(zip(numbers, chunk.nodes(numbers), strict=True)):
            if number % _PROGRESS_EVERY == 0:
                watch(size - len(numbers) + number, size)
            try:
                answers = self._answers(node)
            except UserError as error:
                rejected = Rejected(offset=chunk.offset(row), problems=error.problems, node=node)
                wrong.append((row, rejected))
                continue
            without_rate += bool(answers.unconverted)
            results.put(np.array([row]), self.decider.decide_one(answers))
        return wrong, without_rate

    def _answers(self, node: MapNode) -> Answers:
        if self.unread:
            read = tuple(entry for entry in node.entries if entry[0].text not in self.unread)
            node = replace(node, entries=read)
        return read_answers(node, self.rulebook, node.place.file, self.settings)

    # What is written without records, and what is counted.

    def empty_part(self, names: Sequence[str], form: Form, part: Path) -> Path:
        """Write a part without records: for an output that has none."""
        none = ", ".join(f"NULL::VARCHAR AS {sql_name(name)}" for name in names)
        self.connection.execute(
            f"COPY (SELECT {none} WHERE false) TO {sql_text(part)} {form.options}"
        )
        return part

    def _tallies(self, results: Results) -> tuple[Tally, ...]:
        """Return how often each recommendation and each rule came, by status."""
        models = ["", *self.decider.search.decision.models]
        ids = [rule.id for rule in self.rulebook.rules]
        groups = results.best.astype(np.int64) * len(STATUSES) + results.status
        found = []
        for group in np.unique(groups).tolist():
            inside = groups == group
            held = np.unpackbits(results.rules[inside], axis=1, bitorder="little")
            counts = held.sum(axis=0).tolist()
            best, status = divmod(group, len(STATUSES))
            rules = {id: count for id, count in zip(ids, counts, strict=False) if count}
            found.append(
                Tally(
                    recommendation=str(models[best]), status=STATUSES[status],
                    records=int(inside.sum()), rules=rules,
                )
            )  # fmt: skip
        return tuple(sorted(found, key=lambda tally: (tally.recommendation, tally.status)))

    def _triage(self, decided: Decided) -> Triage:
        """Return what single answers would settle: of a few open records, evenly spread."""
        results = decided.results
        several = (results.possible & results.possible - 1) != 0
        several &= decided.kept & (results.status != STATUSES.index("too_close"))
        (rows,) = np.nonzero(several)
        if not len(rows):
            return NO_TRIAGE
        step = max(1, len(rows) // SAMPLE)
        some = rows[::step][:SAMPLE].tolist()
        settles: Counter[QuestionId] = Counter()
        plain = [row for row in some if decided.answers and not decided.with_care[row]]
        if plain and decided.answers:
            settles.update(
                settled_by(self.decider.layout, [decided.answers.values(row) for row in plain])
            )
        for node in decided.chunk.nodes([row for row in some if row not in plain]):
            answers = self._answers(node)
            settles.update(settled_by(self.decider.layout_of(answers), [answers.values]))
        return Triage(open_records=len(rows), sampled=len(some), settles=dict(settles))


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
    connection.execute("SET enable_progress_bar = false")
    return connection

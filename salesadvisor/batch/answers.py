"""The answers of a chunk of records as arrays: of each question, which set of cells each gives."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
from msgspec import Struct

from salesadvisor.batch.arrays import ArrayPlanes, packed_array
from salesadvisor.batch.reading import (
    FIRST_OPTION,
    OTHER,
    PLAIN,
    kind_column,
    mark_column,
    text_column,
    text_mark_column,
    value_column,
)
from salesadvisor.batch.texts import Entry, Texts
from salesadvisor.engine.block import Block, column_of
from salesadvisor.engine.layout import Layout, Position, bits_in, is_wide
from salesadvisor.engine.truth import Ends, Values
from salesadvisor.language.possible import Numbers, Value, is_single
from salesadvisor.rulebook.definitions import (
    ChoiceQuestion,
    Kind,
    NumberQuestion,
    Question,
    QuestionId,
)

Array = np.ndarray[Any, Any]
Codes = Mapping[str, Array]
Rows = slice | Array


class Column:
    """The answers to one question: of each record a set of cells, by its number in a table.

    Args:
        layout: Of the decision.
        number: Of the question.
        size: How many records there are; they leave the question open until something is put.
    """

    def __init__(self, layout: Layout, number: int, size: int) -> None:
        self.layout = layout
        self.number = number
        self.question = layout.decision.rulebook.questions[number]
        self.count = layout.counts[number]
        self.is_joint = number in layout.joint_place
        self.numbers: dict[int, int] = {}  # of sets of cells, in the table
        everything = self.question.everything
        self.refs: Array = np.full(size, self.place(everything), np.int32)
        self.values: list[Value] = [everything]  # of options: all that are given, and by whom
        self.given: Array = np.zeros(size, np.int32)
        if isinstance(everything, Numbers):
            self.low, self.high = (np.full(size, end) for end in (everything.low, everything.high))

    def place(self, value: Value) -> int:
        """Return the number of an answer's set of cells in the table."""
        return self.place_of(bits_in(self.layout, self.number, value))

    def place_of(self, bits: int) -> int:
        """Return the number of a set of cells in the table."""
        return self.numbers.setdefault(bits, len(self.numbers))

    def put_options(self, values: list[Value], given: Array) -> None:
        """Take answers that are options: all there are, and which one each record gives."""
        self.values, self.given = values, given
        self.refs = np.array([self.place(value) for value in values], np.int32)[given]

    def cells(self, of: Rows) -> list[int]:
        """Return where each cell is one of those that an answer may lie in, as planes."""
        refs = self.refs[of]
        return [self._plane(refs, cell) for cell in range(self.count)]

    def _plane(self, refs: Array, cell: int) -> int:
        inside = np.array([bits >> cell & 1 for bits in self.numbers], dtype=bool)
        return packed_array(inside[refs]) if inside.any() else 0

    def unanswered(self, of: Rows) -> int:
        """Return where the question is open altogether."""
        return self._plane(self.refs[of], self.count)

    @property
    def is_one(self) -> Array:
        """Whether one cell is left, and where conditions read it, one value."""
        mask = self.layout.masks[self.number]
        one: Array = np.array([(bits & mask).bit_count() == 1 for bits in self.numbers])[self.refs]
        if self.is_joint and isinstance(self.question, NumberQuestion):
            one = one & (self.low == self.high)
        elif self.is_joint:
            one = one & np.array([is_single(value) for value in self.values])[self.given]
        return one

    def column(self, engine: ArrayPlanes, of: Rows) -> Values:
        """Return single answers as values."""
        if isinstance(self.question, NumberQuestion):
            return Ends(self.low[of], self.low[of])
        return column_of(engine, self.question, _listed(*self.taken(of)))

    def taken(self, rows: Rows) -> tuple[list[Value] | None, Array, Array]:
        """Return the answers of some records: their ends, or all there are and which one each."""
        if isinstance(self.question, NumberQuestion):
            return None, self.low[rows], self.high[rows]
        return self.values, self.given[rows], self.given[rows]

    def wide(self, rows: Array) -> tuple[int, Array, tuple[Any, ...]]:
        """Return the question, which of some records give a wide answer to it, and these answers."""
        wide = [is_wide(self.layout, self.number, bits) for bits in self.numbers]
        (given,) = np.nonzero(np.array(wide)[self.refs[rows]])
        return self.number, given, self.taken(rows[given])

    def value(self, row: int) -> Value:
        """Return the answer of one record."""
        if isinstance(self.question, NumberQuestion):
            return Numbers(float(self.low[row]), float(self.high[row]))
        return self.values[int(self.given[row])]


class AnswerTable:
    """The answers of some records.

    Args:
        layout: Of the decision.
        codes: What `reading` makes of them.
        texts: For what it leaves.
        size: How many records there are.
    """

    def __init__(self, layout: Layout, codes: Codes, texts: Texts, size: int) -> None:
        self.layout = layout
        self.texts = texts
        self.size = size
        self.is_wrong = np.zeros(size, dtype=bool)  # for the reader of answer files to say why
        self.has_no_rate = np.zeros(size, dtype=bool)
        self.columns = [
            self._column(number, question, codes)
            for number, question in enumerate(layout.decision.rulebook.questions)
        ]

    def _column(self, number: int, question: Question, codes: Codes) -> Column:
        column = Column(self.layout, number, self.size)
        if kind_column(number) not in codes:
            return column
        kinds = codes[kind_column(number)]
        texts = self._texts(number, question, codes, kinds)
        if isinstance(question, NumberQuestion):
            self._numbers(column, question, kinds, codes[value_column(number)], texts)
        else:
            self._options(column, question, kinds, texts)
        return column

    def _texts(
        self, number: int, question: Question, codes: Codes, kinds: Array
    ) -> tuple[Array, Array, list[Value]]:
        """Return the records whose texts are left, which one each has, and what these say."""
        (rows,) = np.nonzero(kinds == OTHER)
        if not len(rows):
            return rows, rows, []
        written, marks = codes[text_column(number)].tolist(), codes[text_mark_column(number)]
        order = np.argsort(marks)
        which = order[np.searchsorted(marks[order], codes[mark_column(number)][rows])]
        entries = [
            _plain_range(question, text) or self.texts.read(question, text) for text in written
        ]
        if len(np.unique(marks)) < len(marks):  # that two share a mark happens once in an age
            entries = [None] * len(entries)
        self.is_wrong[rows] |= np.array([entry is None for entry in entries])[which]
        no_rate = [entry is not None and entry.has_no_rate for entry in entries]
        self.has_no_rate[rows] |= np.array(no_rate)[which]
        values = [question.everything if entry is None else entry.value for entry in entries]
        return rows, which, values

    def _numbers(
        self,
        column: Column,
        question: NumberQuestion,
        kinds: Array,
        numbers: Array,
        texts: tuple[Array, Array, list[Value]],
    ) -> None:
        domain, is_blank = question.domain, kinds != PLAIN
        wrong = (numbers < domain.low) | (numbers > domain.high)
        if question.kind is Kind.PERCENT:  # a bare fraction may mean a percentage
            wrong |= (numbers > 0) & (numbers < 1)
        wrong &= ~is_blank
        self.is_wrong |= wrong
        low = np.where(is_blank, domain.low, numbers)
        high = np.where(is_blank, domain.high, numbers)
        rows, which, values = texts
        if len(rows):
            found = [(v.low, v.high) for v in values if isinstance(v, Numbers)]
            low[rows], high[rows] = np.array(found)[which].T
        lows, count = np.array(self.layout.lows[column.number]), column.count
        first, last = (np.searchsorted(lows, end, side="right") - 1 for end in (low, high))
        keys = np.where((low == domain.low) & (high == domain.high), -1, first * count + last)
        keys[wrong] = -1
        seen = np.zeros(count * count + 1, dtype=bool)  # the last one, -1, for all there are
        seen[keys] = True
        places = np.zeros(len(seen), np.int32)
        for key in np.nonzero(seen)[0].tolist():
            start, end = divmod(key, count)
            is_open = key == count * count
            bits = 2 * self.layout.masks[column.number] + 1
            places[key] = column.place_of(bits if is_open else (2 << end) - (1 << start))
        column.refs = places[keys]
        column.low, column.high = low, high

    def _options(
        self,
        column: Column,
        question: ChoiceQuestion,
        kinds: Array,
        texts: tuple[Array, Array, list[Value]],
    ) -> None:
        values = [question.everything] * FIRST_OPTION
        for id in question.options:
            entry = self.texts.read(question, id)
            assert entry is not None
            values.append(entry.value)
        given = kinds.astype(np.int32)
        rows, which, further = texts
        given[rows] = which + len(values)
        column.put_options([*values, *further], given)

    def values(self, row: int) -> Mapping[QuestionId, Value]:
        """Return the answers of one record."""
        return {column.question.id: column.value(row) for column in self.columns}

    # Blocks.

    @property
    def is_complete(self) -> Array:
        """Which records leave nothing open."""
        found = np.ones(self.size, dtype=bool)
        for column in self.columns:
            found &= column.is_one
        return found

    def block(self, of: Rows) -> Block:
        """Return some records, all of them complete, as a block."""
        engine = ArrayPlanes(len(self.is_wrong[of]), self.layout.decision.scale)
        cells = [column.cells(of) for column in self.columns]
        unanswered = [column.unanswered(of) for column in self.columns]
        values = {
            q: self.columns[q].column(engine, of) for q in self.layout.decision.joint_questions
        }
        return Block(self.layout, engine, cells, unanswered, values, complete=True)

    def open_records(self, rows: Array) -> "OpenRecords":
        """Return some records, for the search."""
        joint = [self.columns[q] for q in self.layout.decision.joint_questions]
        return OpenRecords(
            sets=[
                [bits << offset for bits in column.numbers]
                for column, offset in zip(self.columns, self.layout.offsets, strict=True)
            ],
            refs=[column.refs[rows] for column in self.columns],
            values=[column.taken(rows) for column in joint],
            wide=[found for column in self.columns if len((found := column.wide(rows))[1])],
            size=len(rows),
        )


class OpenRecords(Struct, frozen=True):
    """Records as arrays: a few bytes each, where positions are objects."""

    sets: list[list[int]]  # of each question, the cells that answers lie in, where they belong…
    refs: list[Array]  # …and the number of each record's
    values: list[tuple[Any, ...]]  # of questions behind conditions on several: see `Column.taken`
    wide: list[tuple[int, Array, tuple[Any, ...]]]  # see `Column.wide`
    size: int

    def positions(self) -> list[Position]:
        """Return the records as positions."""
        pairs = zip(self.sets, self.refs, strict=True)
        cells = map(
            sum, zip(*([sets[ref] for ref in refs.tolist()] for sets, refs in pairs), strict=True)
        )
        listed = [_listed(*parts) for parts in self.values]
        values = zip(*listed, strict=True) if listed else ((),) * self.size
        wide: list[tuple[tuple[int, Value], ...]] = [()] * self.size
        for question, rows, taken in self.wide:
            for row, value in zip(rows.tolist(), _listed(*taken), strict=True):
                wide[row] = (*wide[row], (question, value))
        return list(map(Position, cells, values, wide))


def _listed(table: list[Value] | None, first: Array, second: Array) -> list[Value]:
    """Return the answers that `Column.taken` says."""
    if table is None:
        return list(map(Numbers, first.tolist(), second.tolist()))
    return [table[place] for place in first.tolist()]


_RANGE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?\.\.[0-9]{1,12}(\.[0-9]{1,2})?", re.ASCII)


def _plain_range(question: Question, written: str) -> Entry | None:
    """Return what a range of plain decimals says: many files are full of them, each another.

    None where the reader of answer files may see it otherwise.
    """
    if not isinstance(question, NumberQuestion) or not _RANGE.fullmatch(written):
        return None
    low, high = (Decimal(end) for end in written.split("..", 1))
    inside = question.domain.low <= low < high <= question.domain.high
    if not inside or low % question.step or high % question.step:
        return None
    if question.kind is Kind.PERCENT and (0 < low < 1 or 0 < high < 1):
        return None
    return Entry(Numbers(float(low), float(high)))

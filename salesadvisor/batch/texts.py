"""Texts that SQL can't read by itself: read once by the reader of answer files, and kept."""

from collections.abc import Iterable, Sequence
from functools import cache

from salesadvisor.advice.board import Board
from salesadvisor.batch.clauses import WORD
from salesadvisor.batch.worlds import Columns, option_bit
from salesadvisor.documents.node import MapNode, ScalarNode
from salesadvisor.language.possible import Numbers, SomeOf, Value
from salesadvisor.problems import Place, UserError
from salesadvisor.rulebook.amounts import AnswerError, Money
from salesadvisor.rulebook.answers import rate_key, read_answers
from salesadvisor.rulebook.definitions import ChoiceQuestion, Kind, NumberQuestion, Rulebook
from salesadvisor.rulebook.values import read_answer

SEPARATOR = "\x1f"
"""Between a sum, its currency and its rate: what it is worth hangs on all three."""

Entry = tuple[float, ...] | None
"""What a text says, a number for each of a question's columns; None where it is no answer."""


class Texts:
    """Every text that was read so far, by question."""

    def __init__(self, rulebook: Rulebook, board: Board, columns: Sequence[Columns]) -> None:
        self.rulebook = rulebook
        self.board = board
        self.columns = {str(c.question.id): c for c in columns}
        self.entries: dict[str, dict[str, Entry]] = {id: {} for id in self.columns}
        self._money = cache(self._read_money)

    def learn(self, id: str, texts: Iterable[str]) -> dict[str, Entry]:
        """Read texts that answer a question; return those that were not read before."""
        known, columns = self.entries[id], self.columns[id]
        new = {written: self._read(columns, written) for written in texts if written not in known}
        known |= new
        return new

    def _read(self, columns: Columns, written: str) -> Entry:
        question = columns.question
        answer, _, rest = written.partition(SEPARATOR)
        currency, _, rate = rest.partition(SEPARATOR)
        money = self._money(currency, rate)
        if money is None:
            return None
        try:
            value = read_answer(_scalar(answer), question, money)
        except AnswerError:
            return None
        if value is None or (question.kind is Kind.MONEY and not money.usable):
            value = question.everything
        return self.entry_of(columns, value)

    def _read_money(self, currency: str, rate: str) -> Money | None:
        given = (("currency", currency), (rate_key(self.rulebook), rate))
        entries = tuple((_scalar(key), _scalar(value)) for key, value in given if value)
        try:
            node = MapNode(entries, Place(file=""), (0, 0))
            return read_answers(node, self.rulebook, "").money
        except UserError:
            return None

    def entry_of(self, columns: Columns, value: Value) -> tuple[float, ...]:
        """Return an answer as a question's columns have it."""
        if isinstance(value, Numbers):
            return value.low, value.high
        bits = self.board.bits(columns.index, value)
        words = tuple(bits >> WORD * word & (1 << WORD) - 1 for word in range(len(columns.masks)))
        if not isinstance(value, SomeOf):
            return words
        question = columns.question
        assert isinstance(question, ChoiceQuestion)
        certain, possible = (
            sum(option_bit(question, id) for id in ids) for ids in (value.certain, value.possible)
        )
        return (*words, certain, possible)

    def option_entries(self, columns: Columns) -> dict[str, tuple[float, ...]]:
        """Return what each option says when it stands alone."""
        question = columns.question
        assert isinstance(question, ChoiceQuestion)
        found = {}
        for id in question.options:
            value = read_answer(_scalar(id), question, Money(currency="", rate=None))
            assert value is not None
            found[id] = self.entry_of(columns, value)
        return found


def value_columns(columns: Columns) -> tuple[str, ...]:
    """Return the columns of a question's answer, in the order of an entry."""
    if isinstance(columns.question, NumberQuestion):
        return columns.low, columns.high
    if columns.question.kind is Kind.MULTI:
        return (*columns.masks, columns.certain, columns.possible)
    return columns.masks


def value_type(columns: Columns) -> str:
    """Return the SQL type of these columns."""
    return "double" if isinstance(columns.question, NumberQuestion) else "bigint"


def _scalar(text: str) -> ScalarNode:
    return ScalarNode(text, Place(file=""), False, (0, 0))

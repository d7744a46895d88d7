"""Texts that SQL can't read by itself: each read once, by the reader of answer files."""

from functools import cache

from msgspec import Struct

from salesadvisor.batch.reading import SEPARATOR
from salesadvisor.documents.node import MapNode, ScalarNode
from salesadvisor.language.possible import Value
from salesadvisor.problems import Place, UserError
from salesadvisor.rulebook.amounts import AnswerError, Money
from salesadvisor.rulebook.answers import rate_key, read_answers
from salesadvisor.rulebook.definitions import Kind, Question, Rulebook
from salesadvisor.rulebook.values import read_answer

_MOST = 100_000
"""Texts of a question that are kept from chunk to chunk."""


class Entry(Struct, frozen=True):
    """What a text says."""

    value: Value
    has_no_rate: bool = False  # a sum that counts as unanswered: nobody said what it is worth


class Texts:
    """Every text that was read so far, by question; None stands for what is no answer."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._known: dict[str, dict[str, Entry | None]] = {}
        self._money = cache(self._read_money)

    def read(self, question: Question, written: str) -> Entry | None:
        """Return what a text says in answer to a question; None where it is no answer."""
        known = self._known.setdefault(question.id, {})
        if written not in known:
            if len(known) >= _MOST:
                known.clear()
            known[written] = self._read(question, written)
        return known[written]

    def _read(self, question: Question, written: str) -> Entry | None:
        answer, _, rest = written.partition(SEPARATOR)
        currency, _, rate = rest.partition(SEPARATOR)
        money = self._money(currency, rate)
        if money is None:
            return None
        try:
            value = read_answer(_scalar(answer), question, money)
        except AnswerError:
            return None
        if value is not None and question.kind is Kind.MONEY and not money.usable:
            return Entry(question.everything, has_no_rate=True)
        return Entry(question.everything if value is None else value)

    def _read_money(self, currency: str, rate: str) -> Money | None:
        given = (("currency", currency), (rate_key(self.rulebook), rate))
        entries = tuple((_scalar(key), _scalar(value)) for key, value in given if value)
        try:
            node = MapNode(entries, Place(file=""), (0, 0))
            return read_answers(node, self.rulebook, "").money
        except UserError:
            return None


def _scalar(text: str) -> ScalarNode:
    return ScalarNode(text, Place(file=""), False, (0, 0))

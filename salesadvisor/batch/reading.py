"""A table of texts -> codes: what the engine of a batch reads, and nothing that it decides.

SQL reads plain decimals, option ids and blanks. Any other text comes out as it is, to be read once
by the reader of answer files.
"""

from collections.abc import Sequence

from salesadvisor.batch.records import sql_name, sql_text
from salesadvisor.rulebook.answers import MAX_LABEL, rate_key
from salesadvisor.rulebook.definitions import (
    ChoiceQuestion,
    Kind,
    NumberQuestion,
    Question,
    Rulebook,
)

BLANK, PLAIN, OTHER = range(3)
"""What a cell holds; of a choice, options count on from `FIRST_OPTION`."""
FIRST_OPTION = 3
SEPARATOR = "\x1f"
"""Between a sum, its currency and its rate: what it is worth hangs on all three."""
SPECIAL = "is_special"
"""The record is for the reader of answer files: it has figures or weights of its own."""

_DIGITS = {"1": "", "0.1": r"(\.[0-9])?", "0.01": r"(\.[0-9]{1,2})?"}


def label_column(number: int) -> str:
    """Return the column of a label, under a name that is never another's."""
    return f"label_{number}"


def kind_column(number: int) -> str:
    """Return the column of what the cells of a question hold."""
    return f"kind_{number}"


def value_column(number: int) -> str:
    """Return the column of the numbers that SQL can read; elsewhere it says nothing."""
    return f"value_{number}"


def text_column(number: int) -> str:
    """Return the column of the texts that SQL can't read, each once."""
    return f"text_{number}"


def text_mark_column(number: int) -> str:
    """Return the column of what tells these texts apart."""
    return f"text_mark_{number}"


def mark_column(number: int) -> str:
    """Return the column of the same for each cell."""
    return f"mark_{number}"


class Reading:
    """How the texts of a relation are read.

    Args:
        rulebook: What asks.
        names: The columns that the relation has.
        labels: Those of them that are carried along.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        names: Sequence[str],
        labels: Sequence[str],
    ) -> None:
        self.rulebook = rulebook
        self.names = names
        self.labels = labels
        self.rate = rate_key(rulebook)
        self.asked = [
            (i, question) for i, question in enumerate(rulebook.questions) if question.id in names
        ]
        known = {*labels, "currency", self.rate, *(q.id for _, q in self.asked)}
        self.special = [name for name in names if name not in known]

    def labelled(self, relation: str) -> str:
        """Return a query of the labels of a relation."""
        names = (f"{sql_name(n)} AS {label_column(i)}" for i, n in enumerate(self.labels))
        return f"SELECT {', '.join([*names, '1::UTINYINT AS one'])} FROM {relation}"

    def codes(self, relation: str) -> str:
        """Return a query of the codes of a relation, and of what is special."""
        kinds = [f"{self._kind(q)}::USMALLINT AS {kind_column(i)}" for i, q in self.asked]
        chosen = [kind_column(i) for i, _ in self.asked]
        chosen += [
            f"CASE WHEN {kind_column(i)} = {PLAIN} THEN CAST({sql_name(q.id)} AS DOUBLE) "
            f"ELSE 0 END AS {value_column(i)}"
            for i, q in self.asked
            if isinstance(q, NumberQuestion)
        ]
        chosen.append(f"{self._special()} AS {SPECIAL}")
        inner = f"SELECT {', '.join(['*', *kinds])} FROM {relation}"
        return f"SELECT {', '.join(chosen)} FROM ({inner})"

    def texts(self, relation: str, numbers: Sequence[int]) -> str:
        """Return a query, for a table `written`, of those cells of questions that SQL can't read."""
        chosen = (
            f"CASE WHEN {self._kind(q)} = {OTHER} THEN {self._key(q)} END AS {text_column(i)}"
            for i, q in self.asked
            if i in numbers
        )
        return f"SELECT {', '.join(chosen)} FROM {relation}"

    def marks(self, numbers: Sequence[int]) -> str:
        """Return a query of what tells these texts apart, of each cell."""
        chosen = (f"hash({text_column(i)}) AS {mark_column(i)}" for i in numbers)
        return f"SELECT {', '.join(chosen)} FROM written"

    def distinct(self, number: int) -> str:
        """Return a query of the texts of one question, each once, with what tells them apart."""
        text = text_column(number)
        once = f"SELECT DISTINCT {text} FROM written WHERE {text} IS NOT NULL"
        return f"SELECT {text}, hash({text}) AS {text_mark_column(number)} FROM ({once})"

    def _kind(self, question: Question) -> str:
        """Return what a cell holds: of a choice, which option."""
        written = sql_name(question.id)
        blank = f"WHEN coalesce({written}, '') = '' THEN {BLANK}"
        if isinstance(question, ChoiceQuestion):
            arms = (
                f"WHEN {sql_text(id)} THEN {FIRST_OPTION + place}"
                for place, id in enumerate(question.options)
            )
            return f"CASE {blank} ELSE CASE {written} {' '.join(arms)} ELSE {OTHER} END END"
        if str(question.step) not in _DIGITS:
            return f"CASE {blank} ELSE {OTHER} END"
        digits = r"[0-9]{1,12}" + _DIGITS[str(question.step)]
        foreign = ""
        if question.kind is Kind.MONEY and "currency" in self.names:
            foreign = f"WHEN NOT {self._in_own_currency()} THEN {OTHER}"
        return (
            f"CASE {blank} {foreign} WHEN {_matches(written, digits)} THEN {PLAIN} ELSE {OTHER} END"
        )

    def _in_own_currency(self) -> str:
        return f"coalesce(currency, '') IN ('', {sql_text(self.rulebook.currency)})"

    def _key(self, question: Question) -> str:
        """Return the text to read: with its currency and rate, where they are not the usual."""
        written = sql_name(question.id)
        if question.kind is not Kind.MONEY or "currency" not in self.names:
            return written
        rate = f"coalesce({sql_name(self.rate)}, '')" if self.rate in self.names else "''"
        mark = sql_text(SEPARATOR)
        full = f"concat({written}, {mark}, currency, {mark}, {rate})"
        return f"CASE WHEN {self._in_own_currency()} THEN {written} ELSE {full} END"

    def _special(self) -> str:
        """Return whether a record has more than answers, or a label too long to be one."""
        found = [f"coalesce({sql_name(name)}, '') <> ''" for name in self.special]
        own = self._in_own_currency() if "currency" in self.names else "true"
        if self.rate in self.names:
            found.append(f"({own} AND coalesce({sql_name(self.rate)}, '') <> '')")
        if "currency" in self.names:  # whatever is wrong with it is told, sums or no sums
            sums = (f"{kind_column(i)} = {BLANK}" for i, q in self.asked if q.kind is Kind.MONEY)
            found.append(f"({' AND '.join([f'NOT {own}', *sums])})")
        found += [f"length({sql_name(name)}) > {MAX_LABEL}" for name in self.labels]
        return f"coalesce({' OR '.join(found) or 'false'}, false)"


def _matches(written: str, pattern: str) -> str:
    return rf"regexp_matches({written}, '^{pattern}\z')"

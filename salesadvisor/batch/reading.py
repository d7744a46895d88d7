"""A table of texts -> the answers in it, as SQL: what the decision reads.

SQL reads plain decimals, ranges of them (`20..60`), option ids and blanks. Any other text is
joined from those that were read before; one that was not yet is told, and so is a record that
has figures or weights of its own.
"""

from collections.abc import Sequence

from sqlglot import exp

from salesadvisor.batch.clauses import (
    NO,
    SQL,
    YES,
    both,
    case,
    column,
    double,
    either,
    equals,
    is_below,
    named,
    negated,
    number,
    text,
    whole,
)
from salesadvisor.batch.texts import SEPARATOR, Texts, value_columns, value_type
from salesadvisor.batch.worlds import Columns
from salesadvisor.rulebook.answers import MAX_LABEL, rate_key
from salesadvisor.rulebook.definitions import ChoiceQuestion, Kind, NumberQuestion

UNLEARNED = "is_unlearned"
"""A text in the record was never read before."""
SPECIAL = "is_special"
"""The record is not for SQL: it has figures or weights of its own, or a text that is no answer."""
INCOMPLETE = "is_incomplete"
"""An answer of the record is not a single value."""

ROW = "_row"
"""The number of a row, from 0."""

_BLANK, _PLAIN, _RANGE, _OTHER = range(4)
_DIGITS = {"1": "", "0.1": r"(\.[0-9])?", "0.01": r"(\.[0-9]{1,2})?"}


def label_column(number: int) -> str:
    """Return the column of a label, under a name that is never another's."""
    return f"label_{number}"


def reading_columns(columns: Columns) -> tuple[str, ...]:
    """Return every column that there is of a question while its texts are read."""
    id = str(columns.question.id)
    values = value_columns(columns)
    looked_up = (f"{id}_value_{i}" for i, _ in enumerate(values))
    return (id, f"{id}_kind", f"{id}_key", f"{id}_is_answer", *looked_up, *values)


class Reading:
    """How the texts of a relation are read.

    Args:
        texts: What was read before.
        names: The columns that the relation has.
        labels: Those of them that are carried along.
        joined: Questions whose texts lie in a table that is joined: where there are many. A few
            are written out in the query.
        numbered: Whether to number the rows, from 0: a join may leave them in any order.
        plain: Whether answers have one end only; then records with open ones are incomplete.
        apart: Columns that say nothing about a record; else the labels.
    """

    def __init__(
        self,
        texts: Texts,
        names: Sequence[str],
        labels: Sequence[str],
        joined: Sequence[str],
        *,
        numbered: bool,
        plain: bool,
        apart: Sequence[str] | None = None,
    ) -> None:
        self.texts = texts
        self.names = names
        self.labels = labels
        self.apart = labels if apart is None else apart
        self.joined = [id for id in joined if id in names]
        self.known = [id for id in texts.columns if id in names and texts.entries[id]]
        self.numbered = numbered
        self.plain = plain
        self.own = texts.rulebook.currency
        self.rate = rate_key(texts.rulebook)
        self.questions = set(texts.columns)
        self.asked = [c for id, c in texts.columns.items() if id in names]
        self.special = [
            name
            for name in names
            if name
            not in (*self.apart, "currency", self.rate, *(c.question.id for c in self.asked))
        ]

    def chain(self, source: str) -> tuple[list[tuple[str, exp.Select]], str]:
        """Return named queries that read the relation `source`, and the name of the last."""
        chosen = [named(column(name), label_column(i)) for i, name in enumerate(self.labels)]
        if self.numbered:
            first = exp.Window(this=exp.RowNumber())
            chosen.append(named(exp.Sub(this=first, expression=whole(1)), ROW))
        chosen += [
            column(name) for name in self.names if name not in self.apart or name in self.questions
        ]
        chosen += [named(self._kind(c), f"{c.question.id}_kind") for c in self.asked]
        kinds = exp.Select(expressions=chosen).from_(source, copy=False)
        keyed = exp.Select(
            expressions=[
                exp.Star(),
                *(named(self._key(c), f"{c.question.id}_key") for c in self.asked),
            ]
        ).from_("kinds", copy=False)
        carried = [column(label_column(i)) for i, _ in enumerate(self.labels)]
        if self.numbered:
            carried.append(column(ROW))
        values = {
            name: value
            for columns in self.texts.columns.values()
            for name, value in self._values(columns).items()
        }
        read = exp.Select(
            expressions=[exp.Star(), *(named(value, name) for name, value in values.items())]
        ).from_("joined", copy=False)
        answers = [*carried, *(column(name) for name in values)]
        answers += [named(value, name) for name, value in self._flags().items()]
        given = exp.Select(expressions=answers).from_("read", copy=False)
        chain = [("kinds", kinds), ("keyed", keyed), ("joined", self._joined())]
        return [*chain, ("read", read), ("given", given)], "given"

    def unlearned(self) -> dict[str, tuple[SQL, SQL]]:
        """Return of each question the text to be read, and whether it was not yet; over `joined`."""
        return {
            str(c.question.id): (column(f"{c.question.id}_key"), self._is_unlearned(c))
            for c in self.asked
        }

    # From text to kind, and to what it is looked up by.

    def _kind(self, columns: Columns) -> SQL:
        question = columns.question
        written = column(question.id)
        blank = equals(_or_empty(written), text(""))
        if isinstance(question, ChoiceQuestion):
            known = exp.In(this=written, expressions=[text(id) for id in question.options])
            return case((blank, whole(_BLANK)), (known, whole(_PLAIN)), otherwise=whole(_OTHER))
        digits = r"[0-9]{1,12}" + _DIGITS.get(str(question.step), "")
        branches = [(blank, whole(_BLANK))]
        if question.kind is Kind.MONEY and "currency" in self.names:
            branches.append((negated(self._in_own_currency()), whole(_OTHER)))
        branches.append((_matches(written, digits), whole(_PLAIN)))
        branches.append((_matches(written, rf"{digits}\.\.{digits}"), whole(_RANGE)))
        if str(question.step) not in _DIGITS:
            branches = branches[:1]
        return case(*branches, otherwise=whole(_OTHER))

    def _in_own_currency(self) -> SQL:
        return exp.In(this=_or_empty(column("currency")), expressions=[text(""), text(self.own)])

    def _key(self, columns: Columns) -> SQL:
        """Return the text to look up: with its currency and rate, where they are not the usual."""
        question = columns.question
        written = column(question.id)
        if question.kind is Kind.MONEY and "currency" in self.names:
            rate = _or_empty(column(self.rate)) if self.rate in self.names else text("")
            parts = (written, text(SEPARATOR), _or_empty(column("currency")), text(SEPARATOR), rate)
            in_full = exp.Concat(expressions=list(parts), safe=False, coalesce=False)
            written = case((self._in_own_currency(), written), otherwise=in_full)
        return case((self._is(columns, _OTHER), written), otherwise=exp.null())

    def _joined(self) -> exp.Select:
        chosen: list[exp.Expression] = [
            exp.Column(this=exp.Star(), table=exp.to_identifier("keyed"))
        ]
        query = exp.Select().from_("keyed", copy=False)
        for id in self.known:
            if id not in self.joined:
                chosen += self._written_out(id)
        for id in self.joined:
            table = exp.to_identifier(f"texts_{id}", quoted=True)

            def of(name: str, table: exp.Identifier = table) -> SQL:
                return exp.column(name, table=table.copy(), quoted=True)

            chosen += [
                named(of(f"value_{i}"), f"{id}_value_{i}")
                for i, _ in enumerate(value_columns(self.texts.columns[id]))
            ]
            chosen.append(named(of("is_answer"), f"{id}_is_answer"))
            key = exp.column(f"{id}_key", table="keyed", quoted=True)
            query = query.join(
                exp.Table(this=table.copy()),
                on=equals(of("written"), key),
                join_type="left",
                copy=False,
            )
        return query.select(*chosen, copy=False)

    def _written_out(self, id: str) -> list[exp.Expression]:
        """Return what was read before as part of the query: a few texts only."""
        entries = self.texts.entries[id]
        columns = self.texts.columns[id]
        key = exp.column(f"{id}_key", table="keyed", quoted=True)
        make = number if isinstance(columns.question, NumberQuestion) else _whole

        def found(values: dict[str, SQL]) -> SQL:
            arms = [(equals(key, text(written)), value) for written, value in values.items()]
            return case(*arms, otherwise=exp.null())

        parts = [
            named(
                exp.cast(
                    found({w: make(e[i]) for w, e in entries.items() if e is not None}),
                    value_type(columns),
                ),
                f"{id}_value_{i}",
            )
            for i, _ in enumerate(value_columns(columns))
        ]
        right: dict[str, SQL] = {w: YES if e is not None else NO for w, e in entries.items()}
        return [*parts, named(found(right), f"{id}_is_answer")]

    # From kind to values.

    def _is(self, columns: Columns, *kinds: int) -> SQL:
        kind = column(f"{columns.question.id}_kind")
        return either(*(equals(kind, whole(k)) for k in kinds))

    def _values(self, columns: Columns) -> dict[str, SQL]:
        names = value_columns(columns)
        id = str(columns.question.id)
        everything = self.texts.entry_of(columns, columns.question.everything)
        make = number if isinstance(columns.question, NumberQuestion) else _whole
        if id not in self.names:
            make = double if make is number else make  # arithmetic on whole numbers would be whole
            return {n: make(value) for n, value in zip(names, everything, strict=True)}
        found = {}
        for i, (name, open_) in enumerate(zip(names, everything, strict=True)):
            branches = [(self._is(columns, _BLANK), make(open_)), *self._read_here(columns, i)]
            looked_up: SQL = make(open_)
            if id in self.known:
                looked_up = exp.Coalesce(this=column(f"{id}_value_{i}"), expressions=[make(open_)])
            value = case(*branches, otherwise=looked_up)
            found[name] = exp.cast(value, "double") if make is number else value
        return found

    def _read_here(self, columns: Columns, side: int) -> list[tuple[SQL, SQL]]:
        """Return how values are read that need no looking up."""
        question = columns.question
        written = column(question.id)
        if isinstance(question, NumberQuestion):
            part = exp.SplitPart(this=written, delimiter=text(".."), part_index=whole(side + 1))
            return [
                (self._is(columns, _PLAIN), exp.cast(written, "double")),
                (self._is(columns, _RANGE), exp.cast(part, "double")),
            ]
        arms = [
            (equals(written, text(option)), _whole(entry[side]))
            for option, entry in self.texts.option_entries(columns).items()
        ]
        return [(self._is(columns, _PLAIN), case(*arms, otherwise=whole(0)))]

    # What is to be done with a record.

    def _is_unlearned(self, columns: Columns) -> SQL:
        id = str(columns.question.id)
        not_there: SQL = YES
        if id in self.known:
            not_there = exp.Is(this=column(f"{id}_is_answer"), expression=exp.null())
        # A decimal outside the domain is no answer, which the reader says.
        return both(self._is(columns, _OTHER), not_there)

    def _flags(self) -> dict[str, SQL]:
        unlearned = either(*(self._is_unlearned(c) for c in self.asked))
        wrong = []
        for c in self.asked:
            id = str(c.question.id)
            if id in self.known:
                no_answer = negated(
                    exp.Coalesce(this=column(f"{id}_is_answer"), expressions=[exp.false()])
                )
                wrong.append(both(self._is(c, _OTHER), no_answer))
            else:
                wrong.append(self._is(c, _OTHER))
            wrong += self._out_of_domain(c)
        filled = [negated(equals(_or_empty(column(name)), text(""))) for name in self.special]
        if self.rate in self.names:
            has_rate = negated(equals(_or_empty(column(self.rate)), text("")))
            own = self._in_own_currency() if "currency" in self.names else YES
            filled.append(both(own, has_rate))
        if "currency" in self.names:  # whatever is wrong with it is told, sums or no sums
            sums = [c for c in self.asked if c.question.kind is Kind.MONEY]
            none = both(*(self._is(c, _BLANK) for c in sums))
            filled.append(both(negated(self._in_own_currency()), none))
        long = [
            exp.GT(
                this=exp.Length(this=_or_empty(column(label_column(i)))),
                expression=whole(MAX_LABEL),
            )
            for i, _ in enumerate(self.labels)
        ]
        found = {UNLEARNED: unlearned, SPECIAL: either(*wrong, *filled, *long)}
        found[INCOMPLETE] = self._incomplete()
        return found

    def _out_of_domain(self, columns: Columns) -> list[SQL]:
        """Return when numbers that SQL read are no answers: the reader then says why."""
        question = columns.question
        if not isinstance(question, NumberQuestion):
            return []
        low, high = column(columns.low), column(columns.high)
        outside = [
            is_below(low, number(question.domain.low)),
            is_below(number(question.domain.high), high),
            is_below(high, low),
        ]
        if question.kind is Kind.PERCENT:  # a bare fraction may mean a percentage
            bare = [both(is_below(number(0), end), is_below(end, number(1))) for end in (low, high)]
            outside.append(both(self._is(columns, _PLAIN, _RANGE), either(*bare)))
        return outside

    def _incomplete(self) -> SQL:
        if len(self.asked) < len(self.texts.columns):
            return YES
        open_ = []
        for columns in self.asked:
            open_.append(self._is(columns, _BLANK, _RANGE))
            id = str(columns.question.id)
            if id in self.known:
                open_.append(both(self._is(columns, _OTHER), self._is_wide(columns)))
        return either(*open_)

    def _is_wide(self, columns: Columns) -> SQL:
        """Return whether a text that was looked up leaves more than one value."""
        values = [
            column(f"{columns.question.id}_value_{i}") for i, _ in enumerate(value_columns(columns))
        ]
        if isinstance(columns.question, NumberQuestion):
            wide = is_below(values[0], values[1])
        elif columns.question.kind is Kind.MULTI:
            wide = exp.NEQ(this=values[-2], expression=values[-1])
        elif len(values) > 1:  # never on the plain path
            wide = YES
        else:
            less = exp.Paren(this=exp.Sub(this=values[0], expression=whole(1)))
            rest = exp.Paren(this=exp.BitwiseAnd(this=values[0], expression=less))
            wide = exp.NEQ(this=rest, expression=whole(0))
        return exp.Coalesce(this=wide, expressions=[exp.false()])


def _or_empty(value: SQL) -> SQL:
    return exp.Coalesce(this=value, expressions=[text("")])


def _whole(value: float) -> SQL:
    return exp.cast(whole(int(value)), "bigint")


def _matches(value: SQL, pattern: str) -> SQL:
    return exp.RegexpLike(this=value, expression=text(rf"^{pattern}\z"))

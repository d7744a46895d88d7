"""The algebra of SQL: the decision as one statement, for any engine that reads one.

A column that is read often gets a name; the names come out as a chain of queries, each of which
adds what can be worked out of the ones before.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from operator import or_

from sqlglot import exp

from salesadvisor.engine.basis import ENDS, Decision, RankedColumns
from salesadvisor.engine.layout import as_bits
from salesadvisor.engine.sql_parts import (
    NO,
    SQL,
    WORD,
    YES,
    both,
    case,
    column,
    double,
    either,
    equals,
    greatest,
    grouped,
    has_bits,
    is_below,
    lacks_bits,
    least,
    named,
    negated,
    number,
    text,
    total,
    weighed,
    whole,
)
from salesadvisor.engine.tables import Test
from salesadvisor.engine.truth import Choices, Ends, Options, Truth, Values, single
from salesadvisor.language.possible import Numbers, OneOf
from salesadvisor.rulebook.definitions import (
    ChoiceQuestion,
    Kind,
    ModelId,
    NumberQuestion,
    Question,
)


def sql_of(found: "Sql | float") -> SQL:
    """Return an expression; of a plain number, its literal."""
    return found.sql if isinstance(found, Sql) else double(found)


def _binary(kind: Callable[..., SQL]) -> Callable[["Sql", "Sql"], "Sql"]:
    return lambda one, other: Sql(kind(this=grouped(one.sql), expression=grouped(other.sql)))


class Sql:
    """A column, or what is worked out of columns."""

    __slots__ = ("sql",)

    def __init__(self, sql: SQL) -> None:
        self.sql = sql

    def __and__(self, other: "Sql") -> "Sql":
        """Return whether both hold."""
        return Sql(both(self.sql, other.sql))

    def __or__(self, other: "Sql") -> "Sql":
        """Return whether one of the two holds."""
        return Sql(either(self.sql, other.sql))

    def __neg__(self) -> "Sql":
        """Return the number with the other sign."""
        return Sql(exp.Neg(this=grouped(self.sql)))

    __add__, __sub__, __mul__ = _binary(exp.Add), _binary(exp.Sub), _binary(exp.Mul)


class SqlEngine:
    """Expressions of SQL, and the names of those that are kept."""

    has_names = True
    yes, no = Sql(YES), Sql(NO)

    def __init__(self) -> None:
        self._kept: dict[str, tuple[SQL, int]] = {}  # with the step in which each is worked out

    def is_no(self, truth: Sql) -> bool:
        """Return whether it is known that a truth holds nowhere."""
        return truth.sql == NO

    def negate(self, truth: Sql) -> Sql:
        """Return where a truth does not hold."""
        return Sql(negated(truth.sql))

    def keep(self, name: str, found: Sql) -> Sql:
        """Return a column of that name: later ones read it."""
        if isinstance(found.sql, exp.Boolean | exp.Column | exp.Literal):
            return found
        if name in self._kept:
            assert self._kept[name][0] == found.sql, name
            return Sql(column(name))
        read = [c.name for c in found.sql.find_all(exp.Column)]
        step = 1 + max((self._kept[n][1] for n in read if n in self._kept), default=0)
        self._kept[name] = (found.sql, step)
        return Sql(column(name))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that was given."""
        return tuple(self._kept)

    def chain(self, source: str, wanted: Sequence[str]) -> tuple[list[tuple[str, exp.Select]], str]:
        """Return a chain of named queries, and the name of the last.

        Args:
            source: The relation to begin with.
            wanted: The columns that the last query must have.
        """
        needed = list(dict.fromkeys(wanted))
        steps: list[tuple[str, list[str]]] = []
        for at in range(max(step for _, step in self._kept.values()), 0, -1):
            added = [n for n in needed if n in self._kept and self._kept[n][1] == at]
            if added:
                passed = [name for name in needed if name not in added]
                steps.append((f"step_{at}", added))
                needed = list(dict.fromkeys([*passed, *self._read_by(added)]))
        found: list[tuple[str, exp.Select]] = []
        for name, added in reversed(steps):
            chosen: list[SQL] = [exp.Star()]
            chosen += [named(self._kept[one][0], one) for one in added]
            found.append((name, exp.Select(expressions=chosen).from_(source, copy=False)))
            source = name
        return found, source

    def _read_by(self, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            yield from (c.name for c in self._kept[name][0].find_all(exp.Column))

    # Numbers.

    def number(self, value: float) -> Sql:
        """Return a number as a DOUBLE."""
        return Sql(double(value))

    def less(self, left: Sql, right: Sql) -> Sql:
        """Return where one number is less than another."""
        return Sql(is_below(left.sql, right.sql))

    def equal(self, left: Sql, right: Sql) -> Sql:
        """Return where two numbers are equal."""
        return Sql(equals(left.sql, right.sql))

    def least(self, numbers: Iterable[Sql]) -> Sql:
        """Return the smallest of some numbers."""
        return Sql(least(n.sql for n in numbers))

    def greatest(self, numbers: Iterable[Sql]) -> Sql:
        """Return the greatest of some numbers."""
        return Sql(greatest(n.sql for n in numbers))

    def where(self, truth: Sql, then: Sql, otherwise: Sql) -> Sql:
        """Return one number or the other."""
        return Sql(case((truth.sql, then.sql), otherwise=otherwise.sql))

    def divide(self, left: Sql, right: Sql) -> Sql:
        """Return a quotient, as doubles."""
        return Sql(_quotient(left.sql, right.sql))

    def exponential(self, number: Sql) -> Sql:
        """Return e to the power of numbers; of one above zero, 1."""
        # Some engines stop at a result too small for a DOUBLE.
        return Sql(exp.Exp(this=greatest((least((number.sql, double(0))), double(-700)))))

    def nearest(self, question: NumberQuestion, number: Sql) -> Sql:
        """Return the nearest answer to a question: whole steps, halves to the even one."""
        up, down = (double(part) for part in question.step.as_integer_ratio())
        low, high = double(question.domain.low), double(question.domain.high)
        clipped = least((greatest((number.sql, low)), high))
        name = f"steps_{len(self._kept)}"
        steps = self.keep(name, Sql(_quotient(exp.Mul(this=clipped, expression=down), up))).sql
        floor = exp.Floor(this=steps)
        over = exp.Sub(this=steps, expression=floor)
        pairs = exp.Floor(this=_quotient(floor, double(2)))
        is_odd = exp.NEQ(this=floor, expression=exp.Mul(this=double(2), expression=pairs))
        goes_up = either(is_below(double(0.5), over), both(equals(over, double(0.5)), is_odd))
        one = case((goes_up, double(1)), otherwise=double(0))
        whole_steps = grouped(exp.Add(this=floor, expression=one))
        answer = _quotient(exp.Mul(this=whole_steps, expression=up), down)
        return Sql(least((greatest((answer, low)), high)))

    # Sums of points, and words.

    def at_least(self, score: Sql, other: Sql, by: int) -> Sql:
        """Return where one sum of points is at least another and `by` more."""
        right = exp.Add(this=other.sql, expression=whole(by)) if by else other.sql
        return Sql(exp.GTE(this=grouped(score.sql), expression=grouped(right)))

    def in_units(self, score: Sql) -> Sql:
        """Return a sum of points as numbers, in units."""
        return Sql(exp.cast(score.sql, "double"))

    def reaches(self, truths: Iterable[Sql], count: int) -> Sql:
        """Return where at least so many of some truths hold."""
        ones = (case((truth.sql, whole(1)), otherwise=whole(0)) for truth in truths)
        return Sql(exp.GTE(this=total(ones), expression=whole(count)))

    def label(self, name: str, branches: Sequence[tuple[Sql, str]], otherwise: str) -> Sql:
        """Return the word of the first truth that holds."""
        arms = [(truth.sql, text(word)) for truth, word in branches]
        return self.keep(name, Sql(case(*arms, otherwise=text(otherwise))))

    def labelled(self, labels: Sql, word: str) -> Sql:
        """Return where that word is said."""
        return Sql(equals(labels.sql, text(word)))


def _quotient(left: SQL, right: SQL) -> SQL:
    return exp.Div(this=grouped(left), expression=grouped(right), typed=True, safe=False)


class SqlAnswers:
    """Answers as columns: of a number its two ends, of options masks of the cells they lie in.

    The bit after the last cell says that nothing is known. A multiple choice that formulas read
    has two masks of options besides: what is chosen for certain, and what may be.
    """

    complete = False

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.engine = SqlEngine()

    def question(self, number: int) -> Question:
        """Return a question by its number."""
        return self.decision.rulebook.questions[number]

    def ends(self, number: int) -> tuple[str, str]:
        """Return the columns of a number."""
        id = self.question(number).id
        return f"{id}_low", f"{id}_high"

    def masks(self, number: int) -> tuple[str, ...]:
        """Return the columns of the cells of options, so many to a word."""
        id, count = self.question(number).id, len(self.decision.tables.cells[number])
        return tuple(
            f"{id}_cells" + (f"_{word}" if word else "") for word in range(count // WORD + 1)
        )

    def chosen(self, number: int) -> tuple[str, str]:
        """Return the columns of the options of a multiple choice that formulas read."""
        id = self.question(number).id
        return f"{id}_certain", f"{id}_possible"

    def columns(self, number: int) -> tuple[str, ...]:
        """Return every column of an answer."""
        question = self.question(number)
        if isinstance(question, NumberQuestion):
            return self.ends(number)
        is_read = question.kind is Kind.MULTI and number in self.decision.joint_questions
        return (*self.masks(number), *(self.chosen(number) if is_read else ()))

    def _ends(self, number: int) -> tuple[Sql, Sql]:
        low, high = self.ends(number)
        return Sql(column(low)), Sql(column(high))

    def _in_mask(self, number: int, bits: int, test: Callable[[SQL, int], SQL]) -> list[Sql]:
        """Return what a test says of each word of the masks that has some of the bits."""
        words = ((m, bits >> WORD * i & (1 << WORD) - 1) for i, m in enumerate(self.masks(number)))
        return [Sql(test(column(mask), part)) for mask, part in words if part]

    def unanswered(self, question: int) -> Sql:
        """Return where a question is open altogether."""
        asked, engine = self.question(question), self.engine
        if isinstance(asked, NumberQuestion):
            low, high = self._ends(question)
            found = engine.equal(low, Sql(number(asked.domain.low)))
            found &= engine.equal(high, Sql(number(asked.domain.high)))
        else:
            count = len(self.decision.tables.cells[question])
            (found,) = self._in_mask(question, 1 << count, has_bits)
        return engine.keep(f"{asked.id}_open", found)

    def values(self, question: int) -> Values:
        """Return what the answers to a question can be."""
        asked = self.question(question)
        if isinstance(asked, NumberQuestion):
            return Ends(*self._ends(question))
        if asked.kind is Kind.MULTI:
            certain, possible = (column(name) for name in self.chosen(question))
            return Choices({
                id: Truth(Sql(has_bits(certain, 1 << i)), Sql(has_bits(possible, 1 << i)))
                for i, id in enumerate(asked.options)
            })  # fmt: skip
        cells = self.decision.tables.cells[question]
        return Options({
            id: reduce(or_, self._in_mask(question, bits, has_bits))
            for id in asked.options
            if (bits := as_bits(i for i, c in enumerate(cells) if isinstance(c, OneOf) and id in c.options))
        })  # fmt: skip

    def test(self, condition: int) -> Truth:
        """Return where an answer lies in the cells of a condition on one question."""
        found = self.decision.tables.conditions[condition]
        assert isinstance(found, Test)
        seen = self._inside(found.question, found.cells)
        if found.as_given == found.cells:
            return seen
        given, open_ = self._inside(found.question, found.as_given), self.unanswered(found.question)
        answered = self.engine.negate(open_)
        return Truth(
            open_ & given.must | answered & seen.must, open_ & given.may | answered & seen.may
        )

    def _inside(self, question: int, cells: tuple[int, ...]) -> Truth:
        count = len(self.decision.tables.cells[question])
        if not cells or len(cells) == count:
            return single(self.engine.yes if cells else self.engine.no)
        if isinstance(self.question(question), ChoiceQuestion):
            inside = as_bits(cells)
            outside = (1 << count) - 1 ^ inside
            lacks = self._in_mask(question, outside, lacks_bits)
            may = reduce(or_, self._in_mask(question, inside, has_bits))
            return Truth(reduce(lambda one, other: one & other, lacks), may)
        low, high = self._ends(question)
        must = may = self.engine.no
        for first, last in _runs(cells):
            begin = self._start(question, first) if first else None
            after = self._start(question, last + 1) if last + 1 < count else None
            must |= self._between(low, high, begin, after)
            may |= self._between(high, low, begin, after)
        return Truth(must, may)

    def _start(self, question: int, cell: int) -> Sql:
        value = self.decision.tables.cells[question][cell]
        assert isinstance(value, Numbers)
        return Sql(number(value.low))

    def _between(self, over: Sql, under: Sql, begin: Sql | None, after: Sql | None) -> Sql:
        """Return where one end is not below `begin`, and one not as high as `after`."""
        engine, found = self.engine, self.engine.yes
        if begin is not None:
            found &= engine.negate(engine.less(over, begin))
        return found if after is None else found & engine.less(under, after)

    def joint(self, condition: int, truth: Truth) -> Truth:  # noqa: ARG002 -- nothing is forced
        """Return a condition on several questions as it is read."""
        return truth

    def score(self, perspective: int, model: ModelId, held: Sequence[Sql]) -> Sql:
        """Return what the rules that hold add up to."""
        points = (self.decision.points[rule.id][model] for rule in self.decision.rulebook.rules)
        terms = zip((truth.sql for truth in held), points, strict=True)
        return self.engine.keep(f"score_{model}{ENDS[perspective]}", Sql(weighed(terms)))

    def can_lead(self, ranking: RankedColumns, model: ModelId, rival: ModelId, by: int) -> Sql:
        """Return where a model may still come out ahead of another: by every open rule for it."""
        name = f"gain_{model}_{rival}{ENDS[ranking.perspective]}"
        engine = self.engine
        if name not in engine.names:
            leads = (
                max(0, self.decision.points[rule.id][model] - self.decision.points[rule.id][rival])
                for rule in self.decision.rulebook.rules
            )
            terms = zip((truth.sql for truth in ranking.opened), leads, strict=True)
            engine.keep(name, Sql(weighed(terms)))
        reach = exp.Add(this=ranking.score[model].sql, expression=column(name))
        return engine.at_least(Sql(reach), ranking.score[rival], by)


def _runs(cells: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of neighbouring cells."""
    first = last = cells[0]
    for cell in cells[1:]:
        if cell != last + 1:
            yield first, last
            first = cell
        last = cell
    yield first, last

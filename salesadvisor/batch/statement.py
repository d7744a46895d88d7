"""The rulebook as one statement to run elsewhere: in a warehouse, from dbt.

It reads a table with a column for each question (numbers as numbers, options as text, several
joined by `|`, NULL where nothing is known) and adds the decision. What it can't decide alone,
because answers are missing, it calls `open`.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import reduce
from operator import or_

import sqlglot
from sqlglot import exp

from salesadvisor.batch.reading import label_column
from salesadvisor.engine.basis import Decision
from salesadvisor.engine.decision import Evaluation, Verdict
from salesadvisor.engine.layout import Layout, bits_in
from salesadvisor.engine.sql import Sql, SqlAnswers
from salesadvisor.engine.sql_parts import (
    SQL,
    WORD,
    both,
    case,
    column,
    double,
    either,
    equals,
    named,
    negated,
    number,
    text,
    total,
    whole,
)
from salesadvisor.language.possible import OneOf, SomeOf, Value
from salesadvisor.language.syntax import to_source
from salesadvisor.problems import refuse
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    ChoiceQuestion,
    Kind,
    NumberQuestion,
    Question,
    Rulebook,
)
from salesadvisor.text import Text

OPEN = "open"
"""The status of a record that the statement leaves undecided."""
TRIED = ("duckdb", "spark", "postgres")
"""Dialects in which the statement was run; in others it is written, never tried."""
READABLE = "is_readable"


def dialects() -> tuple[str, ...]:
    """Return the dialects in which a statement can be written."""
    return tuple(sorted(d.value for d in sqlglot.Dialects if d.value))


def statement(decision: Decision, table: str, labels: Sequence[str], dialect: str) -> str:
    """Return the statement.

    Args:
        decision: What decides.
        table: The table that it reads, perhaps with the name of its schema.
        labels: Columns of the table that come along.
        dialect: One of `dialects()`.

    Raises:
        UserError: ids of the rulebook can't be told apart as names of columns, or a question has
            too many options.
    """
    answers = SqlAnswers(decision)
    _require_few_options(decision, answers)
    evaluation = Evaluation(decision, answers)
    verdict = Verdict(evaluation, evaluation.chances)
    shown = _shown(decision, verdict, evaluation, labels)
    kept = [label_column(i) for i, _ in enumerate(labels)]
    read = [c.name for e in shown for c in e.find_all(exp.Column)]
    _require_apart(decision, answers)
    chain, last = answers.engine.chain("given", [*kept, *read])
    _explain(chain, decision.rulebook)
    needed = {c.name for _, step in chain for c in step.find_all(exp.Column)}.union(kept, read)
    given = [
        column(name) if name in kept else named(value, name)
        for name, value in _reading(decision, answers, kept).items()
        if name in needed
    ]
    source = exp.Select(expressions=given).from_("answers", copy=False)
    steps = [("answers", _answers(decision, table, labels)), ("given", source), *chain]
    query = exp.Select(expressions=shown).from_(exp.to_identifier(last, quoted=True), copy=False)
    for name, step in steps:
        # PostgreSQL would write each step into the next, again and again, until memory is gone.
        materialized = True if dialect == "postgres" else None
        alias = exp.to_identifier(name, quoted=True)
        query = query.with_(alias, as_=step, materialized=materialized, copy=False)
    return query.sql(dialect, pretty=True, unsupported_level=sqlglot.ErrorLevel.IGNORE)


def _require_apart(decision: Decision, answers: SqlAnswers) -> None:
    """Check that no column has the name of another, to an engine that ignores case.

    Raises:
        UserError: one has.
    """
    numbers = range(len(decision.rulebook.questions))
    columns = [name for number in numbers for name in answers.columns(number)]
    seen: set[str] = set()
    for name in (*decision.index, *columns, *answers.engine.names):
        if name.lower() in seen:
            message = Text(
                f"in a table `{name}` would stand for two things",
                f"在表格里 `{name}` 会同时指两样东西",
            )
            hint = Text(
                "give a question, formula or rule of that name another id; case does not count",
                "请把同名的问题、公式或规则改个 id；不区分大小写",
            )
            refuse("--rules", "names-collide", message, hint)
        seen.add(name.lower())


def _require_few_options(decision: Decision, answers: SqlAnswers) -> None:
    """Check that a whole number has a bit for each option of a question that formulas read.

    Raises:
        UserError: it has not.
    """
    for index, question in enumerate(decision.rulebook.questions):
        is_read = len(answers.columns(index)) > len(answers.masks(index))
        if is_read and isinstance(question, ChoiceQuestion) and len(question.options) > WORD:
            message = Text(
                f"`{question.id}` has {len(question.options)} options, and a formula reads it",
                f"`{question.id}` 有 {len(question.options)} 个选项，而公式要用到它",
            )
            hint = Text(f"{WORD} at most, in a statement", f"语句里最多 {WORD} 个")
            refuse("--rules", "too-many-options", message, hint)


def column_list(rulebook: Rulebook) -> Iterator[str]:
    """Yield what each column of the table holds, for the head of the statement."""
    for question in rulebook.questions:
        match question:
            case NumberQuestion(domain=domain):
                unit = f" {question.unit}" if question.unit else ""
                yield f"{question.id}: a number from {domain.low:.15g} to {domain.high:.15g}{unit}"
            case ChoiceQuestion(kind=kind, options=options):
                how = "any of these joined by |" if kind is Kind.MULTI else "one of"
                yield f"{question.id}: {how} {', '.join(options)}"


def _answers(decision: Decision, table: str, labels: Sequence[str]) -> exp.Select:
    """Return the columns of the table, numbers as DOUBLE."""
    chosen: list[SQL] = [named(column(label), label_column(i)) for i, label in enumerate(labels)]
    for question in decision.rulebook.questions:
        written = column(question.id)
        if isinstance(question, NumberQuestion):
            chosen.append(named(exp.cast(written, "double"), question.id))
        else:
            chosen.append(written)
    return exp.Select(expressions=chosen).from_(exp.to_table(table), copy=False)


def _reading(decision: Decision, answers: SqlAnswers, labels: Sequence[str]) -> dict[str, SQL]:
    """Return every answer as what it leaves possible, by the name of its column."""
    layout = Layout(decision)
    found: dict[str, SQL] = {name: column(name) for name in labels}
    readable: list[SQL] = []
    for index, question in enumerate(decision.rulebook.questions):
        if isinstance(question, NumberQuestion):
            ends = (question.domain.low, question.domain.high)
            for name, end in zip(answers.ends(index), ends, strict=True):
                found[name] = exp.Coalesce(this=column(question.id), expressions=[double(end)])
        else:
            found |= _options(layout, answers, index, question)
        readable.append(_is_readable(question))
    found[READABLE] = both(*readable)
    return found


def _is_null(value: SQL) -> SQL:
    return exp.Is(this=value, expression=exp.null())


def _is_readable(question: Question) -> SQL:
    """Return whether a value is an answer at all."""
    written = column(question.id)
    match question:
        case NumberQuestion(domain=domain, step=step):
            low, high = number(domain.low), number(domain.high)
            inside = both(_at_most(low, written), _at_most(written, high))
            return either(_is_null(written), both(inside, _is_precise(step, written)))
        case ChoiceQuestion(kind=Kind.MULTI, options=options, exclusive=exclusive):
            # Nothing is left when every option is taken away.
            rest: SQL = _fenced(written)
            for id in options:
                rest = exp.Anonymous(this="REPLACE", expressions=[rest, text(f"|{id}|"), text("")])
            known: SQL = exp.In(this=rest, expressions=[text(""), text("||")])
            if exclusive is not None:
                alone = equals(written, text(exclusive))
                known = both(known, either(negated(_has(written, exclusive)), alone))
            return either(_is_null(written), known)
        case ChoiceQuestion(options=options):
            return either(
                _is_null(written), exp.In(this=written, expressions=[text(id) for id in options])
            )


def _is_precise(step: Decimal, written: SQL) -> SQL:
    """Return whether a number is a multiple of its question's step."""
    steps = exp.Div(this=written, expression=double(float(step)), typed=True, safe=False)
    part = exp.Paren(this=exp.Sub(this=steps, expression=exp.Round(this=steps.copy())))
    return _at_most(exp.Abs(this=part), double(1e-6))


def _fenced(written: SQL) -> SQL:
    """Return options with a fence of two bars between them, so that each has its own."""
    doubled = exp.Anonymous(this="REPLACE", expressions=[written, text("|"), text("||")])
    return exp.Concat(expressions=[text("|"), doubled, text("|")], safe=False, coalesce=False)


def _at_most(left: SQL, right: SQL) -> SQL:
    return exp.LTE(this=left, expression=right)


def _options(
    layout: Layout, answers: SqlAnswers, index: int, question: ChoiceQuestion
) -> dict[str, SQL]:
    written, found = column(question.id), dict[str, SQL]()

    def word(value: Value, place: int) -> SQL:
        return _whole(bits_in(layout, index, value) >> WORD * place & (1 << WORD) - 1)

    for place, name in enumerate(answers.masks(index)):
        open_ = word(question.everything, place)
        if question.kind is Kind.MULTI:
            cells = _cells(layout, index, question, place)
            found[name] = case((_is_null(written), open_), otherwise=cells)
        else:
            arms = [
                (equals(written, text(id)), word(OneOf(frozenset({id})), place))
                for id in question.options
            ]
            found[name] = case(*arms, otherwise=open_)
    if len(answers.columns(index)) > len(answers.masks(index)):
        bits = total(
            case((_has(written, id), whole(1 << i)), otherwise=whole(0))
            for i, id in enumerate(question.options)
        )
        certain, possible = answers.chosen(index)
        everything = _whole((1 << len(question.options)) - 1)
        found[certain] = case((_is_null(written), _whole(0)), otherwise=bits)
        found[possible] = case((_is_null(written), everything), otherwise=bits)
    return found


def _has(written: SQL, option: str) -> SQL:
    place = exp.StrPosition(this=_fenced(written), substr=text(f"|{option}|"))
    return exp.GT(this=place, expression=whole(0))


def _cells(layout: Layout, index: int, question: ChoiceQuestion, word: int) -> SQL:
    """Return the cell that chosen options lie in, as a bit of a mask."""
    written = column(question.id)
    terms: list[SQL] = [exp.cast(whole(0), "bigint")]
    for cell, value in enumerate(layout.decision.tables.cells[index]):
        assert isinstance(value, SomeOf)
        if cell // WORD == word:
            held = (_has(written, id) for id in sorted(value.certain))
            outside = sorted(set(question.options) - value.possible)
            lacks = (exp.Not(this=_has(written, id)) for id in outside)
            terms.append(case((both(*held, *lacks), whole(1 << cell % WORD)), otherwise=whole(0)))
    return total(terms)


def _whole(value: int) -> SQL:
    return exp.cast(whole(value), "bigint")


def _shown(
    decision: Decision, verdict: Verdict, evaluation: Evaluation, labels: Sequence[str]
) -> list[SQL]:
    """Return the columns of the result, as `batch` writes them."""
    models = [str(model) for model in decision.models]
    engine = evaluation.engine
    base = evaluation.base
    contested = engine.keep(  # `batch` decides these by deeds
        "is_contested",
        reduce(or_, (base.truths[c.id].may for c in decision.rulebook.contested), engine.no),
    )
    settled: Sql = engine.keep("is_settled", evaluation.settled & engine.negate(contested))
    best: SQL = verdict.recommended.sql
    status = case((settled.sql, verdict.status.sql), otherwise=text(OPEN))
    undecided = either(equals(best, text(NO_MODEL)), negated(settled.sql))
    unit, share = double(decision.unit), double(0)
    for model in decision.models:
        share = case((equals(best, text(model)), verdict.shares[model].sql), otherwise=share)

    def listed(names: Sequence[str], holds: Sequence[Sql]) -> SQL:
        parts = [
            case((h.sql, text(f"|{n}")), otherwise=text(""))
            for n, h in zip(names, holds, strict=True)
        ]
        joined = exp.Concat(expressions=parts, safe=False, coalesce=False)
        return exp.Nullif(this=exp.Substring(this=joined, start=whole(2)), expression=text(""))

    scores = {
        f"score_{m}": exp.Div(
            this=exp.cast(base.score[m].sql, "double"), expression=unit, typed=True, safe=False
        )
        for m in decision.models
    }
    rules = [rule.id for rule in decision.rulebook.rules]
    found = {
        "recommendation": case((undecided, exp.null()), otherwise=best),
        "status": status,
        "share": case((undecided, exp.null()), otherwise=share),
        "possible": listed(
            verdict.outcomes, [possible | contested for possible in verdict.possible.values()]
        ),
        **scores,
        "excluded": listed(models, list(verdict.excluded.values())),
        "rules": listed(rules, [truth.must for truth in base.rules]),
    }
    fine = column(READABLE)
    unread = {"status": text("unreadable")}
    return [
        *(named(column(label_column(i)), label) for i, label in enumerate(labels)),
        *(
            named(case((fine, value), otherwise=unread.get(name, exp.null())), name)
            for name, value in found.items()
        ),
    ]


def _explain(chain: Sequence[tuple[str, exp.Select]], rulebook: Rulebook) -> None:
    """Put what the rulebook says beside each condition."""
    said = {entry.id: to_source(entry.when) for entry in rulebook.entries}
    for _, step in chain:
        for expression in step.expressions:
            id = expression.alias_or_name
            if id in said and isinstance(expression, exp.Alias):
                expression.add_comments([f" {id}: {said[id]} "])

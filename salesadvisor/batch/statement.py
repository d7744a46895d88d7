"""The rulebook as one statement to run elsewhere: in a warehouse, from dbt.

It reads a table with a column for each question (numbers as numbers, options as text, several
joined by `|`, NULL where nothing is known) and adds the decision. What it can't decide alone,
because answers are missing, it calls `open`.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import sqlglot
from sqlglot import exp

from salesadvisor.advice.scoring import unit_of
from salesadvisor.batch.clauses import (
    SQL,
    WORD,
    both,
    case,
    column,
    either,
    equals,
    has_bits,
    is_at_least,
    is_at_most,
    named,
    negated,
    number,
    text,
    total,
    whole,
)
from salesadvisor.batch.decision import (
    OPEN,
    Terms,
    decision_layers,
    in_layers,
    result_columns,
)
from salesadvisor.batch.reading import label_column
from salesadvisor.batch.texts import Texts, value_columns
from salesadvisor.batch.worlds import Columns, Layer
from salesadvisor.language.possible import SomeOf
from salesadvisor.language.syntax import to_source
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    ChoiceQuestion,
    Kind,
    NumberQuestion,
    Rulebook,
)

TRIED = ("duckdb", "spark", "postgres")
"""Dialects in which the statement was run; in others it is written, never tried."""
READABLE = "is_readable"


def dialects() -> tuple[str, ...]:
    """Return the dialects in which a statement can be written."""
    return tuple(sorted(d.value for d in sqlglot.Dialects if d.value))


def statement(terms: Terms, texts: Texts, table: str, labels: Sequence[str], dialect: str) -> str:
    """Return the statement.

    Args:
        terms: What to decide by.
        texts: For what options stand for.
        table: The table that it reads, perhaps with the name of its schema.
        labels: Columns of the table that come along.
        dialect: One of `dialects()`.
    """
    kept = [label_column(i) for i, _ in enumerate(labels)]
    wanted = [*kept, *result_columns(terms.rulebook), READABLE]
    layers = decision_layers(terms, plain=False)
    chain, last = in_layers([_reading(texts), *layers], "answers", wanted)
    chain = [("answers", _answers(texts, table, labels)), *chain]
    query = exp.Select(expressions=_shown(terms.rulebook, labels)).from_(
        exp.to_identifier(last, quoted=True), copy=False
    )
    for name, step in chain:
        if name == "truths":
            _explain(step, terms.rulebook)
        # PostgreSQL would write each step into the next, again and again, until memory is gone.
        materialized = True if dialect == "postgres" else None
        alias = exp.to_identifier(name, quoted=True)
        query = query.with_(alias, as_=step, materialized=materialized, copy=False)
    return query.sql(dialect, pretty=True, unsupported_level=sqlglot.ErrorLevel.IGNORE)


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


def _answers(texts: Texts, table: str, labels: Sequence[str]) -> exp.Select:
    """Return the columns of the table, numbers as DOUBLE."""
    chosen: list[SQL] = [named(column(label), label_column(i)) for i, label in enumerate(labels)]
    for id, columns in texts.columns.items():
        written = column(id)
        if isinstance(columns.question, NumberQuestion):
            chosen.append(named(exp.cast(written, "double"), id))
        else:
            chosen.append(written)
    return exp.Select(expressions=chosen).from_(exp.to_table(table), copy=False)


def _reading(texts: Texts) -> Layer:
    """Return every answer as what it leaves possible."""
    found: dict[str, SQL] = {}
    readable: list[SQL] = []
    for columns in texts.columns.values():
        if isinstance(columns.question, NumberQuestion):
            found |= _number(columns)
        else:
            found |= _options(columns, texts)
        readable.append(_is_readable(columns))
    found[READABLE] = both(*readable)
    return Layer("given", found)


def _number(columns: Columns) -> dict[str, SQL]:
    question = columns.question
    assert isinstance(question, NumberQuestion)
    written = column(question.id)
    return {
        columns.low: exp.Coalesce(this=written, expressions=[_double(question.domain.low)]),
        columns.high: exp.Coalesce(this=written, expressions=[_double(question.domain.high)]),
    }


def _double(value: float) -> SQL:
    return exp.cast(number(value), "double")


def _is_null(value: SQL) -> SQL:
    return exp.Is(this=value, expression=exp.null())


def _is_readable(columns: Columns) -> SQL:
    """Return whether a value is an answer at all."""
    question = columns.question
    written = column(question.id)
    match question:
        case NumberQuestion(domain=domain, step=step):
            inside = both(
                is_at_least(written, number(domain.low)), is_at_most(written, number(domain.high))
            )
            return either(_is_null(written), both(inside, _is_precise(step, written)))
        case ChoiceQuestion(kind=Kind.MULTI, options=options, exclusive=exclusive):
            # Nothing is left when every option is taken away.
            rest: SQL = _fenced(written)
            for id in options:
                rest = exp.Anonymous(this="REPLACE", expressions=[rest, text(f"|{id}|"), text("|")])
            known: SQL = exp.In(this=rest, expressions=[text("|"), text("||")])
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
    steps = exp.Div(this=written, expression=_double(float(step)), typed=True, safe=False)
    part = exp.Paren(this=exp.Sub(this=steps, expression=exp.Round(this=steps.copy())))
    return is_at_most(exp.Abs(this=part), _double(1e-6))


def _fenced(written: SQL) -> SQL:
    """Return options with a fence of two bars between them, so that each has its own."""
    doubled = exp.Anonymous(this="REPLACE", expressions=[written, text("|"), text("||")])
    return exp.Concat(expressions=[text("|"), doubled, text("|")], safe=False, coalesce=False)


def _options(columns: Columns, texts: Texts) -> dict[str, SQL]:
    question = columns.question
    assert isinstance(question, ChoiceQuestion)
    written = column(question.id)
    everything = texts.entry_of(columns, question.everything)
    found: dict[str, SQL] = {}
    for i, name in enumerate(value_columns(columns)):
        open_ = _whole(int(everything[i]))
        if question.kind is not Kind.MULTI:
            arms = [
                (equals(written, text(id)), _whole(int(entry[i])))
                for id, entry in texts.option_entries(columns).items()
            ]
            found[name] = case(*arms, otherwise=open_)
        elif i < len(columns.masks):
            found[name] = case((_is_null(written), open_), otherwise=_cells(columns, i))
        else:
            bits = (
                case((_has(written, id), whole(1 << n)), otherwise=whole(0))
                for n, id in enumerate(question.options)
            )
            found[name] = case((_is_null(written), open_), otherwise=total(bits))
    return found


def _has(written: SQL, option: str) -> SQL:
    place = exp.StrPosition(this=_fenced(written), substr=text(f"|{option}|"))
    return exp.GT(this=place, expression=whole(0))


def _cells(columns: Columns, word: int) -> SQL:
    """Return the cell that chosen options lie in, as a bit of a mask."""
    question = columns.question
    assert isinstance(question, ChoiceQuestion)
    written = column(question.id)
    terms: list[SQL] = [exp.cast(whole(0), "bigint")]
    for cell, value in enumerate(columns.cells):
        assert isinstance(value, SomeOf)
        if cell // WORD == word:
            held = (_has(written, id) for id in sorted(value.certain))
            outside = sorted(set(question.options) - value.possible)
            lacks = (exp.Not(this=_has(written, id)) for id in outside)
            terms.append(case((both(*held, *lacks), whole(1 << cell % WORD)), otherwise=whole(0)))
    return total(terms)


def _whole(value: int) -> SQL:
    return exp.cast(whole(value), "bigint")


def _shown(rulebook: Rulebook, labels: Sequence[str]) -> list[SQL]:
    """Return the columns of the result, as `batch` writes them."""
    models = [str(m.id) for m in rulebook.models]
    fine = column(READABLE)
    best = column("best_model")
    undecided = either(equals(best, text("")), equals(column("status"), text(OPEN)))
    unit = _double(unit_of(rulebook))

    def listed(names: Sequence[str], holds: Sequence[SQL]) -> SQL:
        parts = [
            case((h, text(f"|{n}")), otherwise=text("")) for n, h in zip(names, holds, strict=True)
        ]
        joined = exp.Concat(expressions=parts, safe=False, coalesce=False)
        return exp.Nullif(this=exp.Substring(this=joined, start=whole(2)), expression=text(""))

    rules = [rule.id for rule in rulebook.rules]
    fired = [has_bits(column(f"fired_{i // WORD}"), 1 << i % WORD) for i, _ in enumerate(rules)]
    scores = {
        f"score_{m}": exp.Div(
            this=exp.cast(column(f"score_{m}"), "double"), expression=unit, typed=True, safe=False
        )
        for m in models
    }
    possible = [column(f"possible_{m}") for m in (*models, NO_MODEL)]
    found = {
        "recommendation": case((undecided, exp.null()), otherwise=best),
        "status": column("status"),
        "share": case((undecided, exp.null()), otherwise=column("share")),
        "possible": listed([*models, NO_MODEL], possible),
        **scores,
        "excluded": listed(models, [column(f"out_{m}") for m in models]),
        "rules": listed(rules, fired),
    }
    unread = {"status": text("unreadable")}
    return [
        *(named(column(label_column(i)), label) for i, label in enumerate(labels)),
        *(
            named(case((fine, value), otherwise=unread.get(name, exp.null())), name)
            for name, value in found.items()
        ),
    ]


def _explain(step: exp.Select, rulebook: Rulebook) -> None:
    """Put what the rulebook says beside each condition."""
    said = {entry.id: to_source(entry.when) for entry in rulebook.entries}
    for expression in step.expressions:
        id = expression.alias_or_name
        if id.startswith(("scores_", "gains_")):
            expression.add_comments(
                [f" {id}: several sums in one number, a product for each rule "]
            )
        if id in said and isinstance(expression, exp.Alias):
            expression.add_comments([f" {id}: {said[id]} "])

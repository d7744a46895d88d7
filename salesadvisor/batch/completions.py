"""Open records settled by examples: completions of their answers, decided as complete records.

A query says of an open record what may be possible: never too little. If each of these chances
comes true in one of the completions that are drawn, that is exactly what is possible, and the
verdict that rests on it is what `advice` would find, whose bound lies between the two.
"""

from collections.abc import Mapping

from sqlglot import exp

from salesadvisor.batch.clauses import (
    SQL,
    column,
    counted,
    greatest,
    is_at_least,
    least,
    named,
    number,
    select_from,
    total,
    whole,
)
from salesadvisor.batch.decision import Terms, chance_columns, decision_layers, in_layers
from salesadvisor.batch.reading import ROW
from salesadvisor.batch.texts import value_columns
from salesadvisor.batch.worlds import Columns
from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.definitions import Kind, NumberQuestion

DRAW = "_draw"


def can_be_drawn(columns: Mapping[str, Columns], read_jointly: frozenset[str]) -> bool:
    """Return whether completions of all answers can be drawn here.

    Args:
        columns: Of every question.
        read_jointly: Names behind conditions on several questions.
    """
    return all(
        len(each.masks) == 1 and not (each.question.kind is Kind.MULTI and id in read_jointly)
        for id, each in columns.items()
    )


def chances_of_draws(terms: Terms, columns: Mapping[str, Columns], draws: range) -> str:
    """Return a query: of each row of `opened`, which chances come true in some of the draws.

    Args:
        terms: What to decide by.
        columns: Of every question.
        draws: Their numbers: other numbers, other draws.
    """
    numbers = exp.Anonymous(this="range", expressions=[whole(draws.start), whole(draws.stop)])
    drawn = exp.Select(
        expressions=[exp.Star(), named(exp.Anonymous(this="unnest", expressions=[numbers]), DRAW)]
    ).from_("opened", copy=False)
    chosen: list[SQL] = [column(ROW)]
    for index, each in enumerate(columns.values()):
        luck = exp.Anonymous(this="hash", expressions=[column(ROW), column(DRAW), whole(index)])
        chosen.append(named(luck, f"luck_{index}"))
        chosen += [column(name) for name in value_columns(each)]
    lucky = exp.Select(expressions=chosen).from_("drawn", copy=False)
    answers: list[SQL] = [column(ROW)]
    for index, each in enumerate(columns.values()):
        draw = _number if isinstance(each.question, NumberQuestion) else _options
        answers += [
            named(value, name) for name, value in draw(each, column(f"luck_{index}")).items()
        ]
    given = exp.Select(expressions=answers).from_("lucky", copy=False)
    chances = chance_columns(terms.rulebook)
    chain, last = in_layers(decision_layers(terms, plain=True), "given", (ROW, *chances))
    found: list[SQL] = [column(ROW)]
    found += [named(exp.Anonymous(this="bool_or", expressions=[column(c)]), c) for c in chances]
    steps = [("drawn", drawn), ("lucky", lucky), ("given", given), *chain]
    return select_from(steps, found, last) + f' GROUP BY "{ROW}"'


def _among(luck: SQL, count: SQL) -> SQL:
    """Return a whole number from 0 to less than `count`."""
    return exp.cast(exp.Mod(this=luck, expression=exp.Paren(this=count)), "bigint")


def _number(columns: Columns, luck: SQL) -> Mapping[str, SQL]:
    """Return an end of what lies in one of the cells of a range."""
    cells = [cell for cell in columns.cells if isinstance(cell, Numbers)]
    low, high = column(columns.low), column(columns.high)
    first, last = (
        total(counted(is_at_least(end, number(cell.low)), 1) for cell in cells[1:])
        for end in (low, high)
    )
    count = exp.Add(
        this=exp.Sub(this=exp.Paren(this=last), expression=exp.Paren(this=first)),
        expression=whole(1),
    )
    cell = exp.Add(this=exp.Paren(this=first), expression=_among(luck, count))
    place = exp.Add(this=whole(1), expression=cell)

    def end(values: list[float]) -> SQL:
        listed = exp.Array(expressions=[exp.cast(number(value), "double") for value in values])
        return exp.Anonymous(this="list_extract", expressions=[listed, place])

    lowest = greatest((low, end([cell.low for cell in cells])))
    highest = least((high, end([cell.high for cell in cells])))
    coin = exp.Anonymous(this="hash", expressions=[luck])
    is_low = exp.EQ(this=exp.Mod(this=coin, expression=whole(2)), expression=whole(0))
    value = exp.Case().when(is_low, lowest).else_(highest)
    return {columns.low: value}


def _options(columns: Columns, luck: SQL) -> Mapping[str, SQL]:
    """Return one of the cells of a mask: the next from a random place on, or the first."""
    (name,) = columns.masks
    count = len(columns.cells)
    mask = exp.Paren(this=exp.BitwiseAnd(this=column(name), expression=whole((1 << count) - 1)))
    place = exp.Paren(this=_among(luck, whole(count)))
    start = exp.BitwiseLeftShift(this=exp.cast(whole(1), "bigint"), expression=place)
    from_there = exp.Paren(this=exp.Neg(this=exp.Paren(this=start)))
    above = exp.Paren(this=exp.BitwiseAnd(this=mask, expression=from_there))
    left = exp.Coalesce(this=exp.Nullif(this=above, expression=whole(0)), expressions=[mask])
    bit = exp.BitwiseAnd(this=left, expression=exp.Paren(this=exp.Neg(this=left)))
    return {name: bit}

"""The same rules in rule engines for Python: what `benchmarks/batch.py` holds us against.

Each gets complete records as the csv module reads them, numbers and lists made, formulas worked
out in Python. Of the ways that an engine has, the fastest is taken: one expression that lists
whether each rule holds, once for each record; Python adds up the points. Scores only: no vetoes,
no ends of a spread, no shares, and nothing for an answer that is open.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from salesadvisor.language.syntax import (
    Among,
    And,
    Arithmetic,
    Compare,
    Expression,
    Has,
    Name,
    Not,
    Number,
    Option,
    Or,
    names_in,
    to_source,
)
from salesadvisor.rulebook.definitions import Kind, NumberQuestion, Rulebook
from salesadvisor.rulebook.known import assumed_values

Record = Mapping[str, float | str | list[str]]
Holds = Callable[[Record], Sequence[bool]]
"""Whether each rule holds for a record, in the order of the rulebook."""


class Style(Struct, frozen=True):
    """How an engine writes conditions."""

    both: str
    either: str
    negated: str
    number: Callable[[float], str] = repr


WORDS = Style("and", "or", "not")
SIGNS = Style("&&", "||", "!", number=lambda value: repr(float(value)))


def write(expression: Expression, style: Style) -> str:
    """Return a condition as an engine has it, every operation in brackets.

    Raises:
        TypeError: it has what some engines lack: a chain of comparisons, a function.
    """

    def inner(part: Expression) -> str:
        return write(part, style)

    match expression:
        case Number(value):
            return style.number(value)
        case Option(id):
            return f'"{id}"'
        case Name(id):
            return id
        case Not(operand):
            return f"({style.negated} {inner(operand)})"
        case And(operands):
            return "(" + f" {style.both} ".join(map(inner, operands)) + ")"
        case Or(operands):
            return "(" + f" {style.either} ".join(map(inner, operands)) + ")"
        case Compare(left, ((symbol, right),)):
            return f"({inner(left)} {symbol} {inner(right)})"
        case Arithmetic(operator, left, right):
            return f"({inner(left)} {operator} {inner(right)})"
        case Among(item, literals, negated):
            among = f"({inner(item)} in [{', '.join(map(inner, literals))}])"
            return f"({style.negated} {among})" if negated else among
        case Has(option, chosen, negated):
            has = f"({inner(option)} in {inner(chosen)})"
            return f"({style.negated} {has})" if negated else has
        case _:
            raise TypeError(f"not in the language of every peer: {to_source(expression)}")


def _listed(rulebook: Rulebook, style: Style) -> str:
    return "[" + ", ".join(write(rule.when, style) for rule in rulebook.rules) + "]"


def zen_engine(rulebook: Rulebook) -> Holds:
    """Return the rules in zen-engine: Rust, compiled once."""
    import zen

    evaluate: Holds = zen.compile_expression(_listed(rulebook, WORDS)).evaluate
    return evaluate


def rule_engine(rulebook: Rulebook) -> Holds:
    """Return the rules in rule-engine: plain Python."""
    from rule_engine import Rule

    evaluate: Holds = Rule(_listed(rulebook, WORDS)).evaluate
    return evaluate


def common_expression_language(rulebook: Rulebook) -> Holds:
    """Return the rules in common-expression-language: Rust, compiled once."""
    import cel

    execute: Holds = cel.compile(_listed(rulebook, SIGNS)).execute
    return execute


PEERS: Mapping[str, Callable[[Rulebook], Holds]] = {
    "zen-engine": zen_engine,
    "rule-engine": rule_engine,
    "common-expression-language": common_expression_language,
}


def decide_with(peer: str, rulebook: Rulebook, source: Path, target: Path) -> None:
    """Decide the complete records of a CSV file with a peer.

    Args:
        peer: One of `PEERS`.
        rulebook: Whose rules.
        source: The records.
        target: Gets name, recommendation and scores.
    """
    holds = PEERS[peer](rulebook)
    numbers = [q.id for q in rulebook.questions if isinstance(q, NumberQuestion)]
    several = [q.id for q in rulebook.questions if q.kind is Kind.MULTI]
    models = [model.id for model in rulebook.models]
    points = [[float(rule.points[model]) for model in models] for rule in rulebook.rules]
    work_out = _formulas(rulebook)
    with source.open(encoding="utf-8", newline="") as stream, target.open("w", newline="") as out:
        writer = csv.writer(out)
        for row in csv.DictReader(stream):
            record: dict[str, float | str | list[str]] = dict(row)
            for id in numbers:
                record[id] = float(row[id])
            for id in several:
                record[id] = row[id].split("|")
            record.update(work_out(record))
            own = [p for p, held in zip(points, holds(record), strict=True) if held]
            scores = [sum(column) for column in zip([0.0] * len(models), *own, strict=True)]
            for index, model in enumerate(rulebook.models):
                parts = [scores[models.index(part)] for part in model.blend_of]
                scores[index] += sum(parts) / len(parts) if parts else 0
            writer.writerow([row["name"], models[scores.index(max(scores))], *scores])


def _formulas(rulebook: Rulebook) -> Callable[[Record], Mapping[str, float]]:
    """Return a Python function that works out the formulas which rules read."""
    read = {name for rule in rulebook.rules for name in names_in(rule.when)}
    values = {name: value.low for name, value in assumed_values(rulebook, {}).items()}
    needed = rulebook.names_behind(read)
    wanted = [f for f in rulebook.formulas if f.id in needed and "." not in f.id]
    asked = [q.id for q in rulebook.questions if q.id in needed]
    lines = [f"{name} = {value!r}" for name, value in values.items() if "." not in name]
    lines.append("def work_out(record):")
    lines += [f"    {id} = record[{id!r}]" for id in asked]
    lines += [f"    {f.id} = {to_source(f.value)}" for f in wanted]
    lines.append("    return {" + ", ".join(f"{f.id!r}: {f.id}" for f in wanted) + "}")
    names: dict[str, Callable[[Record], Mapping[str, float]]] = {}
    exec("\n".join(lines), names)  # our own formulas, as a benchmark's yardstick
    return names["work_out"]

"""The expression language by example."""

import csv
from pathlib import Path

import pytest

from salesadvisor.language.checker import (
    ChoiceType,
    NumberType,
    check_expression,
    require_condition,
)
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.parser import ExpressionError, parse_expression
from salesadvisor.language.possible import FALSE, OPEN, TRUE, Numbers, OneOf, SomeOf, Value
from salesadvisor.language.trace import find_deciding
from tests.strategies import DOMAINS, NAMES

TABLE = (Path(__file__).parent / "expressions.csv").read_text(encoding="utf-8")
ROWS = list(csv.reader(TABLE.splitlines(), delimiter=";", skipinitialspace=True))[1:]


def known_from(text: str) -> dict[str, Value]:
    """Read `people=4..5, colour=red|blue, tools=+pen|ink` (+: certainly chosen)."""
    known = dict(DOMAINS)
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, written = part.partition("=")
        match DOMAINS[name]:
            case Numbers():
                low, _, high = written.partition("..")
                known[name] = Numbers(float(low), float(high or low))
            case OneOf():
                known[name] = OneOf(frozenset(written.split("|")))
            case _:
                ids = written.split("|")
                certain = frozenset(id[1:] for id in ids if id.startswith("+"))
                known[name] = SomeOf(certain, frozenset(id.lstrip("+") for id in ids))
    return known


@pytest.mark.parametrize(("expression", "known", "outcome"), ROWS)
def test_expression(expression: str, known: str, outcome: str) -> None:
    """Each row of expressions.csv has the outcome it names."""
    tree = parse_expression(expression)
    require_condition(tree, NAMES)

    assert (
        truth_of(tree, known_from(known)) == {"true": TRUE, "false": FALSE, "open": OPEN}[outcome]
    )


REFUSED = [
    ("", "empty-expression"),
    ("people <", "expression-syntax"),
    ("people = 3", "expression-syntax"),
    ("1; import os", "expression-syntax"),
    ("people # why", "expression-character"),
    ("people\n< 3", "expression-character"),
    ("colour == '\\x41'", "expression-character"),
    ("𝓮𝓿𝓪𝓵 > 1", "expression-character"),
    ("９ > people", "expression-character"),
    ("people ≥ 3", "expression-character"),
    ("('red' if people > 1 else 'rde') == colour", "unknown-option"),
    ("people > 0x10", "not-in-the-language"),
    ("people > 1e999", "not-in-the-language"),
    ("people > 1j", "not-in-the-language"),
    ("9**9**9", "not-in-the-language"),
    ("1 << 10**9", "not-in-the-language"),
    ("people % 2 == 0", "not-in-the-language"),
    ("().__class__.__mro__", "not-in-the-language"),
    ("people.__class__", "not-in-the-language"),
    ("eval('1')", "not-in-the-language"),
    ("__import__('os')", "not-in-the-language"),
    ("max(price, people, key=1)", "not-in-the-language"),
    ("max(*tools)", "not-in-the-language"),
    ("max(price)", "not-in-the-language"),
    ("abs(1, 2)", "not-in-the-language"),
    ("[x for x in tools]", "not-in-the-language"),
    ("lambda: 1", "not-in-the-language"),
    ("(x := 1)", "not-in-the-language"),
    ("f'{people}' == 'a'", "not-in-the-language"),
    ("people is 3", "not-in-the-language"),
    ("colour in ['red']", "not-in-the-language"),
    ("colour in ()", "not-in-the-language"),
    ("1 < people in (1, 2)", "not-in-the-language"),
    ("b'a' == colour", "not-in-the-language"),
    ("...", "not-in-the-language"),
    ("(" * 300 + "1" + ")" * 300, "expression-too-deep"),
    ("not " * 70 + "True", "expression-too-deep"),
    ("-" * 100 + "1 > 0", "expression-too-deep"),
    (" or ".join(["True"] * 600), "expression-too-long"),
    ("people > " + "1" * 5000, "expression-too-long"),
    ("poeple > 1", "unknown-name"),
    ("colour == 'rde'", "unknown-option"),
    ("'pencil' in tools", "unknown-option"),
    ("colour in ('red', 'rot')", "unknown-option"),
    ("colour > 'red'", "wrong-type"),
    ("colour == 3", "wrong-type"),
    ("people == 'red'", "wrong-type"),
    ("people", "wrong-type"),
    ("colour", "wrong-type"),
    ("people and price > 1", "wrong-type"),
    ("tools == 'pen'", "wrong-type"),
    ("'red' in colour", "wrong-type"),
    ("people in ('red',)", "wrong-type"),
    ("'a' * 3 == colour", "wrong-type"),
    ("True + 1 > 0", "wrong-type"),
    ("(1 if colour == 'red' else 'red') == 1", "wrong-type"),
    ("price / people > 1 and price / balance > 1", "division-by-zero"),
    ("price / (people - 1) > 1", "division-by-zero"),
    ("people" + " * 1_000_000_000_000_000" * 25 + " > 1", "number-too-large"),
]


@pytest.mark.parametrize(("expression", "code"), REFUSED)
def test_refused(expression: str, code: str) -> None:
    """What is not in the language, or can't work, is refused with its code."""
    with pytest.raises(ExpressionError) as caught:
        require_condition(parse_expression(expression), NAMES)

    assert caught.value.code == code


def test_the_place_of_an_unknown_name_is_exact() -> None:
    """The error points at the name, in characters, not bytes."""
    with pytest.raises(ExpressionError) as caught:
        require_condition(
            parse_expression("colour == '红' or poeple > 1"),
            {**NAMES, "colour": ChoiceType(frozenset({"红"}))},
        )

    assert (caught.value.span.start, caught.value.span.width) == (17, 6)
    assert "people" in caught.value.hint.en


def test_units_do_not_mix() -> None:
    """Days and money can't be added or compared; products carry no unit."""
    names = {
        "days": NumberType(Numbers(0, 10), "days"),
        "cost": NumberType(Numbers(0, 10), "USD"),
    }

    with pytest.raises(ExpressionError, match="don't mix"):
        check_expression(parse_expression("days < cost"), names)
    with pytest.raises(ExpressionError, match="don't mix"):
        check_expression(parse_expression("max(days, cost)"), names)
    check_expression(parse_expression("days * cost < cost * 3"), names)


def test_parsing_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Python's own warnings about odd literals never reach the terminal."""
    parse_expression("1if price > 1 else 2")

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("condition", "known", "deciding"),
    [
        ("people < 5 and price > 100", "people=6", "people < 5 is false"),
        ("people < 5 and price > 100", "people=4", "price > 100 is open"),
        ("not (people < 5 or price > 100)", "people=4", "people < 5 is true"),
    ],
)
def test_the_deciding_atom_is_named(condition: str, known: str, deciding: str) -> None:
    """Of a whole condition, the part that made it so is found."""
    assert str(find_deciding(parse_expression(condition), known_from(known))) == deciding

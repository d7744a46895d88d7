"""Contradictions that say how answers are to be read, against every completion of the answers."""

from collections.abc import Mapping, Sequence

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.advice.verdict import State, assess
from salesadvisor.language.parser import parse_expression
from salesadvisor.language.possible import Numbers, OneOf
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Check, QuestionId, Rulebook
from tests.advice.rulebooks import (
    AT,
    LEFT,
    READS_ALL,
    RIGHT,
    WORDS,
    answers_within,
    completions,
    make_rulebook,
    rule,
    rulebooks,
    winners,
)
from tests.advice.test_belief import open_answers
from tests.language.oracle import Single, compile_expression

ALONE = ("size >= 3", "speed > 1", "taste == 'sweet'", "taste in ('sour', 'salty')", "place == 'here'",
         "place == 'there'", "'ice' in extras", "size in (2, 5)")  # fmt: skip
READ_AS = (
    {"size": "min(size, 2)"},
    {"taste": "'salty'"},
    {"speed": "speed + 2", "taste": "'sour'"},
)


def contradiction(id: str, when: str, read_as: Mapping[str, str]) -> Check:
    """Return a contradiction that says how answers are to be read."""
    parsed = {QuestionId(name): parse_expression(text) for name, text in read_as.items()}
    return Check(id=id, when=parse_expression(when), message=WORDS, read_as=parsed, at=AT)


@st.composite
def contradictions(draw: st.DrawFn) -> Sequence[Check]:
    """Draw one or two, each with a condition on some answers, one by one."""
    found = []
    for id in ("D1", "D2")[: draw(st.integers(1, 2))]:
        atoms = draw(st.lists(st.sampled_from(ALONE), min_size=1, max_size=3))
        found.append(contradiction(id, " and ".join(atoms), draw(st.sampled_from(READ_AS))))
    return found


def read(rulebook: Rulebook, known: Mapping[str, Single]) -> Mapping[str, Single]:
    """Return single answers as all contradictions that hold say that they are to be read."""
    after = dict(known)
    for check in rulebook.contradictions:
        if compile_expression(check.when)(known):
            for id, expression in check.read_as.items():
                value = compile_expression(expression)(after)
                if isinstance(value, float):
                    value = min(value, {"size": 6.0, "speed": 4.0}[id])
                after[id] = value
    size, speed = after["size"], after["speed"]
    assert isinstance(size, float)
    assert isinstance(speed, float)
    return {**after, "area": size * speed}


@given(rulebook=rulebooks(), checks=contradictions(), answers=answers_within())
@settings(max_examples=100)
def test_either_way_is_possible_and_no_other(
    rulebook: Rulebook, checks: Sequence[Check], answers: Answers
) -> None:
    """What is possible is what completions end in, as given and as they are to be read."""
    reads_all = replace(READS_ALL, id="reads all")
    rulebook = replace(rulebook, contradictions=tuple(checks), rules=(*rulebook.rules, reads_all))
    verdict = assess(rulebook, answers).verdict
    assume(verdict.enough)
    expected = set[str]()
    for known in completions(answers):
        expected |= winners(rulebook, known) | winners(rulebook, read(rulebook, known))
    event(f"proved: {verdict.possible_proved}; {verdict.status}")

    assert expected <= set(verdict.possible)
    if verdict.possible_proved:
        assert expected == set(verdict.possible)


def test_what_is_said_to_be_otherwise_is_followed_and_told() -> None:
    """Deeds before words: another outcome is recommended, and never firmly."""
    rulebook = make_rulebook(
        rules=(
            READS_ALL,
            rule("R1", "taste == 'sweet'", {LEFT: 3}),
            rule("R2", "taste == 'salty'", {RIGHT: 3}),
        )
    )
    check = contradiction("D1", "taste == 'sweet' and place == 'here'", {"taste": "'salty'"})
    rulebook = replace(rulebook, contradictions=(check,))
    sweet = OneOf(frozenset({"sweet"}))
    told = open_answers(
        taste=sweet,
        place=OneOf(frozenset({"here"})),
        size=Numbers(1.0, 1.0),
        speed=Numbers(1.0, 1.0),
    )
    untold = open_answers(taste=sweet, size=Numbers(1.0, 1.0), speed=Numbers(1.0, 1.0))
    contested, open_ = assess(rulebook, told).verdict, assess(rulebook, untold).verdict

    assert (contested.status, contested.recommendation) == (State.CONTESTED, RIGHT)
    assert contested.confidence == "open"
    assert set(contested.possible) == {LEFT, RIGHT}
    assert (open_.recommendation, set(open_.possible)) == (LEFT, {LEFT, RIGHT})
    assert open_.possible_proved

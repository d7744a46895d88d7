"""Published frameworks beside the advice: what they say, when they are silent, and never two at once."""

import random
from dataclasses import replace

import pytest

from salesadvisor.advice.definitions import OpinionAdvice
from salesadvisor.advice.explanation import advise
from salesadvisor.advice.second_opinions import find_second_opinions
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.possible import TRUE, Numbers, OneOf, SomeOf, Value
from salesadvisor.report.opinions import parting_sentence
from salesadvisor.rulebook.answers import answers_from_values
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import NumberQuestion, Question
from salesadvisor.rulebook.known import known_values
from tests.language.oracle import single_of

RULEBOOK = load_rulebook()
OPINIONS = RULEBOOK.second_opinions
assert OPINIONS is not None

SAAS = {
    "industry": "saas", "gross_margin": 80, "target_accounts": 5000, "sellers": 2,
    "deal_spread": "moderate", "lifetime_years": 5, "demo_mode": "screen", "customization": 2,
    "buying_process": "committee", "cycle_days": 60, "regulation": ["none"],
    "density": "moderate", "current_motion": "remote",
}  # fmt: skip
DISTRIBUTOR = {
    "industry": "construction_materials", "buying_process": "repeat_orders", "gross_margin": 22,
    "target_accounts": 800, "sellers": 4, "deal_spread": "uniform", "demo_mode": "self",
    "customization": 1, "regulation": ["none"], "density": "moderate", "cycle_days": 20,
    "lifetime_years": 5, "current_motion": "field",
}  # fmt: skip


def ask(given: dict[str, object]) -> dict[str, OpinionAdvice]:
    """Return every framework's opinion by id."""
    answers = answers_from_values(RULEBOOK, given)
    return {opinion.id: opinion for opinion in find_second_opinions(RULEBOOK, answers)}


@pytest.mark.parametrize(
    ("acv", "said"),
    [
        (1_000, {"SO01": "inside", "SO02": "inside", "SO03": "nobody", "SO05": "inside", "SO12": "inside"}),
        (15_000, {"SO01": "inside", "SO02": "inside", "SO03": "people", "SO05": "inside", "SO12": "outside"}),
        (30_000, {"SO01": "outside", "SO02": "inside", "SO03": "people", "SO05": "inside", "SO12": "outside"}),
        (60_000, {"SO01": "outside", "SO02": "outside", "SO03": "people", "SO05": "inside", "SO12": "outside"}),
    ],
)  # fmt: skip
def test_along_the_price(acv: int, said: dict[str, str]) -> None:
    """Software, as it was run by hand: at 30,000 survey and cost argument part."""
    opinions = ask({**SAAS, "acv": acv})

    for id, word in said.items():
        assert opinions[id].says == (word,), id
    assert opinions["SO09"].silent == "out_of_scope"


@pytest.mark.parametrize(
    ("acv", "bein", "merrifield"),
    [
        (5_000, ("inside",), ("inside",)),
        (30_000, ("inside", "outside"), ("outside",)),
        (60_000, ("outside",), ("outside",)),
    ],
)  # fmt: skip
def test_a_distributor(acv: int, bein: tuple[str, ...], merrifield: tuple[str, ...]) -> None:
    """By what an account earns; software's price lines don't cover it."""
    opinions = ask({**DISTRIBUTOR, "acv": acv})

    assert opinions["SO09"].says == bein
    assert opinions["SO10"].says == merrifield
    assert opinions["SO11"].says == ("hybrid",)
    assert opinions["SO01"].silent == "out_of_scope"


def test_what_one_may_spend() -> None:
    """18 months of gross profit, or a quarter of what a customer's life brings."""
    found = ask({**SAAS, "acv": 15_000})["SO04"].number

    assert found is not None
    assert "15,000 USD" in found.en


def test_a_range_is_told_in_parts() -> None:
    """Between 20,000 and 60,000 it says both, each with its own border: not a guess."""
    opinion = ask({**SAAS, "acv": "20k..60k"})["SO01"]

    assert opinion.says == ("inside", "outside")
    assert "25,000" in opinion.because.en


def test_an_answer_that_is_missing_is_named() -> None:
    """It waits for the contract value; it does not guess one."""
    opinion = ask(SAAS)["SO01"]

    assert (opinion.says, opinion.silent) == ((), "needs_answer")
    assert "Annual contract value" in opinion.because.en


def test_who_is_with_us_and_who_leaves_it_open() -> None:
    """A dead zone and a team that may do either are not on anybody's side; a tie takes none."""
    low = advise(RULEBOOK, {**SAAS, "acv": "500..2000", "stakeholders": 2, "relationship": 2})
    tied = replace(low, tied=("inside", "outside"))  # type: ignore[arg-type]  # ids

    words = parting_sentence(low, RULEBOOK).en
    assert "no verdict from" in words
    assert "Peter Thiel" in words.partition("no verdict from")[2]
    assert "We say" not in parting_sentence(tied, RULEBOOK).en


def drawn(question: Question, random: random.Random) -> Value:
    """Return any one answer to a question."""
    if isinstance(question, NumberQuestion):
        near = random.choice([500, 1_000, 10_000, 25_000, 50_000, 100_000, 1_000_000, 3, 28, 60])
        number = float(min(max(near, question.domain.low), question.domain.high))
        return Numbers(number, number)
    option = random.choice(list(question.options))
    chosen = frozenset({option})
    return SomeOf(chosen, chosen) if question.kind.value == "multi" else OneOf(chosen)


def test_no_framework_says_two_things() -> None:
    """Inside its scope at most one condition holds, whatever the answers."""
    assert OPINIONS is not None
    rolls = random.Random(6)
    spoke: set[tuple[str, int]] = set()
    for _ in range(1_500):
        values = {question.id: drawn(question, rolls) for question in RULEBOOK.questions}
        known = known_values(RULEBOOK, values, {})
        for framework in OPINIONS.frameworks:
            if truth_of(framework.scope, known) != TRUE:
                continue
            holding = [i for i, s in enumerate(framework.says) if truth_of(s.when, known) == TRUE]
            assert len(holding) <= 1, (framework.id, {k: single_of(v) for k, v in values.items()})
            spoke |= {(framework.id, i) for i in holding}
    assert len({id for id, _ in spoke}) == len(OPINIONS.frameworks)


def test_none_is_shipped_that_was_only_recalled() -> None:
    """Each rests on a source that was read, with its address."""
    assert OPINIONS is not None
    for framework in OPINIONS.frameworks:
        assert framework.evidence.status.value == "sourced"
        for key in framework.evidence.sources:
            assert RULEBOOK.source_of(key).address

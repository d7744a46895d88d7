"""Companies like this one, and whether the shares were tuned on any."""

from msgspec.structs import replace

from salesadvisor import advise, load_rulebook
from salesadvisor.advice.comparable import FEWEST, LEAST_ALIKE, MOST, find_comparable
from salesadvisor.advice.explanation import NOT_CALIBRATED
from salesadvisor.advice.verdict import assess
from salesadvisor.rulebook.answers import answers_from_values
from salesadvisor.rulebook.cases import load_cases
from salesadvisor.rulebook.folder import built_in_rules

RULEBOOK = load_rulebook()
CASES = load_cases(built_in_rules() / "cases", RULEBOOK)
DEVTOOL = {
    "cycle_days": 14, "stakeholders": 1, "demo_mode": "self", "relationship": 1, "acv": 3000,
    "geography": "international", "density": "sparse", "remote_reach": "easy", "stage": "growing",
    "buying_process": "self_serve", "lead_source": "product_signup", "industry": "saas",
    "customization": 1, "target_accounts": 500_000, "buyer_preference": "remote",
}  # fmt: skip


def test_the_nearest_come_first_and_share_half_of_the_evidence() -> None:
    """Up to nine companies, nearest first, none below the least likeness."""
    found = advise(RULEBOOK, DEVTOOL).comparable

    assert FEWEST <= len(found) <= MOST
    assert [c.likeness for c in found] == sorted((c.likeness for c in found), reverse=True)
    assert min(c.likeness for c in found) >= LEAST_ALIKE
    assert {c.label for c in found} == {"inside"}


def test_a_case_is_most_like_itself() -> None:
    """With a case's own answers the case is the nearest, and wholly alike on that set."""
    case = next(case for case in CASES if case.id == "toast-2021")
    one_set = tuple(replace(p, held=p.held[:1], opened=p.opened[:1]) for p in RULEBOOK.precedents)
    rulebook = replace(RULEBOOK, precedents=one_set)

    nearest = find_comparable(assess(rulebook, case.answers[0]).scoring)[0]

    assert (nearest.precedent.id, nearest.likeness) == ("toast-2021", 1.0)


def test_likeness_by_hand() -> None:
    """The weight of what holds for both over the weight of what holds for either."""
    answers = answers_from_values(
        RULEBOOK, {"demo_mode": "self", "relationship": 1, "weight-channel_fit": 2}
    )
    scoring = assess(RULEBOOK, answers).scoring
    held = frozenset({"X01", "B03"})  # twice 3 to -2, and 1 to 0: they weigh 10 and 1
    other = replace(
        RULEBOOK.precedents[0], held=(frozenset({"X01", "C07"}),), opened=(held - held,)
    )
    rulebook = replace(RULEBOOK, precedents=(other,) * FEWEST)
    assert {id for id, truth in scoring.truths.items() if truth == {True}} == held

    nearest = find_comparable(assess(rulebook, answers).scoring)

    # C07 is open for us, so it is left out: X01 is in common, B03 is not.
    assert nearest[0].likeness == 10 / 11


def test_few_comparable_companies_are_not_mentioned() -> None:
    """Nothing is said where fewer than five companies are alike, nor before there is advice."""
    assert advise(RULEBOOK, {"acv": 5}).comparable == ()
    few = {"cycle_days": 60, "stakeholders": 4, "demo_mode": "screen", "acv": 20_000}
    assert advise(RULEBOOK, few).comparable == ()
    alone = replace(RULEBOOK, precedents=RULEBOOK.precedents[: FEWEST - 1])
    assert find_comparable(assess(alone, CASES[0].answers[0]).scoring) == ()


def test_what_no_company_answered_is_not_calibrated() -> None:
    """An answer outside what the cases cover is named; one that overlaps them is not."""

    def outside(**given: object) -> list[str]:
        advice = advise(RULEBOOK, {**DEVTOOL, **given})
        return [q for w in advice.warnings if w.id == NOT_CALIBRATED for q in w.questions]

    assert outside() == []
    assert outside(stage="idea") == ["stage"]
    assert outside(stage=["idea", "growing"]) == []
    assert outside(sellers=2) == ["sellers"]
    assert outside(sellers="2..50") == []
    assert outside(current_motion="remote") == []  # asked of no case: nothing to compare with

"""Files of cases: what is read, and what is wrong with the others."""

from pathlib import Path

import pytest

from salesadvisor import load_rulebook
from salesadvisor.problems import UserError
from salesadvisor.rulebook.cases import load_cases
from salesadvisor.rulebook.folder import built_in_rules

RULEBOOK = load_rulebook()
ONE = """\
cases:
  - id: 1st-case
    company: Acme
    year: 2020
    unit: robots
    buyer_type: factory
    label: outside
    label_basis: It says so.
    confidence: 4
    provenance: {kind: recalled}
    answers: {acv: {min: 20000, max: 60000}, demo_mode: [onsite, ship]}
"""


def test_the_built_in_cases_are_complete() -> None:
    """Every case has two labels, two sets of answers, a basis, and Chinese words."""
    cases = load_cases(built_in_rules() / "cases", RULEBOOK)

    assert len(cases) == len(RULEBOOK.precedents) == 69
    for case in cases:
        assert len(case.answers) == 2
        assert case.second_label is not None
        assert case.label_basis.zh
        assert case.unit.zh
        assert case.title or not case.seen


def test_a_case_may_have_one_set_of_answers(tmp_path: Path) -> None:
    """The second rater may be missing; one sure rater then is enough."""
    (tmp_path / "one.yaml").write_text(ONE, encoding="utf-8")

    (case,) = load_cases(tmp_path, RULEBOOK)

    assert (case.company, case.label, len(case.answers), case.is_sure) == (
        "Acme",
        "outside",
        1,
        True,
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("label: outside", "label: outsid", "unknown-word", 7),
        ("confidence: 4", "confidence: 6", "out-of-range", 9),
        ("kind: recalled", "kind: guessed", "unknown-word", 10),
        ("    company: Acme\n", "", "missing-key", 2),
        ("year: 2020", "year: soon", "wrong-kind", 4),
        ("demo_mode", "demo_mod", "unknown-key", 11),
        ("[onsite, ship]", "[onsit]", "unknown-option", 11),
        ("buyer_type", "byer_type", "unknown-key", 6),
        ("cases:", "case:", "missing-key", 1),
        ("cases:", "cases: []\nx:", "unknown-key", 2),
    ],
)
def test_a_broken_case_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, code: str, line: int
) -> None:
    """Every mistake has its code and line."""
    assert ONE.count(old) == 1
    (tmp_path / "one.yaml").write_text(ONE.replace(old, new), encoding="utf-8")

    with pytest.raises(UserError) as caught:
        load_cases(tmp_path / "one.yaml", RULEBOOK)

    assert (code, line) in [(p.code, p.place.line) for p in caught.value.problems]


def test_an_id_stands_once(tmp_path: Path) -> None:
    """A second case with the same id names both places."""
    twice = ONE + ONE.removeprefix("cases:\n")
    (tmp_path / "one.yaml").write_text(twice, encoding="utf-8")

    with pytest.raises(UserError) as caught:
        load_cases(tmp_path, RULEBOOK)

    assert [p.code for p in caught.value.problems] == ["duplicate-id"]


def test_an_empty_folder_holds_no_cases(tmp_path: Path) -> None:
    """Nothing to judge is a problem, not a table of nothing."""
    with pytest.raises(UserError):
        load_cases(tmp_path, RULEBOOK)

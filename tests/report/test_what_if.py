"""What people see of what would change the advice, and of why; word for word."""

import pytest
from syrupy.assertion import SnapshotAssertion

from salesadvisor.report import what_if, why
from salesadvisor.rulebook.definitions import ModelId, QuestionId
from salesadvisor.text import Language, columns
from tests.report.given import RULEBOOK, Out, inquiry_into, what_if_on

FEW = "few, one a range"


def what_if_screen(name: str, language: Language, *vary: str, encoding: str = "utf-8") -> str:
    """Return the whole screen of `what-if`."""
    out = Out(encoding)
    what_if.render(what_if_on(name, *vary), RULEBOOK, language, out, color=False)
    return out.lines()


def why_screen(name: str, language: Language, what: str) -> str:
    """Return the whole screen of `why`."""
    out = Out()
    inquiry = inquiry_into(name)
    if what in RULEBOOK.model:
        why.render_model(inquiry, ModelId(what), language, out, color=False)
    elif what in RULEBOOK.question:
        why.render_question(inquiry, QuestionId(what), language, out, color=False)
    else:
        why.render_entry(inquiry, what, language, out, color=False)
    return out.lines()


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", ["agency", "corner_shop", "medical_robot"])
def test_what_if(name: str, language: Language, snapshot: SnapshotAssertion) -> None:
    """Points, rulers, pairs, weights and when to look again."""
    assert what_if_screen(name, language) == snapshot


@pytest.mark.parametrize("language", list(Language))
def test_what_if_on_few_answers(language: Language, snapshot: SnapshotAssertion) -> None:
    """Where the open answers may lead; along a range, options and a multiple choice."""
    screen = what_if_screen(FEW, language, "acv", "demo_mode", "regulation", "sellers")

    assert screen == snapshot


def test_ascii(snapshot: SnapshotAssertion) -> None:
    """A terminal without the signs gets plain ones."""
    screen = what_if_screen("agency", Language.EN, "acv", encoding="ascii")

    assert screen.replace("–", "").isascii()  # the stream puts plainer signs
    assert screen == snapshot


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("agency", "hybrid"),
        ("agency", "inside"),
        ("medical_robot", "inside"),
        ("corner_shop", "hybrid"),
        ("agency", "E06"),
        ("agency", "V02"),
        ("edtech", "H-A"),
        ("agency", "acv"),
    ],
)
def test_why(name: str, what: str, language: Language, snapshot: SnapshotAssertion) -> None:
    """A model that won, one that lost, one excluded; a rule, a veto, a pattern; a question."""
    assert why_screen(name, language, what) == snapshot


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("what", ["demo_mode", "E06", "outside"])
def test_why_on_few_answers(what: str, language: Language, snapshot: SnapshotAssertion) -> None:
    """A question not answered, a rule that is open, a model that can still win."""
    assert why_screen(FEW, language, what) == snapshot


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_wider_than_the_screen(
    width: int, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line fits, in both languages."""
    monkeypatch.setenv("COLUMNS", str(width))
    screens = [what_if_screen(FEW, language, *(q.id for q in RULEBOOK.questions))]
    screens += [why_screen("agency", language, what) for what in ("inside", "E06", "acv")]
    for screen in screens:
        assert max(map(columns, screen.split("\n"))) <= width


def test_too_few_answers_say_so() -> None:
    """Before there is advice there is nothing that could change it; no picture pretends."""
    assert "Too little is answered" in what_if_screen("a sum", Language.EN, "acv")
    assert "too little is answered" in why_screen("a sum", Language.EN, "hybrid")
    assert "acv" in why_screen("a sum", Language.EN, "acv")


@pytest.mark.parametrize("entry", RULEBOOK.entries, ids=lambda entry: entry.id)
def test_every_entry_can_be_explained(entry: object) -> None:
    """Each rule, veto and pattern: its parts, its numbers, what would turn it."""
    id = entry.id  # type: ignore[attr-defined]  # every entry has one
    for name in (FEW, "marketplace"):
        screen = why_screen(name, Language.EN, id)
        assert screen.startswith(id)

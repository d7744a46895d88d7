"""What people see of what would change the advice, and of why; word for word."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from salesadvisor.advice.what_if import ask_what_if
from salesadvisor.advice.why import Inquiry
from salesadvisor.report import what_if, why
from salesadvisor.rulebook.answers import Answers, answers_from_values, load_answers
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.definitions import ModelId, QuestionId
from salesadvisor.rulebook.folder import built_in_rules
from salesadvisor.text import Language, columns
from tests.report.test_screens import Out

RULEBOOK = load_rulebook()
FEW = {"acv": "20k..60k", "cycle_days": 40, "stakeholders": 3, "sellers": 2}


def example(name: str) -> Answers:
    """Return the answers of a shipped example."""
    return load_answers(Path(built_in_rules() / "examples" / f"{name}.yaml"), RULEBOOK)


def few() -> Answers:
    """Return few answers, one of them a range."""
    return answers_from_values(RULEBOOK, FEW)


@pytest.fixture(autouse=True)
def pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pin width and colour."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def what_if_screen(
    answers: Answers, language: Language, *vary: str, encoding: str = "utf-8"
) -> str:
    """Return the whole screen of `what-if`."""
    out = Out(encoding)
    found = ask_what_if(RULEBOOK, answers, [QuestionId(id) for id in vary])
    what_if.render(found, RULEBOOK, language, out, color=False)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


def why_screen(answers: Answers, language: Language, what: str) -> str:
    """Return the whole screen of `why`."""
    out = Out()
    inquiry = Inquiry(RULEBOOK, answers)
    if what in RULEBOOK.model:
        why.render_model(inquiry, ModelId(what), language, out, color=False)
    elif what in RULEBOOK.question:
        why.render_question(inquiry, QuestionId(what), language, out, color=False)
    else:
        why.render_entry(inquiry, what, language, out, color=False)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", ["agency", "corner_shop", "medical_robot"])
def test_what_if(name: str, language: Language, snapshot: SnapshotAssertion) -> None:
    """Points, rulers, pairs, weights and when to look again."""
    assert what_if_screen(example(name), language) == snapshot


@pytest.mark.parametrize("language", list(Language))
def test_what_if_on_few_answers(language: Language, snapshot: SnapshotAssertion) -> None:
    """Where the open answers may lead; along a range, options and a multiple choice."""
    screen = what_if_screen(few(), language, "acv", "demo_mode", "regulation", "sellers")

    assert screen == snapshot


def test_ascii(snapshot: SnapshotAssertion) -> None:
    """A terminal without the signs gets plain ones."""
    screen = what_if_screen(example("agency"), Language.EN, "acv", encoding="ascii")

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
    assert why_screen(example(name), language, what) == snapshot


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("what", ["demo_mode", "E06", "outside"])
def test_why_on_few_answers(what: str, language: Language, snapshot: SnapshotAssertion) -> None:
    """A question not answered, a rule that is open, a model that can still win."""
    assert why_screen(few(), language, what) == snapshot


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_wider_than_the_screen(
    width: int, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line fits, in both languages."""
    monkeypatch.setenv("COLUMNS", str(width))
    screens = [what_if_screen(few(), language, *(q.id for q in RULEBOOK.questions))]
    screens += [why_screen(example("agency"), language, what) for what in ("inside", "E06", "acv")]
    for screen in screens:
        assert max(map(columns, screen.split("\n"))) <= width


def test_too_few_answers_say_so() -> None:
    """Before there is advice there is nothing that could change it; no picture pretends."""
    answers = answers_from_values(RULEBOOK, {"acv": 20_000})

    assert "Too little is answered" in what_if_screen(answers, Language.EN, "acv")
    assert "too little is answered" in why_screen(answers, Language.EN, "hybrid")
    assert "acv" in why_screen(answers, Language.EN, "acv")


@pytest.mark.parametrize("entry", RULEBOOK.entries, ids=lambda entry: entry.id)
def test_every_entry_can_be_explained(entry: object) -> None:
    """Each rule, veto and pattern: its parts, its numbers, what would turn it."""
    id = entry.id  # type: ignore[attr-defined]  # every entry has one
    for answers in (few(), example("marketplace")):
        screen = why_screen(answers, Language.EN, id)
        assert screen.startswith(id)

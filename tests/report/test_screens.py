"""What people see, word for word."""

import pytest
from syrupy.assertion import SnapshotAssertion

from salesadvisor.advice.definitions import Advice
from salesadvisor.advice.explanation import advise
from salesadvisor.report import comparison, entry, markdown, question, table
from salesadvisor.rulebook.comparison import load_comparison
from salesadvisor.rulebook.folder import built_in_rules, read_folder
from salesadvisor.text import Language, columns
from tests.report.given import EXAMPLES, PARTIAL, RULEBOOK, Out, advice_on


def screen(advice: Advice, language: Language, encoding: str = "utf-8") -> str:
    """Return the whole screen."""
    out = Out(encoding)
    table.render(advice, RULEBOOK, language, out, color=False)
    return out.lines().replace(str(built_in_rules()), "rules")


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name: str, language: Language, snapshot: SnapshotAssertion) -> None:
    """The advice for each example, in both languages."""
    assert screen(advice_on(name), language) == snapshot


@pytest.mark.parametrize("language", list(Language))
def test_partial_answers(language: Language, snapshot: SnapshotAssertion) -> None:
    """With little known, the screen says what is open."""
    assert screen(advice_on("partial"), language) == snapshot


def test_too_few_answers(snapshot: SnapshotAssertion) -> None:
    """With hardly anything known, it says so and asks for more."""
    assert screen(advise(RULEBOOK, {"acv": 5}), Language.EN) == snapshot


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_fits_one_screen(name: str) -> None:
    """100 columns by 40 lines hold the verdict, its reasons and what would change it.

    Figures, lines, second opinions and notes follow: two screens hold everything.
    """
    for language, firm in ((Language.EN, "Stability "), (Language.ZH, "稳定度 ")):
        shown = screen(advice_on(name), language)
        assert shown[: shown.index(firm)].count("\n") < 40
        assert shown.count("\n") <= 72


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_wider_than_the_terminal(
    width: int, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is cut, and none is wider than it may be, Chinese characters counted twice."""
    monkeypatch.setenv("COLUMNS", str(width))
    shown = screen(advice_on("medical_robot"), language)

    lines = shown.rstrip().split("\n")[:-1]  # the last is a command to copy, never broken
    assert max(columns(line) for line in lines) <= width
    assert "…" not in shown


@pytest.mark.parametrize("wanted", ["0", "abc", "", "-5"])
def test_odd_widths_are_ignored(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A width that is none leaves the usual one."""
    normal = screen(advice_on("devtool"), Language.EN)
    monkeypatch.setenv("COLUMNS", wanted)

    assert screen(advice_on("devtool"), Language.EN) == normal


def test_ascii_only(snapshot: SnapshotAssertion) -> None:
    """Where the terminal holds ASCII only, bars and rules are ASCII."""
    shown = screen(advice_on("devtool"), Language.EN, "ascii")
    ours = shown.replace("·", "").replace("–", "")  # the stream puts plainer signs

    assert ours.isascii()
    assert shown == snapshot


def test_names_are_never_markup(snapshot: SnapshotAssertion) -> None:
    """Markup, emoji codes and escape characters in a name are shown, not obeyed."""
    name = "[bold red]x[/] [/y] :smile: \u202e [link=http://a]b"

    shown = screen(advise(RULEBOOK, {**PARTIAL, "name": name}), Language.EN)

    assert shown.split("\n")[0] == "[bold red]x[/] [/y] :smile: \\u202e [link=http://a]b"


def test_markdown(snapshot: SnapshotAssertion) -> None:
    """The advice as Markdown, with a name that tries to be some."""
    out = Out()
    markdown.render(advise(RULEBOOK, {**PARTIAL, "name": "*x* | <b>"}), RULEBOOK, Language.EN, out)

    assert out.getvalue() == snapshot


@pytest.mark.parametrize("language", list(Language))
def test_comparison(language: Language, snapshot: SnapshotAssertion) -> None:
    """The models side by side."""
    out = Out()
    sections = load_comparison(read_folder(None), RULEBOOK)
    comparison.render_table(sections, RULEBOOK.models, language, out, color=False)

    assert out.lines() == snapshot


@pytest.mark.parametrize(
    "id",
    [
        "Y01",
        "V03",
        "H-A",
        "N07",
        "D1",
        "gp_life",
        "hurdle",
        "BG2017",
        "hybrid",
        "H-S",
        "toast-2021",
    ],
)
def test_entries(id: str, snapshot: SnapshotAssertion) -> None:
    """One entry of each kind in full."""
    out = Out()
    entry.render_one(id, entry.entries_of(RULEBOOK)[id], RULEBOOK, Language.EN, out, color=False)

    assert out.lines() == snapshot


@pytest.mark.parametrize("language", list(Language))
def test_lists(language: Language, snapshot: SnapshotAssertion) -> None:
    """All rules, and all questions."""
    rules, questions = Out(), Out()
    entry.render_list(RULEBOOK, language, rules, color=False)
    question.render_list(RULEBOOK, language, questions, color=False)

    assert rules.lines() + questions.lines() == snapshot

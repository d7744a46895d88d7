"""The interview in a real terminal, keys pressed as a person would."""

import re
import signal
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path

import pexpect
import pytest

COMMAND = str(Path(sys.executable).with_name("salesadvisor"))
DOWN, ENTER, CTRL_B, CTRL_C, CTRL_D = "\x1b[B", "\r", "\x02", "\x03", "\x04"


class Terminal:
    """A pseudo-terminal with an interview in it."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
        self.child = pexpect.spawn(
            COMMAND, list(arguments), cwd=str(folder), env=dict(environment), encoding="utf-8",
            dimensions=(40, 100), timeout=30,
        )  # fmt: skip

    def see(self, text: str) -> None:
        """Wait until `text` is on the screen."""
        self.child.expect(re.escape(text))

    def press(self, keys: str) -> None:
        """Press keys."""
        self.child.send(keys)

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        code = self.child.exitstatus
        assert code is not None, f"killed by signal {self.child.signalstatus}"
        return code

    def is_sane(self) -> bool:
        """Whether the terminal echoes, edits lines and takes signals."""
        flags = termios.tcgetattr(self.child.child_fd)[3]
        return all(flags & flag for flag in (termios.ECHO, termios.ICANON, termios.ISIG))


Start = Callable[..., Terminal]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder."""
    return tmp_path


@pytest.fixture
def start(folder: Path, environment: dict[str, str]) -> Start:
    """Return a function that starts an interview in the folder."""

    def start_interview(*arguments: str, **variables: str) -> Terminal:
        given = {**environment, "PROMPT_TOOLKIT_NO_CPR": "1", **variables}
        del given["COLUMNS"]  # a terminal knows its width
        return Terminal(folder, given, *arguments)

    return start_interview


def saved(folder: Path, name: str = "answers.yaml") -> str:
    """Return the saved file."""
    return (folder / name).read_text(encoding="utf-8")


def test_a_whole_first_round(start: Start, folder: Path) -> None:
    """Name, numbers with units, a wrong answer, menus, don't know, why, stop, review, advice."""
    terminal = start()
    terminal.see("What shall we call this company?")
    terminal.press("Acme" + ENTER)
    terminal.see("how many days pass")
    terminal.press("6 moons" + ENTER)
    terminal.see("is not a unit of")
    terminal.press("\x15" + "6 weeks" + ENTER)
    terminal.see("= 42 days")
    terminal.see("What must the buyer experience")
    terminal.press("w")
    terminal.see("Rules that hang on it")
    terminal.press(DOWN + ENTER)
    terminal.see("asked to meet before they signed")
    terminal.press("?")
    terminal.see("with how many do you speak")
    terminal.press("1" + ENTER)
    terminal.see("could one person see")
    terminal.press("2" + ENTER)
    terminal.see("In which currency")
    terminal.press(ENTER)
    terminal.see("pay you in a year")
    terminal.press("20k-60k" + ENTER)
    terminal.see("How different are your customers")
    terminal.press("1" + ENTER)
    terminal.see("What would one field seller cost")
    terminal.press("?" + ENTER)
    terminal.see("A first verdict.")
    terminal.press(DOWN + ENTER)
    terminal.see("Choose one to change it.")
    terminal.press(ENTER)
    terminal.see("Your answers are in answers.yaml")

    assert terminal.end() == 0
    text = saved(folder)
    for line in (
        'name: "Acme"',
        "cycle_days: 6 weeks",
        "demo_mode: screen",
        "buyer_preference: unknown",
        "acv: 20k-60k",
    ):
        assert line in text


def test_back_by_key_and_by_sign(start: Start, folder: Path) -> None:
    """Ctrl-B and `<` return to the earlier question with its answer to edit."""
    terminal = start()
    terminal.see("call this company?")
    terminal.press(ENTER)
    terminal.see("how many days pass")
    terminal.press("10" + ENTER)
    terminal.see("What must the buyer experience")
    terminal.press(CTRL_B)
    terminal.see("how many days pass")
    terminal.press("\x15" + "20" + ENTER)
    terminal.see("= 20 days")
    terminal.see("What must the buyer experience")
    terminal.press("<")
    terminal.see("how many days pass")
    terminal.press(ENTER)
    terminal.see("What must the buyer experience")
    terminal.press(CTRL_C)
    terminal.see("interview --resume")

    assert terminal.end() == 130
    assert "cycle_days: 20" in saved(folder)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (CTRL_C, 130),
        (CTRL_D, 130),
        (signal.SIGINT, 130),
        (signal.SIGTERM, 143),
        (signal.SIGHUP, 129),
    ],
    ids=["Ctrl-C", "Ctrl-D", "SIGINT", "SIGTERM", "SIGHUP"],
)
@pytest.mark.parametrize("menu", [False, True], ids=["typing", "menu"])
def test_stopping_leaves_a_sane_terminal_and_a_file_to_resume(
    start: Start,
    folder: Path,
    how: str | signal.Signals,
    code: int,
    menu: bool,
) -> None:
    """However it is stopped: answers kept, terminal as before, and it says how to go on."""
    terminal = start()
    terminal.see("call this company?")
    terminal.press("Acme" + ENTER)
    terminal.see("how many days pass")
    terminal.see("don't know")  # now it reads keys: before, Ctrl-D would end nothing
    if menu:
        terminal.press("10" + ENTER)
        terminal.see("A live demo on a screen")
    if isinstance(how, signal.Signals):
        terminal.child.kill(how)
    else:
        terminal.press(how)
    terminal.see("salesadvisor interview --resume --save answers.yaml")

    assert terminal.is_sane()
    assert terminal.end() == code
    assert ("cycle_days: 10" if menu else 'name: "Acme"') in saved(folder)


def test_resuming_goes_on_where_it_stopped(start: Start, folder: Path) -> None:
    """`--resume` begins with the first question that was not asked."""
    (folder / "answers.yaml").write_text("name: Acme\ncycle_days: unknown\n", encoding="utf-8")
    terminal = start("interview", "--resume")
    terminal.see("What must the buyer experience")
    terminal.press(CTRL_C)

    assert terminal.end() == 130


def test_a_new_interview_keeps_the_old_file(start: Start, folder: Path) -> None:
    """Answers that exist are never overwritten: the new ones get a name of their own."""
    (folder / "answers.yaml").write_text("acv: 5\n", encoding="utf-8")
    terminal = start()
    terminal.see("these answers go to answers-2.yaml")
    terminal.see("call this company?")
    terminal.press("B" + ENTER)
    terminal.see("how many days pass")
    terminal.press(CTRL_C)
    terminal.end()

    assert saved(folder) == "acv: 5\n"
    assert 'name: "B"' in saved(folder, "answers-2.yaml")


def test_in_chinese(start: Start, folder: Path) -> None:
    """Questions, keys, units and messages are Chinese; nothing of the library's English shows."""
    terminal = start("interview", "--lang", "zh")
    terminal.see("这家公司怎么称呼？")
    terminal.press("阿克米" + ENTER)
    terminal.see("要多少天？")
    terminal.press("3个月" + ENTER)
    terminal.see("= 90 天")
    terminal.see("至少要怎样体验产品？")
    terminal.press(CTRL_B)
    terminal.see("要多少天？")
    terminal.press("\x15很多" + ENTER)
    terminal.see("不是数字，也不是区间")
    terminal.press("\x15" + "2到4" + ENTER)
    terminal.see("= 2–4 天")
    terminal.see("至少要怎样体验产品？")
    before = terminal.child.before or ""
    terminal.press(CTRL_C)
    terminal.see("继续请运行")

    assert terminal.end() == 130
    assert "Use arrow keys" not in before
    assert 'name: "阿克米"' in saved(folder)


def test_several_options(start: Start, folder: Path) -> None:
    """`m` turns a menu into boxes to tick: one of these, I don't know which."""
    (folder / "answers.yaml").write_text("name: A\ncycle_days: 10\n", encoding="utf-8")
    terminal = start("interview", "--resume")
    terminal.see("What must the buyer experience")
    terminal.press("m")
    terminal.see("Space marks")
    terminal.press(DOWN + " " + DOWN + " " + ENTER)
    terminal.see("asked to meet before they signed")
    terminal.press(CTRL_C)
    terminal.end()

    assert "demo_mode: [screen, ship]" in saved(folder)


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {}], ids=["dumb", "plain"])
def test_line_by_line(start: Start, folder: Path, variables: dict[str, str]) -> None:
    """Without cursor keys the questions come as numbered lines, without an escape character."""
    terminal = start("interview", *(() if variables else ("--plain",)), **variables)
    terminal.see("call this company?")
    terminal.press("Acme\n")
    terminal.see("how many days pass")
    terminal.press("soon\n")
    terminal.see("is not a number or a range")
    terminal.press("6 weeks\n")
    terminal.see("2) A live demo on a screen")
    terminal.press("9\n")
    terminal.see("is not a number from 1 to 5")
    terminal.press("2,3\n")
    terminal.see("asked to meet before they signed")
    shown = terminal.child.before or ""
    terminal.press(CTRL_C)
    terminal.see("Stopped.")

    assert terminal.end() == 130
    assert "\x1b" not in shown
    assert "demo_mode: [screen, ship]" in saved(folder)

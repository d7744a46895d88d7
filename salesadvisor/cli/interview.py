"""`salesadvisor interview`: asks, saves each answer, ends with the advice."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from salesadvisor.cli.options import LangOption, PlainColorOption, ProblemsOption, RulesOption
from salesadvisor.cli.streams import SESSION, Page, ProblemsFormat, emit, result_page, tell
from salesadvisor.interview.stopping import Interrupted, Stop
from salesadvisor.text import Text

if TYPE_CHECKING:
    from salesadvisor.advice.definitions import Advice
    from salesadvisor.interview.dialogue import Voice
    from salesadvisor.interview.prompts import Asker
    from salesadvisor.interview.session import Session
    from salesadvisor.rulebook.definitions import Rulebook

DEFAULT_FILE = Path("answers.yaml")


def has_terminal() -> bool:
    """Return whether there is somebody to ask."""
    return _is_terminal(sys.stdin) and (_is_terminal(sys.stdout) or _is_terminal(sys.stderr))


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def interview(
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE", help="Where the answers go (answers.yaml)."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the answers in that file.")
    ] = False,
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="Ask again, with that file's answers as defaults."
        ),
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Ask everything, without a stop at the first verdict.")
    ] = False,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain", help="Numbered lines: no cursor keys; answers may come from a pipe."
        ),
    ] = False,
    rules: RulesOption = None,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next two
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """Ask the questions one by one, and end with the advice and a saved answer file.

    At every question: `?` don't know, `<` or Ctrl-B back, `w` why we ask, Ctrl-C stop (answers
    are kept). Numbers may be ranges and have units: 6 weeks, 20k-60k.

    \b
    Examples:
      salesadvisor interview
      salesadvisor interview --resume --lang zh
    """
    start(save, resume=resume, from_=from_, ask_all=all_, plain=plain, rules=rules)


def start(
    save: Path | None = None,
    *,
    resume: bool = False,
    from_: Path | None = None,
    ask_all: bool = False,
    plain: bool = False,
    rules: Path | None = None,
) -> None:
    """Run an interview.

    Raises:
        typer.Exit: there is no terminal, or it was interrupted.
    """
    if resume and from_ is not None:
        raise typer.BadParameter(
            "--resume goes on with a file, --from starts anew: take one of them"
        )
    dumb = os.environ.get("TERM", "") in ("", "dumb")
    if not plain and not has_terminal():
        tell(
            Text(
                "the interview needs a terminal. Without one: `salesadvisor template > answers.yaml`, "
                "then `salesadvisor advise answers.yaml`; or answer line by line with `--plain`",
                "访谈需要终端。没有终端时：先 `salesadvisor template > answers.yaml`，"
                "再 `salesadvisor advise answers.yaml`；或用 `--plain` 逐行回答",
            )[SESSION.language]
        )
        raise typer.Exit(2)
    from salesadvisor.interview.dialogue import Dialogue
    from salesadvisor.interview.session import free_path, new_session, resume_session
    from salesadvisor.report import table
    from salesadvisor.rulebook.cache import load_rulebook

    rulebook = load_rulebook(rules)
    language = SESSION.language
    path = save or DEFAULT_FILE
    if resume:
        session = resume_session(path, rulebook)
    else:
        session = new_session(free_path(path), rulebook)
        if session.path != path:
            tell(
                Text(
                    f"{path} exists and stays as it is; these answers go to {session.path}.",
                    f"{path} 已存在，保持不变；这次的回答存到 {session.path}。",
                )[language]
            )
    defaults = _defaults(from_, rulebook)
    stop = Stop()
    asker = _asker(stop, plain=plain or dumb)
    asker.say(_welcome(session)[language])
    try:
        with stop.listening(), _terminal(plain=plain or dumb):
            dialogue = Dialogue(
                session, asker, _voice(rulebook), language, defaults=defaults, ask_all=ask_all
            )
            advice = dialogue.run()
    except (KeyboardInterrupt, EOFError) as ended:
        if isinstance(ended, EOFError) and not _is_terminal(sys.stdin):
            tell("\n" + Text("The input ended too early.", "输入提前结束了。")[language])
            tell(_farewell(session)[language])
            raise typer.Exit(1) from None
        tell("\n" + _farewell(session)[language])
        raise typer.Exit(ended.code if isinstance(ended, Interrupted) else 130) from None
    page = result_page()
    page.write("\n")
    table.render(advice, rulebook, language, page, color=SESSION.color)
    emit(page.getvalue())
    shown = _quoted(session.path)
    tell(
        Text(
            f"Your answers are in {session.path}. Change them there, or here:\n"
            f"  salesadvisor advise {shown}\n  salesadvisor interview --resume --save {shown}",
            f"回答已保存在 {session.path}。可以直接改文件，也可以：\n"
            f"  salesadvisor advise {shown}\n  salesadvisor interview --resume --save {shown}",
        )[language]
    )


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))


def _welcome(session: "Session") -> Text:
    return Text(
        "A few questions about how you sell; the first ones take about two minutes.\n"
        f"Every answer is saved in {session.path} at once. Ctrl-C stops; nothing is lost.",
        "下面是几个关于怎么卖的问题，先问的几题大约两分钟。\n"
        f"每个回答都立刻存到 {session.path}。按 Ctrl-C 可以停下，什么都不会丢。",
    )


def _farewell(session: "Session") -> Text:
    shown = _quoted(session.path)
    if not session.path.exists():
        return Text(
            "Stopped before the first answer; nothing was saved.",
            "还没回答就停下了，没有保存任何内容。",
        )
    return Text(
        f"Stopped. Your answers are in {session.path}. Go on with:\n"
        f"  salesadvisor interview --resume --save {shown}",
        f"已停下。回答保存在 {session.path}。继续请运行：\n"
        f"  salesadvisor interview --resume --save {shown}",
    )


def _defaults(path: Path | None, rulebook: "Rulebook") -> dict[str, str]:
    """Return the answers in the file at `path`, as they are written."""
    if path is None:
        return {}
    from salesadvisor.rulebook.answers import load_answers
    from salesadvisor.rulebook.writing import write_answer

    answers = load_answers(path, rulebook)
    found: dict[str, str] = {
        id: write_answer(answers.values[id], rulebook.question[id]) for id in answers.answered
    }
    return {**found, "name": answers.name, "currency": answers.money.currency}


def _asker(stop: Stop, *, plain: bool) -> "Asker":
    if plain:
        from salesadvisor.interview.line_prompt import LineAsker

        return LineAsker(sys.stdin, sys.stderr, SESSION.language)
    from salesadvisor.interview.terminal_prompt import TerminalAsker

    out = sys.stdout if _is_terminal(sys.stdout) else sys.stderr
    return TerminalAsker(out, SESSION.language, stop, color=SESSION.color)


def _terminal(*, plain: bool) -> AbstractContextManager[None]:
    if plain:
        return nullcontext()  # lines are read as the terminal gives them; its mode stays
    from salesadvisor.interview.terminal_prompt import restored_terminal

    return restored_terminal()


def _voice(rulebook: "Rulebook") -> "Voice":
    from salesadvisor.interview.dialogue import Voice
    from salesadvisor.report import table
    from salesadvisor.report.wording import leaning_sentence

    language = SESSION.language

    def verdict(advice: "Advice") -> str:
        page = Page(sys.stdout if _is_terminal(sys.stdout) else sys.stderr)
        table.render(advice, rulebook, language, page, color=SESSION.color, brief=True)
        return page.getvalue().rstrip("\n")

    return Voice(
        leaning=lambda advice: leaning_sentence(advice, rulebook)[language], verdict=verdict
    )

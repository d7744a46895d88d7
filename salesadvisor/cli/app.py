"""The commands, and what their ends mean to a shell."""

import errno
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import Annotated, NoReturn

import typer

from salesadvisor.cli.streams import SESSION, tell, tell_problems
from salesadvisor.problems import Interrupted, UserError
from salesadvisor.text import Text

# The commands in the order of the help; each is a function of the same name in its module.
COMMANDS = (
    "interview",
    "advise",
    "what-if",
    "why",
    "plan",
    "commission",
    "batch",
    "compare",
    "questions",
    "template",
    "check",
    "rules",
)


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """Return the commands that `arguments` may need.

    A command line that begins with the name of a command needs that one alone: importing the
    others would take longer than giving advice. Help, completion and mistakes need all.
    """
    app = typer.Typer(
        name="salesadvisor",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(main)
    named = arguments[0] if arguments else ""
    for command in (named,) if named in COMMANDS and not _completing() else COMMANDS:
        name = command.replace("-", "_")
        module = import_module(f"salesadvisor.cli.{name}")
        if command == "rules":
            app.add_typer(module.app, name=command)
        else:
            app.command(command)(getattr(module, name))
    return app


def _completing() -> bool:
    return any(name.endswith("_COMPLETE") for name in os.environ)


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import version  # slow, and only this asks for it

        typer.echo(f"salesadvisor {version('salesadvisor')}")
        raise typer.Exit


def main(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 -- read by its callback
        bool,
        typer.Option(
            "--version", "-V", callback=_show_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Should you sell from a desk, in the field, or both?

    Interviews you, evaluates a rulebook you can read and edit, and shows its reasons. 中文：加上 --lang zh。

    \b
    Examples:
      salesadvisor                                   the interview
      salesadvisor advise answers.yaml               advice for a file of answers
      salesadvisor template > answers.yaml           a file to fill in

    \b
    Exit codes:
      0 done   1 the input is wrong, or a check found something   2 wrong usage
      3 a bug of ours   130 interrupted   143 terminated
    """
    if context.invoked_subcommand is not None:
        return
    from salesadvisor.cli import interview

    if interview.has_terminal():
        interview.start()
        return
    tell(
        Text(
            "salesadvisor asks its questions on a terminal, and there is none here.\n"
            "  salesadvisor template > answers.yaml    a file to fill in\n"
            "  salesadvisor advise answers.yaml        advice for it\n"
            "  salesadvisor interview --plain          questions line by line\n"
            "  salesadvisor --help                     everything else",
            "salesadvisor 要在终端里提问，这里没有终端。\n"
            "  salesadvisor template > answers.yaml    生成可填写的文件\n"
            "  salesadvisor advise answers.yaml        根据文件给出建议\n"
            "  salesadvisor interview --plain          逐行提问\n"
            "  salesadvisor --help                     其他命令",
        )[SESSION.language]
    )
    raise typer.Exit(2)


class Ended(BaseException):
    """A signal asked the program to end; carries the exit code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__()


_asked_to_end: list[int] = []
"""The exit codes of signals that came: a library may put an error of its own in the place of ours."""


def _end(number: int, _: FrameType | None) -> NoReturn:
    _asked_to_end.append(128 + number)
    raise Ended(128 + number)


def run() -> None:
    """Run the command line; every exit code is decided here."""
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, _end)
    for stream in (sys.stdout, sys.stderr):
        # Text that the terminal can't hold is spelled out, never a crash, never lost.
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        build_app(sys.argv[1:])()
    except UserError as error:
        tell_problems(error)
        sys.exit(1)
    except Ended as ended:
        sys.exit(ended.code)
    except Interrupted:
        sys.exit(_asked_to_end[0] if _asked_to_end else 130)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO, errno.EPIPE, errno.EBADF):
            _report_bug(error)
        tell(f"<stdout>: {error.strerror} [cannot-write]")
        sys.exit(1)
    except MemoryError:
        tell(Text("salesadvisor: not enough memory", "salesadvisor：内存不足")[SESSION.language])
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 -- the one place where bugs end
        _report_bug(error)


def _report_bug(error: Exception) -> NoReturn:
    if os.environ.get("SALESADVISOR_DEBUG"):
        traceback.print_exc()
    tell(
        f"salesadvisor: this is a bug of ours: {type(error).__name__}: {error}\n"
        "hint: SALESADVISOR_DEBUG=1 shows where; please report it"
    )
    sys.exit(3)

"""Questions on a real terminal, with arrow keys.

The library underneath hides Ctrl-C behind an empty answer, has no way back and no way to say "I
don't know"; so each question goes through `_ask`, which adds those keys and lets Ctrl-C out.
"""

import asyncio
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any, TextIO

import questionary
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.output import create_output
from prompt_toolkit.styles import Style

from salesadvisor.interview.prompts import Move, Prompt, is_unknown
from salesadvisor.interview.stopping import Interrupted, Stop
from salesadvisor.text import Language, Text, fold, visible


class _Key(Enum):
    """Keys that are neither an answer nor a move."""

    WHY = "why"
    SEVERAL = "several"


_SHORTCUTS = "123456789abcdefghilnopqrstuvxyz"
_STYLE = Style.from_dict(
    {
        "qmark": "fg:ansicyan bold",
        "pointer": "fg:ansicyan bold",
        "highlighted": "fg:ansicyan bold",
        "instruction": "fg:ansibrightblack",
    }
)
_PLAIN = Style.from_dict({"qmark": "bold", "pointer": "bold", "highlighted": "bold"})


def keys_of(count: int) -> list[str | None]:
    """Return a key for each of so many options; none where there are more than keys."""
    return list(_SHORTCUTS[:count]) if count < len(_SHORTCUTS) else [None] * count


@contextmanager
def restored_terminal() -> Iterator[None]:
    """Leave the terminal as it was found, even if a signal strikes while its mode is changed.

    Each prompt restores what it changed; but a handler may raise between the change and the
    prompt's own note of it.
    """
    try:
        import termios
    except ImportError:  # Windows: the library keeps the console's mode itself
        yield
        return
    keyboard = sys.stdin.fileno()
    found = termios.tcgetattr(keyboard)
    try:
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, found)
        output = create_output(always_prefer_tty=True)
        output.show_cursor()
        output.disable_bracketed_paste()
        output.flush()


class TerminalAsker:
    """Asks with menus and edit lines; everything else is written to `out`."""

    def __init__(self, out: TextIO, language: Language, stop: Stop, *, color: bool) -> None:
        self.out = out
        self.stop = stop
        self.language = language
        self.style = _STYLE if color else _PLAIN
        self.bold, self.dim, self.off = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if color else ("", "", "")

    def say(self, words: str) -> None:
        """Show a line or more."""
        self.out.write(words + "\n")
        self.out.flush()

    def _wrapped(self, words: str) -> str:
        return "\n".join(fold(words, max(30, min(100, shutil.get_terminal_size().columns - 2))))

    def ask(self, prompt: Prompt) -> str | Move:
        """Return the answer as it is written in an answer file, or a move."""
        self.say("")
        self.say(f"{self.dim}{visible(prompt.heading)}{self.off}")
        self.say(f"{self.bold}{self._wrapped(prompt.words)}{self.off}")
        if prompt.help:
            self.say(f"{self.dim}{self._wrapped(prompt.help)}{self.off}")
        several = prompt.several
        while True:
            if not prompt.options:
                reply = self._typed(prompt)
            elif several:
                reply = self._several(prompt)
            else:
                reply = self._one(prompt)
            if reply is _Key.WHY:
                self.say(self._wrapped(prompt.why))
            elif reply is _Key.SEVERAL:
                several = True
            elif isinstance(reply, (str, Move)):
                return reply

    def _typed(self, prompt: Prompt) -> str | Move | _Key:
        keys = Text("? don't know  < back  w why", "? 不知道  < 返回  w 为什么问")
        text = prompt.current
        while True:
            question = questionary.text(
                "",
                default=visible(text),
                qmark=">",
                instruction=f"({keys[self.language]}) ",
                style=self.style,
                output=create_output(always_prefer_tty=True),
            )
            reply = self._ask(question, moves={})
            if isinstance(reply, Move):
                return reply
            text = str(reply).strip()
            if text == "<":
                return Move.BACK
            if text.lower() in ("w", "why"):
                return _Key.WHY
            if prompt.optional and not text:
                return ""
            if text == "?" or (text and is_unknown(text)):
                return Move.UNKNOWN
            problem = (
                prompt.check(text)
                if text
                else Text("an answer is needed, or ?", "请回答，或输入 ?")[self.language]
            )
            if problem is None:
                return text
            # Under the line that it is about; what was typed comes back to be mended.
            self.say(self._wrapped(f"  {visible(problem)}"))

    def _one(self, prompt: Prompt) -> str | Move | _Key:
        ids = list(prompt.options)
        choices = [
            questionary.Choice(label, value=id, shortcut_key=key)
            for key, (id, label) in zip(keys_of(len(ids)), prompt.options.items(), strict=True)
        ]
        kept = prompt.current if prompt.current and prompt.current not in ids else ""
        if kept:
            keep = Text(f"as it is: {kept}", f"保持不变：{kept}")[self.language]
            choices.insert(0, questionary.Choice(keep, value=kept, shortcut_key="0"))
        keys = Text(
            "? don't know  < back  w why  m one of several",
            "? 不知道  < 返回  w 为什么问  m 几项之一，拿不准",
        )
        question = questionary.select(
            "", choices, default=prompt.current if prompt.current in ids else None, qmark=">",
            instruction=f"({keys[self.language]})", use_shortcuts=len(ids) < len(_SHORTCUTS), use_jk_keys=False,
            style=self.style, output=create_output(always_prefer_tty=True),
        )  # fmt: skip
        return self._ask(  # type: ignore[no-any-return]  # an id, a move or a key
            question,
            moves={"?": Move.UNKNOWN, "<": Move.BACK, "w": _Key.WHY, "m": _Key.SEVERAL},
        )

    def _several(self, prompt: Prompt) -> str | Move | _Key:
        current = [w.strip() for w in prompt.current.strip("[]").split(",") if w.strip()]
        choices = [
            questionary.Choice(label, value=id, checked=id in current)
            for id, label in prompt.options.items()
        ]

        def accept(chosen: list[str]) -> bool | str:
            if not chosen:
                return Text("Space marks an option; ? if you don't know", "空格键选中；不知道按 ?")[
                    self.language
                ]
            if prompt.exclusive in chosen and len(chosen) > 1:
                label = prompt.options[prompt.exclusive]
                return Text(f"`{label}` excludes the others", f"选了“{label}”就不能再选其他项")[
                    self.language
                ]
            return True

        keys = Text(
            "Space marks, Enter ends  ? don't know  < back  w why",
            "空格选中，回车结束  ? 不知道  < 返回  w 为什么问",
        )
        question = questionary.checkbox(
            "", choices, qmark=">", instruction=f"({keys[self.language]})", validate=accept,
            style=self.style, use_jk_keys=False, output=create_output(always_prefer_tty=True),
            erase_when_done=True,  # it would leave "done (2 selections)", and not which
        )  # fmt: skip
        reply = self._ask(question, moves={"?": Move.UNKNOWN, "<": Move.BACK, "w": _Key.WHY})
        if not isinstance(reply, list):
            return reply  # type: ignore[no-any-return]  # a move or a key
        joined = (Text(", ", "、") if prompt.several else Text(" or ", " 或 "))[self.language]
        self.say(self._wrapped("> " + joined.join(prompt.options[id] for id in reply)))
        if len(reply) == 1 and not prompt.several:
            return str(reply[0])
        if (
            sorted(reply) == sorted(w for w in current if not w.endswith("?"))
            and "?" in prompt.current
        ):
            return prompt.current  # the unsure options stay as they were
        return f"[{', '.join(reply)}]"

    def choose(self, words: str, choices: Mapping[str, str]) -> str | Move:
        """Return the id of the choice taken, or a move."""
        self.say("")
        listed = [questionary.Choice(visible(label), value=id) for id, label in choices.items()]
        arrows = Text("arrow keys, Enter  < back", "方向键选择，回车确认  < 返回")[self.language]
        question = questionary.select(
            words, listed, qmark=">", instruction=f"({arrows})", use_jk_keys=False,
            style=self.style, output=create_output(always_prefer_tty=True),
        )  # fmt: skip
        return self._ask(question, moves={"<": Move.BACK})  # type: ignore[no-any-return]  # an id or a move

    def _ask(self, question: questionary.Question, moves: Mapping[str, Move | _Key]) -> Any:  # noqa: ANN401 -- what the library's question answers with
        keys = KeyBindings()

        def leave_with(move: Move | _Key) -> Any:  # noqa: ANN401 -- a key handler
            def handler(event: KeyPressEvent) -> None:
                event.app.exit(result=move)

            return handler

        for key, move in moves.items():
            keys.add(key, eager=True)(leave_with(move))
        keys.add("c-b", eager=True)(leave_with(Move.BACK))

        @keys.add("c-z", eager=True)
        def suspend(event: KeyPressEvent) -> None:
            event.app.suspend_to_background()

        @keys.add("<sigint>", eager=True)
        def interrupt(event: KeyPressEvent) -> None:
            # Ctrl-C before the terminal gives it as a key, or `kill -INT`: else nothing happens.
            event.app.exit(exception=KeyboardInterrupt)

        @keys.add("c-d", eager=True)
        def leave(event: KeyPressEvent) -> None:
            event.app.exit(exception=EOFError)

        app = question.application
        app.key_bindings = (
            merge_key_bindings([app.key_bindings, keys]) if app.key_bindings else keys
        )

        def end() -> None:
            if app.future is not None and not app.future.done():
                app.exit(exception=Interrupted(self.stop.code or 130))

        def started() -> None:
            loop = asyncio.get_running_loop()
            self.stop.wake = lambda: loop.call_soon_threadsafe(end)  # type: ignore[assignment]  # its handle is of no use
            if self.stop.code is not None:
                end()

        app.pre_run_callables.append(started)
        try:
            return question.unsafe_ask()
        finally:
            self.stop.wake = None

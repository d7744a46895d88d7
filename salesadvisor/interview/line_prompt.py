"""Questions line by line: for a dumb terminal, a screen reader, or answers from a pipe."""

import shutil
from collections.abc import Mapping
from typing import TextIO

from salesadvisor.interview.prompts import Move, Prompt, is_unknown
from salesadvisor.text import Language, Text, fold

_BACK = ("<", "back", "返回")
_WHY = ("why", "w", "为什么")


class LineAsker:
    """Asks on one stream and reads answers from another; never moves a cursor."""

    def __init__(self, answers: TextIO, out: TextIO, language: Language) -> None:
        self.answers = answers
        self.out = out
        self.language = language

    def say(self, words: str) -> None:
        """Show a line or more."""
        width = max(30, min(100, shutil.get_terminal_size().columns - 1))
        self.out.write("\n".join(fold(words, width)) + "\n")
        self.out.flush()

    def _read(self, prompt: str) -> str:
        self.out.write(prompt)
        self.out.flush()
        line = self.answers.readline()
        if not line:
            raise EOFError
        return line.strip()

    def ask(self, prompt: Prompt) -> str | Move:
        """Return the answer as it is written in an answer file, or a move."""
        self.say("")
        self.say(prompt.heading)
        self.say(prompt.words)
        if prompt.help:
            self.say(prompt.help)
        ids = list(prompt.options)
        for number, id in enumerate(ids, 1):
            self.say(f"  {number}) {prompt.options[id]}")
        if prompt.current:
            self.say(
                Text(
                    f"(now: {prompt.current}; Enter keeps it)",
                    f"（现在：{prompt.current}；回车保留）",
                )[self.language]
            )
        while True:
            line = self._read(self._line_for(prompt))
            if line in _BACK:
                return Move.BACK
            if line.lower() in _WHY:
                self.say(prompt.why)
                continue
            if not line and prompt.current:
                return prompt.current
            if not line and not prompt.optional:
                self.say(
                    Text("An answer is needed, or `?`.", "请回答，或输入 `?`。")[self.language]
                )
                continue
            if is_unknown(line) and not (prompt.optional and not line):
                return Move.UNKNOWN
            answer, problem = self._taken(prompt, ids, line)
            if problem is None:
                return answer
            self.say(f"  {problem}")

    def _line_for(self, prompt: Prompt) -> str:
        if prompt.several:
            words = Text("numbers, such as 1,3", "序号，如 1,3")
        elif prompt.options:
            words = Text("number; 2,3 if either may be", "填序号；拿不准就填几个，如 2,3")
        else:
            words = Text("answer", "回答")
        keys = Text("? don't know, < back, why", "? 不知道，< 返回，why 为什么问")
        return f"{words[self.language]} [{keys[self.language]}]: "

    def _taken(self, prompt: Prompt, ids: list[str], line: str) -> tuple[str, str | None]:
        """Return the answer in `line`, and what is wrong with it."""
        if not prompt.options:
            return line, prompt.check(line) if line else None
        chosen: list[str] = []
        for part in line.replace("，", ",").replace("、", ",").split(","):
            word = part.strip()
            if word.isascii() and word.isdecimal() and 1 <= int(word) <= len(ids):
                chosen.append(ids[int(word) - 1])
            elif word in ids:
                chosen.append(word)
            else:
                most = len(ids)
                return "", Text(
                    f"`{word[:40]}` is not a number from 1 to {most}",
                    f"`{word[:40]}` 不是 1 到 {most} 的序号",
                )[self.language]
        written = chosen[0] if len(chosen) == 1 and not prompt.several else f"[{', '.join(chosen)}]"
        return written, prompt.check(written)

    def choose(self, words: str, choices: Mapping[str, str]) -> str | Move:
        """Return the id of the choice taken, or a move."""
        ids = list(choices)
        self.say("")
        self.say(words)
        for number, id in enumerate(ids, 1):
            self.say(f"  {number}) {choices[id]}")
        while True:
            line = self._read(Text("number: ", "序号：")[self.language])
            if line in _BACK:
                return Move.BACK
            if line.isascii() and line.isdecimal() and 1 <= int(line) <= len(ids):
                return ids[int(line) - 1]
            most = len(ids)
            self.say(
                Text(
                    f"  `{line[:40]}` is not a number from 1 to {most}",
                    f"  `{line[:40]}` 不是 1 到 {most} 的序号",
                )[self.language]
            )

"""What is wrong with the input, where, and what to do about it."""

from collections.abc import Iterable
from typing import NoReturn

from msgspec import Struct

from salesadvisor.text import NOTHING, Language, Text, columns, nearest, visible


class Place(Struct, frozen=True, kw_only=True):
    """Where in a file something stands; lines and columns count from 1, in characters.

    Line 0 stands for the file as a whole.
    """

    file: str
    line: int = 0
    column: int = 0
    width: int = 1
    text: str = ""

    def inside(self, offset: int, width: int) -> "Place":
        """Return the place `offset` characters into this one, `width` characters wide."""
        return Place(
            file=self.file,
            line=self.line,
            column=self.column + offset,
            width=width,
            text=self.text,
        )


class Problem(Struct, frozen=True, kw_only=True):
    """One thing in the input that the user can put right."""

    code: str  # stable, kebab-case, has an entry in docs/problems.md
    message: Text
    place: Place
    hint: Text = NOTHING


class Interrupted(Exception):  # noqa: N818 -- no error: somebody asked for it
    """A signal stopped the work, told by whoever did it: what the handler raised was lost there."""


class UserError(Exception):
    """The input is wrong: carries every problem found, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(
            sorted(
                dict.fromkeys(problems), key=lambda p: (p.place.file, p.place.line, p.place.column)
            )
        )
        super().__init__("\n".join(show_problem(problem, Language.EN) for problem in self.problems))


def refuse(
    file: object, code: str, message: Text, hint: Text = NOTHING, *, line: int = 0, column: int = 0
) -> NoReturn:
    """Refuse a file for one thing that is wrong with it, perhaps at a place.

    Raises:
        UserError: with that problem.
    """
    place = Place(file=str(file), line=line, column=column)
    raise UserError([Problem(code=code, message=message, place=place, hint=hint)]) from None


def did_you_mean(word: str, known: Iterable[str]) -> Text:
    """Return a hint that names the nearest known word, or the known words themselves."""
    names = list(known)
    guess = nearest(word, names)
    if guess is not None:
        return Text(f"did you mean `{guess}`?", f"是不是想写 `{guess}`？")
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return Text(f"known here: {shown}", f"这里可用：{shown}") if names else Text("")


_WINDOW = 100


def _excerpt(place: Place) -> tuple[str, str]:
    """Return the part of the line round the place, and the caret line under it."""
    start = max(0, place.column - 1 - _WINDOW // 2) if len(place.text) > _WINDOW else 0
    line = place.text.replace("\t", " ")
    before = visible(line[start : place.column - 1])
    marked = visible(line[place.column - 1 : place.column - 1 + place.width][:_WINDOW])
    after_from = place.column - 1 + place.width
    after = visible(line[after_from : max(after_from, start + _WINDOW)])
    lead = "…" if start else ""
    tail = "…" if len(line) > max(after_from, start + _WINDOW) else ""
    caret = " " * columns(lead + before) + "^" * max(1, columns(marked))
    return lead + before + marked + after + tail, caret


def _on_a_line(text: str) -> str:
    """Return `text` made visible, its line breaks too: nothing in it can forge a second problem."""
    return visible(text).replace("\n", "\\n").replace("\t", " ")


def show_problem(problem: Problem, language: Language) -> str:
    """Return the problem as one block of text, without a final newline."""
    place = problem.place
    where = _on_a_line(place.file)
    if place.line:
        where += f":{place.line}:{place.column}"
    lines = [f"{where}: {_on_a_line(problem.message[language])} [{problem.code}]"]
    if place.line and place.text.strip():
        lines += [f"    {part}" for part in _excerpt(place)]
    if problem.hint.en:
        word = Text("hint", "提示")[language]
        lines.append(f"  {word}: {_on_a_line(problem.hint[language])}")
    return "\n".join(lines)


def show_problem_github(problem: Problem, language: Language) -> str:
    """Return the problem as a GitHub workflow command, which annotates the line in a review."""

    def escaped(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    place = problem.place
    message = f"{problem.message[language]} [{problem.code}]"
    if problem.hint.en:
        message += f" {Text('hint', '提示')[language]}: {problem.hint[language]}"
    file = escaped(visible(place.file)).replace(":", "%3A").replace(",", "%2C")
    at = f",line={place.line},col={place.column}" if place.line else ""
    return f"::error file={file}{at}::{escaped(visible(message))}"


def problem_record(problem: Problem, language: Language) -> dict[str, str | int]:
    """Return the problem as plain data for JSON."""
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "code": problem.code,
        "message": problem.message[language],
        "hint": problem.hint[language],
    }

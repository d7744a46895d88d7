"""Where tables are written: a console that loses no text, and the signs it can show."""

import os
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct

from salesadvisor.text import fold

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text as Line

WIDEST = 110
NARROWEST = 40
PIPED_WIDTH = 100


class Signs(Struct, frozen=True):
    """The characters of bars and rulers."""

    gain: str
    loss: str
    line: str
    band: str
    here: str
    bullet: str
    through: str  # between the ends of a range
    areas: str  # a sign for each model, where they share a line
    nothing: str  # for none of them
    mark: str  # points at a place above it


_UNICODE = Signs(
    gain="█",
    loss="░",
    line="─",
    band="═",
    here="●",
    bullet="•",
    through="…",
    areas="░█▒▓",
    nothing="×",
    mark="▲",
)
_ASCII = Signs(
    gain="#",
    loss="-",
    line="-",
    band="=",
    here="O",
    bullet="*",
    through="..",
    areas=".#o%",
    nothing="x",
    mark="^",
)


def signs_for(out: TextIO) -> Signs:
    """Return the signs that `out` can show."""
    encoding = (getattr(out, "encoding", None) or "utf-8").lower()
    return _UNICODE if encoding.startswith("utf") else _ASCII


def make_console(out: TextIO, *, color: bool = True) -> "Console":
    """Return a console on `out`: plain when piped, never wider than a page.

    Nothing that is printed through it is read as markup, emoji code or number to highlight.
    """
    from rich.console import Console

    # TERM=dumb pins the library's width; a terminal knows better, and a pipe has none. Without a
    # height, by which nothing is laid out, it would ask for the terminal's size at every line.
    return Console(
        file=out,
        width=_width(out),
        height=25,
        markup=False,
        emoji=False,
        highlight=False,
        no_color=True if not color else None,
    )


def folded(line: "Line", width: int) -> "Line":
    """Return a styled line broken to `width` columns; the library would cut Chinese anywhere."""
    from rich.text import Text as Line

    return Line("\n", style=line.style).join(_parts(line, width))


def hang(console: "Console", lead: "Line", line: "Line") -> None:
    """Write a line behind a lead, its further lines indented to the same column."""
    from rich.text import Text as Line

    indent = len(lead.plain)
    first, *others = _parts(line, console.width - indent)
    whole = Line("\n" + " " * indent).join([lead + first, *others])
    console.print(whole, soft_wrap=True)  # broken it is already


def _parts(line: "Line", width: int) -> "list[Line]":
    """Return the parts of a styled line that fit into `width` columns; spaces between are gone."""
    ends: list[int] = []
    end = 0
    for part in fold(line.plain, width):
        start = line.plain.index(part, end)
        end = start + len(part)
        ends += [start, end]
    return list(line.divide(ends))[1::2]


def _width(out: TextIO) -> int:
    wanted = os.environ.get("COLUMNS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        width = int(wanted)
    elif out.isatty():
        try:
            width = os.get_terminal_size(out.fileno()).columns or PIPED_WIDTH
        except (OSError, ValueError):
            width = PIPED_WIDTH
    else:
        width = PIPED_WIDTH
    return max(NARROWEST, min(WIDEST, width))

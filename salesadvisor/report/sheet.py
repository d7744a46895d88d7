"""A page of text on a terminal: headings, paragraphs, and items that keep their indent."""

from collections.abc import Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text as Line

from salesadvisor.report.terminal import folded, hang, make_console, signs_for
from salesadvisor.text import Language, Text, columns

_NARROW = 80


class Sheet:
    """What is written, line by line; nothing in it is read as markup."""

    def __init__(self, language: Language, out: TextIO, *, color: bool) -> None:
        self.language = language
        self.console = make_console(out, color=color)
        self.signs = signs_for(out)

    def words(self, words: Text | str) -> str:
        """Return `words` in the page's language."""
        return words if isinstance(words, str) else words[self.language]

    def say(self, words: Text | str, style: str = "", indent: int = 0) -> None:
        """Write a paragraph."""
        self.hang(" " * indent, Line(self.words(words), style=style))

    def head(self, words: Text | str) -> None:
        """Write a heading, with a blank line above it."""
        self.console.print()
        self.say(words, "bold")

    def item(self, words: Text | str, where: str = "", mark: str | None = None) -> None:
        """Write an item behind a mark, and dim behind it where it comes from."""
        line = Line(self.words(words))
        if where:
            line.append(f"  [{where}]", style="dim")
        self.hang(f" {mark or self.signs.bullet} ", line)

    def hang(self, lead: str | Line, line: Line) -> None:
        """Write a line behind a lead, its further lines indented to the same column."""
        hang(self.console, Line(lead) if isinstance(lead, str) else lead, line)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table, its first column to the left and the others to the right.

        A column without a head, of bars, stands to the left, too.
        """
        widths = [max(map(columns, cells)) for cells in zip(heads, *rows, strict=True)]
        if sum(widths) + 3 * len(widths) > self.console.width and self.console.width < _NARROW:
            self._listed(heads, rows)
            return
        table = Table(box=SIMPLE_HEAD, padding=(0, 1), show_edge=False)
        for number, head in enumerate(heads):
            justify = "right" if number and head else "left"
            table.add_column(Line(head, style="bold"), overflow="fold", justify=justify)  # type: ignore[arg-type]  # one of two words
        for row in rows:
            table.add_row(*(Line(cell) for cell in row))
        self.console.print(table)

    def _listed(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table as an item for each row: figures are never broken in two."""
        colon = Text(": ", "：")[self.language]
        for first, *cells in rows:
            told = (f"{h} {c}" for h, c in zip(heads[1:], cells, strict=True) if h and c.strip())
            self.item(f"{first}{colon}{Text('; ', '；')[self.language].join(told)}")

    def next(self, command: str) -> None:
        """Write the next command worth running."""
        line = Line(Text("Next: ", "下一步：")[self.language], style="bold")
        line.append(command, style="not bold")
        self.console.print()
        self.console.print(folded(line, self.console.width))

"""English and Chinese wording, the choice between them, and text that is safe to show."""

import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Language(StrEnum):
    """A language that everything is written in."""

    EN = "en"
    ZH = "zh"


class Text(Struct, frozen=True):
    """The same words in English and Chinese; read as `text[language]`.

    Chinese may be left empty in a rulebook of one's own: English then stands in.
    """

    en: str
    zh: str = ""

    def __getitem__(self, language: Language) -> str:
        """Return the words in `language`."""
        return self.zh or self.en if language is Language.ZH else self.en

    def filled(self, **values: "object") -> "Text":
        """Return the text with `{name}` replaced; a `Text` value by its own language."""
        return Text(
            _fill(self.en, values, Language.EN),
            _fill(self.zh, values, Language.ZH) if self.zh else "",
        )


_FIELD = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")


NOTHING = Text("")
"""No words, in either language."""


def _fill(words: str, values: Mapping[str, object], language: Language) -> str:
    """Replace `{name}` by plain substitution: a template can reach no attribute of anything."""

    def value_of(found: re.Match[str]) -> str:
        value = values.get(found[1], found[0])
        return value[language] if isinstance(value, Text) else str(value)

    return _FIELD.sub(value_of, words)


def fields_of(words: str) -> tuple[str, ...]:
    """Return the names that stand as `{name}` in `words`."""
    return tuple(_FIELD.findall(words))


def choose_language(environment: Mapping[str, str], asked: Language | None = None) -> Language:
    """Return the language asked for, else that of the environment, else English.

    The first of SALESADVISOR_LANG, LC_ALL, LC_MESSAGES, LANG that is set decides, so that
    LC_ALL=C beats LANG=zh_CN, as the standard library and POSIX have it.
    """
    if asked is not None:
        return asked
    for name in ("SALESADVISOR_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return Language.ZH if value.lower().startswith("zh") else Language.EN
    return Language.EN


# C0 without tab and newline, DEL, C1, zero-width and direction marks, line separators, BOM.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""Return `text` with every character that could steer a terminal shown as `\x1b`."""

    def spelled(found: re.Match[str]) -> str:
        code = ord(found[0])
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

    return _UNSAFE.sub(spelled, text)


def on_one_line(text: str) -> str:
    """Return `text` made visible, with line breaks and tabs as single spaces."""
    return visible(" ".join(text.split())) if text.strip() else ""


def columns(text: str) -> int:
    """Return how many terminal columns `text` takes: two for a wide character, none for a mark."""
    if text.isascii():
        return len(text)
    import unicodedata  # a large table, and English needs none of it

    return sum(
        0
        if unicodedata.combining(character)
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )


# What is kept together on a line: a run without spaces of letters, digits and signs, or one wide
# character with the marks that may not begin or end a line.
_OPENING, _CLOSING = "（“‘《【「", "，。；：、！？）”’》】」…"
_CHUNK = re.compile(
    rf"[{_OPENING}]*(?:[!-~\u00a1-\u1fff\u2010-\u2027\u2030-\u2e7f]+|\S)[{_CLOSING}]*|\s+"
)


def fold(words: str, width: int) -> list[str]:
    """Return `words` in lines of at most `width` columns, as both languages are typeset.

    English breaks at spaces; Chinese between characters, but never before a closing mark, behind
    an opening one, or inside a number. Only what is wider than a line by itself is cut.
    """
    lines: list[str] = []
    for paragraph in words.split("\n"):
        line, room = "", width
        for chunk in _CHUNK.findall(paragraph):
            size = columns(chunk)
            if size > room and not chunk.isspace():
                lines.append(line.rstrip())
                line, room = "", width
                while columns(chunk) > width:
                    cut = next(
                        i for i in range(1, len(chunk) + 1) if columns(chunk[:i]) >= width - 1
                    )
                    lines.append(chunk[:cut])
                    chunk = chunk[cut:]
                size = columns(chunk)
            if chunk.isspace() and not line:
                continue
            if chunk.isspace() and size > room:  # two spaces: nothing more fits, however short
                lines.append(line.rstrip())
                line, room = "", width
                continue
            line, room = line + chunk, room - size
        lines.append(line.rstrip())
    return lines if lines[0] or len(lines) == 1 else lines[1:]


def nearest(word: str, known: "tuple[str, ...] | list[str]") -> str | None:
    """Return the known word that `word` was most likely meant to be."""
    import difflib  # slow to import, and only a mistake needs it

    lowered = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower()[:80], list(lowered), n=1, cutoff=0.6)
    return lowered[found[0]] if found else None

"""Text in two languages, and in lines."""

from hypothesis import given
from hypothesis import strategies as st

from salesadvisor.text import columns, fold, on_one_line, visible


def test_chinese_breaks_as_it_is_typeset() -> None:
    """No closing mark begins a line, no opening one ends it, numbers stay whole."""
    lines = fold("年采购潜力达到 50,000 USD 的客户归外部，低于它的归内部（按上门能多赢多少）。", 20)

    assert lines == [
        "年采购潜力达到",
        "50,000 USD 的客户归",
        "外部，低于它的归内部",
        "（按上门能多赢多",
        "少）。",
    ]


def test_english_breaks_at_spaces() -> None:
    """Words stay whole; only what is wider than a line is cut."""
    assert fold("one two three", 8) == ["one two", "three"]
    assert fold("abcdefghij", 5) == ["abcd", "efgh", "ij"]


@given(words=st.text(alphabet="ab 中文，。（）1,\n", max_size=60), width=st.integers(8, 40))
def test_folding_loses_nothing(words: str, width: int) -> None:
    """Every character but spaces is there, in order, and no line is too wide."""
    lines = fold(words, width)

    assert "".join("".join(lines).split()) == "".join(words.split())
    assert all(columns(line) <= width or not line for line in lines)


@given(text=st.text(max_size=40))
def test_visible_text_steers_no_terminal(text: str) -> None:
    """No control or direction character is left, and plain text is untouched."""
    shown = visible(text)

    assert not any((ord(c) < 32 and c not in "\t\n") or 0x7F <= ord(c) < 0xA0 for c in shown)
    if text.isascii() and text.isprintable():
        assert shown == text
    assert "\n" not in on_one_line(text)

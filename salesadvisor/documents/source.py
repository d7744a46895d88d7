"""Bytes of a file or of standard input, checked and decoded before anything parses them."""

import os
import re
import stat
import sys
from bisect import bisect_right
from pathlib import Path

from salesadvisor.problems import Place, Problem, UserError, refuse
from salesadvisor.text import Text

MIB = 1 << 20
STDIN_NAME = "<stdin>"

_OTHER_ENCODINGS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
SAVE_AS_UTF8 = Text("save the file as UTF-8", "请把文件另存为 UTF-8 编码")


def likely_encoding(data: bytes) -> str:
    """Return what text that is not UTF-8 most likely is: Chinese, or Western European."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return "Windows-1252"
    # Accented letters of a Western text would come out as rare signs between Latin letters.
    return "Windows-1252" if re.search(r"[A-Za-z][\u4e00-\u9fff]|.[\ue000-\uf8ff]", text) else "GBK"


def save_as_utf8(data: bytes) -> Text:
    """Return what to do about text that is not UTF-8."""
    name = likely_encoding(data)
    return Text(f"it looks like {name}: {SAVE_AS_UTF8.en}", f"看起来是 {name}：{SAVE_AS_UTF8.zh}")


def read_source(path: Path | None, limit: int = MIB) -> str:
    """Return the text of the file at `path`, or of standard input for None.

    Raises:
        UserError: it cannot be read, is too large, or is not plain UTF-8 text.
    """
    return decode(read_bytes(path, limit), STDIN_NAME if path is None else str(path))


def read_bytes(path: Path | None, limit: int = MIB) -> bytes:
    """Return the bytes of the file at `path`, or of standard input for None.

    Raises:
        UserError: it cannot be read, or is too large.
    """
    data = _read_stdin(limit) if path is None else _read_file(path, limit)
    if len(data) > limit:
        refuse(
            STDIN_NAME if path is None else str(path),
            "too-large",
            Text(f"larger than {limit // MIB} MiB", f"超过 {limit // MIB} MiB"),
            Text("an answer file is a few kilobytes", "一份回答文件通常只有几 KB"),
        )
    return data


def _read_file(path: Path, limit: int) -> bytes:
    name = str(path)
    try:
        # Not blocking: opening a FIFO that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise UserError([unreadable(name, error)]) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        refuse(
            name,
            "not-a-file",
            Text("this is not an ordinary file", "这不是普通文件"),
            Text("name a YAML or JSON file", "请给出 YAML 或 JSON 文件"),
        )
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit + 1)


def _read_stdin(limit: int) -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        refuse(
            STDIN_NAME,
            "cannot-read",
            Text("standard input is closed", "标准输入已关闭"),
            Text("name a file instead of `-`", "请用文件名代替 `-`"),
        )
    try:
        return sys.stdin.buffer.read(limit + 1)
    except OSError as error:
        raise UserError([unreadable(STDIN_NAME, error)]) from None


def unreadable(name: str, error: OSError | ValueError) -> Problem:
    """Return the problem of a file that the system refuses to open."""
    reason = (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
    hint = Text("is the name right, from this folder?", "从当前文件夹看，文件名对吗？")
    if re.match(r"[a-z]+:/", name):
        hint = Text("only files on this machine are read", "只读取本机上的文件")
    return Problem(
        code="cannot-read",
        message=Text(f"cannot be read: {reason}", f"无法读取：{reason}"),
        place=Place(file=name),
        hint=hint,
    )


def decode(data: bytes, name: str) -> str:
    """Return `data` as text: UTF-8, a leading byte order mark dropped, no control characters.

    Raises:
        UserError: it is in another encoding, or holds a control character.
    """
    if data.count(0, 0, 1000) > min(len(data), 1000) // 4:
        message = Text("this looks like UTF-16, not UTF-8", "文件编码像是 UTF-16，不是 UTF-8")
        refuse(name, "not-utf-8", message, SAVE_AS_UTF8)
    for mark, encoding in _OTHER_ENCODINGS:
        if data.startswith(mark):
            message = Text(f"this is {encoding}, not UTF-8", f"文件编码是 {encoding}，不是 UTF-8")
            refuse(name, "not-utf-8", message, SAVE_AS_UTF8)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = Text(
            f"line {line} is not UTF-8 (byte 0x{data[error.start]:02x})",
            f"第 {line} 行不是 UTF-8（字节 0x{data[error.start]:02x}）",
        )
        place = Place(file=name, line=line, column=1)
        problem = Problem(code="not-utf-8", message=message, place=place, hint=SAVE_AS_UTF8)
        raise UserError([problem]) from None
    lines = Lines(name, text)
    problems = [
        Problem(
            code="control-character",
            message=control_message(text[index]),
            place=lines.place(index),
            hint=Text("delete it", "请删除这个字符"),
        )
        for index in _control_characters(text)
    ]
    if problems:
        raise UserError(problems)
    return text


# C0 without tab and line ends, DEL and C1, Unicode line ends, surrogates, byte order marks, non-characters.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)
_ENOUGH = 20  # a binary file has thousands of them; nobody reads more


def _control_characters(text: str) -> list[int]:
    found = _CONTROL.finditer(text)
    return [match.start() for match, _ in zip(found, range(_ENOUGH), strict=False)]


def is_control(character: str) -> bool:
    """Return whether `character` is one that no text needs: NUL, ESC, C1, a stray BOM, …."""
    return _CONTROL.match(character) is not None


def control_message(character: str) -> Text:
    """Return the sentence that names a control character."""
    code = f"U+{ord(character):04X}"
    return Text(f"control character {code} in the text", f"文本中有控制字符 {code}")


class Lines:
    """Finds the line and column of a character; reading a file asks for every value's."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(self, index: int, width: int = 1) -> Place:
        """Return the place of the `width` characters from `index`."""
        row = bisect_right(self.starts, index) - 1
        start = self.starts[row]
        end = self.starts[row + 1] - 1 if row + 1 < len(self.starts) else len(self.text)
        return Place(
            file=self.name,
            line=row + 1,
            column=index - start + 1,
            width=width,
            text=self.text[start:end].rstrip("\r"),
        )

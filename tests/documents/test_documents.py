"""YAML and JSON files as trees: places, refusals, and hostile files."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesadvisor.documents.json_reader import read_json
from salesadvisor.documents.node import ListNode, MapNode, Node, ScalarNode
from salesadvisor.documents.read import parse_document, read_document
from salesadvisor.documents.source import decode
from salesadvisor.documents.write import replace_file
from salesadvisor.documents.yaml_reader import read_yaml
from salesadvisor.problems import UserError

CORPORA = Path(__file__).parent.parent / "corpora"


def plain(node: Node | None) -> object:
    """Return the tree without places."""
    match node:
        case ScalarNode(text):
            return text
        case ListNode(items):
            return [plain(item) for item in items]
        case MapNode(entries):
            return {key.text: plain(value) for key, value in entries}
        case _:
            return None


def codes(error: UserError) -> list[tuple[str, int, int]]:
    """Return code, line and column of each problem."""
    return [(p.code, p.place.line, p.place.column) for p in error.problems]


def test_a_scalar_stays_text() -> None:
    """Nothing is guessed: no booleans, no octal numbers, no times of day."""
    tree = read_yaml("a: NO\nb: 012\nc: 12:30\nd: 1e3\ne: 2023-02-30\nf: ~\n", "f")

    assert plain(tree) == {
        "a": "NO",
        "b": "012",
        "c": "12:30",
        "d": "1e3",
        "e": "2023-02-30",
        "f": "~",
    }


def test_every_value_knows_its_place() -> None:
    """Line and column count from 1, in characters, also behind wide ones."""
    tree = read_yaml("名称: 值\nlist: [one, 二二, three]\n", "f")

    assert isinstance(tree, MapNode)
    items = tree.get("list")
    assert isinstance(items, ListNode)
    assert [(i.place.line, i.place.column) for i in items.items] == [(2, 8), (2, 13), (2, 17)]


def test_all_problems_of_a_file_come_at_once() -> None:
    """An anchor, an alias, a tag and a repeated key are four problems, in order."""
    with pytest.raises(UserError) as caught:
        read_yaml("a: 1\na: 2\nb: &x 3\nc: *x\nd: !!python/object:os.system x\n", "f")

    assert codes(caught.value) == [
        ("duplicate-key", 2, 1),
        ("alias", 3, 4),
        ("alias", 4, 4),
        ("tag", 5, 4),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('a: "x', "yaml-syntax"),
        ("a: b: c", "yaml-syntax"),
        ("\ta: 1", "yaml-syntax"),
        ("---\na: 1\n---\nb: 2\n", "second-document"),
        ("? [a]\n: b\n", "key-not-text"),
        ("<<: {a: 1}\n", "alias"),
        ("- " * 30_000, "too-deep"),
        ("[" * 30_000, "too-deep"),
        ('a: "\\e[31m"\n', "control-character"),
        ("%TAG ! tag:x,2000:\n---\na: 1\n", "tag"),
        ("a: &a [*a]\n", "alias"),
    ],
)
def test_refused_yaml(text: str, code: str) -> None:
    """What no answer file needs is refused before anything is built from it."""
    with pytest.raises(UserError) as caught:
        read_yaml(text, "f")

    assert code in [p.code for p in caught.value.problems]


@pytest.mark.parametrize(
    "path", sorted((CORPORA / "yaml-test-suite/cases").glob("*.yaml")), ids=lambda p: p.stem
)
def test_yaml_suite(path: Path) -> None:
    """Every file of the suite is a tree or a clear error."""
    try:
        read_document(path)
    except UserError as error:
        assert all(p.message.en and p.message.zh for p in error.problems)


# What RFC 8259 allows and we refuse on purpose: keys twice, and control characters in texts.
STRICTER = {
    "y_object_duplicated_key",
    "y_object_duplicated_key_and_value",
    "y_object_escaped_null_in_key",
    "y_string_allowed_escapes",
    "y_string_escaped_control_character",
    "y_string_escaped_noncharacter",
    "y_string_nonCharacterInUTF-8_U+FFFF",
    "y_string_null_escape",
    "y_string_unescaped_char_delete",
    "y_string_unicode_U+FFFE_nonchar",
    "y_string_u+2028_line_sep",
    "y_string_u+2029_par_sep",
    "y_string_with_del_character",
}


@pytest.mark.parametrize(
    "path", sorted((CORPORA / "json-test-suite/test_parsing").glob("*.json")), ids=lambda p: p.stem
)
def test_json_suite(path: Path) -> None:
    """What must be accepted is, what must be refused is, and nothing crashes."""
    try:
        read_document(path)
        accepted = True
    except UserError:
        accepted = False

    if path.stem.startswith("y_"):
        assert accepted is (path.stem not in STRICTER)
    if path.stem.startswith("n_"):
        assert not accepted


_json = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**12), 10**12),
        st.text(alphabet='aé中😀"\\ ', max_size=5),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(alphabet="abc", max_size=3), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(value=_json)
def test_json_agrees_with_the_standard_library(value: object) -> None:
    """Any JSON text gives the same tree as the standard library's reader."""

    def as_text(value: object) -> object:
        match value:
            case dict():
                return {k: as_text(v) for k, v in value.items()}
            case list():
                return [as_text(v) for v in value]
            case str():
                return value
            case _:
                return json.dumps(value)

    assert plain(read_json(json.dumps(value), "f")) == as_text(value)


def test_json_on_standard_input_is_recognised() -> None:
    """A pipe has no suffix: what looks like JSON is read as JSON, else as YAML."""
    assert plain(parse_document('{"a": [1]}', "<stdin>")) == {"a": ["1"]}
    assert plain(parse_document("{a: [1]}", "<stdin>")) == {"a": ["1"]}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("a: é".encode("latin-1"), "not-utf-8"),
        ("a: 1".encode("utf-16"), "not-utf-8"),
        ("a: 1".encode("utf-32"), "not-utf-8"),
        (b"a: \x00", "control-character"),
        (b"a: \x1b[31m", "control-character"),
        ("a: b\ufeff".encode(), "control-character"),
        ("a: b\u2028c: d".encode(), "control-character"),
        ("a: 12345678".encode("utf-16-le"), "not-utf-8"),
    ],
)
def test_refused_bytes(data: bytes, code: str) -> None:
    """Other encodings and control characters are named before anything is parsed."""
    with pytest.raises(UserError) as caught:
        decode(data, "f")

    assert caught.value.problems[0].code == code


def test_a_byte_order_mark_is_dropped() -> None:
    """UTF-8 with a leading mark is plain UTF-8."""
    assert decode(b"\xef\xbb\xbfa: 1", "f") == "a: 1"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, a missing file, a FIFO and a file of 2 MiB each get their code, at once."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "big.yaml").write_bytes(b"#" * (2 << 20))
    found = {}
    for name in (".", "missing.yaml", "fifo", "big.yaml"):
        with pytest.raises(UserError) as caught:
            read_document(tmp_path / name)
        found[name] = caught.value.problems[0].code

    assert found == {
        ".": "not-a-file",
        "missing.yaml": "cannot-read",
        "fifo": "not-a-file",
        "big.yaml": "too-large",
    }


@given(text=st.text(max_size=80))
def test_any_text_is_a_tree_or_a_problem(text: str) -> None:
    """No text makes the reader fail in another way."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    for name in ("f.yaml", "f.json"):
        try:
            parse_document(decode(data, name), name)
        except UserError as error:
            assert error.problems


def test_a_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing fails at any step, the old file is there and no litter."""
    path = tmp_path / "a.yaml"
    path.write_text("old", encoding="utf-8")
    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:

            def fail(*_: object) -> None:
                raise OSError(28, "No space left on device")

            patch.setattr(os if step == "fsync" else Path, step, fail)
            with pytest.raises(OSError, match="No space"):
                replace_file(path, "new")

        assert path.read_text(encoding="utf-8") == "old"
        assert [p.name for p in tmp_path.iterdir()] == ["a.yaml"]

    replace_file(path, "new")
    assert path.read_text(encoding="utf-8") == "new"

"""Strict JSON text -> tree, with the place of every value."""

import json
import re

from salesadvisor.documents.node import ListNode, MapNode, Node, ScalarNode
from salesadvisor.documents.source import Lines, control_message, is_control
from salesadvisor.documents.yaml_reader import MAX_DEPTH, duplicate_key
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.text import Text

_TOKEN = re.compile(
    r"""[ \t\n\r]*(?:
        (?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
      | (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
      | (?P<word>true|false|null)
      | (?P<mark>[\[\]{},:])
    )""",
    re.VERBOSE,
)


def read_json(text: str, name: str) -> Node:
    """Return the one JSON value in `text`.

    Raises:
        UserError: it is not strict JSON (RFC 8259), a key stands twice in one object, or it is
            nested more than 32 levels.
    """
    reader = _Reader(text, name)
    try:
        root = reader.value(0)
        reader.end()
    except _SyntaxError as error:
        reader.problems.append(error.problem)
    if reader.problems:
        raise UserError(reader.problems)
    return root


class _SyntaxError(Exception):
    """The text is not JSON; nothing after this place can be read."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__()


class _Reader:
    """A recursive descent over tokens; the depth limit keeps the recursion small."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.lines = Lines(name, text)
        self.at = 0
        self.problems: list[Problem] = []
        self.kind = ""
        self.token = ""
        self.start = 0

    def _next(self) -> None:
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            self.start = (
                self.at + len(self.text[self.at :]) - len(self.text[self.at :].lstrip(" \t\n\r"))
            )
            self.kind, self.token = "", ""
            return
        self.kind = found.lastgroup or ""
        self.token = found[self.kind]
        self.start = found.start(self.kind)
        self.at = found.end()

    def value(self, depth: int) -> Node:
        self._next()
        place = self._place()
        if depth > MAX_DEPTH:
            raise self._refused(
                "too-deep", Text(f"nested more than {MAX_DEPTH} levels", f"嵌套超过 {MAX_DEPTH} 层")
            )
        match self.kind, self.token:
            case "string", token:
                return ScalarNode(self._unquoted(token, place), place, True, self._behind())
            case (("number" | "word"), token):
                return ScalarNode(token, place, False, self._behind())
            case "mark", "[":
                return self._list(place, depth)
            case "mark", "{":
                return self._object(place, depth)
            case _:
                raise self._refused(
                    "json-syntax", Text("a JSON value is expected here", "这里应有一个 JSON 值")
                )

    def _list(self, place: Place, depth: int) -> ListNode:
        items: list[Node] = []
        if not self._closes("]"):
            while True:
                items.append(self.value(depth + 1))
                self._next()
                if self.token == "]" and self.kind == "mark":
                    break
                self._expect(",", "`,` or `]` is expected here", "这里应有 `,` 或 `]`")
        return ListNode(tuple(items), place, self._behind())

    def _object(self, place: Place, depth: int) -> MapNode:
        entries: dict[str, tuple[ScalarNode, Node]] = {}
        if not self._closes("}"):
            while True:
                self._next()
                if self.kind != "string":
                    raise self._refused(
                        "json-syntax",
                        Text("a key in double quotes is expected here", "这里应有双引号括起的键"),
                    )
                where = self._place()
                key = ScalarNode(self._unquoted(self.token, where), where, True, self._behind())
                self._next()
                self._expect(":", "`:` is expected here", "这里应有 `:`")
                value = self.value(depth + 1)
                if key.text in entries:
                    self.problems.append(duplicate_key(key, entries[key.text][0]))
                else:
                    entries[key.text] = (key, value)
                self._next()
                if self.token == "}" and self.kind == "mark":
                    break
                self._expect(",", "`,` or `}` is expected here", "这里应有 `,` 或 `}`")
        return MapNode(tuple(entries.values()), place, self._behind())

    def end(self) -> None:
        if self.text[self.at :].strip(" \t\n\r"):
            self._next()
            raise self._refused(
                "json-syntax", Text("something follows after the JSON value", "JSON 值之后还有内容")
            )

    def _closes(self, mark: str) -> bool:
        before = self.at
        self._next()
        if self.kind == "mark" and self.token == mark:
            return True
        self.at = before
        return False

    def _expect(self, mark: str, en: str, zh: str) -> None:
        if self.kind != "mark" or self.token != mark:
            raise self._refused("json-syntax", Text(en, zh))

    def _unquoted(self, token: str, place: Place) -> str:
        words: str = json.loads(token)
        for character in words:
            if is_control(character):
                self.problems.append(
                    Problem(
                        code="control-character",
                        message=control_message(character),
                        place=place,
                        hint=Text("delete it", "请删除这个字符"),
                    )
                )
                break
        return words

    def _place(self) -> Place:
        return self.lines.place(self.start, max(1, len(self.token)))

    def _behind(self) -> tuple[int, int]:
        place = self.lines.place(self.at - 1)
        return place.line, place.column + 1

    def _refused(self, code: str, message: Text) -> _SyntaxError:
        hint = Text(
            "JSON is strict: double quotes, no comments, no trailing comma",
            "JSON 很严格：双引号，无注释，末尾无逗号",
        )
        return _SyntaxError(Problem(code=code, message=message, place=self._place(), hint=hint))

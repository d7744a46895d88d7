"""YAML text -> tree, from the parser's events; no constructor ever runs.

The safe loader of the YAML library builds values by guessing (`NO` is false, `012` is ten) and
can be made to hang or to crash the process by small files. Its event stream can't: depth,
anchors and tags are seen, and refused, before anything is built from them.
"""

from collections.abc import Iterator

import yaml

from salesadvisor.documents.node import ListNode, MapNode, Node, ScalarNode
from salesadvisor.documents.source import control_message, is_control
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.text import Text

MAX_DEPTH = 32
MAX_EVENTS = 200_000

_TOO_DEEP = "exceeded maximum nesting depth"
_PLAIN_WORDS = {
    # libyaml's own words, where a user would not understand them.
    "mapping values are not allowed in this context": (
        Text("a second `: ` on this line", "这一行出现了第二个 `: `"),
        Text("put the text in quotes", "请给这段文字加引号"),
    ),
    "found character that cannot start any token": (
        Text("this character cannot start a value", "值不能以这个字符开头"),
        Text(
            "indent with spaces, not tabs, and put the text in quotes",
            "缩进用空格，不要用制表符；文字请加引号",
        ),
    ),
    "did not find expected key": (
        Text("this line does not fit the lines above it", "这一行与上面的内容对不上"),
        Text("check the indentation, and that quotes are closed", "请检查缩进，以及引号是否成对"),
    ),
    "could not find expected ':'": (
        Text("there is no `:` after this key", "这个键后面缺少 `:`"),
        Text("write `key: value`", "请写成 `键: 值`"),
    ),
    _TOO_DEEP: (
        Text(f"nested more than {MAX_DEPTH} levels", f"嵌套超过 {MAX_DEPTH} 层"),
        Text("keep one flat document in a file", "一个文件只放一个扁平的文档"),
    ),
    "found unexpected end of stream": (
        Text("the file ends in the middle of a value", "文件在一个值的中间就结束了"),
        Text("is a quote or bracket left open?", "是不是有引号或括号没有关上？"),
    ),
}


def read_yaml(text: str, name: str) -> Node | None:
    """Return the one document in `text`, or None when it holds nothing.

    Raises:
        UserError: it is not YAML, or uses what is refused: anchors, aliases, tags, merge keys,
            a key twice, a second document, more than 32 levels.
    """
    return _Reader(text, name).read()


class _Reader:
    """Builds one tree from events, iteratively, collecting problems."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.lines = text.splitlines()
        self.name = name
        self.problems: list[Problem] = []

    def read(self) -> Node | None:
        root: Node | None = None
        try:
            for tree in self._documents():
                root = tree
        except yaml.YAMLError as error:
            self.problems.append(self._syntax_problem(error))
        if self.problems:
            raise UserError(self.problems)
        return root

    def _documents(self) -> Iterator[Node]:
        # Each open collection: its start event, and the nodes read so far (keys and values in turn).
        open_: list[tuple[yaml.Event, list[Node]]] = []
        documents = 0
        for count, event in enumerate(yaml.parse(self.text, Loader=yaml.CSafeLoader)):
            if count > MAX_EVENTS:
                self._stop(
                    event,
                    "too-large",
                    Text("more values than any real file has", "值太多，不像真实的文件"),
                )
                return
            node: Node | None = None
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        self._stop(
                            event,
                            "second-document",
                            Text("a second document begins here", "这里开始了第二个文档"),
                        )
                        return
                    if event.tags:
                        self._refuse_tag(event)
                case yaml.AliasEvent():
                    self._problem(
                        event,
                        "alias",
                        Text("aliases (`*name`) are not read", "不支持别名（`*name`）"),
                    )
                    node = self._scalar_of("", event, quoted=True)
                case yaml.ScalarEvent():
                    self._check(event)
                    node = self._scalar(event)
                case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                    self._check(event)
                    if len(open_) >= MAX_DEPTH:
                        self._stop(
                            event,
                            "too-deep",
                            Text(
                                f"nested more than {MAX_DEPTH} levels", f"嵌套超过 {MAX_DEPTH} 层"
                            ),
                        )
                        return
                    open_.append((event, []))
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    start, nodes = open_.pop()
                    node = self._collection(start, event, nodes)
                case _:  # the ends of the stream and of the document
                    pass
            if node is not None:
                if open_:
                    open_[-1][1].append(node)
                else:
                    yield node

    def _place(self, event: yaml.Event, width: int = 1) -> Place:
        mark = _start(event)
        line = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return Place(
            file=self.name, line=mark.line + 1, column=mark.column + 1, width=width, text=line
        )

    def _scalar(self, event: yaml.ScalarEvent) -> ScalarNode:
        if not event.value.isprintable():
            for character in event.value:
                if is_control(character):
                    message = control_message(character)
                    hint = Text("delete it", "请删除这个字符")
                    place = self._place(event)
                    self.problems.append(
                        Problem(code="control-character", message=message, place=place, hint=hint)
                    )
                    break
        return self._scalar_of(event.value, event, quoted=bool(event.style))

    def _scalar_of(self, text: str, event: yaml.Event, *, quoted: bool) -> ScalarNode:
        start, end = _start(event), _end(event)
        width = end.column - start.column if end.line == start.line else 1
        return ScalarNode(
            text, self._place(event, max(1, width)), quoted, (end.line + 1, end.column + 1)
        )

    def _collection(self, start: yaml.Event, end: yaml.Event, nodes: list[Node]) -> Node:
        place = self._place(start)
        if getattr(start, "flow_style", False) or not nodes:
            behind = (_end(end).line + 1, _end(end).column + 1)
        else:  # a block's end event stands where the next thing begins
            behind = nodes[-1].end
        if isinstance(start, yaml.SequenceStartEvent):
            return ListNode(tuple(nodes), place, behind)
        entries: dict[str, tuple[ScalarNode, Node]] = {}
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                self._problem_at(
                    key.place, "key-not-text", Text("a key must be plain text", "键必须是纯文本")
                )
            elif key.text == "<<" and not key.quoted:
                self._problem_at(
                    key.place,
                    "alias",
                    Text("merge keys (`<<`) are not read", "不支持合并键（`<<`）"),
                )
            elif key.text in entries:
                self.problems.append(duplicate_key(key, entries[key.text][0]))
            else:
                entries[key.text] = (key, value)
        return MapNode(tuple(entries.values()), place, behind)

    def _check(self, event: yaml.NodeEvent) -> None:
        if event.anchor is not None:
            self._problem(
                event, "alias", Text("anchors (`&name`) are not read", "不支持锚点（`&name`）")
            )
        if getattr(event, "tag", None) is not None:
            self._refuse_tag(event)

    def _refuse_tag(self, event: yaml.Event) -> None:
        self._problem(event, "tag", Text("tags (`!name`) are not read", "不支持标签（`!name`）"))

    def _problem(self, event: yaml.Event, code: str, message: Text) -> None:
        self._problem_at(self._place(event), code, message)

    def _problem_at(self, place: Place, code: str, message: Text) -> None:
        hint = Text("write the value itself", "请直接写出值")
        self.problems.append(Problem(code=code, message=message, place=place, hint=hint))

    def _stop(self, event: yaml.Event, code: str, message: Text) -> None:
        hint = Text("keep one flat document in a file", "一个文件只放一个扁平的文档")
        self.problems.append(
            Problem(code=code, message=message, place=self._place(event), hint=hint)
        )

    def _syntax_problem(self, error: yaml.YAMLError) -> Problem:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error)
        message, hint = _PLAIN_WORDS.get(
            said,
            (
                Text(f"this is not YAML: {said}", f"不是合法的 YAML：{said}"),
                Text("check quotes and indentation", "请检查引号和缩进"),
            ),
        )
        if mark is None:
            return Problem(
                code="yaml-syntax", message=message, place=Place(file=self.name), hint=hint
            )
        index = min(mark.line, max(0, len(self.lines) - 1))
        line = self.lines[index] if self.lines else ""
        column = mark.column + 1 if mark.line == index else len(line) + 1
        place = Place(file=self.name, line=index + 1, column=column, text=line)
        if said == _TOO_DEEP:  # a limit of the library's own, a thousand levels, met first
            return Problem(code="too-deep", message=message, place=place, hint=hint)
        return Problem(code="yaml-syntax", message=message, place=place, hint=hint)


# The library's types allow an event without marks; its parsers never make one.


def _start(event: yaml.Event) -> yaml.Mark:
    mark = event.start_mark
    assert mark is not None
    return mark  # type: ignore[return-value]  # the C parser's own class of the same shape


def _end(event: yaml.Event) -> yaml.Mark:
    mark = event.end_mark
    assert mark is not None
    return mark  # type: ignore[return-value]  # the C parser's own class of the same shape


def duplicate_key(key: ScalarNode, first: ScalarNode) -> Problem:
    """Return the problem of a key that stands twice in one mapping."""
    line = first.place.line
    return Problem(
        code="duplicate-key",
        message=Text(
            f"`{key.text}` stands here a second time (first in line {line})",
            f"`{key.text}` 在这里第二次出现（第一次在第 {line} 行）",
        ),
        place=key.place,
        hint=Text("keep one of the two", "请只保留一个"),
    )

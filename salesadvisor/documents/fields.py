"""The entries of one mapping, each asked for by name; whatever is wrong is collected.

A reader asks for what it knows and calls `close()`, which reports what nobody asked for. A
problem is put on the list and something harmless is returned, so that one pass finds them all;
whoever made the list raises it at the end.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

from salesadvisor.documents.node import ListNode, MapNode, Node, ScalarNode
from salesadvisor.problems import Place, Problem, did_you_mean
from salesadvisor.text import NOTHING, Text, fields_of

_NUMBER = re.compile(r"-?[0-9][0-9_]*(\.[0-9]+)?")


class Fields:
    """Reads one mapping."""

    def __init__(self, node: MapNode, problems: list[Problem]) -> None:
        self.node = node
        self.problems = problems
        self.asked: list[str] = []

    def problem(self, code: str, message: Text, place: Place, hint: Text = NOTHING) -> None:
        """Put a problem on the list."""
        self.problems.append(Problem(code=code, message=message, place=place, hint=hint))

    def place_of(self, key: str) -> Place:
        """Return where the value under `key` stands, or the mapping where there is none."""
        node = self.node.get(key)
        return self.node.place if node is None else node.place

    def has(self, key: str) -> bool:
        """Whether there is something under `key`."""
        node = self.node.get(key)
        return node is not None and not (isinstance(node, ScalarNode) and node.is_null)

    def node_of(self, key: str, *, required: bool = True) -> Node | None:
        """Return what stands under `key`; nothing there is a problem, if it is required."""
        self.asked.append(key)
        if self.has(key):
            return self.node.get(key)
        if required:
            self.problem(
                "missing-key",
                Text(f"`{key}` is missing", f"缺少 `{key}`"),
                self.node.place,
                Text(f"add a line `{key}: …`", f"请加上一行 `{key}: …`"),
            )
        return None

    def scalar(self, key: str, *, required: bool = True) -> ScalarNode | None:
        """Return the single value under `key`."""
        node = self.node_of(key, required=required)
        if node is None or isinstance(node, ScalarNode):
            return node
        self._wants(node, Text("a single value", "单个值"))
        return None

    def words(self, key: str, *, default: str | None = None) -> str:
        """Return the text under `key`; it is required unless there is a default."""
        node = self.scalar(key, required=default is None)
        return node.text if node is not None else default or ""

    def id(self, key: str = "id") -> str:
        """Return the identifier under `key`."""
        node = self.scalar(key)
        return self._identifier(node) if node is not None else ""

    def _identifier(self, node: ScalarNode) -> str:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", node.text):
            self.problem(
                "bad-id",
                Text(f"`{node.text[:40]}` can't be an id", f"`{node.text[:40]}` 不能用作标识"),
                node.place,
                Text(
                    "letters, digits, `_` and `-`, a letter first",
                    "用字母、数字、`_`、`-`，以字母开头",
                ),
            )
        return node.text

    def one_of(self, key: str, known: Iterable[str], *, default: str | None = None) -> str:
        """Return the word under `key`, which must be one of `known`."""
        node = self.scalar(key, required=default is None)
        names = list(known)
        if node is None:
            return default or (names[0] if names else "")
        return self.known(node, names)

    def known(self, node: ScalarNode, names: list[str]) -> str:
        """Return the word in `node`, which must be one of `names`."""
        if node.text not in names:
            self.problem(
                "unknown-word",
                Text(f"`{node.text[:40]}` is not known here", f"这里不认识 `{node.text[:40]}`"),
                node.place,
                did_you_mean(node.text, names),
            )
            return names[0] if names else ""
        return node.text

    def flag(self, key: str) -> bool:
        """Return the truth under `key`; false when it is not there."""
        return self.one_of(key, ("false", "true"), default="false") == "true"

    def number(self, key: str, *, default: str | None = None) -> Decimal:
        """Return the number under `key`, exactly as written."""
        node = self.scalar(key, required=default is None)
        return Decimal(default or 0) if node is None else self._number(node)

    def _number(self, node: ScalarNode) -> Decimal:
        if _NUMBER.fullmatch(node.text) and len(node.text) <= 30:
            try:
                return Decimal(node.text)
            except InvalidOperation:
                pass
        self._wants(node, Text("a number", "数字"))
        return Decimal(0)

    def whole(
        self, key: str, low: int, high: int, *, default: str | None = None, step: int = 1
    ) -> int:
        """Return the whole number under `key`, from `low` to `high`, a multiple of `step`."""
        number = self.number(key, default=default)
        if default is None and not self.has(key):
            return low  # told already
        if number % step or not low <= number <= high:
            node = self.node.get(key)
            self.problem(
                "out-of-range",
                Text(
                    f"`{key}` is a whole number from {low} to {high}",
                    f"`{key}` 是 {low} 到 {high} 的整数",
                )
                if step == 1
                else Text(
                    f"`{key}` is a multiple of {step} from {low} to {high}",
                    f"`{key}` 是 {low} 到 {high} 之间 {step} 的倍数",
                ),
                node.place if node is not None else self.node.place,
            )
            return low
        return int(number)

    def text(self, key: str, *, fields: Iterable[str] = (), required: bool = True) -> Text:
        """Return the words under `key` in both languages; Chinese may be missing.

        Args:
            key: Where they stand: one text, or `{en: …, zh: …}`.
            fields: What may stand in braces in them.
            required: Whether nothing there is a problem.
        """
        node = self.node_of(key, required=required)
        if isinstance(node, ScalarNode):
            words = Text(node.text.strip())
        elif isinstance(node, MapNode):
            inner = Fields(node, self.problems)
            words = Text(inner.words("en").strip(), inner.words("zh", default="").strip())
            inner.close()
        else:
            if node is not None:
                self._wants(node, Text("text, or `{en: …, zh: …}`", "文字，或 `{en: …, zh: …}`"))
            return Text("")
        if not words.en:
            self.problem(
                "missing-key",
                Text(f"`{key}` has no words", f"`{key}` 没有文字"),
                node.place,
                Text("write a sentence", "请写一句话"),
            )
        for name in (*fields_of(words.en), *fields_of(words.zh)):
            if name not in fields:
                self.problem(
                    "unknown-name",
                    Text(f"`{{{name}}}` stands for nothing here", f"`{{{name}}}` 在这里没有含义"),
                    node.place,
                    did_you_mean(name, fields),
                )
        return words

    def items(self, key: str, *, required: bool = True) -> tuple[Node, ...]:
        """Return the list under `key`; a single value is a list of one."""
        node = self.node_of(key, required=required)
        match node:
            case None:
                return ()
            case ListNode(items):
                return items
            case ScalarNode():
                return (node,)
            case MapNode():
                self._wants(node, Text("a list", "列表"))
                return ()

    def scalars(self, key: str, *, required: bool = True) -> tuple[ScalarNode, ...]:
        """Return the single values in the list under `key`."""
        found = []
        for node in self.items(key, required=required):
            if isinstance(node, ScalarNode):
                found.append(node)
            else:
                self._wants(node, Text("a single value", "单个值"))
        return tuple(found)

    def maps(self, key: str, *, required: bool = True) -> "Iterator[Fields]":
        """Yield a reader for each mapping in the list under `key`."""
        for node in self.items(key, required=required):
            if isinstance(node, MapNode):
                yield Fields(node, self.problems)
            else:
                self._wants(node, Text("`key: value` lines", "`键: 值` 的形式"))

    def map(self, key: str, *, required: bool = True) -> "Fields | None":
        """Return a reader for the mapping under `key`."""
        node = self.node_of(key, required=required)
        if isinstance(node, MapNode):
            return Fields(node, self.problems)
        if node is not None:
            self._wants(node, Text("`key: value` lines", "`键: 值` 的形式"))
        return None

    def entries(self) -> tuple[tuple[ScalarNode, Node], ...]:
        """Return all entries, for mappings whose keys are not known beforehand."""
        self.asked += [key.text for key, _ in self.node.entries]
        return self.node.entries

    def close(self) -> None:
        """Report every key that nobody asked for."""
        for key, _ in self.node.entries:
            if key.text not in self.asked:
                self.problem(
                    "unknown-key",
                    Text(f"unknown key `{key.text[:60]}`", f"未知的键 `{key.text[:60]}`"),
                    key.place,
                    did_you_mean(key.text, self.asked),
                )

    def _wants(self, node: Node, what: Text) -> None:
        self.problem(
            "wrong-kind",
            Text(f"{what.en} is expected here", f"这里应是{what.zh}"),
            node.place,
        )

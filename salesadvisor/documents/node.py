"""A document as a tree: scalars as their text, lists and mappings, each with its place.

Nothing is interpreted here. `NO`, `012` and `12:30` stay text until somebody who knows which
kind of value is expected reads them.
"""

from msgspec import Struct

from salesadvisor.problems import Place


class ScalarNode(Struct, frozen=True, tag=True):
    """One value as text."""

    text: str
    place: Place
    quoted: bool  # written in quotation marks or as a block: certainly meant as text
    end: tuple[int, int]  # line and column just behind it, from 1

    @property
    def is_null(self) -> bool:
        """Whether the value was left empty, in one of the ways YAML and JSON have for it."""
        return not self.quoted and self.text in ("", "~", "null", "Null", "NULL")


class ListNode(Struct, frozen=True, tag=True):
    """Values in order."""

    items: "tuple[Node, ...]"
    place: Place
    end: tuple[int, int]


class MapNode(Struct, frozen=True, tag=True):
    """Values by key, in the order of the file; keys are unique."""

    entries: "tuple[tuple[ScalarNode, Node], ...]"
    place: Place
    end: tuple[int, int]

    def get(self, key: str) -> "Node | None":
        """Return the value under `key`, if it is there."""
        for name, value in self.entries:
            if name.text == key:
                return value
        return None


Node = ScalarNode | ListNode | MapNode

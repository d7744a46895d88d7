"""A checked rulebook as JSON, and back: plain data, so that reading it can run nothing."""

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from salesadvisor.language import possible, syntax
from salesadvisor.rulebook import definitions
from salesadvisor.text import Text

Json = None | bool | int | float | str | list["Json"]

_CLASSES: Mapping[str, type] = {
    cls.__name__: cls
    for module in (syntax, possible, definitions)
    for cls in vars(module).values()
    if isinstance(cls, type) and cls.__module__ == module.__name__
} | {"Text": Text}

# A list is [what, …]; these stand for what is no class of ours.
_TUPLE, _SET, _MAP, _DECIMAL = 0, 1, 2, 3


def _stored(cls: type) -> tuple[str, ...]:
    # `compare=False`: where an expression stood in its file; messages about it are over.
    return tuple(f.name for f in dataclasses.fields(cls) if f.compare)


_FIELDS: dict[type, tuple[str, ...]] = {
    cls: _stored(cls) for cls in _CLASSES.values() if dataclasses.is_dataclass(cls)
}


def encode(value: object) -> Json:
    """Return `value` as plain JSON data.

    Raises:
        TypeError: it is of a kind that no rulebook holds.
    """
    match value:
        case None | bool() | int() | float():
            return value
        case StrEnum():
            return [type(value).__name__, str(value)]
        case str():
            return value
        case tuple():
            return [_TUPLE, *(encode(item) for item in value)]
        case frozenset():
            return [_SET, *(encode(item) for item in sorted(value, key=repr))]
        case Mapping():
            return [_MAP, *(encode(part) for item in value.items() for part in item)]
        case Decimal():
            return [_DECIMAL, str(value)]
    fields = _FIELDS.get(type(value))
    if fields is None:
        raise TypeError(f"{type(value).__name__} can't be stored")
    return [type(value).__name__, *(encode(getattr(value, name)) for name in fields)]


def decode(data: Json) -> Any:  # noqa: ANN401 -- whatever was encoded
    """Return what `encode` was given.

    Raises:
        ValueError, KeyError, TypeError, IndexError: the data is damaged.
    """
    if not isinstance(data, list):
        return data
    what = data[0]
    if isinstance(what, str):
        cls = _CLASSES[what]
        fields = _FIELDS.get(cls)
        if fields is None:
            return cls(data[1])
        return cls(**dict(zip(fields, map(decode, data[1:]), strict=True)))
    items = [decode(item) for item in data[1:]]
    if what == _TUPLE:
        return tuple(items)
    if what == _SET:
        return frozenset(items)
    if what == _MAP:
        return dict(zip(items[::2], items[1::2], strict=True))
    if what == _DECIMAL:
        return Decimal(items[0])
    raise ValueError(f"unknown mark {what}")

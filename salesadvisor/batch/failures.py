"""What goes wrong with a record, and with a whole run, in words."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from salesadvisor.batch.records import key_at
from salesadvisor.documents.node import MapNode, ScalarNode
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.text import Language, Text


def error_record(
    problem: Problem, input_: str, record: int, node: MapNode | None, language: Language
) -> Mapping[str, object]:
    """Return what is wrong with a record as plain data.

    Args:
        problem: One of its problems.
        input_: The input's name.
        record: Its number in the input, from 1.
        node: What was read of it.
        language: Of the message.
    """
    return {
        "input": input_,
        "record": record,
        "line": problem.place.line or None,
        "key": key_at(node, problem.place),
        "message": problem.message[language],
        "code": problem.code,
        "hint": problem.hint[language],
        "name": _name_of(node),
    }


def _name_of(node: MapNode | None) -> str | None:
    """Return the name of a record, or its id: whoever mends it knows it by that."""
    for key in ("name", "id"):
        found = node.get(key) if node is not None else None
        if isinstance(found, ScalarNode) and found.text:
            return found.text
    return None


def worker_ended(output: Path, *, resumable: bool) -> UserError:
    """Return that a process of ours was killed, by whomever.

    Args:
        output: Of the run.
        resumable: Whether it can go on later.
    """
    message = Text(
        "a process that decides records was ended from outside",
        "负责判断记录的一个进程被系统或别人结束了",
    )
    return _stopped("worker-ended", output, message, _room("enough memory", "内存够吗", resumable))


def cannot_go_on(error: Exception, path: Path, memory: str, *, resumable: bool) -> UserError:
    """Return why a run stops at an error of the system or the engine.

    Args:
        error: What happened.
        path: What was to be written.
        memory: The engine's limit.
        resumable: Whether the run can go on later.
    """
    if isinstance(error, duckdb.OutOfMemoryException):
        message = Text(f"{memory} of memory do not suffice", f"{memory} 内存不够用")
        hint = Text("allow more with `--memory 2GB`", "可用 `--memory 2GB` 放宽")
        return _stopped("out-of-memory", path, message, hint)
    reason = (getattr(error, "strerror", None) or str(error)).splitlines()[0][:300]
    message = Text(f"cannot be written: {reason}", f"无法写入：{reason}")
    return _stopped("cannot-write", path, message, _room("room", "空间够吗", resumable))


def _stopped(code: str, path: Path, message: Text, hint: Text) -> UserError:
    place = Place(file=str(path))
    return UserError([Problem(code=code, message=message, place=place, hint=hint)])


def _room(en: str, zh: str, resumable: bool) -> Text:  # noqa: FBT001 -- passed on as it is
    if not resumable:
        return Text(f"is there {en}?", f"{zh}？")
    return Text(
        f"is there {en}? then add `--resume`: what is done is kept",
        f"{zh}？之后加上 `--resume`，做完的部分还在",
    )

"""Invented founders with their answers, each judged twice from the story alone.

A file of them has one list, `founders:`. They are held against the advice by `rules calibrate`;
nothing else reads them.
"""

import re
from pathlib import Path

from msgspec import Struct

from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import MapNode
from salesadvisor.documents.read import read_document, require_mapping
from salesadvisor.problems import Problem, UserError
from salesadvisor.rulebook.answers import Answers, read_answers
from salesadvisor.rulebook.definitions import NO_MODEL, At, ModelId, Rulebook
from salesadvisor.rulebook.entries import HIRE


class Judgement(Struct, frozen=True, kw_only=True):
    """What one reader of the story would advise; `none` is no sales force of one's own."""

    best: ModelId
    acceptable: frozenset[ModelId]
    harmful: frozenset[ModelId]
    confidence: int  # 1 to 5
    hire: str  # now, later or never
    must_say: str
    why: str


class FounderCase(Struct, frozen=True, kw_only=True):
    """One founder."""

    id: str
    story: str
    answers: Answers
    judgements: tuple[Judgement, ...]
    at: At


_FIRST_KEY = re.compile(r"^([a-z_]+):", re.MULTILINE)


def holds_founders(text: str) -> bool:
    """Return whether a file holds founders: its first key says so."""
    first = _FIRST_KEY.search(text)
    return first is not None and first[1] == "founders"


def load_founders(path: Path, rulebook: Rulebook) -> tuple[FounderCase, ...]:
    """Return the founders in the file at `path`, or in every file of that folder; perhaps none.

    Raises:
        UserError: with every problem of the files.
    """
    paths = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    problems: list[Problem] = []
    found: list[FounderCase] = []
    for file in paths:
        root = require_mapping(read_document(file), str(file))
        if root.get("founders") is not None:
            fields = Fields(root, problems)
            found += [_read(entry, rulebook) for entry in fields.maps("founders")]
            fields.close()
    if problems:
        raise UserError(problems)
    return tuple(found)


def _read(fields: Fields, rulebook: Rulebook) -> FounderCase:
    node = fields.node_of("answers")
    case = FounderCase(
        id=fields.words("id"),
        story=fields.words("story"),
        answers=read_answers(
            node if isinstance(node, MapNode) else fields.node, rulebook, fields.node.place.file
        ),
        judgements=tuple(_judgement(f, rulebook) for f in fields.maps("judgements")),
        at=At(fields.node.place.file, fields.node.place.line),
    )
    fields.close()
    return case


def _judgement(fields: Fields, rulebook: Rulebook) -> Judgement:
    outcomes = [*(str(model.id) for model in rulebook.models), str(NO_MODEL)]

    def several(key: str) -> frozenset[ModelId]:
        return frozenset(ModelId(fields.known(n, outcomes)) for n in fields.scalars(key))

    found = Judgement(
        best=ModelId(fields.one_of("best", outcomes)),
        acceptable=several("acceptable"),
        harmful=several("harmful"),
        confidence=fields.whole("confidence", 1, 5),
        hire=fields.one_of("hire", HIRE),
        must_say=fields.words("must_say"),
        why=fields.words("why"),
    )
    fields.close()
    return found

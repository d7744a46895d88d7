"""The models side by side: facts about them, from the files with `sections:`."""

from collections.abc import Mapping

from msgspec import Struct

from salesadvisor.documents.fields import Fields
from salesadvisor.documents.read import parse_document, require_mapping
from salesadvisor.rulebook.cache import kept
from salesadvisor.rulebook.definitions import Evidence, ModelId, Rulebook
from salesadvisor.rulebook.draft import Draft, read_evidence
from salesadvisor.rulebook.folder import RuleFolder
from salesadvisor.rulebook.loader import require_no_problems
from salesadvisor.text import Text


class Fact(Struct, frozen=True, kw_only=True):
    """A statement and where it comes from."""

    text: Text
    evidence: Evidence


class Row(Struct, frozen=True, kw_only=True):
    """One aspect, for each model."""

    id: str
    aspect: Text
    cells: Mapping[ModelId, Fact]


class Section(Struct, frozen=True, kw_only=True):
    """Aspects that belong together, and what concerns all models."""

    id: str
    title: Text
    rows: tuple[Row, ...]
    notes: tuple[Fact, ...]


def load_comparison(folder: RuleFolder, rulebook: Rulebook) -> tuple[Section, ...]:
    """Return the sections of the rulebook's comparison; there may be none.

    Args:
        folder: What the rulebook was read from.
        rulebook: Kept between runs, it keeps these, too.

    Raises:
        UserError: with every problem in them.
    """
    return kept(rulebook, "comparison", tuple[Section, ...], lambda: _read(folder, rulebook))


def _read(folder: RuleFolder, rulebook: Rulebook) -> tuple[Section, ...]:
    draft = Draft(models=tuple(model.id for model in rulebook.models))
    sections: list[Section] = []
    for file in folder.files:
        root = require_mapping(parse_document(file.text, file.label), file.label)
        fields = Fields(root, draft.problems)
        if fields.has("sections"):
            sections += [_read_section(f, draft) for f in fields.maps("sections")]
            fields.close()
    require_no_problems(draft, rulebook)
    return tuple(sections)


def _read_section(fields: Fields, draft: Draft) -> Section:
    section = Section(
        id=draft.new_id(fields),
        title=fields.text("title"),
        rows=tuple(_read_row(f, draft) for f in fields.maps("rows")),
        notes=tuple(_read_note(f, draft) for f in fields.maps("notes", required=False)),
    )
    fields.close()
    return section


def _read_row(fields: Fields, draft: Draft) -> Row:
    id, aspect = draft.new_id(fields), fields.text("aspect")
    cells: dict[ModelId, Fact] = {}
    inner = fields.map("cells")
    for model in draft.models if inner else ():
        assert inner is not None
        cell = inner.map(model)
        if cell is not None:
            cells[model] = _read_fact(cell, draft)
            cell.close()
    if inner is not None:
        inner.close()
    fields.close()
    return Row(id=id, aspect=aspect, cells=cells)


def _read_note(fields: Fields, draft: Draft) -> Fact:
    draft.new_id(fields)
    fact = _read_fact(fields, draft)
    fields.close()
    return fact


def _read_fact(fields: Fields, draft: Draft) -> Fact:
    return Fact(text=fields.text("text"), evidence=read_evidence(fields, draft))

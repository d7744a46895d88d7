"""Playbooks: what to do once a model is chosen, from the files in `playbooks/`."""

from collections.abc import Mapping

from msgspec import Struct

from salesadvisor.documents.fields import Fields
from salesadvisor.documents.read import parse_document, require_mapping
from salesadvisor.language.checker import Type, require_condition
from salesadvisor.language.parser import ExpressionError
from salesadvisor.language.syntax import Constant, Expression
from salesadvisor.rulebook.cache import kept
from salesadvisor.rulebook.definitions import At, Evidence, ModelId, Rulebook
from salesadvisor.rulebook.draft import Draft, at, expression_problem, parse, read_evidence
from salesadvisor.rulebook.folder import RuleFolder
from salesadvisor.rulebook.loader import names_of, outcome_types, require_no_problems
from salesadvisor.text import Text

_ROW_KEYS = ("id", "when", "day", "sources", "status")


class Row(Struct, frozen=True, kw_only=True):
    """One entry of a playbook, and for whom it is."""

    id: str
    when: Expression
    day: int | None  # from the start
    cells: Mapping[str, Text]  # by column
    evidence: Evidence
    at: At


class Section(Struct, frozen=True, kw_only=True):
    """Entries that belong together."""

    id: str
    title: Text
    lead: Text
    numbered: bool
    columns: Mapping[str, Text]  # the first is the head of a row
    by_pattern: Mapping[str, str]  # columns that are only for those for whom a pattern holds
    rows: tuple[Row, ...]


class Playbook(Struct, frozen=True, kw_only=True):
    """What to do for one model."""

    model: ModelId
    promise: Text
    sections: tuple[Section, ...]


def load_playbooks(folder: RuleFolder, rulebook: Rulebook) -> Mapping[ModelId, Playbook]:
    """Return the playbooks of a rulebook; there may be none.

    Args:
        folder: What the rulebook was read from.
        rulebook: Kept between runs, it keeps its playbooks, too.

    Raises:
        UserError: with every problem in them.
    """
    type_ = Mapping[ModelId, Playbook]
    return kept(rulebook, "playbooks", type_, lambda: _read(folder, rulebook))


def _read(folder: RuleFolder, rulebook: Rulebook) -> Mapping[ModelId, Playbook]:
    draft = Draft(models=tuple(model.id for model in rulebook.models))
    names = {**names_of(rulebook), **outcome_types(draft.models)}
    reader = _Reader(draft, names, tuple(pattern.id for pattern in rulebook.patterns))
    found: dict[ModelId, Playbook] = {}
    for file in folder.playbooks:
        root = require_mapping(parse_document(file.text, file.label), file.label)
        playbook = reader.playbook(Fields(root, draft.problems))
        found[playbook.model] = playbook
    require_no_problems(draft, rulebook)
    return found


def read_when(fields: Fields, draft: Draft, names: Mapping[str, Type]) -> Expression:
    """Return the condition under `when`, checked; without one it always holds."""
    node = fields.scalar("when", required=False)
    written = parse(node, fields) if node is not None else None
    if written is None:
        return Constant(True)
    try:
        require_condition(written.expression, names)
    except ExpressionError as error:
        draft.problems.append(expression_problem(error, written.node))
    return written.expression


class _Reader:
    def __init__(self, draft: Draft, names: Mapping[str, Type], patterns: tuple[str, ...]) -> None:
        self.draft = draft
        self.patterns = patterns
        self.names = names
        self.figures = tuple(names)

    def playbook(self, fields: Fields) -> Playbook:
        playbook = Playbook(
            model=ModelId(fields.one_of("playbook_of", list(self.draft.models))),
            promise=fields.text("promise"),
            sections=tuple(self._section(inner) for inner in fields.maps("sections")),
        )
        fields.close()
        return playbook

    def _section(self, fields: Fields) -> Section:
        columns: dict[str, Text] = {}
        inner = fields.map("columns")
        for key, _ in inner.entries() if inner is not None else ():
            assert inner is not None
            columns[key.text] = inner.text(key.text)
        # Within one section an id is taken once; other sections may use it again.
        draft = Draft(problems=self.draft.problems, models=self.draft.models)
        section = Section(
            id=fields.id(),
            title=fields.text("title"),
            lead=fields.text("lead", required=False),
            numbered=fields.flag("numbered"),
            columns=columns,
            by_pattern=self._by_pattern(fields, columns),
            rows=tuple(self._row(f, columns, draft) for f in fields.maps("rows")),
        )
        self.draft.cited += draft.cited
        fields.close()
        return section

    def _by_pattern(self, fields: Fields, columns: Mapping[str, Text]) -> Mapping[str, str]:
        inner = fields.map("by_pattern", required=False)
        found: dict[str, str] = {}
        for key, _ in inner.entries() if inner is not None else ():
            assert inner is not None
            found[inner.known(key, list(columns))] = inner.one_of(key.text, self.patterns)
        return found

    def _row(self, fields: Fields, columns: Mapping[str, Text], draft: Draft) -> Row:
        first = next(iter(columns), "")
        row = Row(
            id=draft.new_id(fields),
            when=read_when(fields, self.draft, self.names),
            day=fields.whole("day", 0, 3650) if fields.has("day") else None,
            cells={
                key: fields.text(key, fields=self.figures)
                for key in columns
                if key == first or fields.has(key)
            },
            evidence=read_evidence(fields, draft),
            at=at(fields),
        )
        fields.asked += _ROW_KEYS
        fields.close()
        return row

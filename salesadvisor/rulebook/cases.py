"""Companies whose way of selling is publicly stated, with the answers they would have given.

A file of cases has one list, `cases:`. Each case may carry two independent sets of answers and
two independent labels.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import MapNode
from salesadvisor.documents.read import parse_document, read_document, require_mapping
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.possible import FALSE, TRUE, Numbers, OneOf, SomeOf
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.rulebook.answers import Answers, read_answers
from salesadvisor.rulebook.definitions import (
    At,
    ModelId,
    Precedent,
    QuestionId,
    Rulebook,
    Sample,
)
from salesadvisor.rulebook.folder import RuleFile
from salesadvisor.rulebook.founder_cases import holds_founders
from salesadvisor.rulebook.known import known_values
from salesadvisor.text import Text

SURE = 4
"""A label of this confidence, on a scale from 1 to 5, counts as sure."""


class Case(Struct, frozen=True, kw_only=True):
    """One company, for a stated unit and year."""

    id: str
    company: str
    unit: Text
    year: int
    label: ModelId  # what it says it mainly does; no proof that it is best
    label_basis: Text
    confidence: int  # in the label, 1 to 5
    second_label: ModelId | None  # by a second rater, without seeing the first
    second_confidence: int | None
    seen: bool  # whether a page that states it was read; else it is recalled
    title: str
    address: str
    trick: bool  # a rule on price alone points to the opposite side
    answers: tuple[Answers, ...]  # one set, or two independent ones
    at: At

    @property
    def is_sure(self) -> bool:
        """Whether both raters give the same label, and both are sure of it."""
        if self.second_label is None or self.second_confidence is None:
            return self.confidence >= SURE
        return (
            self.label == self.second_label and min(self.confidence, self.second_confidence) >= SURE
        )


def load_cases(path: Path, rulebook: Rulebook) -> tuple[Case, ...]:
    """Return the cases in the file at `path`, or in every file of that folder.

    Raises:
        UserError: with every problem of the files, or where there is no case at all.
    """
    paths = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    problems: list[Problem] = []
    found: list[Case] = []
    for file in paths:
        try:
            root = require_mapping(read_document(file), str(file))
        except UserError as error:
            problems.extend(error.problems)
            continue
        if root.get("founders") is None:
            found += _read_file(root, rulebook, problems)
    if not found and not problems:
        problems.append(
            Problem(
                code="missing-key",
                message=Text("there are no cases here", "这里没有案例"),
                place=Place(file=str(path)),
                hint=Text("a file of cases has a list `cases:`", "案例文件里要有列表 `cases:`"),
            )
        )
    if problems:
        raise UserError(problems)
    return tuple(found)


def parse_cases(files: Iterable[RuleFile], rulebook: Rulebook) -> tuple[Case, ...]:
    """Return the cases in these files of a rulebook's folder.

    Raises:
        UserError: with every problem of the files.
    """
    problems: list[Problem] = []
    found: list[Case] = []
    for file in files:
        if holds_founders(file.text):
            continue
        try:
            root = require_mapping(parse_document(file.text, file.label), file.label)
        except UserError as error:
            problems.extend(error.problems)
            continue
        found += _read_file(root, rulebook, problems)
    if problems:
        raise UserError(problems)
    return tuple(found)


def _read_file(root: MapNode, rulebook: Rulebook, problems: list[Problem]) -> list[Case]:
    fields = Fields(root, problems)
    found: list[Case] = []
    places: dict[str, Place] = {}
    for entry in fields.maps("cases"):
        case = _read_case(entry, rulebook)
        first = places.setdefault(case.id, entry.node.place)
        if first is not entry.node.place:
            entry.problem(
                "duplicate-id",
                Text(
                    f"`{case.id}` is already the id at {first.file}:{first.line}",
                    f"`{case.id}` 已在 {first.file}:{first.line} 用过",
                ),
                entry.place_of("id"),
            )
        found.append(case)
    fields.close()
    return found


def _read_case(fields: Fields, rulebook: Rulebook) -> Case:
    models = [str(model.id) for model in rulebook.models]
    provenance = fields.map("provenance")
    seen, title, address = False, "", ""
    if provenance is not None:
        seen = provenance.one_of("kind", ("seen", "recalled")) == "seen"
        title = provenance.words("title", default="")
        address = provenance.words("address", default="")
        provenance.close()
    second = fields.one_of("second_label", models) if fields.has("second_label") else None
    fields.words("buyer_type", default="")  # who buys, in a word; read by nothing
    case = Case(
        id=fields.words("id"),
        company=fields.words("company"),
        unit=fields.text("unit"),
        year=fields.whole("year", 1900, 2200),
        label=ModelId(fields.one_of("label", models)),
        label_basis=fields.text("label_basis"),
        confidence=fields.whole("confidence", 1, 5),
        second_label=None if second is None else ModelId(second),
        second_confidence=None if second is None else fields.whole("second_confidence", 1, 5),
        seen=seen,
        title=title,
        address=address,
        trick=fields.flag("trick"),
        answers=tuple(_read_answers(fields, rulebook)),
        at=At(fields.node.place.file, fields.node.place.line),
    )
    fields.asked += ["second_label", "second_confidence"]
    fields.close()
    return case


def _read_answers(fields: Fields, rulebook: Rulebook) -> Iterator[Answers]:
    for key in ("answers", "second_answers"):
        inner = fields.map(key, required=key == "answers")
        if inner is None:
            continue
        try:
            yield read_answers(inner.node, rulebook, inner.node.place.file)
        except UserError as error:
            fields.problems.extend(error.problems)


def precedent_of(case: Case, rulebook: Rulebook) -> Precedent:
    """Return the case as what speaks in it, to be compared with other answers."""
    held, opened = [], []
    for answers in case.answers:
        known = known_values(rulebook, answers.values, answers.assumptions)
        truths = {rule.id: truth_of(rule.when, known) for rule in rulebook.rules}
        held.append(frozenset(id for id, truth in truths.items() if truth == TRUE))
        opened.append(frozenset(id for id, t in truths.items() if t not in (TRUE, FALSE)))
    return Precedent(
        id=case.id,
        company=case.company,
        unit=case.unit,
        year=case.year,
        label=case.label,
        label_basis=case.label_basis,
        is_sure=case.is_sure,
        seen=case.seen,
        title=case.title,
        address=case.address,
        held=tuple(held),
        opened=tuple(opened),
        at=case.at,
    )


def sample_of(cases: Iterable[Case]) -> Sample:
    """Return the answers that the cases cover."""
    numbers: dict[QuestionId, Numbers] = {}
    options: dict[QuestionId, frozenset[str]] = {}
    for answers in (answers for case in cases for answers in case.answers):
        for id in answers.answered:
            match answers.values[id]:
                case Numbers(low, high):
                    wide = numbers.get(id, Numbers(low, high))
                    numbers[id] = Numbers(min(low, wide.low), max(high, wide.high))
                case OneOf(found) | SomeOf(_, found):
                    options[id] = options.get(id, frozenset()) | found
                case _:
                    pass
    return Sample(numbers=numbers, options=options)

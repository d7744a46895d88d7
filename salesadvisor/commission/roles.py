"""What is usual for a role: the rulebook's file with `pay_of_roles:`."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import MapNode, ScalarNode
from salesadvisor.documents.read import parse_document, require_mapping
from salesadvisor.language.checker import Type
from salesadvisor.language.syntax import Expression
from salesadvisor.rulebook.cache import kept
from salesadvisor.rulebook.definitions import At, Evidence, ModelId, Rulebook
from salesadvisor.rulebook.draft import Draft, at, read_evidence
from salesadvisor.rulebook.folder import RuleFolder
from salesadvisor.rulebook.loader import names_of, outcome_types, require_no_problems
from salesadvisor.rulebook.playbooks import read_when
from salesadvisor.text import Text


class Role(Struct, frozen=True, kw_only=True):
    """How one role is usually paid."""

    id: str
    title: Text
    models: tuple[ModelId, ...]
    when: Expression  # for which founders
    plan: MapNode | None  # keys of a plan file; None: this role gets no commission
    quota_guide: Text
    remarks: Text
    evidence: Evidence
    at: At


class SplitRule(Struct, frozen=True, kw_only=True):
    """Who gets credit where several people work on one deal."""

    id: str
    situation: Text
    rule: Text
    why: Text
    evidence: Evidence


class PayKnowledge(Struct, frozen=True, kw_only=True):
    """What the rulebook says about pay."""

    roles: tuple[Role, ...]
    splits: tuple[SplitRule, ...]
    early: Text  # before the product sells by itself
    law: Text


def load_pay(folder: RuleFolder, rulebook: Rulebook) -> PayKnowledge | None:
    """Return what the rulebook says about pay; None where it says nothing.

    Args:
        folder: What the rulebook was read from.
        rulebook: Kept between runs, it keeps this, too.

    Raises:
        UserError: with every problem in it.
    """
    return kept(rulebook, "pay", PayKnowledge | None, lambda: _read(folder, rulebook))


def _read(folder: RuleFolder, rulebook: Rulebook) -> PayKnowledge | None:
    draft = Draft(models=tuple(model.id for model in rulebook.models))
    names = {**names_of(rulebook), **outcome_types(draft.models)}
    found: PayKnowledge | None = None
    for fields in _files(folder, draft):
        inner = fields.map("pay_of_roles")
        fields.close()
        if inner is not None:
            found = _knowledge(inner, draft, names)
    require_no_problems(draft, rulebook)
    return found


def _files(folder: RuleFolder, draft: Draft) -> Iterator[Fields]:
    for file in folder.files:
        root = require_mapping(parse_document(file.text, file.label), file.label)
        fields = Fields(root, draft.problems)
        if fields.has("pay_of_roles"):
            yield fields


def _knowledge(fields: Fields, draft: Draft, names: Mapping[str, Type]) -> PayKnowledge:
    pay = PayKnowledge(
        roles=tuple(_role(inner, draft, names) for inner in fields.maps("roles")),
        splits=tuple(_split(inner, draft) for inner in fields.maps("splits", required=False)),
        early=fields.text("early"),
        law=fields.text("law"),
    )
    fields.close()
    return pay


def _role(fields: Fields, draft: Draft, names: Mapping[str, Type]) -> Role:
    models = [str(model) for model in draft.models]
    plan = fields.node_of("plan", required=False)
    role = Role(
        id=draft.new_id(fields),
        title=fields.text("title"),
        models=tuple(ModelId(fields.known(n, models)) for n in fields.scalars("models")),
        when=read_when(fields, draft, names),
        plan=plan if isinstance(plan, MapNode) else None,
        quota_guide=fields.text("quota_guide", required=False),
        remarks=fields.text("remarks", required=False),
        evidence=read_evidence(fields, draft),
        at=at(fields),
    )
    if isinstance(plan, ScalarNode):
        fields.map("plan")  # says what is expected
    fields.close()
    return role


def _split(fields: Fields, draft: Draft) -> SplitRule:
    split = SplitRule(
        id=draft.new_id(fields),
        situation=fields.text("situation"),
        rule=fields.text("rule"),
        why=fields.text("why"),
        evidence=read_evidence(fields, draft),
    )
    fields.close()
    return split

"""`KEY=VALUE` from the command line: answers, weights and figures that override a file's."""

from collections.abc import Sequence

from msgspec import Struct

from salesadvisor.documents.node import Node, ScalarNode
from salesadvisor.documents.read import parse_document
from salesadvisor.problems import Place, Problem, UserError, did_you_mean
from salesadvisor.rulebook.definitions import Rulebook
from salesadvisor.text import Text


class Setting(Struct, frozen=True):
    """`KEY=VALUE` from the command line: overrides what a file says."""

    key: ScalarNode
    value: Node


def parse_setting(text: str, option: str, prefix: str = "") -> Setting:
    """Return the setting in `text`, which was given to `option`.

    Args:
        text: `KEY=VALUE`; the value as in an answer file.
        option: For messages: `--set`.
        prefix: What is put before the key: `weight-` for `--weight`.

    Raises:
        UserError: there is no `=`, or the value is no YAML.
    """
    key, equals, value = text.partition("=")
    place = Place(file=option, line=1, column=1, width=max(1, len(key)), text=text)
    if not equals or not key.strip():
        missing = (
            Text("no `=`", "`=`") if not equals else Text("nothing before `=`", "`=` 前的内容")
        )
        raise UserError(
            [
                Problem(
                    code="bad-setting",
                    message=Text(f"`{text}` has {missing.en}", f"`{text}` 缺少 {missing.zh}"),
                    place=place,
                    hint=Text(f"write `{option} KEY=VALUE`", f"请写 `{option} 键=值`"),
                )
            ]
        )
    node = None
    if value.lstrip()[:1] in ("[", "{", '"', "'"):
        node = parse_document(value, option)
    if node is None:
        where = Place(file=option, line=1, column=len(key) + 2, width=max(1, len(value)), text=text)
        node = ScalarNode(value, where, False, (1, len(text) + 1))
    return Setting(ScalarNode(prefix + key.strip(), place, False, (1, len(key) + 1)), node)


def require_assumptions(settings: Sequence[Setting], rulebook: Rulebook) -> None:
    """Check that each setting is for one of the rulebook's assumptions.

    Raises:
        UserError: one is for something else.
    """
    known = [assumption.id for assumption in rulebook.assumptions]
    problems = [
        Problem(
            code="unknown-key",
            message=Text(
                f"`{setting.key.text[:60]}` is not an assumption",
                f"`{setting.key.text[:60]}` 不是假设",
            ),
            place=setting.key.place,
            hint=did_you_mean(setting.key.text, known),
        )
        for setting in settings
        if setting.key.text not in known
    ]
    if problems:
        raise UserError(problems)


def require_criteria(settings: Sequence[Setting], rulebook: Rulebook) -> None:
    """Check that each weight is for one of the rulebook's criteria.

    Raises:
        UserError: one is for something else.
    """
    known = [criterion.id for criterion in rulebook.criteria]
    named = [(s, s.key.text.removeprefix("weight-")) for s in settings]
    problems = [
        Problem(
            code="unknown-key",
            message=Text(f"`{name[:60]}` is not a criterion", f"`{name[:60]}` 不是评估方面"),
            place=setting.key.place,
            hint=did_you_mean(name, known),
        )
        for setting, name in named
        if name not in known
    ]
    if problems:
        raise UserError(problems)

"""`--set`, `--weight` and `--assume` -> settings that answer files are read with."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salesadvisor.rulebook.definitions import Rulebook
    from salesadvisor.rulebook.settings import Setting


def read_settings(
    rulebook: "Rulebook",
    set_: list[str] | None,
    weight: list[str] | None,
    assume: list[str] | None,
) -> "list[Setting]":
    """Return what the options say.

    Raises:
        UserError: an id or a value in them is wrong.
    """
    from salesadvisor.rulebook.settings import parse_setting, require_assumptions, require_criteria

    figures = [parse_setting(text, "--assume") for text in assume or ()]
    require_assumptions(figures, rulebook)
    weights = [parse_setting(text, "--weight", "weight-") for text in weight or ()]
    require_criteria(weights, rulebook)
    return [
        *figures,
        *weights,
        *(parse_setting(text, "--set") for text in set_ or ()),
    ]

"""The one dividing line: from where the rules turn to where the figures do, the same everywhere."""

from salesadvisor.advice.economics import FigureModel
from salesadvisor.advice.figures import two_digits
from salesadvisor.language.possible import Numbers
from salesadvisor.language.syntax import Name
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Rulebook

_DRAWS = 250
"""Where an answer behind it is open."""


def find_dividing_line(
    rulebook: Rulebook, answers: Answers, by_rules: float | None
) -> Numbers | None:
    """Return the range from the lower to the higher line, to two digits; None where there is none.

    Args:
        rulebook: Whose figures draw one of them.
        answers: Of one company.
        by_rules: Where the winner turns between both ends of a spread, if it does.
    """
    found = [] if by_rules is None else [by_rules]
    figures = rulebook.figures
    if figures is not None and all(id in answers.answered for id in figures.needs):
        model = FigureModel(rulebook, answers, _DRAWS)
        value = 0.0 if model.has_no_line else model.expected(Name(figures.line.value))
        found += [value] if value > 0 else []
    if not found:
        return None
    return Numbers(two_digits(min(found)), two_digits(max(found)))


def line_names(rulebook: Rulebook) -> tuple[str, ...]:
    """Return the formulas that stand for the line in texts."""
    line = None if rulebook.figures is None else rulebook.figures.line
    return () if line is None else (line.value, line.low, line.high)

"""What to do where no sales force of one's own pays, or beside one."""

from collections.abc import Iterator, Mapping

from salesadvisor.advice.definitions import AlternativeAdvice
from salesadvisor.advice.economics import FigureModel
from salesadvisor.advice.figures import figure_text
from salesadvisor.advice.reasons import evidence_status
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.possible import TRUE, Numbers, Value
from salesadvisor.language.syntax import Name
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Alternative, Rulebook
from salesadvisor.text import Text, fields_of

_DRAWS = 250
"""For a sum in a sentence."""


def find_alternatives(
    rulebook: Rulebook, answers: Answers, known: Mapping[str, Value]
) -> Iterator[AlternativeAdvice]:
    """Yield what fits, in the rulebook's order.

    Args:
        rulebook: What to choose from.
        answers: Of one company.
        known: What every name can be; the outcome of the advice among them.
    """
    for alternative in rulebook.alternatives:
        if truth_of(alternative.when, known) == TRUE:
            yield AlternativeAdvice(
                id=alternative.id,
                name=alternative.name,
                because=_because(alternative, rulebook, answers),
                first_steps=alternative.first_steps,
                source_status=evidence_status(rulebook, alternative.evidence),
                at=alternative.at,
            )


def _because(alternative: Alternative, rulebook: Rulebook, answers: Answers) -> Text:
    """Return the reason with the sum that decides, where the answers say enough."""
    names = fields_of(alternative.because.en)
    needed = set(rulebook.questions_behind(names))
    if not needed <= set(answers.answered):
        return alternative.because_without_numbers
    model = FigureModel(rulebook, answers, _DRAWS)
    sums = {}
    for name in names:
        likely = model.expected(Name(name))
        unit = rulebook.formula[name].unit
        value = Numbers(likely, likely)
        sums[name] = figure_text(value, unit, answers.money, rulebook.currency)
    return alternative.because.filled(**sums)

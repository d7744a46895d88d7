"""What the founder's own figures say against the recommended model."""

import math
from collections.abc import Iterator

from salesadvisor.advice.definitions import Finding
from salesadvisor.advice.economics import FigureModel
from salesadvisor.advice.figures import figure_text
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.possible import FALSE, TRUE, Numbers, is_single
from salesadvisor.language.syntax import Expression, Name, names_in
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import (
    CrossCheck,
    Kind,
    ModelId,
    NumberQuestion,
    Rulebook,
)
from salesadvisor.rulebook.known import known_values
from salesadvisor.text import Language, Text, fields_of

_DRAWS = 250
_STEPS = 240
"""Into how many pieces the way to the end of the domain is cut, on a log scale."""


def find_cross_checks(
    rulebook: Rulebook, answers: Answers, model: ModelId | None
) -> Iterator[Finding]:
    """Yield what the figures say against `model`; nothing while answers that they need are open."""
    figures = rulebook.figures
    if figures is None or model is None or any(id not in answers.answered for id in figures.needs):
        return
    known = known_values(rulebook, answers.values, answers.assumptions)
    blend = rulebook.model[model]
    for side in (model, *blend.blend_of):
        name = blend.short if side == model else _side(rulebook.model[side].short, blend.short)
        for check in figures.checks:
            when = check.when.get(side)
            if when is None or (side != model and not check.of_sides):
                continue
            if truth_of(when, known) == TRUE:
                yield _finding(check, when, side, name, rulebook, answers)


def _side(side: Text, blend: Text) -> Text:
    return Text(
        f"the {side.en.lower()} side of {blend.en.lower()}",
        f"{blend[Language.ZH]}里的{side[Language.ZH]}一侧",
    )


def _finding(
    check: CrossCheck,
    when: Expression,
    model: ModelId,
    shown: Text,
    rulebook: Rulebook,
    answers: Answers,
) -> Finding:
    turn = find_turn(check, when, rulebook, answers)
    message = check.message_without_turn if turn is None else check.message
    told: dict[str, Text] = {"model": shown}
    figures = FigureModel(rulebook, answers, _DRAWS)
    for name in fields_of(message.en):
        id = f"{name}.{model}" if f"{name}.{model}" in rulebook.formula else name
        if id in rulebook.formula:
            spread = figures.spread(Name(id))
            value = Numbers(spread.low, spread.high)
            told[name] = figure_text(
                value, rulebook.formula[id].unit, answers.money, rulebook.currency
            )
    if turn is not None:
        question = rulebook.question[check.along]
        unit = rulebook.currency if question.kind is Kind.MONEY else None
        told["turn"] = figure_text(Numbers(turn, turn), unit, answers.money, rulebook.currency)
    return Finding(
        id=check.id, message=message.filled(**told), questions=(check.along,), at=check.at
    )


def find_turn(
    check: CrossCheck, when: Expression, rulebook: Rulebook, answers: Answers
) -> float | None:
    """Return the nearest higher answer at which the check no longer holds, to its step.

    None where an answer is open, or where it holds to the end of the domain.
    """
    question = rulebook.question[check.along]
    assert isinstance(question, NumberQuestion)
    asked = rulebook.questions_behind(names_in(when))
    if any(not is_single(answers.values[id]) for id in asked):
        return None
    now = answers.values[check.along]
    assert isinstance(now, Numbers)

    def is_over(value: float) -> bool:
        changed = {**answers.values, check.along: Numbers(value, value)}
        return truth_of(when, known_values(rulebook, changed, answers.assumptions)) == FALSE

    low, step = max(now.low, float(question.step)), float(question.step)
    factor = (question.domain.high / low) ** (1 / _STEPS)
    if factor <= 1:
        return None
    high = low
    while not is_over(high):
        if high >= question.domain.high:
            return None
        low, high = high, min(high * factor, question.domain.high)
    while high - low > step:
        middle = low + math.floor((high - low) / step / 2 + 0.5) * step
        if middle in (low, high):
            break
        low, high = (low, middle) if is_over(middle) else (middle, high)
    return high

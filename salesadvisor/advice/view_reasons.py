"""Both ends of a spread of customers, explained: what each calls for, why, and where it turns."""

from salesadvisor.advice.definitions import EndAdvice, Reason, ViewsAdvice
from salesadvisor.advice.figures import answer_figure, two_digits
from salesadvisor.advice.reasons import evidence_status, reason_of, source_text
from salesadvisor.advice.spread_line import find_line
from salesadvisor.advice.verdict import Assessment, EndResult, SpreadResult
from salesadvisor.language.possible import TRUE, Numbers
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Kind, NumberQuestion, Rulebook, View, Views
from salesadvisor.text import Text


def line_by_rules(assessment: Assessment) -> float | None:
    """Return where the winner turns between the ends of the spread, if they differ for certain."""
    spread = assessment.verdict.spread
    if spread is None or spread.applies != TRUE or not assessment.verdict.enough:
        return None
    return find_line(spread, assessment)


def explain_views(assessment: Assessment, line: Numbers | None) -> ViewsAdvice | None:
    """Return what the ends of the spread say, or None where it is not certain that they differ.

    Args:
        assessment: What the answers say, and the verdict.
        line: From where to where the line between them may be drawn, where that is known.
    """
    spread, answers = assessment.verdict.spread, assessment.answers
    if spread is None or spread.applies != TRUE or not assessment.verdict.enough:
        return None
    views, rulebook = spread.views, assessment.scoring.rulebook
    line = line if spread.split else None
    rate = float(answers.money.rate) if _is_money(rulebook, views) and answers.money.rate else 1.0
    return ViewsAdvice(
        id=views.id,
        small=_end(spread, spread.small, spread.large, views.small, answers),
        large=_end(spread, spread.large, spread.small, views.large, answers),
        split=spread.split,
        overruled_by=spread.overruled_by,
        question=views.line,
        line=None if line is None else (two_digits(line.low / rate), two_digits(line.high / rate)),
        because=views.because,
        dividing_line=views.says_without_line
        if line is None
        else views.says.filled(line=_shown(line, rulebook, views, answers)),
        source=source_text(rulebook, views.evidence),
        source_status=evidence_status(rulebook, views.evidence),
        at=views.at,
    )


def _end(
    spread: SpreadResult, here: EndResult, there: EndResult, view: View, answers: Answers
) -> EndAdvice:
    scoring, winner, line = here.scoring, here.winner, spread.views.line
    left = [m for m, truth in scoring.excluded.items() if truth != TRUE and m != winner]
    second = max((scoring.scores[m] for m in left), default=None)
    lead = 0 if winner is None or second is None else scoring.scores[winner] - second
    at, rulebook = here.values[line] if line in answers.answered else None, scoring.rulebook
    return EndAdvice(
        name=view.name,
        model=winner,
        lead=scoring.in_points(lead),
        scores={
            m: scoring.in_points(scoring.scores[m])
            for m in scoring.scores
            if not rulebook.model[m].blend_of
        },
        at=_shown(at, rulebook, spread.views, answers) if isinstance(at, Numbers) else None,
        reasons=_reasons(here, there),
    )


def _is_money(rulebook: Rulebook, views: Views) -> bool:
    return rulebook.question[views.line].kind is Kind.MONEY


def _shown(value: Numbers, rulebook: Rulebook, views: Views, answers: Answers) -> Text:
    question = rulebook.question[views.line]
    assert isinstance(question, NumberQuestion)
    return answer_figure(value, question, answers.money, rulebook.currency)


def _reasons(here: EndResult, there: EndResult) -> tuple[Reason, ...]:
    """Return the rules that speak for this end's winner and hold here alone, strongest first."""
    scoring, winner = here.scoring, here.winner
    found = [
        reason_of(rule, scoring, "true")
        for rule in scoring.rulebook.rules
        if scoring.truths[rule.id] == TRUE and there.scoring.truths[rule.id] != TRUE
    ]

    def lead(reason: Reason) -> float:
        if winner is None:
            return max(reason.points.values()) - min(reason.points.values())
        others = [p for m, p in reason.points.items() if m in scoring.excluded and m != winner]
        return reason.points[winner] - max(others, default=0.0)

    speaking = [reason for reason in found if winner is None or lead(reason) > 0]
    return tuple(sorted(speaking, key=lambda reason: -lead(reason)))

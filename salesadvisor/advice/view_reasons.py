"""Both ends of a spread of customers, explained: what each calls for, why, and where it turns."""

from salesadvisor.advice.definitions import EndAdvice, Reason, ViewsAdvice
from salesadvisor.advice.figures import answer_figure, two_digits
from salesadvisor.advice.reasons import evidence_status, reason_of, source_text
from salesadvisor.advice.scoring import Scoring
from salesadvisor.advice.turning import find_line
from salesadvisor.advice.verdict import Verdict
from salesadvisor.advice.views import Sight, Sights
from salesadvisor.language.possible import TRUE, Numbers
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Kind, NumberQuestion, Rulebook, View, Views
from salesadvisor.text import Text


def explain_views(scoring: Scoring, verdict: Verdict, answers: Answers) -> ViewsAdvice | None:
    """Return what the ends of the spread say, or None where it is not certain that they differ."""
    sights = verdict.sights
    if sights is None or sights.applies != TRUE or not verdict.enough:
        return None
    views, rulebook = sights.views, scoring.rulebook
    line = find_line(sights, scoring)
    rate = float(answers.money.rate) if _is_money(rulebook, views) and answers.money.rate else 1.0
    return ViewsAdvice(
        id=views.id,
        small=_end(sights, sights.small, sights.large, views.small, answers),
        large=_end(sights, sights.large, sights.small, views.large, answers),
        split=sights.split,
        overruled_by=sights.overruled_by,
        question=views.line,
        line=None if line is None else two_digits(line / rate),
        because=views.because,
        dividing_line=views.says_without_line
        if line is None
        else views.says.filled(line=_shown(Numbers(line, line), scoring, views, answers)),
        source=source_text(rulebook, views.evidence),
        source_status=evidence_status(rulebook, views.evidence),
        at=views.at,
    )


def _end(sights: Sights, here: Sight, there: Sight, view: View, answers: Answers) -> EndAdvice:
    scoring, winner = here.scoring, here.standing.winner
    left = [m for m, truth in here.standing.excluded.items() if truth != TRUE and m != winner]
    second = max((scoring.scores[m] for m in left), default=None)
    lead = 0 if winner is None or second is None else scoring.scores[winner] - second
    at = here.values[sights.views.line] if sights.views.line in answers.answered else None
    return EndAdvice(
        name=view.name,
        model=winner,
        lead=scoring.in_points(lead),
        at=_shown(at, scoring, sights.views, answers) if isinstance(at, Numbers) else None,
        reasons=_reasons(here, there),
    )


def _is_money(rulebook: Rulebook, views: Views) -> bool:
    return rulebook.question[views.line].kind is Kind.MONEY


def _shown(value: Numbers, scoring: Scoring, views: Views, answers: Answers) -> Text:
    question = scoring.rulebook.question[views.line]
    assert isinstance(question, NumberQuestion)
    return answer_figure(value, question, answers.money, scoring.rulebook.currency)


def _reasons(here: Sight, there: Sight) -> tuple[Reason, ...]:
    """Return the rules that speak for this end's winner and hold here alone, strongest first."""
    scoring, winner = here.scoring, here.standing.winner
    found = [
        reason_of(rule, scoring, "true")
        for rule in scoring.rulebook.rules
        if scoring.truths[rule.id] == TRUE and there.scoring.truths[rule.id] != TRUE
    ]

    def lead(reason: Reason) -> float:
        if winner is None:
            return max(reason.points.values()) - min(reason.points.values())
        others = [
            p for m, p in reason.points.items() if m in here.standing.excluded and m != winner
        ]
        return reason.points[winner] - max(others, default=0.0)

    speaking = [reason for reason in found if winner is None or lead(reason) > 0]
    return tuple(sorted(speaking, key=lambda reason: -lead(reason)))

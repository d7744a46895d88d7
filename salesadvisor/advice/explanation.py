"""Verdict -> advice: the reasons, findings, lines and notes that go with it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from msgspec.structs import replace as structs_replace

from salesadvisor.advice.alternatives import find_alternatives
from salesadvisor.advice.changes import explain_tipping_points
from salesadvisor.advice.comparable import find_comparable, find_outside
from salesadvisor.advice.cross_checks import find_cross_checks
from salesadvisor.advice.definitions import (
    Advice,
    ComparableAdvice,
    Finding,
    ModelAdvice,
    OpenAnswer,
    PatternAdvice,
    Reason,
    RulebookName,
    VetoAdvice,
)
from salesadvisor.advice.dividing_line import find_dividing_line, line_names
from salesadvisor.advice.economics import Economics, find_economics
from salesadvisor.advice.figures import figure_text, money_figure
from salesadvisor.advice.reasons import evidence_status, reason_of, source_text
from salesadvisor.advice.scoring import Scoring
from salesadvisor.advice.second_opinions import find_second_opinions
from salesadvisor.advice.telling import find_information
from salesadvisor.advice.tipping import TippingPoint, Walk, find_tipping_points
from salesadvisor.advice.verdict import OPEN_WORD, Assessment, Verdict, assess
from salesadvisor.advice.view_reasons import explain_views, line_by_rules
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.possible import FALSE, OPEN, TRUE, Numbers, OneOf, Value, is_single
from salesadvisor.language.syntax import names_in
from salesadvisor.rulebook.answers import Answers, answers_from_values
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    Check,
    ModelId,
    Pattern,
    QuestionId,
    Rule,
    Rulebook,
)
from salesadvisor.rulebook.known import Lookup
from salesadvisor.text import Language, Text, fields_of

NOT_CALIBRATED = "not-calibrated"
"""The id of the warning that the shares were not tuned on answers like these."""


def advise_on(rulebook: Rulebook, answers: Answers) -> Advice:
    """Return the advice that follows from `answers`."""
    assessment = assess(rulebook, answers)
    verdict = assessment.verdict
    points: Iterable[TippingPoint] = ()
    if verdict.enough:
        points = find_tipping_points(Walk(assessment), verdict.recommendation)
    advice = explain(assessment, points)
    if not verdict.enough:
        return advice
    return replace(
        advice,
        economics=_with_line(find_economics(rulebook, answers), advice.dividing_line),
        cross_checks=tuple(find_cross_checks(rulebook, answers, verdict.recommendation)),
        second_opinions=find_second_opinions(rulebook, answers),
    )


def _with_line(economics: Economics | None, dividing: Numbers | None) -> Economics | None:
    """Return the figures with the one dividing line in place of their own."""
    if economics is None or economics.line is None or dividing is None:
        return economics
    line = structs_replace(economics.line, low=dividing.low, high=dividing.high)
    return structs_replace(economics, line=line)


def glance_at(rulebook: Rulebook, answers: Answers) -> Advice:
    """Return the same in a hurry: where answers change from moment to moment.

    Without tipping points, dividing lines, figures and second opinions, and with less effort to
    prove what can't win.
    """
    return explain(assess(rulebook, answers, AT_A_GLANCE), in_full=False)


AT_A_GLANCE = 100
"""Positions to look at for what can still win, where somebody waits for the next question."""


def advise(rulebook: Rulebook, given: Mapping[str, object]) -> Advice:
    """Return the advice for answers given as plain Python values.

    Args:
        rulebook: From `load_rulebook()`.
        given: By question id: a number, a text as in an answer file (`"20k..60k"`), a list of
            options, `{"min": …, "max": …}`, or None for "I don't know".

    Raises:
        UserError: with every problem in the answers.
    """
    return advise_on(rulebook, answers_from_values(rulebook, given))


def explain(
    assessment: Assessment,
    points: Iterable[TippingPoint] = (),
    *,
    in_full: bool = True,
) -> Advice:
    """Return the verdict with everything that led to it.

    Args:
        assessment: What the answers say, and the verdict.
        points: Where it turns, where somebody asks.
        in_full: With the lines that divide customers, which take the longest.
    """
    scoring, verdict, answers = assessment.scoring, assessment.verdict, assessment.answers
    rulebook = scoring.rulebook
    recommendation = verdict.recommendation
    information = find_information(assessment)
    open_answers = _open_answers(assessment, information)
    hire, notes = _notes(assessment)
    line = None
    if in_full and verdict.enough:
        line = find_dividing_line(rulebook, answers, line_by_rules(assessment))
    return Advice(
        file=answers.file,
        name=answers.name,
        rulebook=RulebookName(name=rulebook.name, version=rulebook.version, digest=rulebook.digest),
        recommendation=recommendation,
        status=verdict.status,
        enough=verdict.enough,
        tied=verdict.tied,
        runner_up=verdict.runner_up,
        rival=_rival(assessment),
        margin=None if verdict.margin is None else scoring.in_points(verdict.margin),
        confidence=verdict.confidence,
        share=None if recommendation is None else verdict.shares[recommendation],
        possible=verdict.possible,
        possible_proved=verdict.possible_proved,
        stability=verdict.stability,
        chances=verdict.chances,
        models={m.id: _model_advice(assessment, m.id) for m in rulebook.models},
        vetoes=tuple(v for v in _vetoes(scoring) if v.model in verdict.excluded),
        patterns=_patterns(assessment, line) if in_full else (),
        dividing_line=line,
        views=explain_views(assessment, line),
        reasons=_reasons(assessment),
        contradictions=tuple(_findings(rulebook.contradictions, scoring)),
        notes=notes,
        hire=hire,
        alternatives=tuple(find_alternatives(rulebook, answers, _with_outcome(assessment)))
        if in_full and verdict.enough
        else (),
        warnings=(
            *_rate_warning(answers, rulebook),
            *_assumed_warnings(answers, rulebook),
            *_findings(rulebook.warnings, scoring),
            *_calibration_warning(answers, rulebook),
        ),
        answered=answers.answered,
        unanswered=tuple(
            question.id for question in rulebook.questions if question.id not in answers.answered
        ),
        assumed=tuple(
            a.id for a in rulebook.assumptions if a.asked and answers.given(a.id) is None
        ),
        open_answers=open_answers,
        open_entries=tuple(e.id for e in rulebook.entries if scoring.truths[e.id] == OPEN),
        tipping_points=explain_tipping_points(points, rulebook, answers.money),
        information=information,
        next_question=_next_question(information, verdict, open_answers),
        economics=None,
        cross_checks=(),
        second_opinions=(),
        comparable=_comparable(scoring) if verdict.enough else (),
    )


def _next_question(
    information: Mapping[QuestionId, float], verdict: Verdict, open_: tuple[OpenAnswer, ...]
) -> QuestionId | None:
    """Return the most telling question; none where nothing that is missing can change anything.

    Where draws tell nothing, since only an unlikely answer would turn it: the strongest one.
    """
    if len(verdict.possible) == 1 and verdict.enough:
        return None
    ranked = (*information, *(answer.question for answer in open_))
    return ranked[0] if ranked else None


def _model_advice(assessment: Assessment, model: ModelId) -> ModelAdvice:
    scoring = assessment.scoring
    low, high = scoring.score_range(model)
    criteria = {
        criterion.id: scoring.in_points(
            sum(
                scoring.points[rule.id][model]
                for rule in scoring.rulebook.rules
                if rule.criterion == criterion.id and scoring.truths[rule.id] == TRUE
            )
        )
        for criterion in scoring.rulebook.criteria
    }
    return ModelAdvice(
        score=scoring.in_points(scoring.scores[model]),
        score_range=(scoring.in_points(low), scoring.in_points(high)),
        share=assessment.verdict.shares[model],
        excluded=model in assessment.verdict.excluded,
        criteria=criteria,
    )


def _vetoes(scoring: Scoring) -> list[VetoAdvice]:
    rulebook = scoring.rulebook
    found = [
        VetoAdvice(
            id=veto.id, model=model, because=veto.because,
            source=source_text(rulebook, veto.evidence),
            source_status=evidence_status(rulebook, veto.evidence), at=veto.at,
        )
        for veto in rulebook.vetoes
        if scoring.truths[veto.id] == TRUE
        for model in veto.excludes
    ]  # fmt: skip
    for model in rulebook.models:
        requirement = model.requirement
        if requirement is not None and scoring.requirement(model.id) == FALSE:
            found.append(
                VetoAdvice(
                    id=requirement.id, model=model.id, because=requirement.because,
                    source=source_text(rulebook, requirement.evidence),
                    source_status=evidence_status(rulebook, requirement.evidence),
                    at=requirement.at,
                )
            )  # fmt: skip
    return found


def _patterns(assessment: Assessment, line: Numbers | None) -> tuple[PatternAdvice, ...]:
    """Return the patterns that hold; first those that lead, or that rest on a spread that splits."""
    scoring, spread = assessment.scoring, assessment.verdict.spread
    rulebook = scoring.rulebook
    holding = [p for p in rulebook.patterns if scoring.truths[p.id] == TRUE]
    leading = [p for p in holding if _leads(p, scoring)]
    if spread is not None and spread.split:
        behind = set(rulebook.questions_behind(names_in(spread.views.when)))
        leading += [p for p in holding if p not in leading and behind & {*rulebook.read_by[p.id]}]
    return tuple(
        PatternAdvice(id=p.id, name=p.name, dividing_line=_line(p, assessment, line), at=p.at)
        for p in (*leading, *(p for p in holding if p not in leading))
    )


def _leads(pattern: Pattern, scoring: Scoring) -> bool:
    return pattern.leads_when is not None and truth_of(pattern.leads_when, scoring.known) == TRUE


def _line(pattern: Pattern, assessment: Assessment, line: Numbers | None) -> Text:
    """Return the dividing line with its figures, or the wording that needs none."""
    rulebook, money = assessment.scoring.rulebook, assessment.answers.money
    names = fields_of(pattern.line.en)
    if not names:
        return pattern.line
    if line is None or not set(names) <= set(line_names(rulebook)):
        return pattern.line_without_numbers
    shown = money_figure(line, money, rulebook.currency)
    return pattern.line.filled(**dict.fromkeys(names, shown))


def _rival(assessment: Assessment) -> ModelId | None:
    scoring, verdict = assessment.scoring, assessment.verdict
    close = [m for m in verdict.tied[1:] if m != NO_MODEL]
    if close and verdict.recommendation is not None:
        return close[0]
    if verdict.recommendation is None or verdict.runner_up is not None:
        return verdict.runner_up
    others = [m for m in scoring.rulebook.ties if m != verdict.recommendation]
    return max(others, key=lambda m: scoring.scores[m])


def _reasons(assessment: Assessment) -> tuple[Reason, ...]:
    """Return every rule that holds, then those that are open; the strongest first."""
    scoring, verdict = assessment.scoring, assessment.verdict
    rulebook, rival = scoring.rulebook, _rival(assessment)

    def strength(id: str) -> int:
        points = scoring.points[id]
        if verdict.recommendation is not None and rival is not None:
            return abs(points[verdict.recommendation] - points[rival])
        return max(points.values()) - min(points.values())

    def reasons_that_are(truth: str) -> list[Reason]:
        wanted = TRUE if truth == "true" else OPEN
        rules = [rule for rule in rulebook.rules if scoring.truths[rule.id] == wanted]
        return [
            reason_of(rule, scoring, truth)
            for rule in sorted(rules, key=lambda rule: -strength(rule.id))
        ]

    return (*reasons_that_are("true"), *reasons_that_are("open"))


def _comparable(scoring: Scoring) -> tuple[ComparableAdvice, ...]:
    return tuple(
        ComparableAdvice(
            id=c.precedent.id, company=c.precedent.company, unit=c.precedent.unit,
            year=c.precedent.year, label=c.precedent.label, likeness=c.likeness,
            is_sure=c.precedent.is_sure, seen=c.precedent.seen, title=c.precedent.title,
            address=c.precedent.address,
        )
        for c in find_comparable(scoring)
    )  # fmt: skip


def _findings(checks: tuple[Check, ...], scoring: Scoring) -> list[Finding]:
    return [
        Finding(
            id=check.id,
            message=check.message,
            questions=scoring.rulebook.questions_behind(names_in(check.when)),
            at=check.at,
        )
        for check in checks
        if truth_of(check.when, scoring.known) == TRUE
    ]


def _notes(assessment: Assessment) -> tuple[str | None, tuple[Finding, ...]]:
    """Return the notes that hold; first whether to hire, which the first of its kind says."""
    scoring, verdict, answers = assessment.scoring, assessment.verdict, assessment.answers
    known = _with_outcome(assessment)
    holding = [
        note
        for note in scoring.rulebook.notes
        if truth_of(note.when, known) == TRUE
        and all(id not in answers.answered for id in note.unanswered)
        and (verdict.enough or not note.unanswered)
    ]
    hiring = [note for note in holding if note.hire is not None][:1]
    told = [*hiring, *(note for note in holding if note.hire is None)]
    findings = tuple(Finding(id=n.id, message=n.message, at=n.at) for n in told)
    return hiring[0].hire if hiring else None, findings


def _with_outcome(assessment: Assessment) -> Lookup:
    """Return what each name can be, the outcome of the advice among them."""
    scoring = assessment.scoring
    return Lookup(scoring.rulebook, {**scoring.known, **_outcome(assessment)})


def _outcome(assessment: Assessment) -> Mapping[str, Value]:
    """Return what notes may ask about the verdict; all is open before there can be one.

    That nothing pays is said where it is believed: a headline that leaves it open says no more.
    """
    scoring, verdict = assessment.scoring, assessment.verdict
    outcomes = frozenset({*scoring.scores, NO_MODEL})
    if verdict.enough:
        outcomes = frozenset({verdict.recommendation or NO_MODEL})
        if verdict.recommendation is None and verdict.confidence == OPEN_WORD:
            outcomes = frozenset(verdict.possible)
    margin = None if verdict.margin is None else scoring.in_points(verdict.margin)
    return {
        "recommendation": OneOf(outcomes),
        "status": OneOf(frozenset({str(verdict.status)})),
        "margin": Numbers(-1e6, 1e6) if margin is None else Numbers(margin, margin),
    }


def _rate_warning(answers: Answers, rulebook: Rulebook) -> tuple[Finding, ...]:
    if not answers.unconverted:
        return ()
    currency, own = answers.money.currency, rulebook.currency
    key = f"{own.lower()}_rate"
    message = Text(
        f"Sums in {currency} count as unanswered: "
        f"add `{key}: …`, the worth of 1 {currency} in {own}.",
        f"以 {currency} 计的金额按未回答处理：请加上 `{key}: …`（1 {currency} 等于多少 {own}）。",
    )
    return (Finding(id="no-rate", message=message, questions=answers.unconverted),)


def _assumed_warnings(answers: Answers, rulebook: Rulebook) -> Iterator[Finding]:
    """Tell a figure of ours that stands for one's own, where it was made for another currency."""
    if answers.money.currency == rulebook.currency:
        return
    for assumption in rulebook.assumptions:
        if (
            assumption.asked
            and assumption.unit == rulebook.currency
            and answers.given(assumption.id) is None
        ):
            likely = answers.assumptions.get(
                assumption.id, Numbers(assumption.likely, assumption.likely)
            )
            unit = assumption.unit
            figure = figure_text(likely, unit, answers.money, rulebook.currency).en
            title = assumption.title
            yield Finding(
                id=assumption.id,
                message=Text(
                    f"{title.en}: not given, so reckoned with {figure}. Add "
                    f"`{assumption.id}: …` if you know it.",
                    f"{title[Language.ZH]}：没有填，按 {figure} 算。知道的话，"
                    f"请加上 `{assumption.id}: …`。",
                ),
                at=assumption.at,
            )


def _calibration_warning(answers: Answers, rulebook: Rulebook) -> tuple[Finding, ...]:
    outside = find_outside(rulebook.sample, answers)
    if not outside:
        return ()
    titles = [rulebook.question[id].title for id in outside]
    message = Text(
        f"Shares not calibrated for such answers ({', '.join(t.en for t in titles)}): they only rank.",
        f"占比没有按这样的回答（{'、'.join(t[Language.ZH] for t in titles)}）校准过，只看先后。",
    )
    return (Finding(id=NOT_CALIBRATED, message=message, questions=outside),)


def _open_answers(
    assessment: Assessment, information: Mapping[QuestionId, float]
) -> tuple[OpenAnswer, ...]:
    """Return the open answers that can still move the recommendation, the most telling first."""
    scoring, verdict = assessment.scoring, assessment.verdict
    leader = verdict.recommendation or verdict.possible[0]
    rivals = [m for m in verdict.possible if m not in (leader, NO_MODEL)]
    if len(verdict.possible) < 2 or leader == NO_MODEL:
        return ()
    swings = {
        question.id: max(
            (scoring.in_points(scoring.swing(question, leader, r)) for r in rivals), default=0.0
        )
        for question in scoring.open_questions
    }
    excluding = {
        id
        for entry in scoring.rulebook.entries
        if scoring.truths[entry.id] == OPEN and not isinstance(entry, Rule)
        for id in scoring.rulebook.read_by[entry.id]
        if not is_single(scoring.known[id])
    }
    found = [
        OpenAnswer(question=q.id, swing=swings.get(q.id, 0.0), may_exclude=q.id in excluding)
        for q in scoring.rulebook.questions
        if swings.get(q.id, 0.0) > 0 or q.id in excluding
    ]
    return tuple(
        sorted(
            found, key=lambda a: (-information.get(a.question, 0.0), -a.swing, not a.may_exclude)
        )
    )

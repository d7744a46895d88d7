"""What published frameworks say to the same answers. Never averaged, never counted as votes."""

from collections.abc import Iterable, Mapping

from salesadvisor.advice.definitions import OpinionAdvice
from salesadvisor.advice.figures import figure_text
from salesadvisor.advice.reasons import evidence_status, source_text
from salesadvisor.language.evaluator import numbers_of, truth_of
from salesadvisor.language.possible import FALSE, TRUE, Value
from salesadvisor.language.syntax import Expression, names_in
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import Framework, Rulebook, SecondOpinions, Statement
from salesadvisor.rulebook.known import known_values
from salesadvisor.text import Language, Text


def find_second_opinions(rulebook: Rulebook, answers: Answers) -> tuple[OpinionAdvice, ...]:
    """Return what each framework says, or why it is silent; in the order of the groups."""
    opinions = rulebook.second_opinions
    if opinions is None:
        return ()
    known = known_values(rulebook, answers.values, answers.assumptions)
    order = list(opinions.groups)
    found = [_ask(framework, rulebook, answers, known) for framework in opinions.frameworks]
    return tuple(sorted(found, key=lambda opinion: order.index(opinion.group)))


def _ask(
    framework: Framework, rulebook: Rulebook, answers: Answers, known: Mapping[str, Value]
) -> OpinionAdvice:
    opinions = rulebook.second_opinions
    assert opinions is not None
    words: tuple[str, ...] = ()
    in_parts = False
    silent: str | None = None
    scope = truth_of(framework.scope, known)
    possible = [s for s in framework.says if truth_of(s.when, known) != FALSE]
    certain = [s for s in possible if truth_of(s.when, known) == TRUE]
    waits_for: tuple[Expression, ...] = (framework.scope,) if scope != TRUE else ()
    if not certain:
        waits_for += tuple(statement.when for statement in possible)
    unanswered = [id for id in _asked(rulebook, waits_for) if id not in answers.answered]
    if scope == FALSE:
        silent, because = "out_of_scope", framework.covers
    elif scope != TRUE or (not certain and possible and unanswered):
        silent = "needs_answer"
        titles = [rulebook.question[id].title for id in unanswered]
        because = Text(
            "needs: " + ", ".join(t.en for t in titles),
            "还要知道：" + "、".join(t[Language.ZH] for t in titles),
        )
    elif not possible:
        silent, because = "no_statement", framework.silent
    else:
        told = certain or possible  # with a range, what it says to each part of it
        words = tuple(dict.fromkeys(word for s in told for word in s.words))
        in_parts = len(told) > 1
        because = told[0].because if not in_parts else _in_parts(told, opinions)
    return OpinionAdvice(
        id=framework.id,
        name=framework.name,
        about=framework.about,
        group=framework.group,
        says=words,
        words=tuple(opinions.words[word].name for word in words),
        in_parts=in_parts,
        models=tuple(dict.fromkeys(m for word in words for m in opinions.words[word].models)),
        silent=silent,
        force=framework.force,
        fit=framework.fit,
        context=framework.context,
        number=_number(framework, rulebook, answers, known) if scope == TRUE else None,
        because=because,
        source=source_text(rulebook, framework.evidence),
        source_status=evidence_status(rulebook, framework.evidence),
        at=framework.at,
    )


def _in_parts(told: list[Statement], opinions: SecondOpinions) -> Text:
    """Return what is said to each part of a range: the word, and for which part."""

    def words(statement: Statement, language: Language) -> str:
        joint = {Language.EN: " or ", Language.ZH: "或"}[language]
        return joint.join(opinions.words[word].name[language] for word in statement.words)

    return Text(
        "; ".join(f"{words(s, Language.EN)} ({s.because.en})" for s in told),
        "；".join(f"{words(s, Language.ZH)}（{s.because[Language.ZH]}）" for s in told),
    )


def _asked(rulebook: Rulebook, conditions: Iterable[Expression]) -> tuple[str, ...]:
    return tuple(rulebook.questions_behind(name for when in conditions for name in names_in(when)))


def _number(
    framework: Framework, rulebook: Rulebook, answers: Answers, known: Mapping[str, Value]
) -> Text | None:
    """Return the figure that a framework computes, where every answer behind it is given."""
    number = framework.number
    if number is None or any(
        id not in answers.answered for id in _asked(rulebook, (number.value,))
    ):
        return None
    value = figure_text(
        numbers_of(number.value, known), number.unit, answers.money, rulebook.currency
    )
    return Text(
        f"{number.title.en}: {value.en}", f"{number.title[Language.ZH]}：{value[Language.ZH]}"
    )

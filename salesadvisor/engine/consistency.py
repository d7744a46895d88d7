"""What is wrong with a rulebook that can be read: conditions that never hold, idle questions."""

from collections.abc import Iterator
from itertools import product
from math import prod

from salesadvisor.engine.cells import cells_of
from salesadvisor.language.borders import find_borders, find_comparisons
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.possible import FALSE, OPEN, TRUE, Truth
from salesadvisor.language.syntax import Expression, names_in
from salesadvisor.problems import Place, Problem
from salesadvisor.rulebook.definitions import At, Check, Entry, Rulebook
from salesadvisor.rulebook.known import Lookup, assumed_values, everything
from salesadvisor.text import Text

_MOST_CELLS = 20_000


def find_inconsistencies(rulebook: Rulebook) -> list[Problem]:
    """Return what a rule author should look at, in the order of the rulebook."""
    return [
        *_idle_questions(rulebook),
        *_constant_conditions(rulebook),
        *_missing_examples(rulebook),
        *_missing_translations(rulebook),
    ]


def possible_truths(rulebook: Rulebook, condition: Expression) -> Truth:
    """Return the truths that `condition` really takes over all answers.

    Its questions are cut into cells; where there are too many, or a formula hides a border, the
    result may name a truth that is never reached.
    """
    known = everything(rulebook)
    assumed = assumed_values(rulebook, {})
    borders = find_borders(find_comparisons([condition]), known)
    asked = rulebook.questions_behind(names_in(condition))
    cells = [cells_of(rulebook.question[id], known[id], borders) for id in asked]
    if prod(len(c) for c in cells) > _MOST_CELLS:
        return OPEN
    truths: set[bool] = set()
    for combination in product(*cells):
        narrowed = Lookup(rulebook, {**assumed, **dict(zip(asked, combination, strict=True))})
        truths |= truth_of(condition, narrowed)
        if len(truths) > 1:
            break
    return frozenset(truths)


def _finding(code: str, at: At, message: Text, hint: Text) -> Problem:
    return Problem(
        code=code, message=message, place=Place(file=at.file, line=at.line, column=1), hint=hint
    )


def _idle_questions(rulebook: Rulebook) -> Iterator[Problem]:
    conditions = [entry.when for entry in rulebook.entries]
    conditions += [rulebook.views.when] if rulebook.views is not None else []
    read = set(rulebook.questions_behind(n for when in conditions for n in names_in(when)))
    for question in rulebook.questions:
        if question.id not in read:
            yield _finding(
                "idle-question",
                question.at,
                Text(f"no rule reads `{question.id}`", f"没有规则用到 `{question.id}`"),
                Text("use it in a rule, or drop it", "请在规则里用它，或删掉它"),
            )


def _constant_conditions(rulebook: Rulebook) -> Iterator[Problem]:
    checks: tuple[Entry | Check, ...] = (
        *rulebook.entries,
        *rulebook.contradictions,
        *rulebook.warnings,
    )
    for entry in checks:
        truths = possible_truths(rulebook, entry.when)
        if truths == FALSE:
            yield _finding(
                "never-holds",
                entry.at,
                Text(f"`{entry.id}` can never hold", f"`{entry.id}` 永远不会成立"),
                Text("no answers make its condition true", "没有任何回答能让条件成立"),
            )
        elif truths == TRUE:
            yield _finding(
                "always-holds",
                entry.at,
                Text(f"`{entry.id}` holds for every answer", f"`{entry.id}` 对任何回答都成立"),
                Text("then it says nothing about anybody", "这样它就说明不了任何问题"),
            )


def _missing_examples(rulebook: Rulebook) -> Iterator[Problem]:
    for entry in rulebook.entries:
        for wanted in ("holds", "fails"):
            if not any(example.then == wanted for example in entry.examples):
                yield _finding(
                    "no-example",
                    entry.at,
                    Text(
                        f"`{entry.id}` has no example that {wanted}",
                        f"`{entry.id}` 缺少 `{wanted}` 的例子",
                    ),
                    Text(
                        f"add `- {{given: {{…}}, then: {wanted}}}` under `examples:`",
                        f"请在 `examples:` 下加上 `- {{given: {{…}}, then: {wanted}}}`",
                    ),
                )


def _missing_translations(rulebook: Rulebook) -> Iterator[Problem]:
    """Report what has no Chinese, in a rulebook that has Chinese elsewhere."""
    texts: list[tuple[str, At, Text]] = [
        *((rule.id, rule.at, rule.because) for rule in rulebook.rules),
        *((veto.id, veto.at, veto.because) for veto in rulebook.vetoes),
    ]
    texts += [(p.id, p.at, text) for p in rulebook.patterns for text in (p.name, p.line)]
    texts += [(n.id, n.at, n.message) for n in rulebook.notes]
    texts += [
        (q.id, q.at, text)
        for q in rulebook.questions
        for text in (q.prompt, q.title, q.help, q.why)
    ]
    texts += [(c.id, c.at, c.message) for c in (*rulebook.contradictions, *rulebook.warnings)]
    texts += [(s.id, s.at, text) for s in rulebook.sources for text in (s.title, s.covers)]
    if not any(text.zh for _, _, text in texts):
        return
    for id, at, text in texts:
        if not text.zh:
            yield _finding(
                "no-translation",
                at,
                Text(f"a text of `{id}` has no Chinese", f"`{id}` 有文字缺少中文"),
                Text("write `{en: …, zh: …}`", "请写成 `{en: …, zh: …}`"),
            )

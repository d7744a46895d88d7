"""Advice as Markdown: to paste into a document or a ticket."""

import re
from collections.abc import Iterable, Sequence
from typing import TextIO

from salesadvisor.advice.definitions import Advice, Reason
from salesadvisor.advice.economics import Economics
from salesadvisor.report.figures import (
    basis_sentence,
    bound_sentence,
    full_rows,
    line_sentence,
    missing_sentence,
)
from salesadvisor.report.opinions import (
    parting_sentence,
    said_text,
    silent_sentences,
    speaking,
)
from salesadvisor.report.wording import (
    comparable_sentence,
    ends_sentence,
    hire_sentence,
    lead_of,
    margin_sentence,
    reasons_against,
    reasons_for,
    reference,
    shares_sentence,
    signed,
    stability_sentence,
    tipping_words,
    verdict_sentence,
)
from salesadvisor.rulebook.definitions import Rulebook
from salesadvisor.text import Language, Text, on_one_line

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def escaped(words: str) -> str:
    """Return text of any origin so that Markdown shows it as it is."""
    return _MARKS.sub(r"\\\1", on_one_line(words))


def render(advice: Advice, rulebook: Rulebook, language: Language, out: TextIO) -> None:
    """Write the advice as Markdown."""
    lines = [f"# {escaped(advice.name) or escaped(rulebook.name[language])}", ""]
    hiring = hire_sentence(advice)
    if hiring is not None:
        lines += [f"**{escaped(hiring[language])}**", ""]
    lines += [f"**{escaped(verdict_sentence(advice, rulebook)[language])}**"]
    margin = margin_sentence(advice, rulebook)
    if margin is not None:
        lines += [escaped(margin[language])]
    if advice.recommendation is not None:
        lines += ["", escaped(shares_sentence(advice, rulebook)[language])]
        lines += _reasons(
            Text("Reasons for it", "支持的理由"),
            reasons_for(advice)[:5],
            advice,
            rulebook,
            language,
        )
        lines += _reasons(
            Text("Reasons against it", "反对的理由"),
            reasons_against(advice)[:3],
            advice,
            rulebook,
            language,
        )
    if advice.views is not None:
        words = ends_sentence(advice.views, rulebook)[language]
        lines += _list(
            Text("Both ends of your customers", "客户的两头"),
            [f"{words} ({advice.views.id})"],
            language,
        )
    if advice.enough:
        lines += _table(advice, rulebook, language)
    lines += _figures(advice, rulebook, language)
    lines += _list(
        Text("Excluded", "排除的模式"),
        [
            f"{rulebook.model[v.model].short[language]}: {v.because[language]} ({v.id}, {v.source[language]})"
            for v in advice.vetoes
        ],
        language,
    )
    lines += _list(
        Text("Answers that don't fit together", "对不上的回答"),
        [f"{c.message[language]} ({c.id})" for c in advice.contradictions],
        language,
    )
    lines += _list(
        Text("The dividing line", "分工界线"),
        [f"{p.name[language]}: {p.dividing_line[language]} ({p.id})" for p in advice.patterns],
        language,
    )
    if advice.enough:
        lines += _list(
            Text("What would change it", "什么会改变它"),
            [
                *(
                    [stability_sentence(advice, rulebook)[language]]
                    if advice.stability is not None
                    else []
                ),
                *(tipping_words(p, rulebook)[language] for p in advice.tipping_points[:5]),
            ],
            language,
        )
    if advice.second_opinions:
        lines += _list(
            Text("Second opinions (not counted in the score)", "其他说法（不计分）"),
            [
                *(
                    f"{o.name[language]} ({o.about[language]}): {said_text(o)[language]} ({o.id})"
                    for o in speaking(advice)
                ),
                parting_sentence(advice, rulebook)[language],
                *(words[language] for words in silent_sentences(advice)),
            ],
            language,
        )
    if advice.comparable:
        lines += _list(
            Text("Companies like yours", "和你相像的公司"),
            [comparable_sentence(advice, rulebook, named=len(advice.comparable))[language]],
            language,
        )
    colon = Text(": ", "：")[language]
    lines += _list(
        Text("What to do", "怎么做"),
        [
            *(
                f"{o.name[language]}{colon}{o.because[language]} "
                + " ".join(f"{i}. {s[language]}" for i, s in enumerate(o.first_steps, start=1))
                + f" ({o.id})"
                for o in advice.alternatives
            ),
            *(f"{n.message[language]} ({n.id})" for n in advice.notes[1 if advice.hire else 0 :]),
        ],
        language,
    )
    lines += _list(
        Text("Warnings", "提醒"),
        [f"{w.message[language]} ({w.id})" for w in (*advice.cross_checks, *advice.warnings)],
        language,
    )
    out.write("\n".join(lines) + "\n")


def table_lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table, its first column to the left and the others to the right."""

    def row(cells: Sequence[str]) -> str:
        return "| " + " | ".join(escaped(cell) for cell in cells) + " |"

    return [row(heads), "| :-- |" + " --: |" * (len(heads) - 1), *map(row, rows)]


def figures_lines(economics: Economics, rulebook: Rulebook, language: Language) -> list[str]:
    """Return every figure as a table, and what it means in sentences."""
    if economics.missing:
        return [escaped(missing_sentence(economics, rulebook)[language])]
    models = [model.id for model in rulebook.models]
    heads = [Text("One seller", "一名销售")[language]]
    heads += [model.short[language] for model in rulebook.models]
    lines = table_lines(heads, full_rows(economics, models, language))
    bound = [bound_sentence(row, rulebook) for row in economics.rows]
    sentences = [
        *(words for words in bound if words is not None),
        line_sentence(economics.line, economics),
        *economics.remarks,
        basis_sentence(economics),
    ]
    return [*lines, "", *(f"- {escaped(words[language])}" for words in sentences)]


def _figures(advice: Advice, rulebook: Rulebook, language: Language) -> list[str]:
    if advice.economics is None:
        return []
    title = Text("The money", "钱")[language]
    return ["", f"## {title}", "", *figures_lines(advice.economics, rulebook, language)]


def _reasons(
    title: Text, reasons: list[Reason], advice: Advice, rulebook: Rulebook, language: Language
) -> list[str]:
    return _list(
        title,
        [
            f"{signed(lead_of(r, advice))} {r.because[language]} ({reference(r, rulebook)[language]})"
            for r in reasons
        ],
        language,
    )


def _list(title: Text, items: list[str], language: Language) -> list[str]:
    if not items:
        return []
    return ["", f"## {title[language]}", "", *(f"- {escaped(item)}" for item in items)]


def _table(advice: Advice, rulebook: Rulebook, language: Language) -> list[str]:
    models = rulebook.models
    rows: list[list[str]] = []
    for criterion in rulebook.criteria:
        points = [signed(advice.models[m.id].criteria[criterion.id]) for m in models]
        rows.append([criterion.title[language], *points])
    totals = [signed(advice.models[m.id].score) for m in models]
    rows.append([Text("Total", "合计")[language], *totals])
    if advice.vetoes:
        excluded = [" ".join(v.id for v in advice.vetoes if v.model == m.id) for m in models]
        rows.append([Text("Excluded by", "被排除")[language], *excluded])
    heads = [Text("Criterion", "方面")[language], *(m.short[language] for m in models)]
    return ["", *table_lines(heads, rows)]

"""What published frameworks say and why, on a terminal: one in full, or all with what parts them."""

from collections.abc import Mapping
from typing import TextIO

from salesadvisor.advice.definitions import Advice, OpinionAdvice
from salesadvisor.language.syntax import to_source
from salesadvisor.report.opinions import (
    SILENT_WORDS,
    parting_sentence,
    said_text,
)
from salesadvisor.report.sheet import Sheet
from salesadvisor.report.wording import STATUS_WORDS
from salesadvisor.rulebook.definitions import Framework, Rulebook, SecondOpinions
from salesadvisor.text import Language, Text

_FORCES = {
    "describes": Text("describes what most do", "描述多数怎么做"),
    "permits": Text(
        "says what can pay, not what should be done", "只说什么可能划算，不说应该怎么做"
    ),
    "advises": Text("advises", "给出建议"),
}
_FITS = {
    "stated": Text("the condition is the source's own", "条件是原文写的"),
    "near": Text("its idea, our question", "思路是它的，问题是我们的"),
    "ours": Text("the number or the comparison is ours", "数字或比较是我们的"),
}


def render_opinions(
    advice: Advice, rulebook: Rulebook, language: Language, out: TextIO, *, color: bool
) -> None:
    """Write what every framework says, and why their thresholds differ."""
    opinions = rulebook.second_opinions
    assert opinions is not None
    sheet = Sheet(language, out, color=color)
    sheet.say(Text("Second opinions", "其他说法"), "bold cyan")
    sheet.say(parting_sentence(advice, rulebook))
    sheet.say(opinions.gap)
    for opinion in advice.second_opinions:
        _write(opinion, opinions, rulebook, sheet)


def render_opinion(
    opinion: OpinionAdvice, rulebook: Rulebook, language: Language, out: TextIO, *, color: bool
) -> None:
    """Write what one framework says."""
    opinions = rulebook.second_opinions
    assert opinions is not None
    _write(opinion, opinions, rulebook, Sheet(language, out, color=color))


def _write(
    opinion: OpinionAdvice, opinions: SecondOpinions, rulebook: Rulebook, sheet: Sheet
) -> None:
    framework = next(f for f in opinions.frameworks if f.id == opinion.id)
    sheet.head(
        Text(
            f"{opinion.name.en} ({opinion.about.en}), {opinions.groups[opinion.group].en}",
            f"{opinion.name[Language.ZH]}（{opinion.about[Language.ZH]}），{opinions.groups[opinion.group][Language.ZH]}",
        )
    )
    if opinion.silent is None:
        said = said_text(opinion)
    else:
        silent, because = SILENT_WORDS[opinion.silent], opinion.because
        said = Text(f"{silent.en}; {because.en}", f"{silent.zh}；{because[Language.ZH]}")
    sheet.item(
        Text(f"To your answers: {said.en}", f"对你的回答：{said.zh}"),
        f"{opinion.id} · {opinion.at}",
    )
    _describe(framework, rulebook, sheet)


def render_framework(
    framework: Framework, rulebook: Rulebook, language: Language, out: TextIO, *, color: bool
) -> None:
    """Write one framework by itself: what it says when, and what it rests on."""
    opinions = rulebook.second_opinions
    assert opinions is not None
    sheet = Sheet(language, out, color=color)
    name, about = framework.name, framework.about
    sheet.say(
        Text(
            f"{framework.id}  {name.en} ({about.en})",
            f"{framework.id}  {name[Language.ZH]}（{about[Language.ZH]}）",
        ),
        "bold cyan",
    )
    sheet.item(f"{to_source(framework.scope)}: {framework.covers[language]}", str(framework.at))
    for statement in framework.says:
        words = ", ".join(opinions.words[word].name[language] for word in statement.words)
        sheet.item(f"{to_source(statement.when)}: {words}", statement.because[language])
    _describe(framework, rulebook, sheet)


def framework_record(framework: Framework, language: Language) -> Mapping[str, object]:
    """Return one framework as plain data."""
    return {
        "id": framework.id,
        "name": framework.name[language],
        "about": framework.about[language],
        "group": framework.group,
        "force": framework.force,
        "fit": framework.fit,
        "scope": to_source(framework.scope),
        "says": [
            {"when": to_source(s.when), "is": list(s.words), "because": s.because[language]}
            for s in framework.says
        ],
        "idea": framework.idea[language],
        "states": framework.states[language],
        "weak": framework.weak[language],
        "sources": list(framework.evidence.sources),
        "status": str(framework.evidence.status),
        "at": str(framework.at),
    }


def _describe(framework: Framework, rulebook: Rulebook, sheet: Sheet) -> None:
    for words in (framework.idea, framework.states):
        sheet.item(words)
    sheet.item(Text(f"Weak points: {framework.weak.en}", f"弱点：{framework.weak[Language.ZH]}"))
    force, fit = _FORCES[framework.force], _FITS[framework.fit]
    sheet.item(
        Text(f"It {force.en}; {fit.en}.", f"它{force[Language.ZH]}；{fit[Language.ZH]}。"),
        _sources(framework, rulebook, sheet.language),
    )


def _sources(framework: Framework, rulebook: Rulebook, language: Language) -> str:
    named = [rulebook.source_of(key) for key in framework.evidence.sources]
    status = STATUS_WORDS[framework.evidence.status][language]
    return f"{status}: " + "; ".join(
        f"{source.title[language]}, {source.address}" for source in named
    )

"""Second opinions in words: who says what, who is silent and why, and where they part."""

from itertools import groupby

from salesadvisor.advice.definitions import Advice, OpinionAdvice
from salesadvisor.report.wording import reasons_for
from salesadvisor.rulebook.definitions import ModelId, Rulebook
from salesadvisor.text import Language, Text

SILENT_WORDS = {
    "out_of_scope": Text("Not about companies like yours", "说的不是你这类公司"),
    "no_statement": Text("No statement", "没有说法"),
    "needs_answer": Text("Waiting for an answer", "等你回答"),
}


def says_text(opinion: OpinionAdvice) -> Text:
    """Return what a framework says, in its own word."""
    return Text(
        " or ".join(word.en for word in opinion.words),
        "或".join(word[Language.ZH] for word in opinion.words),
    )


def reason_text(opinion: OpinionAdvice) -> Text:
    """Return why, with the figure it computes and how far it goes."""
    parts = [opinion.because]
    if opinion.number is not None:
        parts.insert(0, opinion.number)
    if opinion.fit == "ours":
        parts.append(Text("our reading", "我们的理解"))
    return Text(
        "; ".join(part.en for part in parts), "；".join(part[Language.ZH] for part in parts)
    )


def speaking(advice: Advice) -> list[OpinionAdvice]:
    """Return the frameworks that say something."""
    return [opinion for opinion in advice.second_opinions if opinion.silent is None]


def silent_sentences(advice: Advice) -> list[Text]:
    """Return who is silent and why: a sentence for each kind of silence."""
    found: list[Text] = []
    for kind, words in SILENT_WORDS.items():
        silent = [o for o in advice.second_opinions if o.silent == kind]
        together: dict[Text, list[Text]] = {}
        for opinion in silent:
            together.setdefault(opinion.because, []).append(opinion.name)
        told = [
            Text(
                f"{', '.join(name.en for name in names)} ({because.en})",
                f"{'、'.join(name[Language.ZH] for name in names)}（{because[Language.ZH]}）",
            )
            for because, names in together.items()
        ]
        if told:
            found.append(
                Text(
                    f"{words.en}: {'; '.join(one.en for one in told)}.",
                    f"{words.zh}：{'；'.join(one.zh for one in told)}。",
                )
            )
    return found


def parting_sentence(advice: Advice, rulebook: Rulebook) -> Text:
    """Return where the frameworks disagree with each other and with us, and why."""
    opinions = rulebook.second_opinions
    assert opinions is not None
    voices = [o for o in speaking(advice) if o.models and not o.context]
    by_group = {
        group: tuple(dict.fromkeys(m for o in members for m in o.models))
        for group, members in groupby(voices, key=lambda o: o.group)
    }
    ours = advice.recommendation
    if not by_group:
        return Text(
            "None of them covers a company like yours; that gap is worth knowing.",
            "没有一家说到你这样的公司，这个空白值得知道。",
        )

    def names(models: tuple[ModelId, ...], language: Language) -> str:
        joint = {Language.EN: " or ", Language.ZH: "或"}[language]
        return joint.join(rulebook.model[m].short[language] for m in models)

    if len({o.models for o in voices}) == 1:
        models = next(iter(by_group.values()))
        ideas = len(by_group)
        first = Text(
            f"They agree on {names(models, Language.EN)}"
            + (
                ", but share one idea: that is one argument."
                if ideas == 1 and len(voices) > 1
                else "."
            ),
            f"它们都说{names(models, Language.ZH)}"
            + ("，不过出自同一个想法，只算一个理由。" if ideas == 1 and len(voices) > 1 else "。"),
        )
    else:
        parts = [(opinions.groups[group], models) for group, models in by_group.items()]
        first = Text(
            "They part: "
            + "; ".join(f"{g.en} {names(m, Language.EN)}" for g, m in parts)
            + ". Each looks at one thing only.",
            "说法不一："
            + "；".join(f"{g[Language.ZH]}是{names(m, Language.ZH)}" for g, m in parts)
            + "。各自只看一面。",
        )
    if ours is None:
        return first
    against = [group for group, models in by_group.items() if ours not in models]
    us = rulebook.model[ours].short
    ids = [reason.rule for reason in reasons_for(advice)[:2]]
    because = f" ({', '.join(ids)})" if ids else ""
    if not against:
        second = Text(f"We say {us.en}, too.", f"我们也说{us[Language.ZH]}。")
    else:
        second = Text(
            f"We say {us.en}, because we weigh all of your answers{because}.",
            f"我们说{us[Language.ZH]}，因为看的是你全部的回答{because.replace(' (', '（').replace(')', '）')}。",
        )
    return Text(f"{first.en} {second.en}", f"{first.zh}{second.zh}")

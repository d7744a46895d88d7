"""Second opinions in words: who says what, who is silent and why, and where they part."""

from itertools import groupby

from salesadvisor.advice.definitions import Advice, OpinionAdvice
from salesadvisor.report.wording import reasons_for
from salesadvisor.rulebook.definitions import ModelId, Rulebook, SecondOpinions
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


def said_text(opinion: OpinionAdvice) -> Text:
    """Return what a framework says and why, in one sentence."""
    reason = reason_text(opinion)
    if opinion.in_parts:
        return reason
    says = says_text(opinion)
    return Text(f"{says.en}; {reason.en}", f"{says.zh}；{reason[Language.ZH]}")


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
    """Return where the frameworks part from each other and from us, and why."""
    opinions = rulebook.second_opinions
    assert opinions is not None
    voices = [opinion for opinion in speaking(advice) if not opinion.context]
    if not voices:
        waiting = any(o.silent == "needs_answer" for o in advice.second_opinions)
        if waiting:
            return Text("They wait for answers.", "它们还在等你回答。")
        return Text(
            "None of them is about a company like yours; that gap is worth knowing.",
            "没有一家说到你这样的公司，这个空白值得知道。",
        )
    first = _among_themselves(voices, opinions)
    ours = advice.recommendation
    if ours is None or len(advice.tied) > 1:
        return first
    all_named = {w for w, word in opinions.words.items() if word.models}
    sides: dict[str, list[OpinionAdvice]] = {"with": [], "against": [], "open": []}
    for voice in voices:
        sides[_side(voice, ours, all_named)].append(voice)
    with_us, against, leaves_open = sides["with"], sides["against"], sides["open"]
    us = rulebook.model[ours].short
    ids = ", ".join(reason.rule for reason in reasons_for(advice)[:2])
    en, zh = [f"We say {us.en}"], [f"我们说{us[Language.ZH]}"]
    if with_us:
        en.append(f"with us {_named(with_us, Language.EN)}")
        zh.append(f"同我们一样的有{_named(with_us, Language.ZH)}")
    if against:
        en.append(f"not with us {_named(against, Language.EN)}")
        zh.append(f"不一样的有{_named(against, Language.ZH)}")
    if leaves_open:
        en.append(f"no verdict from {_named(leaves_open, Language.EN)}")
        zh.append(f"没有定论的有{_named(leaves_open, Language.ZH)}")
    because = Text("")
    if against and ids:
        because = Text(
            f" We weigh all of your answers ({ids}).", f"我们看的是你全部的回答（{ids}）。"
        )
    return Text(
        f"{first.en} {'; '.join(en)}.{because.en}", f"{first.zh}{'；'.join(zh)}。{because.zh}"
    )


def _side(voice: OpinionAdvice, ours: ModelId, named: set[str]) -> str:
    """Return whether a voice is with us, against us, or leaves it open: several models, or none."""
    if voice.models and ours not in voice.models:
        return "against"
    is_plain = voice.models == (ours,) and named.issuperset(voice.says)
    return "with" if is_plain else "open"


def _among_themselves(voices: list[OpinionAdvice], opinions: SecondOpinions) -> Text:
    groups = {
        group: list(dict.fromkeys(o.says for o in members))
        for group, members in groupby(voices, key=lambda o: o.group)
    }

    def words(says: list[tuple[str, ...]], language: Language) -> str:
        named = [opinions.words[word].name[language] for one in says for word in one]
        joint = {Language.EN: " or ", Language.ZH: "或"}[language]
        return joint.join(dict.fromkeys(named))

    if len(voices) == 1:
        return Text(
            f"Only one of them speaks: {words([voices[0].says], Language.EN)}.",
            f"只有一家有说法：{words([voices[0].says], Language.ZH)}。",
        )
    if len({o.says for o in voices}) == 1:
        told = words([voices[0].says], Language.EN), words([voices[0].says], Language.ZH)
        alike = len(groups) == 1
        return Text(
            f"They agree on {told[0]}"
            + (", but share one idea: that is one argument." if alike else "."),
            f"它们都说{told[1]}" + ("，不过出自同一个想法，只算一个理由。" if alike else "。"),
        )
    parts = [(opinions.groups[group], says) for group, says in groups.items()]
    return Text(
        "They part: "
        + "; ".join(f"{g.en} {words(s, Language.EN)}" for g, s in parts)
        + ". Each looks at one thing only.",
        "说法不一："
        + "；".join(f"{g[Language.ZH]}是{words(s, Language.ZH)}" for g, s in parts)
        + "。各自只看一面。",
    )


def _named(voices: list[OpinionAdvice], language: Language) -> str:
    joint = {Language.EN: ", ", Language.ZH: "、"}[language]
    return joint.join(voice.name[language] for voice in voices)

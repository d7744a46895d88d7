"""The sentences that every form of the advice shares."""

from salesadvisor.advice.changes import edges_of
from salesadvisor.advice.definitions import (
    Advice,
    ComparableAdvice,
    EndAdvice,
    Reason,
    TippingAdvice,
    ViewsAdvice,
)
from salesadvisor.advice.tipping import NEAR, Segment
from salesadvisor.advice.verdict import OPEN_WORD, State
from salesadvisor.engine.completions import JITTER
from salesadvisor.engine.decision import FEWEST_ANSWERS
from salesadvisor.language.possible import Numbers, Value
from salesadvisor.rulebook.amounts import Money
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    Kind,
    ModelId,
    NumberQuestion,
    Question,
    Rulebook,
    Status,
)
from salesadvisor.rulebook.writing import answer_text, sum_text
from salesadvisor.text import Language, Text

STATUS_WORDS = {
    Status.SOURCED: Text("sourced", "有来源"),
    Status.RECALLED: Text("from practice", "经验之谈"),
    Status.ASSUMED: Text("our judgement", "我们的判断"),
}


def model_name(rulebook: Rulebook, model: ModelId) -> Text:
    """Return what a model is called in a sentence."""
    return rulebook.model[model].name


def hire_sentence(advice: Advice) -> Text | None:
    """Return whether to hire now, later or never; None where that is not known yet."""
    return advice.notes[0].message if advice.hire else None


def verdict_sentence(advice: Advice, rulebook: Rulebook) -> Text:
    """Return the verdict: never surer than its word, and no model where none is believed."""
    if not advice.enough:
        return Text(
            f"Too little is answered for any advice: at least {FEWEST_ANSWERS} answers that a "
            "rule reads are needed.",
            f"回答太少，还给不出建议：至少要回答 {FEWEST_ANSWERS} 个规则会用到的问题。",
        )
    if advice.status is State.CONTESTED:
        return _by_deeds(advice, rulebook)
    if advice.recommendation is None:
        return _nothing_pays(advice, rulebook)
    if advice.confidence == OPEN_WORD:
        return _too_early(advice, rulebook)
    name = model_name(rulebook, advice.recommendation)
    word = confidence_words(advice, rulebook)
    shown = Text(f"{name.en[:1].upper()}{name.en[1:]}. {word.en}", f"建议：{name.zh}。{word.zh}")
    if advice.status is State.DECIDED and (advice.unanswered or advice.open_answers):
        return Text(
            f"{shown.en} No missing answer can change it.",
            f"{shown.zh}剩下的题怎么答，建议都不变。",
        )
    return shown


CONFIDENCE_WORDS = {
    "firm": Text("Firm", "把握大"),
    "leaning": Text("Leaning", "有倾向"),
    OPEN_WORD: Text("Open", "还没定"),
}


def confidence_words(advice: Advice, rulebook: Rulebook) -> Text:
    """Return how firm the advice is, and how often such advice was right on the cases."""
    assert advice.confidence is not None
    kind = rulebook.confidence[advice.confidence]
    name = CONFIDENCE_WORDS[advice.confidence]
    if not kind.of:
        return Text(f"{name.en}.", f"{name.zh}。")
    tenths = round(10 * kind.right / kind.of)
    return Text(
        f"{name.en}: right in {_NUMBERS[tenths]} of ten such cases.",
        f"{name.zh}：这样的情形，十次里对{_HANZI[tenths]}次。",
    )


_NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_HANZI = "零一二三四五六七八九十"


def _by_deeds(advice: Advice, rulebook: Rulebook) -> Text:
    name = (
        Text("no sales force of your own", "自己不养销售")
        if advice.recommendation is None
        else model_name(rulebook, advice.recommendation)
    )
    return Text(
        f"Words and deeds differ: what you say buyers want is not how your last deals closed. "
        f"Going by deeds: {name.en}.",
        f"说的和做的对不上：你说的客户要求，和最近几单的成交方式不一样。按做的算：{name.zh}。",
    )


def _nothing_pays(advice: Advice, rulebook: Rulebook) -> Text:
    """Return that no model is left, or none believed in, and what to do instead."""
    names = [other.name for other in advice.alternatives[:2]]
    instead = Text(
        " " + "; or ".join(t.en[:1].lower() + t.en[1:] for t in names).capitalize() + "."
        if names
        else "",
        f"出路：{'；或者'.join(t.zh for t in names)}。" if names else "",
    )
    if advice.confidence == OPEN_WORD:
        early = _too_early(advice, rulebook)
        return Text(f"{early.en}{instead.en}", f"{early.zh}{instead.zh}")
    return Text(
        f"No sales force of your own pays or fits.{instead.en}",
        f"自己养销售，哪种都不划算或不合适。{instead.zh}",
    )


def _too_early(advice: Advice, rulebook: Rulebook) -> Text:
    """Return the chances where nothing is believed, and the answers that would tell most."""
    if not advice.information:
        ranked = [
            (model_short(rulebook, m), f"{advice.models[m].share:.0%}")
            for m in sorted(advice.models, key=lambda m: -advice.models[m].share)
            if advice.models[m].share
        ]
        return Text(
            f"No clear winner: {', '.join(f'{name.en.lower()} {share}' for name, share in ranked)}.",
            f"分不出明显的高下：{'、'.join(f'{name.zh} {share}' for name, share in ranked)}。",
        )
    ends = [
        (model_short(rulebook, m), f"{share * 100:.0f}")
        for m, share in sorted(advice.chances.items(), key=lambda item: -item[1])
        if share >= _LEAST
    ]
    ask = [rulebook.question[id].title for id in list(advice.information)[:_ASKED]]
    return Text(
        "Too early to say: of 100 likely ways to fill in what is open, "
        + ", ".join(f"{count} end in {name.en.lower()}" for name, count in ends)
        + f". Answer next: {', '.join(t.en.lower() for t in ask)}.",
        "现在还说不准：没答的题补齐后，每 100 种可能里"
        + "、".join(f"{name.zh} {count}" for name, count in ends)
        + f"。先答：{'、'.join(t.zh for t in ask)}。",
    )


_ASKED = 3
_LEAST = 0.005


def margin_sentence(advice: Advice, rulebook: Rulebook) -> Text | None:
    """Return how far ahead the recommended model is, in one sentence."""
    if advice.recommendation is None or advice.confidence == OPEN_WORD:
        return None
    if advice.runner_up is None or advice.margin is None:
        return Text("Every other model is excluded.", "其他模式都被排除了。")
    name = model_name(rulebook, advice.runner_up)
    ahead = f"{abs(advice.margin):g}"
    unit = "point" if ahead == "1" else "points"
    overruled = _overruled_sentence(advice, rulebook)
    if overruled is not None:
        return overruled
    if advice.margin < 0:
        return Text(
            f"On certain evidence alone {name.en} is {ahead} {unit} ahead, but it can no longer win.",
            f"只看确定的依据，{name[Language.ZH]}领先 {ahead} 分，但它已不可能胜出。",
        )
    if advice.margin <= _CLOSE:
        return Text(
            f"Only {ahead} {unit} ahead of {name.en}: treat the two as close.",
            f"只比{name[Language.ZH]}高 {ahead} 分：两者很接近。",
        )
    return Text(f"{ahead} {unit} ahead of {name.en}.", f"比{name[Language.ZH]}高 {ahead} 分。")


def _overruled_sentence(advice: Advice, rulebook: Rulebook) -> Text | None:
    """Return why something else than the scores decides, where both ends of a spread do."""
    if advice.views is None or advice.views.overruled_by is None:
        return None
    if advice.views.split:
        return advice.views.because
    name = model_name(rulebook, advice.views.overruled_by)
    return Text(
        f"Your customers differ, but both ends of them call for {name.en}.",
        f"客户大小悬殊，但两头都适合{name[Language.ZH]}。",
    )


def ends_sentence(views: ViewsAdvice, rulebook: Rulebook) -> Text:
    """Return what both ends of a spread of customers call for, and where it turns."""
    small, large = (_end_words(end, rulebook) for end in (views.small, views.large))
    both = Text(f"{small.en}; {large.en}.", f"{small.zh}；{large.zh}。")
    if not views.split:
        return both
    line = views.dividing_line
    return Text(f"{both.en} {line.en}", f"{both.zh}{line[Language.ZH]}")


def _end_words(end: EndAdvice, rulebook: Rulebook) -> Text:
    who, who_zh = end.name.en, end.name[Language.ZH]
    if end.at is not None:
        who, who_zh = f"{who} ({end.at.en})", f"{who_zh}（{end.at[Language.ZH]}）"
    if end.model is None:
        return Text(f"{who}: no model is ahead", f"{who_zh}：没有哪种模式领先")
    name, ids = rulebook.model[end.model].short, " ".join(r.rule for r in end.reasons[:3])
    why, why_zh = (f" ({ids})", f"（{ids}）") if ids else ("", "")
    if not end.lead:
        return Text(f"{who}: {name.en}{why}", f"{who_zh}：{name[Language.ZH]}{why_zh}")
    ahead = f"{end.lead:g}"
    return Text(
        f"{who}: {name.en}, {ahead} {'point' if ahead == '1' else 'points'} ahead{why}",
        f"{who_zh}：{name[Language.ZH]}，领先 {ahead} 分{why_zh}",
    )


def comparable_sentence(advice: Advice, rulebook: Rulebook, *, named: int = 3) -> Text:
    """Return how many comparable companies say they sell as recommended, the nearest by name."""
    labels = [company.label for company in advice.comparable]
    same, count = labels.count(advice.recommendation or labels[0]), len(labels)
    nearest = [company_words(c, advice, rulebook) for c in advice.comparable[:named]]
    return Text(
        f"{same} of {count} companies with like answers are said to sell so (no proof it is best): "
        + ", ".join(t.en for t in nearest),
        f"回答相近的 {count} 家公司里，据称 {same} 家这样卖（不等于这样最好）："
        + "、".join(t.zh for t in nearest),
    )


def company_words(company: ComparableAdvice, advice: Advice, rulebook: Rulebook) -> Text:
    """Return a comparable company, how well its label is known, and the label if it differs."""
    known = Text("read", "有页面") if company.seen else Text("recalled", "凭记忆")
    if not company.is_sure:
        known = Text(f"{known.en}, doubtful", f"{known.zh}、存疑")
    if company.label != advice.recommendation:
        name = rulebook.model[company.label].short
        known = Text(f"{name.en.lower()}; {known.en}", f"{name[Language.ZH]}；{known.zh}")
    return Text(
        f"{company.company} {company.year} ({known.en})",
        f"{company.company} {company.year}（{known.zh}）",
    )


_CLOSE = 2.0
"""Points that one more answer, or one seen a little differently, often turns."""


def shares_sentence(advice: Advice, rulebook: Rulebook) -> Text:
    """Return each model's share, highest first; then that of none, where there is any."""
    ranked = sorted(advice.models.items(), key=lambda item: -item[1].share)
    shown = [(rulebook.model[id].short, f"{m.share:.0%}") for id, m in ranked if not m.excluded]
    none = 1 - sum(m.share for m in advice.models.values())
    if shown and none >= _LEAST:
        shown.append((model_short(rulebook, NO_MODEL), f"{none:.0%}"))
    if len(shown) == 1:  # a share of 100 % would say more than an exclusion does
        name = shown[0][0]
        return Text(f"{name.en}: the only model left", f"只剩{name[Language.ZH]}")
    return Text(
        " · ".join(f"{name.en} {share}" for name, share in shown),
        " · ".join(f"{name[Language.ZH]} {share}" for name, share in shown),
    )


def leaning_sentence(advice: Advice, rulebook: Rulebook) -> Text:
    """Return in a few words where the advice leans, while questions are still open."""
    if not advice.enough:
        return Text("no leaning yet", "还看不出倾向")
    shares = shares_sentence(advice, rulebook)
    if advice.confidence == OPEN_WORD:
        return Text(f"still open: {shares.en}", f"还没定：{shares.zh}")
    if advice.recommendation is None:
        return Text("no force of your own pays so far", "目前看，自己养销售不划算")
    return Text(f"leaning: {shares.en}", f"目前倾向：{shares.zh}")


def lead_of(reason: Reason, advice: Advice) -> float:
    """Return how far the rule moves the recommended model ahead of its rival, in points."""
    if advice.recommendation is None or advice.rival is None:
        return 0.0
    return reason.points[advice.recommendation] - reason.points[advice.rival]


def reasons_for(advice: Advice) -> list[Reason]:
    """Return the rules that hold and speak for the recommendation, the strongest first."""
    return [r for r in advice.reasons if r.truth == "true" and lead_of(r, advice) > 0]


def reasons_against(advice: Advice) -> list[Reason]:
    """Return the rules that hold and speak against the recommendation, the strongest first."""
    return [r for r in advice.reasons if r.truth == "true" and lead_of(r, advice) < 0]


def reference(reason: Reason, rulebook: Rulebook) -> Text:
    """Return where a reason comes from: rule, place, status, and its sources in short."""
    status = STATUS_WORDS[reason.source_status]
    if reason.source_status is not Status.SOURCED:
        return Text(
            f"{reason.rule} · {reason.at} · {status.en}",
            f"{reason.rule} · {reason.at} · {status[Language.ZH]}",
        )
    sources = dict.fromkeys(rulebook.source_of(key) for key in reason.cited)
    named = [s.title if s.parts else Text(s.id, s.id) for s in sources]
    return Text(
        f"{reason.rule} · {reason.at} · {status.en}: {', '.join(t.en for t in named)}",
        f"{reason.rule} · {reason.at} · {status[Language.ZH]}："
        + "、".join(t[Language.ZH] for t in named),
    )


def model_short(rulebook: Rulebook, model: ModelId) -> Text:
    """Return what a model is called in a list; `none`, too."""
    if model == NO_MODEL:
        return Text("no model", "没有可选的模式")
    return rulebook.model[model].short


def stability_sentence(advice: Advice, rulebook: Rulebook) -> Text:
    """Return how firm the recommendation is, and what that rests on."""
    share = f"{advice.stability or 0:.0%}"
    open_too = bool(advice.unanswered or advice.open_answers)
    drawn = (
        Text("plausible answers to what is open, ", "未答各项取合理值、") if open_too else Text("")
    )
    return Text(
        f"It stays in {share} of {rulebook.draws:,} draws: {drawn.en}each weight up to {JITTER:.0%} up or down"
        " (our assumption).",
        f"抽样 {rulebook.draws:,} 次（{drawn.zh}各权重上下浮动 {JITTER:.0%}，这是我们的假设），{share} 不变。",
    )


def changes_sentence(advice: Advice, rulebook: Rulebook) -> Text:
    """Return the nearest answer that would turn the recommendation, and how firm it is."""
    near = [point for point in advice.tipping_points if point.distance <= NEAR]
    if near:
        first, others = _turn_words(near[0], rulebook), len({p.question for p in near}) - 1
        more = Text(f" and {others} more", f"，另有 {others} 项") if others else Text("")
        words = Text(f"It turns at {first.en}{more.en}.", f"单改一项就会变：{first.zh}{more.zh}。")
    else:
        words = Text("No single answer near yours turns it.", "单改一项，改到相近的回答，都不变。")
    if advice.stability is not None:
        share = f"{advice.stability:.0%}"
        words = Text(f"{words.en} Stability {share}.", f"{words.zh}稳定度 {share}。")
    if sum(chance > 0 for chance in advice.chances.values()) > 1:
        ends = outcomes_sentence(advice, rulebook)
        words = Text(f"{words.en} {ends.en}", f"{words.zh}{ends.zh}")
    return words


def _turn_words(point: TippingAdvice, rulebook: Rulebook) -> Text:
    question, at = rulebook.question[point.question], point.at_text
    name, title = model_short(rulebook, point.becomes), question.title[Language.ZH]
    match point.side:
        case "above":
            return Text(
                f"{question.title.en} {at.en} or more ({name.en})",
                f"{title} ≥ {at[Language.ZH]}（{name[Language.ZH]}）",
            )
        case "below":
            return Text(
                f"{question.title.en} {at.en} or less ({name.en})",
                f"{title} ≤ {at[Language.ZH]}（{name[Language.ZH]}）",
            )
        case _:
            return Text(
                f'{question.title.en} "{at.en}" ({name.en})',
                f"{title}“{at[Language.ZH]}”（{name[Language.ZH]}）",
            )


def outcomes_sentence(advice: Advice, rulebook: Rulebook) -> Text:
    """Return where plausible answers to what is open would lead."""
    named = [
        (model_short(rulebook, m), f"{share:.0%}" if share >= _LEAST else "<1%")
        for m, share in sorted(advice.chances.items(), key=lambda item: -item[1])
        if share > 0
    ]
    return Text(
        "The likely ways to fill in what is open end in "
        + ", ".join(f"{name.en} {share}" for name, share in named)
        + ".",
        "未答各项取合理值，结果分布："
        + "、".join(f"{name[Language.ZH]} {share}" for name, share in named)
        + "。",
    )


def tipping_words(point: TippingAdvice, rulebook: Rulebook, *, outcome: bool = True) -> Text:
    """Return the change of one answer that turns the recommendation, and into what."""
    title, at = rulebook.question[point.question].title, point.at_text
    name = model_short(rulebook, point.becomes)
    end, end_zh = (f": {name.en}", f"：{name[Language.ZH]}") if outcome else ("", "")
    now = Text(f" (now {point.now_text.en})", f"（现在 {point.now_text[Language.ZH]}）")
    match point.side:
        case "above":
            words = Text(
                f"{title.en} at {at.en} or more", f"{title[Language.ZH]} ≥ {at[Language.ZH]}"
            )
        case "below":
            words = Text(
                f"{title.en} at {at.en} or less", f"{title[Language.ZH]} ≤ {at[Language.ZH]}"
            )
        case _:
            words = Text(f"{title.en}: {at.en}", f"{title[Language.ZH]}改成“{at[Language.ZH]}”")
    return Text(f"{words.en}{now.en}{end}", f"{words.zh}{now.zh}{end_zh}")


def values_words(values: Value, question: Question, money: Money) -> Text:
    """Return which answers a segment holds, in words."""
    if values == question.everything:
        return Text("whatever it is", "不论是什么")
    if not isinstance(values, Numbers) or not isinstance(question, NumberQuestion):
        return answer_text(values, question, money)
    domain = question.domain
    if question.kind is Kind.MONEY and money.rate:
        low, high = (sum_text(edge, money) for edge in edges_of(values, question, money))
    else:
        low, high = (answer_text(Numbers(n, n), question, money) for n in (values.low, values.high))
    if values.low == values.high:
        return low
    if values.low == domain.low:
        return Text(f"up to {high.en}", f"不超过 {high[Language.ZH]}")
    if values.high == domain.high:
        return Text(f"from {low.en} on", f"{low[Language.ZH]} 起")
    if question.kind is Kind.MONEY and money.rate:
        return Text(f"{low.en.split()[0]}–{high.en}", f"{low.zh.split()[0]}–{high.zh}")
    return answer_text(values, question, money)


def outcome_words(segment: Segment, question: Question, money: Money, rulebook: Rulebook) -> Text:
    """Return what is recommended on some answers to a question."""
    name, values = (
        model_short(rulebook, segment.becomes),
        values_words(segment.values, question, money),
    )
    return Text(f"{values.en}: {name.en}", f"{values[Language.ZH]}：{name[Language.ZH]}")


def trigger_words(point: TippingAdvice, rulebook: Rulebook) -> Text:
    """Return when to look at the advice again, for a calendar."""
    title, at = rulebook.question[point.question].title, point.at_text
    name = model_short(rulebook, point.becomes)
    match point.side:
        case "above":
            words = Text(
                f"{title.en} reaches {at.en}", f"{title[Language.ZH]}达到 {at[Language.ZH]}"
            )
        case "below":
            words = Text(
                f"{title.en} falls to {at.en}", f"{title[Language.ZH]}降到 {at[Language.ZH]}"
            )
        case _:
            words = Text(
                f"{title.en} becomes: {at.en}", f"{title[Language.ZH]}变成“{at[Language.ZH]}”"
            )
    return Text(f"{words.en} ({name.en})", f"{words.zh}（{name[Language.ZH]}）")


def open_sentence(question: Question, advice: Advice) -> Text:
    """Return what an open answer can still do."""
    wide = question.id in advice.answered
    return Text(
        f"{question.title.en}: {'your answer is wide' if wide else 'not answered'}; it can still change the advice.",
        f"{question.title[Language.ZH]}：{'回答的范围较宽' if wide else '没有回答'}，还可能改变建议。",
    )


def _and(names: list[str]) -> str:
    return " and ".join(names) if len(names) < 3 else ", ".join(names[:-1]) + " and " + names[-1]


def _or(names: list[str]) -> str:
    return " or ".join(names) if len(names) < 3 else ", ".join(names[:-1]) + " or " + names[-1]


def signed(points: float) -> str:
    """Return points with their sign and at most two decimals: `+4`, `-2.5`, `0`."""
    shown = f"{points:+.2f}".rstrip("0").rstrip(".")
    return "0" if shown in ("+0", "-0") else shown

"""How the rulebook does on real companies: on a terminal, and as data."""

from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text as Line

from salesadvisor.advice.calibration import (
    LEAST_SHARE,
    Calibration,
    Founders,
    Judged,
    JudgedFounder,
    Rate,
)
from salesadvisor.report.terminal import folded, make_console, signs_for
from salesadvisor.report.wording import CONFIDENCE_WORDS, model_short, reasons_for, signed
from salesadvisor.rulebook.cases import SURE
from salesadvisor.rulebook.definitions import ModelId, Rulebook
from salesadvisor.text import Language, Text, on_one_line

_REASONS = 3


def render(
    found: Calibration, rulebook: Rulebook, language: Language, out: TextIO, *, color: bool
) -> None:
    """Write every figure with its number, then each disagreement with both sides."""
    console = make_console(out, color=color)

    def say(words: Text, style: str = "") -> None:
        console.print(folded(Line(words[language], style=style), console.width))

    def head(words: Text) -> None:
        console.print()
        say(words, "bold cyan")

    sets = len(found.judged)
    say(
        Text(
            f"{found.cases} companies, {sets} sets of answers. Agreement is with how a company is "
            "said to sell mainly, by itself or by others; that is no proof that it is best.",
            f"{found.cases} 家公司，{sets} 组回答。一致，指和据称的主要做法一致（自称或他人所述）；"
            "这样做不等于这样最好。",
        )
    )
    head(Text("Agreement", "一致率"))
    table = _table(Text("of", "对象"), language)
    for words, rate in _rates(found, rulebook):
        table.add_row(Line(words[language]), *_rate_cells(rate))
    console.print(table)

    head(Text("How often each word was right", "各种把握对了几成"))
    table = _table(Text("the advice is", "建议"), language)
    for word, rate in found.words.items():
        table.add_row(CONFIDENCE_WORDS[word][language], *_rate_cells(rate))
    console.print(table)
    if found.founders is not None:
        head(
            Text(
                f"{len(found.founders.judged)} invented founders, each judged twice",
                f"{len(found.founders.judged)} 位虚构的创始人，各由两人判断",
            )
        )
        table = _table(Text("the advice is", "建议"), language)
        for words, rate in _founder_rates(found.founders):
            table.add_row(words[language], *_rate_cells(rate))
        console.print(table)
        for judged in found.founders.judged:
            if not judged.is_acceptable:
                say(_wrong_founder(judged, rulebook))

    head(Text("Said to be (rows) and advised (columns)", "据称（行）与建议（列）"))
    console.print(_confusion(found, rulebook, language))

    head(Text("Shares", "占比"))
    floor = f"{LEAST_SHARE:.0%}"
    for words in (
        Text(
            f"Brier score {found.brier:.3f} (0 is perfect, 0.667 is three equal shares)",
            f"Brier 分数 {found.brier:.3f}（0 为完美，三者均分为 0.667）",
        ),
        Text(
            f"Log-loss {found.log_loss:.3f} (three equal shares: 1.099; a share under {floor} counts as {floor})",
            f"对数损失 {found.log_loss:.3f}（三者均分为 1.099；占比不足 {floor} 按 {floor} 计）",
        ),
        Text(
            f"Expected calibration error {found.calibration_error:.3f}",
            f"期望校准误差 {found.calibration_error:.3f}",
        ),
    ):
        say(words)
    if found.temperature is not None:
        fit = found.temperature
        say(
            Text(
                f"Temperature {rulebook.temperature:g}; {fit.best:g} has the least log-loss here. "
                f"Fitted on {fit.folds - 1} of {fit.folds} parts and judged on the other, "
                f"{fit.repeats} times: {fit.chosen[0]:g} to {fit.chosen[1]:g}, log-loss {fit.log_loss:.3f}",
                f"温度 {rulebook.temperature:g}；在这里 {fit.best:g} 的对数损失最小。"
                f"用 {fit.folds} 份中的 {fit.folds - 1} 份拟合、在另一份上检验，重复 {fit.repeats} 次："
                f"{fit.chosen[0]:g} 到 {fit.chosen[1]:g}，对数损失 {fit.log_loss:.3f}",
            )
        )
    table = _table(
        Text("share of what is advised", "所建议模式的占比"), language, Text("mean", "平均")
    )
    for cell in found.bins:
        ends = f"{cell.low:.0%}–{cell.high:.0%}"
        table.add_row(ends, f"{cell.mean_share:.0%}", *_rate_cells(cell.rate))
    console.print(table)

    wrong = [j for j in found.judged if not j.agrees]
    head(Text(f"Disagreements: {len(wrong)}", f"不一致：{len(wrong)}"))
    bullet = signs_for(out).bullet
    for disagreeing in wrong:
        for indent, words in _disagreement(disagreeing, rulebook):
            mark = f" {bullet} " if not indent else " " * (3 + indent)
            for line in folded(Line(words[language]), console.width - len(mark)).split("\n"):
                console.print(Line(mark) + line)
                mark = " " * len(mark)


def _table(first: Text, language: Language, *more: Text) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), show_edge=False)
    table.add_column(first[language], overflow="fold")
    for words in (*more, Text("agree", "一致"), Text("of", "总数"), Text("share", "比例")):
        table.add_column(words[language], justify="right")
    table.add_column(Text("95% interval", "95% 区间")[language])
    return table


def _rates(found: Calibration, rulebook: Rulebook) -> list[tuple[Text, Rate]]:
    raters = (Text("first answers", "第一组回答"), Text("second answers", "第二组回答"))
    rows = [(Text("all", "全部"), found.overall)]
    rows += [
        (raters[rater], rate) for rater, rate in found.by_rater.items() if len(found.by_rater) > 1
    ]
    for label, rate in found.by_label.items():
        name = rulebook.model[label].short
        rows.append((Text(f"said to be: {name.en}", f"据称：{name[Language.ZH]}"), rate))
    rows += [
        (
            Text(f"both raters sure ({SURE} or 5 of 5)", f"两位评者都有把握（{SURE} 或 5 分）"),
            found.sure,
        ),
        (Text("at least one unsure", "至少一位没把握"), found.unsure),
        (Text("label read on a page", "标签有页面可查"), found.seen),
        (Text("label recalled", "标签凭记忆"), found.recalled),
        (Text("advice settled by the answers", "回答足以定下建议"), found.decided),
        (Text("advice leaning, or too close", "建议仅为倾向或难分"), found.leaning),
        (Text("trick cases (price alone misleads)", "陷阱题（只看价格会错）"), found.trick),
        (Text("the opposite end advised", "建议了相反的一端"), found.opposite),
        (Text("both sets of answers: same advice", "两组回答：建议相同"), found.same_advice),
    ]
    return [(words, rate) for words, rate in rows if rate.of]


def _founder_rates(founders: Founders) -> list[tuple[Text, Rate]]:
    return [
        (Text("the best, by one judgement", "其中一人认为最好"), founders.best),
        (Text("acceptable to one of the two", "至少一人认可"), founders.acceptable),
        (Text("harmful, and acceptable to none", "有害，且无人认可"), founders.harmful),
        (Text("right about hiring", "招不招人说对了"), founders.hire),
    ]


def _wrong_founder(judged: JudgedFounder, rulebook: Rulebook) -> Text:
    """Return what was advised to a founder, and what a judgement says instead."""
    case, first = judged.case, judged.case.judgements[0]
    name, better = model_short(rulebook, judged.outcome), model_short(rulebook, first.best)
    return Text(
        f"{case.id}: advised {name.en}, better {better.en}. {first.why}",
        f"{case.id}：建议{name.zh}，更好的是{better.zh}。{first.why}",
    )


def _rate_cells(rate: Rate) -> tuple[str, str, str, str]:
    low, high = rate.interval
    return f"{rate.right}", f"{rate.of}", f"{rate.share:.0%}", f"{low:.0%}–{high:.0%}"


def _columns(rulebook: Rulebook) -> list[ModelId | None]:
    return [*(model.id for model in rulebook.models), None]


def _confusion(found: Calibration, rulebook: Rulebook, language: Language) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), show_edge=False)
    table.add_column("")
    for column in _columns(rulebook):
        name = Text("none", "无") if column is None else rulebook.model[column].short
        table.add_column(name[language], justify="right")
    for model in rulebook.models:
        cells = [str(found.confusion.get((model.id, c), 0)) for c in _columns(rulebook)]
        table.add_row(model.short[language], *cells)
    return table


def _disagreement(judged: Judged, rulebook: Rulebook) -> list[tuple[int, Text]]:
    """Return both sides of a disagreement as lines, each with its indent."""
    case, advice = judged.case, judged.advice
    stated, advised = rulebook.model[case.label].short, Text("none", "无")
    share = ""
    if advice.recommendation is not None:
        advised = rulebook.model[advice.recommendation].short
        share = f" {advice.share:.0%}"
    which = (
        Text("first answers", "第一组回答")
        if judged.rater == 0
        else Text("second answers", "第二组回答")
    )
    name = on_one_line(f"{case.company}, {case.unit.en} ({case.year})")
    name_zh = on_one_line(f"{case.company}，{case.unit[Language.ZH]}（{case.year}）")
    sure = f"{case.confidence}" + (f"/{case.second_confidence}" if case.second_confidence else "")
    lines = [
        (0, Text(
            f"{name}: said to be {stated.en}, advised {advised.en}{share} ({which.en}; {case.id})",
            f"{name_zh}：据称{stated[Language.ZH]}，建议{advised[Language.ZH]}{share}（{which.zh}；{case.id}）",
        )),
        (0 + 2, Text(
            f"label (sure {sure} of 5): {case.label_basis.en}",
            f"标签（把握 {sure}，满分 5）：{case.label_basis[Language.ZH]}",
        )),
    ]  # fmt: skip
    reasons = reasons_for(advice)[:_REASONS]
    for reason in reasons:
        points = ", ".join(
            f"{rulebook.model[m].short.en} {signed(p)}" for m, p in reason.points.items()
        )
        points_zh = "，".join(
            f"{rulebook.model[m].short[Language.ZH]} {signed(p)}" for m, p in reason.points.items()
        )
        because = reason.because
        lines.append(
            (2, Text(
                f"{reason.rule}: {because.en} ({points})",
                f"{reason.rule}：{because[Language.ZH]}（{points_zh}）",
            ))
        )  # fmt: skip
    if advice.views is not None and advice.views.overruled_by is not None:
        lines.append((2, Text(f"{advice.views.id}: {advice.views.because.en}",
                              f"{advice.views.id}：{advice.views.because[Language.ZH]}")))  # fmt: skip
    return lines


def calibration_record(
    found: Calibration, rulebook: Rulebook, language: Language
) -> dict[str, object]:
    """Return every figure as plain data."""

    def rate(of: Rate) -> dict[str, object]:
        low, high = of.interval
        return {
            "agree": of.right,
            "of": of.of,
            "companies": of.companies,
            "share": round(of.share, 4),
            "interval": [round(low, 4), round(high, 4)],
        }

    fit = found.temperature
    return {
        "schema": "salesadvisor.calibration/1",
        "rulebook": {"version": rulebook.version, "digest": rulebook.digest},
        "companies": found.cases,
        "agreement": {
            "all": rate(found.overall),
            "by_answers": {("first", "second")[r]: rate(x) for r, x in found.by_rater.items()},
            "by_label": {label: rate(x) for label, x in found.by_label.items()},
            "sure": rate(found.sure),
            "unsure": rate(found.unsure),
            "seen": rate(found.seen),
            "recalled": rate(found.recalled),
            "decided": rate(found.decided),
            "leaning": rate(found.leaning),
            "trick": rate(found.trick),
        },
        "words": {word: rate(of) for word, of in found.words.items()},
        "founders": None
        if found.founders is None
        else {
            "founders": len(found.founders.judged),
            "best": rate(found.founders.best),
            "acceptable": rate(found.founders.acceptable),
            "harmful": rate(found.founders.harmful),
            "hire": rate(found.founders.hire),
            "not_acceptable": [j.case.id for j in found.founders.judged if not j.is_acceptable],
        },
        "opposite": rate(found.opposite),
        "same_advice": rate(found.same_advice),
        "confusion": {
            model.id: {
                (column or "none"): found.confusion.get((model.id, column), 0)
                for column in _columns(rulebook)
            }
            for model in rulebook.models
        },
        "brier": round(found.brier, 4),
        "log_loss": round(found.log_loss, 4),
        "calibration_error": round(found.calibration_error, 4),
        "reliability": [
            {"from": b.low, "to": b.high, "mean_share": round(b.mean_share, 4), **rate(b.rate)}
            for b in found.bins
        ],
        "temperature": {
            "used": rulebook.temperature,
            "best": None if fit is None else fit.best,
            "cross_validated_log_loss": None if fit is None else round(fit.log_loss, 4),
            "chosen": None if fit is None else list(fit.chosen),
        },
        "disagreements": [
            {
                "id": j.case.id,
                "company": j.case.company,
                "answers": ("first", "second")[j.rater],
                "label": j.case.label,
                "label_basis": j.case.label_basis[language],
                "confidence": j.case.confidence,
                "second_confidence": j.case.second_confidence,
                "recommendation": j.advice.recommendation,
                "share": None if j.advice.share is None else round(j.advice.share, 4),
                "reasons": [r.rule for r in reasons_for(j.advice)[:_REASONS]],
            }
            for j in found.judged
            if not j.agrees
        ],
    }

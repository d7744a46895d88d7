"""What came of a batch: recommendations, what was rejected, the reasons, what to ask next."""

from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from salesadvisor.batch.summary import Summary
from salesadvisor.report.sheet import Sheet
from salesadvisor.rulebook.definitions import Rulebook
from salesadvisor.text import Language, Text, visible

SCHEMA = "salesadvisor.batch/1"
_MOST_RULES = 8
_MOST_QUESTIONS = 5
_STATUSES = {
    "decided": Text("decided", "已定"),
    "leaning": Text("leaning", "倾向"),
    "too_close": Text("too close", "难分高下"),
    "contested": Text("by deeds", "按行为"),
    "none": Text("no advice", "无建议"),
}


def render_line(
    summary: Summary, language: Language, out: TextIO, output: Path, errors: Path | None
) -> None:
    """Write how many records came in, went out and were rejected."""
    out.write(_count(summary, output, errors)[language] + "\n")


def _count(summary: Summary, output: Path, errors: Path | None) -> Text:
    kind = "record" if summary.records == 1 else "records"
    en = f"{summary.records:,} {kind} in, {summary.rows:,} out, {summary.rejected:,} rejected"
    zh = f"读入 {summary.records:,} 条，输出 {summary.rows:,} 条，拒绝 {summary.rejected:,} 条"
    if summary.without_rate:
        en += f", {summary.without_rate:,} with sums that count as unanswered (no-rate)"
        zh += f"，{summary.without_rate:,} 条的金额按未回答处理（no-rate）"
    shown = visible(str(output))
    en, zh = f"{en}: {shown}", f"{zh}：{shown}"
    if errors is not None:
        where = visible(str(errors))
        en, zh = f"{en} (why: {where})", f"{zh}（原因见 {where}）"
    return Text(en, zh)


def render(
    summary: Summary, rulebook: Rulebook, language: Language, out: TextIO,
    output: Path, errors: Path | None, *, color: bool,
) -> None:  # fmt: skip
    """Write the whole summary as a screen."""
    sheet = Sheet(language, out, color=color)
    sheet.say(_count(summary, output, errors), "bold")
    if not summary.rows:
        return
    if summary.without_rate:
        key = f"{rulebook.currency.lower()}_rate"
        sheet.say(
            Text(
                f"Sums in a currency without a rate ({summary.without_rate:,} of the records): add "
                f"`{key}`, the worth of 1 of it in {rulebook.currency}.",
                f"{summary.without_rate:,} 条的金额没有汇率：请加上 `{key}`（1 单位等于多少 "
                f"{rulebook.currency}）。",
            )
        )
    statuses = [s for s in _STATUSES if summary.statuses.get(s)]
    heads = [
        "",
        Text("records", "条数")[language],
        "%",
        *(_STATUSES[s][language] for s in statuses),
    ]
    rows = []
    for model, count in summary.recommendations.items():
        found = summary.by_status[model]
        cells = [f"{found[s]:,}" if s in found else "" for s in statuses]
        rows.append(
            [_model(model, rulebook)[language], f"{count:,}", _percent(count, summary.rows), *cells]
        )
    sheet.table(heads, rows)
    _reasons(summary, rulebook, sheet)
    _triage(summary, rulebook, sheet)
    sheet.next(f"salesadvisor rules show {next(iter(summary.rules), 'list')}")


def _model(model: str, rulebook: Rulebook) -> Text:
    return rulebook.model[model].name if model else Text("no recommendation", "无推荐")


def _percent(count: int, total: int) -> str:
    share = 100 * count / total
    return f"{share:.0f}" if share >= 1 or not count else "<1"


def _reasons(summary: Summary, rulebook: Rulebook, sheet: Sheet) -> None:
    if not summary.rules:
        return
    because = {rule.id: rule.because for rule in rulebook.rules}
    sheet.head(Text("The reasons that hold most often", "最常成立的理由"))
    for id, count in list(summary.rules.items())[:_MOST_RULES]:
        sheet.item(because[id], f"{id}, {_percent(count, summary.rows)} %")


def _triage(summary: Summary, rulebook: Rulebook, sheet: Sheet) -> None:
    if not summary.open_records:
        return
    sheet.head(
        Text(
            f"{summary.open_records:,} records are open: the one answer that would settle most",
            f"还有 {summary.open_records:,} 条未定：补上哪一个回答能定下最多",
        )
    )
    settles = {
        id: (share, count)
        for id, share in summary.settles.items()
        if (count := _about(share * summary.open_records, summary))
    }
    if not settles:
        sheet.say(
            Text(
                "No single answer would settle any: they lack several.",
                "没有哪一个回答单独就能定下：它们缺好几个。",
            )
        )
        return
    for id, (share, count) in list(settles.items())[:_MOST_QUESTIONS]:
        title = rulebook.question[id].title
        sheet.item(
            Text(f"{title.en}: about {count:,}", f"{title[Language.ZH]}：约 {count:,} 条"),
            f"{id}, {100 * share:.0f} %",
        )
    sheet.say(
        Text(
            f"Reckoned from {summary.sampled:,} of them, each with answers that are plausible.",
            f"按其中 {summary.sampled:,} 条估算，用合理范围内的回答。",
        ),
        "dim",
    )


def _about(count: float, summary: Summary) -> int:
    """Return a count of open records in as many digits as the sample can bear."""
    if summary.sampled >= summary.open_records:
        return round(count)
    digits = 1 if summary.sampled < 100 else 2
    size: int = 10 ** max(0, len(str(round(count))) - digits)
    return min(round(count / size) * size, summary.open_records)


def summary_record(
    summary: Summary, rulebook: Rulebook, language: Language
) -> Mapping[str, object]:
    """Return the summary as plain data, ready for JSON or a page."""
    because = {rule.id: rule.because[language] for rule in rulebook.rules}
    return {
        "schema": SCHEMA,
        "rulebook": {
            "name": rulebook.name[language],
            "version": rulebook.version,
            "digest": rulebook.digest,
        },
        "records": summary.records,
        "rows": summary.rows,
        "rejected": summary.rejected,
        "not_proved": summary.unproved,
        "no_rate": summary.without_rate,
        "recommendations": [
            {
                "model": model or None,
                "name": _model(model, rulebook)[language],
                "records": count,
                "statuses": dict(summary.by_status[model]),
            }
            for model, count in summary.recommendations.items()
        ],
        "statuses": dict(summary.statuses),
        "reasons": [
            {"rule": id, "records": count, "because": because[id]}
            for id, count in summary.rules.items()
        ],
        "triage": {
            "open": summary.open_records,
            "sampled": summary.sampled,
            "questions": [
                {
                    "question": id,
                    "title": rulebook.question[id].title[language],
                    "settles": round(share, 4),
                    "records": round(share * summary.open_records),
                }
                for id, share in summary.settles.items()
            ],
        },
    }

"""What would change the advice: on a terminal, and as data."""

import math
from collections.abc import Iterator, Mapping
from string import ascii_uppercase
from typing import TYPE_CHECKING, TextIO

from rich.text import Text as Line

from salesadvisor.advice.changes import answer_of, edges_of
from salesadvisor.advice.definitions import TippingAdvice
from salesadvisor.advice.tipping import NEAR, Segment
from salesadvisor.advice.what_if import WhatIf
from salesadvisor.language.possible import Numbers, Value, is_single, is_within
from salesadvisor.report.record import answer_record, tipping_record
from salesadvisor.report.sheet import Sheet
from salesadvisor.report.wording import (
    model_short,
    outcomes_sentence,
    stability_sentence,
    tipping_words,
    trigger_words,
    values_words,
    verdict_sentence,
)
from salesadvisor.rulebook.definitions import (
    ChoiceQuestion,
    ModelId,
    NumberQuestion,
    QuestionId,
    Rulebook,
)
from salesadvisor.rulebook.writing import answer_text
from salesadvisor.text import Language, Text, columns, on_one_line

if TYPE_CHECKING:
    pass

SCHEMA = "salesadvisor.what-if/1"
_POINTS, _TRIGGERS = 8, 5


def render(
    found: WhatIf, rulebook: Rulebook, language: Language, out: TextIO, *, color: bool = True
) -> None:
    """Write what would change the advice as a person wants to read it."""
    _Screen(found, rulebook, Sheet(language, out, color=color)).write()


class _Screen:
    def __init__(self, found: WhatIf, rulebook: Rulebook, sheet: Sheet) -> None:
        self.found = found
        self.advice = found.advice
        self.rulebook = rulebook
        self.sheet = sheet
        self.language = sheet.language
        ids = [model.id for model in rulebook.models]
        self.sign = dict(zip(ids, sheet.signs.areas + ascii_uppercase, strict=False))

    def write(self) -> None:
        advice = self.advice
        if advice.name:
            self.sheet.say(on_one_line(advice.name)[:200], style="bold")
        self.sheet.say(verdict_sentence(advice, self.rulebook), style="bold cyan")
        for warning in advice.warnings:
            if warning.id == "no-rate":
                self.sheet.say(Text(f"! {warning.message.en}", f"! {warning.message.zh}"), "yellow")
        if not advice.enough:
            return
        if advice.stability is not None:
            self.sheet.say(stability_sentence(advice, self.rulebook))
        if len(advice.possible) > 1:
            self.sheet.say(outcomes_sentence(advice, self.rulebook))
        self._points()
        self._pair()
        for id, segments in self.found.strips.items():
            self._strip(id, segments)
        self._weights()
        self._triggers()

    def _points(self) -> None:
        points = self.advice.tipping_points
        self.sheet.head(
            Text("One answer that would turn it, the nearest first", "改一项就会变，近的在前")
        )
        if not points:
            self.sheet.item(Text("None, whatever it is.", "没有：任何一项怎么改都不变。"))
        for point in points[:_POINTS]:
            self.sheet.item(tipping_words(point, self.rulebook))
        rest = len(points) - _POINTS
        if rest > 0:
            self.sheet.say(
                Text(
                    f"and {rest} more, further off (--format json)",
                    f"另有 {rest} 项更远（--format json）",
                ),
                style="dim",
                indent=3,
            )

    def _pair(self) -> None:
        if any(point.distance <= NEAR for point in self.advice.tipping_points):
            return
        self.sheet.head(Text("Two answers that would turn it together", "两项一起改才会变"))
        pair = self.found.pair
        if pair is None:
            self.sheet.item(Text("None among the nearest pairs.", "最近的组合里没有。"))
            return
        one, other = (tipping_words(c, self.rulebook, outcome=False) for c in pair.changes)
        name = model_short(self.rulebook, pair.becomes)
        self.sheet.item(
            Text(
                f"{one.en}, and {other.en}: {name.en}",
                f"{one.zh}，同时{other.zh}：{name[Language.ZH]}",
            )
        )

    def _strip(self, id: QuestionId, segments: tuple[Segment, ...]) -> None:
        question = self.rulebook.question[id]
        now = self.found.answers.given(id)
        title = question.title
        self.sheet.head(
            Text(
                f"Along: {title.en} ({id}), all else as given",
                f"只改“{title[Language.ZH]}”（{id}），其他不变",
            )
        )
        if isinstance(question, NumberQuestion):
            self._ruler(question, segments, now)
        for segment in segments:
            self._segment(question, segment, now)

    def _ruler(
        self, question: NumberQuestion, segments: tuple[Segment, ...], now: Value | None
    ) -> None:
        width = max(20, min(72, self.sheet.console.width - 4))
        ruler = _Ruler(question, segments, now if isinstance(now, Numbers) else None, width)
        cells = (self.sign.get(model, self.sheet.signs.nothing) for model in ruler.models(segments))
        self.sheet.console.print(Line("  ") + Line("".join(cells), style="cyan"))
        if isinstance(now, Numbers):
            first, last = ruler.column(now.low), ruler.column(now.high)
            marks = (
                self.sheet.signs.mark
                + self.sheet.signs.line * (last - first - 1)
                + self.sheet.signs.mark * (last > first)
            )
            shown = answer_text(now, question, self.found.answers.money)[self.language]
            label = f"{marks} {shown}"
            if first + len(label) > width:  # there is room on the left, then
                label = f"{shown} {marks}"
                first = max(0, last - len(label) + 1)
            self.sheet.console.print(Line("  " + " " * first + label))

    def _segment(
        self, question: NumberQuestion | ChoiceQuestion, segment: Segment, now: Value | None
    ) -> None:
        name = model_short(self.rulebook, segment.becomes)[self.language]
        words = (
            name
            + " " * max(1, 10 - columns(name))
            + values_words(segment.values, question, self.found.answers.money)[self.language]
        )
        here = now is not None and (
            is_within(now, segment.values) if is_single(now) else segment.values == now
        )
        line = Line(words)
        if here:
            line.append(Text("  < you", "  < 你在这里")[self.language], style="bold cyan")
        excluded = _excluded(segment, self.rulebook)
        if excluded is not None:
            line.append(f"  [{excluded[self.language]}]", style="dim")
        mark = Line(f"  {self.sign.get(segment.becomes, self.sheet.signs.nothing)} ")
        self.sheet.hang(mark, line)

    def _weights(self) -> None:
        moved = [w for w in self.found.weights if w.low > 0 or w.high is not None]
        if not self.found.weights:
            return
        self.sheet.head(Text("How far a weight could move alone", "单个权重可以动多少"))
        for limit in moved:
            title = next(c.title for c in self.rulebook.criteria if c.id == limit.criterion)
            high = Text("any", "不限") if limit.high is None else _two(limit.high)
            low = _two(limit.low)
            self.sheet.item(
                Text(
                    f"{title.en}: from {low.en} to {high.en} (now {limit.weight:g})",
                    f"{title[Language.ZH]}：{low.en} 到 {high[Language.ZH]}（现在 {limit.weight:g}）",
                )
            )
        if len(moved) < len(self.found.weights):
            others = Text("The others: any weight.", "其余：任意权重都不变。")
            self.sheet.item(
                others if moved else Text("Each: any weight.", "每一个都可以任意变动。")
            )

    def _triggers(self) -> None:
        points = [p for p in self.advice.tipping_points if p.distance <= NEAR][:_TRIGGERS]
        if not points:
            return
        self.sheet.head(Text("Look at this again when", "出现下面的变化时，请重新评估"))
        for point in points:
            self.sheet.item(trigger_words(point, self.rulebook), mark="[ ]")


def _two(number: float) -> Text:
    shown = f"{number:.2f}".rstrip("0").rstrip(".")
    return Text(shown, shown)


class _Ruler:
    """Numbers on a line: log scale where no zero is in the way."""

    def __init__(
        self,
        question: NumberQuestion,
        segments: tuple[Segment, ...],
        now: Numbers | None,
        width: int,
    ) -> None:
        turns = [s.values.low for s in segments[1:] if isinstance(s.values, Numbers)]
        points = [*turns, *([now.low, now.high] if now else [])]
        self.low = min([question.plausible.low, *points])
        self.high = max([question.plausible.high, *points])
        self.width = width
        self.log = self.low > 0

    def _scale(self, number: float) -> float:
        return math.log(number) if self.log else number

    def column(self, number: float) -> int:
        """Return where a number stands, 0 to the width less one."""
        low, high = self._scale(self.low), self._scale(self.high)
        share = (self._scale(min(max(number, self.low), self.high)) - low) / (high - low)
        return round(share * (self.width - 1))

    def models(self, segments: tuple[Segment, ...]) -> Iterator[ModelId]:
        """Yield the model in each column; one that has no column of its own is not lost below."""
        ends = [self.column(s.values.high) for s in segments if isinstance(s.values, Numbers)]
        for column in range(self.width):
            yield next(
                segment.becomes
                for segment, end in zip(segments, ends, strict=True)
                if column <= end or end == ends[-1]
            )


def _excluded(segment: Segment, rulebook: Rulebook) -> Text | None:
    """Return which models vetoes exclude in a segment."""
    out: dict[ModelId, list[str]] = {}
    for veto in rulebook.vetoes:
        if veto.id in segment.vetoes:
            for model in veto.excludes:
                out.setdefault(model, []).append(veto.id)
    if not out:
        return None
    parts = [(model_short(rulebook, model), " ".join(ids)) for model, ids in out.items()]
    return Text(
        "excluded: " + ", ".join(f"{name.en} {ids}" for name, ids in parts),
        "排除：" + "、".join(f"{name[Language.ZH]} {ids}" for name, ids in parts),
    )


def what_if_record(found: WhatIf, rulebook: Rulebook, language: Language) -> Mapping[str, object]:
    """Return what would change the advice as plain data."""
    advice, money = found.advice, found.answers.money

    def change(point: TippingAdvice) -> Mapping[str, object]:
        record = tipping_record(point)
        return {key: record[key] for key in ("question", "now", "at", "side")}

    def answer(value: Value, id: QuestionId) -> object:
        question = rulebook.question[id]
        if isinstance(value, Numbers) and isinstance(question, NumberQuestion):
            low, high = edges_of(value, question, money)
            return answer_record(low if low == high else (low, high))
        return answer_record(answer_of(value, rulebook.question[id], money))

    return {
        "schema": SCHEMA,
        "name": advice.name,
        "recommendation": advice.recommendation,
        "status": str(advice.status),
        "possible": list(advice.possible),
        "possible_proved": advice.possible_proved,
        "stability": advice.stability,
        "chances": dict(advice.chances),
        "tipping_points": [tipping_record(point) for point in advice.tipping_points],
        "pair": None
        if found.pair is None
        else {
            "changes": [change(point) for point in found.pair.changes],
            "becomes": found.pair.becomes,
        },
        "vary": {
            id: [
                {
                    "answers": answer(segment.values, id),
                    "becomes": segment.becomes,
                    "vetoes": list(segment.vetoes),
                }
                for segment in segments
            ]
            for id, segments in found.strips.items()
        },
        "weights": {
            limit.criterion: {
                "weight": limit.weight,
                "from": round(limit.low, 4),
                "to": None if limit.high is None else round(limit.high, 4),
            }
            for limit in found.weights
        },
        "next_question": advice.next_question,
        "information": {id: round(bits, 4) for id, bits in advice.information.items()},
        "review": [
            trigger_words(point, rulebook)[language]
            for point in advice.tipping_points
            if point.distance <= NEAR
        ][:_TRIGGERS],
    }

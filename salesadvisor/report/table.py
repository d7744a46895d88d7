"""Advice on a terminal: verdict, picture, reasons, comparison table, what to do next."""

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text as Line

from salesadvisor.advice.definitions import Advice, Reason
from salesadvisor.advice.explanation import NOT_CALIBRATED
from salesadvisor.advice.tipping import NEAR
from salesadvisor.report.figures import (
    basis_sentence,
    brief_cells,
    brief_heads,
    missing_sentence,
)
from salesadvisor.report.opinions import (
    parting_sentence,
    said_text,
    silent_sentences,
    speaking,
)
from salesadvisor.report.terminal import Signs, folded, hang, make_console, signs_for
from salesadvisor.report.wording import (
    STATUS_WORDS,
    changes_sentence,
    comparable_sentence,
    ends_sentence,
    hire_sentence,
    lead_of,
    margin_sentence,
    open_sentence,
    reasons_against,
    reasons_for,
    reference,
    shares_sentence,
    signed,
    verdict_sentence,
)
from salesadvisor.rulebook.definitions import NO_MODEL, ModelId, Rulebook
from salesadvisor.text import Language, Text, columns, on_one_line, visible

if TYPE_CHECKING:
    from rich.console import Console

_FOR, _AGAINST, _OPEN = 3, 1, 3
_REMARKS = 2
_MONEY_TABLE = 96
"""Columns from which on the figures are a table; below, a line for each model."""


def render(
    advice: Advice,
    rulebook: Rulebook,
    language: Language,
    out: TextIO,
    *,
    color: bool = True,
    quiet: bool = False,
    brief: bool = False,
) -> None:
    """Write the advice as a person wants to read it.

    Args:
        advice: What to write.
        rulebook: What it rests on.
        language: In which language.
        out: Where to.
        color: Whether colour is wanted, where `out` has it.
        quiet: Write the verdict only.
        brief: Write the verdict, the picture and the reasons.
    """
    screen = _Screen(advice, rulebook, language, make_console(out, color=color), signs_for(out))
    screen.verdict()
    if brief:
        screen.core()
    elif not quiet:
        screen.details()


class _Screen:
    def __init__(
        self,
        advice: Advice,
        rulebook: Rulebook,
        language: Language,
        console: "Console",
        signs: Signs,
    ) -> None:
        self.advice = advice
        self.rulebook = rulebook
        self.language = language
        self.console = console
        self.signs = signs

    def say(self, words: Text | str, style: str = "", indent: int = 0) -> None:
        shown = words if isinstance(words, str) else words[self.language]
        hang(self.console, Line(" " * indent), Line(shown, style=style))

    def head(self, words: Text) -> None:
        self.say(words, style="bold")

    def verdict(self) -> None:
        advice = self.advice
        if advice.name:
            self.say(on_one_line(advice.name)[:200], style="bold")
        hiring = hire_sentence(advice)
        if hiring is not None:
            self.say(hiring, style="bold")
        line = Line(verdict_sentence(advice, self.rulebook)[self.language], style="bold cyan")
        margin = margin_sentence(advice, self.rulebook)
        if margin is not None:
            space = "" if self.language is Language.ZH else " "
            line.append(space + margin[self.language], style="not bold default")
        self.console.print(folded(line, self.console.width))

    def core(self) -> None:
        if self.advice.recommendation is not None:
            self._gauge()
            self._reasons()

    def details(self) -> None:
        advice = self.advice
        if advice.recommendation is not None:
            self._gauge()
        if advice.contradictions:
            ids = ", ".join(c.id for c in advice.contradictions)
            self.say(
                Text(
                    f"! Some of your answers contradict each other ({ids}): see below.",
                    f"! 有些回答对不上（{ids}），见下文。",
                ),
                style="yellow",
            )
        for finding in advice.cross_checks:
            self.say(f"! {finding.message[self.language]}  [{finding.id}]", style="yellow")
        self._alternatives()
        if advice.recommendation is not None:
            self._reasons()
        self._ends()
        if advice.enough:
            self._table()
            self._exclusions()
        self._findings()
        self._changes()
        self._money()
        self._open()
        self._lines()
        self._opinions()
        self._notes()
        self._next()

    def _gauge(self) -> None:
        """Draw where the advice stands between the two ends, and how far it may still move."""
        axis = self.rulebook.axis
        left, right = axis.left_label[self.language], axis.right_label[self.language]
        width = max(11, min(41, self.console.width - columns(left + right) - 6))
        cells = [self.signs.line] * width
        possible = [self._position(m) for m in self.advice.possible if m != NO_MODEL]
        if len(possible) > 1:
            first, last = (round(end * (width - 1)) for end in (min(possible), max(possible)))
            cells[first : last + 1] = [self.signs.band] * (last + 1 - first)
        shares = {m: a.share for m, a in self.advice.models.items()}
        total = sum(shares.values())  # less than one where none may be advised
        if total > 0:
            mean = sum(share * self._position(m) for m, share in shares.items()) / total
            cells[round(mean * (width - 1))] = self.signs.here
        picture = Line(f"{left} ")
        picture.append("".join(cells), style="cyan")
        picture.append(f" {right}")
        shown = shares_sentence(self.advice, self.rulebook)[self.language]
        if columns(picture.plain) + columns(shown) + 3 <= self.console.width:
            picture.append(f"   {shown}", style="dim")
            self.console.print(picture)
        else:
            self.console.print(picture)
            self.say(shown, style="dim")
        if sum(not model.excluded for model in self.advice.models.values()) > 1:
            uncalibrated = [w for w in self.advice.warnings if w.id == NOT_CALIBRATED]
            self.say(
                uncalibrated[0].message if uncalibrated else self.rulebook.temperature_note,
                style="dim",
            )
        self._comparable()

    def _position(self, model: ModelId) -> float:
        """Return where a model stands on the axis: 0 at the left, 1 at the right end."""
        axis = self.rulebook.axis
        if model in (axis.left, axis.right):
            return 0.0 if model == axis.left else 1.0
        parts = self.rulebook.model[model].blend_of
        return sum(self._position(part) for part in parts) / len(parts) if parts else 0.5

    def _reasons(self) -> None:
        advice = self.advice
        assert advice.recommendation is not None
        name = self.rulebook.model[advice.recommendation].short
        rival = self.rulebook.model[advice.rival].short if advice.rival else Text("")
        chosen, against = reasons_for(advice), reasons_against(advice)
        if chosen:
            self.head(
                Text(
                    f"For {name.en} (lead over {rival.en}, in points)",
                    f"支持{name[Language.ZH]}的理由（比{rival[Language.ZH]}多得的分）",
                )
            )
            self._list_reasons(chosen[:_FOR])
        if against:
            self.head(
                Text(
                    f"Against {name.en} (this speaks for {rival.en})",
                    f"反对{name[Language.ZH]}的理由（更支持{rival[Language.ZH]}）",
                )
            )
            self._list_reasons(against[:_AGAINST])

    def _list_reasons(self, reasons: list[Reason]) -> None:
        for reason in reasons:
            line = Line(reason.because[self.language])
            line.append(f"  [{reference(reason, self.rulebook)[self.language]}]", style="dim")
            points = Line(f"{signed(lead_of(reason, self.advice)):>5} ", style="bold")
            hang(self.console, points, line)

    def _table(self) -> None:
        models = self.rulebook.models
        wide = self.console.width
        first = 16 if wide < 80 else 24
        column = max(10, min(22, (wide - first - 2) // len(models) - 2))
        table = Table(box=SIMPLE_HEAD, padding=(0, 1), show_edge=False)
        table.add_column(Text("Criterion", "方面")[self.language], overflow="fold", width=first)
        for model in models:
            style = "bold cyan" if model.id == self.advice.recommendation else ""
            if self.advice.models[model.id].excluded:
                style = "dim"
            table.add_column(
                Line(model.short[self.language], style=style), overflow="fold", width=column
            )
        most = max(
            (abs(p) for m in self.advice.models.values() for p in m.criteria.values()), default=1
        )
        for criterion in self.rulebook.criteria:
            table.add_row(
                folded(Line(criterion.title[self.language]), first),
                *(
                    self._bar(self.advice.models[m.id].criteria[criterion.id], most, column)
                    for m in models
                ),
            )
        self._summary_rows(table)
        self.console.print(table)

    def _bar(self, points: float, most: float, width: int) -> Line:
        room = max(2, width - 8)
        length = round(abs(points) / (most or 1) * room) or (1 if points else 0)
        sign = self.signs.gain if points > 0 else self.signs.loss
        line = Line(f"{signed(points):>5} ")
        line.append(sign * length, style="green" if points > 0 else "red")
        return line

    def _summary_rows(self, table: Table) -> None:
        advice, language = self.advice, self.language
        order = [model.id for model in self.rulebook.models]
        for words, scores in self._totals():
            shown = (signed(scores[m]) if m in scores else "" for m in order)
            table.add_row(
                Line(words[language], style="bold"),
                *(Line(f"{score:>5}", style="bold") for score in shown),
            )
        if any(a.score_range[0] != a.score_range[1] for a in advice.models.values()):
            table.add_row(
                Text("can still become", "还可能变成")[language],
                *(self._range(advice.models[m].score_range) for m in order),
            )
        if any(a.excluded for a in advice.models.values()):
            table.add_row(
                Text("Excluded by", "被排除")[language],
                *(
                    Line(" ".join(v.id for v in advice.vetoes if v.model == m), style="yellow")
                    for m in order
                ),
            )

    def _totals(self) -> list[tuple[Text, Mapping[ModelId, float]]]:
        """Return the scores; for small, typical and large customers, where these decide."""
        typical = {m: model.score for m, model in self.advice.models.items()}
        views = self.advice.views
        if views is None or not (views.split or views.overruled_by):
            return [(Text("Total", "合计"), typical)]
        return [
            (Text("Total, small customers", "合计：小客户"), views.small.scores),
            (Text("Total, typical ones", "合计：典型客户"), typical),
            (Text("Total, large ones", "合计：大客户"), views.large.scores),
        ]

    def _range(self, ends: tuple[float, float]) -> str:
        return f"{signed(ends[0]):>5} {self.signs.through} {signed(ends[1])}"

    def _exclusions(self) -> None:
        if not self.advice.vetoes:
            return
        self.head(Text("Excluded", "排除的模式"))
        for model in self.rulebook.models:
            found = [veto for veto in self.advice.vetoes if veto.model == model.id]
            if not found:
                continue
            first, *others = found
            name, colon = model.short[self.language], Text(": ", "：")[self.language]
            status = STATUS_WORDS[first.source_status][self.language]
            where = f"{first.id} · {first.at} · {status}"
            if others:
                also = Text("also", "还有")[self.language]
                where += f" · {also} {' '.join(veto.id for veto in others)}"
            self._item(f"{name}{colon}{first.because[self.language]}", where)

    def _findings(self) -> None:
        if self.advice.contradictions:
            self.head(Text("Answers that don't fit together", "对不上的回答"))
            for finding in self.advice.contradictions:
                self._item(
                    finding.message[self.language], f"{finding.id}: {', '.join(finding.questions)}"
                )
        warnings = [w for w in self.advice.warnings if w.id != NOT_CALIBRATED]  # beside the shares
        if warnings:
            self.head(Text("Worth a second look", "请再核对"))
        for warning in warnings:
            self._item(warning.message[self.language], warning.id)

    def _changes(self) -> None:
        """Write what would turn the recommendation, and how firm it is."""
        if self.advice.enough:
            line = Line(changes_sentence(self.advice, self.rulebook)[self.language])
            line.append("  [what-if]", style="dim")
            hang(self.console, Line(""), line)

    def _money(self) -> None:
        """Write the first figures of each model, and what they rest on."""
        economics = self.advice.economics
        if economics is None:
            return
        if economics.missing:
            self.say(missing_sentence(economics, self.rulebook))
            return
        heads = brief_heads(economics, self.language)
        out = Text(" (excluded)", "（已排除）")[self.language]
        rows = [
            (
                model.short[self.language] + (out if self._is_out(model.id) else ""),
                model,
                brief_cells(economics, model.id, self.language),
            )
            for model in self.rulebook.models
        ]
        if self.console.width < _MONEY_TABLE:
            self.head(Text(heads[0], heads[0]))
            colon = Text(": ", "：")[self.language]
            for name, _, cells in rows:
                told = (f"{h} {c}" for h, c in zip(heads[1:], cells, strict=True) if c)
                words = Text(", ", "，")[self.language].join(told)
                hang(
                    self.console,
                    Line(f" {self.signs.bullet} "),
                    Line(f"{name}{colon}{words}"),
                )
        else:
            table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False)
            for head in heads:
                table.add_column(Line(head, style="bold"), overflow="fold")
            for name, model, cells in rows:
                chosen = model.id == self.advice.recommendation
                style = "dim" if self._is_out(model.id) else "bold cyan" if chosen else ""
                table.add_row(Line(name, style=style), *cells)
            self.console.print(table)
        space = Text(" ", "")[self.language]
        below = (*economics.remarks[:_REMARKS], basis_sentence(economics))
        line = Line(space.join(words[self.language] for words in below), style="dim")
        line.append("  [plan, commission, why cac]")
        hang(self.console, Line(" "), line)

    def _is_out(self, model: ModelId) -> bool:
        return self.advice.models[model].excluded

    def _opinions(self) -> None:
        """Write what published frameworks say to the same answers, a line each."""
        opinions = self.rulebook.second_opinions
        if opinions is None or not self.advice.second_opinions:
            return
        self.head(Text("Second opinions (not counted in the score)", "其他说法（不计分）"))
        voices = speaking(self.advice)
        for voice in voices:
            group = opinions.groups[voice.group]
            head = Text(
                f"{group.en}, {voice.name.en} ({voice.about.en}): ",
                f"{group.zh}，{voice.name[Language.ZH]}（{voice.about[Language.ZH]}）：",
            )
            line = Line(head[self.language])
            line.append(said_text(voice)[self.language])
            line.append(f"  [{voice.id}]", style="dim")
            hang(self.console, Line(f" {self.signs.bullet} "), line)
        self.say(parting_sentence(self.advice, self.rulebook), indent=1)
        silent = silent_sentences(self.advice)
        if silent:
            space = Text(" ", "")[self.language]
            self.say(space.join(s[self.language] for s in silent), style="dim", indent=1)

    def _open(self) -> None:
        if not self.advice.open_answers or not self.advice.enough:
            return
        self.head(Text("Still open", "还没定的"))
        for answer in self.advice.open_answers[:_OPEN]:
            question = self.rulebook.question[answer.question]
            self._item(open_sentence(question, self.advice)[self.language], answer.question)
        rest = len(self.advice.open_answers) - _OPEN
        if rest > 0:
            self.say(Text(f"and {rest} more", f"另有 {rest} 项"), style="dim", indent=2)

    def _lines(self) -> None:
        named = {self.advice.recommendation, *self.advice.tied}
        lines = [
            pattern
            for pattern in self.advice.patterns
            if any(p.id == pattern.id and p.model in named for p in self.rulebook.patterns)
        ]
        if not lines:
            return
        self.head(Text("The dividing line", "分工界线"))
        main, *others = lines
        self._item(
            f"{main.name[self.language]}{Text(': ', '：')[self.language]}{main.dividing_line[self.language]}",
            f"{main.id} · {main.at}",
        )
        if others:
            comma = Text(", ", "、")[self.language]
            names = comma.join(f"{p.name[self.language]} ({p.id})" for p in others)
            self.say(Text(f"Also possible: {names}", f"也可以：{names}"), style="dim", indent=2)

    def _ends(self) -> None:
        """Write what both ends of a spread of customers call for."""
        views = self.advice.views
        if views is None or not (views.split or views.overruled_by):
            return
        status = STATUS_WORDS[views.source_status][self.language]
        self.head(
            Text("Your customers differ: decided for both ends", "客户大小悬殊，两头分开来看")
        )
        self._item(
            ends_sentence(views, self.rulebook)[self.language],
            f"{views.id} · {views.at} · {status}",
        )

    def _comparable(self) -> None:
        """Write which companies are like this one, and how they say they sell."""
        if not self.advice.comparable:
            return
        line = Line(comparable_sentence(self.advice, self.rulebook)[self.language])
        line.append(f"  [rules show {self.advice.comparable[0].id}]", style="dim")
        hang(self.console, Line(""), line)

    def _alternatives(self) -> None:
        """Write what to do where no sales force of one's own pays, or beside one."""
        others = self.advice.alternatives
        if not others:
            return
        instead = self.advice.recommendation is None
        self.head(Text("What instead", "出路") if instead else Text("First of all", "先做这件事"))
        for other in others:
            words = f"{other.name[self.language]}{Text(': ', '：')[self.language]}"
            self._item(f"{words}{other.because[self.language]}", f"{other.id} · {other.at}")
            for number, step in enumerate(other.first_steps if instead else (), start=1):
                self.say(f"{number}. {step[self.language]}", indent=4)

    def _notes(self) -> None:
        notes = self.advice.notes[1:] if self.advice.hire else self.advice.notes
        if not notes:
            return
        self.head(Text("What to do", "怎么做"))
        for note in notes:
            self._item(note.message[self.language], f"{note.id} · {note.at}")

    def _item(self, words: str, where: str) -> None:
        line = Line(words)
        line.append(f"  [{where}]", style="dim")
        hang(self.console, Line(f" {self.signs.bullet} "), line)

    def _next(self) -> None:
        command = next_command(self.advice, self.rulebook)
        line = Line(Text("Next: ", "下一步：")[self.language], style="bold")
        line.append(command, style="not bold")
        self.console.print(line, soft_wrap=True)  # it is there to be copied


def next_command(advice: Advice, rulebook: Rulebook) -> str:
    """Return the command that is worth running next, ready to copy."""
    resumable = advice.file.lower().endswith((".yaml", ".yml"))
    if advice.open_answers and resumable:
        return f"salesadvisor interview --resume --save {shlex.quote(visible(advice.file))}"
    if not advice.enough:
        return "salesadvisor interview"
    if advice.open_answers:
        return f"salesadvisor questions {advice.open_answers[0].question}"
    if advice.recommendation is None or advice.rival is None:
        return (
            f"salesadvisor rules show {advice.vetoes[0].id}"
            if advice.vetoes
            else "salesadvisor compare"
        )
    if (
        advice.tipping_points
        and advice.tipping_points[0].distance <= NEAR
        and advice.file != "--set"
    ):
        return f"salesadvisor what-if {shlex.quote(visible(advice.file))}"
    if advice.file != "--set" and rulebook.figures is not None:
        return f"salesadvisor plan {shlex.quote(visible(advice.file))}"
    order = [m.id for m in rulebook.models if m.id in (advice.recommendation, advice.rival)]
    return f"salesadvisor compare {' '.join(order)}"

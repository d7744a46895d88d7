"""Why, on a terminal: an entry with its numbers, a model with what keeps it back, a question."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from salesadvisor.advice.definitions import Reason, TippingAdvice
from salesadvisor.advice.why import (
    Computed,
    EntryAccount,
    Inquiry,
    ModelAccount,
    Part,
    QuestionAccount,
)
from salesadvisor.language.possible import FALSE, OPEN, TRUE, Numbers, Truth, Value
from salesadvisor.report.sheet import Sheet
from salesadvisor.report.wording import (
    STATUS_WORDS,
    model_short,
    outcome_words,
    reference,
    signed,
    tipping_words,
)
from salesadvisor.rulebook.definitions import (
    Evidence,
    ModelId,
    Pattern,
    QuestionId,
    Rule,
    Rulebook,
    Veto,
)
from salesadvisor.rulebook.writing import answer_text
from salesadvisor.text import Language, Text

if TYPE_CHECKING:
    pass

_TRUTHS = {
    TRUE: Text("holds", "成立"),
    FALSE: Text("does not hold", "不成立"),
    OPEN: Text("open", "未定"),
}
_REASONS, _TURNS = 8, 3


def render_entry(
    inquiry: Inquiry, id: str, language: Language, out: TextIO, *, color: bool
) -> None:
    """Write how a rule, veto or pattern came out."""
    entry = next(e for e in inquiry.rulebook.entries if e.id == id)
    _Screen(inquiry, Sheet(language, out, color=color)).entry(inquiry.entry(entry))


def render_model(
    inquiry: Inquiry, model: ModelId, language: Language, out: TextIO, *, color: bool
) -> None:
    """Write why a model is recommended, or what keeps it from that."""
    _Screen(inquiry, Sheet(language, out, color=color)).model(inquiry.model(model))


def render_question(
    inquiry: Inquiry, id: QuestionId, language: Language, out: TextIO, *, color: bool
) -> None:
    """Write what hangs on a question."""
    _Screen(inquiry, Sheet(language, out, color=color)).question(inquiry.question(id))


class _Screen:
    def __init__(self, inquiry: Inquiry, sheet: Sheet) -> None:
        self.inquiry = inquiry
        self.rulebook: Rulebook = inquiry.rulebook
        self.sheet = sheet
        self.language = sheet.language

    def turns(self, points: Iterable[TippingAdvice], *, outcome: bool) -> None:
        for point in list(points)[:_TURNS]:
            self.sheet.item(tipping_words(point, self.rulebook, outcome=outcome)[self.language])

    # An entry: HOW

    def entry(self, account: EntryAccount) -> None:
        entry = account.entry
        truth = _TRUTHS[account.truth]
        kind = _kind(entry)
        self.sheet.say(
            Text(
                f"{entry.id}, {kind.en}: {truth.en} for these answers",
                f"{entry.id}（{kind.zh}）：按这些回答，{truth.zh}",
            ),
            "bold cyan",
        )
        words = entry.name if isinstance(entry, Pattern) else entry.because
        self.sheet.item(words[self.language], self._where(entry.evidence, str(entry.at)))
        if account.reason is not None:
            self._points(account.reason, account.truth)
        elif isinstance(entry, Veto):
            names = [model_short(self.rulebook, model) for model in entry.excludes]
            self.sheet.item(
                Text(
                    "While it holds, it excludes: " + ", ".join(n.en for n in names),
                    "成立时排除：" + "、".join(n[Language.ZH] for n in names),
                )[self.language]
            )
        self.sheet.head(Text("The condition, part by part", "条件逐项"))
        self.sheet.say(f"  {account.words}", "dim")
        for part in account.parts:
            self._part(part)
        if account.computed:
            self.sheet.head(Text("The numbers behind", "背后的数字"))
            for computed in account.computed:
                self._computed(computed)
        self.sheet.head(Text("It would come out otherwise with", "改成这样，结果就不同"))
        if not account.turns:
            self.sheet.item(
                Text("no single answer that is given", "已答的项目里，单改哪一项都一样")[
                    self.language
                ]
            )
        self.turns(account.turns, outcome=False)

    def _points(self, reason: Reason, truth: Truth) -> None:
        shown = ", ".join(
            f"{model_short(self.rulebook, m)[self.language]} {signed(points)}"
            for m, points in reason.points.items()
        )
        words = {
            TRUE: Text(f"It adds: {shown}", f"它加分：{shown}"),
            FALSE: Text(f"It would add: {shown}", f"成立时会加分：{shown}"),
            OPEN: Text(f"It may add: {shown}", f"可能加分：{shown}"),
        }[truth]
        self.sheet.item(words[self.language])

    def _part(self, part: Part) -> None:
        mark = {TRUE: "+", FALSE: "-", OPEN: "?"}[part.truth]
        values = ", ".join(f"{name} = {self._value(name, value)}" for name, value in part.values)
        truth = _TRUTHS[part.truth][self.language]
        self.sheet.item(f"{part.words}: {truth}", values, mark)

    def _computed(self, computed: Computed) -> None:
        formula = computed.formula
        inputs = ", ".join(f"{n} = {self._value(n, value)}" for n, value in computed.inputs)
        title = formula.title[self.language]
        shown = self._value(formula.id, computed.value)
        self.sheet.item(f"{title}: {formula.id} = {computed.words} = {shown}", inputs)

    def _value(self, name: str, value: Value) -> str:
        question = self.rulebook.question.get(QuestionId(name))
        if question is not None:
            if value == question.everything:
                return Text("not answered", "没有回答")[self.language]
            return answer_text(value, question, self.inquiry.answers.money)[self.language]
        assert isinstance(value, Numbers)
        ends = [f"{float(f'{end:.6g}'):,.6g}" for end in (value.low, value.high)]
        units = {formula.id: formula.unit for formula in self.rulebook.formulas}
        units |= {assumption.id: assumption.unit for assumption in self.rulebook.assumptions}
        unit = units[name]
        shown = ends[0] if value.low == value.high else f"{ends[0]}–{ends[1]}"
        return f"{shown} {unit}" if unit else shown

    def _where(self, evidence: Evidence, at: str) -> str:
        status = STATUS_WORDS[evidence.status][self.language]
        return f"{at} · {status}"

    # A model: WHY, WHY NOT

    def model(self, account: ModelAccount) -> None:
        advice = self.inquiry.advice
        name = model_short(self.rulebook, account.model)
        if not advice.enough:
            self.sheet.say(
                Text(
                    f"{name.en}: too little is answered for any advice.",
                    f"{name[Language.ZH]}：回答太少，还给不出建议。",
                ),
                "bold cyan",
            )
            return
        if account.model == advice.recommendation:
            words = Text(f"{name.en} is recommended", f"建议{name[Language.ZH]}")
        elif advice.models[account.model].excluded:
            words = Text(f"{name.en} is excluded", f"{name[Language.ZH]}被排除")
        elif account.model in advice.possible:
            words = Text(
                f"{name.en} is not recommended, but can still win",
                f"没有建议{name[Language.ZH]}，但它还可能胜出",
            )
        else:
            words = Text(f"{name.en} is not recommended", f"没有建议{name[Language.ZH]}")
        self.sheet.say(words, "bold cyan")
        if account.against is not None:
            self._lead(account)
        for veto in account.vetoes:
            assert isinstance(veto.entry, Veto)
            self.sheet.head(Text(f"Excluded by {veto.entry.id}", f"被 {veto.entry.id} 排除"))
            self.sheet.item(
                veto.entry.because[self.language],
                self._where(veto.entry.evidence, str(veto.entry.at)),
            )
            for part in veto.parts:
                if part.truth == TRUE:
                    self._part(part)
            for computed in veto.computed:
                self._computed(computed)
        if account.lacks:
            self._lacks(account)
        self._reasons(account)
        self._least(account)

    def _lead(self, account: ModelAccount) -> None:
        assert account.against is not None
        other = model_short(self.rulebook, account.against)
        points = f"{abs(account.lead):g}"
        views = self.inquiry.advice.views
        if account.lead >= 0:
            words = Text(
                f"By certain evidence it is {points} points ahead of {other.en}.",
                f"按确定的依据，比{other[Language.ZH]}高 {points} 分。",
            )
        else:
            words = Text(
                f"By certain evidence it is {points} points behind {other.en}.",
                f"按确定的依据，比{other[Language.ZH]}低 {points} 分。",
            )
        self.sheet.say(words)
        if views is not None and views.overruled_by is not None:
            ends = [
                model_short(self.rulebook, end.model) if end.model else Text("no model", "无")
                for end in (views.small, views.large)
            ]
            self.sheet.say(
                Text(
                    f"Both ends of your customers decide: {views.small.name.en} call for "
                    f"{ends[0].en}, {views.large.name.en} for {ends[1].en} [{views.id}].",
                    f"由客户的两头决定：{views.small.name[Language.ZH]}适合{ends[0][Language.ZH]}，"
                    f"{views.large.name[Language.ZH]}适合{ends[1][Language.ZH]} [{views.id}]。",
                )
            )

    def _lacks(self, account: ModelAccount) -> None:
        requirement = self.rulebook.model[account.model].requirement
        assert requirement is not None
        self.sheet.head(
            Text(f"It lacks a reason ({requirement.id})", f"缺少理由（{requirement.id}）")
        )
        self.sheet.item(requirement.because[self.language])
        for pattern in account.lacks:
            assert isinstance(pattern.entry, Pattern)
            missing = [part for part in pattern.parts if part.truth != TRUE]
            words = "; ".join(part.words for part in missing)
            truth = _TRUTHS[pattern.truth][self.language]
            self.sheet.item(
                f"{pattern.entry.name[self.language]}: {truth}", f"{pattern.entry.id}: {words}"
            )

    def _reasons(self, account: ModelAccount) -> None:
        if account.against is None:
            return
        other = model_short(self.rulebook, account.against)
        name = model_short(self.rulebook, account.model)

        def lead(reason: Reason) -> float:
            assert account.against is not None
            return reason.points[account.model] - reason.points[account.against]

        for words, reasons in (
            (
                Text(
                    f"For {name.en}, against {other.en}",
                    f"支持{name[Language.ZH]}（相对{other[Language.ZH]}）",
                ),
                [r for r in account.reasons if lead(r) > 0],
            ),
            (
                Text(
                    f"For {other.en}, against {name.en}",
                    f"支持{other[Language.ZH]}（相对{name[Language.ZH]}）",
                ),
                [r for r in reversed(account.reasons) if lead(r) < 0],
            ),
        ):
            if not reasons:
                continue
            total = sum(map(lead, reasons))
            self.sheet.head(Text(f"{words.en}: {signed(total)}", f"{words.zh}：{signed(total)}"))
            for reason in reasons[:_REASONS]:
                self.sheet.item(
                    reason.because[self.language],
                    reference(reason, self.rulebook)[self.language],
                    f"{signed(lead(reason)):>5}",
                )
            rest = len(reasons) - _REASONS
            if rest > 0:
                left = signed(sum(map(lead, reasons[_REASONS:])))
                self.sheet.item(
                    Text(f"{rest} more, together {left}", f"另有 {rest} 条，共 {left}")[
                        self.language
                    ]
                )

    def _least(self, account: ModelAccount) -> None:
        if account.model == self.inquiry.advice.recommendation:
            self.sheet.head(
                Text("It would no longer be recommended with", "改成这样，就不再建议它")
            )
            points = self.inquiry.advice.tipping_points
            if not points:
                self.sheet.item(Text("no other single answer", "单改哪一项都不变")[self.language])
            self.turns(points, outcome=True)
            return
        self.sheet.head(Text("The least that would have to change", "至少要改成这样，它才会胜出"))
        if account.turns:
            self.turns(account.turns, outcome=False)
        elif account.pair:
            one, other = (tipping_words(p, self.rulebook, outcome=False) for p in account.pair)
            self.sheet.item(
                Text(f"{one.en}, and {other.en}", f"{one.zh}，同时{other.zh}")[self.language]
            )
        else:
            self.sheet.item(
                Text(
                    "no single answer and none of the nearest pairs is enough",
                    "单改一项不够，最近的两项组合也不够",
                )[self.language]
            )

    # A question: WHY IT IS ASKED

    def question(self, account: QuestionAccount) -> None:
        question = self.rulebook.question[account.question]
        value = self.inquiry.answers.given(question.id)
        shown = (
            Text("given without a rate, so not compared", "没有汇率，未参与比较")
            if question.id in self.inquiry.answers.unconverted
            else Text("not answered", "没有回答")
            if value is None
            else answer_text(value, question, self.inquiry.answers.money)
        )
        self.sheet.say(
            Text(
                f"{question.title.en} ({question.id}): {shown.en}",
                f"{question.title[Language.ZH]}（{question.id}）：{shown[Language.ZH]}",
            ),
            "bold cyan",
        )
        self.sheet.say(question.why)
        self.sheet.head(Text("What hangs on it", "和它有关的规则"))
        for truth in (TRUE, OPEN, FALSE):
            found = [e for e in account.entries if e.truth == truth]
            if found and truth == FALSE:
                words = _TRUTHS[truth][self.language]
                self.sheet.item(f"{words}: {' '.join(e.entry.id for e in found)}")
                continue
            for entry in found:
                words = _words(entry)[self.language]
                self.sheet.item(words, self._effect(entry), {TRUE: "+", OPEN: "?"}[truth])
        if not account.entries:
            self.sheet.item(Text("No rule reads it.", "没有规则用到它。")[self.language])
        if value is not None:
            self.sheet.head(Text("It would turn the advice at", "改成这样，建议就变"))
            if not account.turns:
                self.sheet.item(Text("no other answer", "怎么改都不变")[self.language])
            self.turns(account.turns, outcome=True)
        elif account.outcomes:
            self.sheet.head(Text("The advice, by the answer", "不同的回答，建议是"))
            for segment in account.outcomes:
                self.sheet.item(
                    outcome_words(segment, question, self.inquiry.answers.money, self.rulebook)[
                        self.language
                    ]
                )
            bits = f"{account.information:.2f}"
            self.sheet.say(
                Text(
                    f"The answer tells {bits} bits of how it ends; the most telling is "
                    f"{self.inquiry.advice.next_question or 'none'}.",
                    f"这个回答约含 {bits} 比特的信息；最值得先问的是"
                    f" {self.inquiry.advice.next_question or '（没有）'}。",
                ),
                "dim",
            )

    def _effect(self, account: EntryAccount) -> str:
        if account.reason is None:
            return account.entry.id
        points = " ".join(
            f"{model_short(self.rulebook, m)[self.language]} {signed(p)}"
            for m, p in account.reason.points.items()
        )
        return f"{account.entry.id} · {points}"


def _words(account: EntryAccount) -> Text:
    entry = account.entry
    return entry.name if isinstance(entry, Pattern) else entry.because


def _kind(entry: Rule | Veto | Pattern) -> Text:
    match entry:
        case Rule():
            return Text(f"a rule of {entry.criterion}", f"规则，{entry.criterion}")
        case Veto():
            return Text("a veto", "排除条件")
        case Pattern():
            return Text(f"a pattern of {entry.model}", f"{entry.model} 的模式")

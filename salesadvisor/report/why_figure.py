"""Why a figure is what it is, on a terminal: formula, numbers, sources, what moves it most."""

from typing import TextIO

from salesadvisor.advice.economics import Basis
from salesadvisor.advice.figure_account import FigureAccount, Input
from salesadvisor.advice.figures import figure_text
from salesadvisor.language.possible import Numbers, Value
from salesadvisor.report.sheet import Sheet
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import QuestionId, Rulebook
from salesadvisor.rulebook.writing import answer_text
from salesadvisor.text import Language, Text

_BASES = {
    Basis.OWN: Text("yours", "你的"),
    Basis.SOURCED: Text("sourced", "有来源"),
    Basis.RECALLED: Text("from practice", "业内经验"),
    Basis.ASSUMED: Text("our estimate", "我们的估计"),
    Basis.OPEN: Text("not answered: drawn from what is plausible", "没有回答：按合理范围推演"),
}


def render_figures(
    accounts: list[FigureAccount],
    rulebook: Rulebook,
    answers: Answers,
    language: Language,
    out: TextIO,
    *,
    color: bool,
) -> None:
    """Write how one figure comes out, for each model that has it."""
    screen = _Screen(rulebook, answers, Sheet(language, out, color=color))
    for number, account in enumerate(accounts):
        if number:
            screen.sheet.console.print()
        screen.figure(account)


class _Screen:
    def __init__(self, rulebook: Rulebook, answers: Answers, sheet: Sheet) -> None:
        self.rulebook = rulebook
        self.answers = answers
        self.sheet = sheet

    def figure(self, account: FigureAccount) -> None:
        formula, spread = account.formula, account.spread
        model = self.rulebook.model.get(formula.id.partition(".")[2])
        title = formula.title
        if model is not None:
            title = Text(
                f"{title.en}, {model.short.en}", f"{title.zh}（{model.short[Language.ZH]}）"
            )
        within = self._number(spread.low, spread.high, formula.unit)
        likely = self._number(spread.likely, spread.likely, formula.unit)
        self.sheet.say(
            Text(
                f"{title.en}: {within.en} (likely {likely.en})",
                f"{title.zh}：{within[Language.ZH]}（最可能 {likely[Language.ZH]}）",
            ),
            "bold cyan",
        )
        if account.instead is not None:
            self.sheet.say(account.instead, "yellow")
        if self.answers.money.rate not in (None, 1):
            own, money = self.rulebook.currency, self.answers.money
            worth = f"1 {money.currency} = {money.rate} {own}"
            words = Text(
                f"Sums in the steps are in {own}: {worth}.", f"步骤里的金额以 {own} 计：{worth}。"
            )
            self.sheet.say(words, "dim")
        self.sheet.head(Text("How it is reckoned", "怎么算出来的"))
        for step in account.steps:
            unit = f" {step.formula.unit}" if step.formula.unit else ""
            shown = self._plain(step.value)
            self.sheet.item(
                f"{step.formula.id} = {step.words}\n  = {step.filled} = {shown}{unit}",
                f"{self.sheet.words(step.formula.title)} · {step.formula.at}",
            )
        self.sheet.head(Text("What it rests on", "依据"))
        for given in account.inputs:
            self._input(given)
        if account.swings:
            self.sheet.head(
                Text("Find out these first: they move it most", "先弄清这几项：影响最大")
            )
            for swing in account.swings:
                input_unit = self.rulebook.assumption[swing.id].unit
                ends = self._number(*swing.ends, input_unit)
                moved = self._number(swing.low, swing.high, formula.unit)
                name = self.rulebook.assumption[swing.id].title
                self.sheet.item(
                    Text(
                        f"{name.en} ({ends.en}): {moved.en}",
                        f"{name[Language.ZH]}（{ends[Language.ZH]}）：{moved[Language.ZH]}",
                    ),
                    f"--assume {swing.id}=…",
                )

    def _input(self, given: Input) -> None:
        basis = _BASES[given.basis]
        question = self.rulebook.question.get(QuestionId(given.id))
        if question is not None:
            value = (
                Text("?", "?")
                if given.basis is Basis.OPEN
                else answer_text(given.value, question, self.answers.money)
            )
            self._told(question.title, value, basis, given.id)
            return
        assumption = self.rulebook.assumption[given.id]
        assert isinstance(given.value, Numbers)
        value = self._number(given.value.low, given.value.high, assumption.unit, exact=True)
        if given.range is not None and assumption.likely_from is None and assumption.likely:
            factor = given.value.low / assumption.likely
            ends = self._number(
                given.range.low * factor, given.range.high * factor, assumption.unit
            )
            value = Text(f"{value.en} ({ends.en})", f"{value[Language.ZH]}（{ends[Language.ZH]}）")
        sources = assumption.evidence.sources if given.basis is not Basis.OWN else ()
        cited = f": {', '.join(sources)}" if sources else ""
        shown = Text(f"{basis.en}{cited}", f"{basis[Language.ZH]}{cited}")
        self._told(assumption.title, value, shown, given.id)

    def _told(self, title: Text, value: Text, basis: Text, id: str) -> None:
        self.sheet.item(
            Text(f"{title.en}: {value.en}", f"{title[Language.ZH]}：{value[Language.ZH]}"),
            f"{id} · {self.sheet.words(basis)}",
        )

    def _number(self, low: float, high: float, unit: str | None, *, exact: bool = False) -> Text:
        if exact and unit != self.rulebook.currency:
            shown = self._plain(Numbers(low, high))
            return Text(f"{shown} {unit or ''}".strip(), f"{shown} {unit or ''}".strip())
        return figure_text(Numbers(low, high), unit, self.answers.money, self.rulebook.currency)

    def _plain(self, value: Value) -> str:
        assert isinstance(value, Numbers)
        ends = [f"{float(f'{end:.6g}'):,.10g}" for end in (value.low, value.high)]
        return ends[0] if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}"

"""A commission plan on a terminal: pay step by step, the curve, the year, the team, remarks."""

from fractions import Fraction
from typing import TextIO

from salesadvisor.commission.account import Account, Level
from salesadvisor.commission.coins import to_coins
from salesadvisor.commission.definitions import MEASURE_WORDS, PERIOD_WORDS
from salesadvisor.commission.roles import PayKnowledge
from salesadvisor.report.commission_words import (
    LAW,
    attainment_text,
    exact_text,
    pay_sentence,
    percent_text,
    quota_sentence,
    rate_sentence,
    slice_text,
    sum_text,
    terms,
)
from salesadvisor.report.sheet import Sheet
from salesadvisor.text import Language, Text, on_one_line

_BAR = 24


def render(
    account: Account,
    knowledge: PayKnowledge | None,
    language: Language,
    out: TextIO,
    *,
    color: bool,
    command: str,
) -> None:
    """Write what follows from a plan.

    Args:
        account: The plan and what follows from it.
        knowledge: What is usual, for the role's remarks and the word on law.
        language: In which language.
        out: Where to.
        color: Whether colour is wanted.
        command: The next command worth running.
    """
    screen = _Screen(account, knowledge, Sheet(language, out, color=color))
    screen.plan()
    screen.levels()
    screen.wanted()
    screen.year()
    screen.deals()
    screen.team()
    screen.remarks()
    screen.sheet.next(command)


class _Screen:
    def __init__(self, account: Account, knowledge: PayKnowledge | None, sheet: Sheet) -> None:
        self.account = account
        self.currency = account.plan.currency
        self.knowledge = knowledge
        self.sheet = sheet
        self.language = sheet.language

    def plan(self) -> None:
        plan = self.account.plan
        title = on_one_line(plan.name)[:200] or self._role_title()
        self.sheet.say(title or Text("Commission plan", "提成方案"), "bold cyan")
        self.sheet.say(pay_sentence(plan))
        self.sheet.say(quota_sentence(plan))
        for goal in plan.goals:
            self.sheet.say(rate_sentence(goal, plan))
        for words in terms(plan):
            self.sheet.item(words)

    def _role_title(self) -> str:
        roles = self.knowledge.roles if self.knowledge is not None else ()
        found = [role.title[self.language] for role in roles if role.id == self.account.plan.role]
        return found[0] if found else ""

    def levels(self) -> None:
        period = PERIOD_WORDS[self.account.plan.counted]
        self.sheet.head(Text(f"What a {period.en} pays", f"每{period.zh}拿多少"))
        most = max((level.variable for level in self.account.levels), default=0) or 1
        heads = [
            Text("Attainment", "达成率"),
            Text("Result", "业绩"),
            Text(f"Variable, {self.currency}", f"提成，{self.currency}"),
            Text("With base", "连底薪"),
            Text("", ""),
        ]
        rows = [
            [
                attainment_text(level.attainment),
                self._results(level.results),
                sum_text(level.variable, self.currency),
                sum_text(level.with_base, self.currency),
                (self.sheet.signs.gain * round(level.variable / most * _BAR)).ljust(_BAR),
            ]
            for level in self.account.levels
        ]
        self.sheet.table([head[self.language] for head in heads], rows)
        best = max(self.account.levels, key=lambda level: level.attainment)
        self._steps(best)

    def _results(self, results: tuple[Fraction, ...]) -> str:
        return " + ".join(exact_text(result) for result in results)

    def _steps(self, level: Level) -> None:
        plan = self.account.plan
        at = attainment_text(level.attainment)
        self.sheet.say(Text(f"Step by step at {at}:", f"{at} 时一步步算："))
        for goal, slices in zip(plan.goals, level.payout.slices, strict=True):
            lead = f"{MEASURE_WORDS[goal.measure][self.language]}: " if len(plan.goals) > 1 else ""
            for part in slices:
                self.sheet.item(lead + slice_text(part, goal, plan)[self.language])
        total = sum_text(level.variable, self.currency)
        words = Text(f"Together {total}", f"合计 {total}")
        if level.payout.pay < level.payout.uncapped:
            uncapped = to_coins(level.payout.uncapped, self.currency, plan.rounding)
            shown = sum_text(uncapped, self.currency)
            words = Text(
                f"Together {shown}, cut to {total} by the cap",
                f"合计 {shown}，封顶后 {total}",
            )
        self.sheet.item(words)

    def wanted(self) -> None:
        wanted = self.account.wanted
        if wanted is None:
            return
        plan = self.account.plan
        period = PERIOD_WORDS[plan.counted]
        earnings = sum_text(wanted.earnings, self.currency)
        self.sheet.head(
            Text(
                f"To earn {earnings} {self.currency} a year", f"一年要挣 {earnings} {self.currency}"
            )
        )
        if wanted.attainment is None:
            self.sheet.item(
                Text("No result earns that much under this plan.", "按这个方案，业绩再高也挣不到。")
            )
            return
        results = self._results(wanted.results)
        at = attainment_text(wanted.attainment)
        self.sheet.item(
            Text(
                f"{results} every {period.en}: {at} of the quota",
                f"每{period.zh}做到 {results}：达成率 {at}",
            )
        )

    def year(self) -> None:
        periods = self.account.periods
        if not periods:
            return
        plan = self.account.plan
        self.sheet.head(Text("Period by period", "逐期"))
        heads = [PERIOD_WORDS[plan.period], Text("Result", "业绩"), Text("Counted", "计入")]
        heads += [Text("Attainment", "达成率"), Text("Earned", "应得")]
        if plan.ramp:
            heads.append(Text("Guaranteed", "保底"))
        if plan.draw is not None:
            heads.append(Text("Draw", "预支"))
        heads.append(Text("Paid", "发放"))
        if plan.draw is not None:
            heads.append(Text("Balance", "待抵扣"))
        rows: list[list[str]] = []
        for period in periods:
            row = [str(period.number), self._results(period.results), self._results(period.counted)]
            row.append(" / ".join(attainment_text(a) for a in period.payout.attainments))
            row.append(sum_text(period.earned, self.currency))
            if plan.ramp:
                row.append(
                    "" if period.guaranteed is None else sum_text(period.guaranteed, self.currency)
                )
            if plan.draw is not None:
                row.append(
                    "" if period.advance is None else sum_text(period.advance, self.currency)
                )
            row.append(sum_text(period.paid, self.currency))
            if plan.draw is not None:
                row.append(sum_text(period.balance, self.currency))
            rows.append(row)
        self.sheet.table([head[self.language] for head in heads], rows)
        earned = sum_text(
            sum(p.earned for p in periods) + to_coins(Fraction(0), self.currency), self.currency
        )
        paid = sum_text(
            sum(p.paid for p in periods) + to_coins(Fraction(0), self.currency), self.currency
        )
        self.sheet.say(
            Text(
                f"Earned {earned}, paid {paid} {self.currency}.",
                f"应得 {earned}，发放 {paid} {self.currency}。",
            )
        )

    def deals(self) -> None:
        account = self.account
        if account.book_pay is None:
            return
        self.sheet.head(Text("Deals", "单子"))
        total = sum_text(account.book_pay, self.currency)
        self.sheet.item(
            Text(
                f"All deals together pay {total} {self.currency}",
                f"所有单合计提成 {total} {self.currency}",
            )
        )
        self.sheet.item(
            Text(
                "Each counts in the period it was signed in; list every deal of such a period.",
                "按签约所在的期计算；同一期的单要列全。",
            )
        )
        for split in account.splits:
            shares = ", ".join(
                f"{name} {sum_text(pay, self.currency)}" for name, pay in split.shares
            )
            pay = sum_text(split.pay, self.currency)
            self.sheet.item(
                Text(
                    f"{split.deal.id}: {pay} at the base rate, split as {shares}",
                    f"{split.deal.id}：按基准比例 {pay}，分成 {shares}",
                )
            )
        for back in account.taken_back:
            value, taken = sum_text(back.value, self.currency), sum_text(back.taken, self.currency)
            shares = ", ".join(
                f"{name} {sum_text(pay, self.currency)}" for name, pay in back.shares
            )
            among, among_zh = (f" ({shares})", f"（{shares}）") if shares else ("", "")
            over = f", over {back.months} months" if back.months > 1 else ""
            over_zh = f"，分 {back.months} 个月扣" if back.months > 1 else ""
            self.sheet.item(
                Text(
                    f"{back.deal.id}: cancelled after {back.days} days; it had paid {value}; taken "
                    f"back {taken}{among}{over}",
                    f"{back.deal.id}：{back.days} 天后解约，当初提成 {value}，追回 {taken}{among_zh}{over_zh}",
                )
            )

    def team(self) -> None:
        team = self.account.team
        period = PERIOD_WORDS[self.account.plan.counted]
        self.sheet.head(
            Text(
                f"What it costs in a {period.en}, sellers: {team.sellers}",
                f"每{period.zh}要花多少（{team.sellers} 人）",
            )
        )
        levels = "; ".join(
            f"{percent_text(level)} {sum_text(pay, self.currency)}" for level, pay in team.levels
        )
        self.sheet.item(
            Text(
                f"Variable pay if the whole team stands at: {levels}",
                f"全队都在这个达成率时的提成：{levels}",
            )
        )
        if team.spread:
            each = ", ".join(
                f"{percent_text(attainment)} {sum_text(pay, self.currency)}"
                for attainment, pay in team.spread
            )
            total, even = (sum_text(s, self.currency) for s in (team.spread_total, team.even_total))
            self.sheet.item(
                Text(
                    f"Your team: {each}: together {total}, against {even} if all stood at their mean",
                    f"你的团队：{each}，合计 {total}；若人人都在平均线上，只要 {even}",
                )
            )
        if team.cost_of_sale is not None:
            share = percent_text(team.cost_of_sale)
            self.sheet.item(
                Text(
                    f"Cost of sale at target: {share} of revenue",
                    f"达标时的销售成本：收入的 {share}",
                )
            )

    def remarks(self) -> None:
        roles = self.knowledge.roles if self.knowledge is not None else ()
        usual = [role for role in roles if role.id == self.account.plan.role]
        self.sheet.head(Text("Before you sign", "签之前"))
        ours = Text("our judgement", "我们的判断")
        for remark in self.account.remarks:
            cited = ", ".join(remark.sources) or self.sheet.words(ours)
            self.sheet.item(remark.message, f"{remark.id} · {cited}")
        for role in usual:
            self.sheet.item(role.remarks, f"{role.id} · {role.at}")
        self.sheet.item(LAW if self.knowledge is None else self.knowledge.law)

"""A commission plan as a page to sign: Markdown, in words a seller can repeat."""

from fractions import Fraction
from typing import TextIO

from salesadvisor.commission.account import Account
from salesadvisor.commission.coins import to_coins
from salesadvisor.commission.definitions import PERIOD_WORDS
from salesadvisor.commission.payout import at_attainment
from salesadvisor.commission.roles import PayKnowledge
from salesadvisor.report.commission_words import (
    LAW,
    attainment_text,
    exact_text,
    pay_sentence,
    quota_sentence,
    rate_sentence,
    sum_text,
    terms,
)
from salesadvisor.report.markdown import escaped, table_lines
from salesadvisor.text import Language, Text

_LEVELS = tuple(Fraction(percent, 100) for percent in (50, 80, 100, 120, 150))


def render(
    account: Account, knowledge: PayKnowledge | None, language: Language, out: TextIO
) -> None:
    """Write the plan as a page of Markdown that both sides can sign."""
    plan = account.plan
    period = PERIOD_WORDS[plan.counted]

    def line(words: Text) -> str:
        return escaped(words[language])

    title = Text("Commission plan", "提成方案")[language]
    colon = Text(": ", "：")[language] if plan.name else ""
    lines = [f"# {title}{colon}{escaped(plan.name)}", ""]
    lines += [line(pay_sentence(plan)), "", line(quota_sentence(plan)), ""]
    lines += [*(f"- {line(rate_sentence(goal, plan))}" for goal in plan.goals)]
    lines += [*(f"- {line(words)}" for words in terms(plan)), ""]
    heads = [
        Text("Attainment", "达成率")[language],
        Text("Result", "业绩")[language],
        Text(f"Variable pay a {period.en}, {plan.currency}", f"每{period.zh}提成，{plan.currency}")[
            language
        ],
    ]
    rows = []
    for level in _LEVELS:
        pay = to_coins(at_attainment(plan, level).pay, plan.currency, plan.rounding)
        results = " + ".join(exact_text(goal.quota * plan.span * level) for goal in plan.goals)
        rows.append([attainment_text(level), results, sum_text(pay, plan.currency)])
    lines += table_lines(heads, rows)
    lines += ["", f"## {Text('In doubt', '有疑问时')[language]}", ""]
    lines += [
        line(
            Text(
                "The sales leader decides within five working days, in writing. Attainment is "
                "compared unrounded; each payment is rounded once, to the smallest coin.",
                "由销售负责人在五个工作日内书面答复。达成率按未取整的数比较；每笔发放只取整一次，精确到最小币值。",
            )
        ),
        "",
    ]
    lines += [line(LAW if knowledge is None else knowledge.law), ""]
    for words in (
        Text("Valid from ____________ until ____________", "有效期：____________ 至 ____________"),
        Text(
            "Seller: ____________   Date: ____________", "销售：____________   日期：____________"
        ),
        Text(
            "Company: ____________   Date: ____________", "公司：____________   日期：____________"
        ),
    ):
        lines += [words[language].replace("_", "\\_"), ""]
    out.write("\n".join(lines).rstrip("\n") + "\n")

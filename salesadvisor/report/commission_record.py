"""What follows from a commission plan as plain data; sums as text, exactly as they are paid."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from salesadvisor.commission.account import Account
from salesadvisor.commission.definitions import Plan
from salesadvisor.commission.payout import Payout, tiers_of
from salesadvisor.report.commission_words import sum_text
from salesadvisor.text import Language

SCHEMA = "salesadvisor.commission-account/1"


def account_record(account: Account, language: Language) -> Mapping[str, object]:
    """Return everything that follows from a plan; keys are always present, in this order.

    Sums are text with all their places ("15000.00"), so that no reader rounds them in binary.
    """
    plan = account.plan

    def sum_(amount: Decimal | None) -> str | None:
        return _sum(amount, plan)

    wanted = account.wanted
    return {
        "schema": SCHEMA,
        "plan": _plan(plan),
        "levels": [
            {
                "attainment": _exact(level.attainment),
                "results": [_exact(result) for result in level.results],
                "variable": sum_(level.variable),
                "with_base": sum_(level.with_base),
                "slices": _slices(level.payout),
            }
            for level in account.levels
        ],
        "wanted": None
        if wanted is None
        else {
            "earnings": sum_(wanted.earnings),
            "attainment": None if wanted.attainment is None else _exact(wanted.attainment),
            "results": [_exact(result) for result in wanted.results],
        },
        "periods": [
            {
                "number": period.number,
                "results": [_exact(result) for result in period.results],
                "counted": [_exact(result) for result in period.counted],
                "attainments": [_exact(a) for a in period.payout.attainments],
                "earned": sum_(period.earned),
                "guaranteed": sum_(period.guaranteed),
                "draw": sum_(period.advance),
                "paid": sum_(period.paid),
                "balance": sum_(period.balance),
            }
            for period in account.periods
        ],
        "deals": {
            "pay": sum_(account.book_pay),
            "splits": [
                {"id": s.deal.id, "pay": sum_(s.pay), "shares": {n: sum_(p) for n, p in s.shares}}
                for s in account.splits
            ],
            "taken_back": [
                {
                    "id": back.deal.id,
                    "days": back.days,
                    "value": sum_(back.value),
                    "taken": sum_(back.taken),
                    "shares": {name: sum_(pay) for name, pay in back.shares},
                    "months": back.months,
                }
                for back in account.taken_back
            ],
        },
        "team": {
            "sellers": account.team.sellers,
            "levels": [
                {"attainment": _exact(level), "variable": sum_(pay)}
                for level, pay in account.team.levels
            ],
            "spread": [
                {"attainment": _exact(level), "variable": sum_(pay)}
                for level, pay in account.team.spread
            ],
            "spread_total": sum_(account.team.spread_total),
            "even_total": sum_(account.team.even_total),
            "cost_of_sale": None
            if account.team.cost_of_sale is None
            else _exact(account.team.cost_of_sale),
        },
        "remarks": [
            {"id": r.id, "message": r.message[language], "sources": list(r.sources)}
            for r in account.remarks
        ],
    }


def _sum(amount: Decimal | None, plan: Plan) -> str | None:
    return None if amount is None else sum_text(amount, plan.currency).replace(",", "")


def _plan(plan: Plan) -> Mapping[str, object]:
    return {
        "name": plan.name,
        "role": plan.role,
        "currency": plan.currency,
        "ote": _sum(plan.ote, plan),
        "base": _sum(plan.base, plan),
        "target_variable": _sum(plan.variable, plan),
        "period": str(plan.period),
        "tiers_on": "year_to_date" if plan.year_to_date else "period",
        "pay_on": str(plan.pay_on),
        "rounding": str(plan.rounding),
        "cap": _sum(plan.cap, plan),
        "draw": None
        if plan.draw is None
        else {
            "kind": str(plan.draw.kind),
            "amount": _sum(plan.draw.amount, plan),
            "months": plan.draw.months,
        },
        "ramp": [_exact(share) for share in plan.ramp],
        "clawback": None
        if plan.clawback is None
        else {
            "days": plan.clawback.days,
            "if_never_paid": "full" if plan.clawback.full_if_unpaid else "by_days",
            "shape": "linear" if plan.clawback.linear else "full",
        },
        "spiffs": [
            {
                "for": spiff.name,
                "amount": _sum(spiff.amount, plan),
                "budget": _sum(spiff.budget, plan),
                "days": spiff.days,
            }
            for spiff in plan.spiffs
        ],
        "measures": [
            {
                "measure": str(goal.measure),
                "weight": _exact(goal.weight),
                "quota": _exact(goal.quota),
                "rate": _exact(plan.rate_of(goal)),
                "tiers": [
                    {"from": _exact(tier.start), "pays": _exact(tier.pays)}
                    for tier in tiers_of(goal)
                ],
            }
            for goal in plan.goals
        ],
    }


def _slices(payout: Payout) -> list[list[Mapping[str, object]]]:
    return [
        [
            {
                "from": _exact(part.start),
                "to": _exact(part.end),
                "amount": _exact(part.amount),
                "rate": _exact(part.rate),
                "times": _exact(part.times),
                "pay": _exact(part.pay),
            }
            for part in parts
        ]
        for parts in payout.slices
    ]


def _exact(value: Fraction) -> int | float | str:
    """Return a quantity that JSON holds exactly as a number, any other as a fraction in text."""
    if value.denominator == 1:
        return int(value)
    near = float(value)
    return near if Fraction(str(near)) == value else str(value)

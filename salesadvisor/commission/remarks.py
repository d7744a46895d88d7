"""What to know about a plan before it is signed: each remark with what it rests on."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from salesadvisor.commission.definitions import Measure, Period, Plan
from salesadvisor.commission.payout import cap_starts, tiers_of
from salesadvisor.text import Text

_FIELD_ROLES = ("field_rep", "field_rep_distribution", "route_seller")
_RATIO = (Fraction(3), Fraction(6))  # SCALGTM: 4 to 6
_PLANNED = Fraction(4, 5)  # CROQ: 55 to 65 % on average


class Remark(Struct, frozen=True, kw_only=True):
    """Something about a plan that deserves a second look."""

    id: str
    message: Text
    sources: tuple[str, ...] = ()  # none: our judgement


def remarks_on(plan: Plan) -> tuple[Remark, ...]:
    """Return every remark on a plan."""
    return tuple(
        remark
        for find in (_on_quota, _on_mix, _on_cap, _on_period, _on_measure, _on_money, _on_spiffs)
        for remark in find(plan)
    )


def quota_ratio(plan: Plan) -> Fraction | None:
    """Return a year's quota over on-target earnings, where one measure in money carries it all."""
    if len(plan.goals) != 1 or not plan.goals[0].measure.is_money:
        return None
    return plan.goals[0].quota * plan.period.a_year / Fraction(plan.ote)


def _on_quota(plan: Plan) -> Iterator[Remark]:
    ratio = quota_ratio(plan)
    is_sales = plan.goals[0].measure in (Measure.ACV_BOOKED, Measure.REVENUE_COLLECTED)
    if ratio is not None and is_sales and plan.variable > 0:
        shown = f"{float(ratio):.4g}"
        if ratio < _RATIO[0]:
            yield Remark(
                id="quota-low",
                message=Text(
                    f"The quota is {shown} times earnings at target, under 3: you buy revenue dear.",
                    f"指标只有目标总收入的 {shown} 倍（不到 3 倍）：收入买得太贵。",
                ),
                sources=("SCALGTM",),
            )
        elif ratio > _RATIO[1]:
            yield Remark(
                id="quota-high",
                message=Text(
                    f"The quota is {shown} times earnings at target, over 6: nobody will reach it.",
                    f"指标是目标总收入的 {shown} 倍（超过 6 倍）：多半没人够得着。",
                ),
                sources=("SCALGTM",),
            )
    if plan.planned_attainment is not None and plan.planned_attainment > _PLANNED:
        yield Remark(
            id="planned-attainment",
            message=Text(
                "You plan with more than 80% of quota; on average teams reach 55 to 65%.",
                "你按指标的 80% 以上来做计划；团队平均只达成 55%–65%。",
            ),
            sources=("CROQ",),
        )


def _on_mix(plan: Plan) -> Iterator[Remark]:
    if Fraction(plan.base) / Fraction(plan.ote) < Fraction(2, 5):
        yield Remark(
            id="base-low",
            message=Text(
                "Base pay is under 40%: most of the risk lies with the seller.",
                "底薪不到四成：风险大半压在销售身上。",
            ),
        )
    if plan.variable == 0:
        yield Remark(
            id="no-variable",
            message=Text(
                "There is no variable pay: every payout is 0.", "没有浮动部分：提成永远是 0。"
            ),
        )
    if plan.role == "csm":
        hunted = (Measure.GROWTH, Measure.ACV_BOOKED, Measure.REVENUE_COLLECTED)
        growth = sum((g.weight for g in plan.goals if g.measure in hunted), Fraction(0))
        if growth > Fraction(1, 2):
            yield Remark(
                id="csm-hunts",
                message=Text(
                    "More than half of this CSM's variable pay hangs on new business: renewals come "
                    "second.",
                    "这位客户成功经理的提成一半以上看新业务：续约会排到后面。",
                ),
            )
    if plan.role in _FIELD_ROLES and plan.visit_days is not None and plan.visit_days < 4:
        yield Remark(
            id="field-premium",
            message=Text(
                "Under four visit days a month: a field premium for desk work.",
                "每月上门不到 4 天：拿着外勤的钱，干着桌边的活。",
            ),
        )


def _on_cap(plan: Plan) -> Iterator[Remark]:
    if plan.cap is None:
        return
    starts = cap_starts(plan)
    where = "" if starts is None else f"{int(starts * 1000) / 10}%"  # cut, not rounded
    yield Remark(
        id="cap",
        message=Text(
            "A cap tells the best to stop"
            + (f": it begins at {where} attainment." if where else "."),
            "封顶等于叫最好的人停手" + (f"：达成 {where} 就到顶。" if where else "。"),
        ),
    )


def _on_period(plan: Plan) -> Iterator[Remark]:
    if plan.cycle_days is None or plan.cycle_days <= 90:
        return
    if plan.period is Period.MONTH:
        yield Remark(
            id="period-short",
            message=Text(
                "Deals take more than 90 days, but pay is worked out every month: luck decides.",
                "成交要 90 天以上，却按月算提成：全看运气。",
            ),
        )
    if plan.period is not Period.YEAR and not plan.year_to_date and _has_tiers(plan):
        yield Remark(
            id="tiers-by-period",
            message=Text(
                "With such cycles, tiers counted period by period cost more and reward swings: "
                "`tiers_on: year_to_date` pays the same for the same year.",
                "周期这么长，按期分档更贵，也鼓励大起大落：写 `tiers_on: year_to_date`，同样的一年发同样的钱。",
            ),
        )


def _has_tiers(plan: Plan) -> bool:
    return any(goal.tiers for goal in plan.goals)


def _on_measure(plan: Plan) -> Iterator[Remark]:
    margin = plan.gross_margin
    if margin is None:
        return
    by_revenue = [
        goal
        for goal in plan.goals
        if goal.measure in (Measure.ACV_BOOKED, Measure.REVENUE_COLLECTED, Measure.ORDERS)
    ]
    if by_revenue and margin < Fraction(35, 100):
        yield Remark(
            id="pay-on-margin",
            message=Text(
                "The gross margin is under 35%: pay on gross profit, or discounts cost the seller "
                "nothing.",
                "毛利率不到 35%：按毛利提成，否则打折不用销售自己掏钱。",
            ),
            sources=("PROSAL", "GREEN"),
        )
    for goal in by_revenue:
        top = max(tier.pays for tier in tiers_of(goal)) * plan.rate_of(goal)
        if top > margin:
            yield Remark(
                id="rate-above-margin",
                message=Text(
                    f"The top rate, {float(top * 100):.4g}%, is above the gross margin of "
                    f"{float(margin * 100):.4g}%: each such sale loses money.",
                    f"最高一档 {float(top * 100):.4g}% 高过毛利率 {float(margin * 100):.4g}%：卖一单亏一单。",
                ),
            )


def _on_money(plan: Plan) -> Iterator[Remark]:
    if plan.draw is not None:
        total = plan.draw.amount * plan.draw.months
        yield Remark(
            id="draw-cost",
            message=Text(
                f"The draw costs {total:,} {plan.currency} in cash before any commission is earned.",
                f"预支一共要先付出 {total:,} {plan.currency} 现金，那时还没有提成。",
            ),
        )
    if plan.ramp:
        exact = sum(plan.ramp, Fraction(0)) * Fraction(plan.variable) / 12
        total = Decimal(round(exact))
        yield Remark(
            id="ramp-cost",
            message=Text(
                f"The ramp guarantees {total:,} {plan.currency} over {len(plan.ramp)} months, not "
                "to be repaid.",
                f"爬坡期 {len(plan.ramp)} 个月共保底 {total:,} {plan.currency}，不用还。",
            ),
        )


def _on_spiffs(plan: Plan) -> Iterator[Remark]:
    sellers = max(1, len(plan.team))
    budget = sum((spiff.budget for spiff in plan.spiffs), Decimal(0))
    if budget > plan.variable * sellers / 20:
        yield Remark(
            id="spiff-budget",
            message=Text(
                "Extra rewards cost more than 5% of the team's variable pay.",
                "短期专项奖超过团队目标提成的 5%。",
            ),
        )
    if any(spiff.days > 92 for spiff in plan.spiffs):
        yield Remark(
            id="spiff-long",
            message=Text(
                "An extra reward that runs longer than a quarter is a second plan.",
                "专项奖超过一个季度，就成了第二套方案。",
            ),
        )

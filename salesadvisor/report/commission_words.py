"""A commission plan in words: sums, attainments and rates as people read them."""

from decimal import Decimal
from fractions import Fraction

from salesadvisor.commission.coins import places_of, to_coins
from salesadvisor.commission.definitions import (
    MEASURE_WORDS,
    PERIOD_WORDS,
    Goal,
    PayOn,
    Plan,
)
from salesadvisor.commission.payout import Slice, cap_starts, tiers_of
from salesadvisor.commission.remarks import quota_ratio
from salesadvisor.text import Language, Text

PAY_ON_WORDS = {
    PayOn.SIGNATURE: Text("on signature", "签约时"),
    PayOn.FIRST_PAYMENT: Text("on the customer's first payment", "客户首次付款时"),
    PayOn.HALF_HALF: Text(
        "half on signature, half on the customer's first payment",
        "签约时一半、客户首次付款时一半",
    ),
}


LAW = Text(
    "Not legal advice: check wage law, deductions and notice rules in your country before signing.",
    "这不是法律意见：签之前，请按当地法规核实工资、扣款和通知期。",
)
"""Stands with every plan; a rulebook may say it in its own words."""


def sum_text(amount: Decimal, currency: str) -> str:
    """Return a payment with all its places: 15,000.00."""
    return f"{amount:,.{places_of(currency)}f}"


def exact_text(value: Fraction) -> str:
    """Return a quantity with at most two places, and none that say nothing."""
    scaled = round(value * 100)
    whole, rest = divmod(abs(scaled), 100)
    sign = "-" if scaled < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:02d}".rstrip("0") if rest else "")


def attainment_text(attainment: Fraction) -> str:
    """Return an attainment with one decimal, cut and not rounded: 99.9 % is not 100 %."""
    tenths = int(attainment * 1000) if attainment >= 0 else -int(-attainment * 1000)
    sign = "-" if tenths < 0 else ""
    whole, tenth = divmod(abs(tenths), 10)
    return f"{sign}{whole:,}.{tenth}%"


def percent_text(part: Fraction) -> str:
    """Return a share or a rate as a percentage with at most four places."""
    scaled = round(part * 1_000_000)
    shown = f"{scaled // 10_000:,}.{scaled % 10_000:04d}".rstrip("0").rstrip(".")
    return f"{shown}%"


def times_text(times: Fraction) -> str:
    """Return a multiplier with at most four places: 1.5, 1.4."""
    scaled = round(times * 10_000)
    return f"{scaled // 10_000}.{scaled % 10_000:04d}".rstrip("0").rstrip(".")


def rate_text(rate: Fraction, goal: Goal, currency: str) -> str:
    """Return what one unit of a measure pays: a percentage of money, or a sum each."""
    if goal.measure.is_money:
        return percent_text(rate)
    if to_coins(rate, currency) == rate:
        return f"{sum_text(to_coins(rate, currency), currency)} {currency}"
    return f"{float(rate):,.8g} {currency}"  # enough for the product to come out right


def unit_of(goal: Goal, currency: str) -> str:
    """Return what stands behind an amount of a measure."""
    if goal.measure.is_money:
        return f" {currency}"
    return "%" if goal.measure.is_percent else ""


def measure_text(goal: Goal, currency: str) -> Text:
    """Return the measure and its quota, in one phrase."""
    words = MEASURE_WORDS[goal.measure]
    quota = exact_text(goal.quota)
    unit = unit_of(goal, currency)
    return Text(f"{words.en}: {quota}{unit}", f"{words[Language.ZH]}：{quota}{unit}")


def quota_sentence(plan: Plan) -> Text:
    """Return what is asked for in a period."""
    period = PERIOD_WORDS[plan.period]
    told_en, told_zh = [], []
    for goal in plan.goals:
        words = measure_text(goal, plan.currency)
        weight = f" ({percent_text(goal.weight)})" if len(plan.goals) > 1 else ""
        told_en.append(words.en + weight)
        told_zh.append(words.zh + weight.replace(" (", "（").replace(")", "）"))
    ratio = quota_ratio(plan)
    times = "" if ratio is None else f" That is {float(ratio):.1f} times OTE a year."
    times_zh = "" if ratio is None else f"一年合目标总收入的 {float(ratio):.1f} 倍。"
    return Text(
        f"Quota a {period.en}: {'; '.join(told_en)}.{times}",
        f"每{period.zh}指标：{'；'.join(told_zh)}。{times_zh}",
    )


def pay_sentence(plan: Plan) -> Text:
    """Return a year's pay at target."""
    ote, base, variable = (
        sum_text(sum_, plan.currency) for sum_ in (plan.ote, plan.base, plan.variable)
    )
    share = round(Fraction(plan.base) / Fraction(plan.ote) * 100)
    currency = plan.currency
    return Text(
        f"On target {ote} {currency} a year: base {base}, variable {variable} "
        f"({share} : {100 - share}).",
        f"达标一年总收入 {ote} {currency}：底薪 {base}，目标提成 {variable}（{share} : {100 - share}）。",
    )


def rate_sentence(goal: Goal, plan: Plan) -> Text:
    """Return the rates of one measure in plain words."""
    rate = plan.rate_of(goal)
    tiers = tiers_of(goal)
    parts_en, parts_zh = [], []
    unit, whole = unit_of(goal, plan.currency), goal.quota * plan.span
    for number, tier in enumerate(tiers):
        shown = rate_text(rate * tier.pays, goal, plan.currency)
        border = f"{exact_text(tier.start * whole)}{unit}"
        end = tiers[number + 1].start if number + 1 < len(tiers) else None
        each_en = f"{shown} of what lies" if goal.measure.is_money else f"{shown} for each"
        each_zh = f"部分提 {shown}" if goal.measure.is_money else f"每个 {shown}"
        if number == 0:
            until = "" if end is None else f" up to {exact_text(end * whole)}{unit}"
            first = f"{shown} of everything" if goal.measure.is_money else f"{shown} for each"
            parts_en.append(f"{first}{until}")
            until_zh = "全部" if end is None else f"{exact_text(end * whole)}{unit} 以内"
            parts_zh.append(f"{until_zh}{each_zh}")
        elif end is None:
            parts_en.append(f"{each_en} above {border}")
            parts_zh.append(f"超过 {border} 的{each_zh}")
        else:
            last = f"{exact_text(end * whole)}{unit}"
            between = "between" if goal.measure.is_money else "from"
            joint = "and" if goal.measure.is_money else "to"
            parts_en.append(f"{each_en} {between} {border} {joint} {last}")
            parts_zh.append(f"{border} 到 {last} 之间的{each_zh}")
    words = MEASURE_WORDS[goal.measure]
    year = Text(" in the year", "（全年）") if plan.year_to_date else Text("")
    return Text(
        f"For {words.en}{year.en}: {'; '.join(parts_en)}.",
        f"{words[Language.ZH]}{year.zh}：{'；'.join(parts_zh)}。",
    )


def slice_text(part: Slice, goal: Goal, plan: Plan) -> Text:
    """Return one step of a payout: which slice, at which rate, what it pays."""
    amount, rate = exact_text(part.amount), rate_text(part.rate, goal, plan.currency)
    pay = sum_text(to_coins(part.pay, plan.currency, plan.rounding), plan.currency)
    between = f"{attainment_text(part.start)}–{attainment_text(part.end)}"
    times = times_text(part.times)
    return Text(
        f"{between}: {amount} × {rate} ({times} times the base rate) = {pay}",
        f"{between}：{amount} × {rate}（基准比例的 {times} 倍）= {pay}",
    )


def terms(plan: Plan) -> list[Text]:
    """Return the other terms of a plan, a sentence each."""
    period = PERIOD_WORDS[plan.period]
    found = [
        Text(
            f"Worked out every {period.en}, paid {PAY_ON_WORDS[plan.pay_on].en}.",
            f"每{period.zh}结算一次，{PAY_ON_WORDS[plan.pay_on][Language.ZH]}发放。",
        )
        if any(goal.measure.is_of_deals for goal in plan.goals)
        else Text(f"Worked out and paid every {period.en}.", f"每{period.zh}结算并发放。")
    ]
    if plan.year_to_date:
        found.append(
            Text(
                "Tiers count the year so far: a period pays what the year pays, less what was paid.",
                "档位按全年累计算：本期发放额 = 累计应发 − 已发。",
            )
        )
    if any(goal.decelerator for goal in plan.goals):
        found.append(
            Text(
                "Below the first border a sale pays less, between it and 100% more: reaching 100% "
                "pays the full target.",
                "起步段提得少，之后到 100% 提得多：达成 100% 拿满目标提成。",
            )
        )
    if plan.ramp:
        shares = ", ".join(percent_text(share) for share in plan.ramp)
        found.append(
            Text(
                f"Guaranteed while starting, month by month: {shares} of a month's target. It is "
                "not repaid.",
                f"爬坡期逐月保底（月目标提成的）：{shares.replace(', ', '、')}。不用还。",
            )
        )
    if plan.draw is not None:
        amount = sum_text(plan.draw.amount, plan.currency)
        off = Text(
            "set off against later commission; what is open at the end is written off",
            "日后从提成里抵扣，离职时未抵完的不追",
        )
        if plan.draw.kind.value == "non_recoverable":
            off = Text("not set off", "不抵扣")
        found.append(
            Text(
                f"Draw: {amount} {plan.currency} a month for {plan.draw.months} months, {off.en}.",
                f"预支提成：每月 {amount} {plan.currency}，{plan.draw.months} 个月，{off.zh}。",
            )
        )
    if plan.cap is not None:
        found.append(_cap_text(plan))
    if any(share for deal in plan.deals for share in deal.shares):
        found.append(
            Text(
                "Shared deals are paid in shares that add to 100%, to the coin.",
                "多人做的单按分成发放，合计 100%，精确到最小币值。",
            )
        )
    for spiff in plan.spiffs:
        amount, budget = (sum_text(s, plan.currency) for s in (spiff.amount, spiff.budget))
        found.append(
            Text(
                f"Extra reward for {spiff.name}: {amount} {plan.currency}, for {spiff.days} days, "
                f"until {budget} {plan.currency} are spent.",
                f"专项奖（{spiff.name}）：{amount} {plan.currency}，{spiff.days} 天内，"
                f"总额 {budget} {plan.currency} 发完为止。",
            )
        )
    if not plan.year_to_date and any(goal.measure.is_money for goal in plan.goals):
        found.append(
            Text(
                f"A {period.en} in which returns exceed sales pays nothing and counts against the "
                "next two at most.",
                f"退单多过销售的{period.zh}不发提成，差额最多抵扣后面两期。",
            )
        )
    found.append(_clawback_text(plan))
    return found


def _cap_text(plan: Plan) -> Text:
    assert plan.cap is not None
    period = PERIOD_WORDS[plan.counted]
    cap = sum_text(plan.cap * plan.span, plan.currency)
    starts = cap_starts(plan)
    at = "" if starts is None else f" ({attainment_text(starts)})"
    at_zh = "" if starts is None else f"（达成 {attainment_text(starts)} 时）"
    return Text(
        f"Variable pay ends at {cap} {plan.currency} a {period.en}{at}.",
        f"提成每{period.zh}最多 {cap} {plan.currency}{at_zh}。",
    )


def _clawback_text(plan: Plan) -> Text:
    if plan.clawback is None:
        return Text("Nothing is taken back.", "发出的提成不追回。")
    days = plan.clawback.days
    way = Text("less day by day", "按天递减") if plan.clawback.linear else Text("in full", "全额")
    unpaid = (
        Text(" A customer who never pays: all of it.", "客户从未付款的，全额追回。")
        if plan.clawback.full_if_unpaid
        else Text("", "")
    )
    return Text(
        f"Taken back if the customer leaves within {days} days, {way.en}, at most a quarter of a "
        f"month's variable pay at once.{unpaid.en}",
        f"客户 {days} 天内解约要追回，{way.zh}，每月最多扣当月目标提成的四分之一。{unpaid.zh}",
    )

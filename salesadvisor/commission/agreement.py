"""Whether the parts of a plan agree: earnings with base and variable, the rate with the quota."""

from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from salesadvisor.commission.definitions import Plan
from salesadvisor.commission.quantities import Quantities
from salesadvisor.documents.fields import Fields
from salesadvisor.text import Text


class Pay(Struct, frozen=True, kw_only=True):
    """A year's pay at target."""

    ote: Decimal
    base: Decimal
    variable: Decimal


def agree_on_pay(fields: Fields, quantities: Quantities) -> Pay | None:
    """Return on-target earnings, base and variable, each from the file or from the others.

    A file may give any two of `ote`, `base`, `target_variable` and `base_share`, or more that
    agree; what contradicts itself is a problem with the ways to put it right.
    """
    ote = quantities.sum_(fields, "ote")
    base = quantities.sum_(fields, "base")
    variable = quantities.sum_(fields, "target_variable")
    share = quantities.part(fields, "base_share")
    broken = [key for key in ("ote", "base", "target_variable", "base_share") if fields.has(key)]
    given = {"ote": ote, "base": base, "target_variable": variable, "base_share": share}
    if any(given[key] is None for key in broken):
        return None  # told already
    found = _completed(ote, base, variable, share)
    if found is None or found.ote <= 0:
        fields.problem(
            "plan-incomplete",
            Text(
                "pay needs two of `ote`, `base`, `target_variable` and `base_share`",
                "薪酬要写 `ote`、`base`、`target_variable`、`base_share` 中的两项",
            ),
            fields.node.place,
            Text(
                "for example `ote: 120_000` and `base_share: 50%`",
                "例如 `ote: 120_000` 加 `base_share: 50%`",
            ),
        )
        return None
    if found.variable < 0:
        fields.problem(
            "pay-mix",
            Text(
                f"base pay of {found.base:,} is more than earnings at target, {found.ote:,}",
                f"底薪 {found.base:,} 高过目标总收入 {found.ote:,}",
            ),
            fields.place_of("base"),
            Text("raise `ote`, or lower `base`", "请提高 `ote`，或降低 `base`"),
        )
        return None
    if Fraction(found.base) < _LEAST_BASE * Fraction(found.ote):
        fields.problem(
            "out-of-range",
            Text("base pay is at least 20% of earnings at target", "底薪至少占目标总收入的 20%"),
            fields.place_of("base" if base is not None else "base_share"),
            Text("for example 60%", "例如 60%"),
        )
        return None
    if not _agrees(found, ote, base, variable, share):
        total = found.base + found.variable
        percent = "" if share is None else f", base_share {float(share * 100):g}%"
        fields.problem(
            "pay-mix",
            Text(
                f"the pay mix contradicts itself: base {found.base:,} + variable "
                f"{found.variable:,} = {total:,}, ote {found.ote:,}{percent}",
                f"薪酬构成自相矛盾：底薪 {found.base:,} + 目标提成 {found.variable:,} = {total:,}，"
                f"目标总收入 {found.ote:,}{percent}",
            ),
            fields.place_of("ote" if ote is not None else "base"),
            _repair(found, share),
        )
        return None
    return found


def _completed(
    ote: Decimal | None, base: Decimal | None, variable: Decimal | None, share: Fraction | None
) -> Pay | None:
    if base is None and ote is not None and share is not None:
        base = _decimal(Fraction(ote) * share)
    if base is None and ote is not None and variable is not None:
        base = ote - variable
    if base is None and variable is not None and share is not None and share < 1:
        base = _decimal(Fraction(variable) * share / (1 - share))
    if base is None:
        return None
    if ote is None and variable is not None:
        ote = base + variable
    if ote is None and share is not None and share > 0:
        ote = _decimal(Fraction(base) / share)
    if ote is None:
        return None
    return Pay(ote=ote, base=base, variable=ote - base if variable is None else variable)


def _agrees(
    pay: Pay,
    ote: Decimal | None,
    base: Decimal | None,
    variable: Decimal | None,
    share: Fraction | None,
) -> bool:
    """Return whether what is given fits together, to the cent."""
    if pay.base + pay.variable != pay.ote or pay.variable < 0:
        return False
    if share is None or (ote is None and (base is None or variable is None)):
        return True
    return abs(Fraction(pay.base) - Fraction(pay.ote) * share) <= _CENT


_CENT = Fraction(1, 100)
_WRITTEN = Fraction(1, 100_000)  # a third is written as 33.3333%
_LEAST_BASE = Fraction(1, 5)


def _repair(pay: Pay, share: Fraction | None) -> Text:
    total = pay.base + pay.variable
    if total != pay.ote or share is None:
        return Text(
            f"set `ote: {total}`, or change base and variable, or leave one of them out",
            f"请改为 `ote: {total}`，或改底薪、目标提成，或删掉其中一项",
        )
    meant = f"{float(Fraction(pay.base) / Fraction(pay.ote) * 100):.6g}%"
    return Text(
        f"set `base_share: {meant}`, or leave it out",
        f"请改为 `base_share: {meant}`，或删掉这一行",
    )


def _decimal(exact: Fraction) -> Decimal:
    """Return a sum to the hundredth of a coin: a share like a third leaves no exact one."""
    return (Decimal(round(exact * 10_000)) / 10_000).normalize() + 0


def require_rate(fields: Fields, plan: Plan, quantities: Quantities) -> None:
    """Report a rate that contradicts variable pay and quota; three free calculators don't."""
    goal = plan.goals[0]
    wanted = plan.rate_of(goal)
    given: Fraction | None
    if goal.measure.is_money:
        given = quantities.part(fields, "rate", high=1000)
    else:
        sum_ = quantities.sum_(fields, "rate")
        given = None if sum_ is None else Fraction(sum_)
    if given is None or abs(given - wanted) <= max(wanted * _WRITTEN, _CENT / goal.quota):
        return
    shown, meant = (
        _rate_text(given, money=goal.measure.is_money),
        _rate_text(wanted, money=goal.measure.is_money),
    )
    pays = _plain(given * goal.quota * plan.period.a_year)
    quota = _plain(plan.variable_a_period / given) if given else "…"
    fields.problem(
        "rate-contradicts",
        Text(
            f"the rate contradicts the rest: {shown} of a quota of {_plain(goal.quota)} a "
            f"{plan.period} pays {pays} a year at target, not {_plain(Fraction(plan.variable))}",
            f"提成比例和其他数字矛盾：按 {shown}，每期指标 {_plain(goal.quota)}，达标一年发 {pays}，"
            f"不是 {_plain(Fraction(plan.variable))}",
        ),
        fields.place_of("rate"),
        Text(
            f"set `rate: {meant}`, or `quota: {quota}`, or `target_variable: {pays}`",
            f"请改为 `rate: {meant}`，或 `quota: {quota}`，或 `target_variable: {pays}`",
        ),
    )


def _rate_text(rate: Fraction, *, money: bool) -> str:
    return f"{float(rate * 100):.6g}%" if money else f"{float(rate):.6g}"


def _plain(value: Fraction) -> str:
    return f"{float(value):,.2f}".removesuffix(".00")

"""The founder's figures in words: a few lines beside the advice, or the whole table."""

from collections.abc import Sequence

from salesadvisor.advice.economics import Basis, Cash, Economics, Line, Row
from salesadvisor.advice.figures import (
    money_figure,
    plain_figure,
    shown_currency,
    sum_figure,
)
from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.amounts import unit_text
from salesadvisor.rulebook.definitions import ModelId, Rulebook
from salesadvisor.text import Language, Text

BRIEF = 4
"""How many figures stand beside the advice: the first of the rulebook's."""


def brief_heads(economics: Economics, language: Language) -> list[str]:
    """Return the heads of the few figures that stand beside the advice."""
    currency = shown_currency(economics.money, economics.currency)
    heads = [Text(f"One seller ({currency})", f"一名销售（{currency}）")[language]]
    heads += [row.short[language] for row in economics.rows[:BRIEF]]
    return [*heads, Text("Cash needed (month)", "要垫的现金（月）")[language]]


def brief_cells(economics: Economics, model: ModelId, language: Language) -> list[str]:
    """Return the few figures of one model."""
    cells = [cell_text(row, model, economics, language) for row in economics.rows[:BRIEF]]
    cash = economics.cash.get(model)
    return [*cells, "" if cash is None else cash_text(cash, economics, language)]


def cell_text(row: Row, model: ModelId, economics: Economics, language: Language) -> str:
    """Return one figure of one model; sums without their currency."""
    figure = row.cells.get(model)
    if figure is None:
        return ""
    if figure.instead is not None:
        return figure.instead[language]
    within = Numbers(figure.spread.low, figure.spread.high)
    if row.unit == economics.currency:
        return sum_figure(within, economics.money)
    shown = plain_figure(within)
    if row.unit is None:
        return shown
    if row.unit == "percent":
        return f"{shown}%"
    gap = "" if language is Language.ZH else " "
    return f"{shown}{gap}{unit_text(row.unit)[language]}"


def cash_text(cash: Cash, economics: Economics, language: Language) -> str:
    """Return how much has to be found before customers pay, and in which month it is most."""
    needed = sum_figure(Numbers(-cash.low.high, -cash.low.low), economics.money)
    month = f">{cash.month}" if cash.is_falling else str(cash.month)
    return Text(f"{needed} ({month})", f"{needed}（{month}）")[language]


def basis_sentence(economics: Economics) -> Text:
    """Return what the figures rest on."""
    total = sum(economics.inputs.values())
    own = economics.inputs.get(Basis.OWN, 0)
    ours = total - own - economics.inputs.get(Basis.SOURCED, 0)
    return Text(
        f"Ranges hold four of five draws; of {total} inputs {own} are yours, {ours} our estimates: "
        "give your own with --assume.",
        f"区间包含五分之四的推演；{total} 项数据里 {own} 项是你的，{ours} 项是我们的估计，可用 --assume 换成你的。",
    )


def missing_sentence(economics: Economics, rulebook: Rulebook) -> Text:
    """Return which answers the figures wait for."""
    titles = [rulebook.question[id].title for id in economics.missing]
    names = ", ".join(title.en for title in titles)
    return Text(
        f"The money can be reckoned once these are answered: {names}.",
        f"回答了这些，才算得出钱：{'、'.join(t[Language.ZH] for t in titles)}。",
    )


def bound_sentence(row: Row, rulebook: Rulebook) -> Text | None:
    """Return what limits each model, where the row is the least of several."""
    found: list[tuple[Text, Text]] = []
    for model, figure in row.cells.items():
        if figure.bound_by is not None:
            found.append((rulebook.model[model].short, rulebook.formula[figure.bound_by].title))
    if not found:
        return None
    return Text(
        "What limits it: " + "; ".join(f"{m.en}: {limit.en}" for m, limit in found) + ".",
        "瓶颈："
        + "；".join(f"{m[Language.ZH]}是{limit[Language.ZH]}" for m, limit in found)
        + "。",
    )


def bank_sentence(cash: Cash, economics: Economics) -> Text:
    """Return how much money to have before hiring: half as much again as cash falls."""
    if cash.is_falling:
        return Text(
            f"Cash still falls after {cash.month} months: on these figures no sum in the bank "
            "makes one hire pay for itself in that time.",
            f"{cash.month} 个月后现金还在往下走：按这些数字，备多少钱，这段时间里也收不回来。",
        )
    need = Numbers(-cash.low.likely * _RESERVE, -cash.low.low * _RESERVE)
    sum_ = money_figure(need, economics.money, economics.currency)
    return Text(
        f"Have {sum_.en} in the bank before you hire one: half as much again as cash may fall. "
        "Plan for one hire in three not working out.",
        f"招一个人之前，账上先备好 {sum_[Language.ZH]}：比现金最低点多留一半。按三个人里有一个不合适来打算。",
    )


_RESERVE = 1.5


def line_sentence(line: Line | None, economics: Economics) -> Text:
    """Return from which size of customer on the field earns more, and what lies above it."""
    if line is None:
        return Text(
            "On these figures no contract value pays for visits, so there is no line by size.",
            "按这些数字，多大的合同都补不回上门的钱，所以没有分界金额。",
        )
    if line.value <= 0:
        return Text(
            "The field costs no more per opportunity than the desk, so no line by size is needed.",
            "按每个商机算，上门并不比远程贵，不用按金额划线。",
        )
    at = money_figure(Numbers(line.low, line.high), economics.money, economics.currency)
    words = Text(
        f"Dividing line: {at.en} a year. Above it the field brings back several times what it adds.",
        f"分界金额：一年 {at.zh}。超过它，现场多花的钱能成倍赚回。",
    )
    if line.above is None:
        return words
    customers, revenue = _percent(line.above.customers), _percent(line.above.revenue)
    return Text(
        f"{words.en} Above it: about {customers} of customers and {revenue} of revenue, if four "
        f"of five customers lie within {line.spread:.2g} times the typical one (our assumption).",
        f"{words.zh}线以上约占客户的 {customers}、收入的 {revenue}（假设五分之四的客户与典型客户相差不超过 "
        f"{line.spread:.2g} 倍）。",
    )


def _percent(share: float) -> str:
    if share < 0.01:
        return "<1%"
    if share > 0.99:
        return ">99%"
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1g}".replace("0.0", "") + "%"


def full_rows(
    economics: Economics, models: Sequence[ModelId], language: Language
) -> list[list[str]]:
    """Return every figure as a line of cells: its title, then one for each model."""
    rows = [
        [_title(row, economics, language)]
        + [cell_text(row, model, economics, language) for model in models]
        for row in economics.rows
    ]
    if economics.cash:
        currency = shown_currency(economics.money, economics.currency)
        after = next(iter(economics.cash.values())).after
        low = Text(
            f"Cash needed before customers pay, {currency} (month)",
            f"回款前要垫的现金，{currency}（第几月）",
        )
        rows.append(
            [low[language]] + [cash_text(economics.cash[m], economics, language) for m in models]
        )
        for month in after:
            title = Text(
                f"Cash after {month} months ({currency})", f"{month} 个月后的现金（{currency}）"
            )
            sums = (economics.cash[m].after[month] for m in models)
            rows.append(
                [title[language]]
                + [sum_figure(Numbers(s.low, s.high), economics.money) for s in sums]
            )
    return rows


def _title(row: Row, economics: Economics, language: Language) -> str:
    if row.unit != economics.currency:
        return row.title[language]
    currency = shown_currency(economics.money, economics.currency)
    return Text(f"{row.title.en} ({currency})", f"{row.title[Language.ZH]}（{currency}）")[language]

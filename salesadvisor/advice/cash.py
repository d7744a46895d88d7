"""Cash month by month, for one new seller: what is spent before customers begin to pay."""

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct


class CashFlow(Struct, frozen=True, kw_only=True):
    """What the months are reckoned from; sums in money, times in months."""

    spent_first: float
    spent_monthly: float
    spent_working: float
    works_from: float
    wins_from: float
    wins_monthly: float
    brings_yearly: float
    stays: float
    billed_months: float


def run_cash(flow: CashFlow, months: int) -> list[float]:
    """Return the running sum before the first month and at the end of each.

    A seller is paid in full from the first month; leads cost money once work begins; the first
    wins come after onboarding and one cycle, the first of these months counted in part. Each
    customer pays `billed_months` in advance, and of a year's customers `stays` renew.
    """
    won = [0.0] * (months + 1)
    for month in range(1, months + 1):
        if month > flow.wins_from:
            won[month] = flow.wins_monthly * min(1.0, month - flow.wins_from)
    billed = max(1, round(flow.billed_months))
    bill = flow.brings_yearly * billed / 12
    cash = -flow.spent_first
    rows = [cash]
    for month in range(1, months + 1):
        paying = 0.0
        for since in range(0, month, billed):
            paying += won[month - since] * flow.stays ** (since // 12)
        working = flow.spent_working if month > flow.works_from else 0.0
        cash += paying * bill - flow.spent_monthly - working
        rows.append(cash)
    return rows


def lowest(rows: Sequence[float]) -> tuple[float, int]:
    """Return the lowest point and its month; month 0 is before the first."""
    low = min(rows)
    return low, rows.index(low)


def blended(rows: Sequence[tuple[float, Sequence[float]]]) -> list[float]:
    """Return the mean of several runs, each with its share."""
    return [sum(share * run[month] for share, run in rows) for month in range(len(rows[0][1]))]


def breaks_even(rows: Sequence[float]) -> int | None:
    """Return the month from which on cash is never below zero again; None if there is none."""
    if rows[-1] < 0:
        return None
    below = [month for month, (one, _) in enumerate(pairwise((*rows, 0.0))) if one < 0]
    return below[-1] + 1 if below else 0

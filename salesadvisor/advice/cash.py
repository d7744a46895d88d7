"""Cash month by month, for one new seller: what is spent before customers begin to pay."""

from collections.abc import Sequence
from itertools import accumulate

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
    first = min(int(flow.wins_from) + 1, months + 1)  # the first month with wins
    won = [0.0] * first + [flow.wins_monthly] * (months + 1 - first)
    if first <= months:
        won[first] *= min(1.0, first - flow.wins_from)
    billed = max(1, round(flow.billed_months))
    bill = flow.brings_yearly * billed / 12
    paying = list(won)
    for since in range(billed, months + 1, billed):
        stays = flow.stays ** (since // 12)
        earlier = zip(paying[since:], won, strict=False)  # won that many months before
        paying[since:] = [now + before * stays for now, before in earlier]
    works = min(int(flow.works_from) + 1, months + 1)
    idle = [income * bill - flow.spent_monthly for income in paying[1:works]]
    spent = flow.spent_monthly + flow.spent_working
    busy = [income * bill - spent for income in paying[max(works, 1) :]]
    return list(accumulate((*idle, *busy), initial=-flow.spent_first))


def lowest(rows: Sequence[float]) -> tuple[float, int]:
    """Return the lowest point and its month; month 0 is before the first."""
    low = min(rows)
    return low, rows.index(low)


def blended(rows: Sequence[tuple[float, Sequence[float]]]) -> list[float]:
    """Return the mean of several runs, each with its share."""
    total = [0.0] * len(rows[0][1])
    for share, run in rows:
        total = [sum_ + share * cash for sum_, cash in zip(total, run, strict=True)]
    return total

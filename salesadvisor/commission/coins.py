"""Exact amounts -> payments: rounded once, to the smallest coin of a currency."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from salesadvisor.commission.definitions import Rounding

# Currencies without a hundredth, by ISO 4217; all others have two places.
_PLACES = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def places_of(currency: str) -> int:
    """Return how many decimal places sums in `currency` have."""
    return _PLACES.get(currency, 2)


def to_coins(amount: Fraction, currency: str, rounding: Rounding = Rounding.HALF_EVEN) -> Decimal:
    """Return `amount` as it is paid: 1,000.005 as 1,000.00, and 1,234.5 yen as 1,234."""
    places = places_of(currency)
    return _decimal(_whole(amount * 10**places, rounding), places)


def _whole(coins: Fraction, rounding: Rounding) -> int:
    if rounding is Rounding.HALF_EVEN:
        return round(coins)  # of an exact fraction: halves to the even one
    sign = -1 if coins < 0 else 1
    return sign * int(abs(coins) + Fraction(1, 2))


def split_coins(total: Decimal, parts: Sequence[Fraction], currency: str) -> list[Decimal]:
    """Return `total` in `parts` that add up to it exactly.

    By largest remainder, in the smallest coin; ties go to the earlier part. Of a sum to take back
    the parts are the same with the sign turned.

    Args:
        total: Already in whole coins.
        parts: Shares that add to 1.
        currency: Decides the smallest coin.
    """
    places = places_of(currency)
    coins = int(abs(total) * 10**places)
    exact = [coins * part for part in parts]
    found = [int(part) for part in exact]
    by_rest = sorted(range(len(parts)), key=lambda i: (found[i] - exact[i], i))
    for index in by_rest[: coins - sum(found)]:
        found[index] += 1
    sign = -1 if total < 0 else 1
    return [_decimal(sign * part, places) for part in found]


def _decimal(coins: int, places: int) -> Decimal:
    return Decimal(coins).scaleb(-places) if places else Decimal(coins)

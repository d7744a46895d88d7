"""Reads numbers as a person writes them: `20k..60k`, `6 weeks`, `70%`, `5万到8万`.

What can be read in two ways is refused with both readings; nothing is guessed.
"""

import re
import unicodedata
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, InvalidOperation

from msgspec import Struct

from salesadvisor.documents.node import ListNode, MapNode, Node, ScalarNode
from salesadvisor.language.possible import Numbers
from salesadvisor.problems import Place
from salesadvisor.rulebook.definitions import Kind, NumberQuestion
from salesadvisor.text import Language, Text

UNANSWERED = ("", "~", "null", "unknown", "?")
"""How one says that one doesn't know."""


class AnswerError(Exception):
    """A value can't be read: what is wrong with it, and what to write."""

    def __init__(self, code: str, message: Text, hint: Text, place: Place | None = None) -> None:
        self.code = code
        self.message = message
        self.hint = hint
        self.place = place
        super().__init__(message.en)


class Money(Struct, frozen=True, kw_only=True):
    """The currency that sums are given in, and its worth in the rulebook's currency."""

    currency: str
    rate: Decimal | None  # rulebook currency per unit; None: not known

    @property
    def usable(self) -> bool:
        """Whether sums can be compared with the rulebook's."""
        return self.rate is not None


def first_sum(number: float, money: Money, step: Decimal, *, above: bool) -> float:
    """Return the first sum in `money` that is read as `number` in the rulebook's currency.

    Args:
        number: In the rulebook's currency, a multiple of `step`.
        money: With a rate.
        step: To which sums are rounded, before and after they are converted.
        above: Coming from below; else from above.
    """
    rate, wanted = money.rate or Decimal(1), Decimal(repr(number))
    side = -1 if above else 1
    found = ((wanted + side * step / 2) / rate / step).to_integral_value(
        ROUND_CEILING if above else ROUND_FLOOR
    ) * step
    # Where a sum lies just between two, it is rounded to the even one: one step on may be needed.
    if (found * rate / step).to_integral_value(ROUND_HALF_EVEN) * step != wanted:
        found -= side * step
    return float(found)


_AMOUNT = re.compile(
    r"""(?P<sign>[-+\u2212]?)\s*
    (?P<symbol>US\$|[$€£¥￥])?\s*
    (?P<digits>[0-9][0-9_,]*(?:\.[0-9]+)?)
    (?:[eE](?P<power>[+-]?[0-9]{1,3}))?\s*
    (?P<suffix>[kKmM](?![A-Za-z])|[千万亿])?\s*
    (?P<unit>[%％]|[A-Za-z\u4e00-\u9fff]+)?""",
    re.VERBOSE,
)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?|[0-9]+(_[0-9]+)*(\.[0-9]+)?")
_MAYBE_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")  # 12.500 is 12,500 in half of Europe
_BETWEEN = re.compile(r"\s*(?:(?<![0-9][eE])-|\u2013|\u2014|~|～|到|至|\bto\b)\s*")
_SUFFIXES = {"k": 1_000, "m": 1_000_000, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_DAYS = {
    1: ("d", "day", "days", "天", "日"),
    7: ("w", "wk", "wks", "week", "weeks", "周", "星期", "个星期"),
    30: ("mo", "mos", "month", "months", "个月", "月"),
    91: ("q", "qtr", "quarter", "quarters", "季", "季度", "个季度"),
    365: ("y", "yr", "yrs", "year", "years", "年"),
}
_DAYS_OF = {word: days for days, words in _DAYS.items() for word in words}
_HALVES = {"半年": "6个月", "半个月": "15天", "半天": "1天"}
_COUNTED = {
    "people": ("people", "persons", "person", "sellers", "seller", "人", "个人", "名", "位", "个"),
    "accounts": (
        "accounts",
        "account",
        "customers",
        "companies",
        "sites",
        "家",
        "个",
        "户",
        "客户",
    ),
}
_CURRENCY_WORDS = {
    "元": "CNY", "人民币": "CNY", "人民币元": "CNY", "万元": "CNY", "rmb": "CNY", "￥": "CNY",
    "美元": "USD", "美金": "USD", "欧元": "EUR", "英镑": "GBP", "日元": "JPY", "港币": "HKD",
    "港元": "HKD", "新台币": "TWD", "dollar": "USD", "dollars": "USD", "us$": "USD", "euro": "EUR",
    "euros": "EUR", "€": "EUR", "pound": "GBP", "pounds": "GBP", "£": "GBP",
}  # fmt: skip


def currency_code(text: str) -> str:
    """Return the code of a currency that is named by its code or in a common word."""
    named = unicodedata.normalize("NFKC", text).strip()
    return _CURRENCY_WORDS.get(named.lower(), named.upper())


_SYMBOLS = {
    "US$": ("USD",),
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN"),
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("CNY", "JPY"),
    "￥": ("CNY", "JPY"),
}


class _Amount(Struct, frozen=True):
    """One number as written: value before units, and what stood round it."""

    value: Decimal
    symbol: str
    suffix: str
    unit: str
    written: str


def read_numbers(node: Node, question: NumberQuestion, money: Money) -> Numbers:
    """Return the numbers that `node` leaves possible: one, or a range.

    Raises:
        AnswerError: it is no number in the question's domain.
    """
    match node:
        case ScalarNode(text=text):
            text = " ".join(text.split())
            if question.unit in ("days", "years"):
                for half, written in _HALVES.items():
                    text = text.replace(half, written)
            low, high = _ends(text, question)
        case MapNode(entries):
            low, high = _named_ends(entries, question)
        case ListNode():
            raise AnswerError(
                "wrong-kind",
                Text(
                    f"`{question.id}` is one number or a range, not a list",
                    f"`{question.id}` 要填一个数或一个区间，不是列表",
                ),
                Text("write a range as `20..60`", "区间请写成 `20..60`"),
            )
    least = question.domain.low if low is None else _in_domain(low, question, money)
    most = question.domain.high if high is None else _in_domain(high, question, money)
    if least > most:
        raise AnswerError(
            "range-reversed",
            Text("the range ends below its beginning", "区间的终点比起点小"),
            Text("write the smaller number first", "请把较小的数写在前面"),
        )
    return Numbers(least, most)


def read_exact(node: ScalarNode, question: NumberQuestion, money: Money) -> Decimal:
    """Return the one number in `node` exactly, with what its suffix and unit say.

    Raises:
        AnswerError: it is no number, or lies outside the question's domain.
    """  # noqa: DOC501 -- _outside makes an AnswerError
    value, _ = _in_unit(_amount(" ".join(node.text.split()), question), question, money)
    if not _fits(value, question):
        raise _outside(question)
    return value


def _named_ends(
    entries: tuple[tuple[ScalarNode, Node], ...], question: NumberQuestion
) -> tuple[_Amount | None, _Amount | None]:
    ends: dict[str, _Amount] = {}
    for key, value in entries:
        if key.text not in ("min", "max"):
            raise AnswerError(
                "unknown-key",
                Text(f"a range has no `{short(key.text)}`", f"区间里没有 `{short(key.text)}`"),
                Text("write `{min: 20, max: 60}`", "请写 `{min: 20, max: 60}`"),
                key.place,
            )
        if not isinstance(value, ScalarNode):
            raise _wants_number(question)
        text = value.text.strip()
        if text.lower() not in UNANSWERED:
            ends[key.text] = _amount(text, question)
    if not ends:
        raise AnswerError(
            "empty-range",
            Text("a range needs `min`, `max` or both", "区间需要 `min` 或 `max`"),
            Text("leave the line out if you don't know", "不知道就不要写这一行"),
        )
    shown = f"{{min: {ends['min'].written}, …}}" if "min" in ends else ""
    return _with_shared_unit(ends.get("min"), ends.get("max"), shown)


def _ends(text: str, question: NumberQuestion) -> tuple[_Amount | None, _Amount | None]:
    if ".." in text:
        left, _, right = text.partition("..")
        right = right.lstrip(".")  # an ellipsis of three dots is the same
        if not left.strip() and not right.strip():
            raise _wants_number(question, text)
        low = _amount(left, question) if left.strip() else None
        high = _amount(right, question) if right.strip() else None
        return _with_shared_unit(low, high, text)
    single = _parsed(text)
    if single is not None:
        return (amount := _checked(single, question)), amount
    for found in _BETWEEN.finditer(text):
        first, second = _parsed(text[: found.start()]), _parsed(text[found.end() :])
        if first is not None and second is not None:
            return _with_shared_unit(_checked(first, question), _checked(second, question), text)
    raise _wants_number(question, text)


def _with_shared_unit(
    low: _Amount | None, high: _Amount | None, text: str
) -> tuple[_Amount | None, _Amount | None]:
    """Let the unit behind a range count for both ends: `4-6 weeks`.

    Raises:
        AnswerError: it can't be.
    """
    if low is None or high is None:
        return low, high
    # `20-60k` is 20 to 60,000 or 20,000 to 60,000; `500-20k` can only be 500 to 20,000.
    two_scales = bool(high.suffix) and not low.suffix and 0 < low.value <= high.value
    if two_scales or (low.unit in _DAYS_OF and not high.unit):
        raise AnswerError(
            "ambiguous-range",
            Text(f"`{short(text)}` can be read in two ways", f"`{short(text)}` 有两种读法"),
            Text(
                "write the unit at both ends: `20k..60k`, `6 weeks..10 weeks`",
                "请在两端都写上单位：`20k..60k`、`6周..10周`",
            ),
        )
    if high.unit and not low.unit:
        low = _Amount(low.value, low.symbol, low.suffix, high.unit, low.written)
    return low, high


def _amount(text: str, question: NumberQuestion) -> _Amount:
    parsed = _parsed(text.strip())
    if parsed is None:
        raise _wants_number(question, text)
    return _checked(parsed, question)


def _parsed(text: str) -> _Amount | None:
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or len(text) > 60:
        return None
    digits = found["digits"]
    if not _GROUPED.fullmatch(digits):
        return None
    plain = digits.replace(",", "").replace("_", "")
    try:
        value = Decimal(plain + (f"e{found['power']}" if found["power"] else ""))
    except InvalidOperation:
        return None
    if value and not -12 <= value.adjusted() <= 1000:
        return None  # `1e-400` is nobody's answer, and its zeros would fill a screen
    if found["sign"] in ("-", "\u2212"):
        value = -value
    suffix = (found["suffix"] or "").lower()
    return _Amount(value, (found["symbol"] or ""), suffix, (found["unit"] or "").lower(), digits)


def _checked(amount: _Amount, question: NumberQuestion) -> _Amount:
    """Return `amount` when its symbol, suffix and unit fit the question.

    Raises:
        AnswerError: it can't be.
    """
    counted = question.kind is Kind.MONEY or question.unit in _COUNTED
    if amount.suffix and not counted:
        raise AnswerError(
            "wrong-unit",
            Text(
                f"`{amount.suffix}` is for money and counts only",
                f"`{amount.suffix}` 只用于金额和数量",
            ),
            _example(question),
        )
    if amount.symbol and question.kind is not Kind.MONEY:
        raise AnswerError(
            "wrong-unit",
            Text(f"`{question.id}` is not an amount of money", f"`{question.id}` 不是金额"),
            _example(question),
        )
    if amount.unit and not _unit_fits(amount.unit, question):
        raise AnswerError(
            "wrong-unit",
            Text(
                f"`{short(amount.unit)}` is not a unit of `{question.id}`",
                f"`{short(amount.unit)}` 不是 `{question.id}` 的单位",
            ),
            _example(question),
        )
    thousands = question.kind is not Kind.PERCENT  # a percentage has no thousands
    if thousands and _MAYBE_THOUSANDS.fullmatch(amount.written):
        raise AnswerError(
            "ambiguous-number",
            Text(
                f"`{amount.written}` can be read in two ways",
                f"`{amount.written}` 有两种读法",
            ),
            Text(
                f"write `{amount.written.replace('.', '')}` or `{amount.written}0`",
                f"请写 `{amount.written.replace('.', '')}` 或 `{amount.written}0`",
            ),
        )
    return amount


def _unit_fits(unit: str, question: NumberQuestion) -> bool:
    if question.unit in ("days", "years"):
        return unit in _DAYS_OF
    if question.kind is Kind.PERCENT:
        return unit in ("%", "％", "percent")
    if question.kind is Kind.MONEY:
        return unit in _CURRENCY_WORDS or (unit.isascii() and len(unit) == 3)
    return unit in _COUNTED.get(question.unit or "", ())


def _in_domain(amount: _Amount, question: NumberQuestion, money: Money) -> float:
    """Return the amount in the question's unit, on its step and inside its domain.

    Raises:
        AnswerError: it can't be.
    """  # noqa: DOC501 -- _outside makes an AnswerError
    value, converted = _in_unit(amount, question, money)
    step = question.step
    # Before rounding: a number of a thousand digits must not be rounded at all.
    if not _fits(value, question):
        raise _outside(question)
    rounded = (value / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * step
    if rounded != value and not converted:
        whole = step == 1
        raise AnswerError(
            "too-precise",
            Text(
                f"`{question.id}` is a whole number"
                if whole
                else f"`{question.id}` goes in steps of {step}",
                f"`{question.id}` 要填整数" if whole else f"`{question.id}` 的最小单位是 {step}",
            ),
            Text(
                f"write {plain_number(rounded)}, or a range",
                f"请写 {plain_number(rounded)}，或写一个区间",
            ),
        )
    if not _fits(rounded, question):
        raise _outside(question)
    return float(rounded)


def _in_unit(amount: _Amount, question: NumberQuestion, money: Money) -> tuple[Decimal, bool]:
    """Return the value in the question's unit, and whether it was converted on the way.

    Raises:
        AnswerError: it can't be.
    """
    value = amount.value * _SUFFIXES.get(amount.suffix, 1)
    if question.kind is Kind.MONEY:
        _require_currency(amount, money)
        if money.rate is not None and money.rate != 1:
            return value * money.rate, True
        return value, False
    if question.kind is Kind.PERCENT and not amount.unit and 0 < value < 1:
        raise AnswerError(
            "fraction-for-percent",
            Text(
                f"`{question.id}` is a percentage from 0 to 100",
                f"`{question.id}` 是 0 到 100 的百分数",
            ),
            Text(
                f"write {plain_number(value * 100)}% (or {plain_number(value)}% if you mean that)",
                f"请写 {plain_number(value * 100)}%（若真是 {plain_number(value)}%，请带上 %）",
            ),
        )
    if amount.unit in _DAYS_OF and question.unit in ("days", "years"):
        days = value * _DAYS_OF[amount.unit]
        if question.unit == "days":
            return days, _DAYS_OF[amount.unit] != 1
        return (value, False) if _DAYS_OF[amount.unit] == 365 else (days / 365, True)
    return value, False


def _require_currency(amount: _Amount, money: Money) -> None:
    named = _CURRENCY_WORDS.get(amount.unit, amount.unit.upper())
    if (named and named != money.currency) or (
        amount.symbol and money.currency not in _SYMBOLS[amount.symbol]
    ):
        shown = named or amount.symbol
        raise AnswerError(
            "other-currency",
            Text(
                f"this sum is in {shown}, the answers are in {money.currency}",
                f"这个金额是 {shown}，而回答以 {money.currency} 计",
            ),
            Text(
                "add `currency: CODE` and its rate to the answers",
                "请在回答里加上 `currency: 代码` 和汇率",
            ),
        )


def _fits(value: Decimal, question: NumberQuestion) -> bool:
    low, high = Decimal(repr(question.domain.low)), Decimal(repr(question.domain.high))
    return low <= value <= high


def _outside(question: NumberQuestion) -> AnswerError:
    low = plain_number(Decimal(repr(question.domain.low)))
    high = plain_number(Decimal(repr(question.domain.high)))
    sign = "%" if question.kind is Kind.PERCENT else ""
    unit = unit_text("" if question.kind is Kind.PERCENT else question.unit or "")
    return AnswerError(
        "out-of-range",
        Text(
            f"`{question.id}` goes from {low} to {high}{sign} {unit.en}".rstrip(),
            f"`{question.id}` 的范围是 {low} 到 {high}{sign} {unit[Language.ZH]}".rstrip(),
        ),
        _example(question),
    )


def _wants_number(question: NumberQuestion, text: str = "") -> AnswerError:
    shown = f"`{short(text)}`" if text.strip() else "this"
    shown_zh = f"`{short(text)}`" if text.strip() else "这里"
    return AnswerError(
        "not-a-number",
        Text(f"{shown} is not a number or a range", f"{shown_zh}不是数字，也不是区间"),
        _example(question),
    )


def _example(question: NumberQuestion) -> Text:
    en, zh = {
        Kind.MONEY: ("`20000`, `20k`, `20k..60k`", "`20000`、`2万`、`2万到6万`"),
        Kind.PERCENT: ("`70%`, `60..75`", "`70%`、`60到75`"),
        Kind.SCALE: ("`4`, `3..4`", "`4`、`3到4`"),
    }.get(question.kind, ("`8`, `5..10`", "`8`、`5到10`"))
    if question.unit == "days":
        en, zh = "`45`, `6 weeks`, `30..60`", "`45`、`6周`、`30到60天`"
    if question.unit == "years":
        en, zh = "`3`, `18 months`, `2..4`", "`3`、`18个月`、`2到4年`"
    return Text(f"for example {en}", f"例如 {zh}")


_UNIT_WORDS = {
    "days": Text("days", "天"),
    "months": Text("months", "个月"),
    "years": Text("years", "年"),
    "people": Text("people", "人"),
    "accounts": Text("accounts", "家"),
}


_ONE = {
    "days": "day",
    "months": "month",
    "years": "year",
    "people": "person",
    "accounts": "account",
}


def unit_text(unit: str, *, one: bool = False) -> Text:
    """Return a unit in both languages; in English, of one or of several."""
    words = _UNIT_WORDS.get(unit, Text(unit, unit))
    return Text(_ONE.get(unit, words.en), words.zh) if one else words


def short(text: str) -> str:
    """Return `text` cut to what fits in a message."""
    return text if len(text) <= 40 else text[:37] + "…"


def plain_number(number: Decimal) -> str:
    """Return a number without exponent or useless zeros: `1000000`, `0.35`."""
    shown = f"{number:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown

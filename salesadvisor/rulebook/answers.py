"""What is known about one company: the answers of one file, checked against the rulebook."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from msgspec import Struct

from salesadvisor.documents.node import ListNode, MapNode, Node, ScalarNode
from salesadvisor.documents.read import read_document, require_mapping
from salesadvisor.documents.source import STDIN_NAME
from salesadvisor.language.possible import Numbers, Value
from salesadvisor.problems import Place, Problem, UserError, did_you_mean
from salesadvisor.rulebook.amounts import AnswerError, Money, currency_code
from salesadvisor.rulebook.definitions import (
    CriterionId,
    Kind,
    Question,
    QuestionId,
    Rulebook,
)
from salesadvisor.rulebook.settings import Setting
from salesadvisor.rulebook.values import read_answer
from salesadvisor.text import NOTHING, Text

SCHEMA = "salesadvisor.answers/1"
MAX_KEYS = 1000
MAX_LABEL = 10_000


class Answers(Struct, frozen=True, kw_only=True):
    """The possible values of every question, and what else one file says."""

    file: str
    name: str
    id: str
    labels: Mapping[str, str]  # keys that start with `x-`: carried along, never read
    values: Mapping[QuestionId, Value]  # every question; all there is where it is unanswered
    answered: tuple[QuestionId, ...]  # those that say something, in the rulebook's order
    money: Money
    unconverted: tuple[QuestionId, ...]  # sums that count as unanswered for want of a rate
    weights: Mapping[CriterionId, Decimal]  # where they differ from the rulebook's
    assumptions: Mapping[str, Numbers]  # likewise
    presumed: frozenset[str] = frozenset()  # those of them that nobody gave: by the currency

    def given(self, id: str) -> Value | None:
        """Return what was answered to a question or an assumption, if anything was."""
        if id in self.assumptions and id not in self.presumed:
            return self.assumptions[id]
        return self.values[QuestionId(id)] if id in self.answered else None


def load_answers(
    path: Path | None, rulebook: Rulebook, settings: Sequence[Setting] = ()
) -> Answers:
    """Return the answers in the file at `path`, or on standard input for None.

    Raises:
        UserError: with every problem of the file.
    """
    name = STDIN_NAME if path is None else str(path)
    node = require_mapping(read_document(path), name)
    return read_answers(node, rulebook, name, settings)


def answers_from_settings(rulebook: Rulebook, settings: Sequence[Setting]) -> Answers:
    """Return the answers given on the command line alone.

    Raises:
        UserError: with every problem in them.
    """
    empty = MapNode((), Place(file="--set"), (1, 1))
    return read_answers(empty, rulebook, "--set", settings)


def answers_from_values(rulebook: Rulebook, given: Mapping[str, object]) -> Answers:
    """Return the answers given as plain Python values.

    Raises:
        UserError: with every problem in them.
    """
    name = "answers"

    def node_of(value: object, key: str) -> Node:
        place = Place(file=f"{name}[{key!r}]")
        match value:
            case Mapping():
                entries = tuple(
                    (ScalarNode(str(k), place, True, (0, 0)), node_of(v, key))
                    for k, v in value.items()
                )
                return MapNode(entries, place, (0, 0))
            case list() | tuple() | set() | frozenset():
                return ListNode(tuple(node_of(item, key) for item in value), place, (0, 0))
            case None:
                return ScalarNode("", place, False, (0, 0))
            case _:
                return ScalarNode(str(value), place, False, (0, 0))

    entries = tuple(
        (ScalarNode(key, Place(file=name), True, (0, 0)), node_of(value, key))
        for key, value in given.items()
    )
    return read_answers(MapNode(entries, Place(file=name), (0, 0)), rulebook, name)


def read_answers(
    node: MapNode, rulebook: Rulebook, file: str, settings: Sequence[Setting] = ()
) -> Answers:
    """Return the answers in `node`.

    Raises:
        UserError: with every problem in them.
    """
    return _Reader(node, rulebook, file, settings).read()


def answer_keys(rulebook: Rulebook) -> tuple[str, ...]:
    """Return every key that an answer file may have, `x-…` aside."""
    return (
        "name",
        "id",
        "schema",
        "currency",
        rate_key(rulebook),
        *rulebook.question,
        *(assumption.id for assumption in rulebook.assumptions),
        *(f"weight-{criterion.id}" for criterion in rulebook.criteria),
    )


def rate_key(rulebook: Rulebook) -> str:
    """Return the key of the exchange rate into the rulebook's currency: `usd_rate`."""
    return f"{rulebook.currency.lower()}_rate"


_FAR = 4
"""A rate this many times off what it roughly is, is a slip; rates move less in ten years."""


class _Reader:
    def __init__(
        self, node: MapNode, rulebook: Rulebook, file: str, settings: Sequence[Setting]
    ) -> None:
        self.rulebook = rulebook
        self.file = file
        self.problems: list[Problem] = []
        # A setting takes the place of what the file says.
        self.entries = {key.text: (key, value) for key, value in node.entries}
        self.entries |= {setting.key.text: (setting.key, setting.value) for setting in settings}

    def read(self) -> Answers:
        if len(self.entries) > MAX_KEYS:
            self._problem(
                "too-large",
                Text(f"more than {MAX_KEYS} keys", f"超过 {MAX_KEYS} 个键"),
                Place(file=self.file),
            )
            raise UserError(self.problems)
        self._check_keys()
        self._check_schema()
        money = self._money()
        values: dict[QuestionId, Value] = {}
        answered, unconverted = [], []
        for question in self.rulebook.questions:
            value = self._answer(question, money)
            if value is not None and question.kind is Kind.MONEY and not money.usable:
                unconverted.append(question.id)
                value = None
            values[question.id] = question.everything if value is None else value
            if value is not None and value != question.everything:
                answered.append(question.id)
        given = self._assumptions(money)
        presumed = self._presumed(given, money)
        answers = Answers(
            file=self.file,
            name=self._label("name"),
            id=self._label("id"),
            labels={k: self._label(k) for k in self.entries if k.startswith("x-")},
            values=values,
            answered=tuple(answered),
            money=money,
            unconverted=tuple(unconverted),
            weights=self._weights(),
            assumptions={**given, **presumed},
            presumed=frozenset(presumed),
        )
        if self.problems:
            raise UserError(self.problems)
        return answers

    def _problem(self, code: str, message: Text, place: Place, hint: Text = NOTHING) -> None:
        self.problems.append(Problem(code=code, message=message, place=place, hint=hint))

    def _check_keys(self) -> None:
        known = answer_keys(self.rulebook)
        for key, _ in self.entries.values():
            if key.text not in known and not key.text.startswith("x-"):
                self._problem(
                    "unknown-key",
                    Text(f"unknown key `{key.text[:60]}`", f"未知的键 `{key.text[:60]}`"),
                    key.place,
                    did_you_mean(key.text, known),
                )

    def _check_schema(self) -> None:
        node = self._scalar("schema")
        if node is not None and node.text not in ("1", SCHEMA):
            self._problem(
                "unknown-schema",
                Text(
                    f"this reads `{SCHEMA}`, not `{node.text[:40]}`",
                    f"这里读取 `{SCHEMA}`，不是 `{node.text[:40]}`",
                ),
                node.place,
                Text(
                    "a newer file needs a newer salesadvisor", "较新的文件需要较新的 salesadvisor"
                ),
            )

    def _scalar(self, key: str) -> ScalarNode | None:
        _, node = self.entries.get(key, (None, None))
        if isinstance(node, ScalarNode):
            return None if node.is_null else node
        if node is not None:
            self._problem(
                "wrong-kind",
                Text(f"`{key}` is a single value", f"`{key}` 要填单个值"),
                node.place,
            )
        return None

    def _label(self, key: str) -> str:
        if key.startswith("x-") and not isinstance(self.entries[key][1], ScalarNode):
            return ""  # somebody else's structure: ours to ignore
        node = self._scalar(key)
        if node is None:
            return ""
        if len(node.text) > MAX_LABEL:
            self._problem(
                "too-large",
                Text(
                    f"`{key}` is longer than {MAX_LABEL:,} characters",
                    f"`{key}` 超过 {MAX_LABEL:,} 个字符",
                ),
                node.place,
                Text("a name is a few words", "名称只需几个字"),
            )
        return node.text

    def _money(self) -> Money:
        own = self.rulebook.currency
        currency_node, rate_node = self._scalar("currency"), self._scalar(rate_key(self.rulebook))
        currency = own if currency_node is None else currency_code(currency_node.text)
        if currency_node is not None and not re.fullmatch(r"[A-Z]{3}", currency):
            self._problem(
                "unknown-currency",
                Text(
                    f"`{currency_node.text[:20]}` is not a currency code",
                    f"`{currency_node.text[:20]}` 不是货币代码",
                ),
                currency_node.place,
                Text("three letters, such as USD, EUR or CNY", "三个字母，如 USD、EUR、CNY"),
            )
            currency = own
        rate = None if rate_node is None else self._rate(rate_node)
        if currency == own:
            if rate is not None and rate_node is not None and rate != 1:
                self._problem(
                    "other-currency",
                    Text(
                        f"the answers are in {own}, so the rate is 1",
                        f"回答以 {own} 计，汇率应为 1",
                    ),
                    rate_node.place,
                    Text(
                        "add `currency: CODE`, or leave the rate out",
                        "请加上 `currency: 代码`，或去掉汇率",
                    ),
                )
            rate = Decimal(1)
        elif rate is not None and rate_node is not None:
            self._check_direction(currency, rate, rate_node)
        return Money(currency=currency, rate=rate)

    def _check_direction(self, currency: str, rate: Decimal, node: ScalarNode) -> None:
        """Tell a rate that is given the wrong way round: 7.2 for the yuan, where 1/7.2 is meant."""
        own, rough = self.rulebook.currency, self.rulebook.rough_rates.get(currency)
        if rough is None:
            return
        off, turned = float(rate) / rough, 1 / float(rate) / rough
        if max(off, 1 / off) > _FAR and max(turned, 1 / turned) < _FAR:
            right = f"{1 / float(rate):.4g}"
            self._problem(
                "rate-turned-round",
                Text(
                    f"1 {currency} is not worth {rate} {own}: the rate is the wrong way round",
                    f"1 {currency} 不等于 {rate} {own}：汇率写反了",
                ),
                node.place,
                Text(f"write `{right}` (1/{rate})", f"请写 `{right}`（1/{rate}）"),
            )

    def _rate(self, node: ScalarNode) -> Decimal | None:
        rate = _decimal(node.text)
        if rate is None or not Decimal("1e-9") <= rate <= Decimal("1e9"):
            self._problem(
                "not-a-number",
                Text("an exchange rate is a number above 0", "汇率应是大于 0 的数字"),
                node.place,
                Text("for example `0.14`", "例如 `0.14`"),
            )
            return None
        return rate

    def _answer(self, question: Question, money: Money) -> Value | None:
        key, node = self.entries.get(question.id, (None, None))
        if node is None or key is None:
            return None
        try:
            # Without a rate a sum is still read, so that a slip in it is told.
            return read_answer(node, question, money)
        except AnswerError as problem:
            if question.kind is Kind.MONEY and not money.usable and problem.code == "out-of-range":
                return None
            self._problem(problem.code, problem.message, problem.place or node.place, problem.hint)
            return None

    def _weights(self) -> Mapping[CriterionId, Decimal]:
        weights = {}
        for criterion in self.rulebook.criteria:
            node = self._scalar(f"weight-{criterion.id}")
            if node is None:
                continue
            weight = _decimal(node.text)
            if weight is None or not 0 <= weight <= 100 or weight != round(weight, 2):
                self._problem(
                    "bad-weight",
                    Text(
                        "a weight is a number from 0 to 100 with at most two decimals",
                        "权重是 0 到 100 的数，最多两位小数",
                    ),
                    node.place,
                    Text("for example `1.5`; the usual weight is 1", "例如 `1.5`；通常为 1"),
                )
            else:
                weights[criterion.id] = weight
        return weights

    def _presumed(self, given: Mapping[str, Numbers], money: Money) -> Mapping[str, Numbers]:
        """Return what stands for figures that nobody gave, where sums are in another currency."""
        if money.rate is None or money.currency == self.rulebook.currency:
            return {}
        found = {}
        for assumption in self.rulebook.assumptions:
            usual = assumption.by_currency.get(money.currency)
            if usual is not None and assumption.id not in given:
                worth = usual * float(money.rate)
                found[assumption.id] = Numbers(worth, worth)
        return found

    def _assumptions(self, money: Money) -> Mapping[str, Numbers]:
        chosen = {}
        for assumption in self.rulebook.assumptions:
            value = self._answer(assumption.question, money)
            if assumption.question.kind is Kind.MONEY and not money.usable:
                continue
            if isinstance(value, Numbers):
                chosen[assumption.id] = value
        return chosen


def _decimal(text: str) -> Decimal | None:
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", text.strip()):
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return None

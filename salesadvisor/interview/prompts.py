"""Puts the steps of an interview in words: a question with its help, an answer as understood."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Protocol

from salesadvisor.advice.definitions import Advice
from salesadvisor.documents.node import Node, ScalarNode
from salesadvisor.documents.read import parse_document
from salesadvisor.documents.source import is_control
from salesadvisor.interview.session import Session
from salesadvisor.problems import Place, UserError
from salesadvisor.rulebook.amounts import UNANSWERED, AnswerError, currency_code
from salesadvisor.rulebook.answers import rate_key
from salesadvisor.rulebook.definitions import ChoiceQuestion, Kind, NumberQuestion, Question
from salesadvisor.rulebook.values import read_answer
from salesadvisor.rulebook.writing import answer_text, write_answer
from salesadvisor.text import Language, Text, on_one_line

UNKNOWN = "unknown"


class Move(Enum):
    """What a person can do instead of answering."""

    BACK = "back"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question as it is put to a person, in their language."""

    key: str
    heading: str  # how far we are, and where the advice leans
    words: str
    help: str
    why: str
    options: Mapping[str, str]  # id -> label; empty: an answer is typed
    several: bool  # a multiple choice
    exclusive: str | None
    current: str  # what was answered before, as it is written
    optional: bool  # an empty line is an answer
    check: Callable[[str], str | None]  # what is wrong with a typed answer, if anything is


class Asker(Protocol):
    """Puts questions to a person."""

    def ask(self, prompt: Prompt) -> str | Move:
        """Return the answer as it is written in an answer file, or a move."""

    def choose(self, words: str, choices: Mapping[str, str]) -> str | Move:
        """Return the id of the choice taken, or a move."""

    def say(self, words: str) -> None:
        """Show a line or more."""


@dataclass(frozen=True, slots=True)
class Step:
    """A thing to ask: a question, or one of the few other keys of an answer file."""

    key: str
    question: Question | None = None


class Wording:
    """What is said about the steps of one interview, in one language."""

    def __init__(self, session: Session, language: Language, defaults: Mapping[str, str]) -> None:
        self.session = session
        self.rulebook = session.rulebook
        self.language = language
        self.defaults = defaults

    def prompt(self, step: Step, heading: str, advice: Advice) -> Prompt:
        """Return the step as it is put to a person."""
        language = self.language
        if step.question is None:
            return self._other_prompt(step, heading)
        question = step.question
        options: Mapping[str, str] = {}
        exclusive = None
        if isinstance(question, ChoiceQuestion):
            options = {id: label[language] for id, label in question.options.items()}
            exclusive = question.exclusive
        help_text = question.help[language]
        if isinstance(question, NumberQuestion) and question.anchors:
            labels = (f"  {value} = {label[language]}" for value, label in question.anchors.items())
            help_text = "\n".join([help_text, *labels])
        if question.kind is Kind.MONEY:
            currency = self.session.answers.money.currency
            help_text += Text(f" (in {currency})", f"（以 {currency} 计）")[language]
        return Prompt(
            key=question.id,
            heading=heading,
            words=question.prompt[language],
            help=help_text,
            why=f"{question.why[language]}\n{self._hangs_on(question, advice)}",
            options=options,
            several=question.kind is Kind.MULTI,
            exclusive=exclusive,
            current=self._current(question),
            optional=False,
            check=lambda text: self.problem_with(question, text),
        )

    def _other_prompt(self, step: Step, heading: str) -> Prompt:
        own = self.rulebook.currency
        currency = self.session.answers.money.currency
        words, help_text, current = {
            "name": (
                Text("What shall we call this company?", "这家公司怎么称呼？"),
                Text(
                    "A label for the result; Enter leaves it out.",
                    "只用作结果的标签；直接回车就跳过。",
                ),
                self.session.written("name") or self.defaults.get("name", ""),
            ),
            "currency": (
                Text("In which currency do you give sums?", "金额用哪种货币？"),
                Text(
                    f"A code of three letters, such as USD, EUR or CNY. Enter: {self._usual_currency()}.",
                    f"三个字母的代码，如 CNY、USD、EUR。直接回车：{self._usual_currency()}。",
                ),
                "",
            ),
        }.get(
            step.key,
            (
                Text(f"1 {own} = ? {currency}", f"1 {own} = ? {currency}"),
                Text(
                    f"How many {currency} there are to 1 {own}. The rules are stated in {own}: "
                    "without a rate your sums can't be compared, and `?` leaves them out.",
                    f"1 {own} 兑多少 {currency}。规则里的金额以 {own} 计："
                    "没有汇率就无法比较，输入 `?` 则不使用金额。",
                ),
                _turned(self.session.written(step.key) or self.defaults.get(step.key, "")),
            ),
        )
        return Prompt(
            key=step.key,
            heading=heading,
            words=words[self.language],
            help=help_text[self.language],
            why=Text("It changes no advice.", "它不影响建议。")[self.language]
            if step.key == "name"
            else Text("The rules compare sums of money.", "规则要比较金额。")[self.language],
            options={},
            several=False,
            exclusive=None,
            current=current,
            optional=step.key in ("name", "currency"),
            check=lambda text: self._other_problem(step.key, text),
        )

    def _usual_currency(self) -> str:
        given = self.session.written("currency") or self.defaults.get("currency", "")
        own = _USUAL.get(self.language, self.rulebook.currency)
        return given or own

    def _current(self, question: Question) -> str:
        value = self.session.answers.given(question.id)
        if value is not None:
            node = self.session.root.get(question.id) if self.session.root else None
            return node.text if isinstance(node, ScalarNode) else write_answer(value, question)
        return "" if self.session.has(question.id) else self.defaults.get(question.id, "")

    def problem_with(self, question: Question, text: str) -> str | None:
        """Return what is wrong with a typed answer, in words."""
        try:
            node: Node | None = ScalarNode(text, Place(file=question.id), False, (1, 1))
            if text.lstrip().startswith(("[", "{")):
                node = parse_document(text, question.id)
            if node is not None:
                read_answer(node, question, self.session.answers.money)
        except AnswerError as problem:
            this, told = (
                Text("this answer ", "这一题")[self.language],
                problem.message[self.language],
            )
            told = told.replace(f"`{question.id}` ", this).replace(f" `{question.id}`", this)
            return f"{told} · {problem.hint[self.language]}"
        except UserError as error:
            return error.problems[0].message[self.language]
        return None

    def _other_problem(self, key: str, text: str) -> str | None:
        if key == "currency" and text.strip() and not re.fullmatch("[A-Z]{3}", currency_code(text)):
            return Text("three letters, such as USD, EUR or CNY", "三个字母，如 USD、EUR、CNY")[
                self.language
            ]
        if key == rate_key(self.rulebook):
            rate = _rate(text)
            if rate is None:
                words = Text("a number above 0, such as 7.2", "大于 0 的数，如 7.2")
                return words[self.language]
            return self._far_off(rate)
        return None

    def _far_off(self, rate: Decimal) -> str | None:
        """Return what is wrong with a rate that is far from what it roughly is."""
        own, currency = self.rulebook.currency, self.session.answers.money.currency
        rough = self.rulebook.rough_rates.get(currency)
        if rough is None or 1 / _FAR < float(rate) / rough < _FAR:
            return None
        usual = f"{1 / rough:.2g}"
        words = Text(
            f"1 {own} is about {usual} {currency}: please check",
            f"1 {own} 大约是 {usual} {currency}，请核对",
        )
        return words[self.language]

    def written_label(self, key: str, reply: str | Move) -> str:
        """Return the answer to one of the few steps that are no questions, as YAML."""
        if isinstance(reply, Move):
            return {"name": '""', "currency": self._usual_currency()}.get(key, "")
        if key == "name":
            return json.dumps("".join(c for c in reply if not is_control(c)), ensure_ascii=False)
        if key == "currency":
            return currency_code(reply) if reply.strip() else self._usual_currency()
        return f"{_rate(reply):f}"

    def understood(self, step: Step) -> str:
        """Return how a typed answer was understood, or nothing where there is nothing to say."""
        answers, question = self.session.answers, step.question
        if step.key == rate_key(self.rulebook) and answers.money.rate is not None:
            worth = f"{10_000 * answers.money.rate:,.2f}".rstrip("0").rstrip(".")
            sums = f"10,000 {answers.money.currency} = {worth} {self.rulebook.currency}"
            return Text(f"that is, {sums}", f"即 {sums}")[self.language]
        if question is None or question.kind.has_options:
            return ""
        if question.id in answers.unconverted:
            written = self.session.written(question.id)
            return Text(
                f"{written} {answers.money.currency}, not compared for want of a rate",
                f"{written} {answers.money.currency}，没有汇率，暂不参与比较",
            )[self.language]
        value = answers.given(question.id)
        return "" if value is None else answer_text(value, question, answers.money)[self.language]

    def review_line(self, step: Step) -> str:
        """Return the step with its answer, for the review."""
        language = self.language
        colon = Text(": ", "：")[language]
        if step.question is None:
            title = {
                "name": Text("Name", "名称"),
                "currency": Text("Currency", "货币"),
            }.get(step.key, Text("Exchange rate", "汇率"))
            shown = on_one_line(self.session.written(step.key))[:60]
            return f"{title[language]}{colon}{shown or '–'}"
        question = step.question
        if question.id in self.session.answers.unconverted:
            return f"{question.title[language]}{colon}{self.understood(step)}"
        value = self.session.answers.given(question.id)
        if value is None:
            return f"{question.title[language]}{colon}?"
        return f"{question.title[language]}{colon}{answer_text(value, question, self.session.answers.money)[language]}"

    def _hangs_on(self, question: Question, advice: Advice) -> str:
        """Return which rules, vetoes and patterns still hang on the question."""
        if question.id not in self.rulebook.question:
            return ""  # an assumption: rules read its likely value until it is answered
        ids = [id for id in advice.open_entries if question.id in self.rulebook.read_by[id]]
        if not ids:
            return Text("No open rule hangs on it any more.", "已经没有未定的规则取决于它。")[
                self.language
            ]
        shown = ", ".join(sorted(ids))
        return Text(f"Rules that hang on it: {shown}", f"取决于它的规则：{shown}")[self.language]


_USUAL = {Language.ZH: "CNY"}
"""The currency that most who read a language count in, where it is not the rulebook's."""
_FAR = 4
"""How many times a rate may be off what it roughly is."""


def _rate(text: str) -> Decimal | None:
    """Return what a unit is worth where so many of it, as `7.2`, are worth 1; to nine decimals."""
    shown = unicodedata.normalize("NFKC", text)
    found = re.fullmatch(r"\s*(1\s*/\s*)?([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*", shown)
    if found is None or not Decimal(found[2]):
        return None
    number = Decimal(found[2])
    return round(number if found[1] else 1 / number, 9) or None


def _turned(rate: str) -> str:
    """Return a saved rate as it is asked for."""
    return f"{1 / float(rate):.6g}" if re.fullmatch(r"[0-9.]+", rate) and float(rate) else ""


def as_yaml(text: str) -> str:
    """Return a typed value as YAML that reads back as the same text."""
    plain = re.fullmatch(
        r"[A-Za-z0-9$€£¥￥.+_%％ \u4e00-\u9fff-][A-Za-z0-9$€£¥￥.+_%％ ,\u4e00-\u9fff-]*", text
    )
    if plain and text[0] not in "-% " and not text.endswith(" "):
        return text
    return json.dumps(text, ensure_ascii=False)


def is_unknown(text: str) -> bool:
    """Return whether a typed answer says "I don't know"."""
    return text.strip().lower() in UNANSWERED

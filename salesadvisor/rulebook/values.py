"""Reads an answer by the kind of its question, so that `NO`, `012` or `12:30` stay what they are."""

from collections.abc import Iterable

from salesadvisor.documents.node import ListNode, Node, ScalarNode
from salesadvisor.language.possible import OneOf, SomeOf, Value
from salesadvisor.problems import Place, did_you_mean
from salesadvisor.rulebook.amounts import UNANSWERED, AnswerError, Money, read_numbers, short
from salesadvisor.rulebook.definitions import ChoiceQuestion, Kind, NumberQuestion, Question
from salesadvisor.text import Text


def read_answer(node: Node, question: Question, money: Money) -> Value | None:
    """Return the values that `node` leaves possible, or None when it says nothing.

    Raises:
        AnswerError: it is no answer to this question.
    """
    if isinstance(node, ScalarNode) and node.text.strip().lower() in UNANSWERED:
        return None
    match question:
        case NumberQuestion():
            return read_numbers(node, question, money)
        case ChoiceQuestion():
            return _read_options(node, question)


# Options.


def _read_options(node: Node, question: ChoiceQuestion) -> Value:
    if isinstance(node, ScalarNode):
        words = [(part.strip(), node.place) for part in node.text.split("|")]
    elif isinstance(node, ListNode):
        words = [(_scalar(item, question), item.place) for item in node.items]
    else:
        raise _wants_options(question)
    if question.kind is Kind.MULTI:
        return _several(words, question)
    ids = [_option(word, question, place) for word, place in words]
    if not ids:
        raise AnswerError(
            "empty-choice",
            Text("an empty list leaves no answer", "空列表等于没有任何答案"),
            Text("leave the line out if you don't know", "不知道就不要写这一行"),
        )
    _refuse_repeats(ids, words)
    return OneOf(frozenset(ids))


def _several(words: list[tuple[str, Place]], question: ChoiceQuestion) -> SomeOf:
    exclusive = question.exclusive
    if not words and exclusive is not None:
        only = frozenset({exclusive})
        return SomeOf(only, only)
    ids = [_option(word.removesuffix("?").strip(), question, place) for word, place in words]
    _refuse_repeats(ids, words)
    certain = frozenset(
        id for id, (word, _) in zip(ids, words, strict=True) if not word.endswith("?")
    )
    possible = frozenset(ids)
    if (exclusive in certain and len(possible) > 1) or (
        certain and exclusive in possible - certain
    ):
        raise AnswerError(
            "exclusive-option",
            Text(
                f"`{exclusive}` excludes every other option",
                f"选了 `{exclusive}` 就不能再选其他项",
            ),
            Text("keep one or the other", "请只保留其中一种"),
        )
    return SomeOf(certain, possible)


def _option(word: str, question: ChoiceQuestion, place: Place) -> str:
    if word in question.options:
        return word
    raise AnswerError(
        "unknown-option",
        Text(
            f"`{short(word)}` is not an option of `{question.id}`",
            f"`{question.id}` 没有 `{short(word)}` 这个选项",
        ),
        did_you_mean(word, question.options),
        place,
    )


def _refuse_repeats(ids: Iterable[str], words: list[tuple[str, Place]]) -> None:
    seen: set[str] = set()
    for id, (_, place) in zip(ids, words, strict=True):
        if id in seen:
            raise AnswerError(
                "option-twice",
                Text(f"`{id}` stands here twice", f"`{id}` 写了两次"),
                Text("keep one", "请只保留一个"),
                place,
            )
        seen.add(id)


def _scalar(node: Node, question: ChoiceQuestion) -> str:
    if isinstance(node, ScalarNode):
        return node.text.strip()
    raise _wants_options(question)


def _wants_options(question: ChoiceQuestion) -> AnswerError:
    several = question.kind is Kind.MULTI
    return AnswerError(
        "wrong-kind",
        Text(
            f"`{question.id}` is answered with {'options' if several else 'an option'}",
            f"`{question.id}` 要填选项",
        ),
        Text("one of: " + ", ".join(question.options), "可选：" + "、".join(question.options)),
    )

"""What a rulebook must not have, to be a table: ids that are the same there, too many options."""

from collections.abc import Iterable

from salesadvisor.batch.clauses import WORD
from salesadvisor.batch.worlds import Columns
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.rulebook.definitions import ChoiceQuestion, Kind
from salesadvisor.text import Text


def require_bits(columns: Columns) -> None:
    """Check that the options that may be chosen together fit into one number.

    Raises:
        UserError: they don't.
    """  # noqa: DOC501 -- made by `_refused`
    question = columns.question
    if (
        question.kind is Kind.MULTI
        and isinstance(question, ChoiceQuestion)
        and len(question.options) > WORD
    ):
        message = Text(
            f"`{question.id}` has {len(question.options)} options, more than {WORD}",
            f"`{question.id}` 有 {len(question.options)} 个选项，超过 {WORD} 个",
        )
        hint = Text("ask in two questions", "请分成两个问题来问")
        raise _refused("too-many-options", message, hint)


def require_apart(names: Iterable[str]) -> None:
    """Check that no column has the name of another, to an engine that ignores case.

    Raises:
        UserError: one has.
    """  # noqa: DOC501 -- made by `_refused`
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            message = Text(
                f"in a table `{name}` would stand for two things",
                f"在表格里 `{name}` 会同时指两样东西",
            )
            hint = Text(
                "give a question, formula or rule of that name another id; case does not count",
                "请把同名的问题、公式或规则改个 id；不区分大小写",
            )
            raise _refused("names-collide", message, hint)
        seen.add(name.lower())


def _refused(code: str, message: Text, hint: Text) -> UserError:
    place = Place(file="--rules")
    return UserError([Problem(code=code, message=message, place=place, hint=hint)])

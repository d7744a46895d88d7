"""`salesadvisor check`: are these answer files right?"""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from salesadvisor.cli.files import answer_files, readable
from salesadvisor.cli.options import LangOption, ProblemsOption, RulesOption
from salesadvisor.cli.streams import SESSION, ProblemsFormat, emit, tell_problems
from salesadvisor.problems import UserError
from salesadvisor.text import Text, visible


def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Answer files, folders of them; `-` is standard input."
        ),
    ],
    rules: RulesOption = None,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
) -> None:
    """Check answer files: every problem of every file, with its place and a hint.

    \b
    Examples:
      salesadvisor check answers.yaml
      salesadvisor check customers/*.yaml --problems github
    """
    from salesadvisor.rulebook.answers import load_answers
    from salesadvisor.rulebook.cache import load_rulebook

    rulebook = load_rulebook(rules)
    wrong = 0
    found = list(answer_files(files))
    for path in found:
        try:
            load_answers(readable(path), rulebook)
        except UserError as error:
            tell_problems(error)
            wrong += 1
    count = len(found)
    if wrong:
        raise typer.Exit(1)
    shown = " ".join(shlex.quote(visible(str(path))) for path in files)
    emit(
        Text(f"no problems (files: {count})", f"没有问题（文件数：{count}）")[SESSION.language]
        + "\n"
        + Text("Next: ", "下一步：")[SESSION.language]
        + f"salesadvisor advise {shown}\n"
    )

"""`salesadvisor rules …`: working on a rulebook."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salesadvisor.cli.calibrate import calibrate
from salesadvisor.cli.options import (
    Format,
    LangOption,
    PlainColorOption,
    ProblemsOption,
    RulesOption,
)
from salesadvisor.cli.questions import unknown_id
from salesadvisor.cli.sql import sql
from salesadvisor.cli.streams import SESSION, Page, ProblemsFormat, emit, result_page, tell_problems
from salesadvisor.problems import UserError, refuse
from salesadvisor.text import Text, visible

if TYPE_CHECKING:
    from salesadvisor.rulebook.definitions import Rulebook
    from salesadvisor.rulebook.folder import RuleFolder

app = typer.Typer(
    help="""The rulebook: read it, check it, test it, make one of your own.

    \b
    Examples:
      salesadvisor rules list
      salesadvisor rules new my-rules
    """,
    rich_markup_mode=None,
    no_args_is_help=True,
)

DirArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[DIR]", help="A rulebook's folder; the built-in one if left out."),
]


@app.command("list")
def list_(
    rules: RulesOption = None,
    format_: Annotated[
        Format, typer.Option("--format", "-f", help="table, json or jsonl.")
    ] = Format.TABLE,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """List the rules with their points, the vetoes and the patterns.

    \b
    Examples:
      salesadvisor rules list
      salesadvisor rules list --rules my-rules --lang zh
    """
    from salesadvisor.report import entry as report
    from salesadvisor.report.record import write_json
    from salesadvisor.rulebook.cache import load_rulebook

    if format_ is Format.MARKDOWN:
        raise typer.BadParameter("rules come as table, json or jsonl")
    rulebook = load_rulebook(rules)
    page = result_page()
    if format_ is Format.TABLE:
        report.render_list(rulebook, SESSION.language, page, color=SESSION.color)
    else:
        records = [
            report.entry_record(e.id, e, rulebook, SESSION.language) for e in rulebook.entries
        ]
        for record in [records] if format_ is Format.JSON else records:
            write_json(record, page, indent=2 if format_ is Format.JSON else None)
    emit(page.getvalue())


@app.command()
def show(
    id_: Annotated[
        str,
        typer.Argument(metavar="ID", help="Anything with an id: Y01, V03, H-A, gp_life, S58, acv."),
    ],
    rules: RulesOption = None,
    format_: Annotated[
        Format, typer.Option("--format", "-f", help="table or json.")
    ] = Format.TABLE,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """Show one entry: condition, points, reason, sources with their status, place, examples.

    \b
    Examples:
      salesadvisor rules show Y01
      salesadvisor rules show S58 --lang zh
    """
    from salesadvisor.report import entry as report
    from salesadvisor.report import question as question_report
    from salesadvisor.report.record import write_json
    from salesadvisor.rulebook.cache import rulebook_in
    from salesadvisor.rulebook.folder import read_folder

    folder = read_folder(rules)
    rulebook = rulebook_in(folder)
    page = result_page()
    language = SESSION.language
    entries = report.entries_of(rulebook)
    opinions = rulebook.second_opinions
    frameworks = {f.id: f for f in opinions.frameworks} if opinions is not None else {}
    table = format_ in (Format.TABLE, Format.MARKDOWN)
    if id_ in rulebook.question:
        question = rulebook.question[id_]
        if table:
            question_report.render_one(question, rulebook, language, page, color=SESSION.color)
        else:
            write_json(question_report.question_record(question, rulebook, language), page)
    elif id_ in entries:
        if table:
            report.render_one(id_, entries[id_], rulebook, language, page, color=SESSION.color)
        else:
            write_json(report.entry_record(id_, entries[id_], rulebook, language), page)
    elif id_ in frameworks:
        from salesadvisor.report.why_opinion import framework_record, render_framework

        framework = frameworks[id_]
        if table:
            render_framework(framework, rulebook, language, page, color=SESSION.color)
        else:
            write_json(framework_record(framework, language), page)
    else:
        known = [*entries, *rulebook.question, *frameworks]
        _show_statement(id_, rulebook, folder, known, page)
    emit(page.getvalue())


def _show_statement(
    id_: str, rulebook: "Rulebook", folder: "RuleFolder", known: list[str], page: Page
) -> None:
    """Show a numbered statement of a source: where the rulebook uses it."""
    from salesadvisor.report.entry import citing
    from salesadvisor.rulebook.comparison import load_comparison
    from salesadvisor.rulebook.definitions import find_source

    source = find_source(rulebook.sources, id_)
    if source is None:
        raise UserError([unknown_id(id_, known)])
    language = SESSION.language
    page.write(f"{id_}  {source.title[language]}\n{source.covers[language]}\n")
    rules_citing = citing(id_, rulebook)
    if rules_citing:
        page.write(Text("rules: ", "规则：")[language] + ", ".join(rules_citing) + "\n")
    for section in load_comparison(folder, rulebook):
        facts = [fact for row in section.rows for fact in row.cells.values()]
        for fact in (*facts, *section.notes):
            if id_ in fact.evidence.sources:
                page.write(f"{section.title[language]}: {fact.text[language]}\n")


@app.command()
def check(
    folder: DirArgument = None,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
) -> None:
    """Check a rulebook: every problem of every file, and rules that can never or always hold.

    \b
    Examples:
      salesadvisor rules check
      salesadvisor rules check my-rules --problems github
    """
    from salesadvisor.commission.roles import load_pay
    from salesadvisor.commission.template import check_roles
    from salesadvisor.engine.consistency import find_inconsistencies
    from salesadvisor.rulebook.comparison import load_comparison
    from salesadvisor.rulebook.folder import read_folder, with_line
    from salesadvisor.rulebook.loader import read_rulebook
    from salesadvisor.rulebook.playbooks import load_playbooks

    files = read_folder(folder)
    rulebook = read_rulebook(files)
    found = [with_line(problem, files) for problem in find_inconsistencies(rulebook)]
    load_comparison(files, rulebook)
    load_playbooks(files, rulebook)
    pay = load_pay(files, rulebook)
    if pay is not None:
        check_roles(pay)
    if found:
        raise UserError(found)
    counts = {
        Text("questions", "问题"): len(rulebook.questions),
        Text("rules", "规则"): len(rulebook.rules),
        Text("vetoes", "排除条件"): len(rulebook.vetoes),
        Text("patterns", "混合依据"): len(rulebook.patterns),
        Text("notes", "行动提示"): len(rulebook.notes),
        Text("sources", "来源"): len(rulebook.sources),
    }
    language = SESSION.language
    shown = ", ".join(f"{words[language]}: {count}" for words, count in counts.items())
    emit(
        f"{visible(files.label)}: "
        + Text("no problems", "没有问题")[language]
        + f" ({shown})\n"
        + _next(f"rules test{_named(folder)}")
    )


@app.command()
def schema(
    of: Annotated[
        str, typer.Argument(metavar="[commission]", help="Of which file: a commission plan.")
    ] = "commission",
) -> None:
    """Print the JSON Schema of a file, for editors: draft 2020-12.

    \b
    Examples:
      salesadvisor rules schema > commission.schema.json
      salesadvisor rules schema commission
    """
    from salesadvisor.commission.schema import plan_schema
    from salesadvisor.report.record import write_json

    if of != "commission":
        raise typer.BadParameter(f"there is no schema of `{visible(of)}`; there is: commission")
    page = result_page()
    write_json(plan_schema(), page)
    emit(page.getvalue())


@app.command("test")
def run_examples(
    folder: DirArgument = None,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
) -> None:
    """Run the examples beside the rules, and the companies in the folder's `tests/`.

    \b
    Examples:
      salesadvisor rules test
      salesadvisor rules test my-rules
    """
    from salesadvisor.advice.expectations import run_tests
    from salesadvisor.rulebook.folder import read_folder, with_line
    from salesadvisor.rulebook.loader import read_rulebook

    files = read_folder(folder)
    outcome = run_tests(read_rulebook(files), files.path)
    failed = len(outcome.failures)
    if failed:
        tell_problems(UserError([with_line(problem, files) for problem in outcome.failures]))
    emit(
        Text(
            f"{visible(files.label)}: {outcome.run} run, {failed} failed",
            f"{visible(files.label)}：运行 {outcome.run} 项，失败 {failed} 项",
        )[SESSION.language]
        + "\n"
    )
    if failed:
        raise typer.Exit(1)
    emit(_next(f"advise answers.yaml{_named(folder, '--rules ')}"))


def _next(command: str) -> str:
    """Return the line that says which command is worth running next."""
    return Text("Next: ", "下一步：")[SESSION.language] + f"salesadvisor {command}\n"


def _named(folder: Path | None, option: str = "") -> str:
    return "" if folder is None else f" {option}{shlex.quote(visible(str(folder)))}"


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    rules: RulesOption = None,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback
) -> None:
    """Make a copy of the rulebook to edit.

    \b
    Examples:
      salesadvisor rules new my-rules
      salesadvisor advise answers.yaml --rules my-rules
    """
    from salesadvisor.rulebook.folder import read_folder

    _copy(read_folder(rules), folder)
    shown = shlex.quote(visible(str(folder)))
    emit(
        Text(
            f"{shown} is yours to edit. Next:\n  salesadvisor rules check {shown}\n"
            f"  salesadvisor rules test {shown}\n",
            f"{shown} 可以随意修改。下一步：\n  salesadvisor rules check {shown}\n"
            f"  salesadvisor rules test {shown}\n",
        )[SESSION.language]
    )


def _copy(files: "RuleFolder", folder: Path) -> None:
    import shutil

    try:
        if folder.resolve().is_relative_to(files.path.resolve()):
            refuse(
                folder,
                "output-is-input",
                Text("this lies inside the rulebook to copy", "这在要复制的规则库里面"),
                Text("name a folder elsewhere", "请换一个位置"),
            )
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            refuse(
                folder,
                "file-exists",
                Text("there is something here already", "这里已经有内容了"),
                Text("name a folder that does not exist", "请换一个不存在的文件夹名"),
            )
        folder.mkdir(parents=True, exist_ok=True)
        for file in files.files:
            shutil.copyfile(file.path, folder / file.path.name)
        for part in ("cases", "examples", "playbooks", "tests"):
            if (files.path / part).is_dir():
                shutil.copytree(files.path / part, folder / part, copy_function=shutil.copyfile)
    except OSError as error:
        reason = error.strerror or str(error)
        refuse(
            folder,
            "cannot-write",
            Text(f"cannot be written: {reason}", f"无法写入：{reason}"),
            Text("is there room, and may you write there?", "空间够吗？有写入权限吗？"),
        )


app.command("calibrate")(calibrate)
app.command("sql")(sql)

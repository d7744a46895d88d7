"""`salesadvisor batch`: many records, one decision each."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salesadvisor.cli.options import (
    AssumeOption,
    ForceOption,
    LangOption,
    PlainColorOption,
    ProblemsOption,
    QuietOption,
    RulesOption,
    WeightOption,
)
from salesadvisor.cli.settings import read_settings
from salesadvisor.cli.streams import (
    SESSION,
    Page,
    ProblemsFormat,
    emit,
    result_page,
    tell,
    write_file,
)
from salesadvisor.problems import Interrupted
from salesadvisor.text import Text

if TYPE_CHECKING:
    from salesadvisor.batch.job import Progress
    from salesadvisor.batch.summary import Summary
    from salesadvisor.rulebook.definitions import Rulebook
    from salesadvisor.rulebook.settings import Setting


class Engine(StrEnum):
    """What decides the records."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class Kind(StrEnum):
    """What is in a file whose name does not say it."""

    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"
    YAML = "yaml"
    PARQUET = "parquet"


class Parts(StrEnum):
    """As what the files in an output folder are written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def batch(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="YAML, JSON, JSONL, CSV or Parquet files (also .gz), folders, patterns, `-`.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="A .csv, .jsonl or .parquet file; any other name: a folder, a file per input.",
        ),
    ],
    engine: Annotated[
        Engine, typer.Option("--engine", help="duckdb: this machine; spark: a cluster.")
    ] = Engine.DUCKDB,
    master: Annotated[
        str, typer.Option("--master", metavar="URL", help="Of Spark: local[2], spark://…, yarn.")
    ] = "local[*]",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was interrupted.")
    ] = False,
    errors: Annotated[
        Path | None,
        typer.Option(
            "--errors", metavar="FILE", help="Where rejected records go; else OUT.errors.jsonl."
        ),
    ] = None,
    summary: Annotated[
        Path | None,
        typer.Option("--summary", metavar="FILE", help="Write the summary as JSON, too."),
    ] = None,
    carry: Annotated[
        list[str] | None,
        typer.Option("--carry", metavar="COLUMN", help="A further column to keep as it is."),
    ] = None,
    input_format: Annotated[
        Kind | None,
        typer.Option("--input-format", help="Of inputs whose name does not say it; `-` is csv."),
    ] = None,
    parts: Annotated[
        Parts, typer.Option("--parts", help="As what files in an output folder are written.")
    ] = Parts.CSV,
    memory: Annotated[
        str, typer.Option("--memory", metavar="SIZE", help="The engine's memory limit.")
    ] = "1GB",
    raw_cells: Annotated[
        bool,
        typer.Option(
            "--raw-cells",
            help="Write texts to CSV as they are, even if a spreadsheet would run them.",
        ),
    ] = False,
    weight: WeightOption = None,
    assume: AssumeOption = None,
    rules: RulesOption = None,
    force: ForceOption = False,
    lang: LangOption = None,  # noqa: ARG001 -- read by its callback, like the next three
    problems: ProblemsOption = ProblemsFormat.TEXT,  # noqa: ARG001
    quiet: QuietOption = False,
    no_color: PlainColorOption = False,  # noqa: ARG001
) -> None:
    """Decide many records: an accelerator's files, a CRM's accounts, a table of millions.

    \b
    Examples:
      salesadvisor batch accounts.csv --output advice.csv
      salesadvisor batch companies/ --output advice.parquet --summary summary.json
    """
    if not re.fullmatch(r"[1-9][0-9]{0,6}(\.[0-9]+)? ?(MB|GB|TB|MiB|GiB|TiB)", memory):
        raise typer.BadParameter("--memory is a size, such as 512MB or 2GB")
    from salesadvisor.batch.inputs import find_inputs
    from salesadvisor.batch.output import Form, form_of_name
    from salesadvisor.rulebook.cache import load_rulebook

    rulebook = load_rulebook(rules)
    settings = tuple(read_settings(rulebook, None, weight, assume))
    if engine is Engine.SPARK:
        if resume or summary is not None:
            raise typer.BadParameter(
                "with --engine spark there is no --resume and no --summary: Spark repeats lost work itself"
            )
        kind = _kind_of_all(inputs, input_format)
        _on_spark(
            rulebook, settings, inputs, kind, output, parts, errors, tuple(carry or ()), master,
            defuse=not raw_cells, force=force,
        )  # fmt: skip
        return
    found = find_inputs(inputs, None if input_format is None else str(input_format))
    form = form_of_name(output)
    if form is None and output.suffix and not output.is_dir():
        raise typer.BadParameter(
            "--output ends in .csv, .jsonl or .parquet, or is the name of a folder"
        )
    if output.name in ("", "-", ".."):
        raise typer.BadParameter("--output names a file, or a folder of its own")
    errors = errors or output.with_name(f"{output.name}.errors.jsonl")
    carried = tuple(carry or ())
    _require_free_names(carried, rulebook)
    from salesadvisor.batch.job import Job, run, targets_of
    from salesadvisor.cli.batch_outputs import require_room

    targets = tuple(targets_of(found, output, form or Form(parts), in_parts=form is None))
    require_room(output, targets, errors, summary, found, force=force, resume=resume)

    def note(came_of_it: "Summary") -> None:
        if summary is not None:
            _save(came_of_it, rulebook, summary)

    from_files = all(each.path is not None for each in found)  # standard input is gone by then
    with _bar(quiet=quiet) as watch, _said_how_to_go_on(output, can_go_on=from_files):
        came_of_it = run(
            Job(
                rulebook=rulebook,
                inputs=found,
                settings=settings,
                output=output,
                form=form or Form(parts),
                in_parts=form is None,
                errors=errors,
                carried=carried,
                memory=memory,
                defuse=not raw_cells,
                resume=resume,
                language=SESSION.language,
            ),
            watch,
            note,
        )
    _show(came_of_it, rulebook, output, errors, quiet=quiet)
    if came_of_it.rejected:
        raise typer.Exit(1)


def _kind_of_all(inputs: Sequence[str], given: Kind | None) -> str:
    """Return what is in the inputs: Spark reads all of them alike."""
    if given is not None:
        return str(given)
    suffixes = {name.rstrip("/").removesuffix(".gz").rpartition(".")[2].lower() for name in inputs}
    kinds = {"csv": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet"}
    found = {kinds.get(suffix, "") for suffix in suffixes}
    if len(found) != 1 or "" in found:
        raise typer.BadParameter(
            "Spark reads csv, jsonl or parquet, all inputs alike; say which with --input-format"
        )
    return found.pop()


def _on_spark(
    rulebook: "Rulebook", settings: "Sequence[Setting]", inputs: Sequence[str], kind: str,
    output: Path, parts: Parts, errors: Path | None, carried: tuple[str, ...], master: str,
    *, defuse: bool, force: bool,
) -> None:  # fmt: skip
    from salesadvisor.batch.output import Form
    from salesadvisor.batch.spark_engine import SparkJob, run_on_spark

    target = address(output)
    _require_free_names(carried, rulebook)
    where = address(errors) if errors is not None else f"{target}.errors"
    counts = run_on_spark(
        SparkJob(
            rulebook=rulebook, inputs=tuple(inputs), kind=kind, settings=tuple(settings),
            output=target, errors=where, form=Form(parts), carried=carried, master=master,
            defuse=defuse, force=force, language=SESSION.language,
        )
    )  # fmt: skip
    told = Text(
        f"{counts.records:,} records in, {counts.rows:,} out, {counts.rejected:,} rejected: {target}",
        f"读入 {counts.records:,} 条，输出 {counts.rows:,} 条，拒绝 {counts.rejected:,} 条：{target}",
    )[SESSION.language]
    emit(told + "\n")
    if counts.rejected:
        raise typer.Exit(1)


def address(path: Path) -> str:
    """Return a path as Spark takes it: a name of a file system keeps its two slashes."""
    return re.sub(r"^([a-z0-9]+):/(?=[^/])", r"\1://", str(path))


def _require_free_names(carried: Sequence[str], rulebook: "Rulebook") -> None:
    from salesadvisor.batch.output import decision_names

    taken = [name for name in carried if name in decision_names(rulebook)]
    if taken:
        raise typer.BadParameter(f"--carry {taken[0]}: the output has a column of that name")


@contextmanager
def _bar(*, quiet: bool) -> "Iterator[Callable[[Progress], None]]":
    """Show how far a run is: on standard error, on a terminal only."""
    import sys

    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from salesadvisor.report.progress import bar

    with bar(SESSION.language, color=SESSION.color) as watch:
        yield watch


@contextmanager
def _said_how_to_go_on(output: Path, *, can_go_on: bool) -> Iterator[None]:
    """Say, when a run is interrupted, that nothing is lost; of standard input, all is."""
    try:
        yield
    except BaseException as error:
        unfinished = output.with_name(f"{output.name}.unfinished").is_dir()
        if (
            can_go_on
            and unfinished
            and (isinstance(error, Interrupted) or not isinstance(error, Exception))
        ):
            tell(
                Text(
                    "interrupted: what is done is kept; the same command with --resume goes on",
                    "已中断：做完的部分都在，同样的命令加上 --resume 就会继续",
                )[SESSION.language]
            )
        raise


def _show(
    summary: "Summary", rulebook: "Rulebook", output: Path, errors: Path, *, quiet: bool
) -> None:
    from salesadvisor.report import batch as report

    page = result_page()
    where = errors if summary.rejected else None
    if quiet:
        report.render_line(summary, SESSION.language, page, output, where)
    else:
        report.render(summary, rulebook, SESSION.language, page, output, where, color=SESSION.color)
    emit(page.getvalue())


def _save(summary: "Summary", rulebook: "Rulebook", path: Path) -> None:
    from salesadvisor.report.batch import summary_record
    from salesadvisor.report.record import write_json

    page = Page(None)
    write_json(summary_record(summary, rulebook, SESSION.language), page)
    write_file(path, page.getvalue(), force=True)

"""Spark, on this machine or a cluster: the same blocks, in its Python workers.

It reads what Spark reads and writes what Spark writes: a folder of part files. Lost work is
repeated by Spark itself; the folder appears under its name when it is whole. Rows have no order.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from salesadvisor.batch.failures import error_record
from salesadvisor.batch.inputs import check_columns
from salesadvisor.batch.output import Form, output_types
from salesadvisor.batch.records import Chunk, Rejected, node_of_cells
from salesadvisor.documents.node import MapNode
from salesadvisor.engine.tables import Tables
from salesadvisor.engine.tabulation import keep_tables, tables_of
from salesadvisor.problems import Place, Problem, refuse
from salesadvisor.rulebook.answers import answers_from_settings
from salesadvisor.rulebook.definitions import Rulebook
from salesadvisor.rulebook.settings import Setting
from salesadvisor.text import Language, Text

_BROKEN = "_broken_record"
_ERRORS = "_errors"
_BATCH = 20_000
"""Records of a block: a worker holds one at a time."""


class SparkJob(Struct, frozen=True, kw_only=True):
    """What a run is to do."""

    rulebook: Rulebook
    inputs: tuple[str, ...]  # paths as Spark takes them
    kind: str  # of all inputs: csv, jsonl or parquet
    settings: tuple[Setting, ...]
    output: str
    errors: str
    form: Form
    carried: tuple[str, ...]
    master: str
    defuse: bool
    force: bool  # whether to replace an output that is there
    language: Language


class SparkCounts(Struct, frozen=True):
    """What came of a run."""

    records: int
    rows: int
    rejected: int


def run_on_spark(job: SparkJob) -> SparkCounts:
    """Do the job; return what came of it.

    Raises:
        UserError: Spark is not installed, or an input is wrong.
        RuntimeError: records were lost, which must never be.
    """
    spark = _session(job.master)
    try:
        counts = _Run(job, spark).run()
    finally:
        spark.stop()
    if counts.records != counts.rows + counts.rejected:
        raise RuntimeError(f"{counts}")
    return counts


def _session(master: str) -> Any:  # noqa: ANN401 -- Spark is not always installed
    try:
        from pyspark.sql import SparkSession
        from pyspark.sql.pandas import utils

        utils.require_minimum_pandas_version()
        utils.require_minimum_pyarrow_version()
    except ImportError:
        refuse(
            "--engine",
            "no-spark",
            Text("Spark is not installed", "没有安装 Spark"),
            Text("pip install 'salesadvisor[spark]'", "pip install 'salesadvisor[spark]'"),
        )
    if master.startswith("local"):  # on a cluster its own settings say which Python it has
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("salesadvisor").master(master)
    spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


class _Run:
    def __init__(self, job: SparkJob, spark: Any) -> None:  # noqa: ANN401
        self.job = job
        self.spark = spark
        answers_from_settings(job.rulebook, job.settings)  # says what is wrong with them

    def run(self) -> SparkCounts:
        from pyspark import StorageLevel
        from pyspark.sql import functions

        job = self.job
        self._require_room()
        records = self._read()
        names = tuple(name for name in records.columns if name != _BROKEN)
        place = Place(file=job.inputs[0], line=1, column=1)
        labels = check_columns(names, place, job.rulebook, job.carried)
        columns = output_types(job.rulebook, labels, job.form)
        schema = ", ".join(f"`{name}` {type_}" for name, type_ in columns.items())
        kept = self.spark.sparkContext.broadcast((job, tables_of(job.rulebook, {})))
        decide = _decider(kept, labels)
        decided = records.mapInArrow(decide, f"{schema}, `{_ERRORS}` string")
        decided = decided.persist(StorageLevel.MEMORY_AND_DISK)
        is_wrong = functions.col(_ERRORS).isNotNull()
        rows = decided.where(~is_wrong).drop(_ERRORS)
        wrong = decided.where(is_wrong).select(_ERRORS)
        counts = SparkCounts(records=records.count(), rows=rows.count(), rejected=wrong.count())
        self._write(rows)
        self._write_errors(wrong, counts.rejected)
        return counts

    def _read(self) -> Any:  # noqa: ANN401
        from pyspark.errors import AnalysisException

        try:
            return self._table()
        except AnalysisException as error:  # there is no such file, or none of that kind
            reason = str(error).splitlines()[0][:200]
            refuse(
                ", ".join(self.job.inputs),
                "cannot-read",
                Text(f"cannot be read: {reason}", f"无法读取：{reason}"),
                Text("does every worker see this path?", "每台机器都能读到这个路径吗？"),
            )

    def _table(self) -> Any:  # noqa: ANN401
        """Return the records as texts."""
        from pyspark.sql import functions
        from pyspark.sql.types import StringType, StructField, StructType

        job, reader = self.job, self.spark.read
        match job.kind:
            case "csv":
                header = reader.text(job.inputs[0]).first()
                first = "" if header is None else str(header[0]).removeprefix("\ufeff")
                names = _cells_of(first)
                fields = [StructField(name, StringType()) for name in (*names, _BROKEN)]
                return reader.csv(
                    list(job.inputs), schema=StructType(fields), header=True, quote='"', escape='"',
                    multiLine=True, mode="PERMISSIVE", columnNameOfCorruptRecord=_BROKEN,
                    enforceSchema=False,
                )  # fmt: skip
            case "jsonl":
                records = reader.json(list(job.inputs), primitivesAsString=True)
            case _:
                records = reader.parquet(*job.inputs)
        texts = []
        for name, type_ in records.dtypes:
            whole = functions.col(f"`{name}`")
            if type_.startswith("array"):
                texts.append(functions.array_join(whole, "|").alias(name))
            elif type_.startswith("struct"):
                ends = [functions.coalesce(whole[e], functions.lit("")) for e in ("min", "max")]
                texts.append(functions.concat_ws("..", *ends).alias(name))
            else:
                texts.append(
                    functions.regexp_replace(whole.cast("string"), r"^(-?\d+)\.0$", "$1").alias(
                        name
                    )
                )
        broken = functions.lit(None).cast("string").alias(_BROKEN)
        return records.select(*texts, broken)

    def _write(self, rows: Any) -> None:  # noqa: ANN401
        waiting = f"{self.job.output}.unfinished"
        writer = rows.write.mode("overwrite")
        match self.job.form:
            case Form.CSV:
                writer.csv(waiting, header=True, quote='"', escape='"', emptyValue="")
            case Form.JSONL:
                writer.json(waiting, ignoreNullFields=False)
            case Form.PARQUET:
                writer.parquet(waiting)
        self._put_in_place(waiting, self.job.output)

    def _write_errors(self, wrong: Any, count: int) -> None:  # noqa: ANN401
        if count:
            waiting = f"{self.job.errors}.unfinished"
            wrong.write.mode("overwrite").text(waiting)
            self._put_in_place(waiting, self.job.errors)
        else:
            system, path = self._place(self.job.errors)
            system.delete(path, True)  # an earlier run's would lie beside a clean output

    def _require_room(self) -> None:
        """Check that no output is there.

        Raises:
            UserError: there is one, and it is not to be replaced.
        """
        for target in (self.job.output, self.job.errors):
            system, path = self._place(target)
            if system.exists(path) and not self.job.force:
                refuse(
                    target,
                    "file-exists",
                    Text("there is something here already", "这里已经有内容了"),
                    Text("add `--force` to replace it", "加上 `--force` 就会替换它"),
                )

    def _place(self, target: str) -> tuple[Any, Any]:
        """Return the file system of a path, and the path, as Hadoop has them."""
        path = self.spark._jvm.org.apache.hadoop.fs.Path(target)
        return path.getFileSystem(self.spark._jsc.hadoopConfiguration()), path

    def _put_in_place(self, waiting: str, target: str) -> None:
        """Let a folder appear under its name, whole, on whatever file system it lies.

        Raises:
            UserError: the file system refuses.
        """
        system, path = self._place(waiting)
        _, goal = self._place(target)
        _, before = self._place(f"{waiting}.before")
        system.delete(before, True)
        replaced = system.exists(goal) and system.rename(goal, before)
        done = system.rename(path, goal)
        if done:
            system.delete(before, True)
        elif replaced:
            system.rename(before, goal)
        if not done:
            refuse(
                target,
                "cannot-write",
                Text("cannot be renamed", "无法改名"),
                Text(f"the result lies in {waiting}", f"结果在 {waiting}"),
            )


# In the workers.

_Decide = Callable[[Iterator[Any]], Iterator[Any]]


def _decider(kept: Any, labels: Sequence[str]) -> _Decide:  # noqa: ANN401 -- a broadcast value
    """Return what decides the Arrow batches of a partition."""

    def decide(batches: Iterator[Any]) -> Iterator[Any]:
        worker = _worker_of(*kept.value)
        for batch in batches:
            for begin in range(0, batch.num_rows, _BATCH):
                yield from worker.decide(batch.slice(begin, _BATCH), labels)

    return decide


class _Worker:
    """What a worker makes once, however many partitions it is given."""

    def __init__(self, job: SparkJob) -> None:
        from salesadvisor.batch.chunks import Chunks, connect
        from salesadvisor.batch.deciding import Decider

        answers = answers_from_settings(job.rulebook, job.settings)
        decider = Decider(job.rulebook, answers.weights, answers.assumptions, processes=1)
        self.job = job
        self.connection = connect("1GB", Path(tempfile.gettempdir()))
        self.connection.execute("SET threads = 1")  # Spark has its own
        self.chunks = Chunks(decider, job.settings, job.carried, self.connection, defuse=job.defuse)

    def decide(self, batch: Any, labels: Sequence[str]) -> Iterator[Any]:  # noqa: ANN401
        """Yield the rows of an Arrow batch, and what is wrong with the others."""
        import pyarrow

        table = pyarrow.Table.from_batches([batch])
        broken = table.column(_BROKEN)
        whole = table.filter(broken.is_null()).drop_columns([_BROKEN])
        self.connection.register("given", whole)
        chunk = Chunk(
            relation="given", names=tuple(whole.column_names), after=0, done=None,
            rows=whole.num_rows, nodes=partial(self._nodes, whole),
            rejected=tuple(map(self._broken, broken.drop_null().to_pylist())),
        )  # fmt: skip
        decided = self.chunks.decide(chunk, labels, lambda *_: None)
        query = self.chunks.rows(decided, labels, labels, self.job.form)
        shown = f"SELECT *, NULL::VARCHAR AS {_ERRORS} FROM ({query})"
        found: Any = self.connection.execute(shown).to_arrow_table()
        for name in ("decided", "given"):
            self.connection.unregister(name)
        yield from found.to_batches()
        lines = [self._told(rejected) for rejected in decided.rejected]
        columns = zip(found.column_names, found.schema, strict=True)
        nothing = {name: pyarrow.nulls(len(lines), field.type) for name, field in columns}
        told = {**nothing, _ERRORS: pyarrow.array(lines, pyarrow.string())}
        yield from pyarrow.table(told, schema=found.schema).to_batches()

    def _nodes(self, table: Any, rows: Sequence[int]) -> Iterator[MapNode]:  # noqa: ANN401
        names, name = table.column_names, ", ".join(self.job.inputs)
        for row in table.take(rows).to_pylist() if len(rows) else ():
            yield node_of_cells(names, row.values(), name, 0)

    def _broken(self, text: str) -> Rejected:
        message = Text("more or fewer cells than the header has", "格数与标题行不同")
        place = Place(file=", ".join(self.job.inputs), text=text[:200])
        return Rejected(
            offset=0, problems=(Problem(code="wrong-cell-count", message=message, place=place),)
        )

    def _told(self, rejected: Rejected) -> str:
        """Return what is wrong with a record, a line each; in Spark records have no numbers."""
        input_, language = ", ".join(self.job.inputs), self.job.language
        lines = []
        for problem in rejected.problems:
            told = error_record(problem, input_, 0, rejected.node, language)
            name = told["name"] or problem.place.text or None
            told = {**told, "record": None, "line": None, "name": name}
            lines.append(json.dumps(told, ensure_ascii=False))
        return "\n".join(lines)


_workers: dict[tuple[object, ...], _Worker] = {}


def _worker_of(job: SparkJob, tables: Tables) -> _Worker:
    key = (job.rulebook.digest, repr(job.settings), job.carried, job.form, job.language)
    if key not in _workers:
        keep_tables(job.rulebook, tables)
        _workers.clear()
        _workers[key] = _Worker(job)
    return _workers[key]


def _cells_of(line: str) -> list[str]:
    import csv

    return next(csv.reader([line]), [])

"""Spark, on this machine or a cluster: the same SELECT, and Python workers for what it leaves.

It reads what Spark reads and writes what Spark writes: a folder of part files. Lost work is
repeated by Spark itself; the folder appears under its name when it is whole. Rows have no order.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct
from sqlglot import exp

from salesadvisor.advice.board import Board
from salesadvisor.batch.clauses import SQL, column, named, select_from
from salesadvisor.batch.decision import (
    OPEN,
    Terms,
    answer_columns,
    decision_layers,
    in_layers,
    result_columns,
    result_type,
)
from salesadvisor.batch.finishing import Finisher, Wrong
from salesadvisor.batch.inputs import check_columns
from salesadvisor.batch.output import Form, output_columns
from salesadvisor.batch.reading import SPECIAL, UNLEARNED, Reading, label_column
from salesadvisor.batch.records import key_at, node_of_cells
from salesadvisor.batch.texts import Texts, value_columns
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.rulebook.answers import answers_from_settings
from salesadvisor.rulebook.definitions import NumberQuestion, Rulebook
from salesadvisor.rulebook.settings import Setting
from salesadvisor.rulebook.tables import Tables
from salesadvisor.rulebook.tabulation import keep_tables, tables_of
from salesadvisor.text import Language, Text

_BROKEN = "_broken_record"


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
    finished: int


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
    except ImportError:
        raise UserError(
            [
                Problem(
                    code="no-spark",
                    message=Text("Spark is not installed", "没有安装 Spark"),
                    place=Place(file="--engine"),
                    hint=Text(
                        "pip install 'salesadvisor[spark]'", "pip install 'salesadvisor[spark]'"
                    ),
                )
            ]
        ) from None
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
        answers = answers_from_settings(job.rulebook, job.settings)
        self.terms = Terms(
            rulebook=job.rulebook, weights=answers.weights, assumptions=answers.assumptions
        )
        self.texts = Texts(job.rulebook, Board(job.rulebook, answers), answer_columns(self.terms))
        self.results = result_columns(job.rulebook)
        self.joined: list[str] = []

    def run(self) -> SparkCounts:
        from pyspark import StorageLevel

        self._require_room()
        records = self._read()
        self.labels = check_columns(
            [name for name in records.columns if name != _BROKEN],
            Place(file=self.job.inputs[0], line=1, column=1),
            self.job.rulebook,
            self.job.carried,
        )
        self.names = tuple(records.columns)
        records.createOrReplaceTempView("chunk")
        self._learn()
        # Everything that was read comes along: whoever finishes a record reads all of it.
        decided = self._decided().persist(StorageLevel.MEMORY_AND_DISK)
        is_left = f"status = '{OPEN}' OR {SPECIAL} OR `{label_column(self.names.index(_BROKEN))}` IS NOT NULL"
        finished = (
            decided.where(is_left)
            .rdd.mapPartitions(self._finisher())
            .persist(StorageLevel.MEMORY_AND_DISK)
        )
        others = self.spark.createDataFrame(
            finished.filter(lambda found: found[0]).map(lambda found: found[1]), self._schema()
        )
        mine = decided.where(f"NOT ({is_left})").select(*others.columns)
        rows = mine.union(others).persist(StorageLevel.MEMORY_AND_DISK)
        wrong = finished.filter(lambda found: not found[0]).map(lambda found: found[1])
        counts = SparkCounts(
            records=decided.count(), rows=rows.count(), rejected=wrong.count(),
            finished=finished.count() - wrong.count(),
        )  # fmt: skip
        self._write(rows)
        self._write_errors(wrong, counts.rejected)
        return counts

    def _read(self) -> Any:  # noqa: ANN401
        from pyspark.errors import AnalysisException

        try:
            return self._table()
        except AnalysisException as error:  # there is no such file, or none of that kind
            reason = str(error).splitlines()[0][:200]
            raise UserError(
                [
                    Problem(
                        code="cannot-read",
                        message=Text(f"cannot be read: {reason}", f"无法读取：{reason}"),
                        place=Place(file=", ".join(self.job.inputs)),
                        hint=Text(
                            "does every worker see this path?", "每台机器都能读到这个路径吗？"
                        ),
                    )
                ]
            ) from None

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

    def _reading(self) -> Reading:
        return Reading(
            self.texts,
            self.names,
            self.names,
            self.joined,
            numbered=False,
            plain=False,
            apart=(*self.labels, _BROKEN),
        )

    def _learn(self) -> None:
        """Read the texts that SQL can't read, each once, here; the workers join them."""
        reading = self._reading()
        unlearned = reading.unlearned()
        chosen: list[SQL] = [
            named(
                exp.Filter(
                    this=exp.Anonymous(this="collect_set", expressions=[key]),
                    expression=exp.Where(this=is_new),
                ),
                id,
            )
            for id, (key, is_new) in unlearned.items()
        ]
        chain, _ = reading.chain("chunk")
        row = self.spark.sql(select_from(chain, chosen, "joined", "spark")).first()
        for id, texts in zip(unlearned, row, strict=True):
            if texts:
                self._keep(id, self.texts.learn(id, sorted(texts)))

    def _keep(self, id: str, entries: dict[str, Any]) -> None:
        from pyspark.sql import functions
        from pyspark.sql.types import (
            BooleanType,
            DoubleType,
            LongType,
            StringType,
            StructField,
            StructType,
        )

        columns = self.texts.columns[id]
        is_number = isinstance(columns.question, NumberQuestion)
        names = [f"value_{i}" for i, _ in enumerate(value_columns(columns))]
        schema = StructType(
            [
                StructField("written", StringType()),
                StructField("is_answer", BooleanType()),
                *(StructField(n, DoubleType() if is_number else LongType()) for n in names),
            ]
        )
        rows = [
            (written, entry is not None, *(entry or [None] * len(names)))
            for written, entry in entries.items()
        ]
        # Sent to every worker: a join by sorting would scatter the records.
        table = functions.broadcast(self.spark.createDataFrame(rows, schema))
        table.createOrReplaceTempView(f"texts_{id}")
        self.joined.append(id)

    def _decided(self) -> Any:  # noqa: ANN401
        """Return every record with its decision: a view for each step, as each is resolved alone."""
        chain, given = self._reading().chain("chunk")
        wanted = [
            *(label_column(i) for i in range(len(self.names))),
            *self.results,
            UNLEARNED,
            SPECIAL,
        ]
        layers = decision_layers(self.terms, plain=False)
        decided, last = in_layers(layers, given, wanted)
        for name, step in (*chain, *decided):
            self.spark.sql(step.sql("spark")).createOrReplaceTempView(name)
        return self.spark.table(last).select(*wanted)

    def _finisher(self) -> Callable[[Iterable[Any]], Iterator[tuple[bool, Any]]]:
        """Return what decides the records of a partition one by one, in a worker."""
        job = self.job
        kept = self.spark.sparkContext.broadcast(
            (job.rulebook, tables_of(job.rulebook, {}), job.settings, job.carried)
        )
        names, input_, language = self.names, ", ".join(job.inputs), job.language

        def finish(rows: Iterable[Any]) -> Iterator[tuple[bool, Any]]:
            finisher = _finisher_of(*kept.value)
            for row in rows:
                cells = [row[label_column(i)] for i in range(len(names))]
                yield _finished(finisher, names, cells, input_, language)

        return finish

    def _schema(self) -> str:
        """Return the columns of a decided record: every cell as it was read, and the result."""
        cells = [f"`{label_column(i)}` string" for i, _ in enumerate(self.names)]
        types = {"varchar": "string"}
        results = [f"`{n}` {types.get(result_type(n), result_type(n))}" for n in self.results]
        return ", ".join((*cells, *results))

    def _write(self, rows: Any) -> None:  # noqa: ANN401
        rows.createOrReplaceTempView("final")
        labels = {label: column(label_column(self.names.index(label))) for label in self.labels}
        chosen = output_columns(self.job.rulebook, labels, self.job.form, defuse=self.job.defuse)
        table = self.spark.sql(select_from([], chosen, "final", "spark"))
        waiting = f"{self.job.output}.unfinished"
        writer = table.write.mode("overwrite")
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
            from pyspark.sql.types import StringType

            lines = self.spark.createDataFrame(wrong, StringType())
            lines.write.mode("overwrite").text(waiting)
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
                raise UserError(
                    [
                        Problem(
                            code="file-exists",
                            message=Text("there is something here already", "这里已经有内容了"),
                            place=Place(file=target),
                            hint=Text("add `--force` to replace it", "加上 `--force` 就会替换它"),
                        )
                    ]
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
            raise UserError(
                [
                    Problem(
                        code="cannot-write",
                        message=Text("cannot be renamed", "无法改名"),
                        place=Place(file=target),
                        hint=Text(f"the result lies in {waiting}", f"结果在 {waiting}"),
                    )
                ]
            )


_finishers: dict[tuple[object, ...], Finisher] = {}


def _finisher_of(
    rulebook: Rulebook, tables: Tables, settings: Sequence[Setting], carried: Sequence[str]
) -> Finisher:
    """Return the finisher of this worker: made once, however many partitions it is given."""
    key = (rulebook.digest, repr(settings), tuple(carried))
    if key not in _finishers:
        keep_tables(rulebook, tables)
        _finishers.clear()
        _finishers[key] = Finisher(rulebook, settings, carried)
    return _finishers[key]


def _finished(
    finisher: Finisher, names: Sequence[str], cells: Sequence[str | None], input_: str,
    language: Language,
) -> tuple[bool, Any]:  # fmt: skip
    """Return whether a record is right, with its cells and result, or with what is wrong as JSON."""
    known = dict(zip(names, cells, strict=True))
    broken = known.pop(_BROKEN, None)
    if broken is not None:
        told = _error(
            input_, None, "wrong-cell-count",
            Text("more or fewer cells than the header has", "格数与标题行不同"), language, broken,
        )  # fmt: skip
        return False, told
    node = node_of_cells(known, known.values(), input_, 0)
    found = finisher.finish(node)
    if isinstance(found, Wrong):
        lines = (
            _error(input_, key_at(node, p.place), p.code, p.message, language, known.get("name"))
            for p in found.problems
        )
        return False, "\n".join(lines)
    return True, (*cells, *found)


def _error(
    input_: str, key: str | None, code: str, message: Text, language: Language, of: str | None
) -> str:
    """Return what is wrong with a record as JSON; in Spark records have no numbers, so its name."""
    told = {
        "input": input_, "record": None, "line": None, "key": key, "message": message[language],
        "code": code, "name": of,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False)


def _cells_of(line: str) -> list[str]:
    import csv

    return next(csv.reader([line]), [])

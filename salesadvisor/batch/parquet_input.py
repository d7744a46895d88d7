"""Parquet files, read by the engine in runs of rows; every value as the text it would be in CSV."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import duckdb

from salesadvisor.batch.csv_input import Header
from salesadvisor.batch.records import Chunk, node_of_cells, sql_files, sql_name
from salesadvisor.documents.node import MapNode
from salesadvisor.problems import Place, refuse
from salesadvisor.text import Text

ROWS = 150_000
"""Of a chunk."""


class ParquetInput:
    """One Parquet file.

    Raises:
        UserError: it can't be read, or has columns that are none of ours.
    """

    def __init__(
        self, path: Path, name: str, check: Header, connection: duckdb.DuckDBPyConnection
    ) -> None:
        self.path = path
        self.name = name  # for messages
        self._connection = connection
        source = f"read_parquet({sql_files(path)}, hive_partitioning=false)"
        described = self._asked(f"DESCRIBE SELECT * FROM {source}")
        self._types = {str(row[0]): str(row[1]) for row in described}
        self.names = tuple(self._types)
        self.labels = check(self.names, Place(file=self.name))
        self.rows = int(str(self._asked(f"SELECT count(*) FROM {source}")[0][0]))

    def _asked(self, query: str) -> list[tuple[object, ...]]:
        try:
            return self._connection.execute(query).fetchall()
        except duckdb.Error as error:
            reason = str(error).splitlines()[0][:200]
            refuse(
                self.name,
                "cannot-read",
                Text(f"no Parquet file: {reason}", f"不是 Parquet 文件：{reason}"),
                Text("is the file whole?", "文件完整吗？"),
            )

    def chunks(self, begin: int, work: Path) -> Iterator[Chunk]:  # noqa: ARG002 -- as every input
        """Yield the records from row `begin` on."""
        for start in range(begin, self.rows, ROWS):
            end = min(start + ROWS, self.rows)
            relation = self._relation(start, end)
            yield Chunk(
                relation=relation,
                names=self.names,
                nodes=partial(self._nodes, relation, start),
                after=end,
                done=end / self.rows,
                rows=end - start,
            )

    def _relation(self, start: int, end: int) -> str:
        cells = ", ".join(f"{_as_text(n, t)} AS {sql_name(n)}" for n, t in self._types.items())
        return (
            f"(SELECT {cells} FROM read_parquet({sql_files(self.path)}, file_row_number=true, hive_partitioning=false) "
            f"WHERE file_row_number >= {start} AND file_row_number < {end})"
        )

    def _nodes(self, relation: str, start: int, rows: Sequence[int]) -> Iterator[MapNode]:
        wanted = ", ".join(str(row) for row in rows)
        inner = relation.replace(
            " FROM read_parquet", f", file_row_number - {start} AS _row FROM read_parquet", 1
        )
        found = self._connection.cursor().execute(
            f"SELECT _row, {', '.join(map(sql_name, self.names))} FROM {inner} "
            f"WHERE _row IN ({wanted}) ORDER BY _row"
        )
        while some := found.fetchmany(1000):
            for row, *cells in some:
                yield node_of_cells(self.names, cells, self.name, start + int(row) + 1)


def _as_text(name: str, type_: str) -> str:
    column = sql_name(name)
    if type_.endswith("[]") and type_.count("[") == 1 and not type_.startswith("STRUCT"):
        return f"array_to_string({column}, '|')"
    if type_ in ("DOUBLE", "FLOAT"):  # whole ones without `.0`, as somebody would write them
        return f"regexp_replace(CAST({column} AS VARCHAR), '\\.0$', '')"
    return f"CAST({column} AS VARCHAR)"

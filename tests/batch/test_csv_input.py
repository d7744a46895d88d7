"""CSV: whatever the engine accepts, it reads as the careful reader does; and cuts are between records."""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from hypothesis import example, given
from hypothesis import strategies as st

from salesadvisor.batch.csv_input import CsvInput
from salesadvisor.batch.csv_text import RECORD, last_boundary, records_in
from salesadvisor.batch.records import FEW

PIECES = st.sampled_from(
    ["a", "5", " ", ",", ",", ",", "\n", "\n", "\r\n", '"', '""', '"q"', '"a,b"', '"x\ny"', '5" pipe',
     '  "q"', '"q" "q"', "\0", "é", "\r"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=14).map("".join)


def rows_of(text: str, width: int) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]] | None]:
    """Return the records of a table: taken one by one, and as the engine has it, if it does."""
    header = ",".join(f"x-{i}" for i in range(width))
    before = f"p{',p' * (width - 1)}\n" * FEW  # so many that the engine is asked
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        work = Path(folder)
        path = work / "in.csv"
        path.write_bytes(f"{header}\n{before}{text}".encode())
        source = CsvInput(path, lambda names, _: tuple(names))
        careful: list[tuple[str, ...]] = []
        quick: list[tuple[str, ...]] | None = []

        def read(relation: str) -> list[tuple[str, ...]]:
            found = connection.execute(f"SELECT * FROM {relation}").fetchall()
            return [tuple(cell or "" for cell in row) for row in found]

        for chunk in source.chunks(0, work):
            if chunk.mended is None:
                careful, quick = read(chunk.relation), None
                continue
            try:
                found = read(chunk.relation)
                quick = found if chunk.expected in (None, len(found)) else None
            except duckdb.Error:
                quick = None
            mended = chunk.mended()
            careful = read(mended.relation)
            if mended.rejected:
                assert quick is None, "the engine accepts what the careful reader rejects"
        return careful, quick


@given(text=TEXTS, width=st.integers(2, 3))
@example(text='A,"q" "q"\n', width=2)
@example(text="A,12,\n", width=2)
@example(text=',,""', width=2)
@example(text='A,  "q"\n', width=2)
@example(text='A,"x\ny"\nB,5" pipe\n', width=2)
def test_the_engine_reads_what_the_careful_reader_reads(text: str, width: int) -> None:
    """What is accepted as a whole gives the same cells as record by record."""
    careful, quick = rows_of(text, width)
    if quick is not None:
        assert quick == careful


@given(text=TEXTS.filter(lambda text: text.count('"q" "q"') == 0), cut=st.integers(1, 40))
@example(text='A,5" pipe\nB,"x\ny"\nC,1\n', cut=16)
@example(text='A,"x\ny"\nB,"z\nz\nz', cut=20)
@example(text='A,"x\ny"\rB,"z\nz\nz"\rC', cut=20)
def test_a_cut_never_parts_a_record(text: str, cut: int) -> None:
    """Both sides of a cut, taken apart alone, are the records of the whole."""
    data = text.encode()
    at = last_boundary(data[:cut])
    whole = [record for record, _ in records_in(data, 1)]
    parted = [record for part in (data[:at], data[at:]) for record, _ in records_in(part, 1)]
    if all(record_is_right(record) for record in whole):
        assert parted == whole


def record_is_right(record: bytes) -> bool:
    """Return whether a record closes its quotes."""
    return RECORD.fullmatch(record) is not None

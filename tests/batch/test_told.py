"""What is told of an input: text that is not UTF-8, documents of nothing, sums without a rate."""

import json
from pathlib import Path

import pytest

from salesadvisor.batch.records import FEW
from tests.batch.given import read_csv
from tests.cli.conftest import Run

TAIL = {
    "csv": ("name,acv\n", "R,1000\n"),
    "jsonl": ("", '{"name": "R", "acv": 1000}\n'),
    "yaml": ("name: R\n", "---\nname: R\n"),
}


@pytest.mark.parametrize("kind", TAIL)
@pytest.mark.parametrize("more", [3, FEW + 1], ids=["few", "many"])
@pytest.mark.parametrize(
    ("name", "encoding", "said"),
    [("北京市场部", "gbk", "GBK"), ("Société Générale", "windows-1252", "Windows-1252")],
)
def test_one_record_that_is_not_utf_8_refuses_its_input(
    call: Run, tmp_path: Path, kind: str, more: int, name: str, encoding: str, said: str
) -> None:
    """Nothing in such a file can be trusted; where it stands and what it may be is told."""
    head, plain = TAIL[kind]
    text = head + plain * more + plain.replace("R", name, 1) + plain
    path = tmp_path / f"in.{kind}"
    path.write_bytes(text.encode(encoding))
    done = call("batch", path.name, "-o", "out.csv", "--quiet")

    line = text.split(name)[0].count("\n") + 1
    assert done.returncode == 1
    assert f"in.{kind}:{line}:" in done.stderr
    assert "[not-utf-8]" in done.stderr
    assert f"it looks like {said}" in done.stderr
    assert not (tmp_path / "out.csv").exists()
    assert not (tmp_path / "out.csv.errors.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "text", "documents"),
    [
        ("in.yaml", "name: A\n---\n---\nname: B\n", 3),
        ("in.yaml", "name: A\n---\n# nothing but words\n---\nname: B\n", 3),
        ("in.yaml", "", 1),
        ("in.json", "", 1),
        ("in.json", "  \n", 1),
    ],
)
def test_an_empty_document_is_a_rejected_record(
    call: Run, tmp_path: Path, name: str, text: str, documents: int
) -> None:
    """An empty file in a folder of answer files is a mistake, not a company without answers."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = call("batch", name, "-o", "out.csv", "--quiet")
    errors = (tmp_path / "out.csv.errors.jsonl").read_text(encoding="utf-8").splitlines()

    assert done.returncode == 1
    assert len(errors) == 1
    assert len(read_csv(tmp_path / "out.csv")) == documents - 1


def test_an_empty_file_among_others_is_told_by_its_name(call: Run, tmp_path: Path) -> None:
    """The other files of the folder are decided."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.yaml").write_text("name: A\nstakeholders: 2\n", encoding="utf-8")
    (folder / "b.yaml").write_text("", encoding="utf-8")
    done = call("batch", "in", "-o", "out.csv", "--quiet")
    (error,) = (tmp_path / "out.csv.errors.jsonl").read_text(encoding="utf-8").splitlines()

    assert done.returncode == 1
    assert json.loads(error)["input"].endswith("b.yaml")
    assert [record["name"] for record in read_csv(tmp_path / "out.csv")] == ["A"]


@pytest.mark.parametrize("more", [3, FEW + 1], ids=["few", "many"])
def test_sums_without_a_rate_count_as_open_and_are_counted(
    call: Run, tmp_path: Path, more: int
) -> None:
    """Nobody said what a franc is worth: the record is decided without its sums, and that is told."""
    rows = [
        "F,900000,CHF,,20,screen", "E,900000,EUR,1.1,20,screen", "D,900000,USD,,20,screen",
        *["O,,,,20,screen"] * more,
    ]  # fmt: skip
    text = "\n".join(["name,acv,currency,usd_rate,cycle_days,demo_mode", *rows, ""])
    (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    done = call("batch", "in.csv", "-o", "out.csv", "--summary", "s.json")
    summary = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))

    assert done.returncode == 0, done.stderr
    assert summary["no_rate"] == 1
    franc, euro, _, open_, *_ = read_csv(tmp_path / "out.csv")
    assert franc == open_ | {"name": "F"}
    assert euro != open_ | {"name": "E"}

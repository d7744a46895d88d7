"""`salesadvisor batch`, end to end: whatever goes in, nothing is lost and everything is told."""

import gzip
import json
import signal
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from random import Random

import duckdb
import pytest

from salesadvisor.rulebook.cache import load_rulebook
from tests.batch.given import alike, answers_of, one_by_one, read_csv, shown_in, write_records
from tests.cli.conftest import COMMAND, Run

COLUMNS = (
    "name", "recommendation", "status", "confidence", "share", "possible", "possible_proved", "score_inside",
    "score_outside", "score_hybrid", "excluded", "rules",
)  # fmt: skip


def test_a_table_of_records(call: Run, tmp_path: Path) -> None:
    """Every row says what `advise` says of the same answers, in the order of the input."""
    write_records(tmp_path / "in.csv", 210)
    done = call("batch", "in.csv", "--output", "out.csv", "--summary", "s.json")
    rulebook = load_rulebook()
    given, found = read_csv(tmp_path / "in.csv"), read_csv(tmp_path / "out.csv")

    rejected = (
        [json.loads(line) for line in (tmp_path / "out.csv.errors.jsonl").read_text().splitlines()]
        if done.returncode
        else []
    )
    bad = {error["record"] for error in rejected}
    known = [answers_of(rulebook, row) for row in given]
    assert bad == {number for number, answers in enumerate(known, start=1) if answers is None}
    kept = [row for number, row in enumerate(given, start=1) if number not in bad]
    assert tuple(found[0]) == COLUMNS
    assert [row["name"] for row in found] == [row["name"] for row in kept]
    summary = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert summary["records"] == 210 == summary["rows"] + summary["rejected"]
    right = one_by_one(rulebook, [answers for answers in known if answers is not None])
    for row, theirs in zip(found, right, strict=True):
        assert alike(shown_in(rulebook, row), theirs._replace(share=round(theirs.share, 4))), row
    for row, answers in list(zip(found, kept, strict=True))[::80]:
        (tmp_path / "one.json").write_text(json.dumps({k: v for k, v in answers.items() if v}))
        one = json.loads(call("advise", "one.json", "--format", "json").stdout)
        assert (row["recommendation"] or None, row["status"]) == (
            one["recommendation"],
            one["status"],
        )
        assert row["possible"].split("|") == one["possible"]
        assert not row["recommendation"] or float(row["share"]) == one["share"]
        fired = [reason["rule"] for reason in one["reasons"] if reason["truth"] == "true"]
        assert sorted(filter(None, row["rules"].split("|"))) == sorted(fired)


def test_many_records_stay_in_order(call: Run, tmp_path: Path) -> None:
    """More records than are decided at a time, some of them open: each in its place."""
    write_records(tmp_path / "few.csv", 50, openness=0)
    write_records(tmp_path / "open.csv", 50, openness=0.3, seed=2)
    head, *lines = (tmp_path / "few.csv").read_text(encoding="utf-8").splitlines()
    lines += (tmp_path / "open.csv").read_text(encoding="utf-8").splitlines()[1:]
    cells = [line.partition(",")[2] for line in lines]
    count = 70_000
    kinds = [50 + n % 50 if n % 1000 < 5 else n % 50 for n in range(count)]
    with (tmp_path / "in.csv").open("w", encoding="utf-8") as out:
        out.write(head + "\n")
        out.writelines(f"{n},{cells[kind]}\n" for n, kind in enumerate(kinds))
    done = call("batch", "in.csv", "-o", "out.csv", "--quiet")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        rows = [line.rstrip().partition(",") for line in stream][1:]

    assert done.returncode == 0, done.stderr
    assert [name for name, _, _ in rows] == list(map(str, range(count)))
    said: dict[int, str] = {}
    for kind, (_, _, decision) in zip(kinds, rows, strict=True):
        assert said.setdefault(kind, decision) == decision


def test_every_kind_of_input_and_output(call: Run, tmp_path: Path) -> None:
    """The same records say the same, however they are written, in whatever form they come out."""
    write_records(tmp_path / "in.csv", 15)
    rows = [{k: v for k, v in row.items() if v} for row in read_csv(tmp_path / "in.csv")]
    lines = [json.dumps(row) for row in rows]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    (tmp_path / "in.json").write_text(f"[{','.join(lines)}]")
    (tmp_path / "in.yaml").write_text("\n---\n".join(lines))  # JSON is YAML
    with gzip.open(tmp_path / "in.csv.gz", "wb") as packed:
        packed.write((tmp_path / "in.csv").read_bytes())
    duckdb.execute(
        f"COPY (SELECT * FROM read_csv('{tmp_path}/in.csv', all_varchar=true)) "
        f"TO '{tmp_path}/in.parquet'"
    )
    call("batch", "in.csv", "-o", "right.csv")
    right = (tmp_path / "right.csv").read_bytes()
    wanted = right.decode().splitlines()

    for kind in ("jsonl", "json", "yaml", "csv.gz", "parquet"):
        done = call("batch", f"in.{kind}", "-o", "out.csv", "--force")
        assert "Traceback" not in done.stderr
        found = (tmp_path / "out.csv").read_text().splitlines()
        # Documents have room for an id beside the name.
        found = [
            line.replace(",,", ",", 1) if kind[0] in "jy" and i else line
            for i, line in enumerate(found)
        ]
        assert found[1:] == wanted[1:], kind
    for form in ("jsonl", "parquet"):
        assert call("batch", "in.csv", "-o", f"out.{form}").returncode in (0, 1)
        query = f"SELECT name FROM '{tmp_path}/out.{form}'"
        names = [str(row[0]) for row in duckdb.execute(query).fetchall()]
        assert names == [line.split(",")[0] for line in wanted[1:]]
    done = call("batch", "-", "-o", "piped.csv", stdin=(tmp_path / "in.csv").read_text())
    assert (tmp_path / "piped.csv").read_bytes() == right


def test_what_is_wrong_is_told_and_nothing_is_lost(call: Run, tmp_path: Path) -> None:
    """Broken lines and wrong answers go to the errors, with place, key and code; the rest goes on."""
    (tmp_path / "in.csv").write_bytes(
        b"\xef\xbb\xbfname,acv,cycle_days,stakeholders,x-note\n"
        b'Good,12000,20,2,"two\nlines"\n'
        b"Short,12000\n"
        b'Open,12000,20,2,"never closed\n'
        b"Words,lots,20,2,\n"
        b"\n"
        b"Zero,12000,20,0,\n"
        b"NUL,12000,20,2,a\0b\n"
        b'=cmd,"12,000",6 weeks,2..4,+1\n'
    )
    done = call("batch", "in.csv", "-o", "out.csv", "--quiet")
    errors = [
        json.loads(line) for line in (tmp_path / "out.csv.errors.jsonl").read_text().splitlines()
    ]

    assert done.returncode == 1
    assert done.stdout.startswith("7 records in, 2 out, 5 rejected")
    assert [(e["record"], e["line"], e["key"], e["code"]) for e in errors] == [
        (2, 4, None, "wrong-cell-count"),
        (3, 5, None, "broken-quotes"),
        (4, 6, "acv", "not-a-number"),
        (5, 8, "stakeholders", "out-of-range"),
        (6, 9, None, "control-character"),
    ]
    found = read_csv(tmp_path / "out.csv")
    assert [(row["name"], row["x-note"]) for row in found] == [
        ("Good", "two\nlines"),
        ("'=cmd", "+1"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"name,acvv\nA,1\n", "unknown-key"),
        (b"name,acv,acv\nA,1,1\n", "duplicate-key"),
        (b"", "no-header"),
        (b"\xff\xfen\0", "not-utf-8"),
    ],
)
def test_a_wrong_header_stops_everything(
    call: Run, tmp_path: Path, content: bytes, code: str
) -> None:
    """What is wrong with a whole file is told at once, and nothing is written."""
    (tmp_path / "in.csv").write_bytes(content)
    done = call("batch", "in.csv", "-o", "out.csv")

    assert done.returncode == 1
    assert f"[{code}]" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv"]


def test_inputs_that_lead_nowhere(call: Run, tmp_path: Path) -> None:
    """Missing files, empty folders, addresses and files named twice are told together."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.csv").write_text("acv\n1\n")
    done = call(
        "batch",
        "no.csv",
        "empty",
        "http://127.0.0.1:9/a.csv",
        "a.csv",
        "./a.csv",
        "a.txt",
        "-o",
        "o.csv",
    )
    (tmp_path / "a.txt").write_text("acv\n1\n")
    other = call("batch", "a.txt", "-o", "o.csv")

    assert done.returncode == other.returncode == 1
    for code in ("missing-file", "no-files", "input-twice"):
        assert f"[{code}]" in done.stderr
    assert "[unknown-format]" in other.stderr


def test_an_output_is_never_overwritten_unasked(call: Run, tmp_path: Path) -> None:
    """An output that exists needs `--force`; one that is an input is refused in any case."""
    (tmp_path / "a.csv").write_text("acv\n1\n")
    (tmp_path / "o.csv").write_text("mine")
    refused = call("batch", "a.csv", "-o", "o.csv")
    same = call("batch", "a.csv", "-o", "a.csv", "--force")

    assert "[file-exists]" in refused.stderr
    assert "[output-is-input]" in same.stderr
    assert (tmp_path / "o.csv").read_text() == "mine"
    assert call("batch", "a.csv", "-o", "o.csv", "--force").returncode == 0
    assert (tmp_path / "o.csv").read_text() != "mine"


def test_a_folder_gives_a_part_for_each_input(call: Run, tmp_path: Path) -> None:
    """Forty files of one company each, and a part for each of them, named like it."""
    folder = tmp_path / "companies"
    (folder / "east").mkdir(parents=True)
    for name in ("a.yaml", "b.yaml", "east/c.csv"):
        (folder / name).write_text("acv,stakeholders\n900,1\n" if "csv" in name else "acv: 900\n")
    done = call("batch", "companies", "--output", "advice", "--quiet")

    assert done.stdout.startswith("3 records in, 3 out, 0 rejected")
    parts = sorted(
        str(p.relative_to(tmp_path / "advice")) for p in (tmp_path / "advice").rglob("*.csv")
    )
    assert parts == ["a.yaml.csv", "b.yaml.csv", "east/c.csv"]


def test_other_currencies_and_figures_of_ones_own(call: Run, tmp_path: Path) -> None:
    """A record's currency, weights and figures count for that record alone."""
    header = "name,acv,cycle_days,stakeholders,demo_mode,currency,usd_rate,weight-buyer,field_seller_cost\n"
    body = (
        "usd,12000,20,2,screen,,,,\n"
        "cny,84000,20,2,screen,CNY,0.142857142857,,\n"
        "none,84000,20,2,screen,CNY,,,\n"
        "bad,1,20,2,screen,yens,,,\n"
        "heavy,12000,20,2,screen,,,3,\n"
        "dear,12000,20,2,screen,,,,400000\n"
    )
    (tmp_path / "in.csv").write_text(header + body + "usd,12000,20,2,screen,,,,\n" * 300)
    done = call("batch", "in.csv", "-o", "out.csv", "--quiet")
    found = {row["name"]: row for row in read_csv(tmp_path / "out.csv")}

    assert done.stdout.startswith("306 records in, 305 out, 1 rejected")
    assert {k: v for k, v in found["cny"].items() if k != "name"} == {
        k: v for k, v in found["usd"].items() if k != "name"
    }
    for name, cells in (
        ("heavy", "weight-buyer: 3"),
        ("dear", "field_seller_cost: 400000"),
        ("none", ""),
    ):
        (tmp_path / "one.yaml").write_text(
            f"cycle_days: 20\nstakeholders: 2\ndemo_mode: screen\n{cells}\n"
            + ("currency: CNY\nacv: 84000\n" if name == "none" else "acv: 12000\n")
        )
        one = json.loads(call("advise", "one.yaml", "--format", "json").stdout)
        assert float(found[name]["score_inside"]) == one["models"]["inside"]["score"]
        assert float(found[name]["share"]) == one["share"]


def test_a_killed_run_goes_on(run: Run, tmp_path: Path, environment: dict[str, str]) -> None:
    """Killed at random moments and resumed, a run ends in the very bytes of one left alone."""
    for part in range(4):
        write_records(tmp_path / f"in{part}.csv", 20, seed=part)
    inputs = [f"in{part}.csv" for part in range(4)]
    run("batch", *inputs, "-o", "right.csv")
    right = (tmp_path / "right.csv").read_bytes()
    command = [COMMAND, "batch", *inputs, "-o", "out.csv", "--resume"]
    random = Random(3)
    killed = 0

    for _ in range(3):
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )  # fmt: skip
        time.sleep(random.uniform(0.3, 1.5))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        if (tmp_path / "out.csv").exists():
            break
    if not (tmp_path / "out.csv").exists():
        done = run("batch", *inputs, "-o", "out.csv", "--resume")
        assert done.returncode in (0, 1), done.stderr

    assert killed
    assert (tmp_path / "out.csv").read_bytes() == right
    assert [p.name for p in tmp_path.iterdir() if "unfinished" in p.name or "lock" in p.name] == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_says_how_to_go_on(
    tmp_path: Path, environment: dict[str, str], number: int, code: int
) -> None:
    """Ctrl-C and the like end it with one line, no half output, and the way to go on."""
    write_records(tmp_path / "first.csv", 300, openness=0.5)
    head, *lines = (tmp_path / "first.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "second.csv").write_text("\n".join([head, *lines * 20]), encoding="utf-8")
    process = subprocess.Popen(
        [COMMAND, "batch", "first.csv", "second.csv", "-o", "out.csv"], cwd=tmp_path,
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    journal = tmp_path / "out.csv.unfinished" / "journal.jsonl"
    while not journal.exists() or journal.read_text(encoding="utf-8").count("\n") < 2:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    _, told = process.communicate()

    assert process.returncode == code, told
    assert "--resume" in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "out.csv").exists()


def test_a_run_goes_on_only_with_what_it_began_with(call: Run, tmp_path: Path) -> None:
    """A changed input, another option or a damaged journal is noticed, and refused."""
    (tmp_path / "a.csv").write_text("acv\n1\n")
    folder = tmp_path / "o.csv.unfinished"

    def unfinished() -> None:
        folder.mkdir(exist_ok=True)
        (folder / "journal.jsonl").write_text(journal)

    # A run that is refused for its header leaves nothing; so one is begun by hand.
    call("batch", "a.csv", "-o", "o.csv")
    stat = (tmp_path / "a.csv").stat()
    rulebook = load_rulebook().digest
    head = {
        "version": version("salesadvisor"), "rulebook": rulebook, "options": "other",
        "inputs": [{"path": "a.csv", "size": stat.st_size, "changed_ns": stat.st_mtime_ns}],
    }  # fmt: skip
    (tmp_path / "o.csv").unlink()
    journal = json.dumps(head) + "\n"
    unfinished()
    options = call("batch", "a.csv", "-o", "o.csv", "--resume")
    journal = json.dumps({**head, "rulebook": "sha256:other"}) + "\n"
    unfinished()
    rules = call("batch", "a.csv", "-o", "o.csv", "--resume")
    journal = "{broken\n"
    unfinished()
    damaged = call("batch", "a.csv", "-o", "o.csv", "--resume")

    for done, word in ((options, "the options"), (rules, "the rulebook"), (damaged, "damaged")):
        assert done.returncode == 1
        assert "[cannot-resume]" in done.stderr
        assert word in done.stderr
    journal = json.dumps({**head, "inputs": [{"path": "-", "size": 0, "changed_ns": 0}]}) + "\n"
    unfinished()
    piped = call("batch", "-", "-o", "o.csv", "--resume", stdin="acv\n1\n")
    assert (piped.returncode, "standard input" in piped.stderr) == (1, True)
    assert call("batch", "a.csv", "-o", "o.csv").returncode == 0
    assert not folder.exists()

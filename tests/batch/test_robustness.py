"""What broke a batch once: odd tables, outputs in each other's way, full disks, killed processes."""

import csv
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from salesadvisor.batch import deciding
from salesadvisor.batch.records import FEW
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.folder import built_in_rules
from tests.batch.given import alike, answers_of, one_by_one, read_csv, shown_in, write_records
from tests.cli.conftest import COMMAND, Run


def json_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file, one a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("question", ["stakeholders", "acv", "demo_mode", "regulation"])
def test_a_table_may_have_few_columns(call: Run, tmp_path: Path, question: str) -> None:
    """A question without a column is an open answer, as in an answer file."""
    value = {"stakeholders": "2", "acv": "9000", "demo_mode": "screen"}.get(
        question, "medical|financial|site_safety"
    )
    others = "B,\n" * FEW  # so many that the engine is asked
    (tmp_path / "in.csv").write_text(f"name,{question}\nA,{value}\n{others}", encoding="utf-8")
    answers = value.split("|") if "|" in value else value
    (tmp_path / "a.json").write_text(json.dumps({question: answers}), encoding="utf-8")
    done = call("batch", "in.csv", "-o", "out.csv", "--quiet")
    alone = json.loads(call("advise", "a.json", "--format", "json").stdout)

    assert done.returncode == 0, done.stderr
    first, *_ = read_csv(tmp_path / "out.csv")
    assert first["recommendation"] == (alone["recommendation"] or "")
    assert first["possible"].split("|") == alone["possible"]


def test_line_breaks_of_every_kind_in_a_text(call: Run, tmp_path: Path) -> None:
    """A name may hold them: it comes back as it was, from every kind of input."""
    names = ["a\rb", "c\nd", "e\r\nf", 'g"\rh', *(f"r{i}" for i in range(FEW))]
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerows([["name", "acv"], *([name, "1"] for name in names)])
    lines = [json.dumps({"name": name, "acv": 1}) for name in names]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for kind in ("csv", "jsonl"):
        done = call("batch", f"in.{kind}", "-o", f"{kind}.jsonl", "--quiet")
        assert done.returncode == 0, done.stderr
        shown = json_lines(tmp_path / f"{kind}.jsonl")
        assert [record["name"] for record in shown] == names


def test_what_readers_of_csv_disagree_on(call: Run, tmp_path: Path) -> None:
    """Surplus empty cells and doubled quotes are told, whatever else is in the file."""
    long = "medical|" * 20_000
    text = f'name,acv,regulation\nA,9000,\nB,9000,,\n"C" "C",9000,\nD,9000,{long}\nE,5" pipe,\n'
    (tmp_path / "in.csv").write_text(text + "F,9000,\n" * FEW, encoding="utf-8")
    done = call("batch", "in.csv", "-o", "out.csv", "--quiet")

    assert done.returncode == 1
    assert [row["name"] for row in read_csv(tmp_path / "out.csv")] == ["A", *("F" * FEW)]
    errors = json_lines(tmp_path / "out.csv.errors.jsonl")
    told = [(e["record"], e["line"], e["code"], e["name"]) for e in errors]
    assert told[0] == (2, 3, "wrong-cell-count", None)
    assert told[1] == (3, 4, "broken-quotes", None)
    assert {(record, line, name) for record, line, _, name in told[2:]} == {
        (4, 5, "D"),
        (5, 6, "E"),
    }


def test_labels_of_documents_are_kept(call: Run, tmp_path: Path) -> None:
    """In every way of writing them; what is no single value as JSON; and what `--carry` names."""
    (tmp_path / "in.jsonl").write_text(
        '{"name":"A","x-tags":["a",1],"acct":"q7","acv":3600}\n{"name":"B","x-\\u006eote":"n"}\n',
        encoding="utf-8",
    )
    (tmp_path / "in.yaml").write_text('{"name": C, "x-note": hi, acv: 3}\n', encoding="utf-8")
    (tmp_path / "in.csv").write_text("name,acct,sellers\nD,q8,1\n", encoding="utf-8")
    options = ("--carry", "acct", "--quiet")
    done = call("batch", "in.jsonl", "in.yaml", "in.csv", "-o", "out.csv", *options)

    rows = read_csv(tmp_path / "out.csv")
    labels = [(row["name"], row["x-tags"], row["x-note"], row["acct"]) for row in rows]
    assert labels == [("A", '["a",1]', "", "q7"), ("C", "", "hi", ""), ("D", "", "", "q8")]
    assert done.returncode == 1
    (error,) = json_lines(tmp_path / "out.csv.errors.jsonl")
    assert (error["code"], error["line"], error["name"]) == ("unknown-key", 2, None)
    lost = call("batch", "in.csv", "-o", "x.csv", "--carry", "nowhere", "--carry", "acct")
    assert "no input has a column `nowhere`" in lost.stderr


def test_a_broken_item_costs_itself_alone(call: Run, tmp_path: Path) -> None:
    """In an array, in a stream, and in a folder of files."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "0.json").write_text('[{"name":"z"}]\n[{"name":"y"},{"name":"x"}]', encoding="utf-8")
    (folder / "1.json").write_text(
        '[{"name":"a"},\n{"name":"b",,"acv":1},\n{"name":"c","acv":NaN},{"name":"d, ]"},\n'
        '{"name":"e"} {"name":"f"},\n{"name":"g"}]',
        encoding="utf-8",
    )
    (folder / "2.yaml").write_text("name: h\n---\nname: [", encoding="utf-8")
    (folder / "4.yaml").write_text("name: i\n", encoding="utf-8")
    done = call("batch", "in", "-o", "out.jsonl", "--quiet")

    assert done.returncode == 1
    names = [record["name"] for record in json_lines(tmp_path / "out.jsonl")]
    assert names == ["z", "a", "d, ]", "g", "h", "i"]
    errors = json_lines(tmp_path / "out.jsonl.errors.jsonl")
    assert [(e["input"], e["record"], e["line"]) for e in errors] == [
        ("in/0.json", 2, 1), ("in/1.json", 2, 2), ("in/1.json", 3, 3), ("in/1.json", 5, 4),
        ("in/2.yaml", 2, 3),
    ]  # fmt: skip
    assert "11 records in, 6 out, 5 rejected" in done.stdout


def test_records_that_grow_when_they_are_written(call: Run, tmp_path: Path) -> None:
    """A text of quotes alone is a record like any other, up to 1 MiB."""
    quotes = '"' * 500_000
    lines = [json.dumps({"name": quotes, "acv": 1}), json.dumps({"x-list": [quotes[:200_000]]})]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = call("batch", "in.jsonl", "-o", "out.jsonl", "--quiet")

    assert done.returncode == 1, done.stderr  # a name may be 200 characters long
    assert json_lines(tmp_path / "out.jsonl")[0]["x-list"] == json.dumps([quotes[:200_000]])


def test_a_record_far_down_says_its_line(call: Run, tmp_path: Path) -> None:
    """Whatever is wrong with it: its value, its keys, its syntax."""
    good = b'{"acv":1}\n' * 50
    bad = b'{"acv":"x"}\n{"acv":1,"acv":2}\n{"a'
    (tmp_path / "in.jsonl").write_bytes(good + bad)
    call("batch", "in.jsonl", "-o", "out.csv", "--quiet")

    errors = json_lines(tmp_path / "out.csv.errors.jsonl")
    assert [(e["line"], e["code"]) for e in errors] == [
        (51, "not-a-number"), (52, "duplicate-key"), (53, "json-syntax"),
    ]  # fmt: skip
    assert "line 52" in errors[1]["message"]


def test_files_are_themselves_whatever_their_names(call: Run, tmp_path: Path) -> None:
    """A name that would be a pattern to the engine finds its own file only."""
    (tmp_path / "in.csv").write_text("name,acv\nme,1\n", encoding="utf-8")
    (tmp_path / "other.csv").write_text("name,acv\nother,1\n", encoding="utf-8")
    (tmp_path / "region=eu").mkdir()
    call("batch", "in.csv", "-o", "region=eu/a.csv", "--quiet")
    assert [row["name"] for row in read_csv(tmp_path / "region=eu/a.csv")] == ["me"]
    call("batch", "in.csv", "-o", "a[1].parquet", "--quiet")
    call("batch", "other.csv", "-o", "a1.parquet", "--quiet")
    kept = [
        option
        for name in ("recommendation", "status", "share", "possible", "possible_proved",
                     "score_inside", "score_outside", "score_hybrid", "excluded", "rules")
        for option in ("--carry", name)
    ]  # fmt: skip
    refused = call("batch", "a[1].parquet", "-o", "out.csv", *kept)
    assert refused.returncode == 2  # its columns are those of an output

    import duckdb

    duckdb.execute(f"COPY (SELECT 'me' AS name) TO '{tmp_path}/b[1].parquet'")
    duckdb.execute(f"COPY (SELECT 'other' AS name) TO '{tmp_path}/b1.parquet'")
    done = call("batch", "b[1].parquet", "-o", "out[1].csv", "--quiet")
    assert done.returncode == 0, done.stderr
    assert [row["name"] for row in read_csv(tmp_path / "out[1].csv")] == ["me"]


def test_outputs_never_destroy_each_other(call: Run, tmp_path: Path) -> None:
    """Nor an input, a stranger's folder, or what a link points to."""
    (tmp_path / "in.csv").write_text("acv\n1\n", encoding="utf-8")
    os.link(tmp_path / "in.csv", tmp_path / "linked.csv")
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.csv").write_text("acv\n1\n", encoding="utf-8")
    for wrong, code in (
        (("-o", "o.csv", "--errors", "o.csv"), "output-twice"),
        (("-o", "o.csv", "--summary", "./o.csv"), "output-twice"),
        (("-o", "in.csv"), "output-is-input"),
        (("-o", "linked.csv", "--force"), "output-is-input"),
    ):
        done = call("batch", "in.csv", *wrong)
        assert (done.returncode, f"[{code}]" in done.stderr) == (1, True), done.stderr
    within = call("batch", "data", "-o", "data", "--force")
    assert "[output-is-input]" in within.stderr
    assert (data / "a.csv").read_text() == "acv\n1\n"
    for nowhere in (".", "-", ".."):
        assert call("batch", "in.csv", "-o", nowhere).returncode == 2

    stranger = tmp_path / "p.csv.unfinished"
    stranger.mkdir()
    (stranger / "mine.txt").touch()
    assert "[cannot-write]" in call("batch", "in.csv", "-o", "p.csv").stderr
    assert (stranger / "mine.txt").exists()

    (tmp_path / "real.csv").touch()
    (tmp_path / "link.csv").symlink_to("real.csv")
    assert call("batch", "in.csv", "-o", "link.csv", "--force").returncode == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text().count("\n") == 2


def test_ids_that_differ_in_case_only(call: Run, tmp_path: Path) -> None:
    """`y02` and `Y02` are two rules: a batch tells them apart; in a statement of SQL they collide."""
    shutil.copytree(built_in_rules(), tmp_path / "mine", ignore=shutil.ignore_patterns("tests"))
    with (tmp_path / "mine" / "cycle_length.yaml").open("a", encoding="utf-8") as out:
        out.write(
            "\n  - {id: y02, when: cycle_days > 7, points: {inside: 1}, status: assumed, "
            'because: {en: "x", zh: "x"}, examples: [{given: {cycle_days: 8}, then: holds}]}\n'
        )
    rulebook = load_rulebook(tmp_path / "mine")
    rows = [
        {"cycle_days": str(days), "acv": "9000", "stakeholders": "2"}
        for days in (1, 7, 8, 30, 60, 90, 200, 365)
    ]
    lines = [",".join(row.values()) for row in rows] * (FEW // len(rows) + 1)
    (tmp_path / "in.csv").write_text("\n".join([",".join(rows[0]), *lines]), encoding="utf-8")
    done = call("batch", "in.csv", "-o", "out.csv", "--quiet", "--rules", "mine")
    found = read_csv(tmp_path / "out.csv")
    known = [answers_of(rulebook, row) for row in rows]
    right = one_by_one(rulebook, [answers for answers in known if answers is not None])
    refused = call("rules", "sql", "--rules", "mine")

    assert (done.returncode, len(found), len(right)) == (0, len(lines), len(rows)), done.stderr
    for number, row in enumerate(found):
        theirs = right[number % len(rows)]
        assert alike(shown_in(rulebook, row), theirs._replace(share=round(theirs.share, 4)))
    held = [{id for id in row["rules"].split("|") if id.lower() == "y02"} for row in found]
    assert {"y02"} in held or {"Y02"} in held
    assert (refused.returncode, "[names-collide]" in refused.stderr) == (1, True)


def test_comments_of_the_statement_end_where_they_end(call: Run) -> None:
    """A line break in a name leaves no comment, and so no statement of somebody else's."""
    done = call("rules", "sql", "--table", "a\nDROP TABLE b")
    bare = done.stdout.replace('"a\nDROP TABLE b"', "")  # in quotes it is a name

    assert done.returncode == 0
    assert not any(line.startswith("DROP") for line in bare.splitlines())


def test_the_summary_lies_there_before_the_output(call: Run, tmp_path: Path) -> None:
    """If it can't be written, there is no output either: whoever resumes gets both."""
    (tmp_path / "in.csv").write_text("acv\n1\n", encoding="utf-8")
    nowhere = "/proc/summary.json" if Path("/proc").is_dir() else "missing/summary.json"
    done = call("batch", "in.csv", "-o", "out.csv", "--summary", nowhere)

    assert done.returncode == 1
    assert not (tmp_path / "out.csv").exists()


def mount(folder: Path, options: str) -> bool:
    """Return whether a disk in memory could be put there."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return not subprocess.run(command, capture_output=True, check=False).returncode


def can_mount() -> bool:
    """Return whether this user may make small disks here."""
    if not shutil.which("mount") or os.geteuid() != 0:
        return False
    with TemporaryDirectory() as folder:
        found = mount(Path(folder), "size=100k")
        if found:
            subprocess.run(["umount", folder], check=True)
        return found


@pytest.mark.skipif(not can_mount(), reason="a small disk takes the right to mount")
@pytest.mark.parametrize("full", ["output", "errors"])
def test_a_full_disk(call: Run, tmp_path: Path, full: str) -> None:
    """Says which file found no room, leaves nothing half, and goes on when there is some."""
    small = tmp_path / "small"
    small.mkdir()
    assert mount(small, "size=700k")
    try:
        lines = ["name,acv", *(f"r{i}{'x' * 100},{'1' if i % 2 else 'wrong'}" for i in range(6000))]
        (tmp_path / "in.csv").write_text("\n".join(lines), encoding="utf-8")
        output, errors = "out.csv", "small/errors.jsonl"
        if full == "output":
            output, errors = "small/out.csv", "errors.jsonl"
        done = call("batch", "in.csv", "-o", output, "--errors", errors, "--quiet")
        assert done.returncode == 1
        assert "[cannot-write]" in done.stderr
        assert (output if full == "output" else errors) in done.stderr
        assert not (tmp_path / output).exists()
        assert [p.name for p in small.iterdir() if p.name.endswith(".new")] == []
        assert mount(small, "remount,size=50m")
        again = call("batch", "in.csv", "-o", output, "--errors", errors, "--quiet", "--resume")
        assert "6,000 records in, 3,000 out, 3,000 rejected" in again.stdout
    finally:
        subprocess.run(["umount", str(small)], check=True)


def cores() -> int:
    """Return how many workers a run starts, where /proc says what they do."""
    if not Path("/proc/self/status").exists():
        return 0
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


def is_ready(pid: str) -> bool:
    """Return whether a process waits for the signal to end."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    (caught,) = (int(line.split()[1], 16) for line in lines if line.startswith("SigCgt"))
    return bool(caught >> signal.SIGTERM - 1 & 1)


@pytest.mark.skipif(cores() < 2, reason="asks /proc for workers, which take two cores")
@pytest.mark.parametrize("killed", ["the run", "all together", "a worker"])
def test_workers_end_with_their_run(
    tmp_path: Path, environment: dict[str, str], killed: str
) -> None:
    """Whoever is killed, nobody is left behind that waits for ever."""
    write_records(tmp_path / "some.csv", 300, openness=0.5)
    head, *lines = (tmp_path / "some.csv").read_text(encoding="utf-8").splitlines()
    # So many that workers are started, and are busy for longer than it takes to kill them.
    times = deciding._FEW * 3 // 2 // len(lines)
    (tmp_path / "in.csv").write_text("\n".join([head, *lines * times]), encoding="utf-8")
    process = subprocess.Popen(
        [COMMAND, "batch", "in.csv", "-o", "out.csv", "--quiet"], cwd=tmp_path, env=environment,
        start_new_session=True, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    def others() -> list[str]:
        found = subprocess.run(
            ["ps", "-o", "pid=", "-s", str(process.pid)], capture_output=True, text=True
        ).stdout.split()
        return [pid for pid in found if int(pid) != process.pid]

    def workers() -> list[str]:
        return [p for p in others() if "spawn_main" in Path(f"/proc/{p}/cmdline").read_text()]

    for _ in range(600):
        if sum(map(is_ready, workers())) == cores():
            break
        time.sleep(0.1)
    assert len(workers()) == cores(), "no workers were ever started"
    if killed == "the run":
        process.send_signal(signal.SIGKILL)
    elif killed == "all together":
        os.killpg(process.pid, signal.SIGTERM)
    else:
        os.kill(int(workers()[0]), signal.SIGKILL)
    _, told = process.communicate(timeout=60)
    if killed == "all together":
        assert process.returncode == 143
    if killed == "a worker":
        assert (process.returncode, "[worker-ended]" in told) == (1, True), told
    for _ in range(300):
        if not others():
            break
        time.sleep(0.1)
    assert others() == []

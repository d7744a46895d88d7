"""The command, end to end: streams, exit codes, files.

What hangs on the interpreter runs as a process (`run`), the rest within this one (`call`).
"""

import json
import os
import re
import signal
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from salesadvisor.advice import calibration
from salesadvisor.advice.calibration import Calibration, calibrate
from salesadvisor.rulebook import cache
from salesadvisor.rulebook.cases import Case
from salesadvisor.rulebook.definitions import Rulebook
from salesadvisor.rulebook.folder import built_in_rules
from salesadvisor.rulebook.founder_cases import FounderCase
from tests.cli.conftest import COMMAND, Run

EXAMPLES = sorted((built_in_rules() / "examples").glob("*.yaml"))
GOOD = "acv: 6000\ncycle_days: 14\nstakeholders: 2\ndemo_mode: screen\nrelationship: 2\n"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Return a file of answers that are right."""
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """Return a file of answers with two mistakes."""
    path = tmp_path / "bad.yaml"
    path.write_text("acvv: 6000\ndemo_mode: scren\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["advise", "bad.yaml"], ["advise", "-"], ["advize"], ["rules", "show", "Y01"]],
    ids=" ".join,
)
def test_a_process_of_its_own_makes_no_difference(
    run: Run, call: Run, bad: Path, arguments: list[str]
) -> None:
    """What a command says and how it ends is the same within the process of the tests."""
    alone, here = (start(*arguments, stdin=GOOD) for start in (run, call))

    assert (alone.returncode, alone.stdout, alone.stderr) == (
        here.returncode, here.stdout, here.stderr,
    )  # fmt: skip


def test_what_if_as_json(call: Run, good: Path) -> None:
    """Everything that would change the advice, keys always present and in one order."""
    done = call("what-if", good.name, "--vary", "acv", "--format", "json")
    found = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert list(found) == [
        "schema", "name", "recommendation", "status", "possible", "possible_proved", "stability",
        "chances", "tipping_points", "pair", "vary", "weights", "next_question", "information",
        "review",
    ]  # fmt: skip
    assert found["schema"] == "salesadvisor.what-if/1"
    assert found["vary"]["acv"][0]["answers"][0] == 0
    for point in found["tipping_points"]:
        assert list(point) == ["question", "now", "at", "side", "becomes", "keeps", "distance"]
        there = call(
            "advise",
            good.name,
            "--set",
            f"{point['question']}={_as_set(point['at'])}",
            "--format",
            "json",
        )
        recommended = json.loads(there.stdout)["recommendation"] or "none"  # what nothing is called
        assert recommended == point["becomes"]


def _as_set(answer: object) -> str:
    return f"[{', '.join(answer)}]" if isinstance(answer, list) else str(answer)


def test_what_if_on_several_files(call: Run, good: Path, bad: Path) -> None:
    """A wrong file is told and stops no other; JSON is whole or not at all."""
    lines = call("what-if", good.name, bad.name, "--format", "jsonl")
    whole = call("what-if", good.name, bad.name, "--format", "json")

    assert (lines.returncode, whole.returncode) == (1, 1)
    assert len(lines.stdout.splitlines()) == 1
    assert whole.stdout == ""
    assert "unknown-key" in lines.stderr


def test_unknown_names_are_usage_errors(call: Run, good: Path) -> None:
    """`--vary` wants a question, `why` a name of the rulebook; both guess what was meant."""
    vary = call("what-if", good.name, "--vary", "acvv")
    why = call("why", good.name, "hybird")

    assert (vary.returncode, why.returncode) == (2, 2)
    assert "did you mean `acv`?" in vary.stderr
    assert "did you mean `hybrid`?" in why.stderr


def test_why_reads_standard_input(run: Run) -> None:
    """Answers may come through a pipe, as everywhere."""
    done = run("why", "-", "inside", stdin=GOOD)

    assert done.returncode == 0
    assert done.stdout.startswith("Inside is ")


def test_advice_says_where_it_turns(call: Run, good: Path) -> None:
    """JSON carries stability, tipping points and the next question."""
    advice = json.loads(call("advise", good.name, "--format", "json").stdout)

    assert 0 <= advice["stability"] <= 1
    assert advice["tipping_points"]
    assert advice["next_question"] in advice["unanswered"]


@pytest.mark.usefixtures("advice_once")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_every_example_gets_advice(call: Run, path: Path) -> None:
    """Advice goes to standard output, nothing to standard error."""
    done = call("advise", str(path))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
    assert "\x1b" not in done.stdout
    assert not re.search(r" $", done.stdout, re.MULTILINE)


def test_a_wrong_file_is_told_on_standard_error(run: Run, bad: Path) -> None:
    """Every problem with file, line, column, code, caret and hint; nothing on standard output."""
    done = run("advise", bad.name)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "bad.yaml:1:1: unknown key `acvv` [unknown-key]\n"
        "    acvv: 6000\n"
        "    ^^^^\n"
        "  hint: did you mean `acv`?\n"
        "bad.yaml:2:12: `scren` is not an option of `demo_mode` [unknown-option]\n"
        "    demo_mode: scren\n"
        "               ^^^^^\n"
        "  hint: did you mean `screen`?\n"
    )


def test_problems_in_other_forms(call: Run, bad: Path) -> None:
    """For programs as JSON lines, for GitHub as annotations."""
    as_json = call("check", bad.name, "--problems", "json")
    as_github = call("check", bad.name, "--problems", "github")

    assert json.loads(as_json.stderr.splitlines()[0])["code"] == "unknown-key"
    assert as_github.stderr.startswith("::error file=bad.yaml,line=1,col=1::unknown key")
    assert (as_json.returncode, as_github.returncode) == (1, 1)


def test_problems_in_chinese(call: Run, bad: Path) -> None:
    """Messages and hints speak the chosen language."""
    done = call("advise", bad.name, "--lang", "zh")

    assert "未知的键 `acvv` [unknown-key]" in done.stderr
    assert "提示: 是不是想写 `acv`？" in done.stderr


@pytest.mark.usefixtures("advice_once")
@pytest.mark.parametrize(
    ("variables", "chinese"),
    [
        ({"SALESADVISOR_LANG": "zh"}, True),
        ({"LC_ALL": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, False),
        ({"SALESADVISOR_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, False),
        ({"LANG": "nonsense"}, False),
    ],
)
def test_the_language_of_the_environment(
    call: Run, variables: dict[str, str], chinese: bool
) -> None:
    """The first variable that is set decides."""
    done = call("advise", str(EXAMPLES[0]), **variables)

    assert ("分工界线" in done.stdout or "下一步" in done.stdout) is chinese


def test_json(run: Run, good: Path) -> None:
    """One file gives one object, the same bytes each time."""
    first, second = (run("advise", good.name, "--format", "json") for _ in range(2))

    assert first.stdout == second.stdout
    record = json.loads(first.stdout)
    assert (record["schema"], record["recommendation"]) == ("salesadvisor.advice/1", "inside")


@pytest.mark.usefixtures("advice_once")
def test_several_files(call: Run, good: Path, bad: Path) -> None:
    """JSON is an array or nothing; JSON lines stream the good ones; both tell and exit 1."""
    array = call("advise", good.name, good.name, "--format", "json")
    broken = call("advise", good.name, bad.name, "--format", "json")
    lines = call("advise", bad.name, good.name, "missing.yaml", good.name, "--format", "jsonl")

    assert len(json.loads(array.stdout)) == 2
    assert (broken.stdout, broken.returncode) == ("", 1)
    assert [json.loads(line)["recommendation"] for line in lines.stdout.splitlines()] == [
        "inside"
    ] * 2
    assert lines.returncode == 1
    assert "bad.yaml:1:1" in lines.stderr
    assert "missing.yaml: cannot be read" in lines.stderr


@pytest.mark.usefixtures("advice_once")
def test_a_folder(call: Run, good: Path, bad: Path, tmp_path: Path) -> None:
    """A folder stands for the answer files in it, in order of their names."""
    bad.unlink()
    folder = tmp_path / "customers"
    folder.mkdir()
    for name in ("b.yaml", "a.json", "notes.txt", ".hidden.yaml"):
        (folder / name).write_text(json.dumps({"name": name}), encoding="utf-8")
    done = call("advise", "customers", "--format", "jsonl")
    (tmp_path / "empty").mkdir()

    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == ["a.json", "b.yaml"]
    assert call("advise", "empty").returncode == 1


@pytest.mark.usefixtures("advice_once")
def test_answers_from_elsewhere(call: Run, good: Path) -> None:
    """Standard input, --set alone, and --set over a file."""
    piped = call("advise", "-", "--quiet", stdin=GOOD)
    as_json = call(
        "advise", "-", "--quiet", stdin='{"acv": 6000, "cycle_days": 14, "demo_mode": "screen"}'
    )
    alone = call(
        "advise",
        "--set",
        "acv=6k",
        "--set",
        "cycle_days=2 weeks",
        "--set",
        "demo_mode=[screen]",
        "--quiet",
    )
    over = call("advise", good.name, "--set", "demo_mode=onsite", "--format", "json")

    assert piped.stdout.startswith("Don't hire yet: ")
    assert "Too early to say: " in piped.stdout
    assert as_json.returncode == alone.returncode == 0
    assert json.loads(over.stdout)["models"]["inside"]["excluded"] is True


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--set", "acv"], "bad-setting"),
        (["--set", "=5"], "bad-setting"),
        (["--assume", "acv=5", "--set", "acv=1"], "unknown-key"),
        (["--set", "acv=lots"], "not-a-number"),
        (["--set", "acvv=1"], "unknown-key"),
        (["--set", "demo_mode=[screen"], "yaml-syntax"),
        (["--weight", "buyr=2", "--set", "acv=1"], "unknown-key"),
        (["--weight", "buyer=-2", "--set", "acv=1"], "bad-weight"),
        (["--assume", "hurdle=x", "--set", "acv=1"], "not-a-number"),
        (["http://127.0.0.1:9/a"], "cannot-read"),
        (["."], "no-files"),
        (["--weight", "byer=2", "--set", "acv=1"], "unknown-key"),
    ],
)
def test_wrong_settings(call: Run, arguments: list[str], code: str) -> None:
    """What is wrong on the command line itself is a problem like any other."""
    done = call("advise", *arguments)

    assert (done.returncode, done.stdout) == (1, "")
    assert f"[{code}]" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["advize"], ["advise"], ["advise", "--jsn", "x"], ["advise", "x", "--format", "pdf"],
        ["compare", "inside", "outsde"], ["rules", "chek"], ["template", "--example", "devtol"],
        ["rules", "list", "-f", "markdown"], ["advise", "x", "-o", "a.pdf"],
        ["interview"], [], ["interview", "--resume", "--from", "x", "--plain"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage(call: Run, arguments: list[str]) -> None:
    """What the command line can't mean ends with 2, and says what to do on standard error."""
    done = call(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


@pytest.mark.usefixtures("advice_once")
def test_output_files(call: Run, good: Path, tmp_path: Path) -> None:
    """The suffix chooses the form; an existing file is kept unless told otherwise."""
    first = call("advise", good.name, "-o", "out.json")
    again = call("advise", good.name, "-o", "out.json")
    forced = call("advise", good.name, "-o", "out.json", "--force")
    same = call("advise", good.name, "-o", good.name, "--format", "json", "--force")
    nowhere = call("advise", good.name, "-o", "missing/out.json")

    assert (
        json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["recommendation"]
        == "inside"
    )
    assert (first.returncode, first.stdout) == (0, "")
    assert "[file-exists]" in again.stderr
    assert forced.returncode == 0
    assert "[output-is-input]" in same.stderr
    assert "[cannot-write]" in nowhere.stderr
    assert good.read_text(encoding="utf-8") == GOOD
    assert sorted(p.name for p in tmp_path.iterdir()) == ["good.yaml", "out.json"]


@pytest.mark.usefixtures("advice_once")
def test_an_input_in_a_folder_is_never_replaced(call: Run, good: Path, tmp_path: Path) -> None:
    """The result can't take the place of one of the answer files in a folder, even by force."""
    done = call("advise", ".", "-o", "good.yaml", "-f", "jsonl", "--force")

    assert "[output-is-input]" in done.stderr
    assert good.read_text(encoding="utf-8") == GOOD


@pytest.mark.usefixtures("advice_once")
def test_control_characters_never_reach_the_terminal(call: Run, good: Path) -> None:
    """Names of files and words of the command line are shown spelled out."""
    for arguments in (
        ["advise", good.name, "-o", "e\x1b[31mx.md"],
        ["rules", "new", "r\x1b[31m"],
        ["compare", "\x1b[31mx"],
        ["advise", "\x1b[31m\nother.yaml:1:1: faked [fake]"],
    ):
        done = call(*arguments)
        assert "\x1b" not in done.stdout + done.stderr
        assert "\nother.yaml" not in done.stderr


def test_many_problems_are_cut(call: Run, tmp_path: Path) -> None:
    """A file with thousands of mistakes doesn't fill the screen."""
    (tmp_path / "many.yaml").write_text("".join(f"k{i}: 1\n" for i in range(900)), encoding="utf-8")
    done = call("check", "many.yaml")

    assert "and 800 more problems" in done.stderr
    assert done.stderr.count("[unknown-key]") == 100


def test_a_copy_inside_the_rulebook_is_refused(call: Run) -> None:
    """`rules new` doesn't copy a folder into itself."""
    call("rules", "new", "mine")
    done = call("rules", "new", "mine/examples/x", "--rules", "mine")

    assert "[output-is-input]" in done.stderr


def test_a_full_disk_is_an_error(good: Path, environment: dict[str, str]) -> None:
    """What can't be written is told, with exit code 1."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [COMMAND, "advise", str(good)],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment,
            check=False,
        )

    assert done.returncode == 1
    assert b"[cannot-write]" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_closed_pipe_ends_quietly(environment: dict[str, str]) -> None:
    """`| head -1` is no error worth a word."""
    done = subprocess.run(
        f"{COMMAND} rules list | head -1",
        shell=True,
        capture_output=True,
        env=environment,
        check=False,
    )

    assert done.stderr == b""


def test_closed_streams(good: Path, environment: dict[str, str]) -> None:
    """With a stream closed there is no traceback."""
    for redirect in (">&-", "2>&-", "<&-"):
        done = subprocess.run(
            f"{COMMAND} advise {good} {redirect}",
            shell=True,
            capture_output=True,
            env=environment,
            check=False,
        )
        assert b"Traceback" not in done.stderr
        assert done.returncode == (1 if redirect == ">&-" else 0)


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "gbk"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=str,
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_odd_encodings(run: Run, variables: dict[str, str], language: str) -> None:
    """Other encodings and locales change no exit code and crash nothing."""
    done = run("advise", str(EXAMPLES[0]), "--lang", language, **variables)

    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout


@pytest.mark.usefixtures("advice_once")
@pytest.mark.parametrize(
    "variables",
    [
        {"TERM": "dumb"},
        {"COLUMNS": "0"},
        {"NO_COLOR": "1"},
        {"HOME": "/dev/null", "XDG_CACHE_HOME": ""},
    ],
    ids=str,
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_odd_surroundings(call: Run, variables: dict[str, str], language: str) -> None:
    """Other terminals, and no home, change no exit code and crash nothing."""
    done = call("advise", str(EXAMPLES[0]), "--lang", language, **variables)

    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout


def test_signals_end_with_their_own_codes(environment: dict[str, str]) -> None:
    """SIGTERM while reading standard input ends as 143, SIGINT as 130, without a traceback."""
    for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        keyboard, stdin = os.openpty()  # at a terminal it says when it begins to read
        process = subprocess.Popen(
            [COMMAND, "advise", "-"],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        assert process.stderr is not None
        assert b"reading answers" in process.stderr.readline()
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
        os.close(keyboard)
        os.close(stdin)
        assert process.returncode == code
        assert b"Traceback" not in errors


PLAN = "ote: 120_000\nbase_share: 50%\nmeasure: acv_booked\nquota: 600_000\n"


def test_commission_end_to_end(call: Run, tmp_path: Path) -> None:
    """A template runs as it is printed; JSON carries exact sums; a page goes to a file."""
    template = call("commission", "--template", "ae_inside")
    (tmp_path / "plan.yaml").write_text(template.stdout, encoding="utf-8")
    done = call("commission", "plan.yaml", "--attainment", "0.8,120%", "--format", "json")
    found = json.loads(done.stdout)

    assert (template.returncode, done.returncode, done.stderr) == (0, 0, "")
    assert [level["variable"] for level in found["levels"]] == ["12000.00", "19500.00"]
    page = call("commission", "plan.yaml", "--output", "plan.md")
    assert page.returncode == 0
    assert (tmp_path / "plan.md").read_text(encoding="utf-8").startswith("# Commission plan")
    again = call("commission", "plan.yaml", "--output", "plan.md")
    assert again.returncode == 1
    assert "file-exists" in again.stderr
    assert call("commission", "--template", "list").stdout.count("\n") == 12


def test_commission_reads_standard_input_and_a_role(call: Run) -> None:
    """What the plan leaves out is the role's."""
    done = call("commission", "-", "--role", "field_rep", stdin="ote: 200k\nquota: 250k\n")

    assert done.returncode == 0
    assert "150.0%" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["commission"], 2),
        (["commission", "--template", "boss"], 2),
        (["commission", "p.yaml", "--role", "boss"], 2),
        (["commission", "p.yaml", "--attainment", "much"], 2),
        (["commission", "p.yaml", "--earn", "-5"], 2),
        (["commission", "none.yaml"], 1),
        (["plan", "p.yaml"], 1),
        (["plan", "good.yaml", "--model", "both"], 2),
        (["plan", "good.yaml", "--start", "tomorrow"], 2),
        (["plan", "good.yaml", "--start", "9999-12-31"], 2),
        (["why", "good.yaml", "cacc"], 2),
        (["advise", "good.yaml", "--assume", "visit_uplift=much"], 1),
        (["advise", "good.yaml", "--assume", "base_pay=5"], 1),
    ],
)
def test_wrong_usage_of_money(
    call: Run, good: Path, tmp_path: Path, arguments: list[str], code: int
) -> None:
    """Each mistake has its exit code, and no traceback."""
    (tmp_path / "p.yaml").write_text("ote: 5\nrate: x\n", encoding="utf-8")
    done = call(*arguments)

    assert done.returncode == code
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("advice_once")
def test_plan_end_to_end(call: Run, good: Path, tmp_path: Path) -> None:
    """The playbook as JSON, with dates; too few answers are told."""
    done = call("plan", good.name, "--start", "2027-01-04", "--format", "json")
    found = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert found["schema"] == "salesadvisor.plan/1"
    assert found["model"] == found["recommendation"]
    dates = [row["date"] for section in found["sections"] for row in section["rows"]]
    assert "2027-02-03" in dates
    (tmp_path / "empty.yaml").write_text("name: nobody\n", encoding="utf-8")
    nothing = call("plan", "empty.yaml")
    assert nothing.returncode == 1
    assert "no-recommendation" in nothing.stderr
    assert call("plan", "empty.yaml", "--model", "outside").returncode == 0


@pytest.mark.usefixtures("advice_once")
@pytest.mark.parametrize("command", ["plan", "commission", "advise"])
def test_an_input_is_never_overwritten(call: Run, good: Path, tmp_path: Path, command: str) -> None:
    """Not even with --force."""
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    name = "plan.yaml" if command == "commission" else good.name
    before = (tmp_path / name).read_text(encoding="utf-8")
    done = call(command, name, "--format", "json", "--output", name, "--force")

    assert done.returncode == 1
    assert "[output-is-input]" in done.stderr
    assert (tmp_path / name).read_text(encoding="utf-8") == before


def test_a_framework_and_a_formula_can_be_shown(call: Run) -> None:
    """Every id of the rulebook has its page, as text and as data."""
    for id in ("SO01", "cac.inside", "base_pay.inside"):
        assert call("rules", "show", id).stdout.startswith(id)
        assert json.loads(call("rules", "show", id, "--format", "json").stdout)["id"] == id


def test_assumptions_move_figures(call: Run) -> None:
    """A range of one's own is drawn from; a figure of one's own is used as it is."""
    example = str(built_in_rules() / "examples" / "devtool.yaml")

    def inside(*more: str) -> list[float]:
        done = call("advise", example, "--format", "json", *more)
        assert done.returncode == 0, done.stderr
        found: list[float] = json.loads(done.stdout)["economics"]["loaded_cost"]["inside"]
        return found

    usual = inside()
    assert usual[0] < usual[1]
    assert inside("--assume", "base_pay.inside=100k..200k")[1] > usual[1]


HELP = [
    [], ["interview"], ["advise"], ["what-if"], ["why"], ["plan"], ["commission"], ["compare"],
    ["questions"], ["template"],
    ["check"], ["rules"],
    ["rules", "list"], ["rules", "show"], ["rules", "check"], ["rules", "test"], ["rules", "new"],
    ["rules", "calibrate"], ["rules", "schema"],
]  # fmt: skip


@pytest.mark.parametrize("command", HELP, ids=" ".join)
def test_help(call: Run, command: list[str], snapshot: SnapshotAssertion) -> None:
    """Every command explains itself in 80 columns, with examples that are kept as written."""
    done = call(*command, "--help", COLUMNS="80")

    assert done.returncode == 0
    assert done.stdout == call(*command, "-h", COLUMNS="80").stdout
    assert "\\b" not in done.stdout
    assert "Examples:\n" in done.stdout
    assert done.stdout == snapshot


def test_version(run: Run) -> None:
    """The version is that of the package."""
    from importlib.metadata import version

    assert run("--version").stdout == f"salesadvisor {version('salesadvisor')}\n"


def test_template_is_an_answer_file(call: Run, tmp_path: Path) -> None:
    """An unfilled template is right and says nothing; examples are there by name."""
    for language in ("en", "zh"):
        text = call("template", "--lang", language).stdout
        (tmp_path / "t.yaml").write_text(text, encoding="utf-8")
        assert call("check", "t.yaml").returncode == 0
        assert max(len(line) for line in text.splitlines()) <= 100
    example = call("template", "--example", "devtool").stdout
    header = call("template", "--format", "csv").stdout

    assert "name: Developer tool" in example
    assert header.startswith("name,cycle_days,")
    assert "did you mean `devtool`?" in call("template", "--example", "devtol").stderr


def test_a_rulebook_of_ones_own(call: Run, tmp_path: Path) -> None:
    """Copy, check, test, change, and use it."""
    made = call("rules", "new", "mine")
    copied = {path.relative_to(tmp_path / "mine") for path in (tmp_path / "mine").rglob("*.yaml")}
    ours = {path.relative_to(built_in_rules()) for path in built_in_rules().rglob("*.yaml")}
    assert copied == ours
    again = call("rules", "new", "mine")
    # Tests of one's own, in place of ours: those are twenty companies.
    for file in (tmp_path / "mine" / "tests").iterdir():
        file.unlink()
    (tmp_path / "mine" / "tests" / "own.yaml").write_text(
        f"tests:\n  - {{name: ours, answers: {{{', '.join(GOOD.splitlines())}}}, "
        "expect: {recommendation: inside}}\n",
        encoding="utf-8",
    )
    rules = tmp_path / "mine" / "cycle_length.yaml"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("cycle_days <= 14 and", "cycle_days <= 10 and"),
        encoding="utf-8",
    )
    tested = call("rules", "test", "mine")
    advised = call("advise", "mine/examples/devtool.yaml", "--rules", "mine", "--format", "json")

    assert made.returncode == 0
    assert "[file-exists]" in again.stderr
    assert call("rules", "check", "mine").returncode == 0
    assert tested.returncode == 1
    assert "mine/cycle_length.yaml" in tested.stderr
    assert "`Y01`: this example should be `holds`, it is `fails`" in tested.stderr
    assert any(r["at"].startswith("mine/") for r in json.loads(advised.stdout)["reasons"])
    assert all(
        os.access(p, os.W_OK) and p.stat().st_mode & stat.S_IWUSR
        for p in (tmp_path / "mine").iterdir()
    )


def test_looking_things_up(call: Run) -> None:
    """`rules show` finds rules, questions, sources and statements; others get a suggestion."""
    for id in ("Y01", "acv", "BG2017", "S58", "V11", "W1", "H-S", "51talk-2016"):
        assert call("rules", "show", id).stdout
    assert json.loads(call("rules", "show", "Y01", "-f", "json").stdout)["points"]["inside"] == 2
    assert "did you mean `Y01`" in call("rules", "show", "Y011").stderr
    assert json.loads(call("questions", "acv", "-f", "json").stdout)["unit"] == "USD"
    assert "did you mean `acv`" in call("questions", "avc").stderr
    assert len(call("rules", "list", "-f", "jsonl").stdout.splitlines()) > 80
    assert json.loads(call("compare", "-f", "json").stdout)["schema"] == "salesadvisor.comparison/1"
    assert "| :-- |" in call("compare", "inside", "outside", "-f", "markdown").stdout


def test_completion(run: Run) -> None:
    """The shell completes commands."""
    done = run(_SALESADVISOR_COMPLETE="complete_bash", COMP_WORDS="salesadvisor ad", COMP_CWORD="1")

    assert done.stdout.split() == ["advise"]


def test_a_bug_of_ours_is_exit_code_3(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What we didn't foresee is said to be ours, without a traceback unless asked for."""

    def boom(path: Path | None = None) -> Rulebook:
        raise KeyError("oops")

    monkeypatch.setattr(cache, "load_rulebook", boom)
    quiet = call("advise", "--set", "acv=1")
    loud = call("advise", "--set", "acv=1", SALESADVISOR_DEBUG="1")

    assert (quiet.returncode, loud.returncode) == (3, 3)
    assert "Traceback" not in quiet.stderr
    assert "Traceback" in loud.stderr


@pytest.mark.usefixtures("advice_once")
def test_hostile_names_stay_text(call: Run, tmp_path: Path) -> None:
    """Every naughty string is a name that is shown, or a problem; never a crash or an escape."""
    strings = json.loads(
        (Path(__file__).parent.parent / "corpora/naughty-strings/blns.json").read_text(
            encoding="utf-8"
        )
    )
    folder = tmp_path / "naughty"
    folder.mkdir()
    for index, text in enumerate(strings):
        (folder / f"{index:03}.json").write_text(
            json.dumps({"name": text, "acv": 5}), encoding="utf-8"
        )
        (folder / f"{index:03}k.json").write_text(json.dumps({text or "k": 1}), encoding="utf-8")
        (folder / f"{index:03}v.json").write_text(
            json.dumps({"demo_mode": text, "acv": text}), encoding="utf-8"
        )
    done = call("advise", "naughty")

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u200b]", done.stdout + done.stderr)


def test_calibrate(call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`rules calibrate` shows its figures with their numbers, and both sides of a disagreement."""
    measured: list[Calibration] = []

    def measure_once(
        rulebook: Rulebook, cases: Sequence[Case], founders: Sequence[FounderCase] = ()
    ) -> Calibration:
        # Three forms of one result; each of 138 sets of answers takes its time.
        if not measured:
            measured.append(calibrate(rulebook, cases, founders))
        assert len(cases) == measured[0].cases
        return measured[0]

    monkeypatch.setattr(calibration, "calibrate", measure_once)
    shown = call("rules", "calibrate").stdout
    record = json.loads(call("rules", "calibrate", "-f", "json").stdout)

    assert "69 companies, 138 sets of answers" in shown
    assert "settled by the answers" in shown
    assert record["agreement"]["all"]["of"] == 138
    assert len(record["disagreements"]) == 138 - record["agreement"]["all"]["agree"]
    for wrong in record["disagreements"]:
        assert wrong["company"] in shown
        assert wrong["label_basis"]
    assert call("rules", "calibrate", "--lang", "zh").stdout.startswith("69 家公司")
    broken = tmp_path / "cases.yaml"
    broken.write_text("cases:\n  - id: [x]\n", encoding="utf-8")
    done = call("rules", "calibrate", str(broken))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{broken}:2" in done.stderr
    assert call("rules", "calibrate", str(tmp_path / "none.yaml")).returncode == 1
    assert call("rules", "calibrate", "-f", "jsonl").returncode == 2

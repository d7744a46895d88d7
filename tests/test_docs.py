"""The documentation says what the program does."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*")
# Functions that take the code of a problem, and at which position.
TAKES_A_CODE = {
    "problem": 0, "_problem": 0, "ExpressionError": 0, "AnswerError": 0, "_finding": 0,
    "_stop": 1, "_stopped": 0, "_problem_at": 1, "refused": 0, "refuse": 1,
}  # fmt: skip


def codes_in(path: Path) -> set[str]:
    """Return the problem codes that stand in a module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        arguments: list[ast.expr] = [k.value for k in node.keywords if k.arg == "code"]
        if name in TAKES_A_CODE:
            arguments += node.args[TAKES_A_CODE[name] :][:2]
        if name == "_refused":
            arguments += node.args[:2]
        found |= {
            a.value
            for a in arguments
            if isinstance(a, ast.Constant) and isinstance(a.value, str) and CODE.fullmatch(a.value)
        }
    return found


def test_every_problem_is_explained() -> None:
    """Each code has its entry in docs/problems.md, and each entry its code."""
    explained = set(
        re.findall(
            r"^## ([a-z0-9-]+)$",
            (ROOT / "docs/problems.md").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    used: set[str] = set()
    for path in (ROOT / "salesadvisor").rglob("*.py"):
        used |= codes_in(path)

    assert used - explained == set()
    assert explained - used - {"missing-file", "json-syntax"} == set()


def test_the_contents_list_every_problem() -> None:
    """Every entry can be reached from the top of the page."""
    text = (ROOT / "docs/problems.md").read_text(encoding="utf-8")

    entries = re.findall(r"^## ([a-z0-9-]+)$", text, re.MULTILINE)

    assert sorted(re.findall(r"\]\(#([a-z0-9-]+)\)", text)) == entries == sorted(entries)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """What the README gives is what is run."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = ".venv/bin/python -m pytest -q"

    assert command in readme
    assert command in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_the_readme_shows_real_output() -> None:
    """The advice and the rule in the README are what the program prints today."""
    shown = (ROOT / "README.md").read_text(encoding="utf-8")
    environment = {**os.environ, "COLUMNS": "100", "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
    for command in (
        "advise rules/examples/edtech.yaml",
        "what-if rules/examples/erp_vendor.yaml",
        "rules show E07",
    ):
        done = subprocess.run(
            [sys.executable, "-m", "salesadvisor", *command.split(), "--lang", "en"],
            cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=True,
        )  # fmt: skip
        assert f"$ salesadvisor {command}\n{done.stdout.rstrip()}\n```" in shown

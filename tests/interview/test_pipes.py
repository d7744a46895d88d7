"""The interview without a terminal."""

from pathlib import Path

from tests.cli.conftest import Run

ANSWERS = ["Acme", "6 weeks", "2", "1", "1", "3", "", "20k", "1", "?", "2", "1"]


def test_answers_may_come_from_a_pipe(run: Run, tmp_path: Path) -> None:
    """`--plain` reads answers line by line; the advice alone is on standard output."""
    done = run("interview", "--plain", stdin="\n".join(ANSWERS) + "\n")

    assert done.returncode == 0
    assert done.stdout.strip().startswith("Acme\n")
    assert "acv: 20k" in (tmp_path / "answers.yaml").read_text(encoding="utf-8")


def test_an_early_end_keeps_what_was_answered(run: Run, tmp_path: Path) -> None:
    """When the pipe ends, the answers so far are saved and it says how to go on."""
    done = run("interview", "--plain", stdin="\n".join(ANSWERS[:3]) + "\n")

    assert done.returncode == 1
    assert "The input ended too early." in done.stderr
    assert "interview --resume --save answers.yaml" in done.stderr
    assert "demo_mode: screen" in (tmp_path / "answers.yaml").read_text(encoding="utf-8")


def test_without_a_terminal_it_says_what_to_do(run: Run) -> None:
    """No terminal and no --plain: exit 2 with the ways out."""
    done = run("interview")

    assert (done.returncode, done.stdout) == (2, "")
    assert "template" in done.stderr
    assert "--plain" in done.stderr

"""Rulebooks of one's own: every mistake has its code and place."""

import shutil
from pathlib import Path

import pytest

from salesadvisor.advice.expectations import run_tests
from salesadvisor.engine.cells import cells_of
from salesadvisor.engine.consistency import find_inconsistencies
from salesadvisor.language.borders import find_borders
from salesadvisor.problems import UserError
from salesadvisor.rulebook.definitions import Rulebook
from salesadvisor.rulebook.loader import parse_rulebook

AGENCY = Path(__file__).parent.parent / "rulebooks" / "agency"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of a small rulebook, to break."""
    return Path(shutil.copytree(AGENCY, tmp_path / "rules"))


def change(path: Path, old: str, new: str) -> None:
    """Replace `old`, which must be there once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_another_decision_needs_no_change_in_the_program() -> None:
    """A rulebook about something else loads, is consistent, and passes its own tests."""
    rulebook = parse_rulebook(AGENCY)

    assert find_inconsistencies(rulebook) == []
    assert run_tests(rulebook, AGENCY).failures == ()


BROKEN = [
    ("rulebook.yaml", "currency: EUR", "currency: euros", "unknown-currency", 4),
    ("rulebook.yaml", "Nothing divides the work.", '""', "missing-key", 21),
    ("questions.yaml", "id: posts", "id: eur_rate", "bad-id", 4),
    ("effort.yaml", "excludes: [agency]", "excludes: []", "no-points", 23),
    ("effort.yaml", "when: posts >= 20", "wehn: posts >= 20", "unknown-key", 5),
    ("effort.yaml", "id: A2", "id: A1", "duplicate-id", 12),
    ("effort.yaml", "id: A2", "id: 2!", "bad-id", 12),
    ("effort.yaml", "posts >= 20", "post >= 20", "unknown-name", 5),
    ("effort.yaml", "taste == 'us'", "taste == 'su'", "unknown-option", 22),
    ("effort.yaml", "posts >= 20", "posts >=", "expression-syntax", 5),
    ("effort.yaml", "posts >= 20", "taste > 20", "wrong-type", 5),
    ("effort.yaml", "posts >= 20", "posts >= budget", "wrong-unit", 5),
    ("effort.yaml", "points: {in_house: 3}", "points: {in_house: 4}", "out-of-range", 6),
    ("effort.yaml", "points: {in_house: 3}", "points: {inhouse: 3}", "unknown-word", 6),
    ("effort.yaml", "points: {in_house: 3}", "points: {in_house: 0}", "no-points", 6),
    ("effort.yaml", "{posts: 20}", "{post: 20}", "unknown-key", 9),
    ("effort.yaml", "{posts: 20}, then: holds", "{posts: 20}, then: hold", "unknown-word", 9),
    ("effort.yaml", "excludes: [agency]", "excludes: [agencies]", "unknown-word", 23),
    ("effort.yaml", "criterion: effort", "criterion: efort", "unknown-word", 1),
    ("effort.yaml", "title: {en: Effort, zh: 工作量}", "", "missing-key", 1),
    (
        "effort.yaml",
        "because: {en: Nobody else can., zh: 别人做不了。}",
        "because: [a]",
        "wrong-kind",
        24,
    ),
    (
        "effort.yaml",
        "    excludes: [agency]\n",
        "    excludes: [agency]\n    status: sourced\n",
        "no-source",
        21,
    ),
    (
        "effort.yaml",
        "    excludes: [agency]\n",
        "    excludes: [agency]\n    sources: [Z9]\n",
        "unknown-source",
        24,
    ),
    ("more.yaml", "max(posts, 1)", "posts", "division-by-zero", 5),
    ("more.yaml", "budget / 12 / max(posts, 1)", "per_post / 2", "formula-circle", 5),
    ("more.yaml", "budget / 12 / max(posts, 1)", "taste == 'us'", "wrong-type", 5),
    ("more.yaml", "formulas:", "formula:", "unknown-file", 1),
    ("questions.yaml", "{min: 0, max: 100}", "{min: 5, max: 1}", "out-of-range", 9),
    ("questions.yaml", "id: posts", "id: class", "bad-id", 4),
    ("questions.yaml", "id: posts", "id: currency", "bad-id", 4),
    ("questions.yaml", "id: us", "id: unknown", "bad-id", 30),
    ("questions.yaml", "id: us", "id: anyone", "duplicate-id", 31),
    (
        "rulebook.yaml",
        "criteria: {effort: 1, money: 1.5}",
        "criteria: {effort: 1, money: 1.555}",
        "bad-weight",
        28,
    ),
    ("rulebook.yaml", "ties: [agency, mixed, in_house]", "ties: [agency, mixed]", "bad-models", 22),
    ("rulebook.yaml", "blend_of: [agency, in_house]", "blend_of: [agency, mixed]", "bad-blend", 18),
    ("rulebook.yaml", "temperature: 4", "temperature: 0", "out-of-range", 29),
    ("rulebook.yaml", "temperature: 4", "temperature: 4\nsearch_nodes: 0", "out-of-range", 30),
    ("rulebook.yaml", "temperature: 4", "temperature: 4\ndraws: 100", "out-of-range", 30),
    ("rulebook.yaml", "temperature: 4", "temperature: 4\ndoubt: 1", "out-of-range", 30),
    (
        "questions.yaml",
        "when: posts > 0 and 'none' in channels\n",
        "when: posts > 0 and 'none' in channels\n    read_as: {posts: per_post}\n",
        "reads-another",
        46,
    ),
    (
        "questions.yaml",
        "{min: 0, max: 100}",
        "{min: 0, max: 100}\n    plausible: {low: 5, high: 200}",
        "out-of-range",
        10,
    ),
    ("rulebook.yaml", "temperature: 4", "temperature: warm", "wrong-kind", 29),
    ("rulebook.yaml", "posts: posts / 4", "posts: posts / taste", "wrong-type", 41),
    ("rulebook.yaml", "posts: posts / 4", "posts: posts / posts", "division-by-zero", 41),
    ("rulebook.yaml", "posts: posts / 4", "posts: budget / 4 + budget", "wrong-unit", 41),
    ("rulebook.yaml", "posts: posts / 4", "post: posts / 4", "unknown-word", 41),
    ("rulebook.yaml", "posts: posts / 4", "posts: [1]", "wrong-kind", 41),
    ("rulebook.yaml", "\"'anyone' if", "\"'nobody' if", "unknown-option", 42),
    ("rulebook.yaml", "split_points: 2", "split_points: 2.5", "out-of-range", 36),
    ("rulebook.yaml", "line: posts", "line: taste", "unknown-word", 37),
    ("rulebook.yaml", "From {line} on", "From {post} on", "unknown-name", 39),
    ("rulebook.yaml", "split_earns: mixed", "split_earns: mix", "unknown-word", 35),
    ("rulebook.yaml", "split_earns: mixed", "split_earns: agency", "bad-blend", 35),
    ("assumptions.yaml", "part: all", "part: some", "unknown-word", 9),
    ("assumptions.yaml", "likely: 40", "likely: 400", "out-of-range", 2),
    (
        "patterns.yaml",
        "Video outside, up to {per_post} a post.",
        "Up to {per_pots}.",
        "unknown-name",
        6,
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "code", "line"), BROKEN)
def test_broken(folder: Path, name: str, old: str, new: str, code: str, line: int) -> None:
    """One mistake gives its code, in its file and line."""
    change(folder / name, old, new)

    with pytest.raises(UserError) as caught:
        parse_rulebook(folder)

    found = [(p.code, Path(p.place.file).name, p.place.line) for p in caught.value.problems]
    assert (code, name, line) in found
    assert all(p.message.zh for p in caught.value.problems)


def test_the_caret_stands_under_the_name(folder: Path) -> None:
    """A mistake inside a condition is marked inside it."""
    change(folder / "effort.yaml", "posts >= 20", "1 <= post >= 20")

    with pytest.raises(UserError) as caught:
        parse_rulebook(folder)

    (problem,) = caught.value.problems
    assert (problem.place.column, problem.place.width) == (16, 4)
    assert problem.hint.en == "did you mean `posts`?"


def test_problems_of_all_files_come_together(folder: Path) -> None:
    """Two broken files are reported in one go."""
    change(folder / "effort.yaml", "posts >= 20", "post >= 20")
    change(folder / "more.yaml", "max(posts, 1)", "pots")

    with pytest.raises(UserError) as caught:
        parse_rulebook(folder)

    assert {Path(p.place.file).name for p in caught.value.problems} >= {"effort.yaml", "more.yaml"}


def test_what_is_no_rulebook(tmp_path: Path) -> None:
    """An empty folder, a missing one and a file are refused, never `0 rules, all fine`."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = []
    for path in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(UserError) as caught:
            parse_rulebook(path)
        found.append(caught.value.problems[0].code)

    assert found == ["no-rulebook", "cannot-read", "cannot-read"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "null\n", "- a\n", "text\n"])
def test_files_that_hold_nothing(folder: Path, text: str) -> None:
    """An empty file, a list or a scalar is named, not ignored."""
    (folder / "extra.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(UserError) as caught:
        parse_rulebook(folder)

    assert caught.value.problems[0].place.file.endswith("extra.yaml")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("posts >= 20", "posts > 5 and posts < 3", "never-holds"),
        ("posts >= 20", "posts > 100", "never-holds"),
        ("posts >= 20", "posts < 5 or posts >= 5", "always-holds"),
        ("      - {given: {posts: 19}, then: fails}\n", "", "no-example"),
        ("{en: Nobody else can., zh: 别人做不了。}", "{en: Nobody else can.}", "no-translation"),
    ],
)
def test_findings(folder: Path, old: str, new: str, code: str) -> None:
    """What can be read but makes no sense is found by `rules check`."""
    change(folder / "effort.yaml", old, new)

    assert code in [p.code for p in find_inconsistencies(parse_rulebook(folder))]


def test_an_idle_question_is_found(folder: Path) -> None:
    """A question that no rule reads is reported."""
    change(folder / "effort.yaml", "taste == 'us'", "posts > 90")
    change(folder / "effort.yaml", "{taste: us}", "{posts: 91}")
    change(folder / "effort.yaml", "{taste: anyone}", "{posts: 90}")

    found = find_inconsistencies(parse_rulebook(folder))

    assert [(p.code, p.message.en) for p in found] == [("idle-question", "no rule reads `taste`")]


def test_a_failing_example_names_the_deciding_part(folder: Path) -> None:
    """`rules test` says which atom made the condition what it is."""
    change(folder / "effort.yaml", "posts >= 20", "posts >= 21")

    failures = run_tests(parse_rulebook(folder), folder).failures

    assert [p.code for p in failures] == ["example-fails"]
    assert failures[0].hint.en == "because posts >= 21 is false (posts = 20)"


def test_a_failing_company_is_reported(folder: Path) -> None:
    """A test in `tests/` that expects something else fails with both values."""
    change(folder / "tests" / "cases.yaml", "recommendation: in_house", "recommendation: agency")

    failures = run_tests(parse_rulebook(folder), folder).failures

    assert [p.message.en for p in failures] == [
        "busy: recommendation should be agency, it is in_house"
    ]


def test_cells_cover_every_answer_once() -> None:
    """The cells of a number are its grid, cut at the thresholds, without gap or overlap."""
    rulebook: Rulebook = parse_rulebook(AGENCY)
    question = rulebook.question["posts"]
    borders = find_borders(rulebook.comparisons, {})

    cells = cells_of(question, question.everything, borders)

    spans = [(cell.low, cell.high) for cell in cells]  # type: ignore[union-attr]  # a number's
    # 20 in a rule, 10 in what an answer becomes at one end of a spread.
    assert spans == [(0, 9), (10, 10), (11, 19), (20, 20), (21, 100)]

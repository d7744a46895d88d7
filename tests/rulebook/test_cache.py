"""The cache of what is worked out from a rulebook's folder: never stale, never needed."""

import os
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from salesadvisor.cli.plan import plan
from salesadvisor.commission.roles import load_pay
from salesadvisor.documents.node import Node
from salesadvisor.documents.yaml_reader import read_yaml
from salesadvisor.engine.tabulation import tables_of
from salesadvisor.problems import UserError
from salesadvisor.rulebook import cache as cache_module
from salesadvisor.rulebook.cache import kept, load_rulebook
from salesadvisor.rulebook.comparison import load_comparison
from salesadvisor.rulebook.folder import built_in_rules, read_folder
from salesadvisor.rulebook.loader import parse_rulebook
from salesadvisor.rulebook.playbooks import load_playbooks

AGENCY = Path(__file__).parent.parent / "rulebooks" / "agency"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the cache in a folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "salesadvisor"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Name every YAML file that is parsed."""
    names: list[str] = []

    def counted(text: str, name: str) -> Node | None:
        names.append(name)
        return read_yaml(text, name)

    monkeypatch.setattr("salesadvisor.documents.read.read_yaml", counted)
    return names


def part_in(cache: Path, name: str = "rulebook") -> Path:
    """Return the one file of a part."""
    (file,) = cache.glob(f"*/{name}.json")
    return file


def squares_of(folder: Path, calls: list[int]) -> tuple[int, ...]:
    """Return a part of the rulebook in `folder`; making it is a call more."""

    def make() -> tuple[int, ...]:
        calls.append(1)
        return (1, 4, 9)

    return kept(load_rulebook(folder), "squares", tuple[int, ...], make)


def test_what_is_cached_is_what_was_read(cache: Path) -> None:
    """The second load comes from the cache and is equal to the first."""
    first = load_rulebook(AGENCY)
    file = part_in(cache)
    written = file.stat()
    second = load_rulebook(AGENCY)

    assert first == second == parse_rulebook(AGENCY)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert list(cache.rglob("*.json")) == [file]


def test_a_change_is_seen_at_once(tmp_path: Path) -> None:
    """An edited rule counts in the next run, whatever the clock says, and so do its parts."""
    folder = Path(shutil.copytree(AGENCY, tmp_path / "rules"))
    calls: list[int] = []
    squares_of(folder, calls)
    rules = folder / "effort.yaml"
    times = rules.stat()
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("in_house: 3", "in_house: 2"), encoding="utf-8"
    )
    os.utime(rules, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert load_rulebook(folder).rules[0].points["in_house"] == 2  # type: ignore[index]  # an id
    squares_of(folder, calls)
    assert len(calls) == 2


def test_other_code_keeps_parts_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What older code made is not read by newer code."""
    calls: list[int] = []
    squares_of(AGENCY, calls)
    package = Path(shutil.copytree(cache_module._PACKAGE, tmp_path / "code"))
    monkeypatch.setattr(cache_module, "_PACKAGE", package)
    squares_of(AGENCY, calls)
    assert len(calls) == 1  # the same code, elsewhere
    for module in ("engine/search.py", "commission/roles.py", "text.py"):
        (package / module).parent.mkdir(exist_ok=True)
        with (package / module).open("a", encoding="utf-8") as out:
            out.write("# changed\n")
        before = len(calls)
        squares_of(AGENCY, calls)
        assert len(calls) == before + 1, module


@pytest.mark.parametrize("name", ["rulebook", "squares"])
@pytest.mark.parametrize("damage", [b"", b"{}", b"\n{}", b"\xff" * 100])
def test_a_damaged_part_is_written_anew(cache: Path, name: str, damage: bytes) -> None:
    """Half a part, or nonsense, is noticed and harmless."""
    calls: list[int] = []
    squares_of(AGENCY, calls)
    file = part_in(cache, name)
    whole = file.read_bytes()
    file.write_bytes(damage or whole[: len(whole) // 2])

    assert load_rulebook(AGENCY) == parse_rulebook(AGENCY)
    assert squares_of(AGENCY, calls) == (1, 4, 9)
    assert len(calls) == 1 + (name == "squares")
    assert file.read_bytes() == whole


def test_one_changed_byte_is_noticed(cache: Path) -> None:
    """A part that says something else is never believed."""
    load_rulebook(AGENCY)
    file = part_in(cache)
    file.write_bytes(file.read_bytes().replace(b"Much work", b"Some work"))

    assert load_rulebook(AGENCY).rules[0].because.en.startswith("Much work")


def test_no_place_for_it_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home, or with a file where the folder should be, everything is made each time."""
    calls: list[int] = []
    (tmp_path / "blocked").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "blocked"))
    assert squares_of(AGENCY, calls) == squares_of(AGENCY, calls) == (1, 4, 9)
    for name in ("XDG_CACHE_HOME", "HOME", "USERPROFILE"):
        monkeypatch.delenv(name, raising=False)
    assert squares_of(AGENCY, calls) == (1, 4, 9)
    assert len(calls) == 3


def test_a_rulebook_from_elsewhere_keeps_nothing(cache: Path) -> None:
    """One that was changed in memory, or read without the cache, shares no part."""
    loaded = load_rulebook(AGENCY)
    for other in (replace(loaded, version="2"), parse_rulebook(AGENCY)):
        assert kept(other, "squares", int, lambda: 9) == 9
    assert not list(cache.glob("*/squares.json"))


def test_old_rulebooks_make_room(tmp_path: Path, cache: Path) -> None:
    """Only the parts of the last few rulebooks are kept."""
    folder = Path(shutil.copytree(AGENCY, tmp_path / "rules"))
    rules = (folder / "effort.yaml").read_text(encoding="utf-8")
    for number in range(10):
        (folder / "effort.yaml").write_text(f"{rules}# {number}\n", encoding="utf-8")
        load_rulebook(folder)

    assert len(list(cache.iterdir())) == 8


def test_problems_are_reported_each_time(tmp_path: Path) -> None:
    """A playbook that is wrong is never kept, and its problem shows its place."""
    folder = Path(shutil.copytree(built_in_rules(), tmp_path / "rules"))
    playbook = folder / "playbooks" / "inside.yaml"
    playbook.write_text(
        playbook.read_text(encoding="utf-8").replace("promise:", "promises:"), encoding="utf-8"
    )
    for _ in range(2):
        with pytest.raises(UserError, match=r"inside\.yaml:\d+:1: .*\[unknown-key\]"):
            load_playbooks(read_folder(folder), load_rulebook(folder))


def test_every_part_comes_back_as_it_was(parsed: list[str]) -> None:
    """The parts of the built-in rulebook, plan files with their places too, are equal when kept."""

    def parts() -> tuple[object, ...]:
        rulebook, folder = load_rulebook(), read_folder(None)
        parts = (load_playbooks(folder, rulebook), load_pay(folder, rulebook))
        return (rulebook, tables_of(rulebook, {}), load_comparison(folder, rulebook), *parts)

    made = parts()
    parsed.clear()

    assert parts() == made
    assert parsed == []


def test_a_plan_parses_no_rules_twice(
    parsed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The second plan reads the answers and nothing else."""
    answers = built_in_rules() / "examples" / "edtech.yaml"
    plan(answers)
    first = capsys.readouterr().out
    parsed.clear()
    plan(answers)

    assert parsed == [str(answers)]
    assert capsys.readouterr().out == first

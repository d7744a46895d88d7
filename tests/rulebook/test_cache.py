"""The cache of checked rulebooks: never stale, never needed."""

import shutil
from pathlib import Path

import pytest

from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.loader import parse_rulebook

AGENCY = Path(__file__).parent.parent / "rulebooks" / "agency"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the cache in a folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "salesadvisor"


def test_what_is_cached_is_what_was_read(cache: Path) -> None:
    """The second load comes from the cache and is equal to the first."""
    first = load_rulebook(AGENCY)
    files = list(cache.iterdir())
    second = load_rulebook(AGENCY)

    assert first == second == parse_rulebook(AGENCY)
    assert list(cache.iterdir()) == files
    assert len(files) == 1


def test_a_change_is_seen_at_once(tmp_path: Path) -> None:
    """An edited rule counts in the next run, whatever the clock says."""
    folder = Path(shutil.copytree(AGENCY, tmp_path / "rules"))
    load_rulebook(folder)
    rules = folder / "effort.yaml"
    times = rules.stat()
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("in_house: 3", "in_house: 2"), encoding="utf-8"
    )
    import os

    os.utime(rules, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert load_rulebook(folder).rules[0].points["in_house"] == 2  # type: ignore[index]  # an id


@pytest.mark.parametrize("damage", [b"", b"{}", b"\n{}", b"\xff" * 100])
def test_a_damaged_entry_is_written_anew(cache: Path, damage: bytes) -> None:
    """Half an entry, or nonsense, is noticed and harmless."""
    load_rulebook(AGENCY)
    (entry,) = cache.iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(damage or whole[: len(whole) // 2])

    assert load_rulebook(AGENCY) == parse_rulebook(AGENCY)
    assert entry.read_bytes() == whole


def test_one_changed_byte_is_noticed(cache: Path) -> None:
    """A cache entry that says something else is never believed."""
    load_rulebook(AGENCY)
    (entry,) = cache.iterdir()
    entry.write_bytes(entry.read_bytes().replace(b"Much work", b"Some work"))

    assert load_rulebook(AGENCY).rules[0].because.en.startswith("Much work")


def test_no_place_for_it_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home, or with a file where the folder should be, loading works."""
    (tmp_path / "blocked").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "blocked"))
    assert load_rulebook(AGENCY).version == "1"
    for name in ("XDG_CACHE_HOME", "HOME", "USERPROFILE"):
        monkeypatch.delenv(name, raising=False)
    assert load_rulebook(AGENCY).version == "1"

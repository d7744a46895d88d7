"""The rulebook that comes with the program."""

import re
from collections.abc import Iterator

import pytest
import yaml

from salesadvisor.advice.expectations import run_tests
from salesadvisor.engine.consistency import find_inconsistencies
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.comparison import load_comparison
from salesadvisor.rulebook.definitions import ChoiceQuestion, NumberQuestion
from salesadvisor.rulebook.folder import built_in_rules, read_folder
from salesadvisor.text import Text

RULEBOOK = load_rulebook()
SECTIONS = load_comparison(read_folder(None), RULEBOOK)


def texts() -> Iterator[tuple[str, Text]]:
    """Yield every text that a founder may see."""
    yield from ((rule.id, rule.because) for rule in RULEBOOK.rules)
    yield from ((veto.id, veto.because) for veto in RULEBOOK.vetoes)
    for pattern in RULEBOOK.patterns:
        yield from (
            (pattern.id, t) for t in (pattern.name, pattern.line, pattern.line_without_numbers)
        )
    yield from ((note.id, note.message) for note in RULEBOOK.notes)
    for check in (*RULEBOOK.contradictions, *RULEBOOK.warnings):
        yield check.id, check.message
    for question in RULEBOOK.questions:
        yield from (
            (question.id, t) for t in (question.title, question.prompt, question.help, question.why)
        )
        match question:
            case ChoiceQuestion(options=options):
                yield from ((question.id, t) for t in options.values())
            case NumberQuestion(anchors=anchors):
                yield from ((question.id, t) for t in anchors.values())
    for section in SECTIONS:
        yield section.id, section.title
        for row in section.rows:
            yield row.id, row.aspect
            yield from ((row.id, fact.text) for fact in row.cells.values())
        yield from ((section.id, note.text) for note in section.notes)
    for source in RULEBOOK.sources:
        yield source.id, source.title
        yield source.id, source.covers
    for model in RULEBOOK.models:
        yield from ((model.id, t) for t in (model.name, model.short, model.definition))


def test_it_is_consistent() -> None:
    """No rule can never or always hold, no question is idle, nothing lacks an example."""
    assert find_inconsistencies(RULEBOOK) == []


def test_its_examples_and_companies_come_out() -> None:
    """Every example beside a rule and every company in `tests/` is as it says."""
    outcome = run_tests(RULEBOOK, built_in_rules())

    assert outcome.failures == ()
    assert outcome.run > 2 * len(RULEBOOK.rules)


def test_every_statement_of_the_seed_article_has_its_place() -> None:
    """S01 to S93 are each cited by a rule, a note or a row of the comparison."""
    entries = (*RULEBOOK.entries, *RULEBOOK.notes, *RULEBOOK.assumptions)
    cited = {key for entry in entries for key in entry.evidence.sources}
    for section in SECTIONS:
        cited |= {
            k for row in section.rows for fact in row.cells.values() for k in fact.evidence.sources
        }
        cited |= {k for note in section.notes for k in note.evidence.sources}

    assert {f"S{number:02d}" for number in range(1, 94)} - cited == set()


@pytest.mark.parametrize(("id", "text"), list(texts()))
def test_every_text_is_written_in_both_languages(id: str, text: Text) -> None:
    """English and Chinese are there, and Chinese has Chinese punctuation."""
    assert text.en.strip(), id
    assert text.zh.strip(), id
    assert not re.search(r"[\u4e00-\u9fff][,.!?;][\u4e00-\u9fff]", text.zh), text.zh
    assert "！" not in text.zh
    assert not re.search(r"[\u4e00-\u9fff]", text.en), text.en


@pytest.mark.parametrize(
    "word", ["您", "贵公司", "入职事宜", "赋能", "闭环", "抓手", "客户主管", "利益相关者", "配额"]
)
def test_words_to_avoid(word: str) -> None:
    """Terms that the glossary rules out appear nowhere."""
    assert [id for id, text in texts() if word in text.zh] == []


def test_answers_that_say_unknown_are_no_options() -> None:
    """Not answering is how one says it; no question has an option for it."""
    for question in RULEBOOK.questions:
        if isinstance(question, ChoiceQuestion):
            assert "unknown" not in question.options


def test_labels_fit_a_narrow_terminal() -> None:
    """Menus cut long labels off, so there are none."""
    from salesadvisor.text import columns

    for question in RULEBOOK.questions:
        if isinstance(question, ChoiceQuestion):
            for label in question.options.values():
                assert columns(label.en) <= 36
                assert columns(label.zh) <= 36


def test_plain_yaml_reads_the_same_conditions() -> None:
    """An independent YAML reader finds the same rules with the same points."""
    found = {}
    for path in built_in_rules().glob("*.yaml"):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        for rule in data.get("rules", []):
            found[rule["id"]] = {
                m: rule["points"].get(m, 0) for m in ("inside", "outside", "hybrid")
            }

    assert found == {rule.id: dict(rule.points) for rule in RULEBOOK.rules}

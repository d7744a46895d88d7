"""A rulebook's own tests: the examples beside its rules, and the companies in `tests/`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from salesadvisor.advice.definitions import Advice
from salesadvisor.advice.explanation import advise_on
from salesadvisor.advice.verdict import State
from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import MapNode, ScalarNode
from salesadvisor.documents.read import read_document, require_mapping
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.possible import FALSE, OPEN, TRUE
from salesadvisor.language.trace import find_deciding
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.rulebook.answers import Answers, load_answers, read_answers
from salesadvisor.rulebook.definitions import Pattern, Rule, Rulebook, Veto
from salesadvisor.rulebook.known import known_values
from salesadvisor.rulebook.writing import write_answer
from salesadvisor.text import Text

_WORDS = {"holds": TRUE, "fails": FALSE, "open": OPEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the tests went."""

    run: int
    failures: tuple[Problem, ...]


def run_tests(rulebook: Rulebook, folder: Path) -> Outcome:
    """Return how the rulebook's examples and the files in its `tests/` come out.

    Raises:
        UserError: a test file can't be read.
    """
    failures: list[Problem] = []
    run = 0
    for entry in rulebook.entries:
        run += len(entry.examples)
        failures += _failing_examples(entry, rulebook)
    for fields, problems in _test_files(folder / "tests"):
        run += 1
        failures += _failing_expectations(fields, rulebook, folder / "tests")
        fields.close()
        if problems:
            raise UserError(problems)
    return Outcome(run=run, failures=tuple(failures))


def _failing_examples(entry: Rule | Veto | Pattern, rulebook: Rulebook) -> Iterator[Problem]:
    for example in entry.examples:
        values = {q.id: example.given.get(q.id, q.everything) for q in rulebook.questions}
        known = known_values(rulebook, values, {})
        truth = truth_of(entry.when, known)
        if truth == _WORDS[example.then]:
            continue
        came = next(word for word, wanted in _WORDS.items() if wanted == truth)
        deciding = find_deciding(entry.when, known)
        said = ", ".join(
            f"{id} = {write_answer(value, rulebook.question[id])}"
            for id, value in deciding.known.items()
            if id in rulebook.question
        )
        yield Problem(
            code="example-fails",
            message=Text(
                f"`{entry.id}`: this example should be `{example.then}`, it is `{came}`",
                f"`{entry.id}`：这个例子应为 `{example.then}`，实际为 `{came}`",
            ),
            place=Place(file=example.at.file, line=example.at.line, column=1),
            hint=Text(
                f"because {deciding}" + (f" ({said})" if said else ""),
                f"因为 {deciding}" + (f"（{said}）" if said else ""),
            ),
        )


def _test_files(folder: Path) -> Iterator[tuple[Fields, list[Problem]]]:
    for path in sorted(folder.glob("*.yaml")):
        problems: list[Problem] = []
        root = Fields(require_mapping(read_document(path), str(path)), problems)
        yield from ((fields, problems) for fields in root.maps("tests"))
        root.close()
        if problems:
            raise UserError(problems)


def _failing_expectations(fields: Fields, rulebook: Rulebook, folder: Path) -> list[Problem]:
    name = fields.words("name")
    answers = _answers(fields, rulebook, folder)
    expected = fields.map("expect")
    if answers is None or expected is None:
        return []
    advice = advise_on(rulebook, answers)
    failures: list[Problem] = []

    def compare(what: str, wanted: object, found: object) -> None:
        if wanted != found:
            node = expected.node.get(what)
            failures.append(
                Problem(
                    code="test-fails",
                    message=Text(
                        f"{name}: {what} should be {wanted}, it is {found}",
                        f"{name}：{what} 应为 {wanted}，实际为 {found}",
                    ),
                    place=(node or expected.node).place,
                    hint=Text(
                        "`salesadvisor advise` shows the reasons",
                        "`salesadvisor advise` 会显示理由",
                    ),
                )
            )

    models = [str(model.id) for model in rulebook.models]
    if expected.has("recommendation"):
        wanted = expected.one_of("recommendation", [*models, "none"])
        compare("recommendation", wanted, advice.recommendation or "none")
    if expected.has("status"):
        compare(
            "status",
            expected.one_of("status", [state.value for state in State]),
            str(advice.status),
        )
    if expected.has("rules"):
        wanted_rules = sorted(node.text for node in expected.scalars("rules"))
        compare("rules", wanted_rules, sorted(r.rule for r in advice.reasons if r.truth == "true"))
    if expected.has("vetoes"):
        wanted_vetoes = sorted(node.text for node in expected.scalars("vetoes"))
        compare("vetoes", wanted_vetoes, sorted({veto.id for veto in advice.vetoes}))
    if expected.has("patterns"):
        wanted_patterns = [node.text for node in expected.scalars("patterns")]
        compare("patterns", wanted_patterns, [pattern.id for pattern in advice.patterns])
    if expected.has("scores"):
        _compare_scores(expected, advice, models, compare)
    expected.close()
    return failures


def _compare_scores(
    expected: Fields,
    advice: Advice,
    models: list[str],
    compare: Callable[[str, object, object], None],
) -> None:
    inner = expected.map("scores")
    if inner is not None:
        scores: Mapping[str, float] = {str(m): a.score for m, a in advice.models.items()}
        compare("scores", {m: float(inner.number(m)) for m in models}, dict(scores))
        inner.close()


def _answers(fields: Fields, rulebook: Rulebook, folder: Path) -> Answers | None:
    node = fields.node_of("answers")
    if isinstance(node, ScalarNode):
        path = (folder / node.text).resolve()
        if not path.is_relative_to(folder.parent.resolve()):
            fields.problem(
                "cannot-read",
                Text(
                    "tests read answers from the rulebook's own folder",
                    "测试只读取规则库文件夹内的回答",
                ),
                node.place,
                Text(
                    "write a path such as ../examples/devtool.yaml", "例如 ../examples/devtool.yaml"
                ),
            )
            return None
        return load_answers(path, rulebook)
    if isinstance(node, MapNode):
        return read_answers(node, rulebook, node.place.file)
    return None

"""Small random rulebooks, and what they mean by brute force: every completion of the answers."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product

from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.advice.scoring import Scoring
from salesadvisor.language.compiler import Single, compile_expression
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.parser import parse_expression
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Value
from salesadvisor.language.syntax import Expression, names_in
from salesadvisor.rulebook.amounts import Money
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import (
    At,
    Axis,
    ChoiceQuestion,
    Criterion,
    CriterionId,
    Evidence,
    Formula,
    Kind,
    Model,
    ModelId,
    NumberQuestion,
    Pattern,
    Question,
    QuestionId,
    Requirement,
    Rule,
    Rulebook,
    Sample,
    Status,
    Veto,
    View,
    Views,
)
from salesadvisor.rulebook.known import known_values
from salesadvisor.text import Text

AT = At("test.yaml", 1)
OURS = Evidence(sources=(), status=Status.ASSUMED)
WORDS = Text("words", "文字")
LEFT, RIGHT, BOTH = ModelId("left"), ModelId("right"), ModelId("both")
MODELS = (LEFT, RIGHT, BOTH)


def _number(id: str, high: int) -> Question:
    return NumberQuestion(
        id=QuestionId(id), part="all", first=True, kind=Kind.NUMBER, unit=None,
        domain=Numbers(0.0, float(high)), step=Decimal(1),
        plausible=Numbers(0.0, float(high)), title=WORDS, prompt=WORDS, help=WORDS,
        why=WORDS, anchors={}, at=AT,
    )  # fmt: skip


def choice(id: str, options: str, *, several: bool = False) -> Question:
    """Return a question with these options; of several, `none` excludes the others."""
    return ChoiceQuestion(
        id=QuestionId(id), part="all", first=True, kind=Kind.MULTI if several else Kind.CHOICE,
        options=dict.fromkeys(options.split(), WORDS), exclusive="none" if several else None,
        title=WORDS, prompt=WORDS, help=WORDS, why=WORDS, at=AT,
    )  # fmt: skip


QUESTIONS = (
    _number("size", 6),
    _number("speed", 4),
    choice("taste", "sweet sour salty"),
    choice("place", "here there"),
    choice("extras", "none ice lid", several=True),
)

_ATOMS = (
    "size >= 3", "size < 2", "speed > 1", "speed == 2", "1 < size <= 4", "taste == 'sweet'",
    "taste in ('sour', 'salty')", "taste != 'salty'", "place == 'here'", "'ice' in extras",
    "'none' not in extras", "area >= 6", "area < 3", "size in (2, 5)",
)  # fmt: skip


@st.composite
def _conditions(draw: st.DrawFn) -> Expression:
    atoms = draw(st.lists(st.sampled_from(_ATOMS), min_size=1, max_size=3))
    joined = draw(st.sampled_from([" and ", " or "])).join(atoms)
    return parse_expression(f"not ({joined})" if draw(st.booleans()) else joined)


_SMALLER = ({"size": "size / 2"}, {"size": "size - 2", "speed": "speed - 1"}, {"taste": "'sour'"})
_LARGER = (
    {"size": "size * 2", "speed": "speed + 1"},
    {"speed": "speed * 1.5", "taste": "'sweet' if place == 'here' else taste"},
    {"size": "size + 3"},
)


def rule(id: str, when: str | Expression, points: Mapping[ModelId, int], of: str = "two") -> Rule:
    """Return a rule of the criterion `of`."""
    return Rule(
        id=id, criterion=CriterionId(of), when=_parsed(when), because=WORDS, evidence=OURS,
        points={model: points.get(model, 0) for model in MODELS}, examples=(), at=AT,
    )  # fmt: skip


def veto(id: str, when: str | Expression, excludes: ModelId) -> Veto:
    """Return a veto on one model."""
    return Veto(
        id=id, when=_parsed(when), excludes=(excludes,), because=WORDS, evidence=OURS, examples=(),
        at=AT,
    )  # fmt: skip


def pattern(id: str, when: str | Expression) -> Pattern:
    """Return a pattern of the blend."""
    return Pattern(
        id=id, model=BOTH, name=WORDS, when=_parsed(when), leads_when=None, line=WORDS,
        line_without_numbers=WORDS, evidence=OURS, examples=(), at=AT,
    )  # fmt: skip


def views(when: str | Expression, small: Mapping[str, str], large: Mapping[str, str]) -> Views:
    """Return when customers differ, and what the answers become at both ends."""

    def view(becomes: Mapping[str, str]) -> View:
        parsed = {QuestionId(id): parse_expression(text) for id, text in becomes.items()}
        return View(name=WORDS, becomes=parsed)

    return Views(
        id="S", when=_parsed(when), small=view(small), large=view(large), split_earns=BOTH,
        split_points=2, line=QuestionId("size"), because=WORDS, says=WORDS,
        says_without_line=WORDS, evidence=OURS, at=AT,
    )  # fmt: skip


def _parsed(when: str | Expression) -> Expression:
    return parse_expression(when) if isinstance(when, str) else when


def make_rulebook(
    *,
    rules: tuple[Rule, ...],
    vetoes: tuple[Veto, ...] = (),
    patterns: tuple[Pattern, ...] = (),
    views: Views | None = None,
    weight: str = "1",
) -> Rulebook:
    """Return a rulebook of three models, one of them a blend that needs a pattern."""
    needs = Requirement(id="N", because=WORDS, evidence=OURS, at=AT)
    return Rulebook(
        name=WORDS, version="1", digest="sha256:0", currency="USD", temperature=4.0,
        temperature_note=WORDS, ties=(LEFT, BOTH, RIGHT),
        axis=Axis(left=LEFT, right=RIGHT, left_label=WORDS, right_label=WORDS),
        models=(
            Model(id=LEFT, name=WORDS, short=WORDS, definition=WORDS, blend_of=(), requirement=None),
            Model(id=RIGHT, name=WORDS, short=WORDS, definition=WORDS, blend_of=(), requirement=None),
            Model(id=BOTH, name=WORDS, short=WORDS, definition=WORDS, blend_of=(LEFT, RIGHT), requirement=needs),
        ),
        criteria=(
            Criterion(id=CriterionId("one"), title=WORDS, weight=Decimal(weight)),
            Criterion(id=CriterionId("two"), title=WORDS, weight=Decimal("1.25")),
        ),
        parts=(), questions=QUESTIONS, contradictions=(), warnings=(), assumptions=(),
        formulas=(
            Formula(id="area", title=WORDS, unit=None, value=parse_expression("size * speed"), at=AT),
        ),
        figures=None, second_opinions=None, views=views, rules=rules, vetoes=vetoes, patterns=patterns,
        notes=(), sources=(), precedents=(), sample=Sample(numbers={}, options={}), search_nodes=2000,
    )  # fmt: skip


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    """Draw a rulebook, with or without a spread of customers."""
    points = st.integers(-3, 3)
    spread = st.builds(views, _conditions(), st.sampled_from(_SMALLER), st.sampled_from(_LARGER))
    return make_rulebook(
        rules=tuple(
            rule(
                f"R{i}",
                draw(_conditions()),
                {model: draw(points) for model in MODELS},
                draw(st.sampled_from(["one", "two"])),
            )
            for i in range(draw(st.integers(1, 7)))
        ),
        vetoes=tuple(
            veto(f"V{i}", draw(_conditions()), draw(st.sampled_from(MODELS)))
            for i in range(draw(st.integers(0, 3)))
        ),
        patterns=tuple(
            pattern(f"P{i}", draw(_conditions())) for i in range(draw(st.integers(0, 2)))
        ),
        views=draw(st.none() | spread),
        weight=draw(st.sampled_from(["1", "0.75", "2"])),
    )


@st.composite
def answers_within(draw: st.DrawFn, wide: Mapping[QuestionId, Value] | None = None) -> Answers:
    """Draw answers, or answers that are narrower than others."""
    known: dict[QuestionId, Value] = {}
    for question in QUESTIONS:
        outer = wide[question.id] if wide else question.everything
        match outer:
            case Numbers(low, high):
                ends = sorted(draw(st.tuples(*[st.integers(int(low), int(high))] * 2)))
                known[question.id] = draw(
                    st.sampled_from(
                        [outer, Numbers(*map(float, ends)), Numbers(float(ends[0]), float(ends[0]))]
                    )
                )
            case OneOf(options):
                some = draw(st.sets(st.sampled_from(sorted(options)), min_size=1))
                known[question.id] = OneOf(frozenset(some))
            case SomeOf():
                singles = list(completions_of(outer))
                kept = draw(st.sampled_from(singles))
                known[question.id] = draw(st.sampled_from([outer, SomeOf(kept, kept)]))
            case _:
                raise TypeError(outer)
    return make_answers(known)


def make_answers(known: dict[QuestionId, Value]) -> Answers:
    """Return answers with these possible values."""
    return Answers(
        file="test", name="", id="", labels={}, values=known,
        answered=tuple(q.id for q in QUESTIONS if known[q.id] != q.everything),
        money=Money(currency="USD", rate=Decimal(1)), unconverted=(), weights={}, assumptions={},
    )  # fmt: skip


def completions_of(value: Value) -> Iterator[frozenset[str]]:
    """Yield every choice that a multiple choice leaves possible."""
    assert isinstance(value, SomeOf)
    rest = sorted(value.possible - value.certain - {"none"})
    if "none" in value.possible and not value.certain - {"none"}:
        yield frozenset({"none"})
        if "none" in value.certain:
            return
    for chosen in product([False, True], repeat=len(rest)):
        option = value.certain | {id for id, taken in zip(rest, chosen, strict=True) if taken}
        if option and option != {"none"}:
            yield frozenset(option)


def completions(answers: Answers) -> Iterator[dict[str, Single]]:
    """Yield every way in which the open answers can turn out."""
    choices: list[list[Single]] = []
    for question in QUESTIONS:
        match answers.values[question.id]:
            case Numbers(low, high):
                choices.append([float(n) for n in range(int(low), int(high) + 1)])
            case OneOf(options):
                choices.append(list(options))
            case value:
                choices.append(list(completions_of(value)))
    for combination in product(*choices):
        known: dict[str, Single] = dict(zip((q.id for q in QUESTIONS), combination, strict=True))
        size, speed = known["size"], known["speed"]
        assert isinstance(size, float)
        assert isinstance(speed, float)
        yield {**known, "area": size * speed}


def outcome(rulebook: Rulebook, known: Mapping[str, Single]) -> tuple[dict[str, Decimal], set[str]]:
    """Return scores and excluded models, computed on exact decimals and single values."""
    weight = {c.id: c.weight for c in rulebook.criteria}
    scores = dict.fromkeys(MODELS, Decimal(0))
    own = Decimal(0)
    for rule in rulebook.rules:
        if compile_expression(rule.when)(known):
            for model in (LEFT, RIGHT):
                scores[model] += rule.points[model] * weight[rule.criterion]
            own += rule.points[BOTH] * weight[rule.criterion]
    scores[BOTH] = (scores[LEFT] + scores[RIGHT]) / 2 + own
    excluded = {m for v in rulebook.vetoes if compile_expression(v.when)(known) for m in v.excludes}
    if not any(compile_expression(p.when)(known) for p in rulebook.patterns):
        excluded.add(BOTH)
    return {str(m): s for m, s in scores.items()}, {str(m) for m in excluded}


def winners(rulebook: Rulebook, known: Mapping[str, Single]) -> set[str]:
    """Return what can be recommended: the best, several in a tie; `none` where all are excluded.

    Where customers differ, the ends of the spread are looked at, too.
    """
    best = _best(rulebook, known, MODELS)
    ends = ends_of(rulebook, known)
    if rulebook.views is None or ends is None:
        return best
    small, large = ends
    if small != large:
        vetoed = any(
            BOTH in v.excludes and compile_expression(v.when)(known) for v in rulebook.vetoes
        )
        return best if vetoed else {BOTH}
    spread = set(rulebook.questions_behind(names_in(rulebook.views.when)))
    otherwise = any(
        compile_expression(p.when)(known)
        for p in rulebook.patterns
        if spread.isdisjoint(rulebook.questions_behind(names_in(p.when)))
    )
    return {small} if BOTH in best and not otherwise else best


def ends_of(rulebook: Rulebook, known: Mapping[str, Single]) -> tuple[str, str] | None:
    """Return what wins at both ends of the spread, if customers differ and both have a winner."""
    views = rulebook.views
    if views is None or not compile_expression(views.when)(known):
        return None
    pure = (LEFT, RIGHT)
    small, large = (_best(rulebook, seen(v, known), pure) for v in (views.small, views.large))
    if len(small) > 1 or len(large) > 1 or "none" in small | large:
        return None
    return next(iter(small)), next(iter(large))


def _best(rulebook: Rulebook, known: Mapping[str, Single], models: tuple[ModelId, ...]) -> set[str]:
    scores, excluded = outcome(rulebook, known)
    left = {model: scores[model] for model in models if model not in excluded}
    if not left:
        return {"none"}
    best = max(left.values())
    return {model for model, score in left.items() if score == best}


def scoring_of(scoring: Scoring, values: Mapping[QuestionId, Value]) -> Scoring:
    """Return a scoring as the evaluator of sets sees it with these values; bounds aside."""
    known = known_values(scoring.rulebook, values, {})
    truths = {e.id: truth_of(e.when, known) for e in scoring.rulebook.entries}
    return replace(scoring, known=known, truths=truths, open_questions=())


def seen(view: View, known: Mapping[str, Single]) -> Mapping[str, Single]:
    """Return single answers as they are from one end of the spread."""
    becomes: dict[str, Single] = {}
    for id, expression in view.becomes.items():
        value = compile_expression(expression)(known)
        if isinstance(value, float):
            high = {"size": 6, "speed": 4}[id]
            becomes[id] = float(min(max(round(value), 0), high))
        else:
            becomes[id] = value
    after = {**known, **becomes}
    size, speed = after["size"], after["speed"]
    assert isinstance(size, float)
    assert isinstance(speed, float)
    return {**after, "area": size * speed}

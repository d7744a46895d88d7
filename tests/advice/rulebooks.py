"""Small random rulebooks, and what they mean by brute force: every completion of the answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import product

from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.parser import parse_expression
from salesadvisor.language.possible import Numbers, OneOf, SomeOf, Truth, Value
from salesadvisor.language.syntax import Expression, names_in
from salesadvisor.rulebook.amounts import Money
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import (
    At,
    Axis,
    ChoiceQuestion,
    Confidence,
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
from tests.language.oracle import Single, compile_expression
from tests.strategies import as_set

AT = At("test.yaml", 1)
OURS = Evidence(sources=(), status=Status.ASSUMED)
WORDS = Text("words", "文字")
LEFT, RIGHT, BOTH = ModelId("left"), ModelId("right"), ModelId("both")
MODELS = (LEFT, RIGHT, BOTH)


_parse = cache(parse_expression)


def number(id: str, high: int) -> Question:
    """Return a question for whole numbers from 0."""
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
    number("size", 6),
    number("speed", 4),
    choice("taste", "sweet sour salty"),
    choice("place", "here there"),
    choice("extras", "none ice lid", several=True),
)

_ATOMS = (
    "size >= 3", "size < 2", "speed > 1", "speed == 2", "1 < size <= 4", "taste == 'sweet'",
    "taste in ('sour', 'salty')", "taste != 'salty'", "place == 'here'", "'ice' in extras",
    "'none' not in extras", "area >= 6", "area < 3", "size in (2, 5)",
)  # fmt: skip
JOINING = (
    "area >= 6", "area < 3", "size > speed", "size - speed >= 2", "size + speed == 5",
    "area in (4, 12)", "size * size < 9 * speed", "size >= 3", "place == 'here'",
)  # fmt: skip
"""Conditions most of which join two answers."""

_ALWAYS = ("True", "size >= 0", "place in ('here', 'there')", "area >= 0")
"""Conditions that hold whatever the answers."""


@st.composite
def _conditions(draw: st.DrawFn, among: Sequence[str] = _ATOMS) -> Expression:
    atoms = draw(st.lists(st.sampled_from(among), min_size=1, max_size=3))
    joined = draw(st.sampled_from([" and ", " or "])).join(atoms)
    return _parse(f"not ({joined})" if draw(st.booleans()) else joined)


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
        parsed = {QuestionId(id): _parse(text) for id, text in becomes.items()}
        return View(name=WORDS, becomes=parsed)

    return Views(
        id="S", when=_parsed(when), small=view(small), large=view(large), split_earns=BOTH,
        split_points=2, line=QuestionId("size"), because=WORDS, says=WORDS,
        says_without_line=WORDS, evidence=OURS, at=AT,
    )  # fmt: skip


def _parsed(when: str | Expression) -> Expression:
    return _parse(when) if isinstance(when, str) else when


READS_ALL = rule(
    "R-all",
    "size >= 0 and speed >= 0 and taste != 'salty' and place != 'here' and 'lid' in extras",
    {},
)
"""Reads every question, so that any three answers are enough for advice."""


CONFIDENCE = {
    "firm": Confidence(at_least=0.9, right=0, of=0),
    "leaning": Confidence(at_least=0.6, right=0, of=0),
    "open": Confidence(at_least=0, right=0, of=0),
}


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
            Formula(id="area", title=WORDS, unit=None, value=_parse("size * speed"), at=AT),
        ),
        figures=None, second_opinions=None, views=views, rules=rules, vetoes=vetoes, patterns=patterns,
        notes=(), sources=(), precedents=(), sample=Sample(numbers={}, options={}), search_nodes=2000,
        draws=64, doubt=0.1, confidence=CONFIDENCE, rough_rates={}, alternatives=(),
    )  # fmt: skip


@st.composite
def rulebooks(
    draw: st.DrawFn, among: Sequence[str] = _ATOMS, *, with_views: bool | None = None
) -> Rulebook:
    """Draw a rulebook, with or without a spread of customers.

    Three in four have one, and most of these apply: about three in five examples have a spread
    that applies for certain, and seven in ten one that may (`test_a_spread_is_often_drawn`).

    Args:
        draw: From what.
        among: Conditions, of which those of the entries are made.
        with_views: Whether there is a spread; None: perhaps.
    """
    points = st.integers(-3, 3)
    conditions = _conditions(among)
    rules = [
        rule(
            f"R{i}",
            draw(conditions),
            {model: draw(points) for model in MODELS},
            draw(st.sampled_from(["one", "two"])),
        )
        for i in range(draw(st.integers(1, 7)))
    ]
    if draw(st.sampled_from([True, True, True, False])):
        rules.append(replace(READS_ALL, points={model: draw(points) for model in MODELS}))
    spread = None
    if with_views is None:
        with_views = draw(st.sampled_from([False, True, True, True]))
    if with_views:
        if draw(st.booleans()):  # rules that pull apart by size: the ends often differ
            rules.append(rule("R-small", "size < 3", {LEFT: draw(st.integers(1, 3))}))
            rules.append(rule("R-large", "size >= 3", {RIGHT: draw(st.integers(1, 3))}))
        always = draw(st.sampled_from([True, True, False]))
        when = _parse(draw(st.sampled_from(_ALWAYS))) if always else draw(conditions)
        spread = views(when, draw(st.sampled_from(_SMALLER)), draw(st.sampled_from(_LARGER)))
    return make_rulebook(
        rules=tuple(rules),
        vetoes=tuple(
            veto(f"V{i}", draw(conditions), draw(st.sampled_from(MODELS)))
            for i in range(draw(st.integers(0, 3)))
        ),
        patterns=tuple(pattern(f"P{i}", draw(conditions)) for i in range(draw(st.integers(0, 2)))),
        views=spread,
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


class Meaning:
    """What a rulebook says of single values, computed on exact decimals."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        weight = {c.id: c.weight for c in rulebook.criteria}
        self.rules = [
            (compile_expression(r.when), {m: r.points[m] * weight[r.criterion] for m in MODELS})
            for r in rulebook.rules
        ]
        self.vetoes = [(compile_expression(v.when), v.excludes) for v in rulebook.vetoes]
        self.patterns = [(compile_expression(p.when), p) for p in rulebook.patterns]
        self.views: list[tuple[View, Mapping[str, Callable[..., Single]]]] = []
        if rulebook.views is not None:
            self.applies = compile_expression(rulebook.views.when)
            self.views = [
                (view, {id: compile_expression(e) for id, e in view.becomes.items()})
                for view in (rulebook.views.small, rulebook.views.large)
            ]
            spread = set(rulebook.questions_behind(names_in(rulebook.views.when)))
            self.beside = [
                holds
                for holds, p in self.patterns
                if spread.isdisjoint(rulebook.questions_behind(names_in(p.when)))
            ]
        self._known: dict[tuple[Single, ...], tuple[dict[str, Decimal], set[str]]] = {}

    def outcome(self, known: Mapping[str, Single]) -> tuple[dict[str, Decimal], set[str]]:
        """Return scores and excluded models."""
        key = tuple(known[question.id] for question in QUESTIONS)
        if key not in self._known:
            self._known[key] = self._outcome(known)
        scores, excluded = self._known[key]
        return {**scores}, {*excluded}

    def _outcome(self, known: Mapping[str, Single]) -> tuple[dict[str, Decimal], set[str]]:
        held = [points for holds, points in self.rules if holds(known)]
        scores = {str(m): sum((points[m] for points in held), Decimal(0)) for m in MODELS}
        scores[BOTH] += (scores[LEFT] + scores[RIGHT]) / 2
        excluded = {str(m) for holds, models in self.vetoes if holds(known) for m in models}
        if not any(holds(known) for holds, _ in self.patterns):
            excluded.add(BOTH)
        return scores, excluded

    def best(self, known: Mapping[str, Single], models: tuple[ModelId, ...]) -> set[str]:
        """Return the best of some models: several in a tie, `none` where all are excluded."""
        scores, excluded = self.outcome(known)
        left = {str(model): scores[model] for model in models if model not in excluded}
        if not left:
            return {"none"}
        best = max(left.values())
        return {model for model, score in left.items() if score == best}

    def ends(self, known: Mapping[str, Single]) -> tuple[set[str], set[str]] | None:
        """Return the best at both ends of the spread, if customers differ."""
        if not self.views or not self.applies(known):
            return None
        small, large = (
            self.best(_seen(becomes, known), (LEFT, RIGHT)) for _, becomes in self.views
        )
        return small, large

    def seen(self, view: View, known: Mapping[str, Single]) -> Mapping[str, Single]:
        """Return single answers as they are from one end of the spread."""
        return next(_seen(becomes, known) for other, becomes in self.views if other is view)


_last: list[Meaning] = []


def meaning_of(rulebook: Rulebook) -> Meaning:
    """Return what a rulebook means; that of the last one is remembered."""
    if not _last or _last[0].rulebook is not rulebook:
        _last[:] = [Meaning(rulebook)]
    return _last[0]


def outcome(rulebook: Rulebook, known: Mapping[str, Single]) -> tuple[dict[str, Decimal], set[str]]:
    """Return scores and excluded models, computed on exact decimals and single values."""
    return meaning_of(rulebook).outcome(known)


def winners(rulebook: Rulebook, known: Mapping[str, Single]) -> set[str]:
    """Return what can be recommended: the best, several in a tie; `none` where all are excluded.

    Where customers differ, the ends of the spread are looked at, too.
    """
    meaning = meaning_of(rulebook)
    best = meaning.best(known, MODELS)
    ends = ends_of(rulebook, known)
    if ends is None:
        return best
    small, large = ends
    if small != large:
        vetoed = any(BOTH in models and holds(known) for holds, models in meaning.vetoes)
        return best if vetoed else {BOTH}
    otherwise = any(holds(known) for holds in meaning.beside)
    return {small} if BOTH in best and not otherwise else best


def ends_of(rulebook: Rulebook, known: Mapping[str, Single]) -> tuple[str, str] | None:
    """Return what wins at both ends of the spread, if customers differ and both have a winner."""
    ends = meaning_of(rulebook).ends(known)
    if ends is None or any(len(end) > 1 or "none" in end for end in ends):
        return None
    small, large = ends
    return next(iter(small)), next(iter(large))


def truths_by_sets(rulebook: Rulebook, values: Mapping[QuestionId, Value]) -> Mapping[str, Truth]:
    """Return the truth of every rule, veto and pattern as the evaluator of sets sees it."""
    known = known_values(rulebook, values, {})
    return {entry.id: truth_of(entry.when, known) for entry in rulebook.entries}


def answers_from(known: Mapping[str, Single]) -> Answers:
    """Return one completion as answers."""
    return make_answers({question.id: as_set(known[question.id]) for question in QUESTIONS})


def _seen(
    becomes: Mapping[str, Callable[..., Single]], known: Mapping[str, Single]
) -> Mapping[str, Single]:
    after = dict(known)
    for id, function in becomes.items():
        value = function(known)
        if isinstance(value, float):
            value = float(min(max(round(value), 0), {"size": 6, "speed": 4}[id]))
        after[id] = value
    size, speed = after["size"], after["speed"]
    assert isinstance(size, float)
    assert isinstance(speed, float)
    return {**after, "area": size * speed}

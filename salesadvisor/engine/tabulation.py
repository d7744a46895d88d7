"""Rulebook -> tables: its questions cut into cells, and in which of them each condition is true."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from salesadvisor.engine.cells import cells_of
from salesadvisor.engine.tables import (
    APPLIES,
    AllOf,
    AnyOf,
    Condition,
    Constant,
    Joint,
    Not,
    Perspective,
    Tables,
    Test,
)
from salesadvisor.language.borders import Borders, find_borders
from salesadvisor.language.evaluator import evaluate, truth_of
from salesadvisor.language.possible import (
    OPEN,
    TRUE,
    Numbers,
    OneOf,
    SomeOf,
    Value,
    union,
)
from salesadvisor.language.syntax import And, Compare, Expression, Number, Or, names_in
from salesadvisor.language.syntax import Not as Negated
from salesadvisor.rulebook.cache import kept
from salesadvisor.rulebook.definitions import (
    ChoiceQuestion,
    NumberQuestion,
    Question,
    QuestionId,
    Rulebook,
)
from salesadvisor.rulebook.known import Lookup, assumed_values
from salesadvisor.rulebook.lookups import SeenLookup


def tables_of(rulebook: Rulebook, assumptions: Mapping[str, Numbers]) -> Tables:
    """Return the rulebook as tables; made once for each set of assumptions.

    Those with the assumptions as they stand are kept between runs.

    Args:
        rulebook: What asks and judges.
        assumptions: Those that an answer file replaces.
    """
    assumed = assumed_values(rulebook, assumptions)
    made = _made(rulebook)
    key = _key(rulebook, assumed)
    if key not in made:
        if len(made) >= _MOST_KEPT:
            made.pop(next(iter(made)))
        make = _Maker(rulebook, assumed).make
        as_they_stand = key == _key(rulebook, assumed_values(rulebook, {}))
        made[key] = kept(rulebook, "tables", Tables, make) if as_they_stand else make()
    return made[key]


def keep_tables(rulebook: Rulebook, tables: Tables) -> None:
    """Keep tables that were made before, with the assumptions as they stand."""
    _made(rulebook)[_key(rulebook, assumed_values(rulebook, {}))] = tables


def _key(rulebook: Rulebook, assumed: Mapping[str, Numbers]) -> tuple[float, ...]:
    """Return what tables depend on: the assumptions behind what can move the advice."""
    return tuple(assumed[id].low for id in assumed if id in rulebook.deciding_names)


def _made(rulebook: Rulebook) -> dict[tuple[float, ...], Tables]:
    """Return what was made of this rulebook: beside its fields, as a cached property is."""
    made: dict[tuple[float, ...], Tables] = rulebook.__dict__.setdefault("tables", {})
    return made


_Atom = tuple[int, Expression]
"""A condition without `and`, `or` and `not`, and the perspective it is read in."""


_MOST_KEPT = 16
"""Sets of assumptions whose tables are kept; a long list of companies may have one for each."""
_MOST_LOOKS = 500
"""How often a condition may still be open on a piece: ten thresholds of any form take fewer."""


class _Maker:
    def __init__(self, rulebook: Rulebook, assumed: Mapping[str, Numbers]) -> None:
        self.rulebook = rulebook
        self.assumed = assumed
        views = rulebook.views
        self.views = (None,) if views is None else (None, views.small, views.large)
        self.index = {question.id: i for i, question in enumerate(rulebook.questions)}
        entries = (*rulebook.entries, *rulebook.contested)
        self.whens = {entry.id: entry.when for entry in entries}
        if views is not None:
            self.whens[APPLIES] = views.when
        self.behind: dict[tuple[int, str], frozenset[int]] = {}
        self.cells: list[tuple[Value, ...]] = []
        self.true_in: dict[_Atom, tuple[int, ...]] = {}
        self.conditions: dict[Condition, int] = {}

    def make(self) -> Tables:
        """Return the tables."""
        alone: dict[int, list[_Atom]] = defaultdict(list)
        joint: set[int] = set()
        for when in self.whens.values():
            for condition in _atoms(when):
                for perspective in range(len(self.views)):
                    questions = self._questions(perspective, condition)
                    if len(questions) == 1:
                        alone[next(iter(questions))].append((perspective, condition))
                    else:
                        joint |= questions
        known: dict[str, Value] = {q.id: q.everything for q in self.rulebook.questions}
        borders = find_borders(
            self.rulebook.comparisons, Lookup(self.rulebook, {**self.assumed, **known})
        )
        for index, question in enumerate(self.rulebook.questions):
            self._cut(question, borders, alone[index], apart=index in joint)
        perspectives = tuple(self._perspective(index) for index in range(len(self.views)))
        return Tables(
            cells=tuple(self.cells),
            conditions=tuple(self.conditions),
            perspectives=perspectives,
        )

    def _questions(self, perspective: int, expression: Expression) -> frozenset[int]:
        """Return the questions that an expression reads in a perspective."""
        return frozenset[int]().union(
            *(self._behind(perspective, name) for name in names_in(expression))
        )

    def _behind(self, perspective: int, name: str) -> frozenset[int]:
        found = self.behind.get((perspective, name))
        if found is None:
            view = self.views[perspective]
            if name in self.rulebook.formula:
                found = self._questions(perspective, self.rulebook.formula[name].value)
            elif name in self.assumed:
                found = frozenset()
            else:
                id = QuestionId(name)
                found = frozenset({self.index[id]})  # an open answer stays as it is
                if view is not None and id in view.becomes:
                    found |= self._questions(0, view.becomes[id])
            self.behind[perspective, name] = found
        return found

    def _cut(
        self, question: Question, borders: Borders, atoms: "list[_Atom]", *, apart: bool
    ) -> None:
        """Cut a question into cells, and keep in which of them each condition on it is true.

        Cells that nothing tells apart become one; not options that conditions on several
        questions may still tell `apart`.
        """
        wanted = list(dict.fromkeys(atoms))
        pieces = _Pieces(self, question)
        found = pieces.cut(borders, wanted)
        while pieces.hopeless:  # rather than cells without end: read from values, as joint ones are
            apart = True
            wanted = [atom for atom in wanted if atom not in pieces.hopeless]
            pieces = _Pieces(self, question)
            found = pieces.cut(borders, wanted)
        cells: list[Value] = []
        columns: list[Mapping[_Atom, bool]] = []
        is_number = isinstance(question, NumberQuestion)
        for value, truths in found:
            same = columns.index(truths) if truths in columns else None
            if same is not None and (same == len(cells) - 1 if is_number else not apart):
                cells[same] = union(cells[same], value)
            else:
                cells.append(value)
                columns.append(truths)
        self.cells.append(tuple(cells))
        for atom in wanted:
            if all(atom in truths for truths in columns):
                self.true_in[atom] = tuple(i for i, t in enumerate(columns) if t[atom])

    def _perspective(self, index: int) -> Perspective:
        return Perspective(
            conditions={id: self._condition(index, when) for id, when in self.whens.items()},
            questions={
                id: tuple(sorted(self._questions(index, when))) for id, when in self.whens.items()
            },
        )

    def _condition(self, perspective: int, when: Expression) -> int:
        """Return the number of a condition; what is the same in two places is one."""
        match when:
            case And(operands):
                return self._number(AllOf(self._parts(perspective, operands)))
            case Or(operands):
                return self._number(AnyOf(self._parts(perspective, operands)))
            case Negated(operand):
                return self._number(Not(self._condition(perspective, operand)))
            case _:
                return self._number(self._atom(perspective, when))

    def _parts(self, perspective: int, operands: tuple[Expression, ...]) -> tuple[int, ...]:
        return tuple(self._condition(perspective, operand) for operand in operands)

    def _number(self, condition: Condition) -> int:
        return self.conditions.setdefault(condition, len(self.conditions))

    def _atom(self, perspective: int, when: Expression) -> Condition:
        questions = self._questions(perspective, when)
        if not questions:
            return Constant(truth_of(when, Lookup(self.rulebook, self.assumed)) == TRUE)
        cells = self.true_in.get((perspective, when))
        if cells is None:
            view = self.views[perspective]
            ids = {self.rulebook.questions[index].id for index in questions}
            moves = view is not None and not ids.isdisjoint(view.becomes)
            return Joint(self._folded(when), tuple(sorted(questions)), perspective if moves else 0)
        return Test(next(iter(questions)), cells, self.true_in[0, when])

    def _folded(self, when: Expression) -> Expression:
        """Return a comparison with the parts that read no question as numbers."""

        def fold(part: Expression) -> Expression:
            if isinstance(part, Number) or any(self._behind(0, name) for name in names_in(part)):
                return part
            value = evaluate(part, Lookup(self.rulebook, self.assumed))
            return Number(value.low) if isinstance(value, Numbers) else part

        match when:
            case Compare(left, links):
                return Compare(fold(left), tuple((symbol, fold(right)) for symbol, right in links))
            case _:
                return when


class _Pieces:
    """Cuts one question until each condition on it is true or false in every piece."""

    def __init__(self, maker: _Maker, question: Question) -> None:
        self.maker = maker
        self.question = question
        self.looks: Counter[_Atom] = Counter()
        self.hopeless: set[_Atom] = set()

    def cut(
        self, borders: Borders, atoms: "list[_Atom]"
    ) -> list[tuple[Value, Mapping["_Atom", bool]]]:
        """Return the pieces, and which conditions hold in each."""
        pieces = cells_of(self.question, self.question.everything, borders)
        return [found for piece in pieces for found in self._halve(piece, atoms, {})]

    def _halve(
        self, value: Value, atoms: "list[_Atom]", known: Mapping["_Atom", bool]
    ) -> Iterator[tuple[Value, Mapping["_Atom", bool]]]:
        rulebook = self.maker.rulebook
        given = Lookup(rulebook, {**self.maker.assumed, self.question.id: value})
        perspectives = [
            given if view is None else SeenLookup(given, view) for view in self.maker.views
        ]
        truths = dict(known)
        left = []
        for atom in atoms:
            perspective, condition = atom
            truth = truth_of(condition, perspectives[perspective])
            if truth != OPEN:
                truths[atom] = truth == TRUE
            elif atom not in self.hopeless:
                left.append(atom)
                self.looks[atom] += 1
                if self.looks[atom] > _MOST_LOOKS:
                    self.hopeless.add(atom)
        numeric = isinstance(value, Numbers)
        halves = halves_of(self.question, value) if left and numeric else ()
        if not halves:
            yield value, truths
        for half in halves:
            yield from self._halve(half, left, truths)


def _atoms(condition: Expression) -> Iterator[Expression]:
    """Yield the parts of a condition that `and`, `or` and `not` join."""
    match condition:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from _atoms(operand)
        case Negated(operand):
            yield from _atoms(operand)
        case _:
            yield condition


def halves_of(question: Question, value: Value) -> tuple[Value, ...]:
    """Return an answer in two parts: a range on the grid of its step, options one by one.

    Nothing where only one answer is left.
    """
    match question, value:
        case NumberQuestion(step=step), Numbers(low, high) if low < high:
            up, down = step.as_integer_ratio()
            first, last = (round(end * down / up) for end in (low, high))
            middle = (first + last) // 2
            # Whole numbers divided: the nearest float to each multiple, as answers are read.
            return Numbers(low, middle * up / down), Numbers((middle + 1) * up / down, high)
        case ChoiceQuestion(), OneOf(options) if len(options) > 1:
            one = frozenset({min(options)})
            return OneOf(one), OneOf(options - one)
        case ChoiceQuestion(exclusive=alone), SomeOf(certain, possible) if certain != possible:
            if alone in possible - certain:
                own = frozenset({alone})
                rest = SomeOf(certain, possible - own)
                return (rest,) if certain else (SomeOf(own, own), rest)
            one = frozenset({min(possible - certain)})
            more, less = SomeOf(certain | one, possible), SomeOf(certain, possible - one)
            return (more,) if alone is not None and not less.possible else (more, less)
        case _:
            return ()

"""What each name in an expression can be, as answers stand or from one end of a spread."""

from salesadvisor.engine.basis import ENDS, Decision, ValueColumns
from salesadvisor.engine.truth import (
    Ends,
    Names,
    Reader,
    Values,
    single,
)
from salesadvisor.language.possible import is_single
from salesadvisor.rulebook.definitions import (
    QuestionId,
)


class SeenNames(dict[str, Values]):
    """What each name can be, from one perspective, worked out when it is asked for."""

    def __init__(
        self, decision: Decision, answers: ValueColumns, perspective: int, given: Names | None
    ) -> None:
        self.decision = decision
        self.answers = answers
        self.perspective = perspective
        self.given = given
        self.reader = Reader(answers.engine)

    def __missing__(self, name: str) -> Values:
        """Work out a formula, an assumption, or an answer as it is from here."""
        decision, engine = self.decision, self.answers.engine
        formula = decision.rulebook.formula.get(name)
        if formula is not None:
            found = self.reader.read(formula.value, self)
        elif name in decision.assumed:
            number = engine.number(decision.assumed[name])
            found = Ends(number, number)
        else:
            found = self._answer(QuestionId(name))
        self[name] = found = self._kept(name, found)
        return found

    def _answer(self, id: QuestionId) -> Values:
        decision, index = self.decision, self.decision.index[id]
        if self.given is None:
            return self.answers.values(index)
        found, view = self.given[id], decision.views[self.perspective]
        question = decision.rulebook.question[id]
        if view is None or id not in view.becomes or is_single(question.everything):
            return found
        seen = self.reader.read(view.becomes[id], self.given)
        if isinstance(seen, Ends):
            name = f"{id}{ENDS[self.perspective]}"
            engine = self.answers.engine
            low = engine.nearest(question, engine.keep(f"{name}_exact", seen.low))  # type: ignore[arg-type]  # of a number
            high = low
            if seen.low is not seen.high:
                high = engine.nearest(question, engine.keep(f"{name}_exact_high", seen.high))  # type: ignore[arg-type]
            seen = Ends(low, high)
        open_ = self.answers.unanswered(index)  # what is unanswered stays so
        return (
            seen
            if self.answers.engine.is_no(open_)
            else self.reader.choose(single(open_), found, seen)
        )

    def _kept(self, name: str, found: Values) -> Values:
        if not isinstance(found, Ends):
            return found
        keep, end = self.answers.engine.keep, ENDS[self.perspective]
        low = keep(f"{name}{end}_low_", found.low)
        high = low if found.low is found.high else keep(f"{name}{end}_high_", found.high)
        return Ends(low, high)

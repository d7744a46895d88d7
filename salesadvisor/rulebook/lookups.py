"""What the names in a condition can be, each worked out when it is asked for."""

from collections.abc import Callable, Mapping

from salesadvisor.language.compiler import Single, compile_expression
from salesadvisor.language.evaluator import evaluate
from salesadvisor.language.possible import Value
from salesadvisor.language.syntax import Expression
from salesadvisor.rulebook.definitions import QuestionId, Rulebook, View
from salesadvisor.rulebook.known import Lookup, in_domain, nearest_answer


class SeenLookup(Lookup):
    """The same from one end of a spread."""

    def __init__(self, given: Lookup, view: View, *, all_answered: bool = False) -> None:
        super().__init__(given.rulebook, {})
        self.given = given
        self.view = view
        self.all_answered = all_answered  # else what is open altogether stays as it is

    def __missing__(self, name: str) -> Value:
        """Work out an answer as it is there, or a formula."""
        if name in self.rulebook.formula:
            return super().__missing__(name)
        value = self.given[name]
        becomes = self.view.becomes.get(QuestionId(name))
        if becomes is not None:
            question = self.rulebook.question[QuestionId(name)]
            if self.all_answered or value != question.everything:
                value = in_domain(question, evaluate(becomes, self.given))
        self[name] = value
        return value


Compiled = Callable[[Expression], Callable[[Mapping[str, Single]], Single]]


class SingleLookup(dict[str, Single]):
    """The same where every answer is a single value: computed, not evaluated over sets."""

    def __init__(
        self,
        rulebook: Rulebook,
        values: Mapping[str, Single],
        view: View | None,
        compiled: Compiled = compile_expression,
    ) -> None:
        super().__init__(values if view is None else {})
        self.rulebook = rulebook
        self.view = view
        self.compiled = compiled
        self.given = self if view is None else SingleLookup(rulebook, values, None, compiled)

    def __missing__(self, name: str) -> Single:
        """Work out a formula, or an answer as it is from the end of a spread."""
        formula = self.rulebook.formula.get(name)
        if formula is not None:
            value = self.compiled(formula.value)(self)
        else:
            value = self.given[name]
            becomes = self.view.becomes.get(QuestionId(name)) if self.view is not None else None
            if becomes is not None:
                value = self.compiled(becomes)(self.given)
                if isinstance(value, float):
                    value = nearest_answer(self.rulebook.question[QuestionId(name)], value)
        self[name] = value
        return value

"""What the names in a condition can be, each worked out when it is asked for."""

from salesadvisor.language.evaluator import evaluate
from salesadvisor.language.possible import Value
from salesadvisor.rulebook.definitions import QuestionId, View
from salesadvisor.rulebook.known import Lookup, in_domain


class SeenLookup(Lookup):
    """The same from one end of a spread, every answer counted as given."""

    def __init__(self, given: Lookup, view: View) -> None:
        super().__init__(given.rulebook, {})
        self.given = given
        self.view = view

    def __missing__(self, name: str) -> Value:
        """Work out an answer as it is there, or a formula."""
        if name in self.rulebook.formula:
            return super().__missing__(name)
        value = self.given[name]
        becomes = self.view.becomes.get(QuestionId(name))
        if becomes is not None:
            question = self.rulebook.question[QuestionId(name)]
            value = in_domain(question, evaluate(becomes, self.given))
        self[name] = value
        return value

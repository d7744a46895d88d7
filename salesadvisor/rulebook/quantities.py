"""Assumptions and formulas: which reads which, for which model, and what comes out."""

from collections.abc import Iterable

from msgspec.structs import replace

from salesadvisor.language.checker import NumberType, Type, check_expression, require_type
from salesadvisor.language.evaluator import numbers_of
from salesadvisor.language.parser import ExpressionError
from salesadvisor.language.possible import Numbers
from salesadvisor.language.syntax import Expression, names_in, with_names
from salesadvisor.problems import Problem
from salesadvisor.rulebook.definitions import Assumption, Formula, ModelId
from salesadvisor.rulebook.draft import Draft, Written, expression_problem
from salesadvisor.text import Text

_SOME_NUMBER = NumberType(Numbers(0.0, 1.0))


class Quantities:
    """The names that conditions may read, completed formula by formula."""

    def __init__(self, draft: Draft, names: dict[str, Type]) -> None:
        """Let the formulas of one model read what has a value of its own for every model.

        Args:
            draft: With all formulas as they were read.
            names: Questions and assumptions; formulas are added to it.
        """
        self.draft = draft
        self.names = names
        dotted = [*names, *(formula.id for formula, _, _ in draft.formulas)]
        self.own = frozenset(id.partition(".")[0] for id in dotted if "." in id)
        self.formulas: dict[str, tuple[Formula, Written]] = {}
        for formula, written, model in draft.formulas:
            value = formula.value if model is None else self.at_model(formula.value, model)
            self.formulas[formula.id] = (
                replace(formula, value=value),
                Written(value, written.node),
            )

    def at_model(self, expression: Expression, model: ModelId) -> Expression:
        """Return `expression` with every name read at `model` that has a value of its own there."""
        return with_names(expression, {name: f"{name}.{model}" for name in self.own})

    def figures(self) -> Iterable[str]:
        """Return what can be shown side by side: formulas, whatever the model."""
        return dict.fromkeys(formula.figure for formula, _ in self.formulas.values())

    def order_formulas(self) -> tuple[Formula, ...]:
        """Check each formula after those it reads, and add its type to the names."""
        waiting = dict(self.formulas)
        ordered: list[Formula] = []
        while waiting:
            ready = [
                id
                for id, (formula, _) in waiting.items()
                if not any(name in waiting for name in names_in(formula.value))
            ]
            if not ready:
                for id, (_, written) in waiting.items():
                    self.names[id] = _SOME_NUMBER  # it is unknown to nobody else
                    self.draft.problems.append(
                        Problem(
                            code="formula-circle",
                            message=Text(
                                "formulas read each other in a circle: " + ", ".join(waiting),
                                "公式互相引用成环：" + "、".join(waiting),
                            ),
                            place=written.node.place,
                        )
                    )
                return tuple(ordered)
            for id in ready:
                formula, written = waiting.pop(id)
                self.names[id] = self._formula_type(formula, written)
                ordered.append(formula)
        return tuple(ordered)

    def _formula_type(self, formula: Formula, written: Written) -> Type:
        try:
            found = check_expression(written.expression, self.names)
            if isinstance(found, NumberType):
                return NumberType(found.range, formula.unit or found.unit)
            raise ExpressionError(
                "wrong-type",
                Text("a formula gives a number", "公式的结果应是数字"),
                written.expression.span,
            )
        except ExpressionError as error:
            self.draft.problems.append(expression_problem(error, written.node))
            return _SOME_NUMBER

    def likely_values(
        self, assumptions: tuple[Assumption, ...], formulas: tuple[Formula, ...]
    ) -> tuple[Assumption, ...]:
        """Return the assumptions, with the likely values that rest on others worked out."""
        constants = _Constants(assumptions, formulas)
        wrong = False
        for written in self.draft.computed:
            try:
                require_type(written.expression, _SOME_NUMBER, self.names)
                for name in names_in(written.expression):
                    constants.require(name, written)
            except ExpressionError as error:
                wrong = True
                self.draft.problems.append(expression_problem(error, written.node))
        if wrong:
            return assumptions
        return tuple(
            a if a.likely_from is None else replace(a, likely=constants[a.id].low)
            for a in assumptions
        )


class _Constants(dict[str, Numbers]):
    """What is known before anything is answered: assumptions, and formulas over them."""

    def __init__(self, assumptions: tuple[Assumption, ...], formulas: tuple[Formula, ...]) -> None:
        super().__init__()
        self.inside: dict[str, Expression | None] = {
            a.id: a.likely_from or a.scales_with for a in assumptions
        }
        self.inside |= {formula.id: formula.value for formula in formulas}
        self.plain = {a.id: a.likely for a in assumptions if a.likely_from is None}

    def require(self, name: str, written: Written) -> None:
        """Check that `name` rests on assumptions alone, and not on itself.

        Raises:
            ExpressionError: it does not.
        """
        below: list[tuple[str, frozenset[str]]] = [(name, frozenset())]
        while below:
            id, above = below.pop()
            if id not in self.inside or id in above:
                raise ExpressionError(
                    "not-constant",
                    Text(
                        f"`{name}` depends on an answer, or on this value itself",
                        f"`{name}` 取决于回答，或取决于这个值本身",
                    ),
                    written.expression.span,
                    Text(
                        "a likely value may only rest on other assumptions",
                        "最可能值只能由其他假设算出",
                    ),
                )
            inside = self.inside[id]
            if inside is not None:
                below += [(part, above | {id}) for part in names_in(inside)]

    def __missing__(self, name: str) -> Numbers:
        """Work out one of them."""
        inside = self.inside[name]
        found = Numbers(1.0, 1.0) if inside is None else numbers_of(inside, self)
        if name in self.plain:
            found = Numbers(found.low * self.plain[name], found.high * self.plain[name])
        self[name] = found
        return found

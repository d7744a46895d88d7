"""The file with `figures:` -> what is shown of the formulas."""

from collections.abc import Iterable

from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import ScalarNode
from salesadvisor.language.checker import NumberType, TruthType, require_type
from salesadvisor.language.parser import ExpressionError
from salesadvisor.language.possible import Numbers
from salesadvisor.language.syntax import Constant, Expression
from salesadvisor.rulebook.definitions import (
    CashPlan,
    CrossCheck,
    FigureRemark,
    FigureRow,
    Figures,
    ModelId,
    PerModel,
    Proviso,
    QuestionId,
    SizeLine,
)
from salesadvisor.rulebook.draft import Draft, at, expression_problem, parse
from salesadvisor.rulebook.quantities import Quantities

_NUMBER, _TRUTH = NumberType(Numbers(0.0, 1.0)), TruthType()


def read_figures(
    fields: Fields, questions: list[str], quantities: Quantities, draft: Draft
) -> Figures | None:
    """Return what is shown of the formulas, checked against them."""
    inner = fields.map("figures")
    fields.close()
    return None if inner is None else _Reader(inner, questions, quantities, draft).read()


class _Reader:
    def __init__(
        self, fields: Fields, questions: list[str], quantities: Quantities, draft: Draft
    ) -> None:
        self.fields = fields
        self.questions = questions
        self.quantities = quantities
        self.draft = draft

    def read(self) -> Figures | None:
        fields = self.fields
        needs = tuple(
            QuestionId(fields.known(node, self.questions)) for node in fields.scalars("needs")
        )
        rows = tuple(self._row(inner) for inner in fields.maps("rows"))
        cash, line = fields.map("cash"), fields.map("line")
        remarks = tuple(self._remark(inner) for inner in fields.maps("remarks", required=False))
        checks = tuple(self._check(inner) for inner in fields.maps("checks", required=False))
        fields.close()
        if cash is None or line is None:
            return None
        return Figures(
            needs=needs,
            rows=rows,
            cash=self._cash(cash),
            remarks=remarks,
            line=self._line(line),
            checks=checks,
        )

    def _row(self, fields: Fields) -> FigureRow:
        figure = fields.one_of("figure", self.quantities.figures())
        models = self._models_of(figure)
        row = FigureRow(
            figure=figure,
            short=fields.text("short"),
            instead=tuple(
                self._proviso(inner, models) for inner in fields.maps("instead", required=False)
            ),
        )
        fields.close()
        return row

    def _models_of(self, figure: str) -> list[ModelId]:
        return [m for m in self.draft.models if f"{figure}.{m}" in self.quantities.formulas]

    def _proviso(self, fields: Fields, models: Iterable[ModelId]) -> Proviso:
        proviso = Proviso(
            when=self._per_model(fields, "when", models, truth=True), says=fields.text("says")
        )
        fields.close()
        return proviso

    def _cash(self, fields: Fields) -> CashPlan:
        blends: dict[ModelId, PerModel] = {}
        inner = fields.map("blends", required=False)
        for key, _ in inner.entries() if inner is not None else ():
            assert inner is not None
            blend = ModelId(inner.known(key, list(self.draft.models)))
            parts = inner.map(key.text)
            if parts is not None:
                blends[blend] = {
                    model: self._expression(parts, model, None, truth=False)
                    for model in self.draft.models
                    if parts.has(model)
                }
                parts.close()
        models = [model for model in self.draft.models if model not in blends]

        def part(key: str) -> PerModel:
            return self._per_model(fields, key, models, truth=False)

        plan = CashPlan(
            months=fields.whole("months", 12, 120),
            spent_first=part("spent_first"),
            spent_monthly=part("spent_monthly"),
            spent_working=part("spent_working"),
            works_from=part("works_from"),
            wins_from=part("wins_from"),
            wins_monthly=part("wins_monthly"),
            brings_yearly=part("brings_yearly"),
            stays=part("stays"),
            billed_months=part("billed_months"),
            blends=blends,
        )
        fields.close()
        return plan

    def _remark(self, fields: Fields) -> FigureRemark:
        remark = FigureRemark(
            when=self._expression(fields, "when", None, truth=True), says=fields.text("says")
        )
        fields.close()
        return remark

    def _line(self, fields: Fields) -> SizeLine:
        formulas = list(self.quantities.formulas)
        line = SizeLine(
            value=fields.one_of("value", formulas),
            low=fields.one_of("low", formulas),
            high=fields.one_of("high", formulas),
            break_even=fields.one_of("break_even", formulas),
            around=QuestionId(fields.one_of("around", self.questions)),
            spread=fields.one_of("spread", formulas),
            never=self._expression(fields, "never", None, truth=True),
        )
        fields.close()
        return line

    def _check(self, fields: Fields) -> CrossCheck:
        named = [
            fields.known(n, list(self.draft.models))
            for n in fields.scalars("models", required=False)
        ]
        models = [ModelId(name) for name in named] or list(self.draft.models)
        known = ["model", "turn", *self.quantities.figures()]
        check = CrossCheck(
            id=self.draft.new_id(fields),
            when=self._per_model(fields, "when", models, truth=True),
            along=QuestionId(fields.one_of("along", self.questions)),
            message=fields.text("message", fields=known),
            message_without_turn=fields.text("message_without_turn", fields=known),
            of_sides=fields.flag("of_sides"),
            at=at(fields),
        )
        fields.close()
        return check

    def _per_model(
        self, fields: Fields, key: str, models: Iterable[ModelId], *, truth: bool
    ) -> PerModel:
        return {model: self._expression(fields, key, model, truth=truth) for model in models}

    def _expression(
        self, fields: Fields, key: str, model: ModelId | None, *, truth: bool
    ) -> Expression:
        """Return the expression under `key`, its names read at `model`, checked."""
        node = fields.scalar(key)
        written = parse(node, fields) if isinstance(node, ScalarNode) else None
        if written is None:
            return Constant(False)
        read = written.expression
        if model is not None:
            read = self.quantities.at_model(read, model)
        try:
            require_type(read, _TRUTH if truth else _NUMBER, self.quantities.names)
        except ExpressionError as error:
            self.draft.problems.append(expression_problem(error, written.node))
        return read

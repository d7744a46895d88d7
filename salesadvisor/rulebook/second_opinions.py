"""The file with `second_opinions:` -> published frameworks that are shown beside the advice."""

from salesadvisor.documents.fields import Fields
from salesadvisor.language.checker import NumberType, TruthType, Type, require_type
from salesadvisor.language.parser import ExpressionError
from salesadvisor.language.possible import Numbers
from salesadvisor.language.syntax import Constant, Expression
from salesadvisor.rulebook.definitions import (
    Framework,
    ModelId,
    NamedNumber,
    SecondOpinions,
    Statement,
    Word,
)
from salesadvisor.rulebook.draft import Draft, at, expression_problem, parse, read_evidence
from salesadvisor.rulebook.quantities import Quantities
from salesadvisor.text import Text

FORCES = ("describes", "permits", "advises")
FITS = ("stated", "near", "ours")
_NUMBER = NumberType(Numbers(0.0, 1.0))


def read_second_opinions(
    fields: Fields, quantities: Quantities, draft: Draft
) -> SecondOpinions | None:
    """Return the frameworks, their conditions checked against the names that there are."""
    inner = fields.map("second_opinions")
    fields.close()
    return None if inner is None else _Reader(quantities.names, draft).read(inner)


class _Reader:
    def __init__(self, names: dict[str, Type], draft: Draft) -> None:
        self.names = names
        self.draft = draft

    def read(self, fields: Fields) -> SecondOpinions:
        words: dict[str, Word] = {}
        inner = fields.map("words")
        for key, _ in inner.entries() if inner is not None else ():
            assert inner is not None
            word = inner.map(key.text)
            if word is not None:
                words[key.text] = self._word(word)
        groups: dict[str, Text] = {}
        inner = fields.map("groups")
        for key, _ in inner.entries() if inner is not None else ():
            assert inner is not None
            groups[key.text] = inner.text(key.text)
        gap = fields.text("gap")
        found = tuple(self._framework(f, words, groups) for f in fields.maps("frameworks"))
        fields.close()
        return SecondOpinions(words=words, groups=groups, gap=gap, frameworks=found)

    def _word(self, fields: Fields) -> Word:
        known = [str(model) for model in self.draft.models]
        word = Word(
            name=fields.text("name"),
            models=tuple(ModelId(fields.known(n, known)) for n in fields.scalars("models")),
        )
        fields.close()
        return word

    def _framework(
        self, fields: Fields, words: dict[str, Word], groups: dict[str, Text]
    ) -> Framework:
        number = fields.map("number", required=False)
        framework = Framework(
            id=self.draft.new_id(fields),
            name=fields.text("name"),
            about=fields.text("about"),
            group=fields.one_of("group", groups),
            force=fields.one_of("force", FORCES),
            fit=fields.one_of("fit", FITS),
            context=fields.flag("context"),
            scope=self._condition(fields, "scope"),
            covers=fields.text("covers"),
            says=tuple(self._statement(inner, words) for inner in fields.maps("says")),
            silent=fields.text("silent"),
            number=None if number is None else self._number(number),
            idea=fields.text("idea"),
            states=fields.text("states"),
            weak=fields.text("weak"),
            evidence=read_evidence(fields, self.draft),
            at=at(fields),
        )
        fields.close()
        return framework

    def _statement(self, fields: Fields, words: dict[str, Word]) -> Statement:
        statement = Statement(
            when=self._condition(fields, "when"),
            words=tuple(fields.known(node, list(words)) for node in fields.scalars("is")),
            because=fields.text("because"),
        )
        fields.close()
        return statement

    def _number(self, fields: Fields) -> NamedNumber:
        number = NamedNumber(
            title=fields.text("title"),
            value=self._expression(fields, "value", _NUMBER),
            unit=fields.words("unit", default="") or None,
        )
        fields.close()
        return number

    def _condition(self, fields: Fields, key: str) -> Expression:
        return self._expression(fields, key, TruthType())

    def _expression(self, fields: Fields, key: str, wanted: Type) -> Expression:
        node = fields.scalar(key)
        written = parse(node, fields) if node is not None else None
        if written is None:
            return Constant(False)
        try:
            require_type(written.expression, wanted, self.names)
        except ExpressionError as error:
            self.draft.problems.append(expression_problem(error, written.node))
        return written.expression

"""A folder of YAML files -> a checked rulebook."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import ScalarNode
from salesadvisor.documents.read import parse_document, require_mapping
from salesadvisor.language.checker import (
    ChoicesType,
    ChoiceType,
    NumberType,
    Type,
    check_expression,
    require_condition,
    require_type,
)
from salesadvisor.language.parser import ExpressionError
from salesadvisor.language.possible import Numbers, Value
from salesadvisor.problems import Place, Problem, UserError, did_you_mean
from salesadvisor.rulebook import entries
from salesadvisor.rulebook.answers import read_answers
from salesadvisor.rulebook.cases import parse_cases, precedent_of, sample_of
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    At,
    ChoiceQuestion,
    Criterion,
    CriterionId,
    Example,
    Kind,
    Model,
    ModelId,
    NumberQuestion,
    Pattern,
    Question,
    Rule,
    Rulebook,
    Sample,
    Source,
    Veto,
    Views,
    find_source,
)
from salesadvisor.rulebook.draft import Draft, expression_problem
from salesadvisor.rulebook.figures import read_figures
from salesadvisor.rulebook.folder import RuleFolder, read_folder
from salesadvisor.rulebook.quantities import Quantities
from salesadvisor.rulebook.questions import read_part, read_question
from salesadvisor.rulebook.second_opinions import read_second_opinions
from salesadvisor.text import Text

# The first key of a file says what the file holds.
FILE_KEYS = (
    "rulebook",
    "questions",
    "criterion",
    "patterns_of",
    "notes",
    "alternatives",
    "sources",
    "assumptions",
    "formulas",
    "figures",
    "second_opinions",
    "sections",
    "pay_of_roles",
)
VERDICT_STATES = ("none", "contested", "too_close", "decided", "leaning")


def parse_rulebook(path: Path | None = None) -> Rulebook:
    """Return the rulebook in the folder at `path`, or the built-in one for None.

    Raises:
        UserError: with every problem of every file.
    """
    return read_rulebook(read_folder(path))


def read_rulebook(folder: RuleFolder) -> Rulebook:
    """Return the rulebook in these files.

    Raises:
        UserError: with every problem of every file.
    """
    return _Loader(folder).load()


class _Loader:
    def __init__(self, folder: RuleFolder) -> None:
        self.folder = folder
        self.draft = Draft()
        self.files: dict[str, list[Fields]] = {key: [] for key in FILE_KEYS}

    @property
    def problems(self) -> list[Problem]:
        return self.draft.problems

    def load(self) -> Rulebook:
        self._open_files()
        self._raise_problems()  # what follows needs one file of each kind
        rulebook = self._read()
        self._raise_problems()
        return self._with_cases(self._with_examples(rulebook))

    def _raise_problems(self) -> None:
        if self.problems:
            raise UserError(self.problems)

    def _open_files(self) -> None:
        for file in self.folder.files:
            try:
                root = require_mapping(parse_document(file.text, file.label), file.label)
            except UserError as error:
                self.problems.extend(error.problems)
                continue
            fields = Fields(root, self.problems)
            kind = next((key for key in FILE_KEYS if fields.has(key)), None)
            if kind is None:
                first = root.entries[0][0] if root.entries else None
                self.problems.append(
                    Problem(
                        code="unknown-file",
                        message=Text(
                            "this file holds nothing that belongs to a rulebook",
                            "这个文件里没有规则库的内容",
                        ),
                        place=first.place if first else Place(file=file.label),
                        hint=did_you_mean(first.text if first else "", FILE_KEYS),
                    )
                )
            else:
                self.files[kind].append(fields)
        for key in ("rulebook", "questions"):
            found = self.files[key]
            if len(found) != 1 and not self.problems:
                extra = found[1].node.place if len(found) > 1 else Place(file=self.folder.label)
                self.problems.append(
                    Problem(
                        code="missing-file" if not found else "duplicate-id",
                        message=Text(
                            f"one file with `{key}:` is needed, there are {len(found)}",
                            f"需要恰好一个含 `{key}:` 的文件，现有 {len(found)} 个",
                        ),
                        place=extra,
                    )
                )

    def _read(self) -> Rulebook:
        draft = self.draft
        root = self.files["rulebook"][0]
        name, version = root.text("rulebook"), root.words("version")
        currency = self._currency(root)
        draft.rate_key = f"{currency.lower()}_rate"
        models = tuple(entries.read_model(f, draft) for f in root.maps("models"))
        draft.models = tuple(model.id for model in models)
        draft.model_names = {model.id: model.short for model in models}
        ids = [str(model) for model in draft.models]
        axis_fields = root.map("axis")
        axis = entries.read_axis(axis_fields, ids) if axis_fields else None
        ties = tuple(ModelId(root.known(node, ids)) for node in root.scalars("ties"))
        temperature = float(root.number("temperature"))
        temperature_note = root.text("temperature_note")
        search_nodes = root.whole("search_nodes", 1, 1_000_000, default="1000")
        draws = root.whole("draws", 8, 10_000, default="128", step=8)
        doubt = float(root.number("doubt", default="0"))
        confidence = entries.read_confidence(root)
        rough_rates = entries.read_by_currency(root, "rough_rates")
        weights = self._weights(root)
        views_fields = root.map("views", required=False)
        root.close()
        self._check_models(root, models, ties, temperature, doubt)

        asked = self.files["questions"][0]
        parts = tuple(read_part(f, draft) for f in asked.maps("parts"))
        questions = tuple(
            read_question(f, [part.id for part in parts], currency, draft)
            for f in asked.maps("questions")
        )
        contradictions = tuple(
            entries.read_check(f, [str(q.id) for q in questions], draft)
            for f in asked.maps("contradictions", required=False)
        )
        warnings = tuple(
            entries.read_check(f, [], draft) for f in asked.maps("warnings", required=False)
        )
        asked.close()

        assumptions = tuple(
            assumption
            for f in self._all("assumptions")
            for assumption in entries.read_assumptions(f, [p.id for p in parts], currency, draft)
        )
        for f in self._all("formulas"):
            entries.read_formula(f, draft)
        names: dict[str, Type] = {question.id: type_of(question) for question in questions}
        names |= {a.id: NumberType(a.range, a.unit) for a in assumptions}
        quantities = Quantities(draft, names)
        formulas = quantities.order_formulas()
        assumptions = quantities.likely_values(assumptions, formulas)

        figures = None
        for fields in self.files["figures"]:
            figures = read_figures(fields, [str(q.id) for q in questions], quantities, draft)
        opinions = None
        for fields in self.files["second_opinions"]:
            opinions = read_second_opinions(fields, quantities, draft)
        criteria, rules, vetoes = self._read_criteria(weights)
        patterns = self._read_patterns([formula.id for formula in formulas])
        question_ids = [str(question.id) for question in questions]
        views = entries.read_views(views_fields, questions, draft) if views_fields else None
        if views is not None and views_fields is not None:
            self._check_split(views, views_fields, models)
        notes = tuple(entries.read_note(f, question_ids, draft) for f in self._all("notes"))
        alternatives = tuple(
            entries.read_alternative(f, [formula.id for formula in formulas], draft)
            for f in self._all("alternatives")
        )
        sources = tuple(entries.read_source(f, draft) for f in self._all("sources"))
        self._check_conditions(names)
        self._check_sources(sources)
        self._raise_problems()
        assert axis is not None
        return Rulebook(
            name=name, version=version, digest=self.folder.digest, currency=currency,
            temperature=temperature, temperature_note=temperature_note, ties=ties, axis=axis,
            models=models, criteria=criteria, parts=parts, questions=questions,
            contradictions=contradictions, warnings=warnings, assumptions=assumptions,
            formulas=formulas, figures=figures,
            second_opinions=opinions, views=views, rules=rules, vetoes=vetoes, patterns=patterns, notes=notes,
            alternatives=alternatives,
            sources=sources, precedents=(), sample=Sample(numbers={}, options={}),
            search_nodes=search_nodes, draws=draws, doubt=doubt, confidence=confidence,
            rough_rates=rough_rates,
        )  # fmt: skip

    def _currency(self, root: Fields) -> str:
        node = root.scalar("currency")
        if node is not None and not re.fullmatch(r"[A-Z]{3}", node.text):
            root.problem(
                "unknown-currency",
                Text("a currency is a code of three letters", "货币用三个字母的代码"),
                node.place,
                Text("such as USD, EUR or CNY", "如 USD、EUR、CNY"),
            )
        return node.text if node is not None else "USD"

    def _all(self, key: str) -> list[Fields]:
        """Return the entries under `key` in every file of that kind."""
        found: list[Fields] = []
        for fields in self.files[key]:
            found += fields.maps(key)
            fields.close()
        return found

    def _weights(self, root: Fields) -> Mapping[str, Criterion]:
        found: dict[str, Criterion] = {}
        inner = root.map("criteria")
        for key, _ in inner.entries() if inner else ():
            assert inner is not None
            weight = inner.number(key.text)
            if not 0 <= weight <= 100 or weight != round(weight, 2):
                inner.problem(
                    "bad-weight",
                    Text(
                        "a weight is a number from 0 to 100 with at most two decimals",
                        "权重是 0 到 100 的数，最多两位小数",
                    ),
                    key.place,
                )
            found[key.text] = Criterion(id=CriterionId(key.text), title=Text(""), weight=weight)
        return found

    def _check_models(
        self,
        root: Fields,
        models: tuple[Model, ...],
        ties: tuple[ModelId, ...],
        temperature: float,
        doubt: float,
    ) -> None:
        pure = [model.id for model in models if not model.blend_of]
        places = {
            model.id: fields.place_of("blend_of")
            for model, fields in zip(models, root.maps("models"), strict=True)
        }
        for model in models:
            for part in model.blend_of:
                if part not in pure or part == model.id:
                    root.problem(
                        "bad-blend",
                        Text(
                            f"`{model.id}` blends `{part}`, which is no model of its own",
                            f"`{model.id}` 由 `{part}` 混合，但后者不是独立的模式",
                        ),
                        places[model.id],
                        did_you_mean(part, pure),
                    )
        if len(models) < 2 or sorted(ties) != sorted(model.id for model in models):
            root.problem(
                "bad-models",
                Text(
                    "there are two or more models, and `ties` names each of them once",
                    "至少要有两个模式，`ties` 要各列一次",
                ),
                root.place_of("ties"),
            )
        if NO_MODEL in self.draft.models:
            root.problem(
                "bad-id",
                Text("`none` can't be a model", "`none` 不能是模式"),
                root.place_of("models"),
            )
        if not 0 <= doubt < 1:
            root.problem(
                "out-of-range",
                Text("the doubt is a share from 0 to 1", "保留的疑问是 0 到 1 之间的份额"),
                root.place_of("doubt"),
            )
        if temperature <= 0:
            root.problem(
                "out-of-range",
                Text("the temperature is above 0", "温度要大于 0"),
                root.place_of("temperature"),
            )

    def _check_split(self, views: Views, fields: Fields, models: tuple[Model, ...]) -> None:
        blends = [str(model.id) for model in models if model.blend_of]
        if views.split_earns not in blends:
            fields.problem(
                "bad-blend",
                Text(
                    f"`{views.split_earns}` blends no other models, so a split can't earn it",
                    f"`{views.split_earns}` 不是由其他模式混合的，两头不同也轮不到它",
                ),
                fields.place_of("split_earns"),
                did_you_mean(views.split_earns, blends),
            )

    def _read_criteria(
        self, weights: Mapping[str, Criterion]
    ) -> tuple[tuple[Criterion, ...], tuple[Rule, ...], tuple[Veto, ...]]:
        found: dict[str, Criterion] = {}
        rules: dict[str, list[Rule]] = {}
        vetoes: list[Veto] = []
        for fields in self.files["criterion"]:
            id = fields.one_of("criterion", weights)
            title = fields.text("title")
            if id in found:
                fields.problem(
                    "duplicate-id",
                    Text(f"there is a second file for `{id}`", f"`{id}` 有第二个文件"),
                    fields.node.place,
                )
            found[id] = (
                replace(weights[id], title=title)
                if id in weights
                else Criterion(id=CriterionId(id), title=title, weight=Decimal(1))
            )
            rules[id] = [
                entries.read_rule(f, CriterionId(id), self.draft) for f in fields.maps("rules")
            ]
            vetoes += [
                entries.read_veto(f, self.draft) for f in fields.maps("vetoes", required=False)
            ]
            fields.close()
        for id in weights:
            if id not in found and not self.problems:
                self.problems.append(
                    Problem(
                        code="missing-file",
                        message=Text(
                            f"no file says `criterion: {id}`", f"没有文件写着 `criterion: {id}`"
                        ),
                        place=self.files["rulebook"][0].place_of("criteria"),
                    )
                )
        ordered = [id for id in weights if id in found]
        return (
            tuple(found[id] for id in ordered),
            tuple(rule for id in ordered for rule in rules[id]),
            tuple(sorted(vetoes, key=lambda veto: veto.id)),
        )

    def _read_patterns(self, formulas: list[str]) -> tuple[Pattern, ...]:
        patterns: list[Pattern] = []
        for fields in self.files["patterns_of"]:
            model = ModelId(fields.one_of("patterns_of", list(self.draft.models)))
            patterns += [
                entries.read_pattern(f, model, formulas, self.draft)
                for f in fields.maps("patterns")
            ]
            fields.close()
        return tuple(patterns)

    def _check_conditions(self, names: Mapping[str, Type]) -> None:
        outcome = outcome_types(self.draft.models)
        for written, known in (
            *((w, names) for w in self.draft.conditions),
            *((w, {**names, **outcome}) for w in self.draft.note_conditions),
        ):
            try:
                require_condition(written.expression, known)
            except ExpressionError as error:
                self.problems.append(expression_problem(error, written.node))

        for question, written in self.draft.assignments:
            try:
                require_type(written.expression, names[question], names)
            except ExpressionError as error:
                self.problems.append(expression_problem(error, written.node))

    def _check_sources(self, sources: tuple[Source, ...]) -> None:
        for node in self.draft.cited:
            problem = source_problem(node, sources)
            if problem is not None:
                self.problems.append(problem)

    def _with_examples(self, rulebook: Rulebook) -> Rulebook:
        """Read the examples, which are answers, now that the questions are known."""
        found: dict[str, list[Example]] = {}
        for owner, node, then, place in self.draft.examples:
            if node is None:
                continue
            try:
                answers = read_answers(node, rulebook, place.file)
            except UserError as error:
                self.problems.extend(error.problems)
                continue
            given: dict[str, Value] = {id: answers.values[id] for id in answers.answered}
            found.setdefault(owner, []).append(
                Example(given=given, then=then, at=At(place.file, place.line))
            )
        self._raise_problems()
        return replace(
            rulebook,
            rules=tuple(replace(r, examples=tuple(found.get(r.id, ()))) for r in rulebook.rules),
            vetoes=tuple(replace(v, examples=tuple(found.get(v.id, ()))) for v in rulebook.vetoes),
            patterns=tuple(
                replace(p, examples=tuple(found.get(p.id, ()))) for p in rulebook.patterns
            ),
        )

    def _with_cases(self, rulebook: Rulebook) -> Rulebook:
        cases = parse_cases(self.folder.cases, rulebook)
        return replace(
            rulebook,
            precedents=tuple(precedent_of(case, rulebook) for case in cases),
            sample=sample_of(cases),
        )


def outcome_types(models: Iterable[ModelId]) -> dict[str, Type]:
    """Return the types of what notes and playbooks may read of the advice itself."""
    return {
        "recommendation": ChoiceType(frozenset({*models, NO_MODEL})),
        "status": ChoiceType(frozenset(VERDICT_STATES)),
        "margin": NumberType(Numbers(-1e6, 1e6)),
    }


def names_of(rulebook: Rulebook) -> dict[str, Type]:
    """Return the type of every name that a condition may read."""
    names: dict[str, Type] = {question.id: type_of(question) for question in rulebook.questions}
    names |= {a.id: NumberType(a.range, a.unit) for a in rulebook.assumptions}
    for formula in rulebook.formulas:  # each stands after those it reads
        found = check_expression(formula.value, names)
        assert isinstance(found, NumberType)
        names[formula.id] = NumberType(found.range, formula.unit or found.unit)
    return names


def type_of(question: Question) -> Type:
    """Return the type that a question's answers have in the expression language."""
    match question:
        case NumberQuestion(domain=domain, unit=unit):
            return NumberType(domain, unit)
        case ChoiceQuestion(kind=Kind.MULTI, options=options):
            return ChoicesType(frozenset(options))
        case ChoiceQuestion(options=options):
            return ChoiceType(frozenset(options))


def require_no_problems(draft: Draft, rulebook: Rulebook) -> None:
    """Check that what was read into a draft, beside the rulebook itself, is right.

    Raises:
        UserError: with every problem, citations of unknown sources included.
    """
    cited = (source_problem(node, rulebook.sources) for node in draft.cited)
    problems = [*draft.problems, *(problem for problem in cited if problem is not None)]
    if problems:
        raise UserError(problems)


def source_problem(node: ScalarNode, sources: tuple[Source, ...]) -> Problem | None:
    """Return what is wrong with a citation, if anything is."""
    if find_source(sources, node.text) is not None:
        return None
    return Problem(
        code="unknown-source",
        message=Text(f"unknown source `{node.text[:40]}`", f"未知的来源 `{node.text[:40]}`"),
        place=node.place,
        hint=did_you_mean(node.text, [source.id for source in sources]),
    )

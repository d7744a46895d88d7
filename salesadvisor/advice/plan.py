"""The playbook for one founder: what fits the answers, with their figures and dates filled in."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from msgspec import Struct

from salesadvisor.advice.definitions import Advice
from salesadvisor.advice.dividing_line import line_names
from salesadvisor.advice.figures import figure_text
from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.possible import FALSE, TRUE, Numbers, OneOf, Value
from salesadvisor.language.syntax import Expression, names_in
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import At, Evidence, ModelId, QuestionId, Rulebook
from salesadvisor.rulebook.known import Lookup, known_values
from salesadvisor.rulebook.playbooks import Playbook, Row, Section
from salesadvisor.text import Language, Text, fields_of


class PlanRow(Struct, frozen=True, kw_only=True):
    """One entry that fits."""

    id: str
    number: int | None  # in a section whose order matters
    day: date | None
    cells: Mapping[str, Text]
    waits_for: tuple[QuestionId, ...]  # unanswered: the entry fits some of their answers only
    evidence: Evidence
    at: At


class PlanSection(Struct, frozen=True, kw_only=True):
    """Entries that belong together; at least one."""

    id: str
    title: Text
    lead: Text
    columns: Mapping[str, Text]
    rows: tuple[PlanRow, ...]


class Plan(Struct, frozen=True, kw_only=True):
    """What to do for one model, from a day on."""

    model: ModelId
    is_advised: bool  # whether it is what the advice recommends
    start: date
    promise: Text
    sections: tuple[PlanSection, ...]


def make_plan(
    playbook: Playbook, answers: Answers, advice: Advice, start: date, known: Lookup
) -> Plan:
    """Return what fits the answers; what is open is kept, and says which answer it waits for.

    Args:
        playbook: Of the model to plan for.
        answers: As they were given.
        advice: That follows from them.
        start: The first day.
        known: What `plan_values` returns for this model.
    """
    rulebook = known.rulebook
    patterns = frozenset(pattern.id for pattern in advice.patterns)
    filler = _Filler(rulebook, answers, known, start, patterns, advice.dividing_line)
    sections = (filler.section(section) for section in playbook.sections)
    return Plan(
        model=playbook.model,
        is_advised=advice.recommendation == playbook.model,
        start=start,
        promise=playbook.promise,
        sections=tuple(section for section in sections if section.rows),
    )


def plan_values(model: ModelId, rulebook: Rulebook, answers: Answers, advice: Advice) -> Lookup:
    """Return what every name in a playbook's condition can be, the model as if it were advised."""
    known = known_values(rulebook, answers.values, answers.assumptions)
    return Lookup(rulebook, {**known, **_outcome(model, advice)})


def _outcome(model: ModelId, advice: Advice) -> dict[str, Value]:
    margin = advice.margin
    return {
        "recommendation": OneOf(frozenset({str(model)})),
        "status": OneOf(frozenset({str(advice.status)})),
        "margin": Numbers(-1e6, 1e6) if margin is None else Numbers(margin, margin),
    }


def fits(when: Expression, plan_known: Lookup) -> bool:
    """Return whether something is, or may be, for a founder with these answers."""
    return truth_of(when, plan_known) != FALSE


class _Filler:
    def __init__(
        self,
        rulebook: Rulebook,
        answers: Answers,
        known: Lookup,
        start: date,
        patterns: frozenset[str],
        line: Numbers | None,
    ) -> None:
        self.line = line
        self.rulebook = rulebook
        self.answers = answers
        self.known = known
        self.start = start
        self.patterns = patterns
        self.void = self._void()

    def _void(self) -> frozenset[str]:
        """Return the figures of the dividing line, where there is none or everybody is above it."""
        figures = self.rulebook.figures
        if figures is None:
            return frozenset()
        line = figures.line
        value = self.known[line.value]
        assert isinstance(value, Numbers)
        if truth_of(line.never, self.known) == TRUE or value.high <= 0:
            return frozenset((line.value, line.low, line.high, line.break_even))
        return frozenset()

    def section(self, section: Section) -> PlanSection:
        return PlanSection(
            id=section.id,
            title=section.title,
            lead=section.lead,
            columns=self._columns(section),
            rows=tuple(self._rows(section)),
        )

    def _columns(self, section: Section) -> Mapping[str, Text]:
        """Return the columns that fit: all of those by pattern, where none of the patterns holds."""
        if self.patterns.isdisjoint(section.by_pattern.values()):
            return section.columns
        return {
            key: title
            for key, title in section.columns.items()
            if section.by_pattern.get(key) in (None, *self.patterns)
        }

    def _rows(self, section: Section) -> Iterator[PlanRow]:
        number = 0
        for row in section.rows:
            truth = truth_of(row.when, self.known)
            if truth == FALSE:
                continue
            cells = {key: words for key, words in row.cells.items() if self._means(words)}
            if next(iter(row.cells)) not in cells or (len(row.cells) > 1 and len(cells) == 1):
                continue  # it is about a line that no size of customer crosses
            number += 1
            asked = self.rulebook.questions_behind(names_in(row.when))
            yield PlanRow(
                id=row.id,
                number=number if section.numbered else None,
                day=None if row.day is None else self._date(row),
                cells={key: self._filled(words) for key, words in cells.items()},
                waits_for=()
                if truth == TRUE
                else tuple(id for id in asked if id not in self.answers.answered) or asked,
                evidence=row.evidence,
                at=row.at,
            )

    def _means(self, words: Text) -> bool:
        """Return whether every figure in a text means something for these answers."""
        return self.void.isdisjoint((*fields_of(words.en), *fields_of(words.zh)))

    def _date(self, row: Row) -> date:
        assert row.day is not None
        return self.start + timedelta(days=row.day)

    def _filled(self, words: Text) -> Text:
        """Fill in the figures; one that can't be told yet says which answer it waits for."""
        names = dict.fromkeys((*fields_of(words.en), *fields_of(words.zh)))
        return words.filled(**{name: self._figure(name) for name in names}) if names else words

    def _figure(self, name: str) -> Text:
        asked = self.rulebook.questions_behind((name,))
        missing = [id for id in asked if id not in self.answers.answered]
        drawn = self.line is not None and name in line_names(self.rulebook)
        if missing and not drawn:
            titles = [self.rulebook.question[id].title for id in missing]
            return Text(
                f"(answer first: {', '.join(title.en for title in titles)})",
                f"（先回答：{'、'.join(title[Language.ZH] for title in titles)}）",
            )
        value = self.line if drawn else self.known[name]
        assert isinstance(value, Numbers)
        formula = self.rulebook.formula.get(name)
        unit = self.rulebook.assumption[name].unit if formula is None else formula.unit
        return figure_text(value, unit, self.answers.money, self.rulebook.currency)

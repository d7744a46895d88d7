"""Advice as plain data: the object of `--format json`, keys always present and in this order."""

from collections.abc import Mapping
from typing import TextIO

from salesadvisor.advice.definitions import (
    Advice,
    Answer,
    ComparableAdvice,
    OpinionAdvice,
    Reason,
    TippingAdvice,
    VetoAdvice,
    ViewsAdvice,
)
from salesadvisor.advice.economics import Economics, Figure, Row, Spread
from salesadvisor.advice.figures import shown_currency, two_digits
from salesadvisor.text import Language

SCHEMA = "salesadvisor.advice/1"


def write_json(data: object, out: TextIO, *, indent: int | None = 2) -> None:
    """Write `data` as JSON and a newline; escaped where `out` can't hold every character."""
    import json  # pages that share its figures need none

    plain = not (getattr(out, "encoding", None) or "utf-8").lower().startswith("utf")
    json.dump(data, out, ensure_ascii=plain, indent=indent, allow_nan=False)
    out.write("\n")


def advice_record(advice: Advice, language: Language) -> dict[str, object]:
    """Return the advice as plain data, its sentences in `language`."""
    return {
        "schema": SCHEMA,
        "name": advice.name,
        "rulebook": {
            "name": advice.rulebook.name[language],
            "version": advice.rulebook.version,
            "digest": advice.rulebook.digest,
        },
        "recommendation": advice.recommendation,
        "status": str(advice.status),
        "confidence": advice.confidence,
        "margin": advice.margin,
        "share": _share(advice.share),
        "stability": _share(advice.stability),
        "chances": {m: _share(chance) for m, chance in advice.chances.items()},
        "possible": list(advice.possible),
        "possible_proved": advice.possible_proved,
        "models": {
            id: {
                "score": model.score,
                "score_range": list(model.score_range),
                "share": _share(model.share),
                "excluded": model.excluded,
                "criteria": dict(model.criteria),
            }
            for id, model in advice.models.items()
        },
        "vetoes": [_veto(veto, language) for veto in advice.vetoes],
        "patterns": [
            {"id": pattern.id, "dividing_line": pattern.dividing_line[language]}
            for pattern in advice.patterns
        ],
        "views": None if advice.views is None else _views(advice.views, language),
        "reasons": [_reason(reason, language) for reason in advice.reasons],
        "contradictions": [
            {"id": c.id, "message": c.message[language], "questions": list(c.questions)}
            for c in advice.contradictions
        ],
        "notes": [{"id": note.id, "message": note.message[language]} for note in advice.notes],
        "alternatives": [
            {
                "id": other.id,
                "because": other.because[language],
                "first_steps": [step[language] for step in other.first_steps],
            }
            for other in advice.alternatives
        ],
        "tipping_points": [tipping_record(point) for point in advice.tipping_points],
        "next_question": advice.next_question,
        "unanswered": list(advice.unanswered),
        "economics": None if advice.economics is None else ranges_record(advice.economics),
        "warnings": [
            {"id": w.id, "message": w.message[language]}
            for w in (*advice.cross_checks, *advice.warnings)
        ],
        "second_opinions": [_opinion(opinion, language) for opinion in advice.second_opinions],
        "comparable": [_comparable(c, language) for c in advice.comparable],
        "figures": None if advice.economics is None else figures_record(advice.economics, language),
    }


def ranges_record(economics: Economics) -> Mapping[str, object] | None:
    """Return each figure's range for each model, to two digits; none where answers are missing.

    Sums are in the currency of the answers. A figure that would mean nothing is null.
    """
    if economics.missing:
        return None
    return {
        row.id: {
            model: None if figure.instead is not None else shown_range(figure, row, economics)
            for model, figure in row.cells.items()
        }
        for row in economics.rows
    }


def shown_range(figure: Figure, row: Row, economics: Economics) -> list[float]:
    """Return a figure's range as it is shown: to two digits, in the currency of the answers."""
    rate = _rate(economics) if row.unit == economics.currency else 1.0
    return [two_digits(end / rate) for end in (figure.spread.low, figure.spread.high)]


def figures_record(economics: Economics, language: Language) -> Mapping[str, object]:
    """Return the figures in full precision, with what binds them and what they rest on."""
    rate = _rate(economics)
    rows = {
        row.id: {
            model: {
                **_spread(figure.spread, rate if row.unit == economics.currency else 1.0),
                "instead": None if figure.instead is None else figure.instead[language],
                "bound_by": figure.bound_by,
                "is_guess": figure.is_guess,
            }
            for model, figure in row.cells.items()
        }
        for row in economics.rows
    }
    line = economics.line
    return {
        "currency": shown_currency(economics.money, economics.currency),
        "needs": list(economics.missing),
        "remarks": [words[language] for words in economics.remarks],
        "inputs": {str(basis): count for basis, count in economics.inputs.items()},
        "rows": rows,
        "cash": {
            model: {
                **_spread(cash.low, rate),
                "month": cash.month,
                "is_falling": cash.is_falling,
                "after": {str(m): _spread(sums, rate) for m, sums in cash.after.items()},
            }
            for model, cash in economics.cash.items()
        },
        "line": None
        if line is None
        else {
            "at": line.value / rate,
            "low": line.low / rate,
            "high": line.high / rate,
            "break_even": line.break_even / rate,
            "share_above": None
            if line.above is None
            else {
                "customers": _share(line.above.customers),
                "revenue": _share(line.above.revenue),
            },
        },
    }


def _rate(economics: Economics) -> float:
    return float(economics.money.rate) if economics.money.rate is not None else 1.0


def _spread(spread: Spread, rate: float) -> Mapping[str, float]:
    return {
        "likely": round(spread.likely / rate, 6),
        "low": round(spread.low / rate, 6),
        "high": round(spread.high / rate, 6),
    }


def _opinion(opinion: OpinionAdvice, language: Language) -> Mapping[str, object]:
    return {
        "id": opinion.id,
        "says": list(opinion.says),
        "models": list(opinion.models),
        "force": opinion.force,
        "because": opinion.because[language],
        "source": opinion.source[language],
        "silent": opinion.silent,
        "fit": opinion.fit,
        "group": opinion.group,
        "number": None if opinion.number is None else opinion.number[language],
    }


def tipping_record(point: TippingAdvice) -> Mapping[str, object]:
    """Return a tipping point as plain data."""
    return {
        "question": point.question,
        "now": answer_record(point.now),
        "at": answer_record(point.at),
        "side": point.side,
        "becomes": point.becomes,
        "keeps": None if point.keeps is None else answer_record(point.keeps),
        "distance": round(point.distance, 3),
    }


def answer_record(answer: Answer) -> object:
    """Return an answer as plain data: a pair for a range, whole numbers as such."""
    match answer:
        case tuple():
            return [answer_record(part) for part in answer]
        case float() if answer == int(answer):
            return int(answer)
        case _:
            return answer


def _views(views: ViewsAdvice, language: Language) -> Mapping[str, object]:
    return {
        "small": views.small.model,
        "large": views.large.model,
        "line": None
        if views.line is None
        else {
            "question": views.question,
            "at": views.line[0] if views.line[0] == views.line[1] else list(views.line),
        },
        "reasons": [
            {"view": name, **_reason(reason, language)}
            for name, end in (("small", views.small), ("large", views.large))
            for reason in end.reasons
        ],
    }


def _comparable(company: ComparableAdvice, language: Language) -> Mapping[str, object]:
    return {
        "id": company.id,
        "company": company.company,
        "unit": company.unit[language],
        "year": company.year,
        "label": company.label,
        "likeness": round(company.likeness, 2),
        "source": company.title,
        "source_seen": company.seen,
        "address": company.address,
    }


def _veto(veto: VetoAdvice, language: Language) -> Mapping[str, object]:
    return {
        "id": veto.id,
        "model": veto.model,
        "because": veto.because[language],
        "source": veto.source[language],
        "at": str(veto.at),
    }


def _reason(reason: Reason, language: Language) -> Mapping[str, object]:
    return {
        "rule": reason.rule,
        "criterion": reason.criterion,
        "truth": reason.truth,
        "points": dict(reason.points),
        "because": reason.because[language],
        "source": reason.source[language],
        "source_status": str(reason.source_status),
        "at": str(reason.at),
    }


def _share(share: float | None) -> float | None:
    """Return the share to four places: more would differ from machine to machine."""
    return None if share is None else round(share, 4)

"""Advice as plain data: the object of `--format json`, keys always present and in this order."""

import json
from collections.abc import Mapping
from typing import TextIO

from salesadvisor.advice.definitions import (
    Advice,
    Answer,
    ComparableAdvice,
    Reason,
    TippingAdvice,
    VetoAdvice,
    ViewsAdvice,
)
from salesadvisor.text import Language

SCHEMA = "salesadvisor.advice/1"


def write_json(data: object, out: TextIO, *, indent: int | None = 2) -> None:
    """Write `data` as JSON and a newline; escaped where `out` can't hold every character."""
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
        "margin": advice.margin,
        "share": _share(advice.share),
        "stability": advice.stability,
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
        "tipping_points": [tipping_record(point) for point in advice.tipping_points],
        "next_question": advice.next_question,
        "unanswered": list(advice.unanswered),
        "economics": None,
        "warnings": [{"id": w.id, "message": w.message[language]} for w in advice.warnings],
        "second_opinions": [],
        "comparable": [_comparable(c, language) for c in advice.comparable],
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
        "line": None if views.line is None else {"question": views.question, "at": views.line},
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

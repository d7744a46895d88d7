"""One rule that holds -> a reason, with its source in words."""

from salesadvisor.advice.definitions import Reason
from salesadvisor.advice.scoring import Scoring
from salesadvisor.rulebook.definitions import Evidence, Rule, Rulebook, Status
from salesadvisor.text import Language, Text


def reason_of(rule: Rule, scoring: Scoring, truth: str) -> Reason:
    """Return the rule as a reason: without it, every score would move by its points."""
    rulebook = scoring.rulebook
    return Reason(
        rule=rule.id, criterion=rule.criterion, truth=truth,
        points={m: scoring.in_points(p) for m, p in scoring.points[rule.id].items()},
        because=rule.because, source=source_text(rulebook, rule.evidence),
        cited=rule.evidence.sources, source_status=evidence_status(rulebook, rule.evidence),
        at=rule.at,
    )  # fmt: skip


def source_text(rulebook: Rulebook, evidence: Evidence) -> Text:
    """Return where a statement comes from, in words: titles, with the numbers of statements."""
    parts: dict[str, list[str]] = {}
    for key in evidence.sources:
        source = rulebook.source_of(key)
        parts.setdefault(source.id, []).extend([key] if key != source.id else [])
    named = [
        Text(
            rulebook.source[id].title.en + (f" ({', '.join(keys)})" if keys else ""),
            rulebook.source[id].title[Language.ZH] + (f"（{'、'.join(keys)}）" if keys else ""),
        )
        for id, keys in parts.items()
    ]
    joined = Text("; ".join(t.en for t in named), "；".join(t.zh for t in named))
    match evidence_status(rulebook, evidence):
        case Status.SOURCED:
            return joined
        case Status.RECALLED:
            return Text("known from practice, not looked up", "来自实践经验，未查证")
        case Status.ASSUMED:
            ours = Text("our own judgement", "我们的判断")
            if not named:
                return ours
            return Text(f"{ours.en} (see {joined.en})", f"{ours.zh}（参见{joined.zh}）")


def evidence_status(rulebook: Rulebook, evidence: Evidence) -> Status:
    """Return how far a statement is supported: never further than its best source."""
    if evidence.status is Status.SOURCED and all(
        rulebook.source_of(key).status is not Status.SOURCED for key in evidence.sources
    ):
        return Status.ASSUMED
    return evidence.status

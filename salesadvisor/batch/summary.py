"""What came of a run, counted."""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from salesadvisor.batch.journal import Step
from salesadvisor.rulebook.definitions import QuestionId, Rulebook


class Summary(Struct, frozen=True, kw_only=True):
    """What came of a run."""

    records: int
    rows: int
    rejected: int
    unproved: int  # of which more may be possible than is
    without_rate: int  # with sums that count as unanswered, for want of a rate
    recommendations: Mapping[str, int]  # "" for none
    statuses: Mapping[str, int]
    by_status: Mapping[str, Mapping[str, int]]  # by recommendation
    rules: Mapping[str, int]  # how often each holds, the most frequent first
    open_records: int  # that more than one model can still win, for want of answers
    sampled: int  # of these, how many were looked at for the next field
    settles: Mapping[QuestionId, float]  # the share of open records that one answer settles


def summarize(rulebook: Rulebook, steps: Sequence[Step]) -> Summary:
    """Return what all steps add up to.

    Raises:
        RuntimeError: records were lost, which must never be.
    """
    records = sum(step.records for step in steps)
    rows = sum(step.rows for step in steps)
    rejected = sum(step.rejected for step in steps)
    if records != rows + rejected:
        raise RuntimeError(f"{records} records in, {rows} out, {rejected} rejected")
    recommendations: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    by_status: dict[str, Counter[str]] = {}
    for step in steps:
        for tally in step.tallies:
            recommendations[tally.recommendation] += tally.records
            statuses[tally.status] += tally.records
            by_status.setdefault(tally.recommendation, Counter())[tally.status] += tally.records
            rules.update(tally.rules)
    open_records = sum(step.triage.open_records for step in steps)
    settles: dict[QuestionId, float] = {}
    for step in steps:
        triage = step.triage
        for id, settled in triage.settles.items():
            # Each of those looked at stands for its share of the chunk's open records.
            share = settled * triage.open_records / triage.sampled / open_records
            settles[id] = settles.get(id, 0.0) + share
    order = [*(model.id for model in rulebook.models), ""]
    return Summary(
        records=records,
        rows=rows,
        rejected=rejected,
        unproved=sum(step.unproved for step in steps),
        without_rate=sum(step.without_rate for step in steps),
        recommendations={m: recommendations[m] for m in order if recommendations[m]},
        statuses=dict(statuses.most_common()),
        by_status={m: dict(by_status[m]) for m in order if m in by_status},
        rules=dict(rules.most_common()),
        open_records=open_records,
        sampled=sum(step.triage.sampled for step in steps),
        settles=dict(sorted(settles.items(), key=lambda item: -item[1])),
    )

"""How many questions until the recommendation stays: by information, against the fixed order.

    python benchmarks/interview.py [CASES]

Each company in rules/cases is interviewed: its answers are given one by one, in the order of the
file, or the most telling one next: after the questions for a first verdict, also among these, or
from the start.
Printed: how many answers it takes until the final recommendation is reached and stays, until it is
practically settled, until it is decided (proved); and how long a step takes.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median, quantiles

from msgspec.structs import replace

from salesadvisor.advice.explanation import AT_A_GLANCE
from salesadvisor.advice.telling import find_information
from salesadvisor.advice.verdict import OPEN_WORD, Verdict, assess
from salesadvisor.interview.dialogue import SETTLED
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.cases import load_cases
from salesadvisor.rulebook.definitions import QuestionId, Rulebook
from salesadvisor.rulebook.folder import built_in_rules

ORDERS = ("fixed", "informed", "informed, also the first", "informed from the start")
RULEBOOK = load_rulebook()


def only(answers: Answers, ids: list[QuestionId], rulebook: Rulebook) -> Answers:
    """Return the answers to some questions, the others open."""
    values = {
        q.id: answers.values[q.id] if q.id in ids else q.everything for q in rulebook.questions
    }
    return replace(
        answers, values=values, answered=tuple(id for id in answers.answered if id in ids)
    )


@dataclass
class Interview:
    """After how many answers the recommendation stays, is settled, is decided."""

    stays: int
    settled: int
    decided: int
    wrong: bool  # whether it was another one when it was settled
    turns: int
    pauses: list[float]


def interview(answers: Answers, order: str) -> Interview:
    """Return how the interview goes."""
    rulebook = RULEBOOK
    left = [q.id for q in sorted(rulebook.questions, key=lambda q: not q.first)]
    left = [id for id in left if id in answers.answered]
    first = [q.id for q in rulebook.questions if q.first]
    told: list[QuestionId] = []
    path: list[Verdict] = []
    pauses: list[float] = []
    while True:
        start = time.perf_counter()
        assessment = assess(rulebook, only(answers, told, rulebook), AT_A_GLANCE)
        verdict = assessment.verdict
        information = find_information(assessment)
        pauses.append(time.perf_counter() - start)
        path.append(verdict)
        if not left:
            break
        chosen = left[0]
        if order != "fixed" and (chosen not in first or order != "informed"):
            among = left
            if order == "informed, also the first":
                among = [id for id in left if id in first] or left
            chosen = next((id for id in information if id in among), among[0])
        left.remove(chosen)
        told.append(chosen)
    final = path[-1].recommendation
    same = [verdict.recommendation == final for verdict in path]
    settled = _first([v.confidence != OPEN_WORD and (v.stability or 0) >= SETTLED for v in path])
    return Interview(
        stays=max((i + 1 for i, is_same in enumerate(same) if not is_same), default=0),
        settled=settled,
        decided=_first([v.enough and len(v.possible) == 1 for v in path]),
        wrong=not same[settled],
        turns=sum(a.recommendation != b.recommendation for a, b in pairwise(path)),
        pauses=pauses,
    )


def _first(holds: list[bool]) -> int:
    """Return at which answer something holds first; the last, where it never does."""
    return next((i for i, found in enumerate(holds) if found), len(holds) - 1)


def main() -> None:
    """Interview every company in every order, and print the table."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else None
    cases = load_cases(built_in_rules() / "cases", RULEBOOK)[:most]
    sets = [answers for case in cases for answers in case.answers]
    print(f"{len(cases)} companies, {len(sets)} sets of answers; number of answers until …")
    print("order | it stays: mean, median | settled | decided | turns | wrong when settled | pause")
    with ProcessPoolExecutor() as pool:
        for order in ORDERS:
            found = list(pool.map(interview, sets, [order] * len(sets), chunksize=4))
            print(
                f"{order} | {mean(f.stays for f in found):.1f}, {median(f.stays for f in found):g}"
                f" | {mean(f.settled for f in found):.1f} | {mean(f.decided for f in found):.1f}"
                f" | {mean(f.turns for f in found):.1f} | {mean(f.wrong for f in found):.0%}"
                f" | {_pauses(found)}",
                flush=True,
            )


def _pauses(found: list[Interview]) -> str:
    pauses = [pause * 1000 for result in found for pause in result.pauses]
    return f"median {median(pauses):.0f} ms, 95th percentile {quantiles(pauses, n=20)[-1]:.0f} ms"


if __name__ == "__main__":
    main()

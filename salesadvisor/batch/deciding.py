"""Blocks of records through the engine: complete ones by the ten thousand, open ones searched.

Open records are shared out among as many processes as there are cores, where they are many.
"""

import gc
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from salesadvisor.batch.answers import AnswerTable, Array, OpenRecords, Rows
from salesadvisor.batch.arrays import ArrayPlanes, unpacked_array
from salesadvisor.batch.results import Results, joined, no_results, results_of
from salesadvisor.engine.decision import Evaluation, Verdict
from salesadvisor.engine.layout import Layout, Position, position_of
from salesadvisor.engine.search import Found, Search, search_of
from salesadvisor.engine.tabulation import keep_tables, tables_of
from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.answers import Answers
from salesadvisor.rulebook.definitions import CriterionId, Rulebook

_BLOCK = 1 << 16
"""Complete records that are decided together."""
_TASK = 1 << 14
"""Open records that a process is given at a time."""
_FEW = 8192
"""Fewer open records are decided here: to start processes takes as long."""
_GARBAGE = 1_000_000
"""Objects that a search may make until unused ones are looked for: it makes millions, in no circles."""
Watch = Callable[[int], None]
Own = tuple[Mapping[CriterionId, Decimal], Mapping[str, Numbers]]


class Decider:
    """Decides records by one rulebook.

    Args:
        rulebook: What decides.
        weights: From the command line, in place of the rulebook's.
        assumptions: Likewise.
        processes: How many to use at most; None: as many as there are cores.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        weights: Mapping[CriterionId, Decimal],
        assumptions: Mapping[str, Numbers],
        processes: int | None = None,
    ) -> None:
        self.rulebook = rulebook
        self.processes = processes or _cores()
        self.own: Own = (weights, assumptions)
        self._pool: ProcessPoolExecutor | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self.search = search_of(rulebook, *self.own, ArrayPlanes)

    @property
    def layout(self) -> Layout:
        """How positions are written."""
        return self.search.layout

    def decide(self, answers: AnswerTable, chosen: Array, results: Results, watch: Watch) -> None:
        """Decide some records, and put the decisions into their rows.

        Args:
            answers: Of all records.
            chosen: Which of them to decide.
            results: Where to put the decisions.
            watch: Told how many are decided.
        """
        complete = answers.is_complete
        whole, open_ = complete & chosen, ~complete & chosen
        done = 0
        for begin in range(0, answers.size, _BLOCK):
            of = slice(begin, min(begin + _BLOCK, answers.size))
            wanted = np.nonzero(whole[of])[0]
            if len(wanted):
                open_[self._complete(answers, of, wanted, results)] = True
            done += len(wanted)
            watch(done)
        left = np.nonzero(open_)[0]
        begin = 0
        for part in self._open(answers, left):
            end = begin + len(part.best)
            results.put(left[begin:end], part)
            begin = end
            watch(done + end)

    def _complete(self, answers: AnswerTable, of: slice, wanted: Array, results: Results) -> Array:
        """Decide complete records: some rows of a part of all; return those that contradict.

        Where weights are moved, only those are looked at that this may change.
        """
        verdict = self._verdict(answers, of)
        contradicting, _ = self.search.readings.held(verdict.evaluation)
        left: Array = np.intersect1d(wanted, np.array(list(contradicting), dtype=wanted.dtype))
        steady = unpacked_array(self.search.beliefs.steady(verdict), of.stop - of.start)
        certain = dict.fromkeys(verdict.outcomes, np.ones(len(steady)))
        found = results_of(verdict, certain)
        results.put(wanted + of.start, found.take(wanted))
        lowest = min(k.at_least for k in self.rulebook.confidence.values() if k.at_least > 0)
        unsure = wanted[~steady[wanted] & (found.share[wanted] >= lowest)] + of.start
        if len(unsure):
            verdict = self._verdict(answers, unsure)
            results.put(unsure, results_of(verdict, self.search.beliefs.stays(verdict)))
        shifted: Array = left + of.start
        return shifted

    def _verdict(self, answers: AnswerTable, rows: Rows) -> Verdict:
        evaluation = Evaluation(self.layout.decision, answers.block(rows))
        return Verdict(evaluation, evaluation.chances)

    def _open(self, answers: AnswerTable, rows: Array) -> Iterator[Results]:
        """Yield the decisions on open records, in order."""
        if self._pool is None and (len(rows) < _FEW or self.processes < 2):
            tasks = (rows[i : i + _TASK] for i in range(0, len(rows), _TASK))
            return (_decide(self.search, answers.open_records(task)) for task in tasks)
        if self._pool is None:
            self._pool = self._start()
        size = min(_TASK, max(1, -(-len(rows) // self.processes)))
        tasks = (rows[i : i + size] for i in range(0, len(rows), size))
        return self._pool.map(_decide_task, map(answers.open_records, tasks))

    def _start(self) -> ProcessPoolExecutor:
        """Start the processes; what they need lies in a file.

        A process that is given more than fits into a pipe keeps us waiting until it reads it: one
        that is ended meanwhile would leave us waiting for good.
        """
        self._folder = TemporaryDirectory(prefix="salesadvisor-")
        path = Path(self._folder.name, "decision")
        with path.open("wb") as out:
            pickle.dump((self.rulebook, tables_of(self.rulebook, {}), self.own), out)
        return ProcessPoolExecutor(
            max_workers=self.processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(path,),
        )

    def _search(self, answers: Answers) -> Search:
        return search_of(self.rulebook, answers.weights, answers.assumptions, ArrayPlanes)

    def layout_of(self, answers: Answers) -> Layout:
        """Return how positions are written for a record with its weights and figures."""
        return self._search(answers).layout

    def decide_one(self, answers: Answers) -> Results:
        """Return the decision on one record, by its own weights and figures."""
        search = self._search(answers)
        return decide_open(search, [position_of(search.layout, answers.values)])

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        if self._folder is not None:
            self._folder.cleanup()


def decide_open(search: Search, positions: Sequence[Position]) -> Results:
    """Return the decisions on some records, whatever they leave open."""
    if not positions:
        return no_results(search.decision, 0)
    return joined(map(_results, search.verdicts(positions)))


def _results(found: Found) -> Results:
    """Return the decisions on open records as arrays."""
    outcomes = found.verdict.outcomes
    stays = {m: np.array([belief.stays[m] for belief in found.beliefs]) for m in outcomes}
    return results_of(found.verdict, stays, [o.proved for o in found.outcomes])


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# In the processes.

_GRACE = 3.0
"""Seconds."""
_own: Search | None = None


def _begin(path: Path) -> None:
    global _own  # one for each process, made once
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    # Told to end together with the parent, we first read what it is writing: it waits for that.
    signal.signal(signal.SIGTERM, lambda *_: threading.Timer(_GRACE, os._exit, (1,)).start())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with path.open("rb") as kept:
        rulebook, tables, (weights, assumptions) = pickle.load(kept)
    keep_tables(rulebook, tables)
    _own = search_of(rulebook, weights, assumptions, ArrayPlanes)
    gc.freeze()  # what lives as long as we do need not be looked through again and again


def _end_with_parent() -> None:
    """End this process when its parent is gone, killed perhaps: nobody else would tell it."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _decide_task(records: OpenRecords) -> Results:
    assert _own is not None
    return _decide(_own, records)


def _decide(search: Search, records: OpenRecords) -> Results:
    """Return the decisions on some records, made without looking for garbage all the time."""
    before = gc.get_threshold()
    gc.set_threshold(_GARBAGE)
    try:
        return decide_open(search, records.positions())
    finally:
        gc.set_threshold(*before)

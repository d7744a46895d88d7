"""Records that SQL leaves open, decided one by one by the very functions of `advise`."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from salesadvisor.advice.board import Board
from salesadvisor.advice.scoring import Scoring
from salesadvisor.advice.verdict import Verdict, decide
from salesadvisor.batch.clauses import WORD
from salesadvisor.batch.triage import settled_by
from salesadvisor.documents.node import MapNode
from salesadvisor.language.possible import TRUE
from salesadvisor.problems import Problem, UserError
from salesadvisor.rulebook.answers import Answers, answer_keys, read_answers
from salesadvisor.rulebook.definitions import NO_MODEL, QuestionId, Rulebook
from salesadvisor.rulebook.settings import Setting
from salesadvisor.rulebook.tables import Tables
from salesadvisor.rulebook.tabulation import keep_tables, tables_of

Result = tuple[str | int | float | bool, ...]
"""The columns of a decision, in the order of `decision.result_columns`."""


class Wrong(Struct, frozen=True):
    """A record that can't be decided, and why."""

    problems: tuple[Problem, ...]
    node: MapNode


class Finisher:
    """Decides records one by one, in this process.

    Args:
        rulebook: What decides.
        settings: From the command line: they take the place of what a record says.
        carried: Keys that are kept as they are: nothing here reads them.
    """

    def __init__(
        self, rulebook: Rulebook, settings: Sequence[Setting], carried: Sequence[str] = ()
    ) -> None:
        self.rulebook = rulebook
        self.settings = settings
        self.unread = frozenset(carried).difference(answer_keys(rulebook))
        self._boards: dict[tuple[object, ...], Board] = {}

    def answers(self, node: MapNode) -> Answers:
        """Return the answers of a record.

        Raises:
            UserError: with everything that is wrong in it.
        """
        if self.unread:
            read = tuple(entry for entry in node.entries if entry[0].text not in self.unread)
            node = replace(node, entries=read)
        return read_answers(node, self.rulebook, node.place.file, self.settings)

    def board(self, answers: Answers) -> Board:
        """Return the board for a record's weights and assumptions."""
        key = (tuple(answers.weights.items()), tuple(answers.assumptions.items()))
        if key not in self._boards:
            if len(self._boards) > _BOARDS:
                self._boards.clear()
            self._boards[key] = Board(self.rulebook, answers)
        return self._boards[key]

    def decide(self, answers: Answers) -> Result:
        """Return the decision on a record."""
        board = self.board(answers)
        outlook = board.outlook(board.position(answers.values))
        return _result(decide(outlook, answers), outlook.scoring)

    def settled_by(self, node: MapNode) -> Mapping[QuestionId, float]:
        """Return how likely each open answer of a record is to settle it, alone."""
        answers = self.answers(node)
        board = self.board(answers)
        return settled_by(board.outlook(board.position(answers.values)))

    def finish(self, node: MapNode) -> Result | Wrong:
        """Return the decision on a record as it is written, or what is wrong with it."""
        try:
            return self.decide(self.answers(node))
        except UserError as error:
            return Wrong(error.problems, node)


_BOARDS = 32
"""Boards that are kept: a record may have weights and figures of its own."""


def _result(verdict: Verdict, scoring: Scoring) -> Result:
    rulebook, truths = scoring.rulebook, scoring.truths
    models = [model.id for model in rulebook.models]
    recommended = verdict.recommendation
    fired = sum(1 << i for i, rule in enumerate(rulebook.rules) if truths[rule.id] == TRUE)
    words = range((len(rulebook.rules) - 1) // WORD + 1)
    return (
        recommended or "",
        str(verdict.status),
        verdict.shares[recommended] if recommended is not None else 0.0,
        *(model in verdict.possible for model in (*models, NO_MODEL)),
        *(scoring.scores[model] for model in models),
        *(verdict.excluded[model] == TRUE for model in models),
        *(fired >> WORD * word & (1 << WORD) - 1 for word in words),
    )


class Finishers:
    """The same in as many processes as there are cores; started when there is enough to do.

    Args:
        rulebook: What decides.
        settings: From the command line.
        carried: Keys that are kept as they are.
    """

    def __init__(
        self, rulebook: Rulebook, settings: Sequence[Setting], carried: Sequence[str] = ()
    ) -> None:
        self._start = (rulebook, tables_of(rulebook, {}), tuple(settings), tuple(carried))
        self.here = Finisher(rulebook, settings, carried)
        self._pool: ProcessPoolExecutor | None = None

    def finish(self, nodes: Iterable[MapNode]) -> Iterator[Result | Wrong]:
        """Yield the decision on each record, in order."""
        waiting = iter(nodes)
        first = list(islice(waiting, _FEW))
        if self._pool is None and len(first) < _FEW:
            yield from map(self.here.finish, first)
            return
        for batch in _batches(first, waiting):
            yield from self._in_pool(batch)

    def _in_pool(self, batch: list[MapNode]) -> Iterator[Result | Wrong]:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                max_workers=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
                mp_context=context, initializer=_begin, initargs=self._start,
            )  # fmt: skip
        parts = [batch[i : i + _TASK] for i in range(0, len(batch), _TASK)]
        for part in self._pool.map(_finish_part, parts):
            yield from part

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)


_FEW = 64
"""Fewer records are decided here: starting processes takes as long as deciding fifty."""
_TASK = 64
_BATCH = 64 * 64


def _batches(first: list[MapNode], rest: Iterator[MapNode]) -> Iterator[list[MapNode]]:
    batch = first + list(islice(rest, _BATCH - len(first)))
    while batch:
        yield batch
        batch = list(islice(rest, _BATCH))


_GRACE = 3.0
"""Seconds."""
_own: Finisher | None = None


def _begin(
    rulebook: Rulebook, tables: Tables, settings: Sequence[Setting], carried: Sequence[str]
) -> None:
    global _own  # one for each process, made once
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    # Told to end together with the parent, we first read what it is writing: it waits for that.
    signal.signal(signal.SIGTERM, lambda *_: threading.Timer(_GRACE, os._exit, (1,)).start())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    keep_tables(rulebook, tables)
    _own = Finisher(rulebook, settings, carried)


def _end_with_parent() -> None:
    """End this process when its parent is gone, killed perhaps: nobody else would tell it."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _finish_part(nodes: list[MapNode]) -> list[Result | Wrong]:
    assert _own is not None
    return [_own.finish(node) for node in nodes]

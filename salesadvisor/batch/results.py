"""Decisions as arrays: a row for each record, put together from blocks and single records."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from salesadvisor.batch.answers import Array
from salesadvisor.batch.arrays import ArrayPlanes, unpacked_array
from salesadvisor.engine.basis import Decision
from salesadvisor.engine.decision import STATUSES, Verdict
from salesadvisor.rulebook.definitions import NO_MODEL, ModelId


class Results(Struct):
    """What was decided; every array has a row for each record."""

    best: Array  # of the models, counted from 1; 0 for none
    status: Array  # the place among the statuses
    confidence: Array  # the place among the words for it, counted from 1; 0 for none
    share: Array
    possible: Array  # a bit for each model, and one for `none`
    proved: Array
    scores: Array  # a column for each model, in points
    excluded: Array  # a bit for each model
    rules: Array  # those that hold, eight to a byte

    def put(self, rows: Array, other: "Results") -> None:
        """Take over the decisions on some records."""
        for name in self.__struct_fields__:
            getattr(self, name)[rows] = getattr(other, name)

    def take(self, rows: Array) -> "Results":
        """Return the decisions on some records."""
        return Results(*(getattr(self, name)[rows] for name in self.__struct_fields__))


def no_results(decision: Decision, size: int) -> Results:
    """Return room for some decisions."""
    models, rules = len(decision.models), len(decision.rulebook.rules)
    return Results(
        best=np.zeros(size, np.uint8),
        status=np.zeros(size, np.uint8),
        confidence=np.zeros(size, np.uint8),
        share=np.zeros(size),
        possible=np.zeros(size, np.uint32),
        proved=np.ones(size, dtype=bool),
        scores=np.zeros((size, models)),
        excluded=np.zeros(size, np.uint32),
        rules=np.zeros((size, -(-rules // 8)), np.uint8),
    )


def results_of(
    verdict: Verdict, stays: Mapping[ModelId, Array], proved: Sequence[bool] | None = None
) -> Results:
    """Return the decisions on a block.

    Args:
        verdict: On its records.
        stays: Of each outcome, in which share of completions with moved weights each record ends
            so: see `Belief`.
        proved: Whether exactly what is possible is known, of each; None: of all.
    """
    evaluation = verdict.evaluation
    decision, engine = evaluation.decision, evaluation.engine
    assert isinstance(engine, ArrayPlanes)
    size, models = engine.size, decision.models
    best = engine.words(verdict.recommended, [NO_MODEL, *models])
    share, stability = np.zeros(size), np.zeros(size)
    for number, model in enumerate((NO_MODEL, *models)):
        share = np.where(best == number, verdict.shares[model], share)
        stability = np.where(best == number, stays[model], stability)
    firm = np.minimum(share, stability)
    confidence = np.zeros(size, np.uint8)
    for number, kind in enumerate(decision.rulebook.confidence.values(), start=1):
        confidence[(confidence == 0) & (firm >= kind.at_least)] = number
    confidence[unpacked_array(verdict.contested, size)] = len(decision.rulebook.confidence)
    confidence[~unpacked_array(verdict.enough, size)] = 0
    held = [unpacked_array(truth.must, size) for truth in evaluation.base.rules]
    packed = np.packbits(
        np.array(held, dtype=bool).reshape(len(held), size), axis=0, bitorder="little"
    )
    return Results(
        best=best,
        status=engine.words(verdict.status, list(STATUSES)),
        confidence=confidence,
        share=share,
        possible=_bits([verdict.all_possible[m] for m in verdict.outcomes], size),
        proved=np.ones(size, dtype=bool) if proved is None else np.array(proved, dtype=bool),
        scores=np.stack(
            [engine.in_units(evaluation.base.score[m]) / decision.unit for m in models], axis=1
        ),
        excluded=_bits([verdict.excluded[m] for m in models], size),
        rules=packed.T,
    )


def joined(parts: Iterable[Results]) -> Results:
    """Return the decisions on several blocks, one after the other."""
    listed = list(parts)
    names = Results.__struct_fields__
    return Results(*(np.concatenate([getattr(part, n) for part in listed]) for n in names))


def _bits(planes: Sequence[int], size: int) -> Array:
    found: np.ndarray[Any, Any] = np.zeros(size, np.uint32)
    for number, plane in enumerate(planes):
        if plane:
            found |= unpacked_array(plane, size).astype(np.uint32) << number
    return found

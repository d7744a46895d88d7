"""Several sums in one number: a product for each rule, whatever the number of sums."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlglot import exp

from salesadvisor.batch.clauses import SQL, WORD, column, weighed, whole


class _Lane(NamedTuple):
    """Where a sum lies."""

    word: int  # the column
    shift: int  # in bits
    width: int  # likewise
    low: int  # the least that the sum can be: lanes hold no negative numbers


class Sums:
    """Sums of points, several to a number."""

    def __init__(self, name: str, sums: Mapping[str, Mapping[str, int]], bits: int = WORD) -> None:
        """Pack sums into lanes.

        Args:
            name: For the columns that hold the lanes.
            sums: Of each sum, what a condition adds, by the condition's id.
            bits: Of a column.
        """
        self.name = name
        self.lanes: dict[str, _Lane] = {}
        self.packed: list[dict[str, int]] = []
        used = bits
        for sum_, points in sums.items():
            low = sum(min(0, p) for p in points.values())
            high = sum(max(0, p) for p in points.values())
            width = max(1, (high - low).bit_length())
            if used + width > bits:
                self.packed.append({})
                used = 0
            terms = self.packed[-1]
            for id, value in points.items():
                if value:
                    terms[id] = terms.get(id, 0) + (value << used)
            self.lanes[sum_] = _Lane(len(self.packed) - 1, used, width, low)
            used += width

    def columns(self, conditions: Mapping[str, SQL]) -> Mapping[str, SQL]:
        """Return the packed columns, for the conditions as they hold."""
        found = {}
        for word, points in enumerate(self.packed):
            bias = sum(-lane.low << lane.shift for lane in self.lanes.values() if lane.word == word)
            terms = [(conditions[id], value) for id, value in points.items()]
            found[f"{self.name}_{word}"] = weighed(terms, start=bias)
        return found

    def unpacked(self, sum_: str) -> SQL:
        """Return one of the sums from the packed columns."""
        lane = self.lanes[sum_]
        packed: SQL = column(f"{self.name}_{lane.word}")
        if lane.shift:
            moved = exp.BitwiseRightShift(this=packed, expression=whole(lane.shift))
            packed = exp.Paren(this=moved)
        bits = exp.BitwiseAnd(this=packed, expression=whole((1 << lane.width) - 1))
        masked = exp.Paren(this=bits)
        return exp.Add(this=masked, expression=whole(lane.low)) if lane.low else masked

"""Which part of a condition decides it."""

from collections.abc import Mapping

from msgspec import Struct

from salesadvisor.language.evaluator import truth_of
from salesadvisor.language.possible import OPEN, Truth, Value
from salesadvisor.language.syntax import And, Expression, Not, Or, names_in, to_source


class Deciding(Struct, frozen=True):
    """An atom of a condition, its truth, and what is known of the names in it."""

    atom: Expression
    truth: Truth
    known: Mapping[str, Value]

    def __str__(self) -> str:
        """Return the atom and its truth: `stakeholders <= 2 is false`."""
        word = "open" if self.truth == OPEN else str(True in self.truth).lower()
        return f"{to_source(self.atom)} is {word}"


def find_deciding(condition: Expression, known: Mapping[str, Value]) -> Deciding:
    """Return the first atom that makes `condition` what it is.

    An `and` that is false has a false operand, one that is open an open one; when all its
    operands are true, the last of them decided it. An `or` is the mirror image.
    """
    truth = truth_of(condition, known)
    match condition:
        case Not(operand):
            return find_deciding(operand, known)
        case And(operands) | Or(operands):
            same = [o for o in operands if truth_of(o, known) == truth]
            return find_deciding(same[0] if same else operands[-1], known)
        case _:
            names = {name: known[name] for name in names_in(condition)}
            return Deciding(condition, truth, names)

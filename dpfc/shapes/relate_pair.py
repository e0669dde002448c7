"""How two formulas relate, exactly: with messages that show it.

In: two formulas of one pool. Out: whether they share a message, and which contains the other. What is absent
is proved absent along all paths of decisions or by the prover; what is there is a message.
"""

from __future__ import annotations

from dataclasses import dataclass

from dpfc.formula import Formula
from dpfc.merge.boolean import NodeId, Pool
from dpfc.merge.overlap import FindMessage
from dpfc.merge.path import find_path
from dpfc.merge.witness import write_message


@dataclass(frozen=True, slots=True)
class Pair:
    """How two formulas relate.

    Args:
        shared: a message that both accept; None where they are disjoint.
        only_first: a message that only the first accepts; None where it is inside the second.
        only_second: likewise.
        general: whether what is absent was proved without looking into what its tests compute.
    """

    shared: bytes | None
    only_first: bytes | None
    only_second: bytes | None
    general: bool

    @property
    def messages(self) -> tuple[bytes, ...]:
        """The messages that show it."""
        return tuple(one for one in (self.shared, self.only_first, self.only_second) if one is not None)


def relate_pair(pool: Pool, first: Formula, second: Formula, prove: FindMessage) -> Pair:
    """Return how two formulas relate.

    Raises:
        Refused: DPF074 when the prover gives up.
    """
    one, no_one = pool.add(first), pool.add(first, positive=False)
    other, no_other = pool.add(second), pool.add(second, positive=False)
    shared, certain = _find(pool, pool.every((one, other)), prove)
    if shared is None:
        return Pair(None, None, None, certain)
    only_first, first_certain = _find(pool, pool.every((one, no_other)), prove)
    only_second, second_certain = _find(pool, pool.every((other, no_one)), prove)
    return Pair(shared, only_first, only_second, first_certain and second_certain)


def _find(pool: Pool, formula: NodeId, prove: FindMessage) -> tuple[bytes | None, bool]:
    """Return a message and True; or None, and whether a missing path proves it."""
    path = find_path(pool, formula)
    if path is None:
        return None, True
    message = write_message(pool, formula, path)
    if message is None:
        message = prove(formula)
    return message, message is not None

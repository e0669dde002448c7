"""A message that some formulas accept and others do not: the witness in what is said of rows.

In: formulas. Out: a message that `dpfc.naive` has been asked about, or None.
"""

from __future__ import annotations

from collections.abc import Sequence

from dpfc.formula import Formula
from dpfc.merge.boolean import Pool
from dpfc.merge.overlap import FindMessage
from dpfc.merge.path import find_path
from dpfc.merge.witness import write_message
from dpfc.naive import Wrapped, accepts


def find_example(
    pool: Pool, accepted: Sequence[Formula], rejected: Sequence[Formula], prove: FindMessage | None
) -> bytes | None:
    """Return a message that all of `accepted` accept and none of `rejected`.

    Args:
        pool: knows what the formulas look at.
        accepted: formulas.
        rejected: formulas.
        prove: asked where following the tests leads to no message; None: there is none then.
    """
    parts = [pool.add(one) for one in accepted] + [pool.add(one, positive=False) for one in rejected]
    formula = pool.every(parts)
    path = find_path(pool, formula)
    if path is None:
        return None
    message = write_message(pool, formula, path)
    if message is None and prove is not None:
        message = prove(formula)
    return message if message is not None and _is_right(message, accepted, rejected) else None


def _is_right(message: bytes, accepted: Sequence[Formula], rejected: Sequence[Formula]) -> bool:
    try:
        return all(accepts(one, message) for one in accepted) and not any(
            accepts(one, message) for one in rejected
        )
    except Wrapped:
        return False

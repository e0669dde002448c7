"""What one run of a handler did.

In: what its functions returned and emitted. Out: an `Outcome`. Effects come from a program that nobody
trusts: pieces outside the message or the memory are not sent, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from runtime.handler.instrument import CHARGE_SHIFT
from runtime.handler.nodes import (
    ABORTED,
    CONSUMED,
    LAST,
    LENGTH_SHIFT,
    OUTCOME_BITS,
    REGION_SHIFT,
    REGIONS,
    SEND,
    WAKE,
    read_outcome,
)

Verdict: TypeAlias = Literal["consumed", "delivered", "aborted", "too long"]
"""`too long`: the message is longer than the handler takes, which was not run. Then, and where it aborted,
the kernel delivers the message as if there were no handler."""

_WORD = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened.

    Args:
        verdict: of the body, or of the recovery where that did not abort, too.
        check: the number of the check that failed in the body, None if none did.
        sends: the messages to send, in order.
        wakes: the numbers that the owner is to be woken with, in order.
        charged: instructions.
        refused: effects that make no sense, which were left out.
    """

    verdict: Verdict
    check: int | None
    sends: tuple[bytes, ...]
    wakes: tuple[int, ...]
    charged: int
    refused: int = 0


TOO_LONG = Outcome("too long", None, (), (), 0)


def read_result(result: int) -> tuple[Verdict, int, int]:
    """Return the outcome, the number of the check, and the charge that an instrumented function returns."""
    verdict = result & _WORD
    match read_outcome(verdict):
        case outcome if outcome == CONSUMED:
            return "consumed", 0, result >> CHARGE_SHIFT
        case outcome if outcome == ABORTED:
            return "aborted", verdict >> OUTCOME_BITS, result >> CHARGE_SHIFT
        case _:
            return "delivered", 0, result >> CHARGE_SHIFT


def read_effects(
    emitted: Sequence[tuple[int, int]], memories: Mapping[str, bytes | bytearray | memoryview]
) -> tuple[tuple[bytes, ...], tuple[int, ...], int]:
    """Return the messages to send, the numbers to wake with, and how many effects make no sense.

    Args:
        emitted: in order.
        memories: message and memory after the run, by the names of their regions.
    """
    sends: list[bytes] = []
    wakes: list[int] = []
    pieces: list[bytes] | None = []
    refused = 0
    for what, number in emitted:
        kind = what & (LAST - 1)
        if kind == WAKE:
            wakes.append(number)
        elif kind != SEND:
            refused += 1
        else:
            piece = _take_piece(what >> REGION_SHIFT, number, memories)
            pieces = None if piece is None or pieces is None else [*pieces, piece]
            if what & LAST:
                refused += pieces is None
                sends += [] if pieces is None else [b"".join(pieces)]
                pieces = []
    return tuple(sends), tuple(wakes), refused + bool(pieces is None or pieces)


def _take_piece(
    region: int, number: int, memories: Mapping[str, bytes | bytearray | memoryview]
) -> bytes | None:
    """Return the bytes of a piece; None if there are none such."""
    memory = memories.get(REGIONS[region]) if region < len(REGIONS) else None
    offset, length = number & _WORD, number >> LENGTH_SHIFT
    if memory is None or offset + length > len(memory):
        return None
    return bytes(memory[offset : offset + length])

"""A packet handler, as downloaded: declarations and IR functions. Nothing is believed before it is proved.

In: nothing. Out: the types that `ashc` makes, `download` reads and writes, `install` judges and `engine`
runs.

A handler is about one message and its owner's memory. Its functions have the regions `message` and `memory`
(the latter only where there are bytes of it, and of constant size) and are allowed to change both:

    function    parameters              results  emits
    body        - or now                u32      - or two u64
    recovery    failed layer, now       u32      - or two u64

`now` is the clock at the start: native code calls nothing. The result is a verdict: its two lowest bits say
CONSUMED, DELIVERED or ABORTED; of the last, the others say which of the handler's `checks` failed. What is
emitted are effects: the kernel carries them out when the function has returned, and none of them after an
abort. So an abort need not take anything back but what was stored, and the kernel sees to that
(`instrument`).

    first word                                              second word
    SEND | last << 8 | which region << 16                   offset | length << 32
    WAKE                                                    a number for the owner

Pieces up to one that is marked `last` make one message to send; what is sent are the bytes at the end.

`recovery` is run where the body aborted: it sees memory and message as they were before, and which layer gave
up. What it stores remains if it does not abort.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from runtime.ir.nodes import Function
from runtime.source import NOWHERE, Span

MESSAGE, MEMORY, UNDO = "message", "memory", "undo"
"""The regions; `undo` is the kernel's, which adds it."""

REGIONS = (MESSAGE, MEMORY)
"""By the numbers in effects."""

CONSUMED, DELIVERED, ABORTED = range(3)
OUTCOME_BITS = 2

SEND, WAKE = 1, 2
LAST = 1 << 8
REGION_SHIFT = 16
LENGTH_SHIFT = 32

CheckKind: TypeAlias = Literal["check", "require", "abort", "budget"]
"""Made by the compiler because it could not prove a fact; written as `require`; written as `abort`; made
because a data loop may be longer than the budget allows."""


@dataclass(frozen=True, slots=True)
class Check:
    """A place where the handler may give up.

    Args:
        kind: why it is there.
        layer: of which layer, counted from 0.
        text: what must hold; for people.
    """

    kind: CheckKind
    layer: int
    text: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Handler:
    """One handler.

    Args:
        name: an identifier.
        message: bytes of the longest message that it takes; longer ones are delivered without it.
        memory: bytes of the owner's memory, 0 for none.
        layers: names of the layers that it was composed of, at least one.
        checks: by the numbers in verdicts.
        body: runs first.
        recovery: runs where the body aborted; None: nothing does.
    """

    name: str
    message: int
    memory: int
    layers: tuple[str, ...]
    checks: tuple[Check, ...]
    body: Function
    recovery: Function | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


def make_verdict(outcome: int, check: int = 0) -> int:
    """Return the number that a function returns."""
    return outcome | check << OUTCOME_BITS


def read_outcome(verdict: int) -> int:
    """Return CONSUMED, DELIVERED or ABORTED; of 3, which is none of them, the last."""
    return min(verdict & ((1 << OUTCOME_BITS) - 1), ABORTED)

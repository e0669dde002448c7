"""Measured drives: a trace of requests with the times that a real drive took, and the model's times for them.

In: a trace, one request a line, as DiskSim's validation set has them. Out: the model's service times in the
same order, and how far the two distributions are apart.

    R Hit    2992396   4  13670.00000  35942.00000
    |        |         |  |            microseconds between requests: the host computes, the drive is idle
    |        |         |  service time in microseconds
    |        block     blocks
    read or write; the next word is what the drive was seen to do, which nothing here looks at

The loop is closed, as it was when the drive was measured: a request is issued so long after the one before
was done. In HP's traces a line's pause comes after its request. In those that CMU's DIXtrac made it comes
before: only so does each read of a track begin where the read before it on that track left the medium.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Literal

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span
from vm.machine.clock import Clock
from vm.machine.costs import CYCLES_PER_MICROSECOND, CYCLES_PER_MILLISECOND
from vm.machine.disk import Disk
from vm.machine.drive import Drive
from vm.machine.parameter_fields import parse_number
from vm.machine.parameters import DriveParameters
from vm.machine.store import SECTOR


@dataclass(frozen=True, slots=True)
class Measured:
    """A request and what it took.

    Args:
        is_write: writes; else reads.
        block, blocks: what it is about.
        service: milliseconds.
        pause: cycles before or after it.
    """

    is_write: bool
    block: int
    blocks: int
    service: float
    pause: int


class BlankStore:
    """A medium that only has a size: traces carry no data.

    Args:
        sectors: how many.
    """

    def __init__(self, sectors: int) -> None:
        self.sectors = sectors

    def read(self, sector: int, count: int) -> bytes:
        """Return zeros."""
        assert 0 <= sector <= sector + count <= self.sectors, "sectors outside the store"
        return bytes(count * SECTOR)

    def write(self, sector: int, data: bytes) -> None:
        """Forget the bytes."""
        assert 0 <= sector <= sector + len(data) // SECTOR <= self.sectors, "sectors outside the store"


def read_trace(path: Path) -> list[Measured]:
    """Return the requests of a trace.

    Raises:
        OSError: as `open` does.
        Refused: DSK010 a line is none of a trace.
    """
    text = path.read_text(encoding="latin-1")
    source = Source(str(path), text)
    found = []
    start = 0
    for line in text.split("\n"):
        if line.strip():
            found.append(_parse_line(line, Span(source, start, start + len(line))))
        start += len(line) + 1
    return found


def replay_trace(
    trace: Sequence[Measured], drive: DriveParameters, pauses: Literal["before", "after"]
) -> list[float]:
    """Return the service times that the model takes for the requests of a trace, in milliseconds.

    Args:
        trace: the requests.
        drive: the model's parameters; its write cache is on where the drive has one.
        pauses: where a line's pause belongs.
    """
    clock = Clock()
    mechanism = Drive(drive)
    disk = Disk(BlankStore(mechanism.blocks), clock, mechanism, drive.buffering.caches_writes)
    found = []
    for request in trace:
        clock.advance(request.pause if pauses == "before" else 0)
        issued = clock.now
        if request.is_write:
            disk.write(request.block, [bytes(request.blocks * SECTOR)], _do_nothing)
        else:
            disk.read(request.block, [bytearray(request.blocks * SECTOR)], _do_nothing)
        while disk.busy:
            clock.run_next()
        found.append((clock.now - issued) / CYCLES_PER_MILLISECOND)
        clock.advance(request.pause if pauses == "after" else 0)
    return found


def demerit(model: Sequence[float], measured: Sequence[float]) -> float:
    """Return the root mean square horizontal distance between two distributions of equally many values.

    Source: Ruemmler and Wilkes, An introduction to disk drive modeling, IEEE Computer, March 1994.
    """
    pairs = zip(sorted(model), sorted(measured), strict=True)
    return sqrt(sum((ours - theirs) ** 2 for ours, theirs in pairs) / len(model))


def _do_nothing() -> None:
    pass


def _parse_line(line: str, span: Span) -> Measured:
    words = line.split()
    numbers = [parse_number(word) for word in words[2:]]
    if len(words) != 6 or words[0] not in {"R", "W"} or None in numbers:
        raise Refused(Diagnostic("DSK010", "expected `R|W kind block blocks service pause` here", span))
    block, blocks, service, pause = (number or 0.0 for number in numbers)
    if min(block, blocks - 1, service, pause) < 0:
        raise Refused(Diagnostic("DSK010", "a request has blocks, and no time is negative", span))
    is_write = words[0] == "W"
    return Measured(is_write, int(block), int(blocks), service / 1000, round(pause * CYCLES_PER_MICROSECOND))

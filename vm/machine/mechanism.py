"""Arm, heads and platters: when does which sector pass under a head?

In: a drive's layout and mechanics, blocks, and the time from which on the arm may move. Out: the times at
which the blocks' sectors pass. Everything turns all the time, at the same angle whatever the arm does: at
time 0 the zero angle is under the heads.

A `Stream` is a head that follows consecutive blocks: along the track, over head and cylinder switches. It
consists of passes, one for each piece of a track:

    ready            start                          the head is on the track at `ready`; then it waits for the
    |-- rotation --->|sector|sector|sector|         first sector, which passes from `start` on
                                                    the next pass is ready one switch after the last sector

A stream is computed no further than somebody asks, so it may be as long as the disk: what a drive has read
ahead by some time costs nothing before it is asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from vm.machine.layout import Layout, cylinder_advance
from vm.machine.parameters import Mechanics

_SLACK = 1.0
"""Cycles by which a sector may seem to have begun too early: rounding, not a missed sector."""

_KEPT_PASSES = 64
"""Passes behind the one that is computed last: nobody asks for what is two cylinders back."""


class Pass(NamedTuple):
    """Blocks that pass under a head one after the other.

    Args:
        block, blocks: the first, and how many.
        start: when the first sector begins to pass, in cycles.
        sector: cycles that each takes.
        cylinder, head: where.
    """

    block: int
    blocks: int
    start: float
    sector: float
    cylinder: int
    head: int


class Mechanism:
    """What does not change: tables.

    Args:
        layout: where blocks are.
        mechanics: how fast things move.
    """

    __slots__ = (
        "_head_switch",
        "_seek",
        "_starts",
        "_stretches",
        "_surfaces",
        "_write_settle",
        "_zones",
        "rotation",
    )

    def __init__(self, layout: Layout, mechanics: Mechanics) -> None:
        geometry = layout.geometry
        self.rotation = mechanics.rotation
        self._seek = mechanics.seek
        self._head_switch = mechanics.head_switch
        self._write_settle = mechanics.write_settle
        self._surfaces = geometry.surfaces
        self._starts = [*layout.starts, layout.capacity]
        self._stretches = [(stretch.zone, stretch.physical) for stretch in layout.stretches]
        self._zones = [
            (
                zone.first,
                zone.sectors,
                zone.offset,
                cylinder_advance(zone, geometry.surfaces),
                zone.track_skew,
                mechanics.rotation / zone.sectors,
            )
            for zone in geometry.zones
        ]

    def move_time(self, cylinders: int, is_other_head: bool, is_write: bool) -> int:
        """Return how long the arm takes to so many cylinders away, to the same head or another."""
        time = self._seek[cylinders]
        if is_other_head and time < self._head_switch:
            time = self._head_switch
        if is_write and (cylinders or is_other_head):
            time += self._write_settle
        return time

    def sector_time(self, block: int) -> float:
        """Return how long the sector of `block` takes to pass."""
        return self._zones[self._stretches[bisect_right(self._starts, block) - 1][0]][5]

    def find_pass(
        self, block: int, ready: float, earliest: float, cylinder: int, head: int, is_write: bool
    ) -> tuple[Pass, float]:
        """Return how the blocks from `block` to the end of its track, or of its stretch, pass.

        Args:
            block: the first.
            ready: when the arm may begin to move.
            earliest: before this no sector is wanted.
            cylinder: where the arm is.
            head: that it uses.
            is_write: settles longer.

        Returns:
            The pass, and when the head was on the track.
        """
        index = bisect_right(self._starts, block) - 1
        number, physical = self._stretches[index]
        first, sectors, offset, advance, skew, time = self._zones[number]
        track, sector = divmod(physical + block - self._starts[index], sectors)
        along, new_head = divmod(track, self._surfaces)
        new_cylinder = first + along
        if new_cylinder != cylinder or new_head != head:
            ready += self.move_time(abs(new_cylinder - cylinder), new_head != head, is_write)
        begin = ready if ready > earliest else earliest
        angle = (offset + along * advance + new_head * skew + sector) % sectors * time
        start = begin + (angle - begin + _SLACK) % self.rotation - _SLACK
        count = min(sectors - sector, self._starts[index + 1] - block)
        return Pass(block, count, start, time, new_cylinder, new_head), ready


class Stream:
    """A head that follows consecutive blocks.

    Args:
        mechanism: the drive's.
        block: the first.
        ready: when the arm may begin to move.
        earliest: before this no sector is wanted.
        cylinder, head: where the arm is.
        is_write: settles longer.

    Attributes:
        first: the first block.
        limit: the block before which it stops; whoever made the stream moves it on.
        settled: when the head was on the first track.
        start: when the first sector began to pass.
    """

    __slots__ = ("_end", "_mechanism", "_next", "_passes", "first", "is_write", "limit", "settled", "start")

    def __init__(
        self,
        mechanism: Mechanism,
        block: int,
        ready: float,
        earliest: float,
        cylinder: int,
        head: int,
        is_write: bool,
    ) -> None:
        self._mechanism = mechanism
        self.first = block
        self.limit = block + 1
        self.is_write = is_write
        made, self.settled = mechanism.find_pass(block, ready, earliest, cylinder, head, is_write)
        self._passes = [made]
        self.start = made.start
        self._next = made.block + made.blocks
        self._end = made.start + made.blocks * made.sector

    def time_before(self, block: int) -> float:
        """Return when all blocks before `block` have passed; at most `limit` may be asked for."""
        while self._next < block:
            self._go_on()
        for made in reversed(self._passes):
            if made.block < block:
                return made.start + (block - made.block) * made.sector
        return self.start

    def passed(self, time: float) -> int:
        """Return the first block that has not passed at `time`, at most `limit`."""
        while self._end <= time and self._next < self.limit:
            self._go_on()
        for made in reversed(self._passes):
            if made.start <= time:
                here = made.block + min(made.blocks, int((time - made.start) / made.sector))
                return min(here, self.limit)
        return self.first

    def place(self, time: float) -> tuple[int, int]:
        """Return the cylinder and the head at `time`; during a switch, those that it leaves."""
        self.passed(time)
        for made in reversed(self._passes):
            if made.start <= time and made.block < self.limit:
                return made.cylinder, made.head
        return self._passes[0].cylinder, self._passes[0].head

    def _go_on(self) -> None:
        last = self._passes[-1]
        made, _ = self._mechanism.find_pass(
            self._next, self._end, self._end, last.cylinder, last.head, self.is_write
        )
        self._passes.append(made)
        self._next = made.block + made.blocks
        self._end = made.start + made.blocks * made.sector
        if len(self._passes) > 2 * _KEPT_PASSES:
            del self._passes[:-_KEPT_PASSES]

"""A disk drive: what its controller does with one command after the other, and how long that takes.

In: commands, each with the time at which it arrives; the drive has finished the one before. Out: the time
at which the command is done. Where the bytes are is the disk's affair; the drive only knows which blocks
its buffer has.

    read, in the buffer  overhead, transfer over the bus
    read, coming in      the drive is reading ahead: it goes on, and sends the blocks as they come
    read, not there      overhead, the arm moves, the medium turns, the blocks pass and are sent meanwhile
    write                overhead; the data cross the bus while the arm moves; the blocks pass
    write, cached        overhead, transfer over the bus; to the medium afterwards

After a read the drive reads ahead, until its buffer is full or the next command needs the arm. Nothing of
that is computed before somebody needs to know (`Stream`). What is written behind the host's back is done
before anything else moves the arm.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from vm.machine.costs import DRIVE_RESTART, DRIVE_WRITE_START
from vm.machine.layout import Layout
from vm.machine.mechanism import Mechanism, Stream
from vm.machine.parameters import DriveParameters
from vm.machine.read_ahead import ReadAheadPolicy
from vm.machine.segments import Buffer, Segment


@dataclass(slots=True)
class Statistics:
    """What a disk has done so far; times in cycles.

    Args:
        requests: reads and writes.
        hits: reads that the buffer answered without moving anything.
        busy: time in which a request was in the drive.
        overhead, seek, rotation, transfer: of that, the controller's, the arm's, waiting for a sector once
            the arm is there, and moving sectors between medium, buffer and host.
    """

    requests: int = 0
    reads: int = 0
    writes: int = 0
    flushes: int = 0
    sectors_read: int = 0
    sectors_written: int = 0
    hits: int = 0
    busy: int = 0
    overhead: int = 0
    seek: int = 0
    rotation: int = 0
    transfer: int = 0


class Drive:
    """A drive.

    Args:
        parameters: which.

    Attributes:
        blocks: that it has.
        statistics: the drive fills in hits and times.

    Raises:
        Refused: DSK007 the geometry contradicts itself.
    """

    def __init__(self, parameters: DriveParameters) -> None:
        self.blocks = parameters.geometry.blocks
        self.statistics = Statistics()
        layout = Layout(parameters.geometry)
        self._mechanism = Mechanism(layout, parameters.mechanics)
        self._overheads = parameters.overheads
        self._buffering = parameters.buffering
        self._bus = parameters.interface
        self._policy = ReadAheadPolicy(parameters, layout)
        self._buffer = Buffer(parameters.buffering)
        self._stream: Stream | None = None  # reading ahead into `_segment`, or writing what was cached
        self._segment: Segment | None = None
        self._free = 0.0  # when the arm is done with commands
        self._cylinder = 0
        self._head = 0
        self._after_write = False

    def serve(self, now: int, block: int, count: int, is_write: bool, write_back: bool = False) -> int:
        """Return when a command is done.

        Args:
            now: when it arrives.
            block: the first.
            count: of blocks.
            is_write: writes; else reads.
            write_back: a write is done when the buffer has it.
        """
        self._catch_up(now)
        if not is_write:
            done = self._read(now, block, block + count)
        elif write_back:
            done = self._write_back(now, block, block + count)
        else:
            done = self._write(now, block, block + count)
        self._after_write = is_write
        return ceil(done)

    def flush(self, now: int) -> int:
        """Return when everything that was written is on the medium."""
        stream = self._stream
        if stream is None or not stream.is_write:
            return now
        return max(now, ceil(stream.time_before(stream.limit)))

    # ---- reads

    def _read(self, now: int, block: int, end: int) -> float:
        segment = self._buffer.find(block, end)
        if segment is not None:
            return self._read_hit(now, block, end, segment)
        ahead, stream = self._segment, self._stream
        if ahead is None or stream is None or not ahead.begin <= block <= ahead.end:
            return self._read_miss(now, block, end)
        ready = now + self._overheads.read_hit[self._after_write] + self._overheads.preparation
        self.statistics.overhead += ready - now
        stream.limit = max(stream.limit, end, self._policy.limit(block, end))
        return self._send(stream, ahead, block, end, ready)

    def _read_hit(self, now: int, block: int, end: int, segment: Segment) -> float:
        overheads = self._overheads
        overhead = overheads.read_hit[self._after_write] + overheads.preparation + overheads.read_completion
        transfer = (end - block) * self._bus.read
        statistics = self.statistics
        statistics.hits += 1
        statistics.overhead += overhead
        statistics.transfer += transfer
        if segment is self._segment and self._stream is not None:
            self._stream.limit = max(self._stream.limit, self._policy.limit(block, end))
        elif self._buffering.ahead_on_hit and self._stream is None and not segment.is_written:
            self._read_on(now + overhead, segment, self._policy.limit(block, end))
        self._discard(segment, end)
        return now + overhead + transfer

    def _read_on(self, ready: float, segment: Segment, limit: int) -> None:
        """Read ahead again, although the last read did not need the arm."""
        if segment.end < limit:
            self._stream = self._start(ready, ready, segment.end, is_write=False)
            self._stream.limit = limit
            self._segment = segment

    def _read_miss(self, now: int, block: int, end: int) -> float:
        """Read from the medium; the stream goes on as reading ahead."""
        self._stop_stream(now)
        before = self._buffer.find_end(block)
        segment = before if self._policy.only_on_sequence else None
        if segment is None:
            segment = self._buffer.add_read(block)
        ready = max(now + self._overheads.read_miss[self._after_write], self._free)
        earliest = max(now + self._overheads.read_hit[self._after_write], self._free) + DRIVE_RESTART
        stream = self._start(ready, earliest, block, is_write=False)
        self._count(now, ready, stream)
        stream.limit = end
        self._policy.plan(stream, segment, block, end, before is not None)
        self._stream, self._segment = stream, segment
        return self._send(stream, segment, block, end, now)

    def _send(self, stream: Stream, segment: Segment, block: int, end: int, ready: float) -> float:
        """Return when blocks that come from the medium have crossed the bus.

        The drive takes the bus when a share of them, at least one, is in the buffer; the last one crosses
        when it is there.
        """
        first = block + max(1, ceil((end - block) * self._buffering.watermark))
        last = stream.time_before(end)
        begin = max(ready, stream.time_before(first))
        done = max(begin + (end - block) * self._bus.read, last + self._bus.read)
        done += self._overheads.read_completion
        self.statistics.transfer += int(done - max(ready, stream.start))
        segment.grow(end)
        self._discard(segment, end)
        self._free = last
        return done

    def _discard(self, segment: Segment, end: int) -> None:
        """Give up what the host has got, where the drive reads ahead over it."""
        if self._buffering.discards_requested and not segment.is_written:
            segment.begin = max(segment.begin, end)

    # ---- writes

    def _write(self, now: int, block: int, end: int) -> float:
        """Write to the medium, and say that it is done when it is."""
        self._stop_stream(now)
        overheads = self._overheads
        begun = now + overheads.write_miss[self._after_write]
        ready = max(begun, self._free)
        earliest = max(begun + self._time_data(block, end - block), self._free) + DRIVE_RESTART
        stream = self._start(ready, earliest, block, is_write=True)
        self._count(now, ready, stream)
        stream.limit = end
        self._free = stream.time_before(end)
        self._cylinder, self._head = stream.place(self._free)
        self._buffer.add_written(block, end)
        done = self._free + overheads.reselection + overheads.write_completion
        self.statistics.transfer += int(done - stream.start)
        return done

    def _time_data(self, block: int, count: int) -> float:
        """Return how long after its command a write's data are there, as far as the head needs them.

        The head may start when the first sectors are in the buffer, if the bus then keeps ahead of it.
        """
        bus = self._bus.write
        lead = count * bus - (count - 1) * self._mechanism.sector_time(block)
        return max(min(count, DRIVE_WRITE_START) * bus, lead)

    def _write_back(self, now: int, block: int, end: int) -> float:
        """Write into the buffer, and from there to the medium as soon as the arm is free."""
        if end - block > self._buffering.segment_sectors:
            return self._write(now, block, end)
        overheads = self._overheads
        begun = now + overheads.write_hit[self._after_write]
        transfer = (end - block) * self._bus.write
        self.statistics.transfer += transfer
        stream = self._stream
        done: float
        if stream is not None and self._may_join(stream, block, end, begun + self._bus.write):
            stream.limit = end
            done = begun + transfer
        else:
            self._stop_stream(now)
            done = max(begun, self._free) + transfer
            self._stream = self._start(done, done, block, is_write=True)
            self._stream.limit = end
        self._buffer.add_written(block, end)
        done += overheads.write_completion
        self.statistics.overhead += int(done - now - transfer)
        return done

    def _may_join(self, stream: Stream, block: int, end: int, arrival: float) -> bool:
        """Say whether blocks that arrive from then on continue what is being written, and come in time."""
        buffering = self._buffering
        fits = stream.is_write and block == stream.limit and end - stream.first <= buffering.segment_sectors
        return fits and buffering.combines_writes and stream.time_before(block) >= arrival

    # ---- the arm

    def _start(self, ready: float, earliest: float, block: int, is_write: bool) -> Stream:
        return Stream(self._mechanism, block, ready, earliest, self._cylinder, self._head, is_write)

    def _count(self, now: int, ready: float, stream: Stream) -> None:
        statistics = self.statistics
        statistics.overhead += int(ready - now)
        statistics.seek += int(stream.settled - ready)
        statistics.rotation += int(stream.start - stream.settled)

    def _catch_up(self, now: int) -> None:
        """Take note of what the drive has done by itself since the last command."""
        stream = self._stream
        if stream is None:
            return
        if stream.is_write:
            if stream.time_before(stream.limit) <= now:
                self._stop_stream(now)
        else:
            assert self._segment is not None, "what is read ahead goes into a segment"
            self._segment.grow(stream.passed(now))
            if self._segment.end >= stream.limit:
                self._stop_stream(now)

    def _stop_stream(self, now: int) -> None:
        """Free the arm: a stream that reads ahead stops where it is, one that writes goes on to its end."""
        stream = self._stream
        if stream is None:
            return
        if stream.is_write:
            self._free = stream.time_before(stream.limit)
        self._cylinder, self._head = stream.place(max(now, self._free))
        self._stream = self._segment = None

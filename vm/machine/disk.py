"""A disk: requests go in, time passes, and each is done when the drive has done it.

In: reads and writes of sectors, each with an action to run when it is done; flushes of the drive's write
cache. Out: the store's bytes, read or changed, at the times that the drive's mechanism takes
(`vm.machine.drive`).

Requests wait in a queue; the drive has one at a time, and C-LOOK picks the next (`vm.machine.command_queue`).

What is durable: without a write cache, a write that is done. With it a write is done when the drive's
buffer has it, and durable when a flush is done that was asked for after that; a write with `fua` is durable
when it is done. The store holds what a read would see. What a crash leaves is for `vm.machine.crash` to
say, which listens here as `DiskObserver`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from vm.machine.clock import Clock
from vm.machine.command_queue import Queue, Request
from vm.machine.drive import Drive, Statistics
from vm.machine.store import SECTOR, Store

BLOCK = 4096
SECTORS_PER_BLOCK = BLOCK // SECTOR


class DiskObserver(Protocol):
    """Who wants to know what the disk was told, and what it said is done."""

    def write_started(self, number: int, sector: int, data: bytes, fua: bool) -> None:
        """Take note that a write was handed in: from now on any of its sectors may reach the medium."""

    def write_done(self, number: int) -> None:
        """Take note that the write is done; whether it is durable depends on cache and `fua`."""

    def flush_done(self, numbers: Sequence[int]) -> None:
        """Take note that a flush is done: these writes are durable, which were done when it was asked for."""


class Disk:
    """A disk drive with its medium.

    Args:
        store: the medium; it may be smaller than the drive, which then has only so many sectors.
        clock: what tells the time here.
        drive: the mechanism.
        write_cache: a write is done when the drive's buffer has it.

    Attributes:
        observer: told about writes; one at most.
        statistics: counts and times.
    """

    def __init__(self, store: Store, clock: Clock, drive: Drive, write_cache: bool = False) -> None:
        assert store.sectors <= drive.blocks, "the image is larger than the drive"
        self.store = store
        self.sectors = store.sectors
        self.blocks = store.sectors // SECTORS_PER_BLOCK
        self.write_cache = write_cache
        self.observer: DiskObserver | None = None
        self.statistics: Statistics = drive.statistics
        self._clock = clock
        self._drive = drive
        self._queue = Queue()
        self._active: Request | None = None
        self._head = 0
        self._requests = 0
        self._cached: list[int] = []
        self._flushes: list[Callable[[], None]] = []
        self._flushing = False

    @property
    def busy(self) -> bool:
        """Whether anything that was asked for is not done."""
        return self._queue.unfinished > 0 or self._flushing or bool(self._flushes)

    def read(self, sector: int, buffers: Sequence[bytearray | memoryview], done: Callable[[], None]) -> None:
        """Start reading into `buffers`, which are filled one after the other just before `done` is called."""
        size = sum(map(len, buffers))
        assert size > 0, "a read has bytes"
        assert size % SECTOR == 0, "sectors are read whole"
        self._add(sector, size // SECTOR, buffers, None, False, done)

    def write(
        self, sector: int, pieces: Sequence[bytes], done: Callable[[], None], fua: bool = False
    ) -> None:
        """Start writing the bytes of `pieces`, as they are now; with `fua` to the medium, past any cache."""
        data = b"".join(pieces)
        assert data, "a write has bytes"
        assert len(data) % SECTOR == 0, "sectors are written whole"
        self._add(sector, len(data) // SECTOR, (), data, fua, done)

    def flush(self, done: Callable[[], None]) -> None:
        """Have every write that is done made durable; without a write cache they are."""
        self.statistics.flushes += 1
        covered, self._cached = self._cached, []
        self._flushes.append(partial(self._finish_flush, covered, done))
        if self._active is None and not self._flushing:
            self._start_next()

    def _add(
        self,
        sector: int,
        count: int,
        buffers: Sequence[bytearray | memoryview],
        data: bytes | None,
        fua: bool,
        done: Callable[[], None],
    ) -> None:
        assert 0 <= sector <= self.sectors - count, "sectors outside the disk"
        self._requests += 1
        request = Request(self._requests, sector, count, buffers, data, fua, done)
        if data is not None and self.observer is not None:
            self.observer.write_started(request.number, sector, data, fua)
        self._queue.add(request)
        if self._active is None and not self._flushing:
            self._start_next()

    def _start(self, request: Request) -> None:
        now = self._clock.now
        write_back = self.write_cache and not request.fua
        end = self._drive.serve(now, request.sector, request.count, request.data is not None, write_back)
        self.statistics.busy += end - now
        self._active = request
        self._clock.schedule(end, self._finish)

    def _start_next(self) -> None:
        """Give the drive its next command: flushes that wait, then the queue."""
        if self._flushes:
            self._flushing = True
            end = self._drive.flush(self._clock.now)
            for finish in self._flushes:
                self._clock.schedule(end, finish)
            self._flushes = []
            self._clock.schedule(end, self._end_flushes)
            return
        request = self._queue.take(self._head)
        if request is not None:
            self._start(request)

    def _finish(self) -> None:
        """The active request is done: move its bytes, start the next one, and tell whoever asked."""
        request = self._active
        assert request is not None, "nothing was active"
        self._active = None
        self._head = request.sector + request.count
        if request.data is None:
            self._fill(request)
        else:
            self._keep(request)
        self._queue.finish(request)
        self._start_next()
        request.done()

    def _fill(self, request: Request) -> None:
        statistics = self.statistics
        statistics.requests += 1
        statistics.reads += 1
        statistics.sectors_read += request.count
        data = self.store.read(request.sector, request.count)
        if len(request.buffers) == 1:
            request.buffers[0][:] = data
            return
        begin = 0
        view = memoryview(data)
        for buffer in request.buffers:
            end = begin + len(buffer)
            buffer[:] = view[begin:end]
            begin = end

    def _keep(self, request: Request) -> None:
        statistics = self.statistics
        statistics.requests += 1
        statistics.writes += 1
        statistics.sectors_written += request.count
        assert request.data is not None, "a write has bytes"
        self.store.write(request.sector, request.data)
        if self.write_cache and not request.fua:
            self._cached.append(request.number)
        if self.observer is not None:
            self.observer.write_done(request.number)

    def _finish_flush(self, covered: Sequence[int], done: Callable[[], None]) -> None:
        if self.observer is not None:
            self.observer.flush_done(covered)
        done()

    def _end_flushes(self) -> None:
        self._flushing = False
        self._start_next()

"""Counting a capture: packets and bytes of every filter, in constant memory, with no Python for each packet.

In: a classifier and captures. Out: `Counts`. On the native engine a chunk of packets is walked, classified
and tallied by three compiled programs, all proved; on others the same is done in Python.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dpfc.answers import Answers, Classifies
from dpfc.capture.chunk import RECORD_BYTES, Chunk
from dpfc.capture.native import NativeWalkers
from dpfc.capture.policy import COUNTER_BYTES, MAX_ANSWERS, TALLY, TALLY_ALL
from dpfc.capture.reader import Origin, open_capture
from dpfc.capture.tally import build_tally, build_tally_all
from dpfc.capture.walker import PythonWalkers, Walkers
from runtime.ir.nodes import Function
from runtime.load.batch import Messages
from runtime.load.native import NativeFunction
from runtime.pipeline import load_function
from runtime.policy import Policy

_COUNTER = struct.Struct("<QQ")


@dataclass(frozen=True, slots=True)
class Row:
    """What one filter got.

    Args:
        name: the filter's; empty for packets that no filter accepts.
        packets: how many.
        bytes: their lengths on the wire, summed.
    """

    name: str
    packets: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What captures held.

    Args:
        packets: all packets read.
        rows: one for each filter, in order of definition; in mode all a packet counts for every filter that
            accepts it.
        unmatched: packets that no filter accepts.
    """

    packets: int
    rows: tuple[Row, ...]
    unmatched: Row


@dataclass(frozen=True, slots=True)
class Classified:
    """Consecutive packets of one chunk, all of one link type, and what the classifier answered.

    Args:
        chunk: where the packets are.
        first: index of the first in the chunk.
        count: how many.
        link_type: of all of them.
        answers: the classifier's.
    """

    chunk: Chunk
    first: int
    count: int
    link_type: int
    answers: Answers

    def iterate(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield (index in the chunk, numbers of the accepting filters) for each packet."""
        ids, counts = self.answers.ids, self.answers.counts
        place = 0
        for number in range(self.count):
            if counts:
                following = place + counts[number]
                yield self.first + number, tuple(ids[place:following])
                place = following
            else:
                yield self.first + number, (ids[number],) if ids[number] else ()


class Counter:
    """Adds captures up; what was counted before a capture turned out to be damaged stays counted.

    Attributes:
        packets: counted so far.
        share: (k, n): of n counters that read the same captures, this one counts every n-th chunk, from the
            k-th on; all of them together count every packet once.
    """

    def __init__(self, classifier: Classifies) -> None:
        self.packets = 0
        self.share = (0, 1)
        self._chunks = 0
        self._classifier = classifier
        self._counters = bytearray(COUNTER_BYTES)
        self._walkers: Walkers = PythonWalkers()
        self._tally: NativeFunction | None = None
        if classifier.engine == "native":
            load = partial(_load_program, cache=classifier.cache)
            self._walkers = NativeWalkers(load)
            every = classifier.mode == "all"
            self._tally = load(build_tally_all(), TALLY_ALL) if every else load(build_tally(), TALLY)

    def add_file(self, origin: Origin) -> None:
        """Count a capture.

        Args:
            origin: a path, `-` for standard input, or a binary stream.

        Raises:
            Refused: CAP codes for an unreadable or damaged capture; codes of the compiler for its link types.
        """
        for _ in self.add(origin):
            pass

    def add(self, origin: Origin) -> Iterator[Classified]:
        """Count a capture and hand out what was classified; arguments and refusals as for `add_file`."""
        for chunk in open_capture(origin, self._walkers):
            mine, every = self.share
            self._chunks += 1
            if self._chunks % every != mine:
                continue
            for link_type, start, end in chunk.runs():
                for first, count in self._cut(link_type, start, end):
                    answers = self._classifier.classify_messages(_locate(chunk, first, count), link_type)
                    classified = Classified(chunk, first, count, link_type, answers)
                    self._count(classified)
                    yield classified

    def totals(self) -> tuple[int, bytes]:
        """Return what was counted, for `merge` in another process."""
        return self.packets, bytes(self._counters)

    def merge(self, packets: int, counters: bytes) -> None:
        """Add what another counter of the same filters counted."""
        self.packets += packets
        self._counters += bytes(max(0, len(counters) - len(self._counters)))
        for place, (some, size) in enumerate(_COUNTER.iter_unpack(counters)):
            start = place * COUNTER_BYTES
            before = _COUNTER.unpack_from(self._counters, start)
            _COUNTER.pack_into(self._counters, start, before[0] + some, before[1] + size)

    def counts(self) -> Counts:
        """Return what was counted so far."""
        numbers = list(_COUNTER.iter_unpack(self._counters))
        names = self._classifier.names
        numbers += [(0, 0)] * (len(names) - len(numbers))
        rows = tuple(Row(name, packets, size) for name, (packets, size) in zip(names, numbers, strict=True))
        return Counts(self.packets, rows[1:], rows[0])

    def _cut(self, link_type: int, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield (first, count) so that the answers of one piece fit the tally."""
        limit = self._classifier.prepare(link_type).function.emit_limit
        step = max(1, MAX_ANSWERS // limit) if limit else end - start
        for first in range(start, end, step):
            yield first, min(step, end - first)

    def _count(self, classified: Classified) -> None:
        """Add packets and bytes to the counters of the filters that accept them."""
        wanted = COUNTER_BYTES * len(self._classifier.names)
        self._counters += bytes(max(0, wanted - len(self._counters)))
        if self._tally is None:
            self._count_in_python(classified)
        else:
            self._count_natively(classified, self._tally)
        self.packets += classified.count

    def _count_natively(self, classified: Classified, tally: NativeFunction) -> None:
        answers = classified.answers
        start = classified.first * RECORD_BYTES
        records = classified.chunk.records[start : start + classified.count * RECORD_BYTES]
        numbers = memoryview(answers.ids).cast("B")
        if answers.counts:
            numbers = memoryview(answers.counts.tobytes() + answers.ids.tobytes())
        outcome = tally.call({"records": records, "answers": numbers, "counters": self._counters})
        assert outcome.results == (classified.count,), "the tally counts every packet"

    def _count_in_python(self, classified: Classified) -> None:
        for index, ids in classified.iterate():
            _, _, wire, _ = classified.chunk.record(index)
            for number in ids or (0,):
                packets, size = _COUNTER.unpack_from(self._counters, number * COUNTER_BYTES)
                _COUNTER.pack_into(self._counters, number * COUNTER_BYTES, packets + 1, size + wire)


@functools.cache
def _load_program(function: Function, policy: Policy, cache: Path | None) -> NativeFunction:
    """Load a walk or a tally once for the whole process: they are the same for every classifier."""
    return load_function(function, policy, cache)


def _locate(chunk: Chunk, first: int, count: int) -> Messages:
    """Return the packets of a chunk as messages: offsets and lengths are read from its records in place."""
    records = chunk.records[first * RECORD_BYTES :]
    return Messages(chunk.buffer, records, records[4:], count, RECORD_BYTES, RECORD_BYTES, offset_bytes=4)

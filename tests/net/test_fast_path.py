"""TCP's fast path in the kernel, over a recorded connection: a handler takes what it may, a library the rest.

The library here is as small as can be: what comes to its ring it sorts by sequence number, and it empties the
buffer when that is half full. What both have taken together is the stream, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dpfc.capture.reader import read_packets
from tests.net.host import EXAMPLES, Host

SHARED = Path("/work/shared/data/pcap")
CAPTURE = SHARED / "seladb_PcapPlusPlus" / "ExamplesTest__pcap_examples__many-protocols.pcap"
PORTS = bytes.fromhex("0050d7fb")
BUSY, NEXT, READ, WRITTEN, WINDOW, SEGMENTS, BUFFER = 0, 4, 8, 12, 20, 36, 256
LOCAL, REMOTE, BOTH = 24, 28, 32
ROOM = 8192
HEADER = 54


@dataclass(frozen=True, slots=True)
class Segment:
    """A frame with a segment of the connection."""

    frame: bytes

    @property
    def sequence(self) -> int:
        return int.from_bytes(self.frame[38:42], "big")

    @property
    def window(self) -> int:
        return int.from_bytes(self.frame[48:50], "big")

    @property
    def data(self) -> bytes:
        end = 14 + int.from_bytes(self.frame[16:18], "big")
        return self.frame[34 + 4 * (self.frame[46] >> 4) : end]

    @property
    def synchronizes(self) -> bool:
        return bool(self.frame[47] & 2)


def read_flow() -> list[Segment]:
    """Return one direction of the connection."""
    frames = (bytes(packet.data) for packet in read_packets(CAPTURE))
    return [
        Segment(frame)
        for frame in frames
        if frame[12:15] == b"\x08\x00\x45" and frame[23] == 6 and frame[34:38] == PORTS
    ]


@dataclass(slots=True)
class Library:
    """What is behind the handler.

    Attributes:
        stream: what has come in order.
        slow: segments with data that came to the ring.
    """

    host: Host
    stream: bytearray = field(default_factory=bytearray)
    waiting: dict[int, bytes] = field(default_factory=dict)
    slow: int = 0

    def open(self, first: Segment) -> None:
        """Know the connection from its first segment."""
        for place, data in ((REMOTE, first.frame[26:30]), (LOCAL, first.frame[30:34]), (BOTH, PORTS)):
            self.host.set(place, int.from_bytes(data, "big"))
        start = first.sequence + first.synchronizes
        self.host.set(NEXT, start)
        self.host.set(WINDOW, first.window)

    def work(self) -> None:
        """Empty buffer and ring."""
        if self.host.word(WRITTEN) > ROOM // 2:
            self.drain()
        for frame in self.host.take():
            segment = Segment(frame)
            self.host.set(WINDOW, segment.window)
            if segment.data:
                self.slow += 1
                self.waiting[segment.sequence] = segment.data
        while (expected := self.host.word(NEXT)) in self.waiting:
            self.drain()
            data = self.waiting.pop(expected)
            self.stream += data
            self.host.set(NEXT, (expected + len(data)) & 0xFFFFFFFF)

    def drain(self) -> None:
        """Take what is in the buffer."""
        self.stream += self.host.read(BUFFER, self.host.word(WRITTEN))
        self.host.set(WRITTEN, 0)


def assemble(segments: list[Segment]) -> bytes:
    """Return the stream, without any of the above."""
    start = segments[0].sequence + segments[0].synchronizes
    parts = {(each.sequence - start) & 0xFFFFFFFF: each.data for each in segments if each.data}
    stream = bytearray()
    while len(stream) in parts:
        stream += parts[len(stream)]
    return bytes(stream)


def make_host() -> Host:
    """Interpreted: the validator takes minutes for the code."""
    return Host(EXAMPLES / "tcp_fast_path.ash", "tcp_fast_path", "tcp", "interpreter")


@pytest.mark.skipif(not CAPTURE.exists(), reason="needs the shared captures")
def test_a_recorded_connection() -> None:
    segments, host = read_flow(), make_host()
    library = Library(host)
    library.open(segments[0])
    for segment in segments:
        host.arrive(segment.frame)
        library.work()
    library.drain()
    data = [each for each in segments if each.data]
    assert len(library.stream) > 400_000
    assert library.stream == assemble(segments)
    assert host.word(SEGMENTS) == host.counts()["consumed"] == len(data) - library.slow
    assert host.word(SEGMENTS) > 0.9 * len(data)
    assert host.counts()["wakes"] + host.counts()["refused"] == host.word(SEGMENTS)


@pytest.mark.skipif(not CAPTURE.exists(), reason="needs the shared captures")
def test_where_its_preconditions_fail_nothing_has_changed() -> None:
    segments, host = read_flow(), make_host()
    Library(host).open(segments[0])
    full = next(each for each in segments if len(each.data) > 1000)
    host.set(NEXT, full.sequence)
    host.set(WINDOW, full.window)
    damaged = bytearray(full.frame)
    damaged[HEADER + 500] ^= 1
    spoilt: list[tuple[int, int, bytes]] = [
        (BUSY, 1, full.frame),
        (NEXT, full.sequence + 1, full.frame),
        (WRITTEN, ROOM - 1000, full.frame),
        (READ, 1, full.frame),
        (WINDOW, full.window ^ 1, full.frame),
        (LOCAL, 1, full.frame),
        (BUSY, 0, bytes(damaged)),
        (BUSY, 0, full.frame[:1000]),
        (BUSY, 0, full.frame[:47] + b"\x11" + full.frame[48:]),  # the last segment
    ]
    for number, (place, value, frame) in enumerate(spoilt, 1):
        kept = host.word(place)
        host.set(place, value)
        before = host.read(0, 8448)
        host.arrive(frame)
        assert host.read(0, 8448) == before, number
        assert host.take() == [frame]
        assert sum(host.aborted().values()) == number
        host.set(place, kept)
    assert len(host.aborted()) > 5
    host.arrive(full.frame)
    assert host.read(BUFFER, len(full.data)) == full.data
    assert host.word(NEXT) == full.sequence + len(full.data)

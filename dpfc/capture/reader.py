"""Opening captures: where the bytes come from, what they are packed in, and which format they are.

In: a path, `-` for standard input, or a binary stream. Out: an iterator of chunks, or of packets. Regular
files are mapped; everything else is read once, front to back, in constant memory.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import BinaryIO, TypeAlias

from dpfc.capture.chunk import NANOSECONDS, Chunk
from dpfc.capture.damage import Place
from dpfc.capture.gunzip import MAGIC as GZIP_MAGIC
from dpfc.capture.gunzip import GzipReader
from dpfc.capture.pcap import is_pcap, read_pcap
from dpfc.capture.pcapng import MAGIC as PCAPNG_MAGIC
from dpfc.capture.pcapng import PcapngReader
from dpfc.capture.walker import PythonWalkers, Walkers
from dpfc.capture.window import MapWindow, StreamWindow, Window

Origin: TypeAlias = str | Path | BinaryIO
_Read: TypeAlias = Callable[[int], bytes]

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_HEAD_BYTES = 4
_STDIN = 0


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet.

    Args:
        number: counted from 1.
        timestamp_ns: nanoseconds since 1970; 0 when the capture does not say.
        link_type: a LINKTYPE_ number.
        data: the captured bytes.
        wire_length: bytes that the packet had.
        interface: its number in its section; 0 in a classic pcap file.
    """

    number: int
    timestamp_ns: int
    link_type: int
    data: memoryview
    wire_length: int
    interface: int


def open_capture(origin: Origin, walkers: Walkers | None = None) -> Iterator[Chunk]:
    """Yield the packets of a capture in chunks.

    Args:
        origin: a path, `-`, or a binary stream, which is read to its end and not closed.
        walkers: the engine that finds packets; the reference engine when not given.

    Raises:
        Refused: CAP codes; when the damage is not at the start, after the packets before it.
    """
    walkers = walkers or PythonWalkers()
    if not isinstance(origin, (str, Path)):
        name = getattr(origin, "name", "")
        place = Place(name if isinstance(name, str) and name else "<stream>")
        yield from _read_stream(origin, place, walkers)
        return
    place = Place(str(origin))
    try:
        # Not in a `with` here: only opening may fail, and is the caller's where it is standard input.
        file = open(  # noqa: SIM115
            _STDIN if place.name == "-" else origin, "rb", buffering=0, closefd=place.name != "-"
        )
    except (OSError, ValueError) as error:
        raise _unreadable(place, error) from None
    with file:
        yield from _read_file(file, place, walkers)


def read_packets(origin: Origin, walkers: Walkers | None = None) -> Iterator[Packet]:
    """Yield the packets of a capture one by one; arguments and refusals as for `open_capture`."""
    for chunk in open_capture(origin, walkers):
        for index in range(len(chunk)):
            seconds, nanoseconds = chunk.stamp(index)
            _, _, wire, interface = chunk.record(index)
            yield Packet(
                chunk.first + index,
                seconds * NANOSECONDS + nanoseconds,
                chunk.link_type(interface),
                chunk.data(index),
                wire,
                interface,
            )


def _read_file(file: FileIO, place: Place, walkers: Walkers) -> Iterator[Chunk]:
    """Yield the packets of a file, mapping it where that is possible."""
    handle = file.fileno()
    try:
        status = os.fstat(handle)
        regular = stat.S_ISREG(status.st_mode) and status.st_size > 0 and file.tell() == 0
        head = os.pread(handle, _HEAD_BYTES, 0) if regular else b""
    except OSError as error:
        raise _unreadable(place, error) from None
    if regular and not _compression(head):
        yield from _read_format(head, MapWindow(handle, status.st_size, place), walkers, place)
    else:
        yield from _read_stream(file, place, walkers, live=not regular)


def _read_stream(
    stream: BinaryIO | FileIO, place: Place, walkers: Walkers, live: bool = True
) -> Iterator[Chunk]:
    """Yield the packets of a stream, decompressing it when it is compressed."""
    raw = _Raw(stream, place)
    head = raw.peek(_HEAD_BYTES)
    compression = _compression(head)
    read: _Read = raw.read
    if compression == "gzip":
        place = Place(place.name, compression)
        read = GzipReader(raw.read, place).read
    elif compression == "zstd":
        from dpfc.capture.unzstd import ZstdReader  # the door of a library that few runs need

        place = Place(place.name, compression)
        read = ZstdReader(raw.read, place).read
    window = StreamWindow(read, live)
    window.advance(0, _HEAD_BYTES)
    yield from _read_format(bytes(window.buffer[:_HEAD_BYTES]), window, walkers, place)


def _read_format(head: bytes, window: Window, walkers: Walkers, place: Place) -> Iterator[Chunk]:
    """Yield the packets of the format that starts with `head`."""
    if is_pcap(head):
        yield from read_pcap(window, walkers, place)
    elif head == PCAPNG_MAGIC:
        yield from PcapngReader(window, walkers, place).chunks()
    elif window.failure:
        raise window.failure
    elif not head:
        raise place.refuse("CAP002", f"`{place.name}` is empty: it has not even a file header")
    else:
        message = f"`{place.name}` is not a capture: it starts with the bytes {head.hex(' ')}"
        raise place.refuse("CAP003", message, "pcap and pcapng are read, plain or inside gzip or zstd")


def _compression(head: bytes) -> str:
    if head[:2] == GZIP_MAGIC:
        return "gzip"
    return "zstd" if head == ZSTD_MAGIC else ""


def _unreadable(place: Place, error: OSError | ValueError) -> Exception:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return place.refuse("CAP001", f"cannot read `{place.name}`: {reason}")


class _Raw:
    """A stream whose first bytes can be looked at, and whose errors are refusals."""

    def __init__(self, stream: BinaryIO | FileIO, place: Place) -> None:
        self._stream = stream
        self._place = place
        self._held = b""

    def peek(self, count: int) -> bytes:
        """Return the first `count` bytes, fewer at the end, and keep them."""
        while len(self._held) < count and (data := self._next(count - len(self._held))):
            self._held += data
        return self._held

    def read(self, most: int) -> bytes:
        """Return up to `most` next bytes, none at the end."""
        if self._held:
            data, self._held = self._held[:most], self._held[most:]
            return data
        return self._next(most)

    def _next(self, most: int) -> bytes:
        try:
            data: bytes | None = self._stream.read(most)
        except (OSError, ValueError) as error:
            raise _unreadable(self._place, error) from None
        if data is None:
            message = f"cannot read `{self._place.name}`: it is in non-blocking mode"
            raise self._place.refuse("CAP001", message)
        return data

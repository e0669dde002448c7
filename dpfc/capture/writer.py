"""Writing selected packets: one classic pcap file for each filter, as tcpdump reads them.

In: chunks, and for each filter the indexes of its packets. Out: files in a directory. A file is written under
a temporary name and gets its own when everything is done, so that a failed run leaves none behind.

    directory/web.pcap               all packets of filter `web` have one link type
    directory/web.link113.pcap       they have several: one file for each
    directory/.dpfc-xxxxxxxx/        files in the making

A packet keeps its bytes, its wire length and its time: with nanoseconds when an interface known at the file's
first packet has a finer clock than microseconds. A filter without packets gets no file.
"""

from __future__ import annotations

import shutil
import struct
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from dpfc.capture.chunk import NANOSECONDS, Chunk, Interface
from dpfc.capture.names import choose_name
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span

_FILE_HEADER = struct.Struct("<IHHiIII")
_RECORD_HEADER = struct.Struct("<IIII")
_SNAPLEN_OFFSET = 16
_MICROSECONDS = 1_000_000
_USUAL_SNAPLEN = 262144
_MAX_PENDING_BYTES = 32 << 20  # all files together; descriptors are not kept open, filters may be many


@dataclass(slots=True)
class _Output:
    """A file in the making.

    Attributes:
        path: where it is.
        divisor: nanoseconds in its unit of time.
        snaplen: as in its header.
        largest: the most captured bytes of a packet in it.
        pending: bytes to be appended.
    """

    path: Path
    divisor: int
    snaplen: int
    largest: int = 0
    pending: bytearray = field(default_factory=bytearray)


class CaptureWriter:
    """The files of one run. Use it in a `with` statement: leaving it by an exception discards them.

    Args:
        directory: made when it is not there; files of the same names are replaced.
        names: the filters' names by number; any text.
    """

    def __init__(self, directory: Path, names: Mapping[int, str]) -> None:
        self._directory = directory
        self._names = names
        self._outputs: dict[tuple[int, int], _Output] = {}
        self._pending = 0
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._making = Path(tempfile.mkdtemp(prefix=".dpfc-", dir=directory))
        except OSError as error:
            raise _unwritable(directory, error) from None

    def __enter__(self) -> CaptureWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def write(self, filter_id: int, chunk: Chunk, indexes: Iterable[int]) -> None:
        """Append packets of `chunk`, by their index in it, to the file of a filter.

        Raises:
            Refused: CAP012 when the system does not let it; nothing is left behind then.
        """
        for index in indexes:
            offset, captured, wire, number = chunk.record(index)
            output = self._find_output(filter_id, chunk, chunk.interfaces[number])
            seconds, nanoseconds = chunk.stamp(index)
            output.pending += _RECORD_HEADER.pack(
                seconds & 0xFFFF_FFFF, nanoseconds // output.divisor & 0xFFFF_FFFF, captured, wire
            )
            output.pending += chunk.buffer[offset : offset + captured]
            output.largest = max(output.largest, captured)
            self._pending += _RECORD_HEADER.size + captured
            if self._pending > _MAX_PENDING_BYTES:
                self._flush()

    def close(self) -> tuple[Path, ...]:
        """Give every file its name; return their paths, by filter number and link type.

        Raises:
            Refused: CAP012 when the system does not let it.
        """
        self._flush()
        links: dict[int, int] = {}
        for filter_id, _ in self._outputs:
            links[filter_id] = links.get(filter_id, 0) + 1
        paths: list[Path] = []
        used: set[str] = set()
        try:
            for (filter_id, link), output in sorted(self._outputs.items(), key=lambda item: item[0]):
                ending = f".link{link & 0x03FF_FFFF}.pcap" if links[filter_id] > 1 else ".pcap"
                name = choose_name(self._names[filter_id], ending, used)
                _correct_snaplen(output)
                paths.append(output.path.replace(self._directory / name))
        except OSError as error:
            raise _unwritable(self._directory, error) from None
        finally:
            self.discard()
        return tuple(paths)

    def discard(self) -> None:
        """Remove what was not given a name."""
        self._outputs = {}
        shutil.rmtree(self._making, ignore_errors=True)

    def _find_output(self, filter_id: int, chunk: Chunk, interface: Interface) -> _Output:
        """Return the file of a filter and link type, begun with its header."""
        link = interface.link_type & 0x03FF_FFFF | interface.link_flags
        output = self._outputs.get((filter_id, link))
        if output is None:
            fine = any(each.ticks > _MICROSECONDS for each in chunk.interfaces)
            snaplen = interface.snaplen if 0 < interface.snaplen < 1 << 31 else _USUAL_SNAPLEN
            path = self._making / str(len(self._outputs))
            output = _Output(path, 1 if fine else NANOSECONDS // _MICROSECONDS, snaplen)
            magic = 0xA1B23C4D if fine else 0xA1B2C3D4
            output.pending += _FILE_HEADER.pack(magic, 2, 4, 0, 0, snaplen, link)
            self._outputs[filter_id, link] = output
        return output

    def _flush(self) -> None:
        """Append what is pending to its files."""
        try:
            for output in self._outputs.values():
                if output.pending:
                    with output.path.open("ab") as file:
                        file.write(output.pending)
                    output.pending = bytearray()
        except OSError as error:
            self.discard()
            raise _unwritable(self._directory, error) from None
        self._pending = 0


def _correct_snaplen(output: _Output) -> None:
    """Raise the snapshot length to the longest packet: libpcap would cut it otherwise."""
    if output.largest > output.snaplen:
        with output.path.open("r+b") as file:
            file.seek(_SNAPLEN_OFFSET)
            file.write(output.largest.to_bytes(4, "little"))


def _unwritable(directory: Path, error: OSError) -> Refused:
    reason = error.strerror or str(error)
    place = Span(Source(str(directory), ""), 0, 0)
    return Refused(Diagnostic("CAP012", f"cannot write captures to `{directory}`: {reason}", place))

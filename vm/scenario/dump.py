"""Writing what passes a card to a capture, as tcpdump reads it: classic pcap, with nanoseconds.

In: frames, and the times at which the card saw them. Out: a file. Virtual time 0 is the second `EPOCH`, so
that captures of the same scenario are the same byte by byte. The file gets its name when it is complete.
"""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path

from vm.machine import costs
from vm.machine.card import Card
from vm.machine.clock import Clock

EPOCH = 0
_FILE_HEADER = struct.Struct("<IHHiIII")
_RECORD_HEADER = struct.Struct("<IIII")
_MAGIC = 0xA1B23C4D  # nanoseconds
_SNAPLEN = 262_144
_NANOSECONDS = 1_000_000_000


class Dump:
    """A capture in the making. Use it in a `with` statement: leaving that by an exception discards it.

    Args:
        path: the file; one that is there is replaced.
        clock: says when.
        card: what passes it is written, both ways.
    """

    def __init__(self, path: Path, clock: Clock, card: Card) -> None:
        self._path, self._clock = path, clock
        self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115  (closed by `__exit__`)
            dir=path.parent, prefix=f".{path.name}-", delete=False
        )
        self._file.write(_FILE_HEADER.pack(_MAGIC, 2, 4, 0, 0, _SNAPLEN, card.link_type))
        self.packets = 0
        card.taps.append(self._write)

    def __enter__(self) -> Dump:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        made = Path(self._file.name)
        if kind is None:
            made.chmod(0o644)
            made.replace(self._path)
        else:
            made.unlink()

    def _write(self, frame: bytes, sent: bool) -> None:
        nanoseconds = self._clock.now * _NANOSECONDS // costs.CYCLES_PER_SECOND
        seconds, rest = divmod(nanoseconds, _NANOSECONDS)
        kept = frame[:_SNAPLEN]
        self._file.write(_RECORD_HEADER.pack(EPOCH + seconds, rest, len(kept), len(frame)))
        self._file.write(kept)
        self.packets += 1

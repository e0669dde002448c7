"""pcapng files: the walk over sections and blocks.

    block    type 4 | total length 4 | body, padded to 4 bytes | total length 4
    section  header block (order magic 4 | major 2 | minor 2 | length 8), then blocks in that byte order

In: a window at the start of a section header block. Out: chunks. Runs of enhanced packet blocks, which is
what captures consist of, are walked by the engine; blocks that hold no packet are looked at here, one by one,
and mostly skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from dpfc.capture.blocks import LAYOUTS, Section, explain_packet, walk_rare
from dpfc.capture.chunk import ByteOrder, Chunk
from dpfc.capture.damage import DELIVERED, Place
from dpfc.capture.options import MalformedError, parse_interface
from dpfc.capture.walker import ENHANCED_PACKET, Walked, Walkers
from dpfc.capture.window import Window
from runtime import limits
from runtime.diagnostic import Refused

MAGIC = b"\x0a\x0d\x0d\x0a"
_SECTION_HEADER = 0x0A0D0D0A  # the same in both byte orders
_INTERFACE_DESCRIPTION = 1
_ORDER_MAGIC = 0x1A2B3C4D
_HEAD_BYTES = 12  # type, length, and a section header's order magic: no block is shorter
_SECTION_BYTES = 28
_MAX_BLOCK_BYTES = limits.MAX_MESSAGE_BYTES + (128 << 10)  # a packet and its options
_MAX_INTERFACES = 4096  # a hostile file could fill the memory with them


class PcapngReader:
    """One capture being read; `chunks` may be called once."""

    def __init__(self, window: Window, walkers: Walkers, place: Place) -> None:
        self._window = window
        self._walkers = walkers
        self._place = place
        self._section = Section("le")
        self._start = 0  # of the next block, in the window
        self._number = 1  # of the next packet

    def chunks(self) -> Iterator[Chunk]:
        """Yield the packets.

        Raises:
            Refused: CAP005 to CAP010, or what the window failed with, after the packets before the damage.
        """
        self._window.advance(0, _HEAD_BYTES)
        while total := self._load_block():
            block = self._window.buffer[self._start : self._start + total]
            kind = self._number_at(block, 0)
            if kind in LAYOUTS:
                walked = self._walk(kind)
                if not walked.records:
                    code, fact = explain_packet(kind, self._section, block)
                    raise self._damage(code, f"packet {self._number} {fact}")
                chunk = self._chunk(kind, walked)
                yield chunk
                self._start = walked.next
                self._number += len(chunk)
            else:
                self._read_block(kind, block)
                self._start += total

    def _walk(self, kind: int) -> Walked:
        section, buffer = self._section, self._window.buffer
        if kind != ENHANCED_PACKET:
            return walk_rare(kind, section, buffer, self._start)
        return self._walkers.walk_pcapng(
            section.order, buffer, self._start, section.limit, len(section.interfaces)
        )

    def _chunk(self, kind: int, walked: Walked) -> Chunk:
        section, buffer = self._section, self._window.buffer
        return Chunk(buffer, walked.records, section.interfaces, LAYOUTS[kind], section.order, self._number)

    def _load_block(self) -> int:
        """Bring the next block into the window whole; return its length, 0 at the end of the capture."""
        if not self._has(_HEAD_BYTES):
            left = len(self._window.buffer) - self._start
            if self._window.failure:
                raise self._window.failure
            if left:
                raise self._damage("CAP006", f"the capture ends inside a block's header: {left} bytes left")
            return 0
        head = self._window.buffer[self._start : self._start + _HEAD_BYTES]
        if bytes(head[:4]) == MAGIC:
            self._section = Section(self._order_of_section(head))
        total = self._number_at(head, 4)
        if total < _HEAD_BYTES or total % 4 or total > _MAX_BLOCK_BYTES:
            raise self._damage("CAP008", f"a block claims to be {total} bytes long")
        if not self._has(total):
            if self._window.failure:
                raise self._window.failure
            left = len(self._window.buffer) - self._start
            what = f"packet {self._number}'s block" if self._number_at(head, 0) in LAYOUTS else "a block"
            message = f"the capture ends inside {what}: {total} bytes promised, {left} left"
            raise self._damage("CAP006", message)
        end = self._number_at(self._window.buffer, self._start + total - 4)
        if end != total:
            raise self._damage("CAP008", f"a block is {total} bytes long by its start and {end} by its end")
        return total

    def _has(self, need: int) -> bool:
        """Load `need` bytes from the next block on, if the capture has them."""
        if len(self._window.buffer) - self._start < need and not self._window.final:
            self._window.advance(self._start, need)
            self._start = 0
        return len(self._window.buffer) - self._start >= need

    def _order_of_section(self, head: memoryview) -> ByteOrder:
        magic = bytes(head[8:12])
        if magic == _ORDER_MAGIC.to_bytes(4, "little"):
            return "le"
        if magic == _ORDER_MAGIC.to_bytes(4, "big"):
            return "be"
        raise self._damage("CAP008", f"a section header's byte order mark is {magic.hex()}")

    def _read_block(self, kind: int, block: memoryview) -> None:
        """Take in a block without a packet: sections and interfaces matter, the rest is skipped."""
        if kind == _SECTION_HEADER:
            if len(block) < _SECTION_BYTES:
                raise self._damage("CAP008", f"a section header is {len(block)} bytes long")
            major, minor = self._number_at(block, 12, 2), self._number_at(block, 14, 2)
            if (major, minor) not in ((1, 0), (1, 2)):
                raise self._damage("CAP005", f"pcapng version {major}.{minor} is not one that exists")
        elif kind == _INTERFACE_DESCRIPTION:
            if len(self._section.interfaces) == _MAX_INTERFACES:
                raise self._damage("CAP009", f"a section describes more than {_MAX_INTERFACES} interfaces")
            try:
                interface = parse_interface(block[8:-4], self._section.order)
            except MalformedError as error:
                raise self._damage("CAP010", str(error)) from None
            self._section = Section(self._section.order, (*self._section.interfaces, interface))

    def _number_at(self, data: memoryview, offset: int, size: int = 4) -> int:
        order: Literal["little", "big"] = "little" if self._section.order == "le" else "big"
        return int.from_bytes(data[offset : offset + size], order)

    def _damage(self, code: str, message: str) -> Refused:
        note = (DELIVERED,) if self._number > 1 else ()
        return self._place.refuse_at(code, message, self._window.base + self._start, *note)

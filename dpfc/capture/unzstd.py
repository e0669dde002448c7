"""Streaming zstd decompression with bounded output: the door to zstandard.

In: a function that reads compressed bytes. Out: a function that reads the decompressed ones. The library
decompresses all that it is given at once, and a block of four bytes may stand for 128 KiB; so this file walks
the frames itself and feeds one block at a time. That also tells a frame that was cut from one that ended.

    frame      magic 4 | header | block ... | checksum 0-4
    header     descriptor 1 | window 0-1 | dictionary 0-4 | content size 0-8
    block      last 1 bit, type 2 bits, size 21 bits | content
    skippable  magic 4 (0x184d2a5?) | size 4 | content
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import zstandard

from dpfc.capture.damage import Place

_INPUT_BYTES = 1 << 16
_MAX_WINDOW_BYTES = 1 << 27  # what the zstd command allows without --long
_RUN_LENGTH = 1  # block type: one byte, repeated
_MAX_BLOCK_BYTES = 1 << 17


class ZstdReader:
    """The decompressed bytes of a zstd file."""

    def __init__(self, read: Callable[[int], bytes], place: Place) -> None:
        self._read = read
        self._place = place
        self._input = b""
        self._position = 0
        self._output = self._decompress()
        self._held = b""

    def read(self, most: int) -> bytes:
        """Return up to `most` next bytes, none at the end.

        Raises:
            Refused: CAP011 for damaged data, and when the file ends inside a frame.
        """
        data = self._held or next(self._output, b"")
        self._held = data[most:]
        return data[:most]

    def _decompress(self) -> Iterator[bytes]:
        """Yield the decompressed blocks, none of them empty."""
        context = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
        frame = context.decompressobj()
        for piece, last in self._pieces():
            try:
                data = frame.decompress(piece)
            except zstandard.ZstdError as error:
                raise self._place.refuse("CAP011", f"the zstd data is damaged: {error}") from None
            if data:
                yield data
            if last:
                frame = context.decompressobj()

    def _pieces(self) -> Iterator[tuple[bytes, bool]]:
        """Yield (header, block or checksum; True when the frame ends with it)."""
        while self._more():
            magic = self._take(4)
            if magic[1:] == b"\x2a\x4d\x18" and magic[0] >> 4 == 5:
                self._skip(int.from_bytes(self._take(4), "little"))
                continue
            descriptor = self._take(1)
            yield magic + descriptor + self._take(_header_bytes(descriptor[0])), False
            has_checksum = bool(descriptor[0] & 4)
            last = False
            while not last:
                head = self._take(3)
                word = int.from_bytes(head, "little")
                last = bool(word & 1)
                size = 1 if word >> 1 & 3 == _RUN_LENGTH else word >> 3
                if size > _MAX_BLOCK_BYTES:
                    raise self._place.refuse("CAP011", f"the zstd data is damaged: a block of {size} bytes")
                yield head + self._take(size), last and not has_checksum
            if has_checksum:
                yield self._take(4), True

    def _more(self) -> bool:
        if self._position == len(self._input):
            self._input = self._read(_INPUT_BYTES)
            self._position = 0
        return bool(self._input)

    def _take(self, count: int) -> bytes:
        while len(self._input) - self._position < count:
            data = self._read(_INPUT_BYTES)
            if not data:
                raise self._place.refuse("CAP011", "the zstd data ends inside a frame")
            self._input = self._input[self._position :] + data
            self._position = 0
        self._position += count
        return self._input[self._position - count : self._position]

    def _skip(self, count: int) -> None:
        while count:
            count -= len(self._take(min(count, _INPUT_BYTES)))


def _header_bytes(descriptor: int) -> int:
    """Return how many bytes of frame header follow the descriptor."""
    single_segment = descriptor >> 5 & 1
    content_size = (single_segment, 2, 4, 8)[descriptor >> 6]
    return 1 - single_segment + (0, 1, 2, 4)[descriptor & 3] + content_size

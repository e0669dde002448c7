"""Streaming gzip decompression with bounded output.

In: a function that reads compressed bytes. Out: a function that reads the decompressed ones, never more than
asked for, so that a small file that decompresses to terabytes costs time, not memory. Members may follow one
another.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from dpfc.capture.damage import Place

MAGIC = b"\x1f\x8b"
_INPUT_BYTES = 1 << 16
_GZIP_FRAMING = 31  # zlib's code for "a gzip header and trailer, 32 KiB window"


class GzipReader:
    """The decompressed bytes of a gzip file."""

    def __init__(self, read: Callable[[int], bytes], place: Place) -> None:
        self._read = read
        self._place = place
        self._member = zlib.decompressobj(_GZIP_FRAMING)
        self._input = b""
        self._started = False

    def read(self, most: int) -> bytes:
        """Return up to `most` next bytes, none at the end.

        Raises:
            Refused: CAP011 for a wrong checksum, for bytes that are not gzip, and when the file ends early.
        """
        while True:
            if not self._input:
                self._input = self._read(_INPUT_BYTES)
            if self._member.eof and not self._begin_member():
                return b""
            if not self._input and self._started:
                raise self._place.refuse("CAP011", "the gzip data ends inside a member")
            if not self._input:
                return b""
            data = self._decompress(most)
            if data:
                return data

    def _begin_member(self) -> bool:
        """Go on to the next member; False at the end, which may be padded with zeros."""
        while self._input and not self._input.strip(b"\0"):
            self._input = self._read(_INPUT_BYTES)
        self._member = zlib.decompressobj(_GZIP_FRAMING)
        self._input = self._input.lstrip(b"\0")
        self._started = False
        return bool(self._input)

    def _decompress(self, most: int) -> bytes:
        self._started = True
        try:
            data = self._member.decompress(self._input, most)
        except zlib.error as error:
            raise self._place.refuse("CAP011", f"the gzip data is damaged: {error}") from None
        self._input = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        return data

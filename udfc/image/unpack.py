"""Unpacking gzip, xz and zstd in pieces: what a bomb unpacks to never lies in memory.

In: a binary stream. Out: its bytes, a few megabytes at a time. Streams behind each other are one.
"""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

import zstandard

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span

_CHUNK = 1 << 20
_INPUT_BYTES = 1 << 16
_ZSTD_BYTES = 256
"""A block of four bytes may stand for 128 KiB: so these are at most eight megabytes."""

_MEMORY = 256 << 20
"""Bytes that a stream's window may take: what `xz -9` and `zstd --ultra` need."""

_MAGICS = {b"\x1f\x8b\x08": "gzip", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


def find_packing(head: bytes) -> str | None:
    """Return how a file that begins with `head` is packed, None of a raw image."""
    for magic, packing in _MAGICS.items():
        if head.startswith(magic):
            return packing
    return None


def unpack(file: BinaryIO, packing: str, name: str) -> Iterator[bytes]:
    """Yield the unpacked bytes; no chunk is empty.

    Raises:
        Refused: IMG003 the packed data are damaged or cut off.
    """
    try:
        match packing:
            case "gzip":
                with gzip.GzipFile(fileobj=file, mode="rb") as stream:
                    yield from _read_all(stream.read)
            case "zstd":
                yield from _unpack_zstd(file)
            case _:
                yield from _unpack_xz(file)
    except (EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, gzip.BadGzipFile) as error:
        message = f"the {packing} data of `{name}` are damaged: {str(error).rstrip('.').lower()}"
        raise Refused(Diagnostic("IMG003", message, Span(Source(name, ""), 0, 0))) from None


def _read_all(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(_CHUNK):
        yield chunk


def _unpack_zstd(file: BinaryIO) -> Iterator[bytes]:
    """Yield what zstd frames hold. The library unpacks all that it is given, so it is given little."""
    context = zstandard.ZstdDecompressor(max_window_size=_MEMORY)
    given = file.read(_ZSTD_BYTES)
    while given:
        frame = context.decompressobj()
        while True:
            if chunk := frame.decompress(given):
                yield chunk
            if frame.eof:
                break
            given = file.read(_ZSTD_BYTES)
            if not given:
                raise EOFError("they are cut off")
        given = frame.unused_data or file.read(_ZSTD_BYTES)


def _unpack_xz(file: BinaryIO) -> Iterator[bytes]:
    """Yield what xz streams hold, with a limit on memory, which `lzma.open` does not have."""
    given = file.read(_INPUT_BYTES)
    while given:
        stream = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_MEMORY)
        while True:
            if chunk := stream.decompress(given, _CHUNK):
                yield chunk
            if stream.eof:
                break
            given = b""
            if stream.needs_input:
                given = file.read(_INPUT_BYTES)
                if not given:
                    raise EOFError("they are cut off")
        given = stream.unused_data.lstrip(b"\0") or file.read(_INPUT_BYTES).lstrip(b"\0")  # may be padded

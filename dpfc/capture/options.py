"""What an interface description block says: link type, snapshot length, and the unit of its timestamps.

    body    link type 2 | reserved 2 | snaplen 4 | options
    option  code 2 | length 2 | value, padded to 4 bytes

In: the block's body. Out: an `Interface`. Of the options, only the resolution and the offset of timestamps
matter here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dpfc.capture.chunk import ByteOrder, Interface
from dpfc.capture.linktype import canonical_link_type

_BODY = 8
_END_OF_OPTIONS = 0
_RESOLUTION = 9
_OFFSET = 14
_MAX_DECIMAL = 19  # a finer unit does not fit a second into 64 bits
_MAX_BINARY = 63
_DEFAULT_TICKS = 1_000_000


class MalformedError(Exception):
    """A block's body does not parse; the text says why."""


def parse_interface(body: memoryview, order: ByteOrder) -> Interface:
    """Return the interface that `body` describes.

    Raises:
        MalformedError: for a body or an option that is too short, and an impossible resolution.
    """
    if len(body) < _BODY:
        raise MalformedError("an interface description block is too short")
    mark = "<" if order == "le" else ">"
    link_type, snaplen = struct.unpack_from(mark + "HxxI", body)
    ticks, epoch = _DEFAULT_TICKS, 0
    for code, value in _split_options(body[_BODY:], mark):
        if code == _RESOLUTION:
            ticks = _parse_resolution(value)
        elif code == _OFFSET:
            if len(value) != 8:
                raise MalformedError("a timestamp offset is not 8 bytes long")
            epoch = struct.unpack(mark + "q", value)[0]
    return Interface(canonical_link_type(link_type), snaplen, ticks, epoch)


def _split_options(data: memoryview, mark: str) -> Iterator[tuple[int, memoryview]]:
    """Yield (code, value); the end of the body ends the list too."""
    while data:
        if len(data) < 4:
            raise MalformedError("an option's header is cut")
        code, length = struct.unpack_from(mark + "HH", data)
        if code == _END_OF_OPTIONS:
            return
        if 4 + length > len(data):
            raise MalformedError(f"option {code} claims {length} bytes, its block has {len(data) - 4} left")
        yield code, data[4 : 4 + length]
        data = data[4 + length + -length % 4 :]


def _parse_resolution(value: memoryview) -> int:
    """Return ticks per second: 10**n, or 2**n when the top bit is set."""
    if len(value) != 1:
        raise MalformedError("a timestamp resolution is not one byte long")
    exponent = value[0] & 0x7F
    is_binary = value[0] >= 0x80
    if exponent > (_MAX_BINARY if is_binary else _MAX_DECIMAL):
        base = 2 if is_binary else 10
        raise MalformedError(f"a timestamp resolution of {base}**-{exponent} seconds is too fine")
    return 1 << exponent if is_binary else int(10**exponent)

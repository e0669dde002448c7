"""TCP's fast path in plain Python: what examples/tcp_fast_path.ash says, written from its comments.

In: a frame and the region's bytes. Out: the region's bytes afterwards and the wake-ups, or None where the
handler is to abort.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

BUFFER, ROOM, REGION = 256, 8192, 8448
_WORDS = struct.Struct("<10I")
_ACKNOWLEDGES = {0x010, 0x018}


@dataclass(frozen=True, slots=True)
class Connection:
    """The words at the start of the region, in order."""

    busy: int
    next: int
    read: int
    written: int
    acknowledged: int
    window: int
    local: int
    remote: int
    ports: int
    segments: int


def read_connection(region: bytes) -> Connection:
    return Connection(*_WORDS.unpack_from(region))


def write_connection(region: bytes, connection: Connection) -> bytes:
    words = (getattr(connection, name) for name in Connection.__slots__)
    return _WORDS.pack(*words) + region[_WORDS.size :]


def is_sum_right(source: bytes, destination: bytes, segment: bytes) -> bool:
    """Say whether the checksum of a segment, pseudo header included, is right."""
    data = source + destination + b"\0\6" + len(segment).to_bytes(2, "big") + segment
    total = sum(int.from_bytes(data[at : at + 2].ljust(2, b"\0"), "big") for at in range(0, len(data), 2))
    return total > 0 and total % 0xFFFF == 0


def receive(frame: bytes, region: bytes) -> tuple[bytes, tuple[int, ...]] | None:
    state = read_connection(region)
    if state.busy or len(frame) < 50 or frame[12:14] != b"\x08\0" or frame[14] & 15 != 5:
        return None
    length, fragment = (int.from_bytes(frame[at : at + 2], "big") for at in (16, 20))
    words, bits = frame[46] >> 4, int.from_bytes(frame[46:48], "big") & 0x1FF
    numbers = {
        "remote": frame[26:30],
        "local": frame[30:34],
        "ports": frame[34:38],
        "next": frame[38:42],
        "window": frame[48:50],
    }
    expected = all(int.from_bytes(raw, "big") == getattr(state, name) for name, raw in numbers.items())
    if (
        frame[23] != 6
        or fragment & 0x3FFF
        or words not in {5, 8}
        or bits not in _ACKNOWLEDGES
        or not expected
    ):
        return None
    count = length - 20 - 4 * words
    if not (40 <= length <= len(frame) - 14 and count > 0):
        return None
    if state.read > state.written or state.written + count > ROOM:
        return None
    segment = frame[34 : 14 + length]
    if not is_sum_right(frame[26:30], frame[30:34], segment):
        return None
    after = replace(
        state,
        next=(state.next + count) % (1 << 32),
        written=state.written + count,
        acknowledged=int.from_bytes(frame[42:46], "big"),
        segments=(state.segments + 1) % (1 << 32),
    )
    place = BUFFER + state.written
    filled = region[:place] + segment[4 * words :] + region[place + count :]
    return write_connection(filled, after), (count,)

"""Archives: trees of files as one file, in the format of tar (POSIX ustar).

In: names and bytes. Out: headers and padding, or entries that were read back. Streams only: an archive never
is in memory as a whole.

    archive = { header, 512 bytes; contents, padded to 512 bytes } ...; 1,024 zeros; padded to 10,240 bytes

Source: IEEE 1003.1-1988, section 10.1.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

UNIT = 512
_RECORD = 10_240
_NAME, _PREFIX = 100, 155
_SUM = slice(148, 156)

Kind = Literal["file", "directory"]
_FLAGS: dict[Kind, bytes] = {"file": b"0", "directory": b"5"}


@dataclass(frozen=True, slots=True)
class Member:
    """What an archive knows of a file or a directory, besides the contents.

    Args:
        path: relative, without a slash at the end.
        kind: of it.
        size: of the contents that follow; 0 for a directory.
    """

    path: str
    kind: Kind
    size: int = 0

    @property
    def padding(self) -> int:
        """Zeros behind the contents."""
        return -self.size % UNIT


def encode_member(member: Member) -> bytes:
    """Return the header.

    Raises:
        ValueError: the path is too long for the format.
    """
    name, prefix = _split_path(member.path.encode("utf-8", "surrogateescape"))
    header = bytearray(UNIT)
    header[0:_NAME] = name.ljust(_NAME, b"\0")
    mode = 0o755 if member.kind == "directory" else 0o644
    header[100:108], header[108:116], header[116:124] = _octal(mode, 8), _octal(0, 8), _octal(0, 8)
    header[124:136], header[136:148] = _octal(member.size, 12), _octal(0, 12)
    header[_SUM] = b" " * 8
    header[156:157] = _FLAGS[member.kind]
    header[257:265] = b"ustar\x0000"
    header[345 : 345 + _PREFIX] = prefix.ljust(_PREFIX, b"\0")
    header[_SUM] = b"%06o\0 " % sum(header)
    return bytes(header)


def decode_member(header: bytes) -> Member | None:
    """Return what a header says; None: the archive ends here.

    Raises:
        ValueError: it is no header of this format, or of something that is neither file nor directory.
    """
    if not any(header):
        return None
    total = sum(header) - sum(header[_SUM]) + 8 * ord(" ")
    if len(header) < UNIT or int(header[148:154], 8) != total:
        raise ValueError("not the header of an archive")
    kinds: dict[bytes, Kind] = {flag: kind for kind, flag in _FLAGS.items()}
    if header[156:157] not in kinds:
        raise ValueError(f"the archive has a member of kind {header[156:157]!r}")
    name, prefix = header[0:_NAME].rstrip(b"\0"), header[345 : 345 + _PREFIX].rstrip(b"\0")
    whole = prefix + b"/" + name if prefix else name
    path = whole.rstrip(b"/").decode("utf-8", "surrogateescape")
    return Member(path, kinds[header[156:157]], int(header[124:135], 8))


def encode_end(length: int) -> bytes:
    """Return what closes an archive that has `length` bytes so far."""
    return bytes(2 * UNIT + -(length + 2 * UNIT) % _RECORD)


class Cutter:
    """Cuts a stream that comes in pieces into the pieces that somebody wants.

    Args:
        more: returns the next piece; nothing at the end.
    """

    def __init__(self, more: Callable[[], bytes]) -> None:
        self._more = more
        self._rest = b""

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes, fewer only at the end."""
        pieces, missing = [self._rest], count - len(self._rest)
        while missing > 0:
            piece = self._more()
            if not piece:
                break
            pieces.append(piece)
            missing -= len(piece)
        data = b"".join(pieces)
        self._rest = data[count:]
        return data[:count]


def _split_path(path: bytes) -> tuple[bytes, bytes]:
    """Return name and prefix."""
    if len(path) <= _NAME:
        return path, b""
    cut = path.find(b"/", len(path) - _NAME - 1)
    if not 0 < cut <= _PREFIX:
        raise ValueError("the path is too long for an archive")
    return path[cut + 1 :], path[:cut]


def _octal(number: int, width: int) -> bytes:
    return b"%0*o\0" % (width - 1, number)

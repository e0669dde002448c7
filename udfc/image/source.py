"""Opening disk images, only ever to read them: raw files, devices, and files packed with gzip, xz or zstd.

In: a path. Out: an `Image`, whose bytes are mapped, so that only what is looked at is read. A packed image is
unpacked once into a file without a name, in which zeros take no room.
"""

from __future__ import annotations

import mmap
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from runtime.command.progress import Progress
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span
from udfc.image.unpack import find_packing, unpack

if TYPE_CHECKING:
    from typing_extensions import Buffer

_CHUNK = 1 << 20
_HEAD_BYTES = 8
_ZEROS = bytes(_CHUNK)


@dataclass(frozen=True, slots=True)
class Image:
    """The bytes of a disk. Nothing can be written through it.

    Args:
        name: for people.
        view: all bytes, read-only. Whoever shortens the file meanwhile takes the bytes away.
    """

    name: str
    view: memoryview

    @property
    def size(self) -> int:
        """Bytes of the image."""
        return len(self.view)


def make_image(buffer: Buffer, name: str = "<memory>") -> Image:
    """Return an image of bytes in memory."""
    return Image(name, memoryview(buffer).cast("B").toreadonly())


def open_image(path: str | Path, most: int, packed: bool = True) -> Image:
    """Open an image.

    Args:
        path: of a regular file or a device.
        most: bytes that a packed image may unpack to.
        packed: whether packed images are unpacked.

    Raises:
        Refused: IMG001 unreadable, IMG002 empty, IMG003 damaged inside, IMG004 too large unpacked.
    """
    name = str(path)
    try:
        with open(path, "rb", buffering=0, opener=_open) as file:
            size = _find_size(file, name)
            head = file.read(_HEAD_BYTES) if packed else b""
            packing = find_packing(head)
            file.seek(0)
            if packing is None:
                return _map(file, size, name)
            with tempfile.TemporaryFile(buffering=0) as room:
                _unpack_into(file, packing, room, name, most)
                return _map(room, os.fstat(room.fileno()).st_size, name)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise refuse_image(name, "IMG001", f"cannot read `{name}`: {reason}") from None


def refuse_image(name: str, code: str, message: str, *notes: str) -> Refused:
    """Return a refusal of the image `name`."""
    return Refused(Diagnostic(code, message, Span(Source(name, ""), 0, 0), notes))


def _open(path: str, flags: int) -> int:
    """Open without waiting for whoever would write into a named pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _find_size(file: BinaryIO, name: str) -> int:
    """Return the bytes of a file or a device; an error for everything else."""
    mode = os.fstat(file.fileno()).st_mode
    if stat.S_ISDIR(mode):
        raise refuse_image(name, "IMG001", f"cannot read `{name}`: it is a directory")
    if not (stat.S_ISREG(mode) or stat.S_ISBLK(mode)):
        message = f"cannot read `{name}`: an image is a file or a disk, which is read at any place"
        raise refuse_image(name, "IMG001", message, "copy it into a file first")
    return file.seek(0, os.SEEK_END) - file.seek(0)


def _map(file: BinaryIO, size: int, name: str) -> Image:
    if size == 0:
        raise refuse_image(name, "IMG002", f"the image `{name}` is empty")
    return Image(name, memoryview(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)))


def _unpack_into(file: BinaryIO, packing: str, room: BinaryIO, name: str, most: int) -> None:
    """Unpack `file`; chunks of zeros become holes."""
    size = 0
    with Progress() as progress:
        for chunk in unpack(file, packing, name):
            size += len(chunk)
            if size > most:
                message = f"the image `{name}` unpacks to more than {most:,} bytes"
                raise refuse_image(name, "IMG004", message, "unpack it yourself, if it is what you want")
            for start in range(0, len(chunk), _CHUNK):
                _write_sparsely(room, chunk[start : start + _CHUNK])
            progress.show(size >> 20, "MB unpacked", name)
    room.truncate(size)


def _write_sparsely(room: BinaryIO, chunk: bytes) -> None:
    """Write all of `chunk`, or leave a hole of its size; an unbuffered file may take less at a time."""
    if chunk == _ZEROS[: len(chunk)]:
        room.seek(len(chunk), os.SEEK_CUR)
        return
    rest = memoryview(chunk)
    while rest:
        rest = rest[room.write(rest) :]

"""What the medium of a disk holds, in sectors of 512 bytes.

In: sector numbers and bytes. Out: bytes. A store knows no time: `Disk` decides when its bytes change. Three
kinds:

    ImageStore    an ordinary file. Each write is one `pwrite`, so that an image survives `kill -9` of the
    tool MemoryStore   bytes in memory OverlayStore  another store that is left alone, and the sectors that
    differ from it

All three count sectors from 0 and refuse nothing but what lies outside them, which is a mistake of the
caller.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from runtime.diagnostic import Diagnostic, Refused

SECTOR = 512


class Store(Protocol):
    """What all stores can do."""

    @property
    def sectors(self) -> int:
        """How many sectors there are."""

    def read(self, sector: int, count: int) -> bytes:
        """Return the bytes of `count` sectors from `sector` on."""

    def write(self, sector: int, data: bytes) -> None:
        """Replace the sectors from `sector` on by `data`, a whole number of sectors."""


class MemoryStore:
    """Sectors in memory.

    Args:
        content: the bytes; or how many sectors of zeros.
    """

    __slots__ = ("_bytes", "sectors")

    def __init__(self, content: bytes | int) -> None:
        self._bytes: bytes | bytearray = bytearray(content * SECTOR) if isinstance(content, int) else content
        assert len(self._bytes) % SECTOR == 0, "a store has whole sectors"
        self.sectors = len(self._bytes) // SECTOR

    def read(self, sector: int, count: int) -> bytes:
        """Return the bytes of `count` sectors."""
        assert 0 <= sector <= sector + count <= self.sectors, "sectors outside the store"
        return bytes(memoryview(self._bytes)[sector * SECTOR : (sector + count) * SECTOR])

    def write(self, sector: int, data: bytes) -> None:
        """Replace sectors."""
        check_extent(self, sector, data)
        if isinstance(self._bytes, bytes):  # copied by the first write only: most crash images are only read
            self._bytes = bytearray(self._bytes)
        self._bytes[sector * SECTOR : sector * SECTOR + len(data)] = data


class ImageStore:
    """Sectors in a file.

    Args:
        path: a file that exists and can be read and written; `create` makes one.

    Raises:
        OSError: as `open` does.
        Refused: DSK001 if it has no whole sector.
    """

    __slots__ = ("_descriptor", "sectors")

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self.sectors = os.lseek(self._descriptor, 0, os.SEEK_END) // SECTOR
        if not self.sectors:
            self.close()
            raise Refused(Diagnostic("DSK001", f"`{path}` is no disk image: it has no whole sector"))

    @classmethod
    def create(cls, path: Path, sectors: int) -> ImageStore:
        """Make a new image of zeros, as a file with a hole.

        Raises:
            FileExistsError: rather than overwriting a file.
        """
        with path.open("xb") as file:
            file.truncate(sectors * SECTOR)
        return cls(path)

    def read(self, sector: int, count: int) -> bytes:
        """Return the bytes of `count` sectors."""
        assert 0 <= sector <= sector + count <= self.sectors, "sectors outside the store"
        data = os.pread(self._descriptor, count * SECTOR, sector * SECTOR)
        if len(data) != count * SECTOR:
            raise OSError(f"the disk image was cut off under us: {len(data)} of {count * SECTOR} bytes read")
        return data

    def write(self, sector: int, data: bytes) -> None:
        """Replace sectors."""
        check_extent(self, sector, data)
        if os.pwrite(self._descriptor, data, sector * SECTOR) != len(data):
            raise OSError("the disk image could not be written whole: is the host's disk full?")

    def close(self) -> None:
        """Give the file back; the store is not used afterwards."""
        os.close(self._descriptor)


class OverlayStore:
    """Another store, and the sectors that differ from it.

    Args:
        base: never written, neither here nor, as long as this store is in use, by anyone else.
        changed: sector number -> its 512 bytes; the store's own from now on.
    """

    __slots__ = ("_base", "changed", "sectors")

    def __init__(self, base: Store | bytes, changed: dict[int, bytes]) -> None:
        self._base = MemoryStore(base) if isinstance(base, bytes) else base
        self.changed = changed
        self.sectors = self._base.sectors

    def read(self, sector: int, count: int) -> bytes:
        """Return the bytes of `count` sectors."""
        changed = self.changed
        if count == 1 and sector in changed:
            return changed[sector]
        data = self._base.read(sector, count)
        here = [number for number in range(sector, sector + count) if number in changed]
        if not here:
            return data
        if len(here) == count:
            return b"".join([changed[number] for number in here])
        patched = bytearray(data)
        for number in here:
            begin = (number - sector) * SECTOR
            patched[begin : begin + SECTOR] = changed[number]
        return bytes(patched)

    def write(self, sector: int, data: bytes) -> None:
        """Replace sectors."""
        check_extent(self, sector, data)
        for begin in range(0, len(data), SECTOR):
            self.changed[sector + begin // SECTOR] = data[begin : begin + SECTOR]


def check_extent(store: Store, sector: int, data: bytes) -> None:
    """Assert that `data` may be written at `sector`."""
    assert len(data) % SECTOR == 0, "sectors are written whole"
    assert 0 <= sector <= sector + len(data) // SECTOR <= store.sectors, "sectors outside the store"


def rot_bit(store: Store, sector: int, bit: int) -> None:
    """Flip a bit of a sector, as a medium does that grows old: no write, no time, nobody is told."""
    data = bytearray(store.read(sector, 1))
    data[bit // 8] ^= 1 << bit % 8
    store.write(sector, bytes(data))

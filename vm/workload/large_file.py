"""The large-file workload: one file, written from beginning to end, and read back.

In: a rig and a size. Out: two steps. Each begins with nothing in core and ends when all is on the disk.
"""

from __future__ import annotations

from functools import partial

from vm.workload.rig import Rig, Step

PIECE = 65_536


def run_large_file(rig: Rig, size: int, path: str = "/large") -> tuple[Step, ...]:
    """Write and read a file of `size` bytes, a multiple of 64 KB."""
    assert size % PIECE == 0, "the file is written in whole pieces"
    return (
        rig.measure("write", 1, partial(write_large, rig, size, path)),
        rig.measure("read", 1, partial(read_large, rig, size, path)),
    )


def write_large(rig: Rig, size: int, path: str) -> None:
    """Write the file."""
    rig.files.create(path)
    handle = rig.files.open(path)
    for offset in range(0, size, PIECE):
        rig.files.write_handle(handle, offset, _make_piece(offset))
    rig.files.close(handle)


def read_large(rig: Rig, size: int, path: str) -> None:
    """Read the file."""
    handle = rig.files.open(path)
    for offset in range(0, size, PIECE):
        assert rig.files.read_handle(handle, offset, PIECE) == _make_piece(offset), "other bytes"
    rig.files.close(handle)


def _make_piece(offset: int) -> bytes:
    return (offset // PIECE).to_bytes(8, "little") * (PIECE // 8)

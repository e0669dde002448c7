"""fsx: random changes of a file on a mount, and of one on the host, which stay equal."""

from __future__ import annotations

import ctypes
import mmap
import os
import random
from pathlib import Path

import pytest

from tests.mount.host import Maker, is_sound, mounted, needs_fuse
from vm.cli import main

pytestmark = needs_fuse

OPERATIONS = 3000
LARGEST = 400_000
PUNCH, KEEP = 2, 1


class Pair:
    """One file on a mount and one on the host, to which the same is done."""

    def __init__(self, paths: tuple[Path, Path], seed: int) -> None:
        self.files = [os.open(path, os.O_RDWR | os.O_CREAT, 0o644) for path in paths]
        self.random = random.Random(seed)
        self.libc = ctypes.CDLL(None, use_errno=True)

    def extent(self) -> tuple[int, int]:
        """Return an offset and a length, small or large, on the borders of blocks or beside them."""
        length = self.random.choice((1, 17, 511, 4096, 5000, 65_536, self.random.randrange(1, 70_000)))
        offset = self.random.randrange(LARGEST - length)
        return (offset // 4096 * 4096 if self.random.random() < 0.3 else offset), length

    def same(self, results: list[object]) -> None:
        assert results[0] == results[1]

    def read(self) -> None:
        offset, length = self.extent()
        self.same([os.pread(file, length, offset) for file in self.files])

    def write(self) -> None:
        offset, length = self.extent()
        data = self.random.randbytes(length)
        self.same([os.pwrite(file, data, offset) for file in self.files])

    def truncate(self) -> None:
        size = self.random.randrange(LARGEST)
        self.same([os.ftruncate(file, size) for file in self.files])

    def size(self) -> None:
        self.same([os.fstat(file).st_size for file in self.files])

    def punch(self) -> None:
        offset, length = self.extent()
        self.same([self._fallocate(file, PUNCH | KEEP, offset, length) for file in self.files])

    def allocate(self) -> None:
        offset, length = self.extent()
        mode = self.random.choice((0, KEEP))
        self.same([self._fallocate(file, mode, offset, length) for file in self.files])

    def _fallocate(self, file: int, mode: int, offset: int, length: int) -> int:
        done = self.libc.fallocate(file, mode, ctypes.c_long(offset), ctypes.c_long(length))
        return ctypes.get_errno() if done else 0

    def map_and_write(self) -> None:
        size = os.fstat(self.files[1]).st_size
        if not size:
            return
        offset = self.random.randrange(size)
        data = self.random.randbytes(min(size - offset, self.random.choice((1, 100, 9000))))
        for file in self.files:
            with mmap.mmap(file, size) as view:
                view[offset : offset + len(data)] = data
                view.flush()

    def map_and_read(self) -> None:
        size = os.fstat(self.files[1]).st_size
        if size:
            views = []
            for file in self.files:
                with mmap.mmap(file, size, access=mmap.ACCESS_READ) as view:
                    views.append(bytes(view))
            assert views[0] == views[1]

    def sync(self) -> None:
        self.same([os.fsync(file) for file in self.files])

    def reopen(self) -> None:
        paths = [os.readlink(f"/proc/self/fd/{file}") for file in self.files]
        for file in self.files:
            os.close(file)
        self.files = [os.open(path, os.O_RDWR) for path in paths]

    def close(self) -> None:
        for file in self.files:
            os.close(file)


WEIGHTS = {
    Pair.read: 30,
    Pair.write: 30,
    Pair.truncate: 6,
    Pair.size: 5,
    Pair.punch: 8,
    Pair.allocate: 6,
    Pair.map_and_write: 6,
    Pair.map_and_read: 3,
    Pair.sync: 1,
    Pair.reopen: 2,
}


@pytest.mark.parametrize("seed", [1])
def test_random_changes(maker: Maker, tmp_path: Path, seed: int) -> None:
    image, directory = maker.make(), tmp_path / "mount"
    host = tmp_path / "file"
    chosen = random.Random(seed).choices(list(WEIGHTS), list(WEIGHTS.values()), k=OPERATIONS)
    with mounted(image, directory):
        pair = Pair((directory / "file", host), seed)
        for number, operation in enumerate(chosen):
            try:
                operation(pair)
            except AssertionError as error:
                raise AssertionError(f"operation {number}, {operation.__name__}, with seed {seed}") from error
        pair.close()
        assert (directory / "file").read_bytes() == host.read_bytes()
    assert main(["cp", f"{image}:/file", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_bytes() == host.read_bytes()
    assert is_sound(image)

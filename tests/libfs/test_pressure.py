"""Files that are larger than what is kept in core: of the library's buffers, or of the machine's memory."""

from __future__ import annotations

import random

import pytest

from tests.libfs.world import Setting, Worlds
from vm.libfs.interface import Options

BLOCK = 4096
FILES, FILE_BLOCKS = 2, 300
ROUNDS = 200

FEW_BUFFERS = {"buffers": 96, "memory": 4096}
FEW_PAGES = {"buffers": 8192, "memory": 512}


@pytest.mark.parametrize("limits", (FEW_BUFFERS, FEW_PAGES), ids=("buffers", "pages"))
@pytest.mark.parametrize(("format_", "grouping"), (("cffs", True), ("cffs", False), ("ffs", False)))
def test_bytes_are_right_while_blocks_come_and_go(
    format_: str, grouping: bool, limits: dict[str, int], worlds: Worlds
) -> None:
    options = Options(grouping=grouping, buffers=limits["buffers"], dirty=limits["buffers"] // 4)
    world = worlds.make(Setting(format_, options, memory=limits["memory"]))
    fs, source = world.fs, random.Random(format_)
    contents = {f"/{number}": bytearray(source.randbytes(FILE_BLOCKS * BLOCK)) for number in range(FILES)}
    for path, data in contents.items():
        fs.create(path)
        for start in range(0, len(data), 70_000):
            fs.write(path, start, bytes(data[start : start + 70_000]))
    for _ in range(ROUNDS):
        path = source.choice(list(contents))
        data = contents[path]
        start, size = source.randrange(len(data)), source.randrange(1, 64 * BLOCK)
        assert fs.read(path, start, size) == data[start : start + size]
        if source.random() < 0.3:
            piece = source.randbytes(min(source.randrange(1, 5 * BLOCK), len(data) - start))
            assert fs.write(path, start, piece) == len(piece)
            data[start : start + len(piece)] = piece
    world.remount()
    assert all(world.fs.read(path, 0, len(data)) == data for path, data in contents.items())
    assert world.fs.check() == []

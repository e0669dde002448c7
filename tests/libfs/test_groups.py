"""Grouping: where files lie, and how many requests that costs. The 2 x 2 of embedded inodes and groups."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.libfs.world import Setting, World, Worlds
from vm.libfs.interface import Options
from vm.libfs.space import GROUP_BLOCKS

FILES = 100


def make_files(world: World) -> None:
    for directory in ("/one", "/two"):
        world.fs.mkdir(directory)
        for number in range(FILES):
            world.fs.create(f"{directory}/{number}")
            world.fs.write(f"{directory}/{number}", 0, b"x" * 1000)


def count(world: World, kind: str) -> int:
    return int(getattr(world.machine.disk.statistics, kind))


def count_requests(worlds: Worlds, format_: str, grouping: bool) -> tuple[int, int]:
    """Return how many requests creating the files takes, and reading them all."""
    world = worlds.make(Setting(format_, Options(grouping=grouping)))
    before = count(world, "writes")
    make_files(world)
    world.fs.sync()
    written = count(world, "writes") - before
    world.remount()
    before = count(world, "reads")
    for directory in ("/one", "/two"):
        for number in range(FILES):
            assert world.fs.read(f"{directory}/{number}", 0, 2000) == b"x" * 1000
    return written, count(world, "reads") - before


def test_groups_save_requests(worlds: Worlds) -> None:
    found = {
        (format_, grouping): count_requests(worlds, format_, grouping)
        for format_ in ("cffs", "ffs")
        for grouping in (True, False)
    }
    for format_ in ("cffs", "ffs"):
        assert found[format_, False][0] >= 2 * FILES
        assert found[format_, False][1] >= 2 * FILES
        assert found[format_, True][0] <= found[format_, False][0] // 5
        assert found[format_, True][1] <= found[format_, False][1] // 5
    assert found["cffs", True][0] <= found["ffs", True][0], "names and inodes in one write"


def list_blocks(world: World, path: str) -> list[int]:
    number = world.fs.stat(path).inode
    node = world.fs.format.find(number)
    return [block for block in node.pointers[:15] if block]


@pytest.mark.parametrize("format_", ["cffs", "ffs"])
def test_small_files_of_a_directory_are_neighbours(worlds: Worlds, format_: str) -> None:
    world = worlds.make(Setting(format_))
    make_files(world)
    groups: dict[str, set[int]] = {}
    for directory in ("/one", "/two"):
        for number in range(FILES):
            path = f"{directory}/{number}"
            (block,) = list_blocks(world, path)
            group, size = world.fs.format.find(world.fs.stat(path).inode).group
            assert group % GROUP_BLOCKS == 0
            assert group <= block < group + size
            groups.setdefault(directory, set()).add(group)
    assert not groups["/one"] & groups["/two"]
    assert len(groups["/one"]) <= FILES // 12 + 2


@pytest.mark.parametrize("format_", ["cffs", "ffs"])
def test_large_files_lie_in_one_piece(worlds: Worlds, format_: str) -> None:
    world = worlds.make(Setting(format_))
    world.fs.create("/large")
    world.fs.write("/large", 0, b"x" * (64 * 4096))
    blocks = world.fs.volume.map.find(world.fs.format.find(world.fs.stat("/large").inode), 0, 64)
    breaks = sum(1 for low, high in pairwise(blocks) if high != low + 1)
    assert breaks <= 4, "indirect blocks may lie between"


def test_one_request_brings_a_group(worlds: Worlds) -> None:
    world = worlds.make(Setting("cffs"))
    make_files(world)
    world.remount()
    world.fs.listdir("/one")
    before = count(world, "reads")
    world.fs.read("/one/0", 0, 10)
    assert count(world, "reads") == before + 1
    for number in range(1, 12):
        world.fs.read(f"/one/{number}", 0, 10)
    assert count(world, "reads") == before + 1


def test_a_group_survives_what_happens_to_its_files(worlds: Worlds) -> None:
    """Blocks that were read early are freed, used again, and read as what they are now."""
    world = worlds.make(Setting("cffs"))
    make_files(world)
    world.remount()
    fs = world.fs
    fs.read("/one/0", 0, 10)
    for number in range(1, 8):
        fs.unlink(f"/one/{number}")
    fs.sync()
    for number in range(1, 8):
        fs.create(f"/one/{number}")
        fs.write(f"/one/{number}", 0, b"new %d" % number)
    assert fs.read("/one/3", 0, 100) == b"new 3"
    assert fs.read("/one/11", 0, 2000) == b"x" * 1000
    fs.sync()
    assert fs.check() == []

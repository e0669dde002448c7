"""Bytes of files: holes, sizes far apart, what is cut off, what lives without a name."""

from __future__ import annotations

import random

import pytest

from tests.libfs.world import Setting, World, Worlds
from vm.libfs.blockmap import FAN, MOST_BLOCKS, locate
from vm.libfs.interface import Options

BLOCK = 4096
FAR = [0, 14, 15, 15 + FAN - 1, 15 + FAN, 15 + FAN + FAN**2 - 1, 15 + FAN + FAN**2, MOST_BLOCKS - 1]


def test_where_a_block_is() -> None:
    assert locate(14) == (0, (14,))
    assert locate(15) == (1, (0,))
    assert locate(15 + FAN) == (2, (0, 0))
    assert locate(15 + FAN + FAN**2) == (3, (0, 0, 0))
    assert locate(MOST_BLOCKS - 1) == (3, (1023, 1023, 1023))


def test_a_file_of_four_terabytes(either: World) -> None:
    fs = either.fs
    fs.create("/big")
    for number, index in enumerate(FAR):
        fs.write("/big", index * BLOCK + 100, b"%d here" % number)
    assert fs.stat("/big").size == (MOST_BLOCKS - 1) * BLOCK + 106
    either.remount()
    fs = either.fs
    for number, index in enumerate(FAR):
        assert fs.read("/big", index * BLOCK + 90, 20).strip(b"\0") == b"%d here" % number
    assert fs.read("/big", 5 * BLOCK, 10) == bytes(10)
    blocks = [fs.stat("/big").blocks]
    for index in reversed(FAR):
        fs.truncate("/big", index * BLOCK)
        fs.sync()
        blocks.append(fs.stat("/big").blocks)
    assert blocks == sorted(blocks, reverse=True)
    assert blocks[-1] == 0
    assert fs.check() == []


def test_what_is_cut_off_does_not_come_back(either: World) -> None:
    fs = either.fs
    fs.create("/file")
    fs.write("/file", 0, b"x" * 10_000)
    fs.truncate("/file", 5000)
    fs.truncate("/file", 9000)
    assert fs.read("/file", 0, 10_000) == b"x" * 5000 + bytes(4000)
    fs.truncate("/file", 100)
    fs.write("/file", 8000, b"y")
    assert fs.read("/file", 0, 10_000) == b"x" * 100 + bytes(7900) + b"y"


def test_holes_are_punched(either: World) -> None:
    fs = either.fs
    fs.create("/file")
    fs.write("/file", 0, b"x" * (40 * BLOCK))
    before = fs.stat("/file").blocks
    fs.punch("/file", 100, 50)
    assert fs.stat("/file").blocks == before
    fs.punch("/file", BLOCK // 2, 30 * BLOCK)
    assert fs.stat("/file").blocks == before - 29
    expected = bytearray(b"x" * (40 * BLOCK))
    expected[100:150] = bytes(50)
    expected[BLOCK // 2 : BLOCK // 2 + 30 * BLOCK] = bytes(30 * BLOCK)
    assert fs.read("/file", 0, 1 << 20) == bytes(expected)
    fs.punch("/file", 0, 1 << 30)
    assert fs.read("/file", 0, 1 << 20) == bytes(40 * BLOCK)


def test_room_is_made(either: World) -> None:
    fs = either.fs
    fs.create("/file")
    fs.write("/file", 0, b"x")
    fs.allocate("/file", 0, 30 * BLOCK, keep_size=True)
    assert (fs.stat("/file").size, fs.stat("/file").blocks) == (1, 31)
    free = fs.statfs().free
    fs.write("/file", 0, b"y" * (30 * BLOCK))
    assert fs.statfs().free == free
    fs.allocate("/file", 10 * BLOCK, 25 * BLOCK)
    assert fs.stat("/file").size == 35 * BLOCK
    assert fs.read("/file", 29 * BLOCK, 2 * BLOCK) == b"y" * BLOCK + bytes(BLOCK)


def test_a_file_lives_as_long_as_it_is_open(world: World) -> None:
    fs = world.fs
    fs.create("/file")
    fs.write("/file", 0, b"still here")
    free = fs.statfs().free
    handle, other = fs.open("/file"), fs.open("/file")
    fs.unlink("/file")
    fs.sync()
    fs.drop_caches()
    assert fs.stat_handle(handle).links == 0
    assert fs.read_handle(handle, 0, 100) == b"still here"
    fs.create("/file")
    fs.write_handle(handle, 10, b", and more")
    fs.truncate_handle(handle, 15)
    assert fs.read_handle(other, 0, 100) == b"still here, and"
    assert fs.stat("/file").size == 0
    assert fs.check() == []
    fs.unlink("/file")
    fs.close(handle)
    fs.close(other)
    fs.sync()
    assert fs.statfs().free == free + 1
    assert fs.check() == []


def test_an_open_file_without_a_name_is_freed_after_a_crash(world: World) -> None:
    fs = world.fs
    fs.create("/file")
    fs.write("/file", 0, b"x" * 10_000)
    fs.open("/file")
    fs.unlink("/file")
    fs.sync()
    world.reboot()
    assert world.fs.check() != []
    assert world.fs.repair() != []
    assert world.fs.check() == []
    assert world.fs.listdir("/") == []


@pytest.mark.parametrize("format_", ["cffs", "ffs"])
def test_a_file_larger_than_memory(worlds: Worlds, format_: str) -> None:
    options = Options(buffers=300, dirty=100)
    world = worlds.make(Setting(format_, options, blocks=6000, memory=1024))
    fs, chance = world.fs, random.Random(1)
    pieces = [chance.randbytes(1 << 16) for _ in range(8)]
    fs.create("/large")
    for number in range(192):
        fs.write("/large", number << 16, pieces[number % 8])
    assert len(fs.volume.buffers.table) <= 2 * options.buffers
    for number in range(192):
        assert fs.read("/large", number << 16, 1 << 16) == pieces[number % 8]
    fs.unlink("/large")
    fs.sync()
    assert fs.check() == []

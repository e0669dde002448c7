"""Many files: one directory with ten thousand names, and blocks of names that indirect blocks lead to."""

from __future__ import annotations

from tests.libfs.world import Setting, Worlds
from vm.libfs.interface import Options

NAMES = 10_000


def test_ten_thousand_names(worlds: Worlds) -> None:
    world = worlds.make(Setting("cffs", blocks=6000))
    fs = world.fs
    fs.mkdir("/many")
    for number in range(NAMES):
        fs.create(f"/many/file-{number}")
    assert fs.stat("/many").size == -(-NAMES // 24) * 4096
    world.remount()
    fs = world.fs
    assert {name for name, _ in fs.listdir("/many")} == {f"file-{number}" for number in range(NAMES)}
    for number in range(0, NAMES, 2):
        fs.unlink(f"/many/file-{number}")
    for number in range(0, NAMES, 20):
        fs.create(f"/many/again-{number}")
    assert fs.stat("/many").size == -(-NAMES // 24) * 4096, "room is used again"
    assert len(fs.listdir("/many")) == NAMES // 2 + NAMES // 20
    for name, _ in fs.listdir("/many"):
        fs.unlink(f"/many/{name}")
    fs.rmdir("/many")
    fs.sync()
    assert fs.check() == []


def test_long_names_in_tables(worlds: Worlds) -> None:
    world = worlds.make(Setting("ffs", Options(grouping=False), blocks=6000))
    fs = world.fs
    fs.mkdir("/many")
    for number in range(600):
        fs.create(f"/many/{number:0250}")
    assert fs.stat("/many").size > 15 * 4096
    world.remount()
    fs = world.fs
    assert len(fs.listdir("/many")) == 600
    for number in range(600):
        fs.rename(f"/many/{number:0250}", f"/many/{number}")
    for number in range(600):
        fs.unlink(f"/many/{number}")
    fs.rmdir("/many")
    fs.sync()
    assert fs.check() == []

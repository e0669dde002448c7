"""C-FFS: inodes stay where they were born, when their names and even their directories are gone."""

from __future__ import annotations

import pytest

from tests.libfs.world import Setting, World, Worlds


@pytest.fixture
def world(worlds: Worlds) -> World:
    return worlds.make(Setting("cffs"))


def test_a_directory_is_kept_for_its_inodes(world: World) -> None:
    fs = world.fs
    free = fs.statfs().free
    fs.mkdir("/home")
    fs.create("/home/file")
    born = fs.stat("/home/file").inode
    fs.write("/home/file", 0, b"contents")
    fs.rename("/home/file", "/moved")
    fs.rmdir("/home")
    assert fs.stat("/moved").inode == born
    assert fs.check() == []
    world.remount()
    fs = world.fs
    assert fs.read("/moved", 0, 100) == b"contents", "found by a walk over all directories"
    assert fs.check() == []
    fs.unlink("/moved")
    fs.sync()
    assert fs.statfs().free == free - 2, "blocks of the root and of hidden names stay"
    assert fs.check() == []


def test_directories_in_directories(world: World) -> None:
    fs = world.fs
    fs.mkdir("/a")
    fs.mkdir("/a/b")
    fs.create("/a/b/file")
    fs.rename("/a/b/file", "/file")
    fs.rmdir("/a/b")
    fs.rmdir("/a")
    assert fs.check() == []
    fs.sync()
    world.reboot()
    fs = world.fs
    assert fs.check() == []
    assert fs.repair() == []
    fs.unlink("/file")
    fs.sync()
    assert fs.check() == []
    assert fs.listdir("/") == []
    fs.mkdir("/a")
    assert fs.stat("/a").links == 2


def test_links_between_directories(world: World) -> None:
    fs = world.fs
    for name in ("one", "two", "three"):
        fs.mkdir(f"/{name}")
    fs.create("/one/file")
    fs.link("/one/file", "/two/file")
    fs.link("/two/file", "/three/file")
    fs.unlink("/one/file")
    world.remount()
    fs = world.fs
    assert fs.stat("/three/file").links == 2
    fs.rename("/three/file", "/two/file")
    assert fs.exists("/three/file"), "the same file"
    fs.rmdir("/one")
    fs.unlink("/two/file")
    fs.unlink("/three/file")
    fs.sync()
    assert fs.check() == []


def test_a_moved_directory(world: World) -> None:
    fs = world.fs
    fs.mkdir("/one")
    fs.mkdir("/two")
    fs.mkdir("/one/inner")
    fs.create("/one/inner/file")
    fs.rename("/one/inner", "/two/inner")
    fs.rmdir("/one")
    world.remount()
    fs = world.fs
    assert fs.listdir("/two/inner")[0][0] == "file"
    assert fs.stat("/two/inner/..").inode == fs.stat("/two").inode
    fs.unlink("/two/inner/file")
    fs.rmdir("/two/inner")
    fs.rmdir("/two")
    fs.sync()
    assert fs.check() == []


def test_a_crash_before_the_directory_was_put_aside(world: World) -> None:
    fs = world.fs
    fs.mkdir("/home")
    fs.create("/home/file")
    fs.rename("/home/file", "/moved")
    fs.sync()
    fs.rmdir("/home")
    world.reboot()
    world.fs.repair()
    assert world.fs.check() == []
    assert world.fs.exists("/moved")

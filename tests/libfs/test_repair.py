"""Damage: what `check` finds, and `repair` mends."""

from __future__ import annotations

import pytest

from tests.libfs.world import World
from vm.libfs.filesystem import LibraryFileSystem
from vm.libfs.format import Format, NewInode
from vm.libfs.interface import FILE
from vm.libfs.volume import Volume


def build(fs: LibraryFileSystem) -> None:
    fs.mkdir("/dir")
    fs.create("/dir/file")
    fs.write("/dir/file", 0, b"x" * 10_000)
    fs.link("/dir/file", "/link")
    fs.mkdir("/dir/sub")
    fs.create("/dir/sub/deep")
    fs.sync()


def number(fs: LibraryFileSystem, path: str) -> int:
    return fs.stat(path).inode


def call(fs: LibraryFileSystem, path: str, method: str, *arguments: int) -> None:
    node = fs.format.find(number(fs, path))
    fs.volume.sys.xn_call(node.place, method, arguments)
    fs.volume.buffers.change(node.block)


def parts(fs: LibraryFileSystem) -> tuple[Volume, Format]:
    return fs.volume, fs.format


def find_directory(fs: LibraryFileSystem, path: str):  # type: ignore[no-untyped-def]
    from vm.libfs.directory import open_directory

    return open_directory(*parts(fs), fs.format.find(number(fs, path)))


def lose_name(fs: LibraryFileSystem, parent: str, name: bytes) -> None:
    """Take a name away, and nothing else."""
    directory = find_directory(fs, parent)
    block, at = directory.names[name]
    view = fs.volume.buffers.table[block].view
    fs.format.leave(directory, block, at, fs.format.read_entry(view, at, name))
    del directory.names[name]


def reopened(world: World) -> LibraryFileSystem:
    world.remount()
    return world.fs


def test_nothing_to_do(world: World) -> None:
    build(world.fs)
    assert world.fs.check() == []
    assert world.fs.repair() == []


@pytest.mark.parametrize("links", [0, 1, 7])
def test_link_counts(world: World, links: int) -> None:
    build(world.fs)
    call(world.fs, "/link", "set_links", links)
    call(world.fs, "/dir", "set_links", links)
    fs = reopened(world)
    assert len(fs.check()) == 2
    assert len(fs.repair()) == 2
    assert fs.check() == []
    assert (fs.stat("/link").links, fs.stat("/dir").links) == (2, 3)


def test_a_file_without_a_name(world: World) -> None:
    build(world.fs)
    lose_name(world.fs, "/dir/sub", b"deep")
    fs = reopened(world)
    assert any("has no name" in finding for finding in fs.check())
    assert fs.repair()
    assert fs.check() == []


def test_a_tree_without_a_name(world: World) -> None:
    """A directory is lost with all that is in it; a file in it that has another name is not."""
    build(world.fs)
    free = world.fs.statfs().free
    lose_name(world.fs, "/", b"dir")
    fs = reopened(world)
    assert fs.repair()
    assert fs.check() == []
    assert [name for name, _ in fs.listdir("/")] == ["link"]
    assert fs.read("/link", 0, 20_000) == b"x" * 10_000
    assert fs.stat("/link").links == 1
    fs.unlink("/link")
    fs.sync()
    assert fs.statfs().free > free
    assert fs.check() == []


def test_a_directory_with_two_names(world: World) -> None:
    build(world.fs)
    fs = world.fs
    root = find_directory(fs, "/")
    fs.format.enter(root, b"second", fs.format.find(number(fs, "/dir/sub")))
    fs = reopened(world)
    assert any("second name" in finding for finding in fs.check())
    assert fs.repair()
    assert fs.check() == []
    assert not fs.exists("/second")
    assert fs.exists("/dir/sub/deep")


def test_a_directory_that_mistakes_its_parent(world: World) -> None:
    build(world.fs)
    call(world.fs, "/dir/sub", "set_parent", number(world.fs, "/"))
    fs = reopened(world)
    assert len(fs.check()) == 1
    assert fs.repair()
    assert fs.check() == []


def test_a_length_that_is_wrong(world: World) -> None:
    build(world.fs)
    call(world.fs, "/dir", "set_length", 3 * 4096)
    fs = reopened(world)
    assert len(fs.check()) == 1
    assert fs.repair()
    assert fs.stat("/dir").size == 4096
    assert fs.check() == []


def test_a_name_of_nothing(world: World) -> None:
    """A name whose inode is free, as a crash of a careless library leaves it."""
    build(world.fs)
    fs = world.fs
    fs.create("/dir/sub/victim")
    node = fs.format.find(number(fs, "/dir/sub/victim"))
    directory = find_directory(fs, "/dir/sub")
    fs.format.enter(find_directory(fs, "/"), b"dangling", node)
    block, at = directory.names[b"victim"]
    fs.format.leave(directory, block, at, node.number)
    fs.format.free(node)
    fs.sync()
    fs = reopened(world)
    assert any("is free" in finding for finding in fs.check())
    assert fs.repair()
    assert fs.check() == []
    assert not fs.exists("/dangling")


def test_an_inode_that_was_being_made(world: World) -> None:
    if world.setting.format_ == "ffs":
        world.fs.format.make_inode(77, NewInode(FILE, 0o644, 0, 0, 1), 2)  # type: ignore[attr-defined]
        fs = reopened(world)
        assert len(fs.check()) == 1
        assert fs.repair() == ["freed inode 77"]
        assert fs.check() == []

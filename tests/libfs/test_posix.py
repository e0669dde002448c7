"""What POSIX asks of names and files, call by call, on all four kinds of file system.

The table: what is done first, the call, its errno.
"""

from __future__ import annotations

import errno
from typing import Any

import pytest

from tests.libfs.compare import ask
from tests.libfs.world import World
from vm.libfs.filesystem import LibraryFileSystem
from vm.libfs.interface import DIRECTORY, FILE, SYMLINK


def build(fs: LibraryFileSystem) -> None:
    fs.mkdir("/dir")
    fs.mkdir("/dir/sub")
    fs.mkdir("/empty")
    fs.create("/file")
    fs.write("/file", 0, b"contents")
    fs.create("/dir/inner")
    fs.symlink("dir", "/to-dir")
    fs.symlink("/file", "/to-file")
    fs.symlink("nothing", "/dangling")
    fs.symlink("loop-b", "/loop-a")
    fs.symlink("loop-a", "/loop-b")


REFUSALS: list[tuple[str, tuple[Any, ...], int]] = [
    ("stat", ("/none",), errno.ENOENT),
    ("stat", ("",), errno.ENOENT),
    ("stat", ("/none/x",), errno.ENOENT),
    ("stat", ("/file/x",), errno.ENOTDIR),
    ("stat", ("/file/",), errno.ENOTDIR),
    ("stat", ("/loop-a", True), errno.ELOOP),
    ("stat", ("/loop-a/x",), errno.ELOOP),
    ("stat", ("/dangling", True), errno.ENOENT),
    ("stat", ("/" + "n" * 300,), errno.ENAMETOOLONG),
    ("stat", ("/x" * 2100,), errno.ENAMETOOLONG),
    ("stat", ("/a\0b",), errno.EINVAL),
    ("create", ("/file",), errno.EEXIST),
    ("create", ("/dir",), errno.EEXIST),
    ("create", ("/dangling",), errno.EEXIST),
    ("create", ("/",), errno.EEXIST),
    ("create", ("/none/x",), errno.ENOENT),
    ("create", ("/file/x",), errno.ENOTDIR),
    ("create", ("/" + "n" * 300,), errno.ENAMETOOLONG),
    ("create", ("/dir/.",), errno.EINVAL),
    ("create", ("/new/",), errno.EISDIR),
    ("mkdir", ("/dir",), errno.EEXIST),
    ("mkdir", ("/file",), errno.EEXIST),
    ("mkdir", ("/none/x",), errno.ENOENT),
    ("mknod", ("/device", 0x2000 | 0o644), errno.EPERM),
    ("unlink", ("/none",), errno.ENOENT),
    ("unlink", ("/dir",), errno.EISDIR),
    ("unlink", ("/file/",), errno.ENOTDIR),
    ("unlink", ("/dir/..",), errno.EINVAL),
    ("rmdir", ("/none",), errno.ENOENT),
    ("rmdir", ("/file",), errno.ENOTDIR),
    ("rmdir", ("/to-dir",), errno.ENOTDIR),
    ("rmdir", ("/dir",), errno.ENOTEMPTY),
    ("rmdir", ("/",), errno.EBUSY),
    ("rmdir", ("/dir/.",), errno.EINVAL),
    ("rename", ("/none", "/x"), errno.ENOENT),
    ("rename", ("/file", "/none/x"), errno.ENOENT),
    ("rename", ("/file", "/file/x"), errno.ENOTDIR),
    ("rename", ("/file", "/dir"), errno.EISDIR),
    ("rename", ("/empty", "/file"), errno.ENOTDIR),
    ("rename", ("/empty", "/dir"), errno.ENOTEMPTY),
    ("rename", ("/dir", "/dir/sub/x"), errno.EINVAL),
    ("rename", ("/dir", "/dir/x"), errno.EINVAL),
    ("rename", ("/dir", "/to-dir/x"), errno.EINVAL),
    ("rename", ("/", "/x"), errno.EBUSY),
    ("rename", ("/file/", "/x"), errno.ENOTDIR),
    ("rename", ("/file", "/" + "n" * 300), errno.ENAMETOOLONG),
    ("link", ("/none", "/x"), errno.ENOENT),
    ("link", ("/file", "/dir"), errno.EEXIST),
    ("link", ("/dir", "/x"), errno.EPERM),
    ("link", ("/file", "/none/x"), errno.ENOENT),
    ("symlink", ("/x", "/file"), errno.EEXIST),
    ("symlink", ("", "/x"), errno.ENOENT),
    ("symlink", ("t" * 5000, "/x"), errno.ENAMETOOLONG),
    ("readlink", ("/file",), errno.EINVAL),
    ("readlink", ("/none",), errno.ENOENT),
    ("read", ("/dir", 0, 1), errno.EISDIR),
    ("read", ("/none", 0, 1), errno.ENOENT),
    ("read", ("/file", -1, 1), errno.EINVAL),
    ("write", ("/dir", 0, b"x"), errno.EISDIR),
    ("write", ("/file", -1, b"x"), errno.EINVAL),
    ("write", ("/file", 1 << 45, b"x"), errno.EFBIG),
    ("truncate", ("/dir", 0), errno.EISDIR),
    ("truncate", ("/file", -1), errno.EINVAL),
    ("truncate", ("/file", 1 << 45), errno.EFBIG),
    ("punch", ("/file", 0, 0), errno.EINVAL),
    ("allocate", ("/file", 0, 0), errno.EINVAL),
    ("allocate", ("/file", 0, 1 << 45), errno.EFBIG),
    ("listdir", ("/file",), errno.ENOTDIR),
    ("open", ("/dir",), errno.EISDIR),
    ("open", ("/none",), errno.ENOENT),
    ("close", (77,), errno.EBADF),
    ("read_handle", (77, 0, 1), errno.EBADF),
    ("utimes", ("/file", -1, 0), errno.EINVAL),
    ("utimes", ("/file", 0, 1 << 32), errno.EINVAL),
]


def test_refusals_change_nothing(world: World) -> None:
    fs = world.fs
    build(fs)
    names, free = [fs.listdir(path) for path in ("/", "/dir")], fs.statfs().free
    for call, arguments, number in REFUSALS:
        assert ask(fs, call, *arguments) == f"errno {number}", f"{call}{arguments}"
    assert [fs.listdir(path) for path in ("/", "/dir")] == names
    assert fs.statfs().free == free
    assert fs.check() == []


def test_ways(world: World) -> None:
    fs = world.fs
    build(fs)
    assert fs.stat("/to-dir").kind == SYMLINK
    assert fs.stat("/to-dir/").kind == DIRECTORY
    assert fs.stat("//dir/./../dir/inner").kind == FILE
    assert fs.stat("/to-dir/inner").inode == fs.stat("/dir/inner").inode
    assert fs.read("/to-file", 0, 100) == b"contents"
    assert fs.readlink("/to-file") == "/file"
    assert fs.exists("/to-file/../file") is False
    assert fs.exists("/dangling")
    assert not fs.exists("/file/x")
    fs.write("/to-file", 0, b"C")
    assert fs.read("/file", 0, 1) == b"C"


def test_links_are_counted(world: World) -> None:
    fs = world.fs
    build(fs)
    assert fs.stat("/dir").links == 3
    assert fs.stat("/").links == 4
    fs.link("/file", "/dir/file")
    assert fs.stat("/file").links == 2
    fs.unlink("/file")
    assert fs.stat("/dir/file").links == 1
    assert fs.read("/dir/file", 0, 8) == b"contents"
    fs.rename("/dir/sub", "/empty/sub")
    assert (fs.stat("/dir").links, fs.stat("/empty").links) == (2, 3)
    assert fs.check() == []


def test_rename_replaces(world: World) -> None:
    fs = world.fs
    build(fs)
    fs.create("/other")
    fs.write("/other", 0, b"other")
    fs.rename("/other", "/file")
    assert fs.read("/file", 0, 100) == b"other"
    assert not fs.exists("/other")
    fs.rename("/empty", "/dir/sub")
    assert fs.stat("/dir/sub").links == 2
    fs.link("/file", "/same")
    fs.rename("/file", "/same")
    assert fs.exists("/file"), "two names of one file: nothing is done"
    fs.rename("/dir/sub", "/dir/" + "s" * 100)
    assert sorted(name for name, _ in fs.listdir("/dir")) == ["inner", "s" * 100]
    assert fs.check() == []


def test_names_are_bytes(world: World) -> None:
    fs = world.fs
    names = ["ä", "日本", b"\xff\xfe".decode("utf-8", "surrogateescape"), " ", "...", "a" * 120]
    for name in names:
        fs.create("/" + name)
    assert sorted(name for name, _ in fs.listdir("/")) == sorted(names)
    world.remount()
    assert sorted(name for name, _ in world.fs.listdir("/")) == sorted(names)


def test_times_and_owners(world: World) -> None:
    fs = world.mount(epoch=1000)
    fs.create("/file")
    born = fs.stat("/file")
    assert born.mtime == born.ctime == born.atime >= 1000
    world.machine.clock.advance(5 * 200_000_000)
    fs.write("/file", 0, b"x")
    written = fs.stat("/file")
    assert written.mtime == written.ctime >= born.mtime + 5
    assert written.atime == born.atime
    world.machine.clock.advance(5 * 200_000_000)
    fs.chmod("/file", 0o600)
    changed = fs.stat("/file")
    assert changed.mode == FILE | 0o600
    assert changed.ctime >= written.ctime + 5
    assert changed.mtime == written.mtime
    fs.utimes("/file", 7, 8)
    assert (fs.stat("/file").atime, fs.stat("/file").mtime) == (7, 8)
    fs.chown("/file", 5, -1)
    fs.chown("/file", -1, 6)
    assert (fs.stat("/file").uid, fs.stat("/file").gid) == (5, 6)
    fs.symlink("file", "/link")
    fs.utimes("/link", 9, 10)
    fs.chown("/link", 11, 12)
    assert (fs.stat("/link").atime, fs.stat("/link").mtime, fs.stat("/link").uid) == (9, 10, 11)
    assert (fs.stat("/file").atime, fs.stat("/file").mtime, fs.stat("/file").uid) == (7, 8, 5)
    before = fs.stat("/").mtime
    world.machine.clock.advance(5 * 200_000_000)
    fs.unlink("/file")
    assert fs.stat("/").mtime >= before + 5


def test_too_many_links(either: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vm.libfs.tree.MOST_LINKS", 5)
    fs = either.fs
    fs.create("/file")
    for number in range(4):
        fs.link("/file", f"/{number}")
    assert ask(fs, "link", "/file", "/more") == f"errno {errno.EMLINK}"
    for number in range(3):
        fs.mkdir(f"/d{number}")
    assert ask(fs, "mkdir", "/d3") == f"errno {errno.EMLINK}"
    fs.mkdir("/d0/x")
    assert ask(fs, "rename", "/d0/x", "/x") == f"errno {errno.EMLINK}"
    assert fs.check() == []

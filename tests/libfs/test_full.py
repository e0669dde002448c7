"""A disk that is full: calls fail, nothing is half done, and what is freed can be used."""

from __future__ import annotations

import errno
from collections.abc import Iterator

import pytest

from tests.libfs.compare import ask
from tests.libfs.world import SECTORS, Setting, World, Worlds
from vm.libfs.interface import Options

FULL = f"errno {errno.ENOSPC}"


@pytest.fixture(params=[("cffs", True), ("cffs", False), ("ffs", True)])
def small(request: pytest.FixtureRequest, worlds: Worlds) -> World:
    format_, grouping = request.param
    return worlds.make(Setting(format_, Options(grouping=grouping), blocks=260))


def fill(world: World, path: str) -> Iterator[int]:
    """Write blocks until there are no more; yield how many bytes each write has stored."""
    fs = world.fs
    fs.create(path)
    while (written := ask(fs, "write", path, fs.stat(path).size, b"x" * 50_000)) != FULL:
        yield written


def test_writes_are_short_then_refused(small: World) -> None:
    written = list(fill(small, "/all"))
    assert sum(written) == small.fs.stat("/all").size
    assert all(count == 50_000 for count in written[:-1])
    assert small.fs.statfs().free <= 4
    assert small.fs.read("/all", 0, 1 << 22) == b"x" * sum(written)
    assert small.fs.check() == []


def test_nothing_is_half_done(small: World) -> None:
    fs = small.fs
    fs.mkdir("/dir")
    list(fill(small, "/all"))
    while ask(fs, "write", "/all", fs.stat("/all").size, b"x") == 1:
        pass
    made = 0
    while ask(fs, "create", f"/dir/{made}") is None:
        made += 1
    names = sorted(name for name, _ in fs.listdir("/dir"))
    assert names == sorted(str(number) for number in range(made))
    for call, arguments in {
        "mkdir": ("/dir/x",),
        "symlink": ("/target", "/dir/x"),
        "link": ("/all", "/dir/" + "y" * 110),
    }.items():
        assert ask(fs, call, *arguments) in (FULL, None)
    assert ask(fs, "write", "/dir/0" if made else "/all", 1 << 22, b"x" * 5000) == FULL
    assert fs.check() == []
    fs.sync()
    small.reboot()
    assert small.fs.check() == []


def test_what_is_freed_is_used_again(small: World) -> None:
    fs = small.fs
    for _ in range(3):
        written = sum(fill(small, "/all"))
        fs.unlink("/all")
    assert written == sum(fill(small, "/all"))


def test_the_disk_says_so_too(small: World) -> None:
    """What recovery finds free after a crash is what was free."""
    list(fill(small, "/all"))
    small.fs.truncate("/all", 100_000)
    small.fs.sync()
    free = small.fs.statfs().free
    small.reboot()
    assert small.fs.statfs().free == free
    assert small.setting.blocks * SECTORS == small.store.sectors

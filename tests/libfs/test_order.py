"""What goes to the disk when: nothing before a sync, or all at once as in the 1990s; circles are broken."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.libfs.world import SECTORS, Setting, World, Worlds
from vm.libfs.interface import Options

SYNCHRONOUS = Options(writes="synchronous")


@dataclass
class Watch:
    """An observer of the disk: the first block of each write, in order."""

    blocks: list[int] = field(default_factory=list)

    def write_started(self, number: int, sector: int, data: bytes, fua: bool) -> None:
        self.blocks.append(sector // SECTORS)

    def write_done(self, number: int) -> None:
        return

    def flush_done(self, numbers: object) -> None:
        return

    def take(self) -> list[int]:
        found, self.blocks = self.blocks, []
        return found


def watch(world: World) -> Watch:
    found = Watch()
    world.machine.disk.observer = found
    return found


def block_of(world: World, path: str) -> int:
    """Return the block of a file's inode."""
    return world.fs.format.find(world.fs.stat(path).inode).block


def names_of(world: World, path: str) -> int:
    """Return the block where a directory's names are."""
    return world.fs.format.find(world.fs.stat(path).inode).pointer(0)


def test_nothing_is_written_before_a_sync(world: World) -> None:
    seen = watch(world)
    fs = world.fs
    fs.mkdir("/dir")
    for number in range(20):
        fs.create(f"/dir/{number}")
        fs.write(f"/dir/{number}", 0, b"x" * 5000)
    fs.unlink("/dir/3")
    fs.truncate("/dir/4", 10)
    early = seen.take()
    allowed = (
        0 if world.setting.format_ == "cffs" else 2
    )  # new blocks of names, written empty: see vm.libfs.order
    assert len(early) <= allowed
    fs.sync()
    assert seen.take()
    fs.sync()
    assert seen.take() == [], "nothing is left"


def test_one_write_makes_a_file(worlds: Worlds) -> None:
    world = worlds.make(Setting("cffs", SYNCHRONOUS))
    world.fs.mkdir("/dir")
    world.fs.create("/dir/first")
    seen = watch(world)
    world.fs.create("/dir/file")
    assert seen.take() == [names_of(world, "/dir")] == [block_of(world, "/dir/file")]
    world.fs.unlink("/dir/file")
    assert seen.take() == [names_of(world, "/dir")]


def test_inode_before_name_and_name_before_inode(worlds: Worlds) -> None:
    world = worlds.make(Setting("ffs", SYNCHRONOUS))
    world.fs.mkdir("/dir")
    world.fs.create("/dir/first")
    seen = watch(world)
    world.fs.create("/dir/file")
    inode, names = block_of(world, "/dir/file"), names_of(world, "/dir")
    assert seen.take() == [inode, names]
    world.fs.unlink("/dir/file")
    assert seen.take() == [names, inode]
    world.fs.mkdir("/other")
    world.fs.create("/other/x")
    seen.take()
    world.fs.rename("/dir/first", "/other/first")
    order = seen.take()
    assert order.index(names_of(world, "/other")) < order.index(names)


@pytest.mark.parametrize("format_", ["cffs", "ffs"])
def test_what_is_synchronous_survives(worlds: Worlds, format_: str) -> None:
    world = worlds.make(Setting(format_, SYNCHRONOUS))
    world.fs.mkdir("/dir")
    world.fs.create("/dir/file")
    world.fs.link("/dir/file", "/link")
    world.fs.symlink("dir/file", "/symbolic")
    world.fs.rename("/link", "/dir/renamed")
    world.fs.create("/gone")
    world.fs.unlink("/gone")
    world.reboot()
    assert sorted(name for name, _ in world.fs.listdir("/")) == ["dir", "symbolic"]
    assert sorted(name for name, _ in world.fs.listdir("/dir")) == ["file", "renamed"]
    assert world.fs.readlink("/symbolic") == "dir/file"
    world.fs.repair()
    assert world.fs.check() == []


@pytest.mark.parametrize("format_", ["cffs", "ffs"])
def test_circles_are_broken(worlds: Worlds, format_: str) -> None:
    """Names go to and fro between directories: each asks to be written before the other."""
    world = worlds.make(Setting(format_))
    fs = world.fs
    for name in ("one", "two"):
        fs.mkdir(f"/{name}")
        for number in range(5):
            fs.create(f"/{name}/{number}")
    fs.sync()
    for number in range(5):
        fs.rename(f"/one/{number}", f"/two/from-one-{number}")
        fs.rename(f"/two/{number}", f"/one/from-two-{number}")
        fs.link(f"/one/from-two-{number}", f"/two/again-{number}")
    fs.sync()
    assert fs.check() == []
    world.reboot()
    assert world.fs.check() == []
    assert len(world.fs.listdir("/two")) == 10


@pytest.mark.parametrize("format_", ["cffs", "ffs"])
def test_fsync_leaves_other_data_alone(worlds: Worlds, format_: str) -> None:
    world = worlds.make(Setting(format_, Options(grouping=False)))
    fs = world.fs
    for name in ("/this", "/other"):
        fs.create(name)
        fs.write(name, 0, b"x" * 4096)
    fs.sync()
    seen = watch(world)
    for name in ("/this", "/other"):
        fs.write(name, 0, b"y" * 4096)
    fs.fsync("/this")
    written = seen.take()
    assert fs.format.find(fs.stat("/this").inode).pointer(0) in written
    assert fs.format.find(fs.stat("/other").inode).pointer(0) not in written
    world.reboot()
    assert world.fs.read("/this", 0, 1) == b"y"


def test_temporary_file_systems_are_gone_after_a_reboot(worlds: Worlds) -> None:
    from tests.libfs.world import FORMATS

    for format_ in ("cffs", "ffs"):
        world = worlds.make(Setting(format_))
        scratch = FORMATS[format_].make(world.session.login(), "scratch", options=Options(temporary=True))
        scratch.mkdir("/dir")
        for number in range(30):
            scratch.create(f"/dir/{number}")
            scratch.write(f"/dir/{number}", 0, b"x" * 5000)
            scratch.rename(f"/dir/{number}", f"/{number}")
        scratch.sync()
        assert scratch.check() == []
        again = FORMATS[format_].mount(world.session.login(), "scratch")
        assert again.volume.options.temporary
        assert again.read("/7", 0, 10_000) == b"x" * 5000
        free = world.fs.statfs().free
        world.reboot()
        assert world.fs.statfs().free > free
        with pytest.raises(OSError, match="scratch"):
            FORMATS[format_].mount(world.session.login(), "scratch")

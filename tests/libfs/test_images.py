"""Images of disks: `udfc` walks from the first file system, finds what was written, and nothing wrong."""

from __future__ import annotations

from tests.image.walked import walk_with
from tests.libfs.compare import read_tree
from tests.libfs.world import World
from udfc.image.audit import audit_walk


def build(world: World) -> None:
    fs = world.fs
    fs.mkdir("/dir")
    for number in range(40):
        fs.create(f"/dir/file-{number}")
        fs.write(f"/dir/file-{number}", 0, b"x" * (100 * number))
    fs.create("/large")
    fs.write("/large", 0, b"y" * (30 * 4096))
    fs.write("/large", 1500 * 4096, b"far")
    fs.symlink("dir", "/to-dir")
    fs.link("/large", "/dir/same")
    fs.unlink("/dir/file-3")
    fs.rename("/dir/file-4", "/file")
    fs.unmount()


def test_udfc_finds_what_was_written(world: World) -> None:
    build(world)
    image = world.store.read(0, world.store.sectors)
    world.reboot()
    paths = set(read_tree(world.fs))
    walk = walk_with(world.setting.format_, image)
    audit = audit_walk(walk)
    assert not audit.counts, audit.findings
    assert not audit.has_map, "the free map is the kernel's"
    owned = sum(int(each) for each in walk.extents.length) // 4096
    assert owned == world.fs.statfs().blocks - world.fs.statfs().free - count_types(world)
    inodes = {world.fs.stat(path).inode for path in paths} | set(world.fs.format.roots())
    assert set(walk.files.list_files()) == inodes


def count_types(world: World) -> int:
    """Return how many blocks XN has taken for the types, and for what lies in front of the file system."""
    return sum(count for _, count in world.session.storage.type_runs) + 1

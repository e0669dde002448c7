"""Bugs of the library file systems: an order of writes is forgotten, or a promise.

In: nothing. Out: `LIBRARY_BUGS`. Each replaces one function of `vm.libfs` by one that lacks something.
"""

from __future__ import annotations

from collections.abc import Callable

from vm.crash.planted.bug import Bug, replace_each
from vm.libfs import filesystem
from vm.libfs import repair as repair_module
from vm.libfs.buffers import Buffer
from vm.libfs.format import Directory, Format
from vm.libfs.inode import Node
from vm.libfs.interface import SYMLINK
from vm.libfs.order import Order
from vm.libfs.survey import Survey
from vm.libfs.tree import Tree
from vm.libfs.volume import Volume
from vm.libfs.writeback import Writeback

# ---- order


def _before_nothing(order: Order, first: int, then: int) -> None:
    return


def _after_at_once(order: Order, block: int, change: Callable[[], None]) -> None:
    change()


def _link_before_target(tree: Tree, parent: Node, name: bytes, target: bytes, path: str) -> None:
    """Make a symbolic link as a file is made, and then give it a target."""
    node = tree.create(parent, name, SYMLINK, 0o777, path)
    tree._files.write(node, 0, target)


def _settle_nothing(part: Volume | Tree, *where: object) -> None:
    return


def _move_old_first(
    tree: Tree,
    node: Node,
    old: tuple[Directory, bytes, int, int],
    new: tuple[Directory, bytes, tuple[int, int, int] | None],
) -> None:
    """Take the old name away and write that, then enter the new one."""
    source, name, block, at = old
    volume = tree._volume
    tree._format.leave(source, block, at, node.number)
    volume.writeback.flush([block])
    again, place = tree._format.enter(source, name, node)
    _MOVE(tree, node, (source, name, again, place), new)


_MOVE = Tree._move


# ---- fsync


def _sync_some(volume: Volume, number: int, is_wanted: Callable[[Buffer], bool]) -> None:
    dirty = volume.buffers.dirty.values()
    volume.writeback.flush([each.block for each in dirty if is_wanted(each)])


def _sync_without_inode(volume: Volume, number: int) -> None:
    inode = volume.nodes[number].block
    _sync_some(
        volume,
        number,
        lambda each: each.block != inode and (not each.is_data or each.file == number),
    )


def _sync_without_names(volume: Volume, number: int) -> None:
    inode = volume.nodes[number].block
    _sync_some(volume, number, lambda each: each.block == inode or (each.is_data and each.file == number))


def _sync_without_data(volume: Volume, number: int) -> None:
    _sync_some(volume, number, lambda each: not each.is_data)


def _sync_without_indirect(volume: Volume, number: int) -> None:
    indirect = {kind for name, kind in volume.types.items() if name.endswith("_data_single")}

    def is_wanted(each: Buffer) -> bool:
        info = volume.sys.xn_entry(each.block)
        is_pointers = info is not None and info.type in indirect
        return not is_pointers and (not each.is_data or each.file == number)

    _sync_some(volume, number, is_wanted)


def _land_without_last_flush(writeback: Writeback) -> None:
    has_cache = writeback._has_cache
    writeback._has_cache = has_cache and bool(writeback._buffers.dirty)
    _LAND(writeback)
    writeback._has_cache = has_cache


_LAND = Writeback.land


# ---- repair


def _repair_no_counts(volume: Volume, format_: Format, tree: Tree, found: Survey, done: list[str]) -> None:
    return


def _repair_no_orphans(format_: Format, tree: Tree, number: int) -> None:
    return


def _repair_in_core(format_: Format, tree: Tree, number: int) -> None:
    format_.find(number).doomed = True


def _repair_nothing(volume: Volume, format_: Format, tree: Tree) -> list[str]:
    return []


LIBRARY_BUGS: tuple[Bug, ...] = (
    Bug(
        "name-before-inode",
        "names may reach the disk before the inodes that they mean",
        replace_each((Order, "before", _before_nothing)),
    ),
    Bug(
        "inode-freed-before-name",
        "an inode is freed before the disk has lost its name",
        replace_each((Order, "after", _after_at_once)),
    ),
    Bug(
        "link-before-target",
        "a symbolic link is on the disk before it has a target",
        replace_each((Tree, "symlink", _link_before_target)),
    ),
    Bug(
        "name-twice",
        "a name given again reaches the disk before it is gone where it was",
        replace_each((Volume, "settle_name", _settle_nothing)),
    ),
    Bug(
        "name-before-way",
        "names of inodes elsewhere may reach the disk before these inodes are found there",
        replace_each((Volume, "settle_inode", _settle_nothing)),
    ),
    Bug(
        "replaced-unmarked",
        "a directory whose name will mean another one does not note where that name is",
        replace_each((Tree, "_mark", _settle_nothing)),
    ),
    Bug(
        "rename-removes-first",
        "a rename takes the old name away before the new one is on the disk",
        replace_each((Tree, "_move", _move_old_first)),
    ),
    Bug(
        "fsync-forgets-inode",
        "fsync does not write the inode of the file",
        replace_each((Volume, "sync_file", _sync_without_inode)),
    ),
    Bug(
        "fsync-forgets-names",
        "fsync writes the file and its inode, but not the names",
        replace_each((Volume, "sync_file", _sync_without_names)),
    ),
    Bug(
        "fsync-forgets-data",
        "fsync writes metadata only",
        replace_each((Volume, "sync_file", _sync_without_data)),
    ),
    Bug(
        "fsync-forgets-indirect",
        "fsync does not write blocks of pointers",
        replace_each((Volume, "sync_file", _sync_without_indirect)),
    ),
    Bug(
        "sync-without-flush",
        "sync does not flush the drive's cache after the last round of writes",
        replace_each((Writeback, "land", _land_without_last_flush)),
    ),
    Bug(
        "repair-forgets-counts",
        "repair does not set link counts right",
        replace_each((repair_module, "_set_fields", _repair_no_counts)),
    ),
    Bug(
        "repair-forgets-orphans",
        "repair does not free inodes without a name",
        replace_each((repair_module, "_bury", _repair_no_orphans)),
    ),
    Bug(
        "repair-stays-in-core",
        "repair notes which inodes are to be freed, and never frees them",
        replace_each((repair_module, "_bury", _repair_in_core)),
    ),
    Bug(
        "repair-does-nothing",
        "repair is forgotten",
        replace_each((filesystem, "repair", _repair_nothing)),
    ),
)

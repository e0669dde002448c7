"""FFS: make one, mount one.

In: an environment's system calls, the name of a root. Out: a file system.
"""

from __future__ import annotations

import errno
import struct

from vm.ffs.format import FfsFormat
from vm.ffs.geometry import ROOT, Geometry, pack_super, plan_geometry, read_super
from vm.ffs.tables import Tables
from vm.libfs.errors import fail
from vm.libfs.filesystem import LibraryFileSystem
from vm.libfs.format import NewInode
from vm.libfs.interface import DIRECTORY, Options
from vm.libfs.mkfs import find_types, make_root, open_root, start_volume, take_root
from vm.libfs.placement import choose_near
from vm.libfs.volume import Volume
from vm.xok.syscalls import SystemCalls

_SET = "ffs"
_FIRST = struct.Struct("<I")


class Ffs(LibraryFileSystem):
    """A mounted FFS."""


def make(sys: SystemCalls, name: str, *, blocks: int | None = None, options: Options | None = None) -> Ffs:
    """Make a file system under the root `name`, and mount it.

    Args:
        sys: of an environment of user 0.
        name: of the root; unique on the disk.
        blocks: of the disk that it may use; None: all.
        options: of the mount.

    Raises:
        OSError: EEXIST, ENOSPC, EACCES.
    """
    types = find_types(sys, _SET)
    volume = start_volume(sys, types, options or Options(), blocks)
    block = make_root(volume, name, types["ffs_super"])
    geometry = plan_geometry(block, volume.space.end)
    sys.xn_modify((block, ()), None, [(0, pack_super(geometry))])
    for group in range(geometry.groups):
        _make_group(volume, geometry, group)
    format_ = FfsFormat(volume, Tables(volume, geometry))
    format_.make_inode(ROOT, NewInode(DIRECTORY, 0o755, volume.user, volume.group, 2), ROOT)
    made = Ffs(volume, format_, block)
    made.sync()
    return made


def _make_group(volume: Volume, geometry: Geometry, group: int) -> None:
    """Make a group's descriptor, and its table of free inodes."""
    root, start = (geometry.block, ()), geometry.start_of(group)
    descriptor = choose_near(volume, start)
    volume.sys.xn_call(root, "set_descriptor", (group, descriptor))
    volume.buffers.hold_new(descriptor, root, is_data=False)
    place = (descriptor, ())
    volume.sys.xn_modify(place, None, [(0, _FIRST.pack(group * geometry.inodes))])
    hint = descriptor + 1
    for number in range(geometry.tables):
        if start + geometry.group_blocks > geometry.blocks and number * 64 >= geometry.blocks - start:
            return  # the last group is shorter, and so is its table
        block = choose_near(volume, hint)
        volume.sys.xn_call(place, "set_table", (number, block))
        volume.buffers.hold_new(block, place, is_data=False)
        hint = block + 1


def mount(sys: SystemCalls, name: str, options: Options | None = None) -> Ffs:
    """Mount a file system that exists.

    Raises:
        OSError: ENODEV, EACCES, EIO where this is no FFS.
    """
    block, options = open_root(sys, name, options or Options())
    volume = start_volume(sys, find_types(sys, _SET), options)
    geometry = read_super(take_root(volume, block, name))
    if geometry is None or geometry.block != block:
        raise fail(errno.EIO, name)
    return Ffs(volume, FfsFormat(volume, Tables(volume, geometry)), block)

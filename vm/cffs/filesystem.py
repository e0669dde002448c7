"""C-FFS: make one, mount one.

In: an environment's system calls, the name of a root. Out: a file system.
"""

from __future__ import annotations

import errno

from vm.cffs.format import CffsFormat
from vm.cffs.super import is_super, pack_super
from vm.libfs.errors import fail
from vm.libfs.filesystem import LibraryFileSystem
from vm.libfs.interface import Options
from vm.libfs.mkfs import find_types, make_root, open_root, start_volume, take_root
from vm.xok.syscalls import SystemCalls

_SET = "cffs"


class Cffs(LibraryFileSystem):
    """A mounted C-FFS."""


def make(sys: SystemCalls, name: str, *, blocks: int | None = None, options: Options | None = None) -> Cffs:
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
    block = make_root(volume, name, types["cffs_super"])
    packed = pack_super(block, volume.space.end, volume.user, volume.group, volume.now)
    sys.xn_modify((block, ()), None, [(0, packed)])
    made = Cffs(volume, CffsFormat(volume, block), block)
    made.sync()
    return made


def mount(sys: SystemCalls, name: str, options: Options | None = None) -> Cffs:
    """Mount a file system that exists.

    Raises:
        OSError: ENODEV, EACCES, EIO where this is no C-FFS.
    """
    block, options = open_root(sys, name, options or Options())
    volume = start_volume(sys, find_types(sys, _SET), options)
    if not is_super(take_root(volume, block, name), block):
        raise fail(errno.EIO, name)
    return Cffs(volume, CffsFormat(volume, block), block)

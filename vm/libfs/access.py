"""May this user do this? The library asks first, to answer as Unix does; XN asks again, and decides.

In: an inode, the user and group of the capability. Out: nothing, or EACCES or EPERM. XN's `acl` functions
know reading and writing of whole objects. Searching a directory is reading it: a library that looks a name up
reads names, so that permission to search alone is worth nothing here.
"""

from __future__ import annotations

import errno

from vm.libfs.errors import fail
from vm.libfs.inode import Node
from vm.libfs.volume import Volume

READ, WRITE, EXECUTE = 4, 2, 1


def check_access(volume: Volume, node: Node, wanted: int, path: str) -> None:
    """Refuse what the permissions of an inode do not allow.

    Raises:
        OSError: EACCES.
    """
    user = volume.user
    if not user:
        return
    uid, gid = node.owner
    mode = node.mode
    rights = mode >> 6 if user == uid else mode >> 3 if volume.group == gid else mode
    if wanted & ~rights:
        raise fail(errno.EACCES, path)


def check_owner(volume: Volume, node: Node, path: str) -> None:
    """Refuse what only an owner may do.

    Raises:
        OSError: EPERM.
    """
    if volume.user and volume.user != node.owner[0]:
        raise fail(errno.EPERM, path)

"""A directory gets a block more.

In: a directory. Out: a new block of zeros, in core, which both formats take for a block without names.
"""

from __future__ import annotations

import errno
import struct

from vm.libfs.blockmap import refused_as_taken
from vm.libfs.errors import fail
from vm.libfs.format import Directory, Format
from vm.libfs.inode import DIRECT
from vm.libfs.placement import choose_directory_block, choose_near
from vm.libfs.volume import Volume
from vm.xn.owned import Place
from vm.xok.refusal import Refusal

_BLOCK = 4096
_LENGTH = struct.Struct("<Q")
_TRIES = 4


def grow_directory(volume: Volume, format_: Format, directory: Directory) -> tuple[int, memoryview]:
    """Return the number and the bytes of the new block.

    Raises:
        OSError: ENOSPC.
    """
    for _ in range(_TRIES):
        block = choose_directory_block(volume, format_, directory)
        volume.buffers.pages.reserve(1 + volume.map.missing(directory.node, len(directory.blocks)))
        try:
            parent = _point(volume, directory, block)
        except Refusal as refusal:
            if refused_as_taken(refusal):
                continue
            raise
        view = volume.buffers.hold_new(block, parent, is_data=False)
        directory.blocks.append(block)
        length = _LENGTH.pack(_BLOCK * len(directory.blocks))
        volume.sys.xn_write_bytes(directory.node.place, 4, length)
        volume.buffers.change(directory.node.block)
        return block, view
    raise fail(errno.ENOSPC, "")


def _point(volume: Volume, directory: Directory, block: int) -> Place:
    """Let the directory's next pointer lead to a block; return the object that has the pointer."""
    node, index = directory.node, len(directory.blocks)
    if index < DIRECT:
        volume.sys.xn_call(node.place, "set_direct", (index, block))
        volume.buffers.change(node.block)
        return node.place
    goal: list[int] = []
    for _ in range(volume.map.missing(node, index)):
        hint = choose_near(volume, (goal[-1] if goal else block) + 1)
        if hint == block or hint in goal:
            raise fail(errno.ENOSPC, "")
        goal.append(hint)
    leaf, slot = volume.map.make_leaf(node, index, goal)
    volume.sys.xn_call((leaf, ()), "set", (slot, block))
    volume.buffers.change(leaf)
    return (leaf, ())

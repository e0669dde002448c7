"""What making and mounting have in common in both file systems.

In: the kernel, the name of a set of templates, of a root. Out: types, and the root's block in core.
"""

from __future__ import annotations

import errno
from dataclasses import replace

from runtime.template.download.form import encode_templates
from udfc.program import compile_templates
from vm.libfs.errors import fail, translate
from vm.libfs.interface import Options
from vm.libfs.volume import Volume
from vm.xn.owned import Type
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls

ROOT_BLOCK = 100
"""Where `udfc tree` and `audit` look for a file system: the first one of a disk is there."""


def find_types(sys: SystemCalls, name: str) -> dict[str, Type]:
    """Return the types of a shipped set of templates, which is installed if it is not yet."""
    known = sys.xn_types().get(name)
    if known is None:
        return sys.xn_install(name, encode_templates(compile_templates(name)))
    return known


def start_volume(
    sys: SystemCalls, types: dict[str, Type], options: Options, blocks: int | None = None
) -> Volume:
    """Return a volume of the whole disk, or of its first `blocks` blocks."""
    info = sys.xn_info()
    end = info.blocks if blocks is None else min(blocks, info.blocks)
    return Volume(sys, info.first_block, end, options, types)


def make_root(volume: Volume, name: str, kind: Type) -> int:
    """Allocate a root, and return its block: zeros, in core.

    Raises:
        OSError: EPERM for users that are not 0, EEXIST, ENOSPC.
    """
    sys = volume.sys
    if volume.user:
        raise fail(errno.EPERM, name)
    wanted = ROOT_BLOCK if volume.space.end > ROOT_BLOCK and volume.space.is_free(ROOT_BLOCK) else None
    try:
        block = sys.xn_create_root(name, wanted, kind, (), temporary=volume.options.temporary)
    except Refusal as refusal:
        raise translate(refusal, name) from refusal
    volume.buffers.hold_new(block, (block, ()), is_data=False)
    return block


def open_root(sys: SystemCalls, name: str, options: Options) -> tuple[int, Options]:
    """Return the block of a root, in core, and options that say whether it is temporary.

    Raises:
        OSError: ENODEV.
    """
    try:
        owned = sys.xn_open_root(name)
    except Refusal as refusal:
        raise translate(refusal, name) from refusal
    entry = sys.xn_entry(owned.start)
    if entry is None or not entry.in_core:
        sys.area.words[0] = 1
        sys.xn_read([owned.start], [sys.page_allocate()], 0)
        sys.wait(0)
    temporary = any(root.temporary for root in sys.xn_roots() if root.name == name)
    return owned.start, replace(options, temporary=temporary)


def take_root(volume: Volume, block: int, name: str) -> memoryview:
    """Put a root that was opened into the buffers.

    Raises:
        OSError: EACCES, EIO.
    """
    try:
        return volume.buffers.adopt(block)
    except Refusal as refusal:
        if refusal.code is Code.UNKNOWN_TYPE:
            raise fail(errno.EIO, name) from refusal
        raise translate(refusal, name) from refusal

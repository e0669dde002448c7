"""Policy: where on the disk a file's blocks go.

In: a file, and how much of it is new. Out: free blocks. Small files lie in the groups of their directory, 64
KB each, so that one request brings them all, and the directory's own blocks at the beginning of some of them;
larger ones, and all of them without grouping, follow each other on the disk from where the format wants the
directory's files. A disk that is nearly full gives what it has.

Source: ORIGINALS.md 4.2 (grouping policy of the released C-FFS).
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

from vm.libfs.directory import open_directory
from vm.libfs.errors import fail
from vm.libfs.format import Directory, Format
from vm.libfs.inode import Node
from vm.libfs.space import GROUP_BLOCKS
from vm.libfs.volume import Volume

SMALL = 12
"""Blocks of a file that go into groups; what comes behind them does not."""

NAMES = 4
"""Blocks at the beginning of a group that begins with a directory's block: kept for more of them."""

_MOST_GROUPS = 16  # of a directory, that are looked through for room
_RUN = 16


@dataclass(frozen=True, slots=True)
class Choice:
    """Free blocks, side by side, and the group that they lie in; 0: in none."""

    start: int
    count: int
    group: int = 0


def choose_blocks(volume: Volume, format_: Format, node: Node, index: int, count: int) -> Choice:
    """Return at most `count` free blocks for a file's blocks from `index` on.

    Raises:
        OSError: ENOSPC.
    """
    if volume.options.grouping and index + count <= SMALL:
        directory = _find_directory(volume, format_, node)
        if directory is not None:
            choice = _choose_in_group(volume, format_, directory, count)
            if choice is not None:
                return choice
    return _choose_run(volume, format_, node, index, min(count, _RUN))


def choose_directory_block(volume: Volume, format_: Format, directory: Directory) -> int:
    """Return a free block for a directory's names, near its files.

    Raises:
        OSError: ENOSPC.
    """
    if volume.options.grouping:
        for group in reversed(directory.name_groups):
            block = volume.space.find_in(group, NAMES)
            if block:
                return block
        block = volume.space.find_group(_find_hint(format_, directory))
        if block:
            _list_groups(format_, directory).append(block)
            directory.name_groups[block] = None
            return block
    return choose_near(volume, directory.goal or format_.first_goal(directory))


def choose_near(volume: Volume, hint: int) -> int:
    """Return a free block near `hint`.

    Raises:
        OSError: ENOSPC.
    """
    found = volume.space.find(hint)
    if not found and volume.reclaim():
        found = volume.space.find(hint)
    if not found:
        raise fail(errno.ENOSPC, "")
    return found


def _find_directory(volume: Volume, format_: Format, node: Node) -> Directory | None:
    """Return the directory that a file was last named in, None where that is gone."""
    try:
        parent = format_.find(node.parent)
    except OSError:
        return None
    return open_directory(volume, format_, parent) if parent.is_directory else None


def _choose_in_group(volume: Volume, format_: Format, directory: Directory, count: int) -> Choice | None:
    """Return blocks in a group of the directory, or of a new one; None: no group has room."""
    space = volume.space
    groups = _list_groups(format_, directory)
    for group in groups[: -_MOST_GROUPS - 1 : -1]:
        kept = NAMES if group in directory.name_groups else 0
        block = space.find_in(group + kept, GROUP_BLOCKS - kept)
        if block:
            return Choice(block, space.measure(block, min(count, group + GROUP_BLOCKS - block)), group)
    group = space.find_group(_find_hint(format_, directory))
    if not group:
        return None
    groups.append(group)
    return Choice(group, min(count, GROUP_BLOCKS), group)


def _list_groups(format_: Format, directory: Directory) -> list[int]:
    """Return the groups of a directory, those that were begun last at the end."""
    if directory.groups is None:
        directory.groups = format_.list_groups(directory)
        known = dict.fromkeys(directory.groups)
        directory.groups = [*(each for each in directory.name_groups if each not in known), *known]
    return directory.groups


def _find_hint(format_: Format, directory: Directory) -> int:
    """Return where the directory's next group should be."""
    groups = _list_groups(format_, directory)
    return groups[-1] + GROUP_BLOCKS if groups else directory.goal or format_.first_goal(directory)


def _choose_run(volume: Volume, format_: Format, node: Node, index: int, count: int) -> Choice:
    hint = node.goal or _find_goal(volume, format_, node, index)
    start, found = volume.space.find_run(hint, count)
    if not found and volume.reclaim():
        start, found = volume.space.find_run(hint, count)
    if not found:
        raise fail(errno.ENOSPC, "")
    node.goal = start + found
    directory = volume.nodes.get(node.parent)
    if directory is not None and isinstance(directory.names, Directory):
        directory.names.goal = start + found
    return Choice(start, found)


def _find_goal(volume: Volume, format_: Format, node: Node, index: int) -> int:
    """Return the block behind the file's last one, else where the directory's files go."""
    if index:
        before = volume.map.find(node, index - 1, 1)[0]
        if before:
            return before + 1
    directory = _find_directory(volume, format_, node)
    if directory is None:
        return volume.space.first
    return directory.goal or format_.first_goal(directory)

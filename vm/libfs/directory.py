"""Names in core: what a directory says, read once and then asked by name.

In: a directory's inode. Out: its `Directory`, and inodes by name. What is remembered of a name is only where
it stands: what it means is read there each time. Where others may change the directory (`Options.shared`), it
is read anew in each operation.
"""

from __future__ import annotations

from collections.abc import Iterator

from vm.libfs.format import Directory, Entry, Format
from vm.libfs.inode import Node
from vm.libfs.space import GROUP_BLOCKS
from vm.libfs.volume import Volume

_SMALL = 1
"""Blocks of a directory that is read together with all that lies beside them."""


def open_directory(volume: Volume, format_: Format, node: Node) -> Directory:
    """Return the names of a directory, all of whose blocks are in core then."""
    known = node.names
    if isinstance(known, Directory) and known.node is node:
        return known
    directory = Directory(node)
    _scan(volume, format_, directory)
    node.names = directory
    return directory


def _scan(volume: Volume, format_: Format, directory: Directory) -> None:
    wanted = volume.map.list_all(directory.node)
    table = volume.buffers.table
    absent = [each for each in wanted if each[0] not in table]
    if absent:
        volume.buffers.load(absent, False, _list_company(volume, [each[0] for each in absent]))
    for index, (block, _, _) in enumerate(wanted):
        add_block(format_, directory, block, index, table[block].view)


def _list_company(volume: Volume, blocks: list[int]) -> list[int]:
    """Return what lies in the groups of a small directory's blocks: its files will be wanted next."""
    if not volume.options.grouping or len(blocks) > _SMALL:
        return []
    found: dict[int, None] = {}
    for block in blocks:
        found.update(dict.fromkeys(volume.space.list_used(block - block % GROUP_BLOCKS, GROUP_BLOCKS)))
    known, raw = volume.buffers.table, volume.buffers.raw
    return [block for block in found if block not in known and block not in raw and block not in blocks]


def add_block(format_: Format, directory: Directory, block: int, index: int, view: memoryview) -> None:
    """Take up a block of a directory."""
    directory.blocks.append(block)
    if block % GROUP_BLOCKS == 0:
        directory.name_groups[block] = None
    for entry in format_.scan(view):
        directory.names[entry.name] = (block, entry.at)
    format_.open_block(directory, block, index)


def look_up(
    volume: Volume, format_: Format, directory: Directory, name: bytes
) -> tuple[int, int, int] | None:
    """Return the inode that a name means, and block and byte of its entry; None: there is no such name."""
    where = directory.names.get(name)
    if where is None:
        return None
    block, at = where
    number = format_.read_entry(volume.buffers.table[block].view, at, name)
    assert number, "names in core are those in the blocks"
    return number, block, at


def list_entries(volume: Volume, format_: Format, directory: Directory) -> Iterator[tuple[int, Entry]]:
    """Yield each name with the block where it stands, in the order of the blocks."""
    for block in directory.blocks:
        for entry in format_.scan(volume.buffers.table[block].view):
            yield block, entry

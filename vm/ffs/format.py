"""FFS: inodes in tables, names in directories.

In: what `vm.libfs` asks. Out: calls of the methods of udfc/templates/ffs.udf. To create a file, an inode is
written, then its name in another block; XN's dependencies, or synchronous writes, keep that order.

    number = inodes of a group * group + 32 * block of the table + slot
    place  = (table block, (slot, 0))       (table block, (slot,)): the union around it
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from itertools import islice

from vm.ffs.geometry import INODES, ROOT
from vm.ffs.names import (
    NAME_BYTES,
    SECTOR,
    SECTORS,
    Room,
    Write,
    enter_name,
    entry_bytes,
    find_room,
    inspect_block,
    leave_name,
    replace_inode,
    scan_block,
    spell_name,
)
from vm.ffs.tables import Tables, list_numbers
from vm.libfs.directory import open_directory
from vm.libfs.errors import fail
from vm.libfs.format import Directory, Entry, Format, NewInode
from vm.libfs.grow import grow_directory
from vm.libfs.inode import INODE_BYTES, Node, pack_inode
from vm.libfs.interface import DIRECTORY
from vm.libfs.volume import Volume

_TRIES = 8
_SHORT = entry_bytes(8)
_FREE = bytes(INODE_BYTES)


class FfsFormat(Format):
    """Where an FFS has its inodes and names.

    Args:
        volume: of the file system.
        tables: of its inodes.
    """

    name_bytes = NAME_BYTES
    root = ROOT

    def __init__(self, volume: Volume, tables: Tables) -> None:
        self.volume = volume
        self.tables = tables
        self._member = {
            True: volume.types["ffs_directory_inode"],
            False: volume.types["ffs_data_inode"],
        }

    def roots(self) -> tuple[int, ...]:
        """Return the root directory."""
        return (ROOT,)

    # ---- inodes

    def find(self, number: int) -> Node:
        """Return an inode that is in use."""
        node = self.volume.nodes.get(number)
        if node is None:
            node = self._make_node(number)
            self.volume.nodes[number] = node
        if not node.is_live:
            del self.volume.nodes[number]
            raise fail(errno.EIO, f"inode {number} is free")
        return node

    def _make_node(self, number: int) -> Node:
        geometry = self.tables.geometry
        found = (
            self.tables.bring(geometry.group_of(number), geometry.table_of(number))
            if number >= ROOT
            else None
        )
        if found is None:
            raise fail(errno.EIO, f"there is no inode {number}")
        block, view = found
        slot = number % INODES
        at = INODE_BYTES * slot
        return Node(number, (block, (slot, 0)), (block, (slot,)), view[at : at + INODE_BYTES])

    def sector_of(self, node: Node) -> int:
        """Return the sector of its block that an inode lies in."""
        return node.number % INODES * INODE_BYTES // SECTOR

    def create(self, directory: Directory, name: bytes, new: NewInode) -> Node:
        """Make an inode in a table, then its name."""
        is_directory = new.kind == DIRECTORY
        place = self._find_place(directory, entry_bytes(len(name)))
        number = self.tables.find_free(directory.node.number, is_directory)
        node = self.make_inode(number, new, directory.node.number)
        self._put(directory, name, node, *place)
        return node

    def make_inode(self, number: int, new: NewInode, parent: int) -> Node:
        """Make a free inode a used one."""
        geometry = self.tables.geometry
        found = self.tables.bring(geometry.group_of(number), geometry.table_of(number))
        assert found is not None, "it was found free"
        block, slot = found[0], number % INODES
        packed = pack_inode(number, new.kind, new.mode, new.uid, new.gid, new.links, parent, self.volume.now)
        self.volume.sys.xn_set_type((block, (slot,)), [(0, packed)], self._member[new.kind == DIRECTORY])
        self.volume.buffers.change(block)
        self.volume.nodes.pop(number, None)
        return self.find(number)

    def free(self, node: Node) -> None:
        """Make an inode a free one."""
        self.volume.sys.xn_clear_type(node.union, [(0, _FREE)])
        self.volume.buffers.change(node.block)
        self.volume.nodes.pop(node.number, None)
        self.tables.note_free(node.number)

    # ---- names

    def scan(self, view: memoryview) -> Iterator[Entry]:
        """Yield the names in a block of a directory."""
        return scan_block(view)

    def read_entry(self, view: memoryview, at: int, name: bytes) -> int:
        """Return the inode that an entry means, if its name is `name`."""
        length = view[at + 7]
        if length != len(name) or view[at + 8 : at + 8 + length] != name:
            return 0
        return int.from_bytes(view[at : at + 4], "little")

    def open_block(self, directory: Directory, block: int, index: int) -> None:
        """Note where a block of a directory in core has room."""
        self._note_block(directory, block, self.volume.buffers.table[block].view)

    def _note_block(self, directory: Directory, block: int, view: memoryview) -> None:
        for sector in range(SECTORS - 1, -1, -1):
            if find_room(view, sector * SECTOR, _SHORT) is not None:
                directory.units[(block, sector)] = None

    def _find_place(self, directory: Directory, wanted: int) -> tuple[int, Room]:
        """Return a block and room for an entry in it."""
        table = self.volume.buffers.table
        for _ in range(2):
            for unit in tuple(islice(reversed(directory.units), _TRIES)):
                block, sector = unit
                room = find_room(table[block].view, sector * SECTOR, wanted)
                if room is not None:
                    return block, room
                if find_room(table[block].view, sector * SECTOR, _SHORT) is None:
                    del directory.units[unit]
            block, view = grow_directory(self.volume, self, directory)
            self._note_block(directory, block, view)
        raise AssertionError("a new block has room")

    def enter(self, directory: Directory, name: bytes, node: Node) -> tuple[int, int]:
        """Give an inode a name, on the disk after the inode."""
        return self._put(directory, name, node, *self._find_place(directory, entry_bytes(len(name))))

    def _put(self, directory: Directory, name: bytes, node: Node, block: int, room: Room) -> tuple[int, int]:
        sector = room.at // SECTOR
        self.volume.settle_name(directory.node.number, name, block, sector)
        self.volume.settle_inode(node, self.sector_of(node), block, sector)
        write = enter_name(self.volume.buffers.table[block].view, room, name, node.number, node.kind)
        self._write(block, write)
        directory.names[name] = (block, write.at)
        return block, write.at

    def leave(self, directory: Directory, block: int, at: int, number: int) -> None:
        """Take a name away."""
        self._write(block, leave_name(self.volume.buffers.table[block].view, at))
        directory.units[(block, at // SECTOR)] = None

    def replace(self, directory: Directory, block: int, at: int, number: int, node: Node) -> None:
        """Let the name of inode `number` mean `node`."""
        self.volume.settle_inode(node, self.sector_of(node), block, at // SECTOR)
        view = self.volume.buffers.table[block].view
        self._write(block, replace_inode(view, at, node.number, node.kind))

    def respell(self, directory: Directory, block: int, at: int, number: int, name: bytes) -> bool:
        """Change a name where it stands, if there is room."""
        write = spell_name(self.volume.buffers.table[block].view, at, name)
        if write is not None:
            self.volume.settle_name(directory.node.number, name, block, at // SECTOR)
            self._write(block, write)
        return write is not None

    def _write(self, block: int, write: Write) -> None:
        self.volume.sys.xn_write_bytes((block, ()), write.offset, write.data)
        self.volume.buffers.change(block)

    # ---- directories that are removed, and policy

    def remove_directory(self, node: Node) -> bool:
        """Bring the blocks of a directory into core: a block of metadata is freed there."""
        open_directory(self.volume, self, node)
        return True

    def first_goal(self, directory: Directory) -> int:
        """Return the first block of the directory's cylinder group."""
        geometry = self.tables.geometry
        return geometry.start_of(geometry.group_of(directory.node.number))

    def list_groups(self, directory: Directory) -> list[int]:
        """Return the groups that files of a directory are in, as far as their inodes are in core."""
        found: dict[int, None] = {}
        for block in directory.blocks:
            for entry in self.scan(self.volume.buffers.table[block].view):
                node = self.volume.nodes.get(entry.number)
                if node is not None and node.is_file and node.group[0]:
                    found[node.group[0]] = None
        return list(found)

    # ---- for check and repair

    def list_inodes(self) -> Iterator[int]:
        """Yield the numbers of all inodes in use."""
        geometry = self.tables.geometry
        for group in range(geometry.groups):
            for table in range(geometry.tables):
                found = self.tables.bring(group, table)
                if found is not None:
                    yield from [number for number in list_numbers(found[1]) if number]

    def inspect(self, view: memoryview) -> list[str]:
        """Return what is wrong with how names lie in a block."""
        return inspect_block(view)

    def settle_aside(self) -> list[str]:
        """There is nothing aside."""
        return []

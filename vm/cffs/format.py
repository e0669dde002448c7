"""C-FFS: an inode lies beside its first name, in the same sector of the directory's block.

In: what `vm.libfs` asks. Out: calls of the methods of udfc/templates/cffs.udf. A directory block is eight
sectors; a sector is 128 bytes of names and three inodes, so that creating a file, name and inode, is one
write of one sector, whole or not at all. An inode stays where it was born; a name elsewhere (a hard link, a
rename) means it by its number.

    number = 32 * block + 4 * sector + slot      slot 1 to 3; slot 0 is the names
    place  = (block, (sector, slot - 1, 0))      (block, (sector, slot - 1)): the union around it

Source: ORIGINALS.md 4.1; Ganger and Kaashoek, USENIX 1997 (embedded inodes).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from itertools import islice

from vm.cffs.aside import Aside
from vm.cffs.home import Homes
from vm.cffs.names import (
    AREA,
    NAME_BYTES,
    SECTOR,
    SECTORS,
    Room,
    entry_bytes,
    find_room,
    find_slot,
    inspect_area,
    list_inodes,
    method_words,
    scan_area,
)
from vm.cffs.super import ASIDE_AT, ROOT_AT, aside_number, root_number
from vm.libfs.errors import fail
from vm.libfs.format import Directory, Entry, Format, NewInode
from vm.libfs.grow import grow_directory
from vm.libfs.inode import INODE_BYTES, Node, pack_inode
from vm.libfs.interface import DIRECTORY
from vm.libfs.volume import Volume

_TRIES = 8  # sectors that are looked at for a place, before the directory grows
_FREE = bytes(INODE_BYTES)


class CffsFormat(Format):
    """Where a C-FFS has its inodes and names.

    Args:
        volume: of the file system.
        root_block: the superblock; it is in core.
    """

    name_bytes = NAME_BYTES

    def __init__(self, volume: Volume, root_block: int) -> None:
        self.volume = volume
        self.root_block = root_block
        self.root = root_number(root_block)
        self.homes = Homes(volume, self)
        self.aside = Aside(volume, self)
        self._member = {
            True: volume.types["cffs_directory_inode"],
            False: volume.types["cffs_data_inode"],
        }

    def roots(self) -> tuple[int, ...]:
        """Return the root directory, and that of hidden names."""
        return self.root, aside_number(self.root_block)

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
        block, place = number >> 5, number & 31
        if block == self.root_block:
            view = self.volume.buffers.table[block].view
            for at, part in ((ROOT_AT, 0), (ASIDE_AT, 1)):
                if place == part + 1:
                    return Node(number, (block, (part,)), (block, (part,)), view[at : at + INODE_BYTES])
        found = self.homes.bring(block) if place & 3 else None
        if found is None:
            raise fail(errno.EIO, f"there is no inode {number}")
        sector, slot = place >> 2, (place & 3) - 1
        at = INODE_BYTES * place
        member, union = (block, (sector, slot, 0)), (block, (sector, slot))
        return Node(number, member, union, found[at : at + INODE_BYTES])

    def sector_of(self, node: Node) -> int:
        """Return the sector of its block that an inode lies in."""
        return (node.number & 31) >> 2

    def create(self, directory: Directory, name: bytes, new: NewInode) -> Node:
        """Make an inode, and its name in the same sector."""
        block, start, slot, room = self._find_place(directory, entry_bytes(len(name)))
        number = 32 * block + start // INODE_BYTES + slot
        sector = start // SECTOR
        volume = self.volume
        packed = pack_inode(
            number, new.kind, new.mode, new.uid, new.gid, new.links, directory.node.number, volume.now
        )
        kind = self._member[new.kind == DIRECTORY]
        volume.settle_name(directory.node.number, name, block, sector)
        volume.sys.xn_set_type((block, (sector, slot - 1)), [(0, packed)], kind)
        words = method_words(room.given, new.kind, number, name)
        volume.sys.xn_call((block, (sector,)), "enter", words)
        volume.buffers.change(block)
        directory.names[name] = (block, room.at)
        volume.nodes.pop(number, None)
        return self.find(number)

    def _find_place(self, directory: Directory, wanted: int) -> tuple[int, int, int, Room]:
        """Return a block, the byte where a sector of it begins, a free inode there, and room for a name."""
        found = self._look_for_place(directory, wanted)
        if found is None:
            self.grow(directory)
            found = self._look_for_place(directory, wanted)
        assert found is not None, "a new block has room"
        return found

    def _look_for_place(self, directory: Directory, wanted: int) -> tuple[int, int, int, Room] | None:
        table = self.volume.buffers.table
        for unit in tuple(islice(reversed(directory.slots), _TRIES)):
            block, sector = unit
            view, start = table[block].view, sector * SECTOR
            slot = find_slot(view, start)
            room = find_room(view, start, wanted) if slot else None
            if room is not None:
                return block, start, slot, room
            if not slot or find_room(view, start, entry_bytes(1)) is None:
                del directory.slots[unit]
        return None

    def grow(self, directory: Directory) -> None:
        """Give a directory a block more."""
        block, view = grow_directory(self.volume, self, directory)
        self._note_block(directory, block, view)
        self.homes.known[block] = (directory.node.number, len(directory.blocks) - 1)

    def free(self, node: Node) -> None:
        """Make an inode a free one; its directory may have waited for that."""
        self.volume.sys.xn_clear_type(node.union, [(0, _FREE)])
        self.volume.buffers.change(node.block)
        self.volume.nodes.pop(node.number, None)
        home = self.homes.known.get(node.block)
        directory = None if home is None else self.volume.nodes.get(home[0])
        if directory is not None and isinstance(directory.names, Directory):
            unit = (node.block, (node.number & 31) >> 2)
            directory.names.slots[unit] = directory.names.units[unit] = None
        if home is not None:
            self.aside.settle(home[0])

    # ---- names

    def scan(self, view: memoryview) -> Iterator[Entry]:
        """Yield the names in a block of a directory."""
        for start in range(0, SECTOR * SECTORS, SECTOR):
            if view[start]:
                yield from scan_area(view, start)

    def read_entry(self, view: memoryview, at: int, name: bytes) -> int:
        """Return the inode that an entry means, if its name is `name`."""
        length = view[at + 3]
        if length != len(name) or not view[at + 2] or view[at + 8 : at + 8 + length] != name:
            return 0
        return int.from_bytes(view[at + 4 : at + 8], "little")

    def open_block(self, directory: Directory, block: int, index: int) -> None:
        """Note where a block of a directory in core has room."""
        self.homes.known[block] = (directory.node.number, index)
        self._note_block(directory, block, self.volume.buffers.table[block].view)

    def _note_block(self, directory: Directory, block: int, view: memoryview) -> None:
        for sector in range(SECTORS - 1, -1, -1):
            start = sector * SECTOR
            if find_room(view, start, entry_bytes(1)) is not None:
                directory.units[(block, sector)] = None
                if find_slot(view, start):
                    directory.slots[(block, sector)] = None

    def enter(self, directory: Directory, name: bytes, node: Node) -> tuple[int, int]:
        """Give an inode a name: in its own sector if that is of this directory and has room."""
        wanted = entry_bytes(len(name))
        block, start, room = self._find_name_place(directory, wanted, node)
        sector = start // SECTOR
        self.volume.settle_name(directory.node.number, name, block, sector)
        self.volume.settle_inode(node, self.sector_of(node), block, sector)
        words = method_words(room.given, node.kind, node.number, name)
        self.volume.sys.xn_call((block, (sector,)), "enter", words)
        self.volume.buffers.change(block)
        directory.names[name] = (block, room.at)
        return block, room.at

    def _find_name_place(self, directory: Directory, wanted: int, node: Node) -> tuple[int, int, Room]:
        table = self.volume.buffers.table
        if node.block in directory.blocks:
            start = self.sector_of(node) * SECTOR
            room = find_room(table[node.block].view, start, wanted)
            if room is not None:
                return node.block, start, room
        for _ in range(2):
            for unit in tuple(islice(reversed(directory.units), _TRIES)):
                block, sector = unit
                room = find_room(table[block].view, sector * SECTOR, wanted)
                if room is not None:
                    return block, sector * SECTOR, room
                if find_room(table[block].view, sector * SECTOR, entry_bytes(1)) is None:
                    del directory.units[unit]
            self.grow(directory)
        raise AssertionError("a new block has room")

    def leave(self, directory: Directory, block: int, at: int, number: int) -> None:
        """Take a name away."""
        sector = at // SECTOR
        self.volume.sys.xn_call((block, (sector,)), "leave", (at % SECTOR, number))
        self.volume.buffers.change(block)
        directory.units[(block, sector)] = None
        if find_slot(self.volume.buffers.table[block].view, sector * SECTOR):
            directory.slots[(block, sector)] = None

    def replace(self, directory: Directory, block: int, at: int, number: int, node: Node) -> None:
        """Let the name of inode `number` mean `node`."""
        sector = at // SECTOR
        self.volume.settle_inode(node, self.sector_of(node), block, sector)
        arguments = (at % SECTOR, number, node.number, node.kind >> 8)
        self.volume.sys.xn_call((block, (sector,)), "set_inode", arguments)
        self.volume.buffers.change(block)

    def respell(self, directory: Directory, block: int, at: int, number: int, name: bytes) -> bool:
        """Change a name where it stands, if there is room."""
        view = self.volume.buffers.table[block].view
        if view[at] < entry_bytes(len(name)):
            return False
        self.volume.settle_name(directory.node.number, name, block, at // SECTOR)
        words = method_words(at, 0, number, name)
        self.volume.sys.xn_call((block, (at // SECTOR,)), "set_name", words)
        self.volume.buffers.change(block)
        return True

    # ---- directories that are removed, and policy

    def remove_directory(self, node: Node) -> bool:
        """Say whether a directory without names can be freed; one with inodes in it is put aside."""
        blocks = self.homes.learn(node.number)
        for block in blocks:
            view = self.homes.bring(block)
            assert view is not None, "it was just learnt"
            if any(True for _ in list_inodes(view)):
                self.aside.keep(node)
                return False
        for block in blocks:
            del self.homes.known[block]
        return True

    def first_goal(self, directory: Directory) -> int:
        """Return a place beside the directory's own blocks."""
        near = directory.blocks[-1] if directory.blocks else directory.node.block
        return near + 1

    def list_groups(self, directory: Directory) -> list[int]:
        """Return the groups that the files born in a directory are in."""
        found: dict[int, None] = {}
        for block in directory.blocks:
            view = self.volume.buffers.table[block].view
            for number in list_inodes(view):
                at = INODE_BYTES * (number & 31)
                group = int.from_bytes(view[at + 116 : at + 120], "little")
                if group and view[at + 13] != DIRECTORY >> 8:
                    found[group] = None
        return list(found)

    # ---- for check and repair

    def list_inodes(self) -> Iterator[int]:
        """Yield the numbers of all inodes in use."""
        queue = list(self.roots())
        for number in queue:
            for block in self.homes.learn(number):
                view = self.homes.bring(block)
                assert view is not None, "it was just learnt"
                for each in list_inodes(view):
                    yield each
                    if self.find(each).is_directory:
                        queue.append(each)

    def inspect(self, view: memoryview) -> list[str]:
        """Return what is wrong with how names lie in a block."""
        return [
            finding for start in range(0, SECTOR * SECTORS, SECTOR) for finding in inspect_area(view, start)
        ]

    def settle_aside(self) -> list[str]:
        """Free directories that were put aside and are not needed any more."""
        return self.aside.settle_all()


assert AREA == INODE_BYTES, "an area of names is as long as an inode"

"""An mkfs for C-FFS: from the on-disk layout of the released Xok alone.

In: a tree. Out: `Made`, whose fixed blocks are the superblock and the allocation map. Directories hold the
inodes of what they name; the root directory's inode is in the superblock.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from tests.image.disk import Disk, File, Made, Node, Tree, cut, pack_numbers

BLOCK = 4096
SUPER = 100
ROOT, EXTRA = 32 * SUPER + 1, 32 * SUPER + 2
NAME = b"This is an exokernel CFFS file system"
DIRECTORY, FILE = 0x4000, 0x8000
DIRECT = 15
INODE = struct.Struct("<I q H h I I H H 3i 15I 3I I I i I")
FREE, IN_USE, FOREIGN = 0, 1, 2


def make_cffs(tree: Tree, blocks: int = 2048, seed: int = 0) -> Made:
    maker = _Maker(blocks, seed)
    root = maker.add(ROOT, ROOT, "/", tree)
    return maker.finish(root)


@dataclass(slots=True)
class _Maker:
    blocks: int
    seed: int
    disk: Disk = field(init=False)
    contents: dict[int, set[int]] = field(default_factory=dict)
    indirect: dict[int, set[int]] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.disk = Disk(BLOCK, self.blocks, self.first, self.seed)

    @property
    def map_blocks(self) -> int:
        return (self.blocks + BLOCK - 1) // BLOCK

    @property
    def first(self) -> int:
        return SUPER + 1 + self.map_blocks

    def add(self, number: int, parent: int, path: str, node: Node) -> bytes:
        """Write what `node` holds; return its inode."""
        self.paths[number] = path
        if isinstance(node, dict):
            kind = DIRECTORY
            blocks = self.add_directory(number, path, node)
            size = BLOCK * len(blocks)
        else:
            assert isinstance(node, bytes | File), "the test's C-FFS has files and directories only"
            kind, size, blocks = FILE, cut(node, BLOCK).size, self.disk.put_all(node)
        direct = [blocks.get(index, 0) for index in range(DIRECT)]
        low, indirect = DIRECT, []
        for level in (1, 2, 3):
            indirect.append(self.disk.point(blocks, low, level, 1024, _pack_pointers))
            low += 1024**level
        self.contents[number] = set(blocks.values())
        self.indirect[number] = self.disk.take_indirect()
        ids = (1000, 2000, 1, 0o644)
        tail = (parent, 0, 0, 0xD1D0DE77)
        return INODE.pack(number, size, kind, 0, *ids, 5, 6, 7, *direct, *indirect, *tail)

    def add_directory(self, number: int, path: str, tree: Tree) -> dict[int, int]:
        """Write a directory's blocks: three inodes and as many names in each of their sectors."""
        names = list(tree)
        blocks: dict[int, int] = {}
        for index in range(max(1, (len(names) + 23) // 24)):
            block = self.disk.put(b"")
            blocks[index] = block
            content = b""
            for sector in range(8):
                first = 24 * index + 3 * sector
                content += self.sector(8 * block + sector, number, path, tree, names[first : first + 3])
            self.disk.write(block, content)
        return blocks

    def sector(self, sector: int, parent: int, path: str, tree: Tree, names: list[str]) -> bytes:
        entries, inodes = b"", b""
        for slot, name in enumerate(names):
            number = 4 * sector + 1 + slot
            node = tree[name]
            inodes += self.add(number, parent, f"{path.rstrip('/')}/{name}", node)
            kind = DIRECTORY if isinstance(node, dict) else FILE
            size = 128 - len(entries) if slot == len(names) - 1 else 40
            head = struct.pack("<BBBBI", size, 40 if slot else 0, kind >> 8, len(name), number)
            entries += (head + name.encode()).ljust(size, b"\0")
        if not names:
            entries = bytes([128]).ljust(128, b"\0")
        return entries + inodes.ljust(384, b"\0")

    def finish(self, root: bytes) -> Made:
        extra = self.add(EXTRA, ROOT, "extra", {})
        taken = set().union(*self.contents.values(), *self.indirect.values())
        fixed = {SUPER, *range(SUPER + 1, self.first)}
        numbers = [0, self.blocks, len(taken), 0, SUPER + 1, SUPER]
        head = (
            NAME.ljust(64, b"\0")
            + struct.pack("<IIq", 0, ROOT, self.blocks * BLOCK)
            + _pack_pointers(numbers)
        )
        self.disk.write(SUPER, head.ljust(128, b"\0") + root + extra)
        state = bytearray(self.map_blocks * BLOCK)
        state[:SUPER] = bytes([FOREIGN]) * SUPER
        for block in taken | fixed:
            state[block] = IN_USE
        for index in range(self.map_blocks):
            self.disk.write(SUPER + 1 + index, bytes(state[BLOCK * index : BLOCK * index + BLOCK]))
        return Made(bytes(self.disk.data), BLOCK, self.contents, self.indirect, fixed, self.paths)


def _pack_pointers(numbers: list[int]) -> bytes:
    return pack_numbers(numbers, 4, "little")

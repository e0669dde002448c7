"""An mkfs for minix, versions 1 to 3, either byte order: from the format alone; fsck.minix checks it.

In: a tree. Out: `Made`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.image.disk import Device, Disk, File, Link, Made, Node, Tree, cut, pack_numbers

BLOCK = 1024
MAGIC = {(1, 14): 0x137F, (1, 30): 0x138F, (2, 14): 0x2468, (2, 30): 0x2478, (3, 60): 0x4D5A}
DIRECTORY, FILE, LINK, DEVICE = 0o040755, 0o100644, 0o120777, 0o020600


def make_minix(
    tree: Tree, version: int = 1, names: int = 30, order: str = "little", zones: int = 4096, seed: int = 0
) -> Made:
    maker = _Maker(version, names, order, zones, seed)
    maker.add(1, 1, "/", tree)
    return maker.finish()


@dataclass(slots=True)
class _Maker:
    version: int
    names: int
    order: str
    zones: int
    seed: int
    inodes: int = 320
    next: int = 2
    disk: Disk = field(init=False)
    table: dict[int, bytes] = field(default_factory=dict)
    contents: dict[int, set[int]] = field(default_factory=dict)
    indirect: dict[int, set[int]] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.disk = Disk(BLOCK, self.zones, self.first, self.seed)

    @property
    def inode_bytes(self) -> int:
        return 32 if self.version == 1 else 64

    @property
    def pointer(self) -> int:
        return 2 if self.version == 1 else 4

    @property
    def imap(self) -> int:
        return (self.inodes + 8 * BLOCK) // (8 * BLOCK)

    @property
    def zmap(self) -> int:
        return (self.zones + 8 * BLOCK) // (8 * BLOCK)

    @property
    def table_start(self) -> int:
        return 2 + self.imap + self.zmap

    @property
    def first(self) -> int:
        return self.table_start + (self.inodes * self.inode_bytes + BLOCK - 1) // BLOCK

    def pack(self, numbers: list[int], size: int) -> bytes:
        return pack_numbers(numbers, size, self.order)

    def add(self, number: int, parent: int, path: str, node: Node) -> None:
        """Write inode `number`."""
        self.paths[number] = path
        links = 1
        match node:
            case dict():
                below = {name: self.take() for name in node}
                links = 2 + sum(isinstance(child, dict) for child in node.values())
                mode, file = DIRECTORY, cut(self.directory(number, parent, below), BLOCK)
                for name, child in node.items():
                    self.add(below[name], number, f"{path.rstrip('/')}/{name}", child)
            case Link(target=target):
                mode, file = LINK, cut(target, BLOCK)
            case Device():
                mode, file = DEVICE, File(0, {})
            case _:
                mode, file = FILE, cut(node, BLOCK)
        blocks = self.disk.put_all(file)
        pointers = self.point(blocks)
        if isinstance(node, Device):
            pointers[0] = node.number
        self.contents[number] = set(blocks.values())
        self.indirect[number] = self.disk.take_indirect()
        self.table[number] = self.inode(mode, links, file.size, pointers)

    def take(self) -> int:
        self.next += 1
        return self.next - 1

    def directory(self, number: int, parent: int, below: dict[str, int]) -> bytes:
        entries = {".": number, "..": parent, **below}
        return b"".join(
            self.pack([inode], 4 if self.version == 3 else 2) + name.encode().ljust(self.names, b"\0")
            for name, inode in entries.items()
        )

    def point(self, blocks: dict[int, int]) -> list[int]:
        per = BLOCK // self.pointer
        pointers = [blocks.get(index, 0) for index in range(7)]
        low = 7
        for level in range(1, 3 if self.version == 1 else 4):
            pack = lambda numbers: self.pack(numbers, self.pointer)  # noqa: E731
            pointers.append(self.disk.point(blocks, low, level, per, pack))
            low += per**level
        return pointers

    def inode(self, mode: int, links: int, size: int, pointers: list[int]) -> bytes:
        if self.version == 1:
            head = self.pack([mode, 7], 2) + self.pack([size, 99], 4) + bytes([8, links])
        else:
            head = self.pack([mode, links, 7, 8], 2) + self.pack([size, 99, 98, 97], 4)
        return head + self.pack(pointers, self.pointer)

    def finish(self) -> Made:
        self.disk.write(1, self.superblock())
        taken = set().union(*self.contents.values(), *self.indirect.values())
        self.map(2, self.imap, {0, *self.table}, self.inodes + 1)
        self.map(
            2 + self.imap,
            self.zmap,
            {0, *(zone - self.first + 1 for zone in taken)},
            self.zones - self.first + 1,
        )
        for number, inode in self.table.items():
            at = self.table_start * BLOCK + (number - 1) * self.inode_bytes
            self.disk.data[at : at + len(inode)] = inode
        fixed = set(range(self.first))
        return Made(bytes(self.disk.data), BLOCK, self.contents, self.indirect, fixed, self.paths)

    def superblock(self) -> bytes:
        largest = (7 + 512 + 512 * 512) * BLOCK if self.version == 1 else 0x7FFFFFFF
        magic = MAGIC[self.version, self.names]
        if self.version == 3:
            areas = self.pack([0, self.imap, self.zmap, self.first, 0, 0], 2)
            tail = self.pack([magic, 0, BLOCK], 2)
            return self.pack([self.inodes], 4) + areas + self.pack([largest, self.zones], 4) + tail
        short_zones = self.zones if self.version == 1 else 0
        head = self.pack([self.inodes, short_zones, self.imap, self.zmap, self.first, 0], 2)
        return head + self.pack([largest], 4) + self.pack([magic, 1], 2) + self.pack([self.zones], 4)

    def map(self, start: int, blocks: int, bits: set[int], count: int) -> None:
        """Write a map in which bits from `count` on are set, as mkfs does."""
        number = sum(1 << bit for bit in bits)
        number |= (1 << 8 * BLOCK * blocks) - (1 << count)
        at = start * BLOCK
        self.disk.data[at : at + blocks * BLOCK] = number.to_bytes(blocks * BLOCK, "little")

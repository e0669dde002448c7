"""An mkfs for xv6, RISC-V (blocks of 1,024 bytes) and x86 (512): from the layout in its fs.h alone.

In: a tree. Out: `Made`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.image.disk import Device, Disk, File, Made, Node, Tree, cut, pack_numbers

MAGIC = 0x10203040
LOGS = 30
DIRECTORY, FILE, DEVICE = 1, 2, 3


def make_xv6(tree: Tree, block: int = 1024, blocks: int = 2000, inodes: int = 200, seed: int = 0) -> Made:
    maker = _Maker(block, blocks, inodes, seed)
    maker.add(1, 1, "/", tree)
    return maker.finish()


def _words(*numbers: int) -> bytes:
    return pack_numbers(numbers, 4, "little")


@dataclass(slots=True)
class _Maker:
    block: int
    blocks: int
    inodes: int
    seed: int
    next: int = 2
    disk: Disk = field(init=False)
    table: dict[int, bytes] = field(default_factory=dict)
    contents: dict[int, set[int]] = field(default_factory=dict)
    indirect: dict[int, set[int]] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.disk = Disk(self.block, self.blocks, self.first, self.seed)

    @property
    def inode_start(self) -> int:
        return 2 + LOGS

    @property
    def map_start(self) -> int:
        return self.inode_start + self.inodes // (self.block // 64) + 1

    @property
    def first(self) -> int:
        return self.map_start + self.blocks // (8 * self.block) + 1

    def add(self, number: int, parent: int, path: str, node: Node) -> None:
        self.paths[number] = path
        major = 0
        if isinstance(node, dict):
            below = {name: self.next + i for i, name in enumerate(node)}
            self.next += len(node)
            kind, file = DIRECTORY, cut(self.directory(number, parent, below), self.block)
            for name, child in node.items():
                self.add(below[name], number, f"{path.rstrip('/')}/{name}", child)
        elif isinstance(node, Device):
            kind, file, major = DEVICE, File(0, {}), node.number
        else:
            assert isinstance(node, bytes | File), "xv6 has no links"
            kind, file = FILE, cut(node, self.block)
        blocks = self.disk.put_all(file)
        pack = _pack_pointers
        pointers = [blocks.get(index, 0) for index in range(12)]
        pointers.append(self.disk.point(blocks, 12, 1, self.block // 4, pack))
        self.contents[number] = set(blocks.values())
        self.indirect[number] = self.disk.take_indirect()
        head = pack_numbers([kind, major, 0, 1], 2, "little")
        self.table[number] = head + _words(file.size, *pointers)

    def directory(self, number: int, parent: int, below: dict[str, int]) -> bytes:
        entries = {".": number, "..": parent, **below}
        return b"".join(
            inode.to_bytes(2, "little") + name.encode().ljust(14, b"\0") for name, inode in entries.items()
        )

    def finish(self) -> Made:
        areas = [LOGS, 2, self.inode_start, self.map_start]
        numbers = [self.blocks, self.blocks - self.first, self.inodes, *areas]
        self.disk.write(1, _words(*([MAGIC] if self.block == 1024 else []), *numbers))
        taken = set(range(self.first)).union(*self.contents.values(), *self.indirect.values())
        size = (self.first - self.map_start) * self.block
        at = self.map_start * self.block
        self.disk.data[at : at + size] = sum(1 << block for block in taken).to_bytes(size, "little")
        for number, inode in self.table.items():
            at = self.inode_start * self.block + 64 * number
            self.disk.data[at : at + 64] = inode
        fixed = set(range(self.first))
        return Made(bytes(self.disk.data), self.block, self.contents, self.indirect, fixed, self.paths)


def _pack_pointers(numbers: list[int]) -> bytes:
    return pack_numbers(numbers, 4, "little")

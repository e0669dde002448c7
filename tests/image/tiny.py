"""A file system as small as can be, with blocks of 64 bytes, that has one of everything.

In: what is to be where. Out: templates, and images that the tests break at will.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cache

from runtime.source import Source
from runtime.template.nodes import TemplateSet
from udfc.image.walk import Walk, walk_image
from udfc.language.parse import parse_file
from udfc.lower import lower_files

BLOCK = 64
MAGIC = 0x7E57

TEXT = """
template tiny_super : 64 bytes {
    root at 0
    unit 64
    identity 1
    blocks select(magic == 0x7e57, total, 0)
    layout { magic: u16le; total: u16le; map: u16le; inodes: u16le; inode_blocks: u16le; table: u16le
        list: u16le; scaled: u16le; special: u16le; special_blocks: u16le; special_number: u16le }
    discriminator magic, total
    partition map { if magic == 0x7e57 and map != 0 { own(map, 1, tiny_map) } }
    partition inodes reads inodes, inode_blocks {
        if magic == 0x7e57 and inode_blocks != 0 { own(inodes, inode_blocks, tiny_inodes) }
    }
    partition table { if magic == 0x7e57 and table != 0 { own(table, 1, tiny_table) } }
    partition list { if magic == 0x7e57 and list != 0 { own(list, 1, tiny_list) } }
    partition scaled { if magic == 0x7e57 and scaled != 0 { own(scaled, 1, tiny_scaled) } }
    partition special reads special, special_blocks, special_number {
        if magic == 0x7e57 and special != 0 { own(special, special_blocks, tiny_special(special_number)) }
    }
}
template tiny_map : 64 bytes {
    layout { bits: u8[64] }
    unit 64
    used bits[p in bits] { for b in 0..8 { if (bits[p] >> b & 1) == 1 { mark(8 * p + b, 1) } } }
}
template tiny_inodes : up to 4194240 bytes {
    partition inode[i in 0..length / 16] { part(16 * i, tiny_inode(i)) }
}
template tiny_inode(number: u32) : 16 bytes {
    unit 64
    identity number
    layout { kind: u16le; direct: u16le[3]; indirect: u16le; chain: u16le; shared: u16le }
    discriminator kind
    partition direct[p in direct] {
        if direct[p] != 0 {
            if kind == 1 { own(direct[p], 1, tiny_directory) }
            if kind == 2 { own(direct[p], 1, data) }
        }
    }
    partition indirect { if kind == 2 and indirect != 0 { own(indirect, 1, tiny_pointers) } }
    partition chain {
        if kind == 2 and chain != 0 { own(chain, 1, data) }
        if kind == 1 and chain != 0 { own(chain, 1, tiny_directory) }
    }
    partition shared { if kind == 2 and shared != 0 { own(shared, 1, tiny_shared) } }
}
template tiny_pointers : 64 bytes {
    unit 64
    layout { pointer: u16le[32] }
    partition pointer[p in pointer] { if pointer[p] != 0 { own(pointer[p], 1, data) } }
}
template tiny_table : 64 bytes {
    unit 64
    layout { next: u16le[32] }
    partition next[c in next] { if next[c] != 0 { own(next[c], 1, like(c)) } }
}
template tiny_list : 64 bytes {
    unit 64
    layout { next: u16le; content: u16le }
    partition next { if next != 0 { own(next, 1, tiny_list) } }
    partition content { if content != 0 { own(content, 1, data) } }
}
template tiny_scaled : 64 bytes {
    unit scale
    layout { scale: u16le; pointer: u16le }
    discriminator scale
    partition pointer { if pointer != 0 { own(pointer, 1, data) } }
}
template tiny_special(number: u16 in {1, 7..9}) : 64 bytes { }
template tiny_shared : 64 bytes {
    layout { owners: u16le }
    shared owners
}
struct tiny_entry { inode: u16le; name: bytes[6] }
template tiny_directory : 64 bytes {
    layout { entries: tiny_entry[8] }
    names { for e in 0..8 { if entries[e].inode != 0 { name(8 * e + 2, 6, entries[e].inode) } } }
}
"""


@cache
def tiny_templates() -> TemplateSet:
    return lower_files((parse_file(Source("tiny.udf", TEXT)),))


def walk_tiny(image: bytes) -> Walk:
    return walk_image(image, tiny_templates(), engine="interpreter")


def words(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}H", *numbers)


@dataclass(slots=True)
class Tiny:
    """An image in the making: superblock 0, map 1, four inodes in each of the blocks from 2 on."""

    total: int = 64
    inode_blocks: int = 4
    table: int = 0
    list: int = 0
    scaled: int = 0
    special: tuple[int, int, int] = (0, 0, 0)
    blocks: dict[int, bytes] = field(default_factory=dict)
    inodes: dict[int, bytes] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)

    def inode(
        self,
        number: int,
        kind: int,
        direct: tuple[int, int, int] = (0, 0, 0),
        indirect: int = 0,
        chain: int = 0,
        shared: int = 0,
    ) -> None:
        self.inodes[number] = words(kind, *direct, indirect, chain, shared)

    def directory(self, block: int, names: dict[bytes, int]) -> None:
        self.blocks[block] = b"".join(words(inode) + name.ljust(6, b"\0") for name, inode in names.items())

    def image(self) -> bytes:
        data = bytearray(BLOCK * self.total)
        fields = (MAGIC, self.total, 1, 2, self.inode_blocks, self.table, self.list, self.scaled)
        blocks = {0: words(*fields, *self.special), **self.blocks}
        fixed = {0, 1, *range(2, 2 + self.inode_blocks)}
        bits = sum(1 << block for block in fixed | self.used)
        blocks[1] = bits.to_bytes(BLOCK, "little")
        for block, content in blocks.items():
            data[block * BLOCK : block * BLOCK + len(content)] = content
        for number, content in self.inodes.items():
            at = 2 * BLOCK + 16 * number
            data[at : at + 16] = content.ljust(16, b"\0")
        return bytes(data)


def make_sound() -> Tiny:
    """Return an image in which everything is right."""
    tiny = Tiny(table=10, list=11)
    tiny.inode(1, 1, (12, 0, 0))
    tiny.directory(12, {b"a": 2, b"dir": 3, b"\x1b[2J/": 4})
    tiny.inode(2, 2, (20, 21, 25), indirect=22, shared=13)
    tiny.blocks[22] = words(23, 0, 24)
    tiny.inode(3, 1, (14, 0, 0))
    tiny.directory(14, {b"up": 1, b"b": 5})
    tiny.inode(4, 2, chain=30, shared=13)
    tiny.inode(5, 2)
    tiny.blocks[13] = words(2)
    tiny.blocks[10] = words(*[31 if c == 30 else 26 if c == 31 else 0 for c in range(32)])
    tiny.blocks[11] = words(15, 40)
    tiny.blocks[15] = words(0, 41)
    tiny.used = {10, 11, 12, 13, 14, 15, *range(20, 27), 30, 31, 40, 41}
    return tiny

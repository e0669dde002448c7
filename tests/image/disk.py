"""A disk that the tests fill themselves: blocks handed out in random order, and who got which.

In: trees of files. Out: `Made`, an image and what its writer knows about it. Nothing here knows a template.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class File:
    """A file with holes: `blocks` by their number in the file."""

    size: int
    blocks: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    target: bytes


@dataclass(frozen=True, slots=True)
class Device:
    """A character device."""

    number: int


Node: TypeAlias = "bytes | File | Link | Device | Tree"
Tree: TypeAlias = "dict[str, Node]"


@dataclass(frozen=True, slots=True)
class Made:
    """An image, and what is in it.

    Args:
        image: all of its bytes.
        contents: blocks of data (or of a directory) by inode number.
        indirect: indirect blocks by inode number.
        fixed: blocks of the fixed layout.
        paths: by inode number; `/` for the root.
    """

    image: bytes
    block: int
    contents: dict[int, set[int]]
    indirect: dict[int, set[int]]
    fixed: set[int]
    paths: dict[int, str]

    @property
    def used(self) -> set[int]:
        return self.fixed.union(*self.contents.values(), *self.indirect.values())


@dataclass(slots=True)
class Disk:
    """Blocks of `block` bytes each; those from `first` on are handed out."""

    block: int
    count: int
    first: int
    seed: int = 0
    data: bytearray = field(init=False)
    free: list[int] = field(init=False)
    indirect: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.data = bytearray(self.block * self.count)
        self.free = list(range(self.first, self.count))
        random.Random(self.seed).shuffle(self.free)
        self.indirect = set()

    def write(self, block: int, content: bytes) -> None:
        assert len(content) <= self.block
        self.data[block * self.block : block * self.block + len(content)] = content

    def put(self, content: bytes) -> int:
        block = self.free.pop()
        self.write(block, content)
        return block

    def put_all(self, node: bytes | File) -> dict[int, int]:
        """Write the blocks of a file that are not zero; return where each went."""
        return {index: self.put(block) for index, block in cut(node, self.block).blocks.items() if any(block)}

    def point(
        self, blocks: Mapping[int, int], low: int, level: int, per: int, pack: Callable[[list[int]], bytes]
    ) -> int:
        """Return a pointer to a tree over `blocks[low ...]`, `level` indirect blocks deep."""
        span = per**level
        inside = {index: block for index, block in blocks.items() if low <= index < low + span}
        if not inside:
            return 0
        if level == 0:
            return inside[low]
        below = [self.point(inside, low + k * span // per, level - 1, per, pack) for k in range(per)]
        block = self.put(pack(below))
        self.indirect.add(block)
        return block

    def take_indirect(self) -> set[int]:
        """Return the indirect blocks written since the last time."""
        found, self.indirect = self.indirect, set()
        return found


def cut(node: bytes | File, block: int) -> File:
    """Return a file in blocks."""
    if isinstance(node, File):
        return node
    pieces = {at // block: node[at : at + block] for at in range(0, len(node), block)}
    return File(len(node), pieces)


def pack_numbers(numbers: Iterable[int], size: int, order: str) -> bytes:
    """Return numbers of `size` bytes, `little` or `big`."""
    assert order in ("little", "big")
    return b"".join(number.to_bytes(size, "big" if order == "big" else "little") for number in numbers)


def noise(size: int, seed: int = 1) -> bytes:
    """Return bytes no block of which is zero."""
    return random.Random(seed).randbytes(size)

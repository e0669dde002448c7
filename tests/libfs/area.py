"""A name area of C-FFS in a few lines, a list of entries: what the proved methods are held against."""

from __future__ import annotations

import struct
from dataclasses import dataclass

DIRECTORY = 0x40


@dataclass
class Item:
    size: int
    kind: int = 0
    number: int = 0
    name: bytes = b""

    @property
    def need(self) -> int:
        return max(32, -(-(8 + len(self.name)) // 8) * 8) if self.kind else 0


class Area:
    """128 bytes of names, and three inodes beside them."""

    def __init__(self, sector: int) -> None:
        self.sector = sector
        self.items: list[Item] = []
        self.inodes: dict[int, int] = {}  # number -> kind

    def places(self) -> list[int]:
        """Return where entries begin."""
        found, at = [], 0
        for item in self.items or [Item(128)]:
            found.append(at)
            at += item.size
        return found

    def _index(self, at: int) -> int | None:
        if not self.items:
            return None
        places = self.places()
        return places.index(at) if at in places else None

    def _may(self, number: int, kind: int) -> bool:
        return number >> 2 != self.sector or self.inodes.get(number) == kind

    def _is_new(self, name: bytes) -> bool:
        bad = name in (b".", b"..") or b"/" in name or b"\0" in name or not 0 < len(name) <= 120
        return not bad and all(item.name != name for item in self.items if item.kind)

    def enter(self, at: int, number: int, kind: int, name: bytes) -> bool:
        new = Item(0, kind, number, name)
        if not kind or not self._may(number, kind) or not self._is_new(name):
            return False
        if not self.items:
            if at != 0:
                return False
            new.size = 128
            self.items = [new]
            return True
        index = self._index(at)
        if index is None:
            return False
        old = self.items[index]
        if old.size - old.need < new.need:
            return False
        new.size, kept = old.size - old.need, old.need
        old.size = kept
        self.items[index : index + 1] = [old, new] if kept else [new]
        return True

    def leave(self, at: int, number: int) -> bool:
        index = self._index(at)
        if index is None or not self.items[index].kind or self.items[index].number != number:
            return False
        self.items[index] = Item(self.items[index].size)
        for low in (index, index - 1):
            if 0 <= low < len(self.items) - 1 and not self.items[low].kind and not self.items[low + 1].kind:
                self.items[low].size += self.items.pop(low + 1).size
        return True

    def set_inode(self, at: int, old: int, number: int, kind: int) -> bool:
        index = self._index(at)
        if index is None or not kind or not self._may(number, kind):
            return False
        item = self.items[index]
        if not item.kind or item.number != old or (item.kind == DIRECTORY) != (kind == DIRECTORY):
            return False
        item.kind, item.number = kind, number
        return True

    def set_name(self, at: int, number: int, name: bytes) -> bool:
        index = self._index(at)
        if index is None or not self.items[index].kind or self.items[index].number != number:
            return False
        if not self._is_new(name) or Item(0, 1, 0, name).need > self.items[index].size:
            return False
        self.items[index].name = name
        return True

    def pack(self) -> bytes:
        """Return the entries without what is behind names."""
        found, before = b"", 0
        for item in self.items:
            found += (
                struct.pack("<BBBBI", item.size, before, item.kind, len(item.name), item.number) + item.name
            )
            before = item.size
        return found

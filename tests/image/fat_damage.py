"""Ways to damage a FAT image, one at a time, and what must be found.

In: a sound image from `make_fat`. Out: the same, damaged. The files `/pieces` and `/file6` have twelve and
twenty-one clusters; what fsck.fat and our audit say of each damage is in docs/udf-audit.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.image.make_fat import Geometry, read_geometry

LAST = {12: 0xFFF, 16: 0xFFFF, 32: 0x0FFFFFFF}
BAD = {12: 0xFF7, 16: 0xFFF7, 32: 0x0FFFFFF7}


class FatEditor:
    """The entries of both FATs of an image, and its root directory where that is no chain."""

    def __init__(self, image: Path) -> None:
        self.image = image
        self.geometry: Geometry = read_geometry(image)
        self.content = bytearray(image.read_bytes())

    def get(self, cluster: int) -> int:
        at, shift, width = self._place(cluster, 0)
        number = int.from_bytes(self.content[at : at + width], "little")
        return number >> shift & LAST[self.geometry.bits]

    def set(self, cluster: int, value: int, copies: bool = True) -> None:
        for copy in range(self.geometry.fats if copies else 1):
            at, shift, width = self._place(cluster, copy)
            number = int.from_bytes(self.content[at : at + width], "little")
            number = number & ~(LAST[self.geometry.bits] << shift) | value << shift
            self.content[at : at + width] = number.to_bytes(width, "little")

    def set_start(self, name: bytes, cluster: int) -> None:
        """Change the first cluster of an entry of the root directory."""
        at = self.content.index(name.ljust(11))
        self.content[at + 20 : at + 22] = (cluster >> 16).to_bytes(2, "little")
        self.content[at + 26 : at + 28] = (cluster & 0xFFFF).to_bytes(2, "little")

    def free_cluster(self) -> int:
        return next(each for each in range(self.geometry.clusters + 1, 2, -1) if not self.get(each))

    def save(self) -> None:
        self.image.write_bytes(self.content)

    def _place(self, cluster: int, copy: int) -> tuple[int, int, int]:
        """Return byte, shift and bytes of an entry."""
        geometry = self.geometry
        start = (geometry.reserved + copy * geometry.fat_sectors) * geometry.sector
        if geometry.bits == 12:
            return start + cluster * 3 // 2, 4 * (cluster & 1), 2
        return start + cluster * geometry.bits // 8, 0, geometry.bits // 8


@dataclass(frozen=True, slots=True)
class Damage:
    """One kind of damage.

    Args:
        name: as in the table of docs/udf-audit.md.
        apply: is given the clusters of `/pieces` and of `/file6`.
        fsck: a piece of what fsck.fat says.
        found: the kinds of findings that the audit has, no others; empty where it does not cover the damage.
    """

    name: str
    apply: Callable[[FatEditor, tuple[int, ...], tuple[int, ...]], None]
    fsck: str
    found: frozenset[str]


Clusters = tuple[int, ...]


def _share(editor: FatEditor, pieces: Clusters, other: Clusters) -> None:
    editor.set(pieces[3], other[5])


def _circle(editor: FatEditor, pieces: Clusters, other: Clusters) -> None:
    editor.set(pieces[-1], pieces[4])


def _far(editor: FatEditor, pieces: Clusters, other: Clusters) -> None:
    editor.set(pieces[-1], editor.geometry.clusters + 2)


def _into_free(editor: FatEditor, pieces: Clusters, other: Clusters) -> None:
    editor.set(pieces[-1], editor.free_cluster())


def _cut(editor: FatEditor, pieces: Clusters, other: Clusters) -> None:
    editor.set(pieces[5], 0)


def _bad(editor: FatEditor, pieces: Clusters, other: Clusters) -> None:
    editor.set(pieces[5], BAD[editor.geometry.bits])


def _orphan(editor: FatEditor, pieces: Clusters, other: Clusters) -> None:
    free = editor.free_cluster()
    editor.set(free, LAST[editor.geometry.bits])


def _short(editor: FatEditor, pieces: Clusters, other: Clusters) -> None:
    editor.set(pieces[8], LAST[editor.geometry.bits])


def _start_far(editor: FatEditor, pieces: Clusters, other: Clusters) -> None:
    editor.set_start(b"PIECES", editor.geometry.clusters + 2)


def _start_shared(editor: FatEditor, pieces: Clusters, other: Clusters) -> None:
    editor.set_start(b"PIECES", other[0])


DAMAGES = (
    Damage(
        "a chain runs into another file's", _share, "share clusters", frozenset({"twice", "unowned", "chain"})
    ),
    Damage("a chain runs in a circle", _circle, "Circular cluster chain", frozenset({"twice"})),
    Damage("a chain leaves the disk", _far, "out of range", frozenset({"range"})),
    Damage("a chain runs into a free cluster", _into_free, "Contains a free cluster", frozenset({"free"})),
    Damage(
        "a cluster of a chain is marked free", _cut, "free cluster", frozenset({"free", "unowned", "chain"})
    ),
    Damage(
        "a cluster of a chain is marked bad",
        _bad,
        "next_cluster on bad cluster",
        frozenset({"twice", "unowned", "chain"}),
    ),
    Damage("a cluster in use has no owner", _orphan, "Reclaimed 1 unused cluster", frozenset({"unowned"})),
    Damage("a chain ends too early", _short, "cluster chain length is", frozenset({"unowned", "chain"})),
    Damage(
        "a file starts behind the disk",
        _start_far,
        "Start cluster beyond limit",
        frozenset({"range", "unowned", "chain"}),
    ),
    Damage(
        "two files start in the same cluster",
        _start_shared,
        "share clusters",
        frozenset({"twice", "unowned", "chain"}),
    ),
)

"""FAT images that other projects test with: hex dumps of dosfstools, packed images of others.

In: the shared data. Out: their names and states; files as sparse as they were.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.captures import SHARED

IMAGES = SHARED / "images"
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class RealImage:
    """One image; `broken` says that it is there to be repaired."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def broken(self) -> bool:
        return self.path.suffix == ".fsck"


def _list_images() -> Iterator[RealImage]:
    patterns = ("dosfstools/*.fsck", "dosfstools/*.xxd", "rust-fatfs/*.xz", "util-linux/fat*.img.xz")
    for pattern in patterns:
        yield from (RealImage(path) for path in sorted(IMAGES.glob(pattern)))


FAT_IMAGES = tuple(_list_images())


def unpack(image: RealImage, target: Path) -> Path:
    """Write the image to `target`; return that."""
    with target.open("wb") as file:
        end = 0
        for offset, piece in _read_pieces(image.path):
            if any(piece):
                file.seek(offset)
                file.write(piece)
            end = offset + len(piece)
        file.truncate(end)
    return target


def _read_pieces(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield offsets and bytes, in order."""
    if path.suffix == ".xz":
        content = lzma.decompress(path.read_bytes())
        for offset in range(0, len(content), PIECE):
            yield offset, content[offset : offset + PIECE]
        return
    for line in path.read_text(encoding="ascii").splitlines():
        place, _, rest = line.partition(": ")
        if place == "*":
            continue  # zeros
        yield int(place, 16), bytes.fromhex(rest.partition("  ")[0])

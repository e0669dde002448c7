"""FAT images by mkfs.fat and mtools, and what mtools says of any FAT image.

In: the number of bits and the size of a cluster; or an image. Out: a file; clusters by path.
"""

from __future__ import annotations

import os
import re
import struct
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.image.disk import noise
from tests.image.tools import run_tool

TOOLS = ("mkfs.fat", "fsck.fat", "mcopy", "mmd", "mdel", "mdir", "mshowfat")
QUIET = {**os.environ, "MTOOLS_SKIP_CHECK": "1"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What mkfs.fat is asked for."""

    bits: int
    cluster_sectors: int
    kibibytes: int
    sector: int = 512

    @property
    def name(self) -> str:
        return f"fat{self.bits}-{self.cluster_sectors}x{self.sector}"


KINDS = (
    Kind(12, 1, 1440),
    Kind(12, 4, 4000),
    Kind(12, 1, 3000, 1024),
    Kind(16, 1, 5000),
    Kind(16, 4, 30000),
    Kind(16, 2, 40000, 2048),
    Kind(32, 1, 40000),
    Kind(32, 8, 280000),
    Kind(32, 1, 300000, 4096),
)


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where things lie, computed from the boot sector as the standard says.

    Args:
        bits: of an entry of the FAT.
        sector: bytes of one.
        first: the first sector of cluster 2.
    """

    bits: int
    sector: int
    cluster_sectors: int
    reserved: int
    fat_sectors: int
    fats: int
    first: int
    clusters: int

    def sectors(self, clusters: Iterable[int]) -> set[int]:
        """Return the sectors of some clusters."""
        each = self.cluster_sectors
        starts = [self.first + (cluster - 2) * each for cluster in clusters]
        return {sector for start in starts for sector in range(start, start + each)}

    def cluster(self, sector: int) -> int:
        """Return the cluster in which a sector lies."""
        return 2 + (sector - self.first) // self.cluster_sectors


def read_geometry(image: Path) -> Geometry:
    """Read a boot sector."""
    with image.open("rb") as file:
        boot = file.read(512)
    sector, each, reserved, fats, entries, total, _, fat = struct.unpack_from("<HBHBHHBH", boot, 11)
    total, fat32 = total or struct.unpack_from("<I", boot, 32)[0], struct.unpack_from("<I", boot, 36)[0]
    fat_sectors = fat or fat32
    first = reserved + fats * fat_sectors + -(-32 * entries // sector)
    clusters = (total - first) // each
    bits = 32 if not fat else 12 if clusters < 4085 else 16
    return Geometry(bits, sector, each, reserved, fat_sectors, fats, first, clusters)


def make_fat(path: Path, kind: Kind) -> None:
    """Make an image with deep directories, files of many sizes, deleted ones, and files in pieces."""
    make = ["mkfs.fat", "-C", "-F", str(kind.bits), "-s", str(kind.cluster_sectors), "-S", str(kind.sector)]
    run_tool([*make, "-n", "A LABEL", str(path), str(kind.kibibytes)])
    mtools(path, "mmd", "::/deep", "::/deep/deeper", "::/deep/deeper/deepest", "::/empty", "::/gone")
    cluster = kind.cluster_sectors * kind.sector
    sizes = (0, 1, cluster - 1, cluster, cluster + 1, 3 * cluster, 20 * cluster + 7)
    for index, size in enumerate(sizes):
        put(path, f"::/file{index}", noise(size))
        put(path, f"::/deep/deeper/A long name with blanks {index}.text", noise(size))
    for index in range(60):
        put(path, f"::/deep/many{index}", noise(2 * cluster))
    for index in range(0, 60, 3):
        mtools(path, "mdel", f"::/deep/many{index}")
    put(path, "::/deep/deeper/deepest/pieces", noise(33 * cluster))
    put(path, "::/gone/file", noise(5 * cluster))
    mtools(path, "mdel", "::/gone/file")
    put(path, "::/pieces", noise(12 * cluster))


def put(image: Path, name: str, content: bytes) -> None:
    """Copy a file into an image."""
    run_tool(["mcopy", "-i", str(image), "-", name], content, QUIET)


def mtools(image: Path, command: str, *names: str) -> bytes:
    """Run a command of mtools on an image."""
    return run_tool([command, "-i", str(image), *names], b"", QUIET)


def list_paths(image: Path) -> list[str]:
    """Return all paths of an image, the directories' with a `/` at their end."""
    command = ["mdir", "-i", str(image), "-b", "-a", "-/", "::"]
    done = subprocess.run(command, check=False, capture_output=True, env=QUIET)
    assert done.returncode == 0 or b"not found" in done.stderr, "mdir fails on an empty directory"
    return os.fsdecode(done.stdout).splitlines()


def ask_mshowfat(image: Path, paths: list[str]) -> dict[str, tuple[int, ...]]:
    """Return the clusters of each path, in their order; of empty files none."""
    if not paths:
        return {}
    text = os.fsdecode(mtools(image, "mshowfat", *(path.rstrip("/") for path in paths)))
    found = {}
    for line in text.splitlines():
        path, _, ranges = line.partition(" <") if " <" in line else (line, "", "")
        numbers: list[int] = []
        for low, high in re.findall(r"(\d+)(?:-(\d+))?", ranges):
            numbers += range(int(low), int(high or low) + 1)
        found[path.strip()] = tuple(numbers)
    return found


def check_fat(image: Path) -> subprocess.CompletedProcess[str]:
    """Run fsck.fat, which changes nothing."""
    command = ["fsck.fat", "-n", str(image)]
    return subprocess.run(command, check=False, capture_output=True, text=True, errors="replace")

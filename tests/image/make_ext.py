"""ext2, ext3 and ext4 images by mke2fs and debugfs, and what libext2fs says of them.

In: options of mke2fs. Out: images with the same tree of files in each; `Peer`, what `peer_ext2.c` prints.
"""

from __future__ import annotations

import gzip
import lzma
import os
import re
import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest
import zstandard

from tests.image.disk import noise
from tests.image.tools import run_tool

QUIET = {"PATH": os.environ.get("PATH", ""), "MKE2FS_CONFIG": "/dev/null", "MKE2FS_SKIP_CHECK_MSG": "1"}
"""Without a configuration, `mke2fs` makes what its options say, on every host."""

ALL_EXT4 = (
    "has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize,dir_index,sparse_super"
)
VARIANTS: dict[str, tuple[str, ...]] = {
    "ext2-1k": ("-b", "1024"),
    "ext2-4k": ("-b", "4096"),
    "ext2-revision-0": ("-b", "1024", "-r", "0"),
    "ext2-hurd": ("-b", "4096", "-o", "hurd", "-O", "^filetype"),
    "ext2-large-inodes": ("-b", "2048", "-I", "1024"),
    "ext2-all-groups-have-copies": ("-b", "1024", "-g", "1024", "-O", "^sparse_super,^resize_inode"),
    "ext2-small-groups": ("-b", "1024", "-g", "2048", "-O", "sparse_super,resize_inode"),
    "ext3-1k": ("-b", "1024", "-j", "-O", "resize_inode,sparse_super"),
    "ext3-4k": ("-b", "4096", "-j", "-I", "256", "-O", "resize_inode,sparse_super,large_file"),
    "ext4-1k": ("-b", "1024", "-O", ALL_EXT4),
    "ext4-4k": ("-b", "4096", "-I", "256", "-O", ALL_EXT4 + ",resize_inode"),
    "ext4-16k": ("-b", "16384", "-O", ALL_EXT4),
    "ext4-64k": ("-b", "65536", "-O", ALL_EXT4),
    "ext4-lazy-groups": ("-b", "1024", "-g", "4096", "-O", "extent,uninit_bg,sparse_super,resize_inode"),
    "ext4-meta-groups": ("-b", "1024", "-g", "512", "-O", ALL_EXT4 + ",meta_bg"),
    "ext4-two-copies": ("-b", "1024", "-g", "4096", "-O", ALL_EXT4 + ",sparse_super2"),
    "ext4-clusters": ("-b", "1024", "-C", "16384", "-O", ALL_EXT4 + ",bigalloc"),
    "ext4-inline-data": ("-b", "4096", "-I", "256", "-O", ALL_EXT4 + ",inline_data"),
    "ext4-quota": ("-b", "4096", "-O", ALL_EXT4 + ",quota,project"),
    "ext4-multiple-mount": ("-b", "1024", "-O", ALL_EXT4 + ",mmp"),
}
LARGE = {"ext4-64k": "256M", "ext4-16k": "128M"}
COMB = 1000
"""Blocks of the file `comb`; between two of them is a hole."""

DEEP_COMB = 30_000
"""Runs enough for a tree of extents with three levels of blocks of 1,024 bytes."""


def make_tree(folder: Path) -> None:
    """Fill a folder: files of all sizes, holes, both sorts of links, a directory of several blocks."""
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "many").mkdir()
    (folder / "small").write_bytes(b"hello")
    (folder / "empty").write_bytes(b"")
    (folder / "medium").write_bytes(noise(300_000))
    (folder / "deep" / "er" / "file").write_bytes(noise(70_000))
    write_comb(folder / "comb", COMB, 4096)
    with (folder / "triple").open("wb") as file:
        for place in (0, 20 << 20, 90 << 20):
            file.seek(place)
            file.write(b"somewhere")
    (folder / "fast").symlink_to("small")
    (folder / "slow").symlink_to("a" * 100)
    for number in range(300):
        (folder / "many" / f"a file with a rather long name {number}").write_bytes(noise(number % 40, number))


def write_comb(path: Path, teeth: int, block: int) -> None:
    """Write a file with a hole behind each block."""
    with path.open("wb") as file:
        for number in range(teeth):
            file.seek(2 * block * number)
            file.write(b"tooth %d" % number)


def make_image(image: Path, folder: Path, variant: str) -> None:
    """Make a variant, with the folder's files, a device, an extended attribute and a deleted file in it."""
    size = LARGE.get(variant, "48M")
    options = ["-q", "-F", "-t", "ext2", "-O", "none,filetype,ext_attr", *VARIANTS[variant]]
    if variant == "ext2-revision-0":
        options = ["-q", "-F", "-t", "ext2", *VARIANTS[variant]]
    run_tool(["mke2fs", *options, "-d", str(folder), str(image), size], env=QUIET)
    value = image.with_suffix(".value")
    value.write_bytes(b"v" * 500)
    debug(
        image,
        "mknod terminal c 4 5",
        "mknod disk b 8 1",
        "mknod queue p",
        f"write {value} doomed",
        "rm doomed",
        *([] if variant == "ext2-revision-0" else [f"ea_set medium user.note -f {value}"]),
    )


def debug(image: Path, *commands: str, write: bool = True) -> str:
    """Run commands of debugfs, which always says that it has gone well."""
    switches = ["-w"] if write else []
    script = "\n".join(commands).encode()
    return run_tool(["debugfs", *switches, "-f", "-", str(image)], script, QUIET).decode(errors="replace")


def check_clean(image: Path) -> None:
    """Fail unless e2fsck has nothing to say against the image."""
    done = subprocess.run(["e2fsck", "-fn", str(image)], check=False, capture_output=True, env=QUIET)
    assert done.returncode == 0, done.stdout


def find_inode(image: Path, path: str) -> int:
    found = re.search(r"Inode: (\d+)", debug(image, f"stat {path}", write=False))
    assert found is not None, path
    return int(found[1])


def unpack(source: Path, image: Path) -> None:
    """Write the image that is in a packed file."""
    packed = source.read_bytes()
    match source.suffix:
        case ".gz":
            image.write_bytes(gzip.decompress(packed))
        case ".xz":
            image.write_bytes(lzma.decompress(packed))
        case _:
            image.write_bytes(zstandard.ZstdDecompressor().stream_reader(packed).read())


@dataclass(frozen=True, slots=True)
class Peer:
    """What libext2fs says.

    Args:
        blocks: pairs of a block and its kind (data, indirect, attributes) for each inode that has any.
        names: directory, name, inode.
        failed: inodes on which the library gave up.
    """

    blocks: dict[int, list[tuple[int, str]]]
    names: list[tuple[int, bytes, int]]
    failed: set[int]


def ask_peer(program: Path, image: Path) -> Peer:
    blocks: dict[int, list[tuple[int, str]]] = defaultdict(list)
    names: list[tuple[int, bytes, int]] = []
    failed: set[int] = set()
    for line in run_tool([str(program), str(image)]).decode().splitlines():
        sort, first, *rest = line.split(" ")
        match sort:
            case "b":
                blocks[int(first)].append((int(rest[0]), rest[1]))
            case "n":
                names.append((int(first), bytes.fromhex(rest[1]), int(rest[0])))
            case _:
                failed.add(int(first))
    return Peer({inode: sorted(found) for inode, found in blocks.items()}, sorted(names), failed)


def build_peer(folder: Path) -> Path:
    """Compile `peer_ext2.c`; skip where the library's header is missing."""
    if shutil.which("gcc") is None or not Path("/usr/include/ext2fs/ext2fs.h").exists():
        pytest.skip("not installed: gcc, libext2fs-dev")
    source = Path(__file__).with_name("peer_ext2.c")
    program = folder / "peer_ext2"
    run_tool(
        [
            "gcc",
            "-O2",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-o",
            str(program),
            str(source),
            "-lext2fs",
            "-lcom_err",
        ]
    )
    return program

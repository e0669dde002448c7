"""UFS1: images by Debian's makefs, in both byte orders, compared with The Sleuth Kit."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.image.disk import noise
from tests.image.tools import need, run_tool
from tests.image.walked import blocks_of, check_sound, list_found, walk_with
from udfc.image.audit import audit_walk
from udfc.image.names import find_names
from udfc.image.walk import Walk

pytestmark = need("makefs", "fls", "fsstat", "istat")


@dataclass(frozen=True, slots=True)
class Shape:
    """What makefs is asked for."""

    order: str
    block: int
    fragment: int
    mebibytes: int
    groups: int

    @property
    def name(self) -> str:
        return f"{self.order}-{self.block}-{self.fragment}-{self.groups}groups"


SHAPES = (
    Shape("le", 8192, 1024, 16, 1),
    Shape("be", 8192, 1024, 16, 1),
    Shape("le", 4096, 512, 12, 3),
    Shape("be", 4096, 4096, 12, 3),
    Shape("le", 16384, 2048, 40, 1),
    Shape("le", 4096, 512, 96, 24),
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of all lengths around fragments and blocks, indirect blocks, holes, links, deep directories."""
    root = tmp_path_factory.mktemp("tree")
    deep = root / "deep" / "deeper" / "deepest"
    deep.mkdir(parents=True)
    for size in (
        0,
        1,
        511,
        512,
        513,
        1024,
        1025,
        4095,
        4096,
        4097,
        8191,
        8192,
        8193,
        12 * 4096,
        12 * 4096 + 1,
    ):
        (root / f"file{size}").write_bytes(noise(size))
    (deep / "single").write_bytes(noise(700_000))
    (deep / "double").write_bytes(noise(12 * 4096 + 1024 * 4096 + 9000))
    with (root / "holes").open("wb") as file:
        for offset in (0, 100_000, 900_000):
            file.seek(offset)
            file.write(noise(5000))
    for length in (1, 58, 59, 60, 61, 200):
        (root / f"link{length}").symlink_to("x" * length)
    for number in range(300):
        (deep.parent / f"a name of some length {number}").write_bytes(noise(number))
    os.mkfifo(root / "pipe")
    return root


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proofs")


def walk_ufs(image: Path | bytes, store: Path) -> Walk:
    """Walk with machine code: a superblock has a partition for each group that there could be."""
    return walk_with("ufs", image, engine="native", store=store)


def make_ufs(image: Path, tree: Path, shape: Shape) -> None:
    options = f"version=1,bsize={shape.block},fsize={shape.fragment}"
    size = f"{shape.mebibytes}m"
    run_tool(["makefs", "-t", "ffs", "-B", shape.order, "-s", size, "-o", options, str(image), str(tree)])


def ask_istat(image: Path, inode: str, fragments: int) -> set[int]:
    """Return the fragments of an inode, those of indirect blocks among them.

    istat ends where the file ends; of files with indirect blocks, the last block is a whole one all the same.
    """
    said = run_tool(["istat", "-f", "ufs", str(image), inode]).decode()
    direct, indirect = (_find_list(name, said) for name in ("Direct", "Indirect"))
    if indirect:
        starts = {each - each % fragments for each in direct}
        direct = {start + piece for start in starts for piece in range(fragments)}
    return direct | indirect


def _find_list(name: str, text: str) -> set[int]:
    found = re.search(rf"^{name} Blocks:\n((?:[\d ]+\n?)*)", text, re.MULTILINE)
    return {int(word) for word in found[1].split()} - {0} if found else set()


def list_inodes(image: Path) -> dict[str, str]:
    """Return the paths of an image by inode."""
    listed = run_tool(["fls", "-f", "ufs", "-r", "-p", "-u", str(image)]).decode()
    found = re.findall(r"^\S/\S (\d+):\t(.*)$", listed, re.MULTILINE)
    return {number: path for number, path in found if not path.startswith("$")}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_fragments_are_those_of_istat(tmp_path: Path, store: Path, tree: Path, shape: Shape) -> None:
    image = tmp_path / "ufs.img"
    make_ufs(image, tree, shape)
    walk = walk_ufs(image, store)
    assert walk.unit == shape.fragment
    check_sound(walk)
    assert walk.used is not None
    assert walk.blocks - walk.used.sum() == count_free(image)
    names = find_names(walk)
    inodes = list_inodes(image)
    assert len(inodes) == sum(1 for _ in tree.rglob("*"))
    asked = [number for number, path in inodes.items() if "name of" not in path or path.endswith("00")]
    for number in ("2", *asked):
        assert blocks_of(walk, int(number)) == ask_istat(image, number, shape.block // shape.fragment), (
            inodes.get(number)
        )
    for number, path in inodes.items():
        assert names.path(int(number)) == f"/{path}"


def count_free(image: Path) -> int:
    """Return how many fragments the superblock says are free."""
    said = run_tool(["fsstat", "-f", "ufs", str(image)]).decode()
    blocks = re.search(r"Num of Avail Full Blocks: (\d+)", said)
    fragments = re.search(r"Num of Avail Fragments: (\d+)", said)
    sizes = re.search(r"Block Size: (\d+)\nFragment Size: (\d+)", said)
    assert blocks is not None
    assert fragments is not None
    assert sizes is not None
    return int(blocks[1]) * (int(sizes[1]) // int(sizes[2])) + int(fragments[1])


def test_short_links_devices_and_pipes_have_no_blocks(tmp_path: Path, store: Path, tree: Path) -> None:
    image = tmp_path / "ufs.img"
    make_ufs(image, tree, SHAPES[0])
    walk = walk_ufs(image, store)
    numbers = {path: int(number) for number, path in list_inodes(image).items()}
    lengths = {path: len(blocks_of(walk, number)) for path, number in numbers.items() if "link" in path}
    assert lengths == {"link1": 0, "link58": 0, "link59": 0, "link60": 1, "link61": 1, "link200": 1}
    assert blocks_of(walk, numbers["pipe"]) == set()
    assert blocks_of(walk, numbers["file0"]) == set()


@pytest.mark.parametrize("shape", SHAPES[:2], ids=lambda shape: shape.name)
def test_damage_is_found(tmp_path: Path, store: Path, tree: Path, shape: Shape) -> None:
    image = tmp_path / "ufs.img"
    make_ufs(image, tree, shape)
    content = bytearray(image.read_bytes())
    sound = walk_ufs(image, store)
    order = "big" if shape.order == "be" else "little"
    numbers = {path: int(number) for number, path in list_inodes(image).items()}
    places = {number: place_inode(sound, number) for number in numbers.values()}
    lost, twice = blocks_of(sound, numbers["file4096"]), blocks_of(sound, numbers["file8192"])
    far, same = places[numbers["file4096"]] + 40, places[numbers["file1"]] + 40
    content[far : far + 4] = (1 << 30).to_bytes(4, order)  # type: ignore[arg-type]
    content[same : same + 4] = min(twice).to_bytes(4, order)  # type: ignore[arg-type]
    audit = audit_walk(walk_ufs(bytes(content), store))
    assert audit.counts.keys() == {"range", "twice", "unowned"}
    assert min(list_found(audit, "range")) == 1 << 30
    assert list_found(audit, "twice") == {min(twice)}
    assert list_found(audit, "unowned") == lost | blocks_of(sound, numbers["file1"])


def place_inode(walk: Walk, number: int) -> int:
    """Return the byte of the image at which an inode lies."""
    (found,) = walk.files.objects_of[number]
    return walk.object(found).place

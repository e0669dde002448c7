"""Whatever happens to the bytes of a disk, the walk ends and says what it has found."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest

from runtime.diagnostic import Refused
from tests.image.disk import Tree, noise
from tests.image.make_cffs import make_cffs
from tests.image.make_fat import KINDS, TOOLS, make_fat
from tests.image.make_minix import make_minix
from tests.image.make_xv6 import make_xv6
from tests.image.tools import need
from tests.image.walked import walk_with
from udfc.image.audit import Audit, audit_walk
from udfc.image.names import find_names

TREE: Tree = {
    "file": noise(30_000),
    "deep": {"deeper": {f"file{number}": noise(number) for number in range(20)}},
}
ROOTS = {"xv6": "xv6_super", "minix": "minix_super"}
DAMAGED = 12


@cache
def sound_image(name: str) -> bytes:
    match name:
        case "minix":
            return make_minix(TREE, zones=200).image
        case "xv6":
            return make_xv6(TREE, blocks=300).image
        case _:
            return make_cffs(TREE, blocks=300).image


def look(name: str, image: bytes, store: Path | None = None) -> Audit:
    """Walk and audit; with machine code where there is a store for it."""
    walk = walk_with(name, image, ROOTS.get(name), "interpreter" if store is None else "native", store)
    names = find_names(walk)
    for identity in walk.files.list_files():
        names.path(identity)
    return audit_walk(walk)


def damage(image: bytes, metadata: range, seed: int) -> bytes:
    """Overwrite bytes, mostly those of `metadata` that are not zero."""
    chance = random.Random(seed)
    damaged = bytearray(image)
    filled = [at for at in metadata if image[at]]
    for _ in range(chance.choice((5, 50, 300))):
        at = chance.choice(filled) if chance.random() < 0.9 else 4 * chance.randrange(len(image) // 4)
        value = chance.choice((0, 1, 255, 0x7F, chance.randrange(256)))
        width = chance.choice((1, 2, 4))
        damaged[at : at + width] = bytes([value]) * width
    return bytes(damaged)


METADATA = {
    "minix": range(1024, 1 << 14),
    "xv6": range(1024, 1 << 16),
    "cffs": range((100 << 12) + 64, 102 << 12),
}


@pytest.mark.parametrize("name", METADATA)
def test_random_bytes(tmp_path: Path, name: str) -> None:
    image = sound_image(name)
    # A map of blocks that is said to be the whole disk takes the interpreter a while.
    store = tmp_path if name == "cffs" else None
    assert look(name, image).counts == {}
    found = [look(name, damage(image, METADATA[name], seed), store).counts for seed in range(DAMAGED)]
    assert sum(map(bool, found)) >= DAMAGED // 4


@need(*TOOLS)
def test_random_bytes_of_a_fat(tmp_path: Path) -> None:
    path = tmp_path / "fat.img"
    make_fat(path, KINDS[0])
    image = path.read_bytes()[: 512 * 600]
    found = [look("fat", damage(image, range(1 << 14), seed)).counts for seed in range(DAMAGED)]
    assert sum(map(bool, found)) >= DAMAGED // 4


@pytest.mark.parametrize("name", ["minix", "xv6", "cffs", "fat", "ufs"])
def test_noise_is_no_file_system(name: str) -> None:
    walk = walk_with(name, noise(1 << 20), ROOTS.get(name))
    assert len(walk.objects) == 1
    assert not len(walk.extents)


@pytest.mark.parametrize("name, least", [("minix", 2048), ("xv6", 2048), ("cffs", 101 * 4096)])
def test_cut_images(name: str, least: int) -> None:
    image = sound_image(name)
    for length in (0, 1, 1024, least - 1):
        with pytest.raises(Refused, match=r"too few|empty"):
            look(name, image[:length])
    for length in (least, least + 1, len(image) // 2 + 1, len(image) - 1):
        assert look(name, image[:length]).counts

"""Which shipped root fits an image."""

from __future__ import annotations

import struct

import pytest

from runtime.diagnostic import Refused
from tests.image.disk import Made, noise
from tests.image.make_cffs import make_cffs
from tests.image.make_minix import make_minix
from tests.image.make_xv6 import make_xv6
from udfc.image.detect import detect_root
from udfc.image.source import make_image

TREE = {"file": noise(5000)}

MADE: dict[str, Made] = {
    "cffs_super": make_cffs(TREE),
    "minix_super": make_minix(TREE),
    "xv6_super": make_xv6(TREE, 1024),
    "xv6_x86_super": make_xv6(TREE, 512),
}


def _make_boot_sector() -> bytes:
    """Return the first sector of a FAT12 with 100 sectors."""
    fields = struct.pack("<HBHBHHBH", 512, 1, 1, 1, 16, 100, 0xF8, 1)
    return (b"\xeb\x3c\x90mkfs.fat" + fields).ljust(510, b"\0") + b"\x55\xaa"


@pytest.mark.parametrize("name", MADE)
def test_the_one_that_fits(name: str) -> None:
    root = detect_root(make_image(MADE[name].image))
    assert root.name == name
    assert root.templates[name].root is not None


def test_a_boot_sector() -> None:
    assert detect_root(make_image(_make_boot_sector() + bytes(99 * 512))).name == "fat_boot"


@pytest.mark.parametrize("image", [bytes(4096), noise(100_000, seed=9), b"\xff" * 50_000, b"x"])
def test_none_fits(image: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        detect_root(make_image(image, "some.img"))
    (diagnostic,) = refusal.value.diagnostics
    assert diagnostic.code == "IMG006"
    assert "some.img" in diagnostic.message
    assert "ext_super" in diagnostic.notes[0]


def test_two_fit() -> None:
    image = _make_boot_sector() + MADE["xv6_super"].image[512:]
    with pytest.raises(Refused) as refusal:
        detect_root(make_image(image))
    (diagnostic,) = refusal.value.diagnostics
    assert diagnostic.code == "IMG007"
    assert "fat:fat_boot, xv6:xv6_super" in diagnostic.notes[0]

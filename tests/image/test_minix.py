"""minix: images from our own writer and from mkfs.minix, compared with fsck.minix and with the writer."""

from __future__ import annotations

import lzma
import re
import subprocess
from itertools import product
from pathlib import Path

import pytest

from tests.captures import MISSING, SHARED
from tests.image.disk import Device, File, Link, Tree, noise
from tests.image.make_minix import make_minix
from tests.image.tools import need, run_tool
from tests.image.walked import blocks_of, check_made, check_sound, list_found, walk_with
from udfc.image.audit import audit_walk
from udfc.image.walk import Walk

BIG_ENDIAN = SHARED / "images" / "util-linux" / "minix-BE.img.xz"
TREE: Tree = {
    "empty": b"",
    "small": noise(100),
    "direct": noise(7 * 1024),
    "single": noise(9000),
    "double": noise(600 * 1024),
    "holes": File(1 << 20, {0: b"a", 9: b"b", 800: b"c"}),
    "link": Link(b"small"),
    "terminal": Device(0x0405),
    "directory": {
        "file": noise(5000),
        "deeper": {f"file{number}": noise(10 + number, number) for number in range(80)},
        "empty": {},
    },
}
TRIPLE: Tree = {"far": File(70 << 20, {0: b"a", 300: b"b", 66_000: b"c", 66_300: b"d"})}


@pytest.mark.parametrize(
    "version, names, order", [*product([1, 2], [14, 30], ["little", "big"]), (3, 60, "little")]
)
def test_blocks_and_names_are_those_that_were_written(version: int, names: int, order: str) -> None:
    made = make_minix(TREE, version, names, order)
    walk = walk_minix(made.image, version)
    check_made(walk, made)
    assert set(walk.files.list_files()) == set(made.paths)
    for identity, indirect in made.indirect.items():
        assert set(walk.blocks_of(identity).metadata) == indirect


@pytest.mark.parametrize("version, names", [(2, 30), (3, 60)])
def test_newer_versions_have_triple_indirect_blocks(version: int, names: int) -> None:
    made = make_minix(TRIPLE, version, names)
    assert len(made.indirect[2]) == 6  # two below the double one, four below the triple one
    check_made(walk_minix(made.image, version), made)


@need("fsck.minix")
@pytest.mark.parametrize("version, names", [(1, 14), (1, 30), (2, 14), (2, 30), (3, 60)])
def test_fsck_counts_the_same_zones(tmp_path: Path, version: int, names: int) -> None:
    made = make_minix(TREE, version, names, seed=version)
    image = tmp_path / "minix.img"
    image.write_bytes(made.image)
    said = run_tool(["fsck.minix", "-f", "-v", str(image)]).decode()
    zones = re.search(r"(\d+) zones used", said)
    assert zones is not None
    walk = walk_minix(image, version)
    assert walk.used is not None
    assert int(zones[1]) == walk.used.sum()
    assert "87 regular files" in said
    assert "4 directories" in said


@need("mkfs.minix")
@pytest.mark.parametrize(
    "arguments", [["-1", "-n14"], ["-1", "-n30"], ["-2", "-n14"], ["-2", "-n30"], ["-3"]]
)
@pytest.mark.parametrize("kibibytes", [100, 1440, 20000])
def test_empty_file_systems_of_mkfs(tmp_path: Path, arguments: list[str], kibibytes: int) -> None:
    image = tmp_path / "minix.img"
    with image.open("wb") as file:
        file.truncate(kibibytes << 10)
    said = run_tool(["mkfs.minix", *arguments, str(image)]).decode()
    walk = walk_minix(image, int(arguments[0][1]))
    check_sound(walk)
    first = re.search(r"Firstdatazone=(\d+)", said)
    assert first is not None
    assert blocks_of(walk, 1) == {int(first[1])}
    assert walk.blocks == int(re.search(r"(\d+) blocks", said)[1])  # type: ignore[index]


@pytest.mark.skipif(not BIG_ENDIAN.exists(), reason=MISSING)
def test_a_real_disk_of_the_other_byte_order() -> None:
    walk = walk_minix(lzma.decompress(BIG_ENDIAN.read_bytes()))
    check_sound(walk)
    assert walk.blocks == 100
    assert blocks_of(walk, 1) == {6}


@need("fsck.minix")
def test_damage_is_found_where_fsck_finds_it(tmp_path: Path) -> None:
    made = make_minix(TREE)
    image = bytearray(made.image)
    zones = 3 * 1024  # the zone map: inode map, then this
    inodes = 4 * 1024
    first = len(made.fixed)
    taken = min(made.contents[3])
    image[zones + (taken - first + 1) // 8] &= ~(1 << (taken - first + 1) % 8) & 0xFF
    free = next(zone for zone in range(first, 4096) if zone not in made.used)
    image[zones + (free - first + 1) // 8] |= 1 << (free - first + 1) % 8
    image[inodes + 32 * 3 + 14 : inodes + 32 * 3 + 16] = image[inodes + 32 * 4 + 14 : inodes + 32 * 4 + 16]
    image[inodes + 32 * 4 + 16 : inodes + 32 * 4 + 18] = (60000).to_bytes(2, "little")
    path = tmp_path / "damaged.img"
    path.write_bytes(image)
    command = ["fsck.minix", "-f", str(path)]
    said = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    audit = audit_walk(walk_minix(path))
    assert find_zones(r"Zone (\d+): marked in use, no file uses it", said) == list_found(audit, "unowned")
    assert find_zones(r"Zone (\d+): not in use, counted=1", said) == list_found(audit, "free")
    assert find_zones(r"Zone (\d+): in use, counted=2", said) == list_found(audit, "twice")
    assert "Zone nr >= ZONES in file `/single'" in said
    assert list_found(audit, "range") == {60000}
    # the zone that nobody has, and the two whose pointers were overwritten
    assert {kind: count for kind, count in audit.counts.items() if kind != "unowned"} == {
        "free": 1,
        "twice": 1,
        "range": 1,
    }
    assert len(list_found(audit, "unowned")) == 3


def walk_minix(image: Path | bytes, version: int = 1) -> Walk:
    return walk_with("minix", image, "minix3_super" if version == 3 else "minix_super")


def find_zones(pattern: str, text: str) -> set[int]:
    return {int(number) for number in re.findall(pattern, text)}

"""The list and the FFS example: small disks by hand, below a root template that imports the shipped ones."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from runtime.template.engine import load_template
from runtime.template.install import install_templates
from tests.image.walked import shipped
from udfc.image.audit import audit_walk
from udfc.image.walk import Walk, walk_image
from udfc.program import compile_templates

BLOCK = 4096
ROOT = """
import {name}
template disk : 4096 bytes {{
    root at 0
    layout {{ magic: u32le; first: u32le }}
    discriminator magic
    partition first {{
        if magic == 7 and first != 0 {{ own(first, 1, {template}) }}
    }}
}}
"""


def walk_disk(folder: Path, name: str, template: str, blocks: dict[int, bytes]) -> Walk:
    source = folder / "disk.udf"
    source.write_text(ROOT.format(name=name, template=template))
    image = bytearray(BLOCK * (max(blocks) + 1))
    for block, content in blocks.items():
        image[block * BLOCK : block * BLOCK + len(content)] = content
    return walk_image(bytes(image), compile_templates(str(source)), "disk", "interpreter")


def words(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def test_a_list_owns_its_nodes_and_their_data(tmp_path: Path) -> None:
    checksum = bytes(range(16))
    blocks = {
        0: words(7, 5),
        5: checksum + words(9, 2),
        2: checksum + words(0, 7),
        7: checksum + words(8, 0),
        10: b"nobody's",
    }
    walk = walk_disk(tmp_path, "list", "list_node", blocks)
    owned = [number for number, used in enumerate(walk.owned.tolist()) if used]
    assert owned == [0, 2, 5, 7, 8, 9]
    assert audit_walk(walk).counts == {}


def test_a_list_that_bites_its_tail_is_walked_once(tmp_path: Path) -> None:
    blocks = {0: words(7, 1), 1: bytes(16) + words(0, 2), 2: bytes(16) + words(0, 1)}
    walk = walk_disk(tmp_path, "list", "list_node", blocks)
    assert audit_walk(walk).counts == {"twice": 1}


def make_ffs(kind: int) -> dict[int, bytes]:
    pointers = words(10, 11, *[0] * 13, 12, 13, 14)
    return {
        0: words(7, 1),
        1: words(1000 | 2000 << 16, 0, 0, 0) + pointers + words(kind),
        12: words(20, *[0] * 1022, 21),
        13: words(22),
        14: words(23, *[99] * 1023),
        22: words(0, 24),
        23: words(25),
        25: words(0, 26),
        30: b"end",
    }


def test_the_odd_block_has_one_pointer(tmp_path: Path) -> None:
    walk = walk_disk(tmp_path, "ffs_example", "ffs_inode", make_ffs(1))
    owned = {number for number, used in enumerate(walk.owned.tolist()) if used}
    assert owned == {0, 1, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24, 25, 26}
    assert audit_walk(walk).counts == {}


@pytest.mark.parametrize("kind", [0, 2])
def test_other_members_of_the_union_own_nothing(tmp_path: Path, kind: int) -> None:
    walk = walk_disk(tmp_path, "ffs_example", "ffs_inode", make_ffs(kind))
    assert [number for number, used in enumerate(walk.owned.tolist()) if used] == [0, 1]


def test_access_compares_user_and_group() -> None:
    inode = load_template(shipped("ffs_example")["ffs_inode"], "interpreter")
    meta = make_ffs(1)[1].ljust(BLOCK, b"\0")
    stolen = struct.pack("<H", 1001) + meta[2:]
    read, write, allocate = 0, 1, 2
    cases = [
        (1000 | 5 << 16, allocate, meta, True),
        (1001 | 2000 << 16, write, meta, True),
        (1001 | 2000 << 16, allocate, meta, False),
        (1001 | 2001 << 16, read, meta, False),
        (1000 | 2000 << 16, write, stolen, False),
    ]
    for credential, operation, after, allowed in cases:
        assert inode.acl(meta, after, (), credential, operation) == allowed


def test_indirect_blocks_are_sticky() -> None:
    templates = shipped("ffs_example")
    assert {name for name, template in templates.items() if template.sticky} == {
        "ffs_single",
        "ffs_double",
        "ffs_odd",
    }


@pytest.mark.parametrize("name", ["list", "ffs_example", "xv6", "minix"])
def test_everything_is_proved(tmp_path: Path, name: str) -> None:
    installed = install_templates(shipped(name), tmp_path)
    tested = {theorem.name for theorem in installed.theorems if theorem.status != "proved"}
    assert tested <= {"arguments allowed"}, "the kernel looks at what is passed on, when it is passed on"
    assert not installed.tested


def test_methods_of_the_list() -> None:
    node = load_template(shipped("list")["list_node"], "interpreter")
    meta = bytearray(BLOCK)
    assert node.run_method("append", meta, (), (5,)) == 0
    assert node.run_method("append", meta, (), (6,)) == 1
    assert node.run_method("set_block", meta, (), (0,)) == 1
    assert node.run_method("set_block", meta, (), (8,)) == 0
    assert node.owns(bytes(meta), ())[:, 0].tolist() == [8, 5]
    assert node.run_method("cut", meta, (), ()) == 0
    assert node.owns(bytes(meta), ())[:, 0].tolist() == [8]

"""xv6: images from our own mkfs, for RISC-V and for x86, compared with what it wrote."""

from __future__ import annotations

import pytest

from tests.image.disk import Device, File, Tree, noise
from tests.image.make_xv6 import make_xv6
from tests.image.walked import check_made, list_found, walk_with
from udfc.image.audit import audit_walk

ROOTS = {1024: "xv6_super", 512: "xv6_x86_super"}


def make_tree(block: int) -> Tree:
    last = 12 + block // 4 - 1
    return {
        "empty": b"",
        "small": noise(100),
        "direct": noise(12 * block),
        "indirect": noise(12 * block + 1),
        "largest": File((last + 1) * block, {0: b"a", last: b"b"}),
        "console": Device(1),
        "directory": {
            "file": noise(5000),
            "many": {f"file{number}": noise(10 + number, number) for number in range(80)},
        },
    }


@pytest.mark.parametrize("block", [512, 1024])
@pytest.mark.parametrize("seed", range(3))
def test_blocks_and_names_are_those_that_were_written(block: int, seed: int) -> None:
    made = make_xv6(make_tree(block), block, seed=seed)
    walk = walk_with("xv6", made.image, ROOTS[block])
    check_made(walk, made)
    assert set(walk.files.list_files()) == set(made.paths)


@pytest.mark.parametrize("block", [512, 1024])
def test_one_is_not_taken_for_the_other(block: int) -> None:
    made = make_xv6(make_tree(block), block)
    other = ROOTS[1536 - block]
    walk = walk_with("xv6", made.image, other)
    assert not len(walk.extents.place)


def test_more_than_one_block_of_map() -> None:
    made = make_xv6({"file": noise(3000)}, 512, blocks=9000)
    walk = walk_with("xv6", made.image, ROOTS[512])
    check_made(walk, made)
    assert max(made.used) > 4096


def test_damage_is_found() -> None:
    made = make_xv6({"one": noise(2000), "two": noise(2000)})
    image = bytearray(made.image)
    table = 32 * 1024
    image[table + 64 * 2 + 12 : table + 64 * 2 + 16] = (100_000).to_bytes(4, "little")
    image[table + 64 * 3 + 12 : table + 64 * 3 + 16] = image[table + 64 * 3 + 16 : table + 64 * 3 + 20]
    audit = audit_walk(walk_with("xv6", bytes(image), ROOTS[1024]))
    assert audit.counts == {"range": 1, "twice": 1, "unowned": len(list_found(audit, "unowned"))}
    assert list_found(audit, "range") == {100_000}
    assert list_found(audit, "twice") <= made.contents[3]
    assert len(list_found(audit, "unowned")) == 2

"""C-FFS: images from our own mkfs compared with what it wrote, and the twelve types and their methods."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.template.engine import load_template
from runtime.template.install import install_templates
from tests.image.disk import File, Tree, noise
from tests.image.make_cffs import BLOCK, EXTRA, INODE, ROOT, make_cffs
from tests.image.walked import check_made, list_found, shipped, walk_with
from udfc.image.audit import audit_walk

TREE: Tree = {
    "empty": b"",
    "small": noise(100),
    "direct": noise(15 * BLOCK),
    "single": noise(16 * BLOCK),
    "holes": File(1 << 32, {0: b"a", 2000: b"b", 3000: b"c", 15 + 1024 + 1024 * 1024 + 5: b"d"}),
    "directory": {
        "file": noise(5000),
        "many": {f"file{number}": noise(10 + number, number) for number in range(80)},
        "huge": {f"file{number}": b"" for number in range(24 * 16)},
        "nothing": {},
    },
}


@pytest.mark.parametrize("seed", range(3))
def test_blocks_and_names_are_those_that_were_written(seed: int) -> None:
    made = make_cffs(TREE, seed=seed)
    walk = walk_with("cffs", made.image)
    check_made(walk, made)
    assert set(walk.files.list_files()) == set(made.paths)
    assert ROOT in made.paths
    assert EXTRA in made.paths


def test_more_than_one_block_of_map() -> None:
    made = make_cffs({"file": noise(3 * BLOCK)}, blocks=5000)
    check_made(walk_with("cffs", made.image), made)


def test_damage_is_found() -> None:
    made = make_cffs({"one": noise(2 * BLOCK), "two": noise(2 * BLOCK)})
    image = bytearray(made.image)
    numbers = {path: number for number, path in made.paths.items()}
    one, two = 128 * numbers["/one"], 128 * numbers["/two"]
    image[one + 40 : one + 44] = (1 << 20).to_bytes(4, "little")
    image[two + 40 : two + 44] = image[two + 44 : two + 48]
    free = max(set(range(2048)) - made.used)
    image[101 * BLOCK + free] = 1
    audit = audit_walk(walk_with("cffs", bytes(image)))
    assert audit.counts.keys() == {"range", "twice", "unowned"}
    assert list_found(audit, "range") == {1 << 20}
    assert list_found(audit, "twice") < made.contents[numbers["/two"]]
    assert free in list_found(audit, "unowned")


def test_the_types_of_the_release(tmp_path: Path) -> None:
    installed = install_templates(shipped("cffs"), tmp_path)
    kinds = [
        f"cffs_{what}_{level}" for what in ("data", "directory") for level in ("single", "double", "triple")
    ]
    others = ["super", "directory", "sector", "inode", "data_inode", "directory_inode", "map"]
    assert set(installed.templates) == {*kinds, *(f"cffs_{name}" for name in others)}
    # These write what tells the members of the union around the inode apart, each time
    assert installed.tested == {
        ("cffs_data_inode", "free"),
        ("cffs_directory_inode", "free"),
        ("cffs_data_inode", "set_kind"),
    }
    again = install_templates(shipped("cffs"), tmp_path)
    assert all(theorem.cached for theorem in again.theorems if theorem.effort)


def make_inode(direct: tuple[int, ...] = (), kind: int = 0x8000, links: int = 0) -> bytearray:
    pointers = [*direct, *[0] * (15 - len(direct))]
    return bytearray(INODE.pack(7, 0, kind, 0, 0, 0, links, 0, 0, 0, 0, *pointers, 0, 0, 0, 0, 0, 0, 0))


def list_owned(name: str, meta: bytearray) -> list[int]:
    loaded = load_template(shipped("cffs")[name], "interpreter")
    return [int(start) for start in loaded.owns(meta, (7,))[:, 0]]


def test_set_clear_and_replace_pointers() -> None:
    inode = load_template(shipped("cffs")["cffs_data_inode"], "interpreter")
    meta = make_inode()
    assert inode.run_method("set_direct", meta, (7,), (3, 500)) == 0
    assert inode.run_method("set_single", meta, (7,), (600,)) == 0
    assert list_owned("cffs_data_inode", meta) == [500, 600]
    assert inode.run_method("set_direct", meta, (7,), (3, 501)) == 1
    assert inode.run_method("set_direct", meta, (7,), (15, 501)) == 1
    assert inode.run_method("replace_direct", meta, (7,), (3, 502)) == 0
    assert inode.run_method("clear_single", meta, (7,), ()) == 0
    assert list_owned("cffs_data_inode", meta) == [502]


def test_changes_that_own_nothing() -> None:
    inode = load_template(shipped("cffs")["cffs_directory_inode"], "interpreter")
    meta = make_inode((9,), 0x4000)
    assert inode.run_method("set_owner", meta, (7,), (1000, 2000)) == 0
    assert inode.run_method("set_mode", meta, (7,), (0o755,)) == 0
    assert inode.run_method("set_links", meta, (7,), (3,)) == 0
    assert inode.run_method("set_opens", meta, (7,), (4,)) == 0
    assert INODE.unpack(meta)[3:8] == (4, 1000, 2000, 3, 0o755)
    assert not len(inode.changes("set_owner", meta, (7,), (1, 2)))
    assert list_owned("cffs_directory_inode", meta) == [9]


def test_clear_beyond_gives_up_the_rest() -> None:
    inode = load_template(shipped("cffs")["cffs_data_inode"], "interpreter")
    meta = make_inode((11, 0, 13, 14))
    changes = inode.changes("clear_beyond", meta, (7,), (2,))
    assert changes[changes[:, 0] == 1][:, 1].tolist() == [13, 14]
    assert inode.run_method("clear_beyond", meta, (7,), (2,)) == 0
    assert list_owned("cffs_data_inode", meta) == [11]


@pytest.mark.parametrize(
    "kind, name, links", [(0x8000, "cffs_data_inode", 0), (0x4000, "cffs_directory_inode", 1)]
)
def test_an_inode_is_freed_only_when_nothing_is_left(kind: int, name: str, links: int) -> None:
    inode = load_template(shipped("cffs")[name], "interpreter")
    assert inode.run_method("free", make_inode((), kind, links + 1), (7,), ()) == 1
    assert inode.run_method("free", make_inode((0, 9), kind, links), (7,), ()) == 3
    meta = make_inode((), kind, links)
    assert inode.run_method("free", meta, (7,), ()) == 0
    assert list_owned("cffs_inode", meta) == []


def test_access_follows_owner_group_and_mode() -> None:
    inode = load_template(shipped("cffs")["cffs_data_inode"], "interpreter")
    meta = make_inode()
    meta[16:24] = (1000).to_bytes(4, "little") + (2000).to_bytes(4, "little")
    meta[26:28] = (0o640).to_bytes(2, "little")
    taken = bytearray(meta)
    taken[16:20] = (1001).to_bytes(4, "little")
    read, write = 0, 1
    cases = [
        (0, write, taken, True),
        (1000, write, meta, True),
        (1001 | 2000 << 32, read, meta, True),
        (1001 | 2000 << 32, write, meta, False),
        (1001 | 2001 << 32, read, meta, False),
        (1001 | 2000 << 32, write, taken, False),
    ]
    for credential, operation, after, allowed in cases:
        assert inode.acl(meta, after, (7,), credential, operation) == allowed

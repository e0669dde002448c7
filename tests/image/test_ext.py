"""ext2, ext3, ext4: every block of every inode, compared with libext2fs, debugfs and The Sleuth Kit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.captures import MISSING, SHARED
from tests.image.make_ext import (
    DEEP_COMB,
    QUIET,
    VARIANTS,
    Peer,
    ask_peer,
    build_peer,
    check_clean,
    debug,
    find_inode,
    make_image,
    make_tree,
    unpack,
    write_comb,
)
from tests.image.tools import need, run_tool
from tests.image.walked import check_sound, shipped
from udfc.image.audit import audit_walk
from udfc.image.names import find_names
from udfc.image.walk import Walk, walk_image

KINDS = {"ext_indirect": "i", "ext_extents": "i", "ext_attributes": "a"}
IMAGES = SHARED / "images"
DAMAGED = sorted((IMAGES / "e2fsprogs").glob("*/image.gz"))
NOT_ASKED = {
    "f_bb_in_bb": "libext2fs skips inodes in blocks that are listed as bad",
    "f_bbinode": "libext2fs skips inodes in blocks that are listed as bad",
    "f_extents2": "libext2fs stops at extents that are out of order",
    "f_illitable": "libext2fs does not read inodes at all",
    "f_resize_inode_meta_bg": "inode 7 is garbage, and libext2fs follows it beyond the end of the disk",
    "f_zero_super": "there is no superblock",
}

tools = need("mke2fs", "debugfs", "e2fsck")


@pytest.fixture(scope="session")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_peer(tmp_path_factory.mktemp("peer"))


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    make_tree(folder)
    return folder


def walk_ext(image: Path, store: Path) -> Walk:
    return walk_image(image, shipped("ext"), cache=store)


def list_blocks(walk: Walk) -> dict[int, list[tuple[int, str]]]:
    """Return pairs of block and kind for each inode that owns anything."""
    return {
        inode: sorted(
            (block, KINDS.get(template, "d"))
            for template, first, count in walk.extents_of(inode)
            for block in range(first, first + count)
        )
        for inode in walk.files.list_files()
        if walk.extents_of(inode)
    }


def check_peer(walk: Walk, said: Peer) -> None:
    """Compare all blocks of all inodes, and all names."""
    assert not said.failed
    assert list_blocks(walk) == said.blocks
    names = find_names(walk)
    assert sorted((each.directory, each.name, each.identity) for each in names.entries) == said.names


@tools
@pytest.mark.parametrize("variant", VARIANTS)
def test_blocks_and_names_are_those_of_libext2fs(
    variant: str, tmp_path: Path, tree: Path, store: Path, peer: Path
) -> None:
    image = tmp_path / "ext.img"
    make_image(image, tree, variant)
    if variant != "ext4-quota":  # `mke2fs -d` does not count what it writes
        check_clean(image)
    walk = walk_ext(image, store)
    said = ask_peer(peer, image)
    check_peer(walk, said)
    if variant == "ext4-clusters":  # the bitmap speaks of clusters, of which a file may have a part
        assert audit_walk(walk).counts == {}
    else:
        check_sound(walk)
    comb = find_inode(image, "/comb")
    assert find_names(walk).path(comb) == "/comb"
    assert len([kind for _, kind in said.blocks[comb] if kind == "d"]) >= 100
    for path in ("/fast", "/terminal", "/disk", "/queue"):
        assert walk.extents_of(find_inode(image, path)) == []


@pytest.mark.long
@tools
def test_a_tree_of_extents_of_three_levels(tmp_path: Path, store: Path, peer: Path) -> None:
    folder = tmp_path / "tree"
    folder.mkdir()
    write_comb(folder / "comb", DEEP_COMB, 1024)
    image = tmp_path / "deep.img"
    options = ["-q", "-F", "-t", "ext2", *VARIANTS["ext4-1k"], "-d", str(folder)]
    run_tool(["mke2fs", *options, str(image), "96M"], env=QUIET)
    check_clean(image)
    assert re.search(r"^ 3/ 3 ", debug(image, "dump_extents /comb", write=False), re.MULTILINE)
    walk = walk_ext(image, store)
    check_peer(walk, ask_peer(peer, image))
    check_sound(walk)


@tools
def test_inodes_may_share_a_block_of_attributes(tmp_path: Path, tree: Path, store: Path, peer: Path) -> None:
    image = tmp_path / "shared.img"
    make_image(image, tree, "ext2-1k")
    attributes = re.search(r"File ACL: (\d+)", debug(image, "stat medium", write=False))
    assert attributes is not None
    block = int(attributes[1])
    debug(image, f"sif small file_acl {block}", "sif small blocks 4")
    write_number(image, 1024 * block + 4, 2)
    check_clean(image)
    walk = walk_ext(image, store)
    check_peer(walk, ask_peer(peer, image))
    check_sound(walk)
    assert len(walk.owners(block)) == 2
    write_number(image, 1024 * block + 4, 1)
    assert audit_walk(walk_ext(image, store)).counts == {"shared": 1}


@tools
def test_an_orphan_owns_its_blocks_until_it_is_freed(
    tmp_path: Path, tree: Path, store: Path, peer: Path
) -> None:
    image = tmp_path / "orphan.img"
    make_image(image, tree, "ext3-1k")
    orphan = find_inode(image, "/medium")
    before = list_blocks(walk_ext(image, store))[orphan]
    debug(image, f"sif <{orphan}> links_count 0", "unlink medium", f"ssv last_orphan {orphan}")
    walk = walk_ext(image, store)
    check_peer(walk, ask_peer(peer, image))
    check_sound(walk)
    assert list_blocks(walk)[orphan] == before
    debug(image, f"sif <{orphan}> dtime 1700000000")  # deleted: the pointers are left, and mean nothing
    walk = walk_ext(image, store)
    assert walk.extents_of(orphan) == []
    assert set(audit_walk(walk).counts) == {"unowned"}


@tools
def test_bad_blocks_belong_to_inode_1(tmp_path: Path, tree: Path, store: Path, peer: Path) -> None:
    image, bad = tmp_path / "bad.img", tmp_path / "bad.txt"
    listed = {*range(9000, 9040), 20_000}
    bad.write_text("".join(f"{block}\n" for block in sorted(listed)))
    options = ["-q", "-F", "-t", "ext2", "-b", "1024", "-l", str(bad), "-d", str(tree)]
    run_tool(["mke2fs", *options, str(image), "48M"], env=QUIET)
    check_clean(image)
    walk = walk_ext(image, store)
    check_peer(walk, ask_peer(peer, image))
    check_sound(walk)
    assert set(walk.blocks_of(1).data) == listed


@tools
@pytest.mark.parametrize("variant", ["ext2-1k", "ext4-4k"])
def test_debugfs_prints_the_same_blocks(variant: str, tmp_path: Path, tree: Path, store: Path) -> None:
    image = tmp_path / "ext.img"
    make_image(image, tree, variant)
    walk = walk_ext(image, store)
    for path in ("/medium", "/comb", "/triple", "/many", "/deep/er/file", "/slow", "/empty"):
        said = debug(image, f"stat {path}", write=False)
        blocks, indirect = read_stat(said)
        found = walk.blocks_of(find_inode(image, path))
        assert sorted(found.data) == sorted(blocks), path
        attributes = re.search(r"File ACL: (\d+)", said)
        assert attributes is not None
        assert sorted(found.metadata) == sorted([*indirect, *filter(None, [int(attributes[1])])]), path


def read_stat(text: str) -> tuple[list[int], list[int]]:
    """Return data blocks and indirect ones that debugfs' `stat` prints."""
    blocks: list[int] = []
    indirect: list[int] = []
    listed = re.search(
        r"^(?:BLOCKS|EXTENTS):\n(.*?)(?:\n\n|\nTOTAL|\ndebugfs:|\Z)", text, re.DOTALL | re.MULTILINE
    )
    for name, first, last in re.findall(r"\(([^)]*)\):(\d+)(?:-(\d+))?", listed[1] if listed else ""):
        into = indirect if re.match(r"IND|DIND|TIND|ETB", name) else blocks
        into += range(int(first), int(last or first) + 1)
    return blocks, indirect


@need("mke2fs", "debugfs", "istat")
@pytest.mark.parametrize("variant", ["ext2-4k", "ext3-1k", "ext4-4k"])
def test_the_sleuth_kit_prints_the_same_blocks(variant: str, tmp_path: Path, tree: Path, store: Path) -> None:
    image = tmp_path / "ext.img"
    make_image(image, tree, variant)
    walk = walk_ext(image, store)
    for path in ("/medium", "/many", "/deep/er/file", "/slow"):
        inode = find_inode(image, path)
        said = run_tool(["istat", "-f", "ext", str(image), str(inode)]).decode()
        direct = said.split("Direct Blocks:")[1].split("Indirect Blocks:")[0]
        found = sorted(int(number) for number in re.findall(r"\b\d+\b", direct) if int(number))
        assert sorted(walk.blocks_of(inode).data) == found, path


def write_number(image: Path, place: int, number: int) -> None:
    with image.open("r+b") as file:
        file.seek(place)
        file.write(number.to_bytes(4, "little"))


VALID = (
    "ext4-view/test_disk1.bin.zst",
    "ext4-view/test_disk_ext3.bin.zst",
    "util-linux/ext2.img.xz",
    *(
        f"e2fsprogs/{name}/image.gz"
        for name in ("f_16384_block", "f_h_normal", "f_okgroup", "f_full_bg", "f_hurd")
    ),
    *(
        f"e2fsprogs/{name}/image.gz"
        for name in ("f_quota_extent_opt", "f_quota_shrinkdir", "f_sb_extra_isize")
    ),
    *(
        f"e2fsprogs/{name}/image.gz"
        for name in ("f_uninit_disable", "f_uninit_ext_past_eof", "f_ea_zero_size")
    ),
    *(f"e2fsprogs/{name}/image.gz" for name in ("f_ea_inode_no_feature", "f_ea_inode_spurious_flag_dir")),
)


@pytest.mark.skipif(not IMAGES.exists(), reason=MISSING)
@pytest.mark.parametrize("name", VALID)
def test_real_images(name: str, tmp_path: Path, store: Path, peer: Path) -> None:
    image = tmp_path / "real.img"
    unpack(IMAGES / name, image)
    walk = walk_ext(image, store)
    check_peer(walk, ask_peer(peer, image))
    check_sound(walk)


@pytest.mark.skipif(not IMAGES.exists(), reason=MISSING)
def test_an_image_that_was_cut_off(tmp_path: Path, store: Path, peer: Path) -> None:
    image = tmp_path / "short.img"
    unpack(IMAGES / "util-linux" / "ext4.img.xz", image)
    walk = walk_ext(image, store)
    check_peer(walk, ask_peer(peer, image))
    assert audit_walk(walk).counts == {"short": 1}


@pytest.mark.skipif(not IMAGES.exists(), reason=MISSING)
def test_a_device_that_is_a_journal(tmp_path: Path, store: Path) -> None:
    image = tmp_path / "journal.img"
    unpack(IMAGES / "util-linux" / "jbd.img.xz", image)
    walk = walk_ext(image, store)
    assert walk.owned.all()
    assert audit_walk(walk).counts == {}


@pytest.mark.long
@pytest.mark.parametrize(
    "path",
    [path for path in DAMAGED if path.parent.name not in NOT_ASKED],
    ids=lambda path: path.parent.name,
)
def test_damaged_images_own_what_libext2fs_finds(path: Path, tmp_path: Path, store: Path, peer: Path) -> None:
    image = tmp_path / "damaged.img"
    unpack(path, image)
    walk = walk_ext(image, store)
    said = ask_peer(peer, image)
    found = list_blocks(walk)
    for inode in set(found) | set(said.blocks) - said.failed:
        inside = [each for each in said.blocks.get(inode, []) if each[0] < walk.blocks]
        assert inode in said.failed or found.get(inode, []) == inside, inode

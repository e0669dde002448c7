"""FAT12, FAT16 and FAT32: images by mkfs.fat and mtools, compared with mshowfat, istat and fsck.fat."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from shutil import copy

import pytest

from tests.captures import MISSING, ROOT
from tests.image.fat_damage import DAMAGES, Damage, FatEditor
from tests.image.make_fat import (
    KINDS,
    TOOLS,
    Geometry,
    Kind,
    ask_mshowfat,
    check_fat,
    list_paths,
    make_fat,
    read_geometry,
)
from tests.image.real import FAT_IMAGES, RealImage, unpack
from tests.image.tools import need, run_tool
from tests.image.walked import blocks_of, check_sound, walk_with
from udfc.image.audit import audit_walk
from udfc.image.finding import MEANINGS
from udfc.image.names import find_names
from udfc.image.walk import Walk

pytestmark = need(*TOOLS)

TABLE = ROOT / "docs" / "udf-audit.md"

FOUND = {
    "check-chain_to_other_file.fsck": {"twice": 2, "unowned": 2, "chain": 1},
    "check-circular_chain.fsck": {"twice": 1, "unowned": 1},
}
"""What the audit finds in the broken images of dosfstools; in the others it finds nothing."""


SOUND = [
    pytest.param(each, marks=[pytest.mark.long] if each.name.startswith("label-") else [])
    for each in FAT_IMAGES
    if not each.broken
]
"""The images of labels differ in little but that."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proofs")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Path]:
    """One image of each kind, which no test changes."""
    folder = tmp_path_factory.mktemp("images")
    found = {kind: folder / f"{kind.name}.img" for kind in KINDS}
    for kind, image in found.items():
        make_fat(image, kind)
    return found


def walk_fat(image: Path, store: Path) -> Walk:
    if read_geometry(image).clusters > 20_000:
        return walk_with("fat", image, engine="native", store=store)
    return walk_with("fat", image)


def count_used(walk: Walk, geometry: Geometry) -> int:
    assert walk.used is not None
    return int(walk.used[geometry.first :].sum()) // geometry.cluster_sectors


def count_by_fsck(image: Path) -> int:
    """Return how many clusters fsck.fat says are in use."""
    found = re.search(r"(\d+)/\d+ clusters", check_fat(image).stdout)
    assert found is not None
    return int(found[1])


def check_files(walk: Walk, image: Path) -> None:
    """Compare the sectors of each file with its clusters in mshowfat."""
    geometry = read_geometry(image)
    heads = set()
    for path, clusters in ask_mshowfat(image, list_paths(image)).items():
        if clusters:
            heads.add(clusters[0])
            assert blocks_of(walk, clusters[0]) == geometry.sectors(clusters), path
    assert set(walk.files.list_files()) - heads == {0}, "and the root directory"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_clusters_are_those_of_mshowfat(images: dict[Kind, Path], store: Path, kind: Kind) -> None:
    image = images[kind]
    geometry = read_geometry(image)
    assert geometry.bits == kind.bits
    walk = walk_fat(image, store)
    check_sound(walk)
    check_files(walk, image)
    assert count_used(walk, geometry) == count_by_fsck(image)


@need("fls", "istat")
@pytest.mark.parametrize("kind", [KINDS[1], KINDS[4]], ids=lambda kind: kind.name)
def test_sectors_are_those_of_istat(images: dict[Kind, Path], store: Path, kind: Kind) -> None:
    image = images[kind]
    geometry = read_geometry(image)
    walk = walk_fat(image, store)
    listed = run_tool(["fls", "-r", "-u", str(image)]).decode()
    checked = 0
    for number in re.findall(r"[rd]/[rd] (\d+):", listed):
        said = run_tool(["istat", str(image), number]).decode()
        sectors = [int(word) for word in said.partition("Sectors:")[2].split()]
        # Behind a file's end istat prints no sectors, or zeros; a cluster belongs to it as a whole.
        clusters = [geometry.cluster(sector) for sector in sectors if sector]
        if clusters:
            assert blocks_of(walk, clusters[0]) == geometry.sectors(clusters)
            checked += 1
    assert checked > 50


def test_names_lead_to_files(images: dict[Kind, Path]) -> None:
    image = images[KINDS[0]]
    walk = walk_with("fat", image)
    names = find_names(walk)
    clusters = ask_mshowfat(image, ["::/deep/deeper/deepest/pieces"])["::/deep/deeper/deepest/pieces"]
    assert names.path(clusters[0]) == "/DEEP/DEEPER/DEEPEST/PIECES"
    assert len(clusters) == 33
    assert len({abs(low - high) for low, high in pairwise(clusters)}) > 1, "it lies in pieces"


@pytest.mark.skipif(not FAT_IMAGES, reason=MISSING)
@pytest.mark.parametrize("real", SOUND, ids=lambda real: real.name)
def test_real_images_are_sound(tmp_path: Path, store: Path, real: RealImage) -> None:
    image = unpack(real, tmp_path / "fat.img")
    walk = walk_fat(image, store)
    check_sound(walk)
    check_files(walk, image)
    assert count_used(walk, read_geometry(image)) == count_by_fsck(image)


@pytest.mark.skipif(not FAT_IMAGES, reason=MISSING)
@pytest.mark.parametrize("real", [each for each in FAT_IMAGES if each.broken], ids=lambda real: real.name)
def test_broken_images_of_dosfstools(tmp_path: Path, store: Path, real: RealImage) -> None:
    image = unpack(real, tmp_path / "fat.img")
    audit = audit_walk(walk_fat(image, store))
    assert audit.counts == FOUND.get(real.name, {})
    said = check_fat(image)
    assert said.returncode == 1
    covered = re.search("share clusters|Circular|Reclaimed|Bad start|beyond limit|free cluster", said.stdout)
    assert bool(covered) == bool(audit.counts)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_the_documentation_says_what_is_found(damage: Damage) -> None:
    found = ", ".join(meaning for kind, meaning in MEANINGS.items() if kind in damage.found)
    row = re.search(rf"^\| {damage.name} \| (.*) \| (.*) \|$", TABLE.read_text(), re.MULTILINE)
    assert row is not None
    assert row[1] == damage.fsck
    assert sorted(row[2].split(", ")) == sorted(found.split(", "))


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
@pytest.mark.parametrize("kind", [KINDS[0], KINDS[3]], ids=lambda kind: kind.name)
def test_damage_is_found_where_fsck_finds_it(
    images: dict[Kind, Path], tmp_path: Path, kind: Kind, damage: Damage
) -> None:
    image = Path(copy(images[kind], tmp_path / "fat.img"))
    clusters = ask_mshowfat(image, ["::/pieces", "::/file6"])
    editor = FatEditor(image)
    damage.apply(editor, clusters["::/pieces"], clusters["::/file6"])
    editor.save()
    said = check_fat(image)
    assert damage.fsck in said.stdout + said.stderr
    assert audit_walk(walk_with("fat", image)).counts.keys() == damage.found

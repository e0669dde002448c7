"""Walking: what is found on a sound image, and that each kind of damage is found and nothing stops."""

from __future__ import annotations

import random
from dataclasses import fields

import pytest

from runtime import limits
from runtime.diagnostic import Refused
from runtime.load.native import native_available
from runtime.template.engine import Engine
from tests.image.tiny import BLOCK, MAGIC, Tiny, make_sound, tiny_templates, walk_tiny, words
from udfc.image.audit import audit_walk
from udfc.image.finding import MEANINGS, FindingKind
from udfc.image.names import find_names
from udfc.image.walk import Walk, prepare_walk, walk_image, walk_prepared


def _found(walk: Walk) -> dict[str, list[tuple[int, int, tuple[str, ...]]]]:
    """Findings by kind: first block, count, templates of the owners."""
    found: dict[str, list[tuple[int, int, tuple[str, ...]]]] = {}
    for finding in audit_walk(walk).findings:
        owners = tuple(walk.object(number).template for number in finding.owners)
        found.setdefault(finding.kind, []).append((finding.first, finding.count, owners))
    return found


def test_a_sound_image() -> None:
    walk = walk_tiny(make_sound().image())
    assert _found(walk) == {}
    assert walk.used is not None
    assert walk.owned.tolist() == walk.used.tolist()
    assert (walk.unit, walk.blocks) == (64, 64)
    assert walk.blocks_of(2).data == [20, 21, 25, 23, 24]
    assert sorted(walk.blocks_of(2).metadata) == [13, 22]
    assert walk.blocks_of(1).data == [12]
    assert walk.files.list_files() == [1, 2, 3, 4, 5]  # a free inode is zeros, and no file


def test_a_chain_belongs_to_its_file() -> None:
    walk = walk_tiny(make_sound().image())
    assert sorted(walk.blocks_of(4).data) == [26, 30, 31]
    assert walk.blocks_of(4).metadata == [13]
    chain = [("data", number, 1) for number in (26, 30, 31)]
    assert sorted(walk.extents_of(4)) == [*chain, ("tiny_shared", 13, 1)]
    (owner,) = walk.owners(26)
    assert walk.object(owner).template == "tiny_table"


def test_a_directory_goes_on_in_a_chain() -> None:
    tiny = make_sound()
    tiny.inode(3, 1, chain=14)
    tiny.blocks[10] = words(*[31 if c == 30 else 26 if c == 31 else 50 if c == 14 else 0 for c in range(32)])
    tiny.directory(50, {b"deep": 6})
    tiny.inode(6, 2, (51, 0, 0))
    tiny.used |= {50, 51}
    walk = walk_tiny(tiny.image())
    assert _found(walk) == {}
    assert sorted(walk.blocks_of(3).data) == [14, 50]
    assert find_names(walk).path(6) == "/dir/deep"


def test_names() -> None:
    names = find_names(walk_tiny(make_sound().image()))
    assert [names.path(number) for number in range(1, 6)] == ["/", "/a", "/dir", r"/\x1b[2J\x2f", "/dir/b"]
    assert names.path(9) is None


def test_owned_twice() -> None:
    tiny = make_sound()
    tiny.inode(5, 2, (21, 40, 0))
    assert _found(walk_tiny(tiny.image())) == {
        "twice": [(21, 1, ("tiny_inode", "tiny_inode")), (40, 1, ("tiny_list", "tiny_inode"))]
    }


def test_owned_twice_by_itself() -> None:
    tiny = make_sound()
    tiny.inode(5, 2, (42, 42, 0))
    tiny.used.add(42)
    assert _found(walk_tiny(tiny.image())) == {"twice": [(42, 1, ("tiny_inode", "tiny_inode"))]}


def test_the_map_differs() -> None:
    tiny = make_sound()
    tiny.used -= {20, 21, 40}
    tiny.used |= {50, 51, 52, 60}
    assert _found(walk_tiny(tiny.image())) == {
        "free": [(20, 2, ("tiny_inode",)), (40, 1, ("tiny_list",))],
        "unowned": [(50, 3, ()), (60, 1, ())],
    }


def test_pointers_out_of_range() -> None:
    tiny = make_sound()
    tiny.inode(5, 2, (64, 65535, 63), indirect=64)
    tiny.used.add(63)
    assert _found(walk_tiny(tiny.image())) == {
        "range": [(number, 1, ("tiny_inode",)) for number in (64, 65535, 64)]
    }


def test_impossible_arguments_and_sizes() -> None:
    for special, expected in (
        ((50, 1, 6), {"arguments": [(50, 1, ("tiny_super",))]}),
        ((50, 2, 7), {"size": [(50, 2, ("tiny_super",))]}),
        ((50, 1, 9), {}),
    ):
        tiny = make_sound()
        tiny.special = special
        tiny.used |= set(range(special[0], special[0] + special[1]))
        assert _found(walk_tiny(tiny.image())) == expected


def test_impossible_units() -> None:
    tiny = make_sound()
    tiny.scaled = 50
    tiny.blocks[50] = words(0, 3)
    tiny.used.add(50)
    assert _found(walk_tiny(tiny.image())) == {"unit": [(0, 0, ("tiny_scaled",))]}


def test_units_of_another_size() -> None:
    tiny = make_sound()
    tiny.scaled = 50
    tiny.blocks[50] = words(2 * BLOCK, 26)  # blocks 52 and 53
    tiny.used |= {50, 52, 53}
    walk = walk_tiny(tiny.image())
    assert _found(walk) == {}
    assert walk.owners(53) == walk.owners(52) != ()


def test_circles_end() -> None:
    tiny = make_sound()
    tiny.blocks[15] = words(11, 41)  # the list's end points to its beginning
    tiny.directory(14, {b"up": 1, b"b": 5, b"self": 3})
    assert _found(walk_tiny(tiny.image())) == {"twice": [(11, 1, ("tiny_super", "tiny_list"))]}


def test_circular_chains_end() -> None:
    tiny = make_sound()
    tiny.blocks[10] = words(*[31 if c == 30 else 30 if c == 31 else 0 for c in range(32)])
    tiny.used.discard(26)
    walk = walk_tiny(tiny.image())
    assert _found(walk) == {"twice": [(30, 1, ("tiny_table", "tiny_inode"))]}
    assert sorted(walk.blocks_of(4).data) == [30, 30, 31]


def test_chains_without_a_beginning() -> None:
    tiny = make_sound()
    tiny.inode(4, 2, shared=13)
    found = _found(walk_tiny(tiny.image()))
    assert sorted(found.pop("chain")) == [(26, 1, ("tiny_table",)), (31, 1, ("tiny_table",))]
    assert found == {"unowned": [(30, 1, ())]}


def test_a_chain_that_leads_only_to_itself() -> None:
    tiny = make_sound()
    next_of = {30: 31, 31: 26, 16: 17, 17: 16}
    tiny.blocks[10] = words(*[next_of.get(c, 0) for c in range(32)])
    tiny.used |= {16, 17}
    assert sorted(_found(walk_tiny(tiny.image()))["chain"]) == [
        (16, 1, ("tiny_table",)),
        (17, 1, ("tiny_table",)),
    ]


def test_more_owners_than_it_says() -> None:
    tiny = make_sound()
    tiny.blocks[13] = words(1)
    assert _found(walk_tiny(tiny.image())) == {"shared": [(13, 1, ("tiny_shared",))]}


@pytest.mark.parametrize("blocks", [1, 2, 3, 5, 12, 13, 23, 40])
def test_images_cut_off(blocks: int) -> None:
    image = make_sound().image()
    found = _found(walk_tiny(image[: blocks * BLOCK + 5]))
    assert found["short"][-1] == (blocks, 64 - blocks, ())
    assert set(found) <= {"short", "unowned", "chain", "free"}


def test_half_an_inode_table_is_read() -> None:
    walk = walk_tiny(make_sound().image()[: 2 * BLOCK + 48])
    assert walk.files.list_files() == [1, 2]


def test_no_room_for_the_root() -> None:
    with pytest.raises(Refused) as refusal:
        walk_tiny(bytes(40))
    assert refusal.value.diagnostics[0].code == "IMG005"


def test_an_image_without_anything() -> None:
    walk = walk_tiny(bytes(10 * BLOCK))
    assert (walk.blocks, len(walk.extents), walk.findings) == (0, 0, ())
    assert walk.owners(0) == ()
    assert audit_walk(walk).counts == {}


def test_unknown_roots() -> None:
    with pytest.raises(ValueError, match="tiny_super"):
        walk_image(bytes(64), tiny_templates(), "tiny_list")


def test_damage_everywhere_is_no_catastrophe() -> None:
    sound = bytearray(make_sound().image())
    for seed in range(150):
        rng = random.Random(seed)
        image = bytearray(sound)
        for _ in range(rng.choice((1, 4, 40, 800))):
            image[rng.randrange(2, len(image))] = rng.choice((0, 1, 2, 255, rng.randrange(256)))
        end = rng.choice((len(image), rng.randrange(BLOCK, len(image))))
        walk = walk_tiny(bytes(image[:end]))
        audit = audit_walk(walk)
        assert set(audit.counts) <= set(MEANINGS)
        assert sum(audit.counts.values()) >= len(audit.findings)
        assert walk.owned.sum() <= max(walk.blocks, 1)
        find_names(walk)


@pytest.mark.skipif(not native_available(), reason="needs an x86-64 host")
def test_native_and_interpreted_walks_agree() -> None:
    engines: tuple[Engine, ...] = ("native", "interpreter")
    walkers = [prepare_walk(tiny_templates(), engine=engine) for engine in engines]
    sound = make_sound().image()
    for seed in range(30):
        rng, image = random.Random(seed), bytearray(sound)
        for _ in range(seed * 3):
            image[rng.randrange(2, len(image))] = rng.choice((0, 1, 2, 10, 255))
        native, interpreted = (walk_prepared(bytes(image), prepared) for prepared in walkers)
        for table in ("objects", "extents"):
            for column in fields(getattr(native, table)):
                both = [getattr(getattr(walk, table), column.name).tolist() for walk in (native, interpreted)]
                assert both[0] == both[1]
        assert audit_walk(native) == audit_walk(interpreted)
        assert find_names(native).entries == find_names(interpreted).entries


def test_a_hostile_image_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MIN_IMAGE_ROWS", 100)
    tiny = Tiny(total=2000, inode_blocks=500)
    for number in range(2000):
        tiny.inode(number, 2, (1000, 1001, 1002), indirect=1003 + number % 700)
    image = bytearray(tiny.image())
    monkeypatch.setattr(limits, "MAX_IMAGE_ROWS", 500)
    walk = walk_tiny(bytes(image))
    assert "limit" in walk.counts
    kinds: set[FindingKind] = {finding.kind for finding in audit_walk(walk).findings}
    assert "limit" in kinds
    assert "unowned" not in kinds  # nobody has looked at all
    assert len(walk.extents) < 10_000


def test_the_magic_number_matters() -> None:
    image = bytearray(make_sound().image())
    assert image[:2] == MAGIC.to_bytes(2, "little")
    image[0] ^= 1
    assert walk_tiny(bytes(image)).blocks == 0

"""Name areas: the proved methods of C-FFS against a model, and what the library says about the same bytes."""

from __future__ import annotations

import struct
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.template.engine import Loaded, load_template
from tests.libfs.area import Area
from udfc.program import compile_templates
from vm.cffs.names import entry_bytes, find_room, inspect_area, method_words, scan_area
from vm.ffs.names import (
    enter_name,
    inspect_block,
    leave_name,
    replace_inode,
    scan_block,
    spell_name,
)
from vm.ffs.names import entry_bytes as ffs_entry_bytes
from vm.ffs.names import find_room as find_ffs_room

SECTOR = 700
OWN = [4 * SECTOR + slot for slot in (1, 2, 3)]
KINDS = [0x40, 0x80, 0xA0]
NAMES = st.one_of(
    st.sampled_from([b"a", b"b", b".", b"..", b"x/y", b"with\0nul", b"n" * 24, b"n" * 25, b"m" * 120]),
    st.binary(min_size=1, max_size=120),
)
NUMBERS = st.sampled_from([*OWN, 4 * SECTOR, 4 * SECTOR + 5, 17, 0])
PLACES = st.sampled_from([0, 32, 40, 64, 72, 96, 8, 120, 3])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), PLACES, NUMBERS, st.sampled_from([*KINDS, 0]), NAMES),
        st.tuples(st.just("enter"), PLACES, st.just(17), st.sampled_from(KINDS), NAMES),
        st.tuples(st.just("leave"), PLACES, NUMBERS),
        st.tuples(st.just("set_inode"), PLACES, NUMBERS, NUMBERS, st.sampled_from(KINDS)),
        st.tuples(st.just("set_name"), PLACES, NUMBERS, NAMES),
        st.tuples(st.just("inode"), st.sampled_from(OWN), st.sampled_from([*KINDS, 0])),
    ),
    max_size=30,
)


@cache
def load() -> Loaded:
    return load_template(compile_templates("cffs")["cffs_sector"], "interpreter")


def set_inode(meta: bytearray, area: Area, number: int, kind: int) -> None:
    at = 128 * (number & 3)
    meta[at : at + 128] = bytes(128)
    area.inodes.pop(number, None)
    if kind:
        struct.pack_into("<I", meta, at, number)
        struct.pack_into("<H", meta, at + 12, kind << 8)
        area.inodes[number] = kind


def call(meta: bytearray, step: tuple[object, ...]) -> bool:
    """Do a step by the method; say whether it was done."""
    match step:
        case ("enter", int(at), int(number), int(kind), bytes(name)):
            words = method_words(at, kind << 8, number, name)
            words = (words[0] & ~0xFF | at, *words[1:])
        case ("set_name", int(at), int(number), bytes(name)):
            words = (method_words(0, 0, number, name)[0] | at, *method_words(0, 0, number, name)[1:])
        case (_, *numbers):
            words = tuple(number for number in numbers if isinstance(number, int))
    return load().run_method(str(step[0]), meta, (SECTOR,), words) == 0


def show(meta: bytearray) -> bytes:
    """Return the entries without what is behind names."""
    found, at = b"", 0
    while at < 128 and meta[at]:
        length = meta[at + 3] if meta[at + 2] else 0
        found += bytes(meta[at : at + 8 + length])
        at += meta[at]
    return found


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_methods_are_like_the_model(steps: list[tuple[object, ...]]) -> None:
    meta, area = bytearray(512), Area(SECTOR)
    for step in steps:
        if step[0] == "inode":
            _, number, kind = step
            assert isinstance(number, int)
            assert isinstance(kind, int)
            set_inode(meta, area, number, kind)
            continue
        before = bytes(meta)
        done = getattr(area, str(step[0]))(*step[1:])
        assert call(meta, step) == done, step
        assert show(meta) == area.pack()
        assert meta[128:] == before[128:], "inodes are not touched"
        if not done:
            assert meta == before
    view = memoryview(bytes(meta) + bytes(4096 - 512))
    assert inspect_area(view, 0) == []
    found = [(entry.name, entry.number) for entry in scan_area(view, 0)]
    assert found == [(item.name, item.number) for item in area.items if item.kind]
    for wanted in (32, 64, 96, 128):
        room = find_room(view, 0, wanted)
        rooms = [item.size - item.need for item in area.items] or [128]
        assert (room is not None) == any(each >= wanted for each in rooms)


def test_entries_grow_in_eights() -> None:
    assert [entry_bytes(count) for count in (1, 24, 25, 32, 33, 120)] == [32, 32, 40, 40, 48, 128]


FFS_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.binary(min_size=1, max_size=255), st.integers(2, 99)),
        st.tuples(st.just("leave"), st.integers(0, 20), st.just(0)),
        st.tuples(st.just("replace"), st.integers(0, 20), st.integers(2, 99)),
        st.tuples(st.just("spell"), st.integers(0, 20), st.binary(min_size=1, max_size=60)),
    ),
    max_size=60,
)


@given(FFS_STEPS)
@settings(max_examples=100, deadline=None)
def test_sectors_of_names_of_ffs(steps: list[tuple[str, object, object]]) -> None:
    block = bytearray(4096)
    view = memoryview(block)
    known: dict[int, tuple[bytes, int]] = {}  # place -> name and inode
    for what, first, second in steps:
        write = None
        if what == "enter":
            assert isinstance(first, bytes)
            assert isinstance(second, int)
            room = find_ffs_room(view, 512, ffs_entry_bytes(len(first)))
            if room is not None:
                write = enter_name(view, room, first, second, 0x8000)
                known[write.at] = (first, second)
        elif known:
            assert isinstance(first, int)
            at = sorted(known)[first % len(known)]
            if what == "leave":
                write = leave_name(view, at)
                del known[at]
            elif what == "replace":
                assert isinstance(second, int)
                write = replace_inode(view, at, second, 0x8000)
                known[at] = (known[at][0], second)
            else:
                assert isinstance(second, bytes)
                write = spell_name(view, at, second)
                if write is not None:
                    known[at] = (second, known[at][1])
        if write is not None:
            assert write.offset >= 512
            assert write.offset + len(write.data) <= 1024, "one name, one sector"
            block[write.offset : write.offset + len(write.data)] = write.data
    assert inspect_block(view) == []
    assert {each.at: (each.name, each.number) for each in scan_block(view)} == known

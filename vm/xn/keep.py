"""What XN writes for itself: the super block, the free map, the catalogues.

In: the state. Out: sectors on the disk, in an order that a crash at any moment leaves usable. The kernel
waits for these few writes inside the call; `run_until` lets the clock run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from zlib import crc32

from vm.xn.free_map import SECTOR_BLOCKS
from vm.xn.layout import (
    MAP_BLOCK,
    ROOT_BYTES,
    SUPER_BLOCK,
    TYPE_BYTES,
    RootEntry,
    TypeEntry,
    pack_root,
    pack_super,
    pack_type,
)
from vm.xn.limits import BLOCK, SECTOR
from vm.xn.registry import Entry
from vm.xn.root import Root
from vm.xn.state import State

_SECTORS = BLOCK // SECTOR


def run_until(state: State, is_done: Callable[[], bool]) -> None:
    """Let time pass until something is done."""
    while not is_done():
        assert state.clock.run_next(), "what the kernel waits for is under way"


def write_now(state: State, sector: int, data: bytes) -> None:
    """Write sectors, past any cache, and wait."""
    pending = [sector]
    state.disk.write(sector, [data], pending.clear, fua=True)
    run_until(state, lambda: not pending)


def read_now(state: State, block: int, count: int) -> bytes:
    """Read blocks, and wait."""
    data = bytearray(count * BLOCK)
    pending = [block]
    state.disk.read(block * _SECTORS, [data], pending.clear)
    run_until(state, lambda: not pending)
    return bytes(data)


def begin_writing(state: State) -> bool:
    """Before the first write: the disk is not clean any more. Return whether that took time."""
    waits = bool(state.settling)
    run_until(state, lambda: not state.settling)
    if not _is_super_due(state):
        return waits
    _start_super(state)
    write_now(state, SUPER_BLOCK * _SECTORS, pack_super(state.super))
    return True


def _is_super_due(state: State) -> bool:
    return state.super.clean or not state.is_super_saved


def _start_super(state: State) -> None:
    """The super block is about to be written: not clean."""
    state.super = replace(state.super, clean=False)
    state.is_super_saved = True


def prepare_disk(state: State, going: Iterable[Entry]) -> bool:
    """Write what must be on the disk before `going`; return whether time passed.

    That is: the disk is not clean any more; and, for an ordered map, that new kids of what is written next,
    and new roots, are in use.
    """
    passed = begin_writing(state)
    stale = _list_stale(state, going)
    for sector in stale:
        write_map_sector(state, sector)
    return passed or bool(stale)


def start_preparing(state: State, going: Iterable[Entry], then: Callable[[], None]) -> bool:
    """Do what `prepare_disk` does in an event, where nobody can wait.

    Returns:
        Whether there is anything to do; if so, `then` is called when it may be done.
    """
    if state.settling:
        return True  # whoever started that comes back
    sectors = {}
    if _is_super_due(state):
        _start_super(state)
        sectors[SUPER_BLOCK * _SECTORS] = pack_super(state.super)
    for sector in _list_stale(state, going):
        sectors[MAP_BLOCK * _SECTORS + sector] = state.free_map.pack(sector)
        state.free_map.stale.discard(sector)
    state.settling.update(sectors)

    def settle(sector: int) -> None:
        state.settling.discard(sector)
        if not state.settling:
            then()

    for sector, data in sectors.items():
        state.disk.write(sector, [data], partial(settle, sector), fua=True)
    return bool(sectors)


def _list_stale(state: State, going: Iterable[Entry]) -> list[int]:
    """Return the sectors of an ordered map that call free what is led to when `going` are on the disk."""
    if not state.super.ordered:
        return []
    sectors = {kid.block // SECTOR_BLOCKS for entry in going for kid in entry.fresh}
    sectors |= {entry.block // SECTOR_BLOCKS for entry in going if entry.root is not None}
    return sorted(sectors & state.free_map.stale)


def write_map_sector(state: State, sector: int) -> None:
    """Write a sector of the free map, and wait."""
    write_now(state, MAP_BLOCK * _SECTORS + sector, state.free_map.pack(sector))
    state.free_map.stale.discard(sector)


def write_map(state: State) -> int:
    """Write all of the free map, and wait; return its check sum."""
    data = b"".join(state.free_map.pack(sector) for sector in range(state.free_map.sectors))
    for start in range(0, len(data), 32 * BLOCK):
        write_now(state, MAP_BLOCK * _SECTORS + start // SECTOR, data[start : start + 32 * BLOCK])
    state.free_map.stale.clear()
    return crc32(data)


def write_clean(state: State) -> None:
    """Everything is on the disk: say so, and wait."""
    state.super = replace(state.super, clean=True, map_crc=write_map(state))
    state.is_super_saved = True
    write_now(state, SUPER_BLOCK * _SECTORS, pack_super(state.super))


def commit_root(state: State, root: Root, notify: Callable[[], None]) -> None:
    """Start writing a root's entry of the catalogue: its block is stable."""
    assert root.slot is not None, "temporary roots are in no catalogue"
    root.on_disk = True
    _start_root_sector(state, root.slot, notify)


def clear_root(state: State, slot: int) -> None:
    """Write the catalogue without the root that had `slot`, and wait; the root is no longer in the table."""
    pending = [slot]
    _start_root_sector(state, slot, pending.clear)
    run_until(state, lambda: not pending)


def _start_root_sector(state: State, slot: int, notify: Callable[[], None]) -> None:
    """Start writing the sector of the root catalogue that has `slot`."""
    per_sector = SECTOR // ROOT_BYTES
    sector = slot // per_sector
    on_disk = {root.slot: root for root in state.roots.values() if root.on_disk}
    data = b"".join(
        state.damaged_roots.get(number) or _pack_slot(on_disk.get(number))
        for number in range(sector * per_sector, (sector + 1) * per_sector)
    )
    state.disk.write(state.super.roots_at * _SECTORS + sector, [data], notify, fua=True)


def _pack_slot(root: Root | None) -> bytes:
    if root is None:
        return bytes(ROOT_BYTES)
    return pack_root(RootEntry(root.name, root.guard, root.block, root.type, root.arguments))


def write_type(state: State, slot: int, entry: TypeEntry, form: bytes) -> None:
    """Write a set of types: its form, then its entry of the catalogue, and wait."""
    begin_writing(state)
    data = form.ljust(-(-len(form) // BLOCK) * BLOCK, b"\0")
    for start in range(0, len(data), 32 * BLOCK):
        write_now(state, entry.block * _SECTORS + start // SECTOR, data[start : start + 32 * BLOCK])
    if state.super.ordered:
        last = entry.block + len(data) // BLOCK - 1
        for sector in range(entry.block // SECTOR_BLOCKS, last // SECTOR_BLOCKS + 1):
            write_map_sector(state, sector)
    per_sector = SECTOR // TYPE_BYTES
    at = state.super.types_at * BLOCK + slot * TYPE_BYTES
    sector = at // SECTOR
    old = bytearray(read_now(state, sector // _SECTORS, 1))
    inside = sector % _SECTORS * SECTOR
    place = inside + slot % per_sector * TYPE_BYTES
    old[place : place + TYPE_BYTES] = pack_type(entry)
    write_now(state, sector, bytes(old[inside : inside + SECTOR]))

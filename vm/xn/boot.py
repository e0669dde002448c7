"""A disk becomes a storage layer: formatted once, started each time.

In: a disk. Out: a `State`, and what recovery found. The clean flag says that the free map was written last;
an ordered map may be believed without it. Everything read here is hostile.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import Literal, TypeAlias
from zlib import crc32

from vm.machine.clock import Clock
from vm.machine.disk import Disk
from vm.xn.free_map import FreeMap
from vm.xn.keep import read_now, run_until, write_clean
from vm.xn.layout import (
    ROOT_BYTES,
    SUPER_BLOCK,
    TYPE_BYTES,
    RootEntry,
    Super,
    is_blank,
    pack_super,
    unpack_root,
    unpack_super,
    unpack_type,
)
from vm.xn.limits import BLOCK, MAX_BLOCKS, MAX_FORM_BYTES, MAX_TYPE_SETS, ROOT_BLOCKS, SECTOR, TYPE_BLOCKS
from vm.xn.owned import DATA, Type
from vm.xn.recover import Recovery, Walk, believe_map, read_map
from vm.xn.registry import Registry
from vm.xn.root import Root
from vm.xn.state import State
from vm.xn.transfer import write_orphans
from vm.xn.types import TypeLibrary
from vm.xok.environments import Environments
from vm.xok.pages import Pages
from vm.xok.refusal import Code, Refusal

Recover: TypeAlias = Literal["auto", "always"]

_SECTORS = BLOCK // SECTOR


def format_disk(clock: Clock, disk: Disk, ordered: bool) -> None:
    """Make an empty XN disk; what was there before is lost.

    Raises:
        Refusal: BAD_DISK, too small or too large.
    """
    super_block = Super(disk.blocks, clean=True, ordered=ordered)
    if not super_block.first_block < disk.blocks <= MAX_BLOCKS:
        raise Refusal(Code.BAD_DISK, f"a disk of {disk.blocks} blocks")
    pending: list[int] = []

    def wait(sector: int, data: bytes) -> None:
        pending.append(sector)
        disk.write(sector, [data], pending.clear, fua=True)
        while pending:
            assert clock.run_next(), "the write is under way"

    wait(SUPER_BLOCK * _SECTORS, bytes(SECTOR))  # no half of the old and half of the new
    free = FreeMap(disk.blocks)
    free.fill(bytes(super_block.first_block) + b"\1" * (disk.blocks - super_block.first_block))
    own = b"".join(free.pack(sector) for sector in range(free.sectors))
    super_block = replace(super_block, map_crc=crc32(own))
    own = own.ljust((super_block.first_block - 2) * BLOCK, b"\0")
    for start in range(0, len(own), 32 * BLOCK):
        wait(2 * _SECTORS + start // SECTOR, own[start : start + 32 * BLOCK])
    wait(SUPER_BLOCK * _SECTORS, pack_super(super_block))


def start_storage(
    clock: Clock,
    disk: Disk,
    pages: Pages,
    environments: Environments,
    library: TypeLibrary,
    recover: Recover,
) -> tuple[State, Recovery]:
    """Return the storage of a disk that was formatted, and what its recovery found.

    Args:
        clock: of the machine.
        disk: of the machine; it was formatted.
        pages: of the kernel.
        environments: of the kernel.
        library: types that were proved already.
        recover: `auto` walks the roots of a disk that was not shut down and has no ordered map; `always`.

    Raises:
        Refusal: BAD_DISK.
    """
    super_block = _read_super(clock, disk)
    state = State(
        clock,
        disk,
        pages,
        environments,
        library,
        super_block,
        Registry(),
        FreeMap(super_block.blocks),
    )
    state.wake_orphans = partial(write_orphans, state)
    findings = _load_types(state) + _load_roots(state)
    packed = read_map(state) if super_block.clean else None
    mended = []
    if packed is not None and crc32(packed) != super_block.map_crc:
        mended.append("the free map is damaged: made again from the roots")
    believed = super_block.clean or super_block.ordered
    if recover == "always" or findings or mended or super_block.walk or not believed:
        walk = Walk(state)
        walk.report.findings += findings
        walk.report.mended += mended
        report = walk.run()
    else:
        report = believe_map(state, packed)
    needs_walk = bool(report.findings)
    state.super = replace(super_block, walk=needs_walk)
    state.is_super_saved = super_block.walk == needs_walk
    return state, report


def _read_super(clock: Clock, disk: Disk) -> Super:
    if disk.blocks <= SUPER_BLOCK:
        raise Refusal(Code.BAD_DISK, f"a disk of {disk.blocks} blocks")
    sector = bytearray(SECTOR)
    pending = [SUPER_BLOCK]
    disk.read(SUPER_BLOCK * _SECTORS, [sector], pending.clear)
    while pending:
        assert clock.run_next(), "the read is under way"
    found = unpack_super(bytes(sector), disk.blocks)
    if found is None:
        raise Refusal(Code.BAD_DISK, "there is no super block of an XN disk")
    return found


def _load_types(state: State) -> list[str]:
    """Load the type catalogue; return what is wrong with it."""
    data = read_now(state, state.super.types_at, TYPE_BLOCKS)
    findings = []
    for slot in range(1, MAX_TYPE_SETS):
        raw = data[slot * TYPE_BYTES : (slot + 1) * TYPE_BYTES]
        if is_blank(raw):
            continue
        entry = unpack_type(raw)
        state.damaged_types.add(slot)  # until it has been loaded
        if entry is None or entry.number != slot or not entry.length or entry.name in state.sets:
            findings.append(f"entry {slot} of the type catalogue is damaged")
            continue
        count = -(-entry.length // BLOCK)
        inside = state.is_block(entry.block) and state.is_block(entry.block + count - 1)
        if not inside or entry.length > MAX_FORM_BYTES:
            findings.append(f"the types `{entry.name}` lie outside the disk")
            continue
        state.type_runs.append((entry.block, count))
        form = b"".join(
            read_now(state, entry.block + start, min(32, count - start)) for start in range(0, count, 32)
        )[: entry.length]
        digest = hashlib.sha256(form).digest()
        if digest[:16] != entry.digest:
            findings.append(f"the types `{entry.name}` are damaged on the disk")
            continue
        try:
            proved = state.library.prove(form, digest)
        except Refusal as refusal:
            findings.append(f"the types `{entry.name}` are refused: {refusal.message}")
            continue
        loaded = state.library.number(entry.name, slot, proved)
        state.damaged_types.discard(slot)
        state.sets[entry.name] = (slot, proved, loaded)
        state.types.update({each.type: each for each in loaded.values()})
    return findings


def _load_roots(state: State) -> list[str]:
    """Load the root catalogue; return what is wrong with it."""
    data = read_now(state, state.super.roots_at, ROOT_BLOCKS)
    findings = []
    taken = {block for first, count in state.type_runs for block in range(first, first + count)}
    for slot in range(ROOT_BLOCKS * BLOCK // ROOT_BYTES):
        raw = data[slot * ROOT_BYTES : (slot + 1) * ROOT_BYTES]
        if is_blank(raw):
            continue
        entry = unpack_root(raw)
        if entry is None or entry.name in state.roots:
            state.damaged_roots[slot] = raw
            findings.append(f"entry {slot} of the root catalogue is damaged")
            continue
        if not state.is_block(entry.block) or entry.block in taken or not _is_root_type(state, entry):
            findings.append(f"the root `{entry.name}` cannot be what the catalogue says")
        taken.add(entry.block)
        state.roots[entry.name] = Root(
            entry.name,
            entry.block,
            Type(entry.type),
            entry.arguments,
            entry.capability,
            temporary=False,
            slot=slot,
            on_disk=True,
            owner=None,
        )
    return findings


def _is_root_type(state: State, entry: RootEntry) -> bool:
    if entry.type == DATA:
        return not entry.arguments
    loaded = state.types.get(entry.type)
    return loaded is not None and loaded.takes(entry.arguments)


def shut_down(state: State) -> None:
    """Everything is on the disk: write the free map, and say so.

    Raises:
        Refusal: DIRTY where something is not.
    """
    travelling = [entry.block for entry in state.registry if entry.transfer.value == "writing"]
    if state.registry.dirty or travelling:
        raise Refusal(
            Code.DIRTY, f"{len(state.registry.dirty)} blocks are dirty, {len(travelling)} on their way"
        )
    if state.unflushed:
        raise Refusal(Code.DIRTY, f"{len(state.unflushed)} blocks are in the drive's cache only: flush it")
    if not state.super.clean or not state.is_super_saved:
        loose = any(root.temporary for root in state.roots.values())
        loose = loose or any(entry.tree.find().standing == "unattached" for entry in state.registry)
        damaged = bool(state.quarantined or state.closed or state.damaged_types or state.damaged_roots)
        state.super = replace(state.super, walk=loose or damaged)
        write_clean(state)
        run_until(state, lambda: not state.disk.busy)

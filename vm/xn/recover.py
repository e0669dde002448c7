"""Recovery: which blocks are in use, found by walking what the roots own.

In: a disk that was not shut down. Out: the free map, and what could not be trusted. The walk starts at every
root of the catalogue and asks `owns` about each block of metadata; what is reached is in use, all else is
free (garbage, collected). A block whose object cannot be trusted (it is owned twice, it owns what lies
outside the disk or is the kernel's, its types are gone, its arguments are not allowed, the disk cannot be
read there) is *quarantined* with all below it: nobody can bind it, nothing of it is handed out again. And
since nobody knows what a damaged object owns, the free blocks are then those that the ordered map on the disk
calls free; without an ordered map none is.

Source: Kaashoek et al., SOSP 1997, section 4.4 (crash recovery).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from vm.xn.free_map import FreeMap
from vm.xn.keep import read_now
from vm.xn.layout import MAP_BLOCK
from vm.xn.limits import MAX_BLOCK_FINDINGS, MAX_FINDINGS, MAX_TRANSFER_BLOCKS, SECTOR
from vm.xn.owned import DATA, Owned
from vm.xn.place import list_owned
from vm.xn.state import State
from vm.xok.refusal import Refusal

_UNSEEN, _SEEN = 0, 1
_SEEN_TO_FREE = bytes([1, 0]) + bytes(254)


@dataclass(slots=True)
class Recovery:
    """What a boot found.

    Args:
        walked: the roots were walked; otherwise the map on the disk was believed.
        reached: blocks that something owns.
        metadata: blocks of metadata among them.
        findings: what could not be trusted, in words.
        quarantined: blocks of it.
        closed: nothing can be allocated on this disk any more.
        mended: what was damaged, and is not any more.
    """

    walked: bool
    reached: int = 0
    metadata: int = 0
    findings: list[str] = field(default_factory=list)
    quarantined: set[int] = field(default_factory=set)
    closed: bool = False
    mended: list[str] = field(default_factory=list)


def believe_map(state: State, packed: bytes | None = None) -> Recovery:
    """Take the free map as it stands on the disk: it was written last, or is ordered.

    Args:
        state: with catalogues loaded.
        packed: the map, if it was read already.
    """
    packed = packed or read_map(state)
    state.free_map.load(packed)
    _keep_own(state)
    return Recovery(walked=False)


def read_map(state: State) -> bytes:
    """Read the free map from the disk."""
    blocks = state.super.map_blocks
    parts = [
        read_now(state, MAP_BLOCK + start, min(MAX_TRANSFER_BLOCKS, blocks - start))
        for start in range(0, blocks, MAX_TRANSFER_BLOCKS)
    ]
    return b"".join(parts)[: state.free_map.sectors * SECTOR]


def _keep_own(state: State) -> None:
    """Whatever a map says: the kernel's blocks are in use."""
    for block in _list_own(state):
        if state.free_map.is_free(block):
            state.free_map.take(block)


def _list_own(state: State) -> Iterator[int]:
    yield from range(state.super.first_block)
    for start, count in state.type_runs:
        yield from range(start, start + count)


class Walk:
    """One walk from all roots.

    Args:
        state: with catalogues loaded.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._seen = bytearray(state.super.blocks)
        self.report = Recovery(walked=True)
        self._stack: list[Owned] = []

    def run(self) -> Recovery:
        """Walk, and settle the free map."""
        state, report = self._state, self.report
        for block in _list_own(state):
            self._seen[block] = _SEEN
        for root in sorted(state.roots.values(), key=lambda each: each.block):
            owned = Owned(root.block, 1, root.type, root.arguments)
            self._claim(owned, root.block, f"root `{root.name}`")
        while self._stack:
            if len(report.findings) > MAX_FINDINGS:  # whoever wrote this wants to keep us busy
                self._distrust(
                    [owned.start for owned in self._stack], "too much is wrong: the rest is not read"
                )
                break
            self._visit(self._stack.pop())
        self._settle()
        return report

    def _claim(self, owned: Owned, claimant: int, who: str) -> None:
        """Note that the block `claimant` owns `owned`, or quarantine what is wrong about it."""
        state, run = self._state, owned.blocks
        inside = owned.count > 0 and state.is_block(owned.start) and state.is_block(run[-1])
        if not inside:
            message = f"{who} owns {_name(owned)}, which is outside the disk or the kernel's own"
            self._distrust([claimant], message)
            return
        if any(self._seen[owned.start : run.stop]):
            taken = [block for block in run if self._seen[block]]
            self._distrust(taken, f"{who} owns {_name(owned)}, which has another owner")
            return
        self._seen[owned.start : run.stop] = bytes([_SEEN]) * owned.count
        self.report.reached += owned.count
        if owned.type == DATA:
            return
        loaded = state.types.get(owned.type)
        if loaded is None or owned.count != 1 or not loaded.takes(owned.arguments):
            self._distrust([owned.start], f"{who} owns {_name(owned)}, as no type that there is")
            return
        self._stack.append(owned)

    def _visit(self, owned: Owned) -> None:
        """Ask a block of metadata what it owns."""
        loaded = self._state.types[owned.type]
        self.report.metadata += 1
        data = read_now(self._state, owned.start, 1)[: loaded.template.maximum]
        who = f"the `{loaded.name}` in block {owned.start}"
        try:
            below = list_owned(loaded, data, owned.arguments, len(self._seen))
        except Refusal as refusal:
            self._distrust([owned.start], f"{who}: {refusal.message}")
            return
        limit = len(self.report.findings) + MAX_BLOCK_FINDINGS
        for each in below:
            self._claim(each, owned.start, who)
            if len(self.report.findings) >= limit:
                self._distrust([owned.start], f"{who}: too much is wrong")
                return

    def _distrust(self, blocks: list[int], finding: str) -> None:
        """Quarantine `blocks`, and so all that hangs from them only."""
        self.report.findings.append(finding)
        self.report.quarantined.update(blocks)

    def _settle(self) -> None:
        """Make the free map from what was seen."""
        state, report = self._state, self.report
        free = self._seen.translate(_SEEN_TO_FREE)
        if report.findings and state.super.ordered:
            old = FreeMap(len(free))
            old.load(read_map(state))
            both = np.frombuffer(free, dtype=np.uint8) & np.frombuffer(old.view, dtype=np.uint8)
            free = bytearray(both.tobytes())
        elif report.findings:
            report.closed = True
            free = bytearray(len(free))
        state.free_map.fill(free)
        state.quarantined |= report.quarantined
        state.closed = report.closed


def _name(owned: Owned) -> str:
    if owned.count == 1:
        return f"block {owned.start}"
    return f"blocks {owned.start} to {owned.start + owned.count - 1}"

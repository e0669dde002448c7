"""The map of a disk that runs: what its metadata own, beside what the kernel calls free.

In: the storage of a disk. Out: a `Chart`, in which every block has its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from vm.commands.chart.owners import find_owners, list_claims
from vm.commands.chart.run import Chart, Run, State, join_runs
from vm.xn.layout import MAP_BLOCK, SUPER_BLOCK
from vm.xn.limits import ROOT_BLOCKS, TYPE_BLOCKS
from vm.xn.state import State as Storage


def collect_chart(name: str, storage: Storage) -> Chart:
    """Return the map of the disk image `name`."""
    runs = sorted([*_list_kernel(storage), *_list_owned(storage)], key=lambda run: run.start)
    return Chart(name, join_runs(_fill_gaps(runs, storage)))


def _list_kernel(storage: Storage) -> Iterator[Run]:
    layout = storage.super
    yield Run(0, 1, State.KERNEL, "boot block")
    yield Run(SUPER_BLOCK, 1, State.KERNEL, "super block")
    yield Run(MAP_BLOCK, layout.map_blocks, State.KERNEL, "free map")
    yield Run(layout.roots_at, ROOT_BLOCKS, State.KERNEL, "root catalogue")
    yield Run(layout.types_at, TYPE_BLOCKS, State.KERNEL, "type catalogue")
    for start, count in storage.type_runs:
        yield Run(start, count, State.KERNEL, "templates")


def _list_owned(storage: Storage) -> Iterator[Run]:
    for root in storage.roots.values():
        if not storage.is_block(root.block):
            continue
        for claim, owner in list_claims(find_owners(storage, root)):
            state = _judge(storage, claim.start, claim.count)
            yield Run(claim.start, claim.count, state, claim.type, owner, claim.chain)


def _judge(storage: Storage, start: int, count: int) -> State:
    blocks = range(start, start + count)
    if not storage.quarantined.isdisjoint(blocks):
        return State.CLOSED
    return State.WRONG if any(map(storage.free_map.is_free, blocks)) else State.OWNED


def _fill_gaps(runs: list[Run], storage: Storage) -> Iterator[Run]:
    """Yield the runs, and what is between them; of two owners of a block the first, as quarantined."""
    at = 0
    for run in runs:
        yield from _list_unowned(storage, at, run.start)
        end = run.start + run.count
        if end > at:
            start = max(at, run.start)
            yield Run(start, end - start, run.state, run.type, run.owner, run.chain)
        at = max(at, end)
    yield from _list_unowned(storage, at, storage.super.blocks)


def _list_unowned(storage: Storage, start: int, end: int) -> Iterator[Run]:
    if start >= end:
        return
    free = np.frombuffer(storage.free_map.view, dtype=np.uint8)[start:end]
    edges = [0, *(np.flatnonzero(np.diff(free)) + 1).tolist(), end - start]
    for first, last in pairwise(edges):
        state = State.FREE if free[first] else State.LOST
        yield Run(start + first, last - first, state)

"""Blocks that environments which are gone have left behind: nobody holds them, the disk does not have them.

In: an orphan for which something has changed. Out: the kernel looks at it again, in an event of its own, and
writes it when the order allows (`transfer.write_orphans`). Only orphans that were *stirred* are looked at, so
that it costs nobody anything how many others there are.
"""

from __future__ import annotations

from vm.xn.registry import Entry
from vm.xn.state import State


def leave_orphan(state: State, entry: Entry) -> None:
    """Nobody will write `entry`: the kernel has to."""
    state.orphans[entry.block] = entry
    stir(state, entry)


def stir(state: State, entry: Entry) -> None:
    """Something that `entry` may have waited for has happened."""
    if entry.block not in state.orphans:
        return
    if not state.stirred:
        state.clock.schedule(state.clock.now, state.wake_orphans)
    state.stirred[entry.block] = entry


def stir_owners(state: State, entry: Entry) -> None:
    """`entry` hinders its owners less than before."""
    owner = entry.owner
    while owner is not None:
        stir(state, owner)
        if owner.hinders:
            return
        owner = owner.owner

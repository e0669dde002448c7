"""Buffers that nobody holds: kept while there is room, evicted when pages are wanted.

In: an entry that changed. Out: its place in the registry's list of unowned buffers, the longest unused first.
An entry without a page is worth nothing to anybody, and is forgotten at once: so the list is no longer than
memory.
"""

from __future__ import annotations

from vm.xn.registry import Entry, Transfer
from vm.xn.state import State


def settle_unheld(state: State, entry: Entry) -> None:
    """Put an entry that nobody holds, and that the disk has, with the unowned ones; take others out."""
    if not entry.is_live:
        return
    if entry.holders:
        state.registry.unowned.pop(entry.block, None)
    elif is_disposable(entry):
        state.orphans.pop(entry.block, None)
        if entry.page is None:
            _forget(state, entry)
        else:
            state.registry.unowned[entry.block] = entry


def _forget(state: State, entry: Entry) -> None:
    owner = entry.owner
    if owner is not None:
        del owner.kids[entry.block]
        owner.fresh.pop(entry, None)
    state.registry.remove(entry)
    if owner is not None:
        settle_unheld(state, owner)


def is_disposable(entry: Entry) -> bool:
    """Say whether everything about an entry can be found again on the disk."""
    standing = entry.tree.find().standing
    return (
        not (entry.dirty or entry.kids or entry.will_free or entry.before or entry.after)
        and entry.initialised
        and entry.transfer is Transfer.NONE
        and entry.stable == entry.version
        and entry.locked is None
        and (entry.root is None or entry.root.on_disk or entry.root.temporary)
        and standing != "unattached"
        and (entry.persistent or entry.owner is None or standing == "temporary")
    )

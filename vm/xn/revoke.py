"""What the kernel takes back when memory is short: buffers, and pages that a library wants saved to the disk.

In: an environment that did not return pages in time. Out: pages. Clean buffers go without loss: the disk has
them; who held one finds it NOT_BOUND. A page with a backing (data that the environment may write) goes there.

Source: Engler et al., SOSP 1995, section 3.4 (repossession vector); ORIGINALS.md 7.1.
"""

from __future__ import annotations

from functools import partial

from vm.xn.access import Operation, check_block_access
from vm.xn.allocate import remove_entry
from vm.xn.limits import BLOCK, SECTOR
from vm.xn.registry import Transfer
from vm.xn.state import Flight, State
from vm.xn.transfer import land
from vm.xn.unheld import is_disposable
from vm.xok.environment import Environment
from vm.xok.refusal import Refusal


def take_buffers(state: State, environment: Environment, count: int) -> int:
    """Drop clean buffers that `environment` pays for, the oldest first; return how many."""
    taken = 0
    for entry in list(state.registry):
        if taken == count:
            break
        payer = None if entry.page is None else state.pages.record(entry.page).owner
        if payer is environment and entry.is_live and is_disposable(entry):
            remove_entry(state, entry)
            taken += 1
    return taken


def save_page(state: State, environment: Environment, block: int, data: bytes) -> bool:
    """Write the bytes of a page that is taken to a block of data; return whether that was possible.

    Args:
        state: of XN.
        environment: that lost the page; it must hold the block and have access to write it with slot 0.
        block: the backing, not in core.
        data: a page.
    """
    entry = state.registry.get(block)
    if entry is None or not entry.is_data or environment.id not in entry.holders:
        return False
    if entry.frame is not None or entry.transfer is not Transfer.NONE or entry.before:
        return False
    if entry.locked not in (None, environment.id):
        return False
    try:
        check_block_access(
            state.registry,
            entry,
            environment.capability(0),
            Operation.WRITE,
            environment.id,
            state.seconds,
        )
    except Refusal:
        return False
    entry.version += 1
    entry.transfer, entry.written, entry.blank = Transfer.WRITING, True, False
    flight = Flight(entry, entry.version, [])
    state.disk.write(block * (BLOCK // SECTOR), [data], partial(land, state, [flight], _nobody_waits))
    return True


def _nobody_waits() -> None:
    return

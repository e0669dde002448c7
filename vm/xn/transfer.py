"""Blocks travel between the registry and the disk; anybody may send them, and nobody out of order.

In: blocks. Out: requests to the disk, adjoining blocks in one. What is written is a copy taken when the call
is made: a page may be changed again at once. Completions arrive as events of the clock:

    arrived in the drive ---- no write cache, or fua ----> stable
           |                                                 ^
           +---- waits in `unflushed` ---- a flush, begun later, is done

*Stable* is what everything else waits for: a kid that is stable hinders nobody, a dependency on it is met,
what was freed on paper before the write began is free, and a root whose block is stable enters the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from vm.xn.allocate import bury_doomed, drop_page, release_blocks
from vm.xn.charge import settle_edges
from vm.xn.keep import commit_root, prepare_disk, start_preparing
from vm.xn.limits import BLOCK, MAX_BLOCKS_IN_CALL, MAX_TRANSFER_BLOCKS, MAX_UNFLUSHED, SECTOR
from vm.xn.orphan import stir, stir_owners
from vm.xn.registry import Entry, Transfer
from vm.xn.state import Flight, State
from vm.xn.taint import find_obstacle, is_awaited, set_initialised, settle_dependencies
from vm.xn.unheld import settle_unheld
from vm.xok.environment import Environment
from vm.xok.refusal import Code, Refusal

_SECTORS = BLOCK // SECTOR
_ZEROS = bytes(BLOCK)
_Item = TypeVar("_Item")


def start_reads(
    state: State,
    environment: Environment,
    blocks: Sequence[int],
    pages: Sequence[int],
    notify: Callable[[], None],
) -> None:
    """Start reading blocks of the registry into pages of the caller, which become the registry's.

    Args:
        state: of XN.
        environment: that owns the pages.
        blocks: of the registry, not in core.
        pages: one for each.
        notify: is called for each block that has arrived.

    Raises:
        Refusal: BAD_ARGUMENT, NOT_BOUND, IN_CORE, TRANSFERRING, UNINITIALISED; NO_SUCH_PAGE, PAGE_BOUND,
            PAGE_PINNED.
    """
    if len(blocks) != len(pages) or not 0 < len(blocks) <= MAX_BLOCKS_IN_CALL:
        raise Refusal(Code.BAD_ARGUMENT, f"{len(blocks)} blocks and {len(pages)} pages")
    if len(set(blocks)) < len(blocks) or len(set(pages)) < len(pages):
        raise Refusal(Code.BAD_ARGUMENT, "a block or a page is named twice")
    entries = [state.find_entry(block) for block in blocks]
    for entry, page in zip(entries, pages):
        if entry.transfer is not Transfer.NONE:
            raise Refusal(Code.TRANSFERRING, f"block {entry.block} is on its way already")
        if entry.frame is not None:
            raise Refusal(Code.IN_CORE, f"block {entry.block} is in core")
        if not entry.initialised:
            raise Refusal(Code.UNINITIALISED, f"block {entry.block} was never written")
        state.pages.own(environment, page)
    for entry, page in zip(entries, pages):
        entry.page = state.pages.enter_cache(environment, page)
        entry.frame = state.pages.frame(page)
        entry.transfer = Transfer.READING
    for run in group_runs(sorted(entries, key=lambda entry: entry.block)):
        frames = [entry.frame for entry in run if entry.frame is not None]
        state.disk.read(run[0].block * _SECTORS, frames, partial(_finish_read, state, run, notify))


def _finish_read(state: State, run: list[Entry], notify: Callable[[], None]) -> None:
    state.count_transfers(len(run))
    for entry in run:
        entry.transfer = Transfer.NONE
        if not entry.is_live:  # it was read raw, and the block has changed hands meanwhile
            drop_page(state, entry)
        settle_unheld(state, entry)
        notify()


def group_runs(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Return entries, ascending, as runs of adjoining blocks, each for one request."""
    runs: list[list[Entry]] = []
    for entry in entries:
        if runs and runs[-1][-1].block + 1 == entry.block and len(runs[-1]) < MAX_TRANSFER_BLOCKS:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


def find_refusal(entry: Entry, environment: int | None) -> Refusal | None:
    """Return why a block cannot be written now; None: it can."""
    if entry.transfer is not Transfer.NONE:
        return Refusal(Code.TRANSFERRING, f"block {entry.block} is on its way already")
    if entry.locked is not None and entry.locked != environment and not is_awaited(entry):
        return Refusal(Code.LOCKED, f"block {entry.block} is locked by environment {entry.locked}")
    if entry.frame is None and entry.initialised:
        return Refusal(Code.NOT_IN_CORE, f"block {entry.block} is not in core")
    return find_obstacle(entry)


def start_writes(
    state: State, environment: int | None, blocks: Sequence[int], notify: Callable[[], None]
) -> None:
    """Start writing blocks that are in core; a clean one is done at once.

    Args:
        state: of XN.
        blocks: of the registry.
        environment: which asks; None: the kernel.
        notify: is called for each block that has arrived in the drive.

    Raises:
        Refusal: NOT_BOUND, TRANSFERRING, LOCKED, NOT_IN_CORE, TAINTED, DEPENDENCY: about any of them, and
            none is written.
    """
    if not 0 < len(blocks) <= MAX_BLOCKS_IN_CALL or len(set(blocks)) < len(blocks):
        raise Refusal(Code.BAD_ARGUMENT, f"{len(blocks)} blocks, or one named twice")
    going = _list_going(state, environment, blocks)
    if going and prepare_disk(state, going):
        going = _list_going(state, environment, blocks)  # time has passed
    for _ in range(len(blocks) - len(going)):
        notify()
    going.sort(key=lambda entry: entry.block)
    flights = [_take_off(state, entry) for entry in going]
    by_entry = dict(zip(going, flights))
    for run in group_runs(going):
        pieces = [_ZEROS if entry.frame is None else bytes(entry.frame) for entry in run]
        travelling = [by_entry[entry] for entry in run]
        state.disk.write(run[0].block * _SECTORS, pieces, partial(land, state, travelling, notify))


def _list_going(state: State, environment: int | None, blocks: Sequence[int]) -> list[Entry]:
    """Return those of `blocks` that differ from the disk, if all of them can be written now."""
    going: list[Entry] = []
    for block in blocks:
        entry = state.find_entry(block)
        if not _differs(entry):
            continue
        refusal = find_refusal(entry, environment)
        if refusal is not None:
            raise refusal
        going.append(entry)
    return going


def _differs(entry: Entry) -> bool:
    """Say whether the disk does not have a block as it is, and is not about to."""
    return entry.dirty or not (entry.initialised or entry.stable < entry.version)


def _take_off(state: State, entry: Entry) -> Flight:
    """The page as it is now begins its way; pointers in it may be on the disk from here on."""
    entry.blank = entry.frame is None
    if entry.blank:
        entry.version += 1  # zeros, that nobody has stored
    flight = Flight(entry, entry.version, entry.will_free)
    entry.will_free = []
    kids, entry.fresh = entry.fresh, {}
    entry.transfer = Transfer.WRITING
    entry.written = True
    state.registry.set_clean(entry)
    for kid in kids:
        kid.persistent = True
        settle_unheld(state, kid)
    return flight


def land(state: State, flights: list[Flight], notify: Callable[[], None]) -> None:
    """The drive has the blocks."""
    state.count_transfers(len(flights))
    for flight in flights:
        flight.entry.transfer = Transfer.NONE
        if state.disk.write_cache:
            state.unflushed.append(flight)
            notify()
        else:
            _settle(state, flight, notify)
        stir(state, flight.entry)
    bury_doomed(state)
    if len(state.unflushed) >= MAX_UNFLUSHED:
        start_flush(state, _nobody_waits)


def start_flush(state: State, notify: Callable[[], None]) -> None:
    """Make stable what has arrived in the drive; `notify` is called once, when it is."""
    if not state.disk.write_cache:
        notify()
        return
    covered, state.unflushed = state.unflushed, []
    state.disk.flush(partial(_flushed, state, covered, notify))


def _flushed(state: State, flights: list[Flight], notify: Callable[[], None]) -> None:
    waiting = len(flights) + 1

    def count_down() -> None:
        nonlocal waiting
        waiting -= 1
        if not waiting:
            notify()

    for flight in flights:
        _settle(state, flight, count_down)
    count_down()


def _settle(state: State, flight: Flight, notify: Callable[[], None]) -> None:
    """A version of a block is stable."""
    for run in flight.will_free:
        state.will_free -= len(run)
        release_blocks(state, run)
    entry = flight.entry
    if not entry.is_live:
        notify()
        return
    entry.stable = max(entry.stable, flight.version)
    if entry.stable == entry.version:
        state.orphans.pop(entry.block, None)
    if not entry.initialised and flight.version >= entry.valid_from:
        set_initialised(entry, initialised=True)
        stir_owners(state, entry)
    waiting = list(entry.after)
    settle_edges(state, settle_dependencies(entry, flight.version))
    for after in waiting:
        stir(state, after)
    root = entry.root
    if root is not None and root.slot is not None and not root.on_disk:
        commit_root(state, root, notify)
    else:
        notify()
    settle_unheld(state, entry)


def write_orphans(state: State) -> None:
    """Write what environments that are gone have left dirty, as far as the order allows: an event."""
    stirred, state.stirred = state.stirred, {}
    going = [entry for block, entry in stirred.items() if state.orphans.get(block) is entry]
    going = [entry for entry in going if _differs(entry) and find_refusal(entry, None) is None]
    if not going:
        return
    if start_preparing(state, going, partial(write_orphans, state)):
        state.stirred |= {entry.block: entry for entry in going}
        return
    blocks = [entry.block for entry in going]
    for start in range(0, len(blocks), MAX_BLOCKS_IN_CALL):
        start_writes(state, None, blocks[start : start + MAX_BLOCKS_IN_CALL], _nobody_waits)


def _nobody_waits() -> None:
    return

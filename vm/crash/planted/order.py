"""Bugs of the kernel's order of writes: taint, dependencies, freeing, what is stable.

In: nothing. Out: `ORDER_BUGS`. Each replaces one function of `vm.xn` by one that lacks something.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vm.crash.planted.bug import Bug, replace_each
from vm.machine.disk import Disk
from vm.xn import allocate, swap, taint, transfer
from vm.xn.registry import Entry
from vm.xn.state import Flight, State
from vm.xok.refusal import Code, Refusal

Notify = Callable[[], None]


# ---- taint and dependencies


def _find_obstacle_without_taint(entry: Entry) -> Refusal | None:
    if entry.before:
        return Refusal(Code.DEPENDENCY, f"block {entry.block}")
    return None


def _find_obstacle_without_dependencies(entry: Entry) -> Refusal | None:
    if entry.taint and entry.tree.find().standing == "persistent":
        return Refusal(Code.TAINTED, f"block {entry.block}")
    return None


def _hinders_if_uninitialised(entry: Entry) -> bool:
    return not entry.initialised


def _add_to_owner(owner: Entry) -> None:
    owner.taint += 1


def _remove_from_owner(owner: Entry) -> None:
    owner.taint -= 1


def _settle_more_dependencies(before: Entry, version: int) -> list[int]:
    waiting = list(before.after)
    payers = _SETTLE_DEPENDENCIES(before, version)
    for after in waiting:
        for each in list(after.before):
            payers.append(after.before.pop(each).payer)
            each.after.pop(after)
    return payers


_SETTLE_DEPENDENCIES = taint.settle_dependencies


def _hinders_unless_data(entry: Entry) -> bool:
    return not entry.is_data and (not entry.initialised or entry.taint > 0)


# ---- freeing


def _free_runs_at_once(state: State, owner: Entry, plan: allocate.Plan) -> None:
    for run, _ in plan.freed:
        allocate.release_blocks(state, run)


def _take_off_and_free(state: State, entry: Entry) -> Flight:
    flight = _TAKE_OFF(state, entry)
    for run in flight.will_free:
        state.will_free -= len(run)
        allocate.release_blocks(state, run)
    flight.will_free = []
    return flight


_TAKE_OFF = transfer._take_off


# ---- the drive


def _flush_nothing(state: State, notify: Notify) -> None:
    covered, state.unflushed = state.unflushed, []
    transfer._flushed(state, covered, notify)


def _land_stably(state: State, flights: list[Flight], notify: Notify) -> None:
    _LAND(state, flights, notify)
    landed, state.unflushed = state.unflushed, []
    for flight in landed:
        transfer._settle(state, flight, _do_nothing)


def _do_nothing() -> None:
    return


_LAND = transfer.land


def _share(frame: bytearray) -> bytearray:
    return frame


def _write_late(
    disk: Disk, sector: int, pieces: Sequence[bytes | bytearray], done: Notify, fua: bool = False
) -> None:
    """Let the drive fetch the bytes when it carries the write out: what was changed since goes along."""
    taken = b"".join(pieces)

    def finish() -> None:
        late = b"".join(pieces)
        if late != taken and disk.observer is not None:
            number = _LATE + len(late) * sector + disk.statistics.writes
            disk.store.write(sector, late)
            disk.observer.write_started(number, sector, late, fua)
            disk.observer.write_done(number)
        done()

    _WRITE(disk, sector, [taken], finish, fua)


_WRITE = Disk.write
_LATE = 1 << 40


ORDER_BUGS: tuple[Bug, ...] = (
    Bug(
        "taint-unchecked",
        "a block is written although it points to blocks that never were",
        replace_each((transfer, "find_obstacle", _find_obstacle_without_taint)),
    ),
    Bug(
        "taint-stops-at-parent",
        "only the owner of an uninitialised block is tainted, not the owner's owner",
        replace_each(
            (Entry, "hinders", property(_hinders_if_uninitialised)),
            *((module, "add_hindrance", _add_to_owner) for module in (taint, allocate, swap)),
            *((module, "remove_hindrance", _remove_from_owner) for module in (taint, allocate, swap)),
        ),
    ),
    Bug(
        "data-untainted",
        "pointers to data blocks that were never written may reach the disk",
        replace_each((Entry, "hinders", property(_hinders_unless_data))),
    ),
    Bug(
        "dependency-ignored",
        "what a library has asked to be written first is not waited for",
        replace_each((transfer, "find_obstacle", _find_obstacle_without_dependencies)),
    ),
    Bug(
        "dependency-dropped",
        "as soon as one block is written, who waits for it waits for nothing more",
        replace_each((transfer, "settle_dependencies", _settle_more_dependencies)),
    ),
    Bug(
        "early-reuse",
        "a freed block may be allocated at once, although the disk still points to it",
        replace_each((allocate, "_free_runs", _free_runs_at_once)),
    ),
    Bug(
        "reuse-when-submitted",
        "a freed block may be allocated when the write of its former owner begins, not when it is stable",
        replace_each((transfer, "_take_off", _take_off_and_free)),
    ),
    Bug(
        "flush-forgotten",
        "with a write cache, a flush is reported done without asking the drive",
        replace_each((transfer, "start_flush", _flush_nothing)),
    ),
    Bug(
        "cache-believed",
        "with a write cache, what the drive has taken counts as stable",
        replace_each((transfer, "land", _land_stably)),
    ),
    Bug(
        "bytes-taken-late",
        "the bytes of a write are taken when the drive carries it out, not when the call is made",
        replace_each((transfer, "bytes", _share), (Disk, "write", _write_late)),
    ),
)

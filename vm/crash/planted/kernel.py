"""Bugs of the kernel: a rule of order is forgotten, or recovery is.

In: nothing. Out: `KERNEL_BUGS`. Each replaces one function of `vm.xn` by one that lacks something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from vm.crash.planted.bug import Bug, replace_each
from vm.machine.disk import Disk
from vm.xn import allocate, boot, catalogue, change, keep, recover, taint, transfer
from vm.xn.layout import SUPER_BLOCK, TypeEntry, pack_super
from vm.xn.limits import BLOCK, SECTOR
from vm.xn.owned import Owned, Type
from vm.xn.place import list_owned
from vm.xn.registry import Entry
from vm.xn.state import Flight, State
from vm.xn.types import LoadedType
from vm.xok.capability import Capability
from vm.xok.environment import Environment
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


# ---- the kernel's own blocks


def _prepare_nothing(state: State, going: Iterable[Entry]) -> bool:
    return keep.begin_writing(state)


def _begin_without_flag(state: State) -> bool:
    return False


def _clean_before_map(state: State) -> None:
    state.super = replace(state.super, clean=True)
    keep.write_now(state, SUPER_BLOCK * BLOCK // SECTOR, pack_super(state.super))
    keep.write_map(state)


def _create_root_early(
    state: State,
    environment: Environment,
    name: str,
    block: int | None,
    type_number: Type,
    arguments: tuple[int, ...],
    capability: Capability,
    temporary: bool,
) -> int:
    chosen = _CREATE_ROOT(state, environment, name, block, type_number, arguments, capability, temporary)
    keep.begin_writing(state)
    keep.commit_root(state, state.roots[name], _do_nothing)
    return chosen


_CREATE_ROOT = catalogue.create_root


def _write_entry_first(state: State, slot: int, entry: TypeEntry, form: bytes) -> None:
    _WRITE_TYPE(state, slot, entry, b"")
    _WRITE_TYPE(state, slot, entry, form)


_WRITE_TYPE = keep.write_type


# ---- recovery


def _visit_roots_and_children(walk: recover.Walk, owned: Owned) -> None:
    if walk.report.metadata < 2:
        _VISIT(walk, owned)


_VISIT = recover.Walk._visit


def _list_owned_but_last(
    loaded: LoadedType, data: bytes, arguments: tuple[int, ...], limit: int
) -> list[Owned]:
    return list_owned(loaded, data, arguments, limit)[:-1]


def _run_without_last_root(walk: recover.Walk) -> recover.Recovery:
    roots = walk._state.roots
    last = max(roots, default=None)
    walk._state.roots = {name: root for name, root in roots.items() if name != last}
    try:
        return _RUN(walk)
    finally:
        walk._state.roots = roots


_RUN = recover.Walk.run


KERNEL_BUGS: tuple[Bug, ...] = (
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
            *((module, "add_hindrance", _add_to_owner) for module in (taint, allocate, change)),
            *((module, "remove_hindrance", _remove_from_owner) for module in (taint, allocate, change)),
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
    Bug(
        "root-before-block",
        "a root is in the catalogue on the disk before its block was written",
        replace_each((catalogue, "create_root", _create_root_early)),
    ),
    Bug(
        "types-before-form",
        "types are in the catalogue on the disk before their form was written",
        replace_each((catalogue, "write_type", _write_entry_first)),
    ),
    Bug(
        "map-after-pointer",
        "the ordered free map is not written before the pointers that it must precede",
        replace_each((transfer, "prepare_disk", _prepare_nothing)),
    ),
    Bug(
        "clean-flag-stays",
        "the clean flag is not cleared before the first write",
        replace_each((keep, "begin_writing", _begin_without_flag)),
    ),
    Bug(
        "clean-before-map",
        "at shutdown the clean flag is set before the free map is written",
        replace_each((boot, "write_clean", _clean_before_map)),
    ),
    Bug(
        "map-not-rebuilt",
        "recovery believes the free map on the disk, whatever happened",
        replace_each((recover.Walk, "run", lambda walk: recover.believe_map(walk._state))),
    ),
    Bug(
        "recovery-skips-depth",
        "recovery does not look into blocks deeper than the second level: indirect blocks",
        replace_each((recover.Walk, "_visit", _visit_roots_and_children)),
    ),
    Bug(
        "recovery-skips-partition",
        "recovery forgets the last partition of each object",
        replace_each((recover, "list_owned", _list_owned_but_last)),
    ),
    Bug(
        "recovery-skips-root",
        "recovery does not walk the last root of the catalogue",
        replace_each((recover.Walk, "run", _run_without_last_root)),
    ),
)

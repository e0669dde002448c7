"""Bugs of what the kernel writes for itself, and of recovery.

In: nothing. Out: `RECOVERY_BUGS`. Each replaces one function of `vm.xn` by one that lacks something.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from vm.crash.planted.bug import Bug, replace_each
from vm.xn import boot, catalogue, keep, recover, transfer
from vm.xn.layout import SUPER_BLOCK, TypeEntry, pack_super
from vm.xn.limits import BLOCK, SECTOR
from vm.xn.owned import Owned, Type
from vm.xn.place import list_owned
from vm.xn.registry import Entry
from vm.xn.state import State
from vm.xn.types import LoadedType
from vm.xok.capability import Capability
from vm.xok.environment import Environment

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


def _do_nothing() -> None:
    return


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


RECOVERY_BUGS: tuple[Bug, ...] = (
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

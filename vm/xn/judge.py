"""Judge a change, and do it.

In: a change whose bytes have been made. Out: the bytes in the page and the blocks in their new states, or a
refusal that leaves everything as it was.
"""

from __future__ import annotations

from typing import NoReturn

from vm.xn.access import Operation, check_access
from vm.xn.allocate import Plan, carry_out, plan_change
from vm.xn.atomic import check_atomic, is_exposed
from vm.xn.change import Change, store
from vm.xn.compare import compare, find_bytes, list_around_touched
from vm.xn.place import Spot, list_parts
from vm.xn.state import State
from vm.xok.capability import Capability
from vm.xok.environment import Environment
from vm.xok.refusal import Refusal


def conclude(
    state: State, environment: Environment, change: Change, capability: Capability, proved: bool
) -> None:
    """Judge a change, and do it."""
    spot = change.spot
    ask_access(state, environment, change, capability)
    if not proved:
        compare(change)
    if is_exposed(spot):
        moves = not proved or bool(change.gives or change.takes or change.partitions)
        for each in (spot, *list_around_touched(change)):
            before, after = find_bytes(change, each)
            check_atomic(each, before, after, moves)
    if not (change.gives or change.takes):
        store(state, change)
        return
    plan: Plan = plan_change(state, environment, spot, change.gives, change.takes)
    store(state, change)
    carry_out(state, environment, spot, plan)


def refuse_change(
    state: State, environment: Environment, change: Change, capability: Capability, refusal: Refusal
) -> NoReturn:
    """Refuse for a reason that says something of the object: only who may change it hears that.

    Raises:
        Refusal: ACCESS_DENIED, otherwise `refusal`.
    """
    check_access(
        state.registry, change.spot, None, capability, Operation.WRITE, environment.id, state.seconds
    )
    raise refusal


def ask_access(state: State, environment: Environment, change: Change, capability: Capability) -> None:
    """Ask `acl` about each thing that the change does."""
    wanted = [Operation.ALLOCATE] if change.gives else []
    wanted += [Operation.FREE] if change.takes else []
    after = change.block_after
    for operation in wanted or [Operation.WRITE]:
        check_access(state.registry, change.spot, after, capability, operation, environment.id, state.seconds)
    if not (change.by_method or change.by_union):
        _ask_parts(state, environment, change, change.spot, capability, after)


def _ask_parts(
    state: State, environment: Environment, change: Change, spot: Spot, capability: Capability, after: bytes
) -> None:
    """Ask each part whose bytes a library changes from outside: it decides about them, if it has an `acl`."""
    frame = change.spot.entry.frame
    assert frame is not None, "changes are made in core"
    if not any(kind.is_part for kind in spot.loaded.kinds):
        return
    for part in list_parts(spot):
        if frame[part.offset : part.end] == after[part.offset : part.end]:
            continue
        check_access(state.registry, part, after, capability, Operation.WRITE, environment.id, state.seconds)
        _ask_parts(state, environment, change, part, capability, after)

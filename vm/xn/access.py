"""May this credential do this? The nearest object with an `acl` says so, on the way to the root.

In: an object, what is to be done to it, a capability. Out: nothing, or a refusal. A template that is
`sticky`, or has no `acl`, leaves the answer to whoever owns it: the object around it, the object that points
to its block, and so on; at the top stands the root's guard, a capability's name that must be dominated. What
hangs from nothing belongs to the environment that made it.

Source: ORIGINALS.md 3.1 (sticky access control), 3.6 (acl-uf).
"""

from __future__ import annotations

from enum import IntEnum

from vm.xn.limits import MAX_GRANTED
from vm.xn.place import Spot, find_spot
from vm.xn.registry import Entry, Registry
from vm.xok.capability import WRITE, Capability, credential_of
from vm.xok.refusal import Code, Refusal


class Operation(IntEnum):
    """What `operation` is compared with in `acl`."""

    READ = 0
    WRITE = 1
    ALLOCATE = 2
    FREE = 3


def check_access(
    registry: Registry,
    spot: Spot,
    after: bytes | None,
    capability: Capability,
    operation: Operation,
    environment: int,
    seconds: int,
) -> None:
    """Refuse what `capability` may not do.

    Args:
        registry: to find owners in.
        spot: the object that is read or changed.
        after: the whole block as the change would leave it; None: it stays as it is.
        capability: that is presented.
        operation: what is to be done.
        environment: which presents it.
        seconds: the time, for an `acl` that asks.

    Raises:
        Refusal: ACCESS_DENIED; what `find_spot` raises about owners.
    """
    if operation is not Operation.READ and not capability.permissions & WRITE:
        raise Refusal(Code.ACCESS_DENIED, "the capability has no permission to write")
    judge = _find_judge(registry, spot)
    if judge is None:
        _check_root(spot.entry, capability, environment)
        return
    changed = after is not None and judge.entry is spot.entry
    if changed or not judge.loaded.has_pure_acl:
        _ask(judge, after if changed else None, capability, operation, seconds)
        return
    # The same question about the same bytes: a function of them gives the same answer.
    question, granted = (judge.path, capability, operation), judge.entry.granted
    if granted.get(question) != judge.entry.version:
        _ask(judge, None, capability, operation, seconds)
        if len(granted) >= MAX_GRANTED:
            granted.clear()
        granted[question] = judge.entry.version


def _ask(
    judge: Spot, after: bytes | None, capability: Capability, operation: Operation, seconds: int
) -> None:
    """Ask an object's `acl`, with the block as it is, or as it would be."""
    now = judge.read()
    then = now if after is None else bytes(after[judge.offset : judge.end])
    credential = credential_of(capability)
    if not judge.loaded.run.acl(now, then, judge.arguments, credential, operation, seconds):
        who, what = f"{credential:#x}", operation.name.lower()
        message = f"the `{judge.loaded.name}` at {judge.place} does not let {who} {what}"
        raise Refusal(Code.ACCESS_DENIED, message)


def check_block_access(
    registry: Registry,
    entry: Entry,
    capability: Capability,
    operation: Operation,
    environment: int,
    seconds: int,
) -> None:
    """Refuse what `capability` may not do to a whole block.

    About data, and about metadata that are not in core, the object that owns them decides.

    Raises:
        Refusal: UNKNOWN_TYPE, nobody knows whose it is; what `check_access` raises.
    """
    if entry.type is None:
        raise Refusal(Code.UNKNOWN_TYPE, f"block {entry.block} is not bound to a parent")
    if entry.is_data or entry.frame is None:
        if entry.parent is None:
            _check_root(entry, capability, environment)
            return
        spot = find_spot(registry, entry.parent)
    else:
        spot = find_spot(registry, (entry.block, ()))
    check_access(registry, spot, None, capability, operation, environment, seconds)


def _find_judge(registry: Registry, spot: Spot) -> Spot | None:
    """Return the nearest object that decides; None: the root's guard does."""
    while True:
        template = spot.loaded.template
        if template.acl is not None and not template.sticky:
            return spot
        if spot.around is not None:
            spot = spot.around
        elif spot.entry.parent is not None:
            spot = find_spot(registry, spot.entry.parent)
        else:
            return None


def _check_root(entry: Entry, capability: Capability, environment: int) -> None:
    tree = entry.tree.find()
    if tree.standing == "unattached":
        if tree.environment != environment:
            raise Refusal(Code.ACCESS_DENIED, f"block {entry.block} belongs to another environment")
    elif not tree.guard.startswith(capability.name):
        raise Refusal(Code.ACCESS_DENIED, "the capability does not dominate the guard of the root")

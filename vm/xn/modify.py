"""Changes byte by byte, which a library makes as it likes, and says what they do to what is owned.

In: a place, bytes, a claim. Out: nothing, or a refusal.
"""

from __future__ import annotations

from collections.abc import Sequence

from vm.xn.atomic import is_exposed
from vm.xn.change import Change, find_changeable
from vm.xn.judge import conclude, refuse_change
from vm.xn.limits import MAX_WRITES, SECTOR
from vm.xn.owned import DATA, Owned, Place, Type
from vm.xn.place import Spot
from vm.xn.state import State
from vm.xok.capability import Capability
from vm.xok.environment import Environment
from vm.xok.refusal import Code, Refusal


def change_bytes(
    state: State,
    environment: Environment,
    place: Place,
    writes: Sequence[tuple[int, bytes]],
    capability: Capability,
    partitions: Sequence[int] | None,
    gives: Sequence[Owned] = (),
    takes: Sequence[Owned] = (),
) -> None:
    """Store `writes` into an object, which must change what it owns by exactly `gives` and `takes`.

    Raises:
        Refusal: OUT_OF_RANGE, OUTSIDE_PARTITION, OWNS_CHANGED, ACCESS_DENIED, CROSS_SECTOR; what `find_spot`
            and `plan_change` raise.
    """
    change = make_change(state, environment, place, writes)
    change.gives, change.takes, change.partitions = list(gives), list(takes), partitions
    conclude(state, environment, change, capability, proved=False)


def make_change(
    state: State, environment: Environment, place: Place, writes: Sequence[tuple[int, bytes]]
) -> Change:
    """Return a change that stores `writes`, not judged yet."""
    spot = find_changeable(state, environment, place)
    if len(writes) > MAX_WRITES:
        raise Refusal(Code.BAD_ARGUMENT, f"one change has at most {MAX_WRITES} writes, not {len(writes)}")
    before = spot.read()
    after = bytearray(before)
    for offset, data in writes:
        end = offset + len(data)
        if offset < 0 or end > spot.length:
            raise Refusal(Code.OUT_OF_RANGE, f"bytes {offset} to {end} of an object of {spot.length} bytes")
        first, last = (spot.offset + offset) // SECTOR, (spot.offset + end - 1) // SECTOR
        if data and first != last and is_exposed(spot):
            raise Refusal(Code.CROSS_SECTOR, f"bytes {offset} to {end} lie in two sectors")
        after[offset:end] = data
    return Change(spot, before, after)


def set_type(
    state: State,
    environment: Environment,
    place: Place,
    writes: Sequence[tuple[int, bytes]],
    wanted: Type | None,
    capability: Capability,
) -> None:
    """Make a union without a member one of `wanted`, or (None) one with a member one without.

    Raises:
        Refusal: WRONG_TYPE; otherwise as `change_bytes`.
    """
    change = make_change(state, environment, place, writes)
    change.by_union = True
    spot = change.spot
    if _list_parts(spot, bytes(change.after) if wanted is None else change.before):
        message = f"the `{spot.loaded.name}` at {spot.place} has a member already"
        refuse_change(state, environment, change, capability, Refusal(Code.WRONG_TYPE, message))
    if wanted is not None and _list_parts(spot, bytes(change.after)) != [wanted]:
        message = (
            f"the `{spot.loaded.name}` at {spot.place} would not become a {describe_type(state, wanted)}"
        )
        refuse_change(state, environment, change, capability, Refusal(Code.WRONG_TYPE, message))
    conclude(state, environment, change, capability, proved=False)


def describe_type(state: State, number: Type) -> str:
    """Return a type for people."""
    return (
        "`data`"
        if number == DATA
        else f"`{state.types[number].name}`"
        if number in state.types
        else "no type"
    )


def _list_parts(spot: Spot, data: bytes) -> list[Type]:
    loaded = spot.loaded
    rows = loaded.list_owned(data, spot.arguments)
    return [loaded.kinds[row[2]].type for row in rows if loaded.kinds[row[2]].is_part]

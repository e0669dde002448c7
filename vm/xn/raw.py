"""Bytes that the kernel has no opinion about: a template's raw ranges.

In: a place, bytes. Out: nothing, bytes, or a refusal. Access is asked for; ownership cannot change (theorem
TPL018).
"""

from __future__ import annotations

from vm.xn.access import Operation, check_access
from vm.xn.change import Change, find_changeable, store
from vm.xn.judge import ask_access
from vm.xn.owned import Place
from vm.xn.place import find_spot
from vm.xn.state import State
from vm.xok.capability import Capability
from vm.xok.environment import Environment
from vm.xok.refusal import Code, Refusal


def write_raw(
    state: State, environment: Environment, place: Place, offset: int, data: bytes, capability: Capability
) -> None:
    """Store bytes where the type lets anybody who may write do so.

    Raises:
        Refusal: NOT_RAW, ACCESS_DENIED; what `find_spot` raises.
    """
    spot = find_changeable(state, environment, place)
    end = offset + len(data)
    if not is_inside(offset, end, spot.loaded.raw_write):
        raise Refusal(Code.NOT_RAW, f"bytes {offset} to {end} of `{spot.loaded.name}` are not all raw")
    if end > spot.length:
        raise Refusal(Code.OUT_OF_RANGE, f"bytes {offset} to {end} of an object of {spot.length} bytes")
    before = spot.read()
    change = Change(spot, before, bytearray(before))
    change.after[offset:end] = data
    ask_access(state, environment, change, capability)
    store(state, change)


def read_raw(
    state: State, environment: Environment, place: Place, offset: int, length: int, capability: Capability
) -> bytes:
    """Return bytes of an object; those of `raw_read` need no permission.

    Raises:
        Refusal: OUT_OF_RANGE, ACCESS_DENIED; what `find_spot` raises.
    """
    spot = find_spot(state.registry, place)
    if offset < 0 or length < 0 or offset + length > spot.length:
        raise Refusal(Code.OUT_OF_RANGE, f"{length} bytes at {offset} of an object of {spot.length} bytes")
    if not is_inside(offset, offset + length, spot.loaded.raw_read):
        check_access(state.registry, spot, None, capability, Operation.READ, environment.id, state.seconds)
    return spot.read()[offset : offset + length]


def is_inside(start: int, end: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    """Say whether bytes `start` ... `end - 1` lie inside one of `ranges`, which do not adjoin."""
    return any(low <= start <= end <= high for low, high in ranges)

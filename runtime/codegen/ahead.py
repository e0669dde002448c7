"""Which accesses of a loop are worth fetching ahead: those that walk through more memory than a cache holds.

In: a `for` of a function. Out: the places where codegen writes a prefetch, a hint that changes nothing and
may name any address. A place is the first access to its region in each round, if its offset is what the loop
carries, or that and something else, and the loop moves on by a constant.

    for %i < %n max 131072 with %at = %zero {
      %word = load u64le message[%at]                prefetch message + %at + 2048
      store u64le memory[%at] = %word                prefetch memory + %at + 2048
      %more = add %at, %eight; next (%more) }

Processors fetch ahead by themselves, but not beyond the end of a page, and not what is only stored to.
"""

from __future__ import annotations

from runtime.check.walk import walk_body
from runtime.ir.nodes import Binary, Constant, For, Function, Load, Next, Store, Value

DISTANCE = 2048
"""Bytes. Measured: 512 gains a third as much."""

_LARGE = 1 << 15
"""Regions that may have more bytes than this do not fit into a first-level cache."""


def find_ahead(function: Function, loop: For) -> frozenset[int]:
    """Return the positions in the body of `loop` of what is fetched ahead."""
    large = {region.name for region in function.regions if region.maximum > _LARGE}
    walking = _find_walking(function, loop) if large else set()
    found: dict[str, int] = {}
    for position, instruction in enumerate(loop.body if walking else ()):
        match instruction:
            case Binary(operator="add", target=target, left=left, right=right):
                if left in walking or right in walking:
                    walking.add(target)
            case Load(region=region, offset=offset) | Store(region=region, offset=offset):
                if region in large and offset in walking:
                    found.setdefault(region, position)
            case _:
                pass
    return frozenset(found.values())


def _find_walking(function: Function, loop: For) -> set[Value]:
    """Return the carried values that each round adds a constant to."""
    last = loop.body[-1]
    if not isinstance(last, Next):
        return set()
    constants = {each.target for each in walk_body(function.body) if isinstance(each, Constant)}
    sums = {each.target: each for each in loop.body if isinstance(each, Binary) and each.operator == "add"}
    walking = set()
    for carried, value in zip(loop.carried, last.values, strict=True):
        if value in sums and {sums[value].left, sums[value].right} - constants == {carried}:
            walking.add(carried)
    return walking

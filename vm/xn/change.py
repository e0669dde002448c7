"""A change of an object, while it is being judged, and its end: the bytes in the page.

In: an object in core. Out: a `Change`. The stages of every change, in this order: find the object, make the
bytes after (`method`, `modify`, `swap`, `raw`), ask `acl` (`judge`), compare what is owned (`compare`),
keep it whole under crashes (`atomic`), plan what happens to blocks (`allocate`); then, and only then,
store.

Source: ORIGINALS.md 3.2 (verification by induction), 3.6 (alloc on a copy).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vm.xn.owned import Owned, Place
from vm.xn.place import Spot, find_spot
from vm.xn.state import State
from vm.xn.taint import set_initialised
from vm.xok.environment import Environment
from vm.xok.refusal import Code, Refusal


@dataclass(slots=True)
class Change:
    """A change that is being judged.

    Args:
        spot: the object.
        before, after: its bytes.
        gives, takes: what it says about ownership.
        partitions: whose pointers change; None: not known.
        by_method: the template says how; else a library does, byte by byte.
        by_union: the member of a union comes or goes, and owns nothing.
    """

    spot: Spot
    before: bytes
    after: bytearray
    gives: list[Owned] = field(default_factory=list)
    takes: list[Owned] = field(default_factory=list)
    partitions: Sequence[int] | None = None
    by_method: bool = False
    by_union: bool = False

    @property
    def block_after(self) -> bytes:
        """The whole block as it would be."""
        frame = self.spot.entry.frame
        assert frame is not None, "changes are made in core"
        return b"".join((frame[: self.spot.offset], self.after, frame[self.spot.end :]))


def find_changeable(state: State, environment: Environment, place: Place) -> Spot:
    """Return the object at `place`, if `environment` may begin to change it now.

    Raises:
        Refusal: LOCKED; what `find_spot` raises.
    """
    spot = find_spot(state.registry, place)
    locked = spot.entry.locked
    if locked is not None and locked != environment.id:
        raise Refusal(Code.LOCKED, f"block {spot.entry.block} is locked by environment {locked}")
    return spot


def store(state: State, change: Change) -> None:
    """Put the changed bytes into the page."""
    frame = change.spot.entry.frame
    assert frame is not None, "changes are made in core"
    entry = change.spot.entry
    frame[change.spot.offset : change.spot.end] = change.after
    state.registry.set_dirty(entry)
    if entry.written and entry.tree.find().standing == "unattached":
        # No rule of order held for what is on the disk: nobody is led to it before it is written again.
        entry.valid_from = entry.version
        set_initialised(entry, initialised=False)

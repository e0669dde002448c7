"""Changes of metadata: by methods that were proved, or byte by byte, compared before and after.

In: a place, and what a library wants there. Out: nothing, or a refusal that leaves everything as it was.

A method says what it gives and takes (`changes`), and of a proved one that is the truth for every object and
all arguments, so XN need not look. Everything else is judged by induction: `owns` is run before and after the
change, on copies, and the difference must be what the call says. Where the caller names the partitions that
it changes, only they
are run: the bytes must then lie in their read sets, which are disjoint (theorem TPL016).

Stages of every change, in this order: find the object, make the bytes after, ask `acl`, compare, plan what
happens to blocks, keep it whole under crashes; then, and only then, store.

Source: ORIGINALS.md 3.2 (verification by induction), 3.6 (alloc on a copy).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from runtime.template.nodes import GIVES, TAKES, TOUCHES, Method
from vm.xn.access import Operation, check_access
from vm.xn.allocate import Plan, carry_out, plan_change
from vm.xn.atomic import check_atomic, is_exposed, list_changed_sectors, list_reads
from vm.xn.limits import MAX_OWNED, MAX_WRITES, SECTOR
from vm.xn.owned import DATA, Owned, Place, Type, is_balanced
from vm.xn.place import Spot, find_key, find_spot, list_by_key, list_parts
from vm.xn.registry import Entry
from vm.xn.state import State
from vm.xn.taint import add_hindrance, reaches, remove_hindrance, set_initialised
from vm.xn.types import is_allowed
from vm.xok.capability import Capability
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
        return bytes(frame[: self.spot.offset]) + self.after + bytes(frame[self.spot.end :])


# ---- methods


def call_method(
    state: State,
    environment: Environment,
    place: Place,
    name: str,
    arguments: Sequence[int],
    capability: Capability,
) -> None:
    """Run a method of the object at `place`.

    Raises:
        Refusal: NO_SUCH_METHOD, BAD_ARGUMENTS, METHOD_REFUSED, ACCESS_DENIED, CROSS_SECTOR, OWNS_CHANGED of a
            tested method; what `find_spot` and `plan_change` raise.
    """
    spot = find_changeable(state, environment, place)
    method = spot.loaded.methods.get(name)
    if method is None:
        raise Refusal(Code.NO_SUCH_METHOD, f"`{spot.loaded.name}` has no method `{name}`")
    check_arguments(method, arguments)
    run = spot.loaded.run
    before = spot.read()
    after = bytearray(before)
    failed = run.run_method(name, after, spot.arguments, arguments)
    change = Change(spot, before, after, by_method=True)
    if failed:
        message = f"`{name}` of `{spot.loaded.name}` requires {method.requires[failed - 1]}"
        _refuse(state, environment, change, capability, Refusal(Code.METHOD_REFUSED, message))
    _read_claims(change, run.changes(name, before, spot.arguments, arguments).tolist())
    proved = name in spot.loaded.proved
    conclude(state, environment, change, capability, proved)


def check_arguments(method: Method, arguments: Sequence[int]) -> None:
    """Refuse arguments outside the domains of a method's parameters."""
    if len(arguments) != len(method.parameters):
        message = f"`{method.name}` takes {len(method.parameters)} arguments, not {len(arguments)}"
        raise Refusal(Code.BAD_ARGUMENTS, message)
    for parameter, number in zip(method.parameters, arguments):
        if not is_allowed(parameter, number):
            message = f"`{method.name}` does not take {number} for `{parameter.name}`"
            raise Refusal(Code.BAD_ARGUMENTS, message)


def _read_claims(change: Change, rows: list[list[int]]) -> None:
    """Fill in what a method says that it gives, takes and touches."""
    touched: list[int] = []
    for what, *words in rows:
        if what == TOUCHES:
            touched.append(words[0])
        elif what == GIVES:
            change.gives.append(change.spot.loaded.read_owned(words))
        elif what == TAKES:
            change.takes.append(change.spot.loaded.read_owned(words))
    change.partitions = touched


# ---- changes byte by byte


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
    for data, expected in ((change.before, wanted is not None), (bytes(change.after), wanted is None)):
        if expected and _list_parts(spot, data):
            message = f"the `{spot.loaded.name}` at {spot.place} has a member already"
            _refuse(state, environment, change, capability, Refusal(Code.WRONG_TYPE, message))
    if wanted is not None and _list_parts(spot, bytes(change.after)) != [wanted]:
        message = (
            f"the `{spot.loaded.name}` at {spot.place} would not become a {describe_type(state, wanted)}"
        )
        _refuse(state, environment, change, capability, Refusal(Code.WRONG_TYPE, message))
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
    _ask(state, environment, change, capability)
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


def swap(
    state: State,
    environment: Environment,
    sides: tuple[
        tuple[Place, int, Sequence[tuple[int, bytes]]], tuple[Place, int, Sequence[tuple[int, bytes]]]
    ],
    capability: Capability,
) -> None:
    """Exchange what two partitions own: afterwards each owns what the other did.

    Raises:
        Refusal: CROSS_SECTOR where a crash could come between the two; OWNS_CHANGED; otherwise as
            `change_bytes`.
    """
    changes = []
    for place, partition, writes in sides:
        change = make_change(state, environment, place, writes)
        change.partitions = [partition]
        changes.append(change)
    first, second = changes
    if _overlap(first.spot, second.spot):
        raise Refusal(Code.BAD_ARGUMENT, "the two places overlap: modify the object instead")
    if any(_around_touched(change) for change in changes):
        # Each side is compared by itself: together they could make a third object another.
        raise Refusal(Code.OWNS_CHANGED, "a swap leaves alone what the objects around go by")
    _check_swap_atomic(first, second)
    owned = [_list_partition(change, change.before) for change in changes]
    first.gives, first.takes, second.gives, second.takes = owned[1], owned[0], owned[0], owned[1]
    for change in changes:
        _ask(state, environment, change, capability)
        compare(change)
    moved = [_list_bound(state, tuples) for tuples in owned]
    if first.spot.entry is not second.spot.entry:
        _check_circles(first, second, [*moved[0], *moved[1]])
    for change in changes:
        store(state, change)
    for change, entries in zip(changes, (moved[1], moved[0])):
        for entry in entries:
            _move(entry, change.spot)


def _list_bound(state: State, tuples: list[Owned]) -> list[Entry]:
    """Return the entries of what is owned; raw ones are nobody's."""
    entries = [state.registry.get(block) for each in tuples for block in each.blocks]
    return [entry for entry in entries if entry is not None and entry.type is not None]


def _check_swap_atomic(first: Change, second: Change) -> None:
    """Refuse a swap that a crash could leave half done; blocks that were never written cannot be torn."""
    spots = (first.spot, second.spot)
    if spots[0].entry.tree.find() is not spots[1].entry.tree.find():
        raise Refusal(Code.CROSS_SECTOR, "the places are in two trees, with rules of order of their own")
    if not any(is_exposed(spot) for spot in spots):
        return
    places: set[tuple[int, int]] = set()
    for change in (first, second):
        check_atomic(change.spot, change.before, change.after, moves=True)
        sectors = list_changed_sectors(change.spot, change.before, change.after)
        places.update((change.spot.entry.block, sector) for sector in sectors)
    if len(places) > 1:
        raise Refusal(
            Code.CROSS_SECTOR, f"the swap reaches {len(places)} sectors: a crash could come between"
        )


def _check_circles(first: Change, second: Change, moved: list[Entry]) -> None:
    """Refuse to let a block be waited for by an owner for which it waits itself."""
    for entry in moved:
        if entry.hinders and reaches(entry, (first.spot.entry, second.spot.entry)):
            raise Refusal(Code.CYCLE, f"block {entry.block} waits for the block that would wait for it")


def _overlap(first: Spot, second: Spot) -> bool:
    return first.entry is second.entry and first.offset < second.end and second.offset < first.end


def _move(entry: Entry, spot: Spot) -> None:
    """`spot` points to `entry` now; both are in the block where its owner was, or in a tree without rules."""
    was = entry.owner
    assert was is not None, "what is swapped had an owner"
    entry.parent = spot.place
    if was is not spot.entry:
        del was.kids[entry.block]
        was.fresh.pop(entry, None)
        entry.persistent = False  # neither owner was written, or nothing will be led to what was
        if entry.hinders:
            remove_hindrance(was)
            add_hindrance(spot.entry)
        entry.owner = spot.entry
        spot.entry.kids[entry.block] = entry
        spot.entry.fresh[entry] = None


# ---- judging


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


def conclude(
    state: State, environment: Environment, change: Change, capability: Capability, proved: bool
) -> None:
    """Judge a change, and do it."""
    spot = change.spot
    _ask(state, environment, change, capability)
    if not proved:
        compare(change)
    if is_exposed(spot):
        moves = not proved or bool(change.gives or change.takes or change.partitions)
        for each in (spot, *_around_touched(change)):
            before, after = _bytes_of(change, each)
            check_atomic(each, before, after, moves)
    if not (change.gives or change.takes):
        store(state, change)
        return
    plan: Plan = plan_change(state, environment, spot, change.gives, change.takes)
    store(state, change)
    carry_out(state, environment, spot, plan)


def _refuse(
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


def _ask(state: State, environment: Environment, change: Change, capability: Capability) -> None:
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


def compare(change: Change) -> None:
    """Run `owns` before and after; the difference must be what the change says.

    Raises:
        Refusal: OWNS_CHANGED, OUTSIDE_PARTITION, NO_SUCH_PARTITION, UNIT.
    """
    spot = change.spot
    touched = _around_touched(change)
    if touched or change.partitions is None or _touches(change, spot.loaded.discriminator):
        kept = _compare_whole(change, touched[-1] if touched else spot)
    else:
        outside = _find_outside(change)
        if outside and not change.by_method:
            raise outside
        if outside:  # a method may change what no partition reads
            kept = _compare_whole(change, spot)
        else:
            before = _list_partition(change, change.before)
            after = _list_partition(change, bytes(change.after))
            kept = is_balanced(before, after, change.gives, change.takes)
    if not kept:
        message = (
            f"the `{spot.loaded.name}` at {spot.place} would not own what it owned, and what the call says"
        )
        raise Refusal(Code.OWNS_CHANGED, message)


def _compare_whole(change: Change, judge: Spot) -> bool:
    """Compare what `judge` and each of its parts own, each by itself: what is bound knows its owner."""
    whole_before, whole_after = _bytes_of(change, judge)
    before = list_by_key(judge.loaded, whole_before, judge.arguments, MAX_OWNED)
    after = list_by_key(judge.loaded, whole_after, judge.arguments, MAX_OWNED)
    here = find_key(change.spot, judge)
    return all(
        is_balanced(before.get(key, ()), after.get(key, ()), change.gives, change.takes)
        if key == here
        else is_balanced(before.get(key, ()), after.get(key, ()))
        for key in {**before, **after, here: ()}
    )


def _around_touched(change: Change) -> list[Spot]:
    """Return the objects around whose discriminator the change reaches, from the innermost."""
    found = []
    for around in change.spot.outwards():
        shift = change.spot.offset - around.offset
        for start, end in around.loaded.discriminator:
            low, high = max(0, start - shift), min(change.spot.length, end - shift)
            if low < high and change.before[low:high] != change.after[low:high]:
                found.append(around)
                break
    return found


def _bytes_of(change: Change, judge: Spot) -> tuple[bytes, bytes]:
    """Return the bytes of an object around the change, before and after."""
    if judge is change.spot:
        return change.before, bytes(change.after)
    return judge.read(), change.block_after[judge.offset : judge.end]


def _touches(change: Change, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(change.before[start:end] != change.after[start:end] for start, end in ranges)


def _find_outside(change: Change) -> Refusal | None:
    """Return why the change does not stay inside the named partitions and the raw bytes; None: it does.

    Raises:
        Refusal: NO_SUCH_PARTITION.
    """
    spot = change.spot
    there_are = spot.loaded.run.partitions(spot.length, spot.arguments)
    for partition in change.partitions or ():
        if partition >= there_are and not change.by_method:
            raise Refusal(Code.NO_SUCH_PARTITION, f"`{spot.loaded.name}` has {there_are} partitions")
    allowed = sorted(
        [*spot.loaded.raw_write, *(r for p in change.partitions or () for r in list_reads(spot, p))]
    )
    at = 0
    for start, end in [*allowed, (spot.length, spot.length)]:
        if start > at and change.before[at:start] != change.after[at:start]:
            message = (
                f"bytes outside the partitions {list(change.partitions or ())} of {spot.place} would change"
            )
            return Refusal(Code.OUTSIDE_PARTITION, message)
        at = max(at, end)
    return None


def _list_partition(change: Change, data: bytes) -> list[Owned]:
    """Return what the named partitions own."""
    spot, found = change.spot, []
    for partition in change.partitions or ():
        for row in spot.loaded.list_owned(data, spot.arguments, partition):
            if spot.loaded.kinds[row[2]].is_part:
                raise Refusal(
                    Code.NO_SUCH_PARTITION, f"partition {partition} is a part: name the part's place"
                )
            found.append(spot.loaded.read_owned(row))
    return found


def is_inside(start: int, end: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    """Say whether bytes `start` ... `end - 1` lie inside one of `ranges`, which do not adjoin."""
    return any(low <= start <= end <= high for low, high in ranges)


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

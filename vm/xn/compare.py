"""What an object owns before and after a change: the difference must be what the change says.

In: a change. Out: nothing, or a refusal. `owns` is run before and after, on copies (ad hoc induction).
Where the caller names the partitions that it changes, only they are run: the bytes must then lie in their
read sets, which are disjoint (theorem TPL016). Where a change reaches what tells the members of a union
around it apart, that union is compared as a whole, and each of its parts by itself: what is bound knows its
owner.

Source: ORIGINALS.md 3.2.
"""

from __future__ import annotations

from vm.xn.atomic import list_reads
from vm.xn.change import Change
from vm.xn.limits import MAX_OWNED
from vm.xn.owned import Owned, is_balanced
from vm.xn.place import Spot, find_key, list_by_key
from vm.xok.refusal import Code, Refusal


def compare(change: Change) -> None:
    """Run `owns` before and after; the difference must be what the change says.

    Raises:
        Refusal: OWNS_CHANGED, OUTSIDE_PARTITION, NO_SUCH_PARTITION, UNIT.
    """
    spot = change.spot
    touched = list_around_touched(change)
    if touched or change.partitions is None or _touches(change, spot.loaded.discriminator):
        kept = _compare_whole(change, touched[-1] if touched else spot)
    else:
        outside = _find_outside(change)
        if outside and not change.by_method:
            raise outside
        if outside:  # a method may change what no partition reads
            kept = _compare_whole(change, spot)
        else:
            before = list_partition(change, change.before)
            after = list_partition(change, bytes(change.after))
            kept = is_balanced(before, after, change.gives, change.takes)
    if not kept:
        message = (
            f"the `{spot.loaded.name}` at {spot.place} would not own what it owned, and what the call says"
        )
        raise Refusal(Code.OWNS_CHANGED, message)


def _compare_whole(change: Change, judge: Spot) -> bool:
    """Compare what `judge` and each of its parts own, each by itself: what is bound knows its owner."""
    whole_before, whole_after = find_bytes(change, judge)
    before = list_by_key(judge.loaded, whole_before, judge.arguments, MAX_OWNED)
    after = list_by_key(judge.loaded, whole_after, judge.arguments, MAX_OWNED)
    here = find_key(change.spot, judge)
    return all(
        is_balanced(before.get(key, ()), after.get(key, ()), change.gives, change.takes)
        if key == here
        else is_balanced(before.get(key, ()), after.get(key, ()))
        for key in {**before, **after, here: ()}
    )


def list_around_touched(change: Change) -> list[Spot]:
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


def find_bytes(change: Change, judge: Spot) -> tuple[bytes, bytes]:
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


def list_partition(change: Change, data: bytes) -> list[Owned]:
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

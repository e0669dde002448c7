"""Replays of the theorems about parts: `part_theorems` in the interpreter, one by one."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.template.nodes import DATA
from runtime.template.replays.ask import Object, intersect, outside, place_extents
from runtime.template.replays.case import Case, Fault, first_places, show_range, show_tuple

_MAX_RUNS = 100_000  # of partitions of parts that are asked about their own parts


def replay_part_reads(case: Case) -> Fault | None:
    """Show a byte outside the discriminator that is read by a partition with a part."""
    p = case.partition("p")
    outcome, places = case.object.watch(case.template.owns, p)
    found = outside(places, case.fixed())
    parts = _parts(case, outcome.emitted)
    if not parts or not found:
        return None
    text = f"partition {p} has {show_tuple(case.template, parts[0])} and reads byte {found[0]}"
    return Fault((text,), first_places(found))


def _parts(case: Case, tuples: tuple[tuple[int, ...], ...]) -> list[tuple[int, ...]]:
    kinds = case.template.kinds
    return [each for each in tuples if each[2] < len(kinds) and kinds[each[2]].mode == "part"]


def _bytes_of(part: tuple[int, ...]) -> range:
    return range(part[0], part[0] + part[1])


def replay_parts_inside(case: Case) -> Fault | None:
    """Show a part that leaves the object, or has another size than its template."""
    p = case.partition("p")
    for part in _parts(case, case.object.owns(p)):
        child = case.templates.get(case.template.kinds[part[2]].template)
        length, size = len(case.object.meta), part[1]
        fits = child is None or (size == child.maximum if child.constant else size <= child.maximum)
        if part[0] + part[1] > length or not fits:
            text = f"partition {p} has {show_tuple(case.template, part)} in an object of {length} bytes"
            wanted = "" if child is None or fits else f"; a `{child.name}` has {child.maximum} bytes"
            return Fault((text + wanted,), first_places(range(part[0], min(length, part[0] + part[1]))))
    return None


def replay_parts_disjoint(case: Case) -> Fault | None:
    """Show a byte of two parts."""
    p, q = case.partition("p"), case.partition("q")
    ours = _parts(case, case.object.owns(p))
    theirs = _parts(case, case.object.owns(q))
    for number, one in enumerate(ours):
        for other in theirs if p != q else ours[:number]:
            both = intersect(_bytes_of(one), _bytes_of(other))
            if both:
                first, second = show_tuple(case.template, one), show_tuple(case.template, other)
                return Fault((f"partition {p} has {first}, partition {q} has {second}",), first_places(both))
    return None


def replay_unread(case: Case) -> Fault | None:
    """Show a byte of a part that a partition reads."""
    p, q = case.partition("p"), case.partition("q")
    for part in _parts(case, case.object.owns(p)):
        for span in case.object.reads(q):
            both = intersect(_bytes_of(part), span)
            if both:
                text = f"partition {p} has {show_tuple(case.template, part)}, partition {q} reads "
                return Fault((text + show_range(span),), first_places(both))
    return None


def replay_raw_over_part(case: Case) -> Fault | None:
    """Show a byte of a part that may be written freely in its owner."""
    p = case.partition("p")
    for part in _parts(case, case.object.owns(p)):
        for raw in place_extents(case.template.raw_write, len(case.object.meta)):
            both = intersect(_bytes_of(part), raw)
            if both and case.template.kinds[part[2]].template != DATA:
                text = (
                    f"`raw_write` has {show_range(raw)}, partition {p} has {show_tuple(case.template, part)}"
                )
                return Fault((text,), first_places(both))
    return None


def replay_part_raw(case: Case) -> Fault | None:
    """Show a byte of the discriminator that may be written freely in a part."""
    p = case.partition("p")
    for path, raw in _walk_raw(case, _parts(case, case.object.owns(p))):
        for fixed in case.fixed():
            both = intersect(raw, fixed)
            if both:
                text = f"partition {p} has {path}, whose `raw_write` has {show_range(raw)} of this object"
                return Fault((text,), first_places(both))
    return None


def _walk_raw(case: Case, parts: list[tuple[int, ...]]) -> Iterator[tuple[str, range]]:
    """Yield what may be written freely in `parts` and in their parts, as bytes of the outermost object."""
    left = [(case.object, part, 0) for part in parts]
    runs = _MAX_RUNS
    while left:
        owner, part, base = left.pop()
        kind, path = owner.template.kinds[part[2]], show_tuple(owner.template, part)
        child, start = case.templates.get(kind.template), base + part[0]
        if child is None:
            yield path, range(start, start + part[1])
            continue
        for raw in place_extents(child.raw_write, part[1], start):
            yield path, raw
        if not any(each.mode == "part" for each in child.kinds):
            continue
        words = b"".join(word.to_bytes(8, "little") for word in part[3 : 3 + kind.arguments]) or bytes(8)
        inner = Object(child, owner.meta[part[0] : part[0] + part[1]], words)
        for number in range(min(inner.partitions(), runs)):
            runs -= 1
            owned = [each for each in inner.owns(number) if each[2] < len(child.kinds)]
            left += [(inner, each, start) for each in owned if child.kinds[each[2]].mode == "part"]

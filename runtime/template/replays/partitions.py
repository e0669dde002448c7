"""Replays of the theorems about partitions: `partition_theorems` in the interpreter, one by one."""

from __future__ import annotations

from runtime.template.replays.ask import intersect, outside, place_extents
from runtime.template.replays.case import (
    Case,
    Fault,
    first_places,
    show_range,
    show_ranges,
    show_tuples,
)


def replay_kinds(case: Case) -> Fault | None:
    """Show a tuple of a kind that is not declared."""
    p = case.partition("p")
    for owned in case.object.owns(p):
        if owned[2] >= len(case.template.kinds):
            text = (
                f"partition {p} emits {owned}, whose kind is none of the {len(case.template.kinds)} declared"
            )
            return Fault((text,))
    return None


def replay_zero(case: Case) -> Fault | None:
    """Show what zeros own."""
    p = case.partition("p")
    if any(case.object.meta):
        return None
    kinds = case.template.kinds
    owned = [each for each in case.object.owns(p) if each[2] >= len(kinds) or kinds[each[2]].mode != "part"]
    text = f"partition {p} owns {show_tuples(case.template, tuple(owned))}"
    return Fault((text,)) if owned else None


def replay_unit(case: Case) -> Fault | None:
    """Show a byte that `unit` reads outside the discriminator."""
    _, places = case.object.watch(case.template.unit)
    found = outside(places, case.fixed())
    return Fault((f"`unit` reads byte {found[0]}",), first_places(found)) if found else None


def replay_complete(case: Case) -> Fault | None:
    """Show a byte that a partition reads and must not."""
    p = case.partition("p")
    _, places = case.object.watch(case.template.owns, p)
    reads = case.object.reads(p)
    found = outside(places, [*reads, *case.fixed()])
    text = f"partition {p} reads byte {found[0] if found else 0}, its read set is {show_ranges(reads)}"
    return Fault((text,), first_places(found)) if found else None


def replay_inside(case: Case) -> Fault | None:
    """Show a read set that leaves the object."""
    p, length = case.partition("p"), len(case.object.meta)
    for span in case.object.reads(p):
        if span.stop > length:
            return Fault((f"the read set of partition {p} is {show_range(span)} of {length} bytes",))
    return None


def replay_disjoint(case: Case) -> Fault | None:
    """Show a byte that two partitions read."""
    p, q = case.partition("p"), case.partition("q")
    for one in case.object.reads(p):
        for other in case.object.reads(q):
            both = intersect(one, other)
            if both and p != q:
                text = f"partition {p} reads {show_range(one)}, partition {q} reads {show_range(other)}"
                return Fault((text,), first_places(both))
    return None


def replay_apart(case: Case) -> Fault | None:
    """Show a byte of a read set that is in the discriminator."""
    p = case.partition("p")
    for span in case.object.reads(p):
        for fixed in case.fixed():
            both = intersect(span, fixed)
            if both:
                text = f"partition {p} reads {show_range(span)}, the discriminator has {show_range(fixed)}"
                return Fault((text,), first_places(both))
    return None


def replay_raw(case: Case) -> Fault | None:
    """Show a byte on which ownership depends and that may be written freely."""
    p = case.partition("p")
    named = [(f"partition {p} reads", span) for span in case.object.reads(p)]
    named += [("the discriminator has", span) for span in case.fixed()]
    for what, span in named:
        for raw in place_extents(case.template.raw_write, len(case.object.meta)):
            both = intersect(span, raw)
            if both:
                text = f"`raw_write` has {show_range(raw)}, {what} {show_range(span)}"
                return Fault((text,), first_places(both))
    return None

"""Replays of the theorems about methods: `method_theorems` in the interpreter, one by one."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.template.multiset import apply_changes, count_owned
from runtime.template.nodes import DATA, TAKES, TOUCHES, Method
from runtime.template.replays.case import Case, Fault, first_places, show_tuple, show_tuples


@dataclass(frozen=True, slots=True)
class _Changed:
    """A method, run: what it returned, the object after it, and what it claims."""

    method: Method
    result: int
    after: bytes
    changes: tuple[tuple[int, ...], ...]
    listed: tuple[int, ...] = ()


def _change(case: Case) -> _Changed | None:
    for method in case.template.methods:
        if method.name == case.function:
            result, after, changes = case.object.change(method)
            partitions = case.object.partitions()
            listed = dict.fromkeys(each[1] for each in changes if each[0] == TOUCHES and each[1] < partitions)
            return _Changed(method, result, after, changes, tuple(listed))
    return None


def _differences(case: Case, after: bytes) -> tuple[int, ...]:
    pairs = enumerate(zip(case.object.meta, after, strict=True))
    return tuple(place for place, (old, new) in pairs if old != new)


def replay_changes(case: Case) -> Fault | None:
    """Show a change that is none."""
    changed = _change(case)
    if changed is None:
        return None
    kinds = case.template.kinds
    for each in changed.changes:
        part = each[3] >= len(kinds) or kinds[each[3]].mode == "part"
        if each[0] != TOUCHES and (each[0] > TAKES or part):
            return Fault((f"`{case.function}` emits the change {each}",))
    return None


def replay_refusal(case: Case) -> Fault | None:
    """Show a byte that a method changed although it refuses."""
    changed = _change(case)
    if changed is None or changed.result == 0 or changed.after == case.object.meta:
        return None
    places = _differences(case, changed.after)
    return Fault((f"`{case.function}` refuses ({changed.result}) and has changed byte {places[0]}",), places)


def replay_frame(case: Case) -> Fault | None:
    """Show an unlisted partition that owns something else afterwards."""
    changed, p = _change(case), case.partition("p")
    if changed is None or changed.result != 0 or p in changed.listed:
        return None
    before, after = case.object.owns(p), case.object.owns(p, changed.after)
    kinds = case.template.kinds
    if count_owned(before, kinds) == count_owned(after, kinds):
        return None
    lines = (
        f"`{case.function}` does not list partition {p}",
        f"which owned {show_tuples(case.template, before)}",
        f"and owns {show_tuples(case.template, after)}",
    )
    return Fault(lines, _differences(case, changed.after))


def replay_unit_change(case: Case) -> Fault | None:
    """Show that block numbers mean other blocks afterwards."""
    changed, unit = _change(case), case.template.unit
    if changed is None or changed.result != 0:
        return None
    before, after = (
        case.object.run(unit, meta=meta).results[0] for meta in (case.object.meta, changed.after)
    )
    text = f"a block had {before} bytes before `{case.function}`, and has {after} bytes after it"
    return Fault((text,), _differences(case, changed.after)) if before != after else None


def replay_written(case: Case) -> Fault | None:
    """Show a byte of a part that a method writes."""
    p, kinds = case.partition("p"), case.template.kinds
    for method in case.template.methods:
        result, places = case.object.watch_change(method) if method.name == case.function else (1, [])
        for part in case.object.owns(p) if result == 0 else ():
            kind = kinds[part[2]] if part[2] < len(kinds) else None
            inside = [place for place in places if part[0] <= place < part[0] + part[1]]
            if kind is not None and kind.mode == "part" and kind.template != DATA and inside:
                owned = f"partition {p} has {show_tuple(case.template, part)}"
                return Fault((f"`{case.function}` writes byte {inside[0]}, {owned}",), first_places(inside))
    return None


def _show_numbers(partitions: tuple[int, ...]) -> str:
    """Return which partitions, in words."""
    if not partitions:
        return "no partition"
    return f"partition{'s' if len(partitions) > 1 else ''} {', '.join(map(str, partitions))}"


def replay_delta(case: Case) -> Fault | None:
    """Show listed partitions that do not own what the method says."""
    changed = _change(case)
    if changed is None or changed.result != 0:
        return None
    template = case.template
    before = tuple(each for p in changed.listed for each in case.object.owns(p))
    after = tuple(each for p in changed.listed for each in case.object.owns(p, changed.after))
    claims = [each for each in changed.changes if each[0] <= TAKES]
    if count_owned(after, template.kinds) == apply_changes(before, claims, template.kinds):
        return None
    moves = (f"{('gives', 'takes')[each[0]]} {show_tuple(template, each[1:])}" for each in claims)
    lines = (
        f"`{case.function}` lists {_show_numbers(changed.listed)}",
        f"which owned {show_tuples(template, before)}",
        f"it {', '.join(moves) or 'gives and takes nothing'}",
        f"and they own {show_tuples(template, after)}",
    )
    return Fault(lines, _differences(case, changed.after))

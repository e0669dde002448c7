"""Every state that a crash may leave of a run: at each write, with some of the pending writes on the medium.

In: a `Recording`. Out: `CrashState`s. There are 2 to the power of the pending sectors of them at each moment;
looked at are

    at each write that begins    it alone; all that is pending; if two or three of its sectors differ from
                                 what is there, every part of them, else half of them; one such part with the
                                 others; and a few mixtures, drawn with the seed, in which it has part
    at each write that settles   nothing of what is pending; a mixture
    when an operation returns    nothing; all; each write alone, and all but it; mixtures: because more is
    or begins                    promised, or more may have changed

States of which both the image and the promise are those of an earlier one are told only once.

A block that is free again belongs to everybody, so somebody may have written it at once: from then on the
medium holds `FREED` in it, until the next write of it. So a pointer that outlives its block is seen, even if
nobody happens to use the block again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from vm.crash.marks import CELL, FREED
from vm.crash.recording import Recording
from vm.machine.crash import Done, Event, Flushed, Started
from vm.machine.crash_medium import Choice, Medium, Pending
from vm.xn.limits import BLOCK, SECTOR

_SECTORS = BLOCK // SECTOR
_FREED_SECTOR = FREED * (SECTOR // CELL)


@dataclass(frozen=True, slots=True)
class Moment:
    """When the machine crashed.

    Args:
        cut: how many events of the log had happened.
        choice: which pending sectors had arrived.
    """

    cut: int
    choice: Choice


@dataclass(frozen=True, slots=True)
class CrashState:
    """What a crash left.

    Args:
        moment: when it was.
        completed, started: operations, as the oracle counts them.
        changed: sectors that differ from the recording's base.
        key: equal images have equal keys.
    """

    moment: Moment
    completed: int
    started: int
    changed: dict[int, bytes]
    key: int


@dataclass(slots=True)
class Count:
    """How many states there were.

    Args:
        generated: all that were looked at.
        distinct: of those, with an image, or a promise, that no earlier one has.
    """

    generated: int = 0
    distinct: int = 0


def list_states(recording: Recording, mixtures: int, seed: str, count: Count) -> Iterator[CrashState]:
    """Yield the crash states of a run that differ, in order.

    Args:
        recording: the run.
        mixtures: how many are drawn at each moment.
        seed: of the drawing.
        count: is counted up.
    """
    chance = random.Random(seed)
    medium = Medium(recording.base, recording.write_cache)
    seen: set[tuple[int, int, int]] = set()
    before = (-1, -1)
    for cut, now in enumerate(recording.stages):
        _move(medium, recording, cut)
        event = recording.events[cut - 1] if cut else None
        choices = _choose(medium, event, now != before, mixtures, chance)
        before = now
        for choice in dict.fromkeys(choices):
            count.generated += 1
            changed, key = medium.make_image(choice)
            if (key, *now) not in seen:
                seen.add((key, *now))
                count.distinct += 1
                yield CrashState(Moment(cut, choice), *now, changed, key)


def make_state(recording: Recording, moment: Moment) -> CrashState:
    """Return one state again.

    Raises:
        ValueError: the run has no such state.
    """
    cut, choice = moment.cut, moment.choice
    if not 0 <= cut <= len(recording.events):
        raise ValueError(f"the run has {len(recording.events)} events, not {cut}")
    medium = Medium(recording.base, recording.write_cache)
    for index in range(cut + 1):
        _move(medium, recording, index)
    for number, mask in choice:
        if number not in medium.pending or mask & ~medium.pending[number].whole:
            raise ValueError(f"write {number} is not pending at event {cut}")
    changed, key = medium.make_image(choice)
    return CrashState(moment, *recording.stages[cut], changed, key)


def _move(medium: Medium, recording: Recording, cut: int) -> None:
    """Go past the event that leads to `cut`, if there is one, and what was freed then."""
    if cut:
        medium.move(recording.events[cut - 1])
    for block in recording.freed.get(cut, ()):
        for sector in range(block * _SECTORS, (block + 1) * _SECTORS):
            medium.overwrite(sector, _FREED_SECTOR)


def _choose(
    medium: Medium, event: Event | None, is_boundary: bool, mixtures: int, chance: random.Random
) -> list[Choice]:
    """Return what is looked at behind one event."""
    writes = list(medium.pending.values())
    parts: list[int] = []
    if isinstance(event, Started):
        parts = _list_parts(writes[-1], medium.find_differing(writes[-1]), chance)
    if is_boundary:
        return _choose_boundary(writes, parts, mixtures, chance)
    if isinstance(event, Started):
        return _choose_started(writes, parts, mixtures, chance)
    if isinstance(event, Done | Flushed):
        return [(), *(_draw(writes, chance) for _ in range(mixtures // 4 + 1))]
    return []


def _choose_started(
    writes: list[Pending], parts: list[int], mixtures: int, chance: random.Random
) -> list[Choice]:
    """Return choices in which the write that has just begun, the last, has part; `parts` are looked at."""
    *others, new = writes
    choices: list[Choice] = [_all([new]), _all(writes), *(((new.number, part),) for part in parts)]
    if parts:
        choices.append((*_all(others), (new.number, chance.choice(parts))))
    for _ in range(mixtures if others or new.whole > 1 else 0):
        mask = new.whole if chance.random() < 0.5 else _draw_mask(new, chance)
        choices.append((*_draw(others, chance), (new.number, mask)))
    return choices


def _list_parts(write: Pending, differing: int, chance: random.Random) -> list[int]:
    """Return the parts of a write that are looked at: all, if few of its sectors differ, or one."""
    alone = [1 << at for at in range(len(write.pieces)) if differing >> at & 1]
    if len(alone) <= _FEW:
        return [sum(part) for size in range(1, len(alone)) for part in combinations(alone, size)]
    part = _draw_mask(write, chance)
    return [part] if part else []


def _choose_boundary(
    writes: list[Pending], parts: list[int], mixtures: int, chance: random.Random
) -> list[Choice]:
    """Return choices for a moment at which other things are promised than before; `parts` are of the last."""
    choices: list[Choice] = [(), _all(writes), *(((writes[-1].number, part),) for part in parts)]
    for write in writes[-_MANY:]:
        choices += [_all([write]), _all([other for other in writes if other is not write])]
    choices += [_draw(writes, chance) for _ in range(2 * mixtures if writes else 0)]
    return choices


_FEW = 3
"""Sectors of which each part is looked at: few operations on names come between two writes of a block."""

_MANY = 8
"""Pending writes that are looked at one by one when an operation returns."""


def _all(writes: list[Pending]) -> Choice:
    return tuple((write.number, write.whole) for write in writes)


def _draw(writes: list[Pending], chance: random.Random) -> Choice:
    """Return a mixture: each write arrived, did not, or arrived in part."""
    found = []
    for write in writes:
        kind = chance.randrange(3)
        mask = write.whole if kind == 0 else _draw_mask(write, chance) if kind == 1 else 0
        if mask:
            found.append((write.number, mask))
    return tuple(found)


def _draw_mask(write: Pending, chance: random.Random) -> int:
    """Return some sectors of a write: any of them, or those up to one, as a head writes them."""
    bits = len(write.pieces)
    if chance.random() < 0.5:
        return chance.getrandbits(bits) & write.whole
    return (1 << chance.randrange(bits + 1)) - 1 & write.whole

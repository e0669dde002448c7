"""Images that a crash may leave of a run, at every cut, each once.

In: a `WriteLog`. Out: `CrashState`s. At a cut with n pending sectors there are up to 2 to the power of n
images; these are looked at, up to a number per cut:

    none             of what is pending has arrived
    all              has
    the first k      pending writes have, for each k; of the next one, or not, the sectors before one of them
    one              has arrived; or all but one
    mixtures         drawn with the seed: of each write nothing, all, or any of its sectors

A state counts as seen if its image was there before with the same marks: a test may demand more of the same
image once an fsync has returned. A state is made again from its cut and the text of its choice: at cut 17,
`3 5:0x0f` is write 3 whole, and of write 5 the first four sectors.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from vm.machine.crash import Mark, WriteLog
from vm.machine.crash_medium import Choice, Medium
from vm.machine.store import MemoryStore, OverlayStore

_DRAWS_PER_STATE = 4
"""How often a mixture is drawn before a new one is given up."""


@dataclass(frozen=True, slots=True)
class CrashState:
    """What a crash left.

    Args:
        cut: events that had happened.
        choice: what had arrived of the pending writes.
        marks: how many marks there were before the cut.
        key: equal images of one log have equal keys.
        image: the medium; whoever gets it may write to it.
    """

    cut: int
    choice: Choice
    marks: int
    key: int
    image: OverlayStore

    def __str__(self) -> str:
        """Return `cut 17: 3 5:0x0f`."""
        return f"cut {self.cut}: {show_choice(self.choice) or 'none'}"


def list_states(log: WriteLog, per_cut: int = 16, seed: str = "") -> Iterator[CrashState]:
    """Yield crash states that differ in image or marks, by cut.

    Args:
        log: of the run.
        per_cut: how many new ones at most at each cut.
        seed: of what is drawn; the same seed gives the same states.
    """
    base = MemoryStore(log.base)
    medium = Medium(log.base, log.write_cache)
    seen: set[tuple[int, int]] = set()
    marks = 0
    for cut in range(len(log.events) + 1):
        if cut:
            event = log.events[cut - 1]
            medium.move(event)
            marks += isinstance(event, Mark)
        chance = random.Random(f"{seed}/{cut}")
        left = per_cut
        for key, choice in _list_choices(medium, chance, per_cut):
            if left and (key, marks) not in seen:
                seen.add((key, marks))
                left -= 1
                image = OverlayStore(base, medium.make_image(choice))
                yield CrashState(cut, choice, marks, key, image)
            if not left:
                break


def make_state(log: WriteLog, cut: int, choice: str) -> CrashState:
    """Make a state again.

    Raises:
        ValueError: the log has no such state.
    """
    if not 0 <= cut <= len(log.events):
        raise ValueError(f"the log has {len(log.events)} events, so no cut {cut}")
    medium = Medium(log.base, log.write_cache)
    for event in log.events[:cut]:
        medium.move(event)
    chosen = parse_choice(choice, medium)
    image = OverlayStore(log.base, medium.make_image(chosen))
    return CrashState(cut, chosen, len(log.marks(cut)), medium.choice_key(chosen), image)


def show_choice(choice: Choice) -> str:
    """Return a choice as text, for instance `3 5:0x0f`: write 3 whole, the first four sectors of write 5."""
    return " ".join(f"{number}:{mask:#x}" for number, mask in choice)


def parse_choice(text: str, medium: Medium) -> Choice:
    """Return the choice that a text says; `none` and nothing are the same.

    Raises:
        ValueError: it is no choice, or names a write that is not pending.
    """
    chosen: dict[int, int] = {}
    for word in [] if text == "none" else text.split():
        number, _, mask = word.partition(":")
        write = medium.pending.get(int(number))
        if write is None:
            raise ValueError(f"write {number} is not pending")
        chosen[int(number)] = int(mask, 16) if mask else write.whole
    return tuple(sorted(chosen.items()))


def _list_choices(medium: Medium, chance: random.Random, per_cut: int) -> Iterator[tuple[int, Choice]]:
    """Yield choices with their keys: none and all, then the others, in an order that is drawn."""
    writes = list(medium.pending.values())
    whole = tuple((write.number, write.whole) for write in writes)
    prefixes = medium.prefix_keys()
    yield prefixes[0], ()
    if not writes:
        return
    yield prefixes[-1], whole
    kinds = [(kind, index) for kind in range(3) for index in range(len(writes))]
    chance.shuffle(kinds)
    for kind, index in kinds:
        write = writes[index]
        if kind == 0:
            yield prefixes[index], whole[:index]
        elif kind == 1:
            yield medium.choice_key(whole[index : index + 1]), whole[index : index + 1]
        else:
            yield medium.key_without(write, prefixes[-1]), whole[:index] + whole[index + 1 :]
    for _ in range(per_cut * _DRAWS_PER_STATE):
        choice = _draw_torn(whole, chance) if chance.random() < 0.25 else _draw_mixture(whole, chance)
        yield medium.choice_key(choice), choice


def _draw_torn(whole: Choice, chance: random.Random) -> Choice:
    """Return the first writes, and the first sectors of the next one, as one head leaves them."""
    index = chance.randrange(len(whole))
    number, mask = whole[index]
    part = (1 << chance.randrange(mask.bit_length())) - 1
    return (*whole[:index], (number, part)) if part else whole[:index]


def _draw_mixture(whole: Choice, chance: random.Random) -> Choice:
    """Return some writes, some whole, of some any sectors."""
    found = []
    arrived = chance.choice((0.2, 0.5, 0.8))
    for number, mask in whole:
        part = mask if chance.random() < 0.5 else chance.getrandbits(mask.bit_length())
        if part and chance.random() < arrived:
            found.append((number, part))
    return tuple(found)

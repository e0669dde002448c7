"""What the code may rely on at one place: registers, flags and stack slots, and the facts about them."""

from __future__ import annotations

from dataclasses import dataclass, field

from runtime.validate.facts import Facts
from runtime.validate.linear import ZERO, Linear
from runtime.validate.symbols import Flags

UNDEFINED_FLAGS = Flags("other", 64, ZERO, ZERO, ZERO, "")

Slot = tuple[int, int]
"""A place on the stack: (offset from the return address in bytes, size in bytes).

In the frame the offset is negative; machine arguments on the stack have offsets from 8 on.
"""


@dataclass(slots=True)
class State:
    """A state of the machine, changed in place by `step`, copied where paths part.

    Args:
        registers: a register form each; only the low `defined` bits have been written.
        defined: 0, 8, 16 or 64 bits.
        slots: what was stored where; other bytes in `written` hold unknown numbers.
        written: offsets of the stack bytes that may be read.
        results: numbers of the results that have been stored.
    """

    facts: Facts
    registers: list[Linear]
    defined: list[int]
    flags: Flags = UNDEFINED_FLAGS
    slots: dict[Slot, Linear] = field(default_factory=dict)
    written: set[int] = field(default_factory=set)
    results: frozenset[int] = frozenset()

    def copy(self) -> State:
        """Return an independent copy."""
        return State(
            self.facts.copy(),
            list(self.registers),
            list(self.defined),
            self.flags,
            dict(self.slots),
            set(self.written),
            self.results,
        )

    def forget_below(self, offset: int) -> None:
        """Drop the stack bytes below the stack pointer: anybody may overwrite them."""
        if self.written and min(self.written) < offset:
            self.written = {each for each in self.written if each >= offset}
            self.slots = {slot: form for slot, form in self.slots.items() if slot[0] >= offset}

    def forget_slot(self, slot: Slot) -> None:
        """Drop a slot and take its bytes for unwritten."""
        del self.slots[slot]
        self.written.difference_update(range(slot[0], slot[0] + slot[1]))

    def store_slot(self, slot: Slot, form: Linear) -> None:
        """Write a stack slot, forgetting what it overlaps."""
        start, size = slot
        for other in [each for each in self.slots if each[0] < start + size and start < each[0] + each[1]]:
            del self.slots[other]
        self.slots[slot] = form
        self.written.update(range(start, start + size))

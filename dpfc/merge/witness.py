"""Write a message that satisfies a formula, by following one path of decisions.

In: a formula and a path from `trie.find_path`. Out: a message that has been checked to satisfy the formula,
or
None: the path treats subjects as independent, so what it asks for may be impossible, or need more thought
than this. Then the caller asks the prover.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dpfc import formula as f
from dpfc.merge.boolean import FALSE, TRUE, Every, Literal, NodeId, Pool, Some
from dpfc.merge.need import Found, Room
from dpfc.naive import Wrapped, find_value, place_base
from runtime import limits

_NO_TABLES = "witnesses are for filters that are written out"

USUAL_LENGTH = 60
"""A message is made this long when it may be: the shortest Ethernet frame without its checksum."""

_LENGTH_FIELDS = (5, 0)
"""What to put in free fields that say how far to shift: 5 is the usual length of IPv4 and TCP headers."""


def write_message(pool: Pool, formula: NodeId, path: Sequence[tuple[int, f.ValueSet]]) -> bytes | None:
    """Return a message that satisfies `formula`, or None when following `path` does not lead to one."""
    for guess in _LENGTH_FIELDS:
        draft = _Draft(guess)
        try:
            for variable, values in path:
                subject = pool.subjects[variable]
                assert not isinstance(subject, Found), _NO_TABLES
                draft.decide(subject, values)
            message = draft.finish()
            if message is not None and holds(pool, formula, message):
                return message
        except Wrapped:
            continue
    return None


def holds(pool: Pool, formula: NodeId, message: bytes) -> bool:
    """True when `message` satisfies the formula, evaluated without any merging.

    Raises:
        Wrapped: arithmetic on this message wraps.
    """
    if formula in (TRUE, FALSE):
        return formula == TRUE
    match pool.node(formula):
        case Literal(variable=variable, values=values):
            subject = pool.subjects[variable]
            assert not isinstance(subject, Found), _NO_TABLES
            if isinstance(subject, Room):
                place = place_base(subject.base, message)
                value: int | None = int(place is not None and place + subject.size <= len(message))
            else:
                value = find_value(subject, message)
            return value is not None and any(low <= value <= high for low, high in values)
        case Every(parts=parts):
            return all(holds(pool, part, message) for part in parts)
        case Some(parts=parts):
            return any(holds(pool, part, message) for part in parts)


def show_message(message: bytes) -> tuple[str, ...]:
    """Return a hex dump, 16 bytes a line, of at most 8 lines."""
    lines = [f"{start:04x}  {message[start : start + 16].hex(' ')}" for start in range(0, len(message), 16)]
    return (*lines[:8], f"... and {len(message) - 128} more bytes") if len(lines) > 8 else tuple(lines)


@dataclass(slots=True)
class _Draft:
    """A message in the making: bytes, which bits are settled, and how long it must or may be."""

    guess: int
    data: bytearray = field(default_factory=lambda: bytearray(USUAL_LENGTH))
    settled: set[f.Field] = field(default_factory=set)
    at_least: int = 0
    at_most: int = limits.MAX_MESSAGE_BYTES

    def decide(self, subject: f.Expression | Room, values: f.ValueSet) -> None:
        low, high = values[0]
        match subject:
            case Room(base=base, size=size) if low:
                self.at_least = max(self.at_least, self.place(base) + size)
            case Room(base=base, size=size):
                self.at_most = min(self.at_most, self.place(base) + size - 1)
            case f.Captured():
                self.at_least, self.at_most = max(self.at_least, low), min(self.at_most, high)
            case f.Field():
                self.write(subject, low)
            case f.ChainKey(chain=f.Chain(key=f.Field() as key)):
                self.write(key, low)
            case _:
                return  # left to luck: the finished message is checked

    def place(self, base: f.Base) -> int:
        match base:
            case f.Shift(amount=amount):
                self.fill(amount)
            case _:
                pass
        return place_base(base, bytes(self.data)) or 0

    def fill(self, amount: f.Expression) -> None:
        """Put the guess into the fields that decide a shift, unless they are settled."""
        match amount:
            case f.Field(bits=bits) if amount not in self.settled:
                self.write(amount, min(self.guess, (1 << bits) - 1))
            case f.Arithmetic(left=left, right=right):
                self.fill(left)
                self.fill(right)
            case _:
                return

    def write(self, target: f.Field, number: int) -> None:
        self.settled.add(target)
        start = self.place(target.base) * 8 + target.offset
        if start + target.bits > 8 * limits.MAX_MESSAGE_BYTES:
            return
        size = (start + target.bits + 7) // 8
        if size > len(self.data):
            self.data += bytes(size - len(self.data))
        if target.little:
            number = int.from_bytes(number.to_bytes(target.bits // 8, "little"), "big")
        spare = size * 8 - start - target.bits
        mask = ((1 << target.bits) - 1) << spare
        first = start // 8
        old = int.from_bytes(self.data[first:size], "big")
        self.data[first:size] = ((old & ~mask) | number << spare).to_bytes(size - first, "big")

    def finish(self) -> bytes | None:
        length = min(max(self.at_least, USUAL_LENGTH), self.at_most)
        if length < self.at_least or length > limits.MAX_MESSAGE_BYTES:
            return None
        return bytes(self.data[:length]).ljust(length, b"\0")

"""The bytes of a region during a symbolic execution: what loads see, what stores leave.

In: loads and stores with symbolic offsets. Out: terms. There are two ways to keep the same bytes:

- `ByteMemory`, an array of z3: every store is one store of the array for each byte;
- `WordMemory`, the bytes at the start and a list of stores: a load after them asks each store whether it is
  meant. Where numbers are always stored and loaded as wholes, that is one comparison for each store, and
  thousands of times cheaper to reason about; that it is so is a question of its own (`conflicts`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from runtime.check import smt
from runtime.check.smt import Term
from runtime.ir.nodes import Order, Type


class Memory(Protocol):
    """The contents of one region; values: a store makes a new one."""

    def load(self, offset: Term, type_: Type, order: Order, reached: Term) -> Term:
        """Return the number at `offset`; the load is executed when `reached`."""

    def store(self, offset: Term, value: Term, order: Order) -> Memory:
        """Return the contents after a store."""

    def or_else(self, condition: Term, other: Memory) -> Memory:
        """Return these contents where `condition` holds, else `other`, of the same kind."""

    def forget(self, name: str) -> Memory:
        """Return contents of which nothing is known; equal names are equal contents."""


@dataclass(frozen=True, slots=True, eq=False)
class ByteMemory:
    """Contents as one array of bytes."""

    term: Term

    def load(self, offset: Term, type_: Type, order: Order, reached: Term) -> Term:
        """Return the number at `offset`."""
        return smt.load_term(self.term, offset, type_, order)

    def store(self, offset: Term, value: Term, order: Order) -> Memory:
        """Return the contents after a store."""
        return ByteMemory(smt.store_term(self.term, offset, value, order))

    def or_else(self, condition: Term, other: Memory) -> Memory:
        """Return these contents where `condition` holds, else `other`."""
        assert isinstance(other, ByteMemory), "both are contents of one region"
        return ByteMemory(smt.choice(condition, self.term, other.term))

    def forget(self, name: str) -> Memory:
        """Return any contents."""
        return ByteMemory(smt.bytes_term(name))


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """A store that was done when `done` holds; later ones of a memory win."""

    done: Term
    offset: Term
    value: Term
    order: Order


@dataclass(slots=True, eq=False)
class Conflicts:
    """When a load would see a part of a stored number.

    Args:
        exact: True asks each byte of such a load by itself, and then there are no conflicts.
        terms: each says when one load meets one store without being the same place.
    """

    exact: bool = False
    terms: list[Term] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class WordMemory:
    """Contents as the bytes at the start and the stores since.

    Args:
        start: array of bytes.
        conflicts: is added to by loads; unless all of it is impossible, what was loaded means nothing.
        writes: the first one first.
    """

    start: Term
    conflicts: Conflicts
    writes: tuple[Write, ...] = ()

    def load(self, offset: Term, type_: Type, order: Order, reached: Term) -> Term:
        """Return the number at `offset`."""
        place = smt.simplify(offset)
        writes = [write for write in self.writes if _may_meet(write, place, type_)]
        if self.conflicts.exact or any(_splits(write, place, type_, order) for write in writes):
            return self._load_bytes(place, type_, order)
        number = smt.load_term(self.start, place, type_, order)
        for write in writes:
            conflict = smt.overlap(place, type_.bytes, write.offset, write.value.size() // 8)
            if _fits(write, type_, order):
                same = smt.compare_term("eq", place, write.offset)
                number = smt.choice(smt.conjunction(write.done, same), write.value, number)
                conflict = smt.conjunction(conflict, smt.negation(same))
            self.conflicts.terms.append(smt.conjunction(reached, write.done, conflict))
        return number

    def _load_bytes(self, place: Term, type_: Type, order: Order) -> Term:
        """Return the number at `place`, each of its bytes from the last store there."""
        found: list[Term] = []
        for number in range(type_.bytes):
            here = smt.simplify(smt.offset_term(place, number))
            byte = smt.load_term(self.start, here, Type.U8, order)
            for write in self.writes:
                for distance, stored in enumerate(smt.split_number(write.value, write.order)):
                    there = smt.simplify(smt.offset_term(write.offset, distance))
                    hit = smt.conjunction(write.done, smt.compare_term("eq", here, there))
                    byte = smt.choice(hit, stored, byte)
            found.append(byte)
        return smt.join_bytes(found, order)

    def store(self, offset: Term, value: Term, order: Order) -> Memory:
        """Return the contents after a store."""
        write = Write(smt.TRUE, smt.simplify(offset), value, order)
        return WordMemory(self.start, self.conflicts, (*self.writes, write))

    def or_else(self, condition: Term, other: Memory) -> Memory:
        """Return these contents where `condition` holds, else `other`, which started as these did."""
        assert isinstance(other, WordMemory), "both are contents of one region"
        if self.start is not other.start:
            writes = [*_under(condition, self.writes), *_under(smt.negation(condition), other.writes)]
            return WordMemory(smt.choice(condition, self.start, other.start), self.conflicts, tuple(writes))
        shared = 0
        for first, second in zip(self.writes, other.writes):
            if first is not second:
                break
            shared += 1
        yes = _under(condition, self.writes[shared:])
        no = _under(smt.negation(condition), other.writes[shared:])
        return WordMemory(self.start, self.conflicts, (*self.writes[:shared], *yes, *no))

    def forget(self, name: str) -> Memory:
        """Return any contents."""
        return WordMemory(smt.bytes_term(name), self.conflicts)


@dataclass(frozen=True, slots=True, eq=False)
class ArgumentMemory:
    """The region `arguments`: nobody writes it, and its numbers are terms of their own.

    Args:
        words: the u64le at 0, 8, ...
    """

    words: tuple[Term, ...]

    def load(self, offset: Term, type_: Type, order: Order, reached: Term) -> Term:
        """Return the number at `offset`: one of the words, or bytes of them."""
        place = smt.constant_number(smt.simplify(offset))
        aligned = place is not None and place % 8 == 0 and place // 8 < len(self.words)
        if place is not None and aligned and type_ is Type.U64 and order == "le":
            return self.words[place // 8]
        stored = [byte for word in self.words for byte in smt.split_number(word, "le")]
        found: list[Term] = []
        for number in range(type_.bytes):
            here = smt.simplify(smt.offset_term(offset, number))
            byte = smt.number_term(0, Type.U8)  # beyond the end: no proved load gets there
            for position, each in enumerate(stored):
                hit = smt.compare_term("eq", here, smt.number_term(position, Type.U64))
                byte = smt.choice(hit, each, byte)
            found.append(byte)
        return smt.join_bytes(found, order)

    def store(self, offset: Term, value: Term, order: Order) -> Memory:
        """Never happens: the policy grants no right to it."""
        raise AssertionError("nobody may write `arguments`")

    def or_else(self, condition: Term, other: Memory) -> Memory:
        """Return itself."""
        return self

    def forget(self, name: str) -> Memory:
        """Never happens: only written regions are forgotten."""
        raise AssertionError("nobody may write `arguments`")


def _may_meet(write: Write, place: Term, type_: Type) -> bool:
    """Say whether a load at `place` may touch what `write` wrote; False where two constants decide."""
    first, second = smt.constant_number(place), smt.constant_number(write.offset)
    if first is None or second is None:
        return True
    return first < second + write.value.size() // 8 and second < first + type_.bytes


def _fits(write: Write, type_: Type, order: Order) -> bool:
    """Say whether a load sees what `write` wrote as a whole, if it is at the same place."""
    return write.value.size() == type_.bits and (write.order == order or type_.bytes == 1)


def _splits(write: Write, place: Term, type_: Type, order: Order) -> bool:
    """Say whether a load at `place`, which may meet `write`, certainly does, and not as a whole."""
    first, second = smt.constant_number(place), smt.constant_number(write.offset)
    if first is None or second is None:
        return False
    return first != second or not _fits(write, type_, order)


def _under(condition: Term, writes: tuple[Write, ...]) -> list[Write]:
    """Return `writes`, done only where `condition` holds."""
    return [
        Write(smt.conjunction(condition, write.done), write.offset, write.value, write.order)
        for write in writes
    ]

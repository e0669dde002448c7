"""Memories of a symbolic execution: words and bytes mean the same wherever no load splits a stored number."""

from __future__ import annotations

import random

import pytest

from runtime import limits
from runtime.check import smt
from runtime.check.memory import ArgumentMemory, ByteMemory, Conflicts, Memory, WordMemory
from runtime.check.smt import Term
from runtime.ir.nodes import Order, Type

_TYPES = (Type.U8, Type.U16, Type.U32, Type.U64)
_ORDERS: tuple[Order, ...] = ("le", "be")


class _Program:
    """Random stores, conditional or not, done to several memories at a time."""

    def __init__(self, seed: int, memories: list[Memory]) -> None:
        self.random = random.Random(seed)
        self.memories = memories
        self.offsets = [smt.unknown_term(name, Type.U64) for name in "xy"]

    def offset(self) -> Term:
        place = smt.number_term(self.random.randrange(4), Type.U64)
        if self.random.random() < 0.5:
            return place
        return smt.binary_term("add", self.random.choice(self.offsets), place)

    def store(self, memories: list[Memory]) -> list[Memory]:
        offset, type_, order = self.offset(), self.random.choice(_TYPES), self.random.choice(_ORDERS)
        value = smt.unknown_term(f"value {self.random.random()}", type_)
        return [memory.store(offset, value, order) for memory in memories]

    def step(self) -> None:
        if self.random.random() < 0.5:
            self.memories = self.store(self.memories)
            return
        condition = smt.unknown_term(self.random.choice("ab"), Type.U1)
        yes = self.store(self.memories)
        no = self.store(self.memories) if self.random.random() < 0.5 else self.memories
        self.memories = [one.or_else(condition, other) for one, other in zip(yes, no, strict=True)]


@pytest.mark.parametrize("seed", range(40))
def test_words_and_bytes_agree(seed: int) -> None:
    start, conflicts = smt.bytes_term("start"), Conflicts()
    memories: list[Memory] = [
        ByteMemory(start),
        WordMemory(start, conflicts),
        WordMemory(start, Conflicts(exact=True)),
    ]
    program = _Program(seed, memories)
    for _ in range(3):
        program.step()
    offset, type_, order = program.offset(), program.random.choice(_TYPES), program.random.choice(_ORDERS)
    loads = [memory.load(offset, type_, order, smt.TRUE) for memory in program.memories]
    places = [
        smt.compare_term("eq", term, smt.number_term(program.random.randrange(6), Type.U64))
        for term in program.offsets
    ]
    whole = [smt.negation(each) for each in conflicts.terms]
    for load, known in ((loads[1], [*places, *whole]), (loads[2], places)):
        differ = smt.negation(smt.compare_term("eq", loads[0], load))
        assert smt.ask([differ, *known], limits.Z3_RLIMIT).status == "impossible"


def test_a_split_number_is_a_conflict() -> None:
    start, conflicts = smt.bytes_term("start"), Conflicts()
    x, y = (smt.unknown_term(name, Type.U64) for name in "xy")
    memory = WordMemory(start, conflicts).store(x, smt.unknown_term("value", Type.U32), "le")
    memory.load(y, Type.U32, "le", smt.TRUE)
    assert smt.ask(conflicts.terms, limits.Z3_RLIMIT).status == "possible"
    apart = smt.compare_term("eq", y, smt.offset_term(x, 4))
    assert smt.ask([*conflicts.terms, apart], limits.Z3_RLIMIT).status == "impossible"


@pytest.mark.parametrize("type_", _TYPES)
@pytest.mark.parametrize("order", _ORDERS)
def test_arguments_are_words_and_bytes(type_: Type, order: Order) -> None:
    numbers = (0x0102030405060708, 0x1112131415161718)
    content = b"".join(number.to_bytes(8, "little") for number in numbers)
    memory = ArgumentMemory(tuple(smt.number_term(number, Type.U64) for number in numbers))
    place = smt.unknown_term("place", Type.U64)
    load = memory.load(place, type_, order, smt.TRUE)
    for offset in range(len(content) - type_.bytes + 1):
        wanted = int.from_bytes(content[offset : offset + type_.bytes], "little" if order == "le" else "big")
        here = smt.compare_term("eq", place, smt.number_term(offset, Type.U64))
        other = smt.negation(smt.compare_term("eq", load, smt.number_term(wanted, type_)))
        assert smt.ask([here, other], limits.Z3_RLIMIT).status == "impossible"
        constant = memory.load(smt.number_term(offset, Type.U64), type_, order, smt.TRUE)
        assert smt.constant_number(smt.simplify(constant)) == wanted

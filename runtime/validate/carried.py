"""Guess which places a loop changes, from its text: what an iteration only moves about stays as it was.

In: the blocks of a loop. Out: the registers and stack slots that may differ from iteration to iteration.
Compilers save registers to the stack in a loop, use them, and load them again: such a register is written,
but not changed. Nothing here is trusted: the walk of the loop shows whether the guess was right.

    head: mov [rsp + 8], rdi          rdi and the slot hold at the end what rdi held at the head:
          movzx edi, byte [rsi]       rdi is not changed, the slot is, unless it held the same before
          mov rdi, [rsp + 8]
          inc rcx                     rcx is changed
          jmp head
"""

from __future__ import annotations

from typing import TypeAlias

from runtime.validate.allowed import written_registers
from runtime.validate.flow import Block
from runtime.validate.machine import RSP, MachineInstruction, Memory, Register
from runtime.validate.state import Slot

Place: TypeAlias = int | Slot
"""A register's number or a stack slot."""

_Values = dict[Place, object]
"""What a place holds: an equal object is an equal number; where nothing is known, an object of its own."""


def guess_changes(
    head: int, blocks: tuple[Block, ...], start: dict[Place, object], depth: int
) -> frozenset[Place]:
    """Return the places that differ at some back edge from what they held at the head.

    Args:
        head: where the loop starts.
        blocks: of the loop, in the order of analysis.
        start: for each place that may matter, anything that is equal where places hold the same.
        depth: where rsp points at the head, from the return address.
    """
    arriving: dict[int, _Values] = {head: start}
    changed: set[Place] = set()
    for _ in range(3):  # loops inside loops settle
        before = len(changed)
        for block in blocks:
            values = dict(arriving.get(block.start, start))
            for instruction in block.instructions:
                _move(values, instruction, depth)
            for target in block.successors:
                if target == head:
                    changed |= {place for place in start if values.get(place) != start[place]}
                elif target in arriving:
                    _meet(arriving[target], values)
                else:
                    arriving[target] = dict(values)
        if len(changed) == before:
            break
    return frozenset(changed)


def _meet(known: _Values, values: _Values) -> None:
    for place in known:
        if known[place] != values.get(place):
            known[place] = object()


def _move(values: _Values, instruction: MachineInstruction, depth: int) -> None:
    """Follow whole registers and whole slots; anything else that is written is new."""
    target = instruction.operands[0] if instruction.operands else None
    moved: object = object()
    if instruction.mnemonic == "mov":
        source = _find_place(instruction.operands[1], depth)
        moved = moved if source is None else values.get(source, moved)
    for number in written_registers(instruction):
        values[number] = object()
    match target:
        case Register(number=number, width=64) if instruction.mnemonic == "mov":
            values[number] = moved
        case Memory() if instruction.mnemonic not in ("cmp", "test", "push", "mul", "div", "prefetcht0"):
            written = _find_place(target, depth)
            if written is not None:
                _forget_overlaps(values, written)
                values[written] = moved
        case _:
            pass


def _find_place(operand: object, depth: int) -> Place | None:
    """Return the register or stack slot that an operand is, if it is one: of all 64 bits."""
    match operand:
        case Register(number=number, width=64):
            return number
        case Memory(base=base, index=None, displacement=displacement, width=width) if base == RSP:
            return depth + displacement, width // 8
        case _:
            return None


def _forget_overlaps(values: _Values, written: Place) -> None:
    assert isinstance(written, tuple), "stores go to slots"
    start, size = written
    for place in values:
        if isinstance(place, tuple) and place[0] < start + size and start < place[0] + place[1]:
            values[place] = object()

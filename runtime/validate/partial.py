"""Operations on registers of which only the low part has been written.

Compilers compute with whole registers where only the low bits matter: `mov al, 1; mov ecx, eax; test cl,
1`. The low bits of a copy, a sum, a product or a mask depend on the low bits of the operands only. So where
an operand's upper bits have never been written, the instruction is taken for its narrow self, and the upper
bits of its result, and its flags, count as never written.
"""

from __future__ import annotations

from dataclasses import replace

from runtime.validate.machine import Immediate, MachineInstruction, Memory, Register
from runtime.validate.state import UNDEFINED_FLAGS, State

_LOW_TO_LOW = frozenset({"mov", "add", "sub", "and", "or", "xor", "imul", "inc", "dec", "neg", "not", "test"})


def find_narrow(state: State, instruction: MachineInstruction) -> MachineInstruction | None:
    """Return the narrow self of `instruction`, or None where all that it reads has been written."""
    if instruction.mnemonic not in _LOW_TO_LOW or len(instruction.operands) + _implicit(instruction) > 3:
        return None
    if any(isinstance(operand, Memory) for operand in instruction.operands):
        return None
    if instruction.mnemonic in ("xor", "sub") and instruction.operands[0] == instruction.operands[1]:
        return None  # gives 0, whatever was in the register
    registers = [each for each in instruction.operands if isinstance(each, Register)]
    read = registers if instruction.mnemonic != "mov" else registers[1:]
    if not read or any(each.high for each in registers):
        return None
    width = min(state.defined[each.number] for each in read)
    if not 0 < width < read[0].width:
        return None
    operands = tuple(
        replace(each, width=width) if isinstance(each, Register) else each for each in instruction.operands
    )
    return replace(instruction, operands=operands)


def _implicit(instruction: MachineInstruction) -> int:
    """A one-operand multiplication writes two registers: it is not narrowed."""
    return 3 if instruction.mnemonic == "imul" and len(instruction.operands) == 1 else 0


def prepare_narrow(state: State, narrow: MachineInstruction) -> None:
    """Forget the upper bits of the register that `narrow` is going to write."""
    target = narrow.operands[0]
    assert isinstance(target, Register), "narrowed operands are registers"
    if narrow.mnemonic != "test":
        state.defined[target.number] = min(state.defined[target.number], target.width)


def finish_narrow(state: State, narrow: MachineInstruction) -> None:
    """Say what is known after `narrow`: with a mask that fits, the upper bits of the result and the flags."""
    target, source = narrow.operands[0], narrow.operands[-1]
    assert isinstance(target, Register), "narrowed operands are registers"
    top_bit = 1 << (target.width - 1)
    masks = narrow.mnemonic in ("and", "test")
    if not masks or not isinstance(source, Immediate) or not 0 <= source.number < top_bit:
        state.flags = UNDEFINED_FLAGS
    elif narrow.mnemonic == "and":
        state.registers[target.number] = state.flags.result
        state.defined[target.number] = 64

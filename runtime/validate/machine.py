"""The machine instructions: what a decoded instruction is made of, free of the decoder.

In: nothing. Out: the node family between bytes (`decode`) and their meaning (`step`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

REGISTER_NAMES = (
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
)  # fmt: skip
"""By the numbers that instructions encode."""

RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI = range(8)
ARGUMENT_REGISTERS = (RDI, RSI, RDX, RCX, 8, 9)
CALLEE_SAVED = (RBX, RBP, 12, 13, 14, 15)


@dataclass(frozen=True, slots=True)
class Register:
    """A general register, or its low part.

    Args:
        number: 0 to 15, as in `REGISTER_NAMES`.
        width: 8, 16, 32 or 64 bits.
        high: True for ah, ch, dh, bh: bits 8 to 15 of the register `number`.
    """

    number: int
    width: int
    high: bool = False


@dataclass(frozen=True, slots=True)
class Immediate:
    """A constant, sign-extended to 64 bits by the processor; for jumps the target's offset in the code."""

    number: int
    width: int


@dataclass(frozen=True, slots=True)
class Memory:
    """`[base + index * scale + displacement]`; both registers are 64 bits wide."""

    base: int | None
    index: int | None
    scale: int
    displacement: int
    width: int


Operand: TypeAlias = Register | Immediate | Memory


@dataclass(frozen=True, slots=True)
class MachineInstruction:
    """One decoded instruction.

    Args:
        address: offset of its first byte in the code.
        size: in bytes.
        mnemonic: in Intel syntax, one name per meaning.
        operands: destination first.
        text: for diagnostics.
    """

    address: int
    size: int
    mnemonic: str
    operands: tuple[Operand, ...]
    text: str

    @property
    def end(self) -> int:
        """Offset of the next instruction."""
        return self.address + self.size

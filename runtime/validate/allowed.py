"""The allowed instructions, as a table: names, operand forms, and what is written behind the operands' back.

In: one decoded instruction. Out: nothing, or a refusal. What the table does not list cannot run: calls,
system calls, indirect jumps, string and vector instructions, anything privileged.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.validate.codes import VAL002
from runtime.validate.machine import (
    RAX,
    RCX,
    RDX,
    RSP,
    Immediate,
    MachineInstruction,
    Memory,
    Operand,
    Register,
)
from runtime.validate.refuse import refuse

CONDITIONS = {
    "o": "o", "no": "o", "b": "c", "ae": "c", "e": "z", "ne": "z", "be": "cz", "a": "cz",
    "s": "s", "ns": "s", "p": "p", "np": "p", "l": "so", "ge": "so", "le": "zso", "g": "zso",
}  # fmt: skip
"""The condition suffixes, and the flags that each reads."""


@dataclass(frozen=True, slots=True)
class Form:
    """What one mnemonic may look like.

    Args:
        operands: the kinds that each may be: r(egister), m(emory), i(mmediate), c (the register cl).
        widths: of the operands in bits; all operands but immediates have one width unless `mixed`.
        writes: how many of the first operands are written.
        implicit: registers written without being operands.
        mixed: operands may differ in width (extensions, shifts by cl).
    """

    operands: tuple[str, ...]
    widths: tuple[int, ...] = (8, 16, 32, 64)
    writes: int = 1
    implicit: tuple[int, ...] = ()
    mixed: bool = False


_WIDE = (16, 32, 64)
_TWO = (Form(("rm", "rmi")),)
_ONE = (Form(("rm",)),)
_SHIFT = (Form(("rm", "ic"), mixed=True),)

ALLOWED: dict[str, tuple[Form, ...]] = {
    "mov": _TWO,
    "movzx": (Form(("r", "rm"), mixed=True),),
    "movsx": (Form(("r", "rm"), mixed=True),),
    "movsxd": (Form(("r", "rm"), mixed=True),),
    "add": _TWO, "sub": _TWO, "adc": _TWO, "sbb": _TWO, "and": _TWO, "or": _TWO, "xor": _TWO,
    "cmp": (Form(("rm", "rmi"), writes=0),),
    "test": (Form(("rm", "ri"), writes=0),),
    "inc": _ONE, "dec": _ONE, "neg": _ONE, "not": _ONE,
    "shl": _SHIFT, "shr": _SHIFT, "sar": _SHIFT, "rol": _SHIFT, "ror": _SHIFT,
    "shld": (Form(("r", "r", "i"), (32, 64)),),
    "shrd": (Form(("r", "r", "i"), (32, 64)),),
    "bswap": (Form(("r",), (32, 64)),),
    "tzcnt": (Form(("r", "r"), (64,)),),
    "lea": (Form(("r", "m"), (32, 64), mixed=True),),
    "bt": (
        Form(("r", "ri"), (32, 64), writes=0),
        Form(("m", "i"), (32, 64), writes=0),  # not with a register: that would reach beyond the operand
    ),
    "xchg": (Form(("r", "r"), writes=2),),
    "imul": (
        Form(("r", "rm"), _WIDE),
        Form(("r", "rm", "i"), _WIDE),
    ),
    "mul": (Form(("rm",), writes=0, implicit=(RAX, RDX)),),
    "div": (Form(("rm",), writes=0, implicit=(RAX, RDX)),),
    "push": (Form(("ri",), (64,), writes=0, implicit=(RSP,)),),
    "pop": (Form(("r",), (64,), implicit=(RSP,)),),
    "ret": (Form((), writes=0, implicit=(RSP,)),),
    "nop": (Form((), writes=0),),
    "prefetcht0": (Form(("m",), writes=0, mixed=True),),  # of any address: it cannot fault
    "jmp": (Form(("i",), writes=0, mixed=True),),
}  # fmt: skip
for _condition in CONDITIONS:
    ALLOWED[f"j{_condition}"] = (Form(("i",), writes=0, mixed=True),)
    ALLOWED[f"set{_condition}"] = (Form(("rm",), (8,)),)
    ALLOWED[f"cmov{_condition}"] = (Form(("r", "rm"), _WIDE),)


def check_allowed(instruction: MachineInstruction) -> None:
    """Refuse (VAL002) an instruction that is not in the table."""
    if not any(_fits(form, instruction.operands) for form in ALLOWED.get(instruction.mnemonic, ())):
        raise refuse(VAL002, instruction, "this instruction is not on the allowed list")


def written_registers(instruction: MachineInstruction) -> frozenset[int]:
    """Return the numbers of the general registers that an allowed instruction may change."""
    form = next(form for form in ALLOWED[instruction.mnemonic] if _fits(form, instruction.operands))
    explicit = (each.number for each in instruction.operands[: form.writes] if isinstance(each, Register))
    return frozenset(explicit) | frozenset(form.implicit)


def _fits(form: Form, operands: tuple[Operand, ...]) -> bool:
    if len(operands) != len(form.operands):
        return False
    if not all(_is_kind(operand, kinds) for operand, kinds in zip(operands, form.operands, strict=True)):
        return False
    widths = {operand.width for operand in operands if not isinstance(operand, Immediate)}
    if sum(isinstance(operand, Memory) for operand in operands) > 1:
        return False
    return widths <= {8, 16, 32, 64} if form.mixed else len(widths) <= 1 and widths <= set(form.widths)


def _is_kind(operand: Operand, kinds: str) -> bool:
    match operand:
        case Register(number=number, width=width, high=high):
            return "r" in kinds or ("c" in kinds and (number, width, high) == (RCX, 8, False))
        case Memory():
            return "m" in kinds
        case Immediate():
            return "i" in kinds

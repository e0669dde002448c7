"""The door to capstone: bytes in, machine instructions out, every byte accounted for.

Decoding is linear from offset 0. A function starts at its entry and its instructions follow one another; only
padding may come after them. Prefixes that change meaning in ways that processors disagree about, or that the
allowed list has no words for, are refused here, because the decoded instruction does not show them.
"""

from __future__ import annotations

import capstone
from capstone import x86_const

from runtime import limits
from runtime.validate.codes import VAL001, VAL002, VAL007
from runtime.validate.machine import (
    REGISTER_NAMES,
    Immediate,
    MachineInstruction,
    Memory,
    Operand,
    Register,
)
from runtime.validate.refuse import refuse, refuse_code

_DECODER = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
_DECODER.detail = True

_OPERAND_SIZE_PREFIX = 0x66
_NOP_PREFIXES = frozenset({0x66, 0x2E})
_NO_WIDTH_CHANGE = frozenset({"jmp", "ret", "push", "pop", "bswap"})
"""Processors disagree about these with an operand-size prefix."""

_REPEAT_PREFIX = 0xF3
_NEEDS_REPEAT = frozenset({"tzcnt"})
"""The prefix is part of the opcode; old processors read `bsf`, which leaves any number if no bit is set."""

_SYNONYMS = {
    "movabs": "mov", "sal": "shl",
    "jz": "je", "jnz": "jne", "jc": "jb", "jnc": "jae",
}  # fmt: skip


def decode_code(code: bytes) -> tuple[MachineInstruction, ...]:
    """Decode all of `code`.

    Raises:
        Refused: VAL001 where bytes do not decode, VAL002 for a forbidden prefix or register, VAL007 when
            there are too many bytes.
    """
    if len(code) > limits.MAX_CODE_BYTES:
        raise refuse_code(VAL007, f"the code has {len(code)} bytes, the limit is {limits.MAX_CODE_BYTES}")
    instructions: list[MachineInstruction] = []
    end = 0
    for decoded in _DECODER.disasm(code, 0):
        instructions.append(_convert(decoded, code))
        end = decoded.address + decoded.size
    if end != len(code) or not code:
        raise refuse_code(
            VAL001, f"the bytes `{code[end : end + 16].hex(' ')}` at {end:#x} are no instruction"
        )
    return tuple(instructions)


def _convert(decoded: capstone.CsInsn, code: bytes) -> MachineInstruction:
    name = decoded.mnemonic
    text = f"{name} {decoded.op_str}".strip()
    bare = MachineInstruction(decoded.address, decoded.size, _SYNONYMS.get(name, name), (), text)
    raw = code[decoded.address : decoded.address + decoded.size]
    _check_prefixes(bare, raw)
    if bare.mnemonic == "nop":  # its operands are not used
        return bare
    operands = tuple(_convert_operand(bare, operand) for operand in decoded.operands)
    return MachineInstruction(bare.address, bare.size, bare.mnemonic, operands, text)


_LEGACY_PREFIXES = frozenset({0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x2E, 0x36, 0x3E, 0x26, 0x64, 0x65})
_REX = range(0x40, 0x50)


def _check_prefixes(bare: MachineInstruction, raw: bytes) -> None:
    """Read the prefixes from the bytes themselves: at most one 0x66 and then one REX; nops may have more.

    A 0x66 together with a REX that makes the operands 64 bits wide means nothing, and nobody emits it.
    """
    count = 0
    while raw[count] in _LEGACY_PREFIXES:
        count += 1
    prefixes = raw[:count]
    if bare.mnemonic == "nop":
        allowed = set(prefixes) <= _NOP_PREFIXES
    elif bare.mnemonic in _NEEDS_REPEAT:
        allowed = prefixes == bytes([_REPEAT_PREFIX])
    elif bare.mnemonic in _NO_WIDTH_CHANGE or bare.mnemonic.startswith("j"):
        allowed = not prefixes
    else:
        allowed = prefixes in (b"", bytes([_OPERAND_SIZE_PREFIX]))
    rex, opcode = _split_rex(raw[count:])
    misplaced = opcode in _LEGACY_PREFIXES or opcode in _REX
    wide = rex is not None and rex & 8 != 0
    useless = prefixes == bytes([_OPERAND_SIZE_PREFIX]) and bare.mnemonic != "nop" and wide
    if not allowed or misplaced or useless:
        raise refuse(VAL002, bare, f"the prefix bytes `{raw[: count + 1].hex(' ')}` are not allowed")


def _split_rex(rest: bytes) -> tuple[int | None, int]:
    """Return the REX prefix, if there is one, and the byte after it."""
    return (rest[0], rest[1]) if rest[0] in _REX else (None, rest[0])


def _convert_operand(bare: MachineInstruction, operand: capstone.x86.X86Op) -> Operand:
    width = operand.size * 8
    match operand.type:
        case x86_const.X86_OP_IMM:
            return Immediate(operand.imm, width)
        case x86_const.X86_OP_REG if operand.reg in _REGISTERS:
            return _REGISTERS[operand.reg]
        case x86_const.X86_OP_MEM if operand.mem.segment == x86_const.X86_REG_INVALID:
            memory = operand.mem
            base, index = _address_register(bare, memory.base), _address_register(bare, memory.index)
            return Memory(base, index, memory.scale, memory.disp, width)
        case _:
            raise refuse(
                VAL002, bare, "an operand is neither a general register, a constant nor plain memory"
            )


def _address_register(bare: MachineInstruction, register: int) -> int | None:
    if register in (x86_const.X86_REG_INVALID, x86_const.X86_REG_RIZ):
        return None
    found = _REGISTERS.get(register)
    if found is None or found.width != 64:
        raise refuse(VAL002, bare, "the address is not made of 64-bit general registers")
    return found.number


def _name_registers() -> dict[int, Register]:
    """Return our registers by capstone's numbers."""
    parts: dict[str, Register] = {}
    for number, name in enumerate(REGISTER_NAMES):
        if number < 8:
            stem = name[1:]
            low = stem[0] + "l" if stem[1] == "x" else stem + "l"
            names = (name, "e" + stem, stem, low)
            if stem[1] == "x":
                parts[stem[0] + "h"] = Register(number, 8, high=True)
        else:
            names = (name, name + "d", name + "w", name + "b")
        parts.update(
            {part: Register(number, width) for part, width in zip(names, (64, 32, 16, 8), strict=True)}
        )
    return {getattr(x86_const, f"X86_REG_{name.upper()}"): register for name, register in parts.items()}


_REGISTERS = _name_registers()

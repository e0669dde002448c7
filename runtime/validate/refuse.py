"""How the validator says no: a code, the place, the instruction, the fact that could not be proved."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry, Diagnostic, Refused
from runtime.validate.machine import MachineInstruction


def describe_place(instruction: MachineInstruction) -> str:
    """Return address and disassembly, for messages."""
    return f"`{instruction.text}` at {instruction.address:#x}"


def refuse(entry: CodeEntry, instruction: MachineInstruction, fact: str) -> Refused:
    """Return the exception that refuses the code because of `instruction`."""
    return refuse_code(entry, f"{describe_place(instruction)}: {fact}")


def refuse_code(entry: CodeEntry, message: str) -> Refused:
    """Return the exception that refuses the code as a whole."""
    note = f"{entry.title}; the machine code is not run, the interpreter can run the function"
    return Refused(Diagnostic(entry.code, message, notes=(note,)))

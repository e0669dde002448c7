"""The diagnostics of the validator, for `dpfc explain`; no program text causes them."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry

_WAY_OUT = (
    " Correct compilers do not emit such code, so this is a bug in ours, or the bytes were changed after it. "
    "The function is not run natively; run it with `--engine interpreter`, and report the bytes."
)


def _entry(code: str, title: str, meaning: str) -> CodeEntry:
    return CodeEntry(code, title, meaning + _WAY_OUT, "", "", "none")


VAL001 = _entry(
    "VAL001", "bytes that are no instruction", "A part of the machine code does not decode as x86-64."
)
VAL002 = _entry(
    "VAL002",
    "instruction not allowed",
    "The code has an instruction, an operand form or a prefix outside the allowed list: a system call, a "
    "call, an indirect jump, a vector or string instruction, a segment override.",
)
VAL003 = _entry(
    "VAL003",
    "jump to a wrong place",
    "A jump leads outside the code, into the middle of an instruction or into padding.",
)
VAL004 = _entry(
    "VAL004", "execution runs off the end", "After the last instruction of some path nothing returns."
)
VAL005 = _entry(
    "VAL005",
    "bytes that never run",
    "Some bytes are neither reached from the entry nor padding after the code.",
)
VAL006 = _entry(
    "VAL006",
    "loop with two entries",
    "A loop can be entered elsewhere than at its head; such loops are not judged.",
)
VAL007 = _entry(
    "VAL007",
    "code too large to judge",
    "The code has more bytes, or its analysis takes more steps, than runtime.limits allows.",
)
VAL010 = _entry(
    "VAL010",
    "memory access not proved",
    "A load or store could not be proved to stay inside a region, the tables, the emitted tuples, the "
    "results or the stack frame.",
)
VAL011 = _entry(
    "VAL011",
    "memory access without the right",
    "A store goes to memory that may only be read, or a load to memory that may only be written.",
)
VAL012 = _entry(
    "VAL012",
    "use of something never written",
    "A register, a flag or a stack byte is read on a path on which nothing has been written to it.",
)
VAL013 = _entry(
    "VAL013",
    "stack not kept",
    "The stack pointer is not known exactly, differs between two paths, is not back in place at `ret`, or "
    "the frame is larger than allowed.",
)
VAL014 = _entry(
    "VAL014",
    "callee-saved register changed",
    "rbx, rbp or r12 to r15 may differ from its value at the entry when the function returns.",
)
VAL015 = _entry(
    "VAL015",
    "division that may trap",
    "The divisor may be zero or the quotient may not fit.",
)
VAL016 = _entry(
    "VAL016",
    "answer out of range",
    "rax may hold a number outside the function's result type, or more tuples than it may emit.",
)

CODES: tuple[CodeEntry, ...] = (
    VAL001, VAL002, VAL003, VAL004, VAL005, VAL006, VAL007,
    VAL010, VAL011, VAL012, VAL013, VAL014, VAL015, VAL016,
)  # fmt: skip

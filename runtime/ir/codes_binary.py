"""The diagnostics of `runtime.ir.binary`: only damaged or hostile data gets them, no program text can."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str) -> CodeEntry:
    return CodeEntry(code, title, meaning, bad="", good="", language="none")


BINARY_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "IR201",
        "not the binary form",
        "The data does not begin with `XIR1` and a version that this kernel knows. Compile the program "
        "again "
        "with a compiler of the kernel's version.",
    ),
    _entry(
        "IR202",
        "the data is cut off",
        "The data ends in the middle of the function, or claims more items than bytes are left. Get the "
        "whole file.",
    ),
    _entry(
        "IR203",
        "bytes behind the function",
        "The function is complete, but the data goes on. Nothing may follow it: one function has one "
        "binary form.",
    ),
    _entry(
        "IR204",
        "a count crosses a limit",
        "The data has more of something than runtime/limits.py allows; it is refused before room is made "
        "for it. "
        "Split the program.",
    ),
    _entry(
        "IR205",
        "a badly written number",
        "A number takes more bytes than it need, or more than 64 bits. Numbers are unsigned LEB128 in "
        "their "
        "shortest form.",
    ),
    _entry(
        "IR206",
        "a number that stands for nothing",
        "An instruction, type, right, region, table or operand has a number that means nothing. The "
        "tables are in "
        "runtime/ir/binary_layout.py.",
    ),
    _entry(
        "IR207",
        "a name that is not ASCII",
        "Names have letters, digits and `_` only.",
    ),
    _entry(
        "IR208",
        "bodies nested too deep",
        "`if` and `for` are nested deeper than runtime/limits.py allows. Return early, or combine "
        "conditions.",
    ),
)

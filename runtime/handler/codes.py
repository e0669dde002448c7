"""The diagnostics of handlers as downloaded: HND001 to HND019.

In: nothing. Out: a table, part of the compilers' catalogues. No program text gets them: they speak of what a
client hands to the kernel.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str) -> CodeEntry:
    return CodeEntry(code, title, meaning, bad="", good="", language="none")


CODES: tuple[CodeEntry, ...] = (
    _entry(
        "HND001",
        "a handler whose declarations do not fit",
        "A handler takes messages of at least 1 byte, touches at most as much memory as runtime/limits.py "
        "says, and has one to sixteen layers; each check belongs to one of them.",
    ),
    _entry(
        "HND002",
        "a function that is not called as a handler's",
        "The body takes nothing or the clock (u64), the recovery the failed layer (u32) and perhaps the "
        "clock; both return one u32 and emit nothing or pairs of u64.",
    ),
    _entry(
        "HND010",
        "too many stores that may have to be undone",
        "An abort leaves message and memory as they were, so what is stored before the last check is "
        "remembered, and there is room for so many entries only. Check first, then store.",
    ),
    _entry(
        "HND021",
        "not the download form of a handler",
        "The data does not begin with `XAH1` and a version that this kernel knows. Compile it again.",
    ),
    _entry(
        "HND022",
        "the handler is cut off",
        "The data ends in the middle, or claims more items than bytes are left. Get the whole file.",
    ),
    _entry("HND023", "bytes behind the handler", "The handler is complete, but the data goes on."),
    _entry(
        "HND024",
        "a count in the handler crosses a limit",
        "The data has more of something than runtime/limits.py allows; it is refused before room is made.",
    ),
    _entry(
        "HND025",
        "a badly written number in the handler",
        "Numbers are unsigned LEB128 in their shortest form, below 2**64.",
    ),
    _entry(
        "HND026",
        "a number in the handler that stands for nothing",
        "The tables are in runtime/handler/form.py.",
    ),
    _entry(
        "HND027",
        "a bad name or text in the handler",
        "Names have letters, digits and `_`; other texts are UTF-8.",
    ),
)

"""Diagnostics for text that is no DPF program: DPF001 to DPF009.

In: nothing. Out: a table, part of `dpfc.codes`.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str, bad: str = "", good: str = "") -> CodeEntry:
    return CodeEntry(code, title, meaning, bad, good, "dpf" if bad else "none")


TEXT_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "DPF001",
        "the text is too long",
        "A source file has at most 16 MiB. Filters that differ only in numbers take far less as one "
        "filter with parameters and a CSV file of instances.",
    ),
    _entry(
        "DPF002",
        "the file is not text",
        "A source file is UTF-8 text. The message says which byte is not; a capture file given by mistake "
        "is the usual reason.",
    ),
    _entry(
        "DPF003",
        "the text does not follow the grammar",
        "The caret is at the first thing that cannot stand there; the note lists what could.",
        "filter web { tcp.dport = 80 }",
        "filter web { tcp.dport == 80 }",
    ),
    _entry(
        "DPF004",
        "a malformed or far too large number",
        "Numbers are decimal, 0x or 0b, with single underscores between digits, and have at most 128 bits.",
        "filter web { tcp.dport == 8__0 }",
        "filter web { tcp.dport == 8_0 }",
    ),
    _entry(
        "DPF005",
        "a malformed address or prefix",
        "An IPv4 address is four numbers from 0 to 255; an IPv6 address is eight groups of hex digits, "
        "with at most one `::`; a prefix has at most as many bits as its address.",
        "filter host { ipv4.src == 10.0.0.256 }",
        "filter host { ipv4.src == 10.0.0.255 }",
    ),
    _entry(
        "DPF006",
        "a prefix with bits behind its length",
        "10.0.0.1/8 may mean the network 10.0.0.0/8 or the host 10.0.0.1; say which.",
        "filter net { ipv4.src == 10.0.0.1/8 }",
        "filter net { ipv4.src == 10.0.0.0/8 }",
    ),
    _entry(
        "DPF007",
        "nested too deeply",
        "Brackets, `not` and operators in a row may go 64 deep. Name a part with `const`, or make it a "
        "filter and refer to it with `@name`.",
        "filter deep { " + "not " * 65 + "tcp }",
        "filter deep { " + "not " * 60 + "tcp }",
    ),
    _entry(
        "DPF008",
        "a value where a condition is expected, or the other way round",
        "Conditions (comparisons, memberships, headers) are joined by and, or, not; values by arithmetic.",
        "filter web { tcp.dport }",
        "filter web { tcp.dport == 80 }",
    ),
    _entry(
        "DPF009",
        "a number out of range",
        "Fields and loads have 1 to 64 bits, or 128; offsets lie within the longest message; link types "
        "have 16 bits; a chain has at most 64 steps.",
        "filter odd { 0:65 == 1 }",
        "filter odd { 0:64 == 1 }",
    ),
)

"""Diagnostics for what functions may do: UDF050 to UDF069.

In: nothing. Out: a table, part of `udfc.catalogue`.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry
from runtime.limits import MAX_EMIT_WORDS


def _entry(code: str, title: str, meaning: str, bad: str = "", good: str = "") -> CodeEntry:
    return CodeEntry(code, title, meaning, bad, good, "udf" if bad else "none")


def _object(rest: str, size: str = "64 bytes") -> str:
    """Return a template of 16 numbers."""
    return f"template t : {size} {{\n    layout {{ x: u32le[16] }}\n    {rest}\n}}\n"


def _parameters(count: int) -> str:
    """Return a template with so many parameters."""
    return f"template t({', '.join(f'p{n}: u8' for n in range(count))}) : 64 bytes {{ }}\n"


_MOVE = (
    "partition p { if x[0] != 0 { own(x[0], 1, data) } }\n"
    "    method clear() changes p takes own(x[0], 1, data)"
)

LOWERING_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "UDF050",
        "something that cannot be assigned",
        "`var` declares what changes; `let`, parameters and indices are fixed. Only methods assign fields.",
        _object("size { let a = 1\n a = 2\n return a }"),
        _object("size { var a = 1\n a = 2\n return a }"),
    ),
    _entry(
        "UDF051",
        "something that this function cannot do",
        "`own` and `part` stand in partitions, `mark` in `used`, `name` in `names`; `clock()` and `after` in "
        "`acl` (`clock()` in `size` too); `stop if` leaves a loop, or a function that has no answer to give.",
        _object("partition p { own(clock(), 1, data) }"),
        _object("size { return clock() }"),
    ),
    _entry(
        "UDF052",
        "a partition that reads bytes nobody can tell",
        "What a partition reads is found where its body names fields by constants or by the partition's own "
        "index. If a view or another index decides, `reads` must say which bytes those are at most.",
        _object("partition p { for i in 0..16 { if x[i] != 0 { own(x[i], 1, data) } } }"),
        _object("partition p reads x { for i in 0..16 { if x[i] != 0 { own(x[i], 1, data) } } }"),
    ),
    _entry(
        "UDF053",
        "a template that does not exist",
        "`own` and `part` name a template of this file or of an imported one, or `data`; `own` also "
        "`like(block)`.",
        _object("partition p { if x[0] != 0 { own(x[0], 1, date) } }"),
        _object("partition p { if x[0] != 0 { own(x[0], 1, data) } }"),
    ),
    _entry(
        "UDF054",
        "a part without a length",
        "Objects of a template `up to N bytes`, and `data`, have any length: `part` must say which.",
        _object("partition p { part(0, data) }"),
        _object("partition p { part(0, 16, data) }"),
    ),
    _entry(
        "UDF055",
        "a `require` that comes too late",
        "Where a method is refused, nothing has changed. So all `require`s of a method stand before its "
        "first assignment of a field, outside of `if` and loops.",
        _object(_MOVE + " { x[0] = 0\n require x[1] == 0 }"),
        _object(_MOVE + " { require x[0] != 0\n x[0] = 0 }"),
    ),
    _entry(
        "UDF056",
        "a function without an answer",
        "`acl` and `size` end in `return`, which stands nowhere else.",
        _object("size { let a = x[0] }"),
        _object("size { let a = x[0]\n return a }"),
    ),
    _entry(
        "UDF057",
        "a loop without a bound",
        "A `walk` has constant ends (or `length`) and a constant step of at least 1, by which its rounds are "
        "counted: it is the smallest advance. A loop runs at most 16,777,216 times.",
        _object("names { walk at in 0..64 step 0 { advance 4 } }"),
        _object("names { walk at in 0..64 step 4 { advance 4 } }"),
    ),
    _entry(
        "UDF058",
        "a method that changes a partition that does not exist",
        "`changes` lists partitions as they are declared: with an index if they have one.",
        _object(_MOVE.replace("changes p", "changes q") + " { require x[0] != 0\n x[0] = 0 }"),
        _object(_MOVE + " { require x[0] != 0\n x[0] = 0 }"),
    ),
    _entry(
        "UDF059",
        "bytes that this function does not see",
        "`identity` and the number of partitions follow from the parameters (and `length`) alone; `unit` "
        "also from fields of the discriminator, since all that is owned depends on it.",
        _object("identity x[0]"),
        _object("identity 2"),
    ),
    _entry(
        "UDF060",
        "12-bit elements that share a byte",
        "A change of one partition must not concern another, so that their read sets may not meet; but every "
        "second 12-bit number begins in the middle of a byte. A partition of two takes three whole bytes.",
        "template t : 48 bytes {\n    layout { e: u12le[32] }\n"
        "    partition one[p in e] { if e[p] != 0 { own(e[p], 1, data) } }\n}\n",
        "template t : 48 bytes {\n    layout { e: u12le[32] }\n    partition two[p in 0..16] {\n"
        "        if e[2 * p] != 0 { own(e[2 * p], 1, data) }\n"
        "        if e[2 * p + 1] != 0 { own(e[2 * p + 1], 1, data) }\n    }\n}\n",
    ),
    _entry(
        "UDF061",
        "too many parameters",
        f"A tuple has at most {MAX_EMIT_WORDS} words, arguments among them. Pack several into one number, or "
        "read them from the object itself.",
        _parameters(MAX_EMIT_WORDS - 3),
        _parameters(MAX_EMIT_WORDS - 4),
    ),
)

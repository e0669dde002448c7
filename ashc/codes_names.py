"""Diagnostics for names, types and layouts: ASH010 to ASH029.

In: nothing. Out: a table, part of `ashc.catalogue`.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str, bad: str = "", good: str = "") -> CodeEntry:
    return CodeEntry(code, title, meaning, bad, good, "ash" if bad else "none")


NAMES_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "ASH010",
        "a name that means nothing here",
        "Expressions name variables, constants, abbreviations, and fields by where they are: "
        "`message.x`, `region.x`. Pipes, layers and predicates' words have names, too.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(x) }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(message.x) }
}
""",
    ),
    _entry(
        "ASH011",
        "a field that does not exist",
        "The note names the field that is most like it, or all there are.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(message.z) }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(message.x) }
}
""",
    ),
    _entry(
        "ASH012",
        "a name that is declared twice",
        "A name has one meaning wherever it can be seen: locals do not hide constants or pipes.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { let a = 1; let a = 2 }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { let a = 1; let b = 2 }
}
""",
    ),
    _entry(
        "ASH013",
        "a name that cannot be declared",
        "`message`, `region`, `wrapping` and the functions `min`, `max`, `select`, `clock`, "
        "`offset`, `carry_add` have a meaning of their own; so have `length` and `left` as fields"
        " of a message. A name has at most 80 characters.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { let region = 1 }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { let area = 1 }
}
""",
    ),
    _entry(
        "ASH014",
        "a number where a condition is meant, or the other way round",
        "There is no truth in numbers: compare them. `select(condition, 1, 0)` makes a number of "
        "a condition.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { require message.x }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { require message.x != 0 }
}
""",
    ),
    _entry(
        "ASH015",
        "something that has no such parts",
        "Numbers have no fields and no elements, arrays no fields; a place in memory is a field, "
        "`message[n]`, `region[n]`, or a field of a view.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(message.x.y) }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(message.x) }
}
""",
    ),
    _entry(
        "ASH016",
        "a number that is not known when the program is compiled",
        "Sizes, offsets, counts and seeds are numbers, constants, and what is computed from them.",
        "const A = clock()",
        "const A = 5",
    ),
    _entry(
        "ASH017",
        "arithmetic that has no result, or what can never hold",
        "Numbers are exact and have 64 bits: a sum of constants must fit, and so must what is "
        "known of a transfer when the program is compiled. `wrapping(...)` is for where wrapping "
        "is meant.",
        "const A = 1 - 2",
        "const A = 2 - 1",
    ),
    _entry(
        "ASH018",
        "too many or too few arguments",
        "An abbreviation takes one argument for each parameter, a function as many as it has.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(min(1)) }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(min(1, 2)) }
}
""",
    ),
    _entry(
        "ASH019",
        "something that contains itself",
        "Structs, constants and abbreviations form no circles.",
        "const A = A",
        "const A = 1",
    ),
    _entry(
        "ASH020",
        "a type that there is not",
        "Fields are `u8`, `u16be` ... `u64le`, `bytes[n]` or a struct; registers of pipes and "
        "words of predicates are numbers without an order of bytes.",
        "struct s { a: u16 }",
        "struct s { a: u16be }",
    ),
    _entry(
        "ASH021",
        "a field behind the end",
        "The message or the region is too short for it.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { a: u8[2000] }
    commit { consume }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { a: u8[1000] }
    commit { consume }
}
""",
    ),
    _entry(
        "ASH022",
        "bits that do not fit",
        "Bit fields lie inside their number and do not share bits.",
        "struct s { a: u8 { b: 9 @0 } }",
        "struct s { a: u8 { b: 8 @0 } }",
    ),
    _entry(
        "ASH023",
        "a type without a size",
        "Arrays have at least one element; only the last field of a message or region may have as"
        " many as fit.",
        "struct s { a: u8[0] }",
        "struct s { a: u8[1] }",
    ),
    _entry(
        "ASH024",
        "an impossible size",
        "A region, a message and a budget have at least 1, and at most what runtime/limits.py says.",
        "region 0 bytes",
        "region 1 bytes",
    ),
    _entry(
        "ASH025",
        "too many layers",
        "A handler has at most sixteen.",
    ),
    _entry(
        "ASH026",
        "parts of a handler that do not fit together",
        "A handler or layer has an `initial`, a `data`, a `commit` and an `abort` part at most, "
        "in this order, and one of the first three at least. Only handlers have a budget.",
        "handler h { commit { consume }; initial { deliver } }",
        "handler h { initial { require message.length > 1 }; commit { consume } }",
    ),
    _entry(
        "ASH027",
        "a range that holds no number",
        "The smaller end comes first; both ends are included.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { require message.x in {5..2} }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { require message.x in {2..5} }
}
""",
    ),
    _entry(
        "ASH028",
        "an element that does not exist",
        "Elements are counted from 0.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(region.count[4]) }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(region.count[3]) }
}
""",
    ),
    _entry(
        "ASH029",
        "too large or too deep a program",
        "With its abbreviations expanded, the program grows too large. Split it up.",
    ),
)

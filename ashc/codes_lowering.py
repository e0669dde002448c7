"""Diagnostics for pipes, statements, checks and predicates: ASH040 to ASH079.

In: nothing. Out: a table, part of `ashc.catalogue`.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str, bad: str = "", good: str = "") -> CodeEntry:
    return CodeEntry(code, title, meaning, bad, good, "ash" if bad else "none")


LOWERING_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "ASH040",
        "no such gauge",
        "A pipe takes and gives `u8`, `u16be`, `u16le`, `u32be` or `u32le`.",
        "pipe p : u64le { input w; output w }",
        "pipe p : u32le { input w; output w }",
    ),
    _entry(
        "ASH041",
        "a pipe whose steps do not make a unit",
        "A unit is as wide as the wider gauge: there is an `input` for each number of it that "
        "comes in, and an `output` for each that goes out. A pipe has at most eight registers.",
        "pipe p : u16be -> u8 { input w; output w & 0xff }",
        "pipe p : u16be -> u8 { input w; output w >> 8; output w & 0xff }",
    ),
    _entry(
        "ASH042",
        "a pipe that is not what it says",
        "What is `no_mod` gives what it takes: it has one gauge and no `output`.",
        "pipe p : u8 no_mod { input w; output w }",
        "pipe p : u8 no_mod { input w }",
    ),
    _entry(
        "ASH043",
        "a pipe whose numbers may not fit",
        "All numbers in a pipe are exact, whatever its registers hold and whatever comes in, and "
        "fit where they are put. The note shows numbers for which that is not so.",
        "pipe p : u8 { input w; output w + 1 }",
        "pipe p : u8 { input w; output (w + 1) & 0xff }",
    ),
    _entry(
        "ASH044",
        "a pipe that is not commutative",
        "What is `commutative` may take its units in any order: what goes out depends on its own "
        "unit only, and the registers end the same. The note shows two units for which that is "
        "not so.",
        "pipe p : u8 commutative no_mod { keep s: u8 = 0; input w; s = w }",
        "pipe p : u8 no_mod { keep s: u8 = 0; input w; s = w }",
    ),
    _entry(
        "ASH050",
        "an assignment to what is fixed",
        "`var`, registers of pipes, and fields can be assigned; `let` and indices cannot.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { let a = 1; a = 2 }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { var a = 1; a = 2 }
}
""",
    ),
    _entry(
        "ASH051",
        "something that this part of a handler cannot do",
        "`initial` looks and decides, `data` moves data into the region, `commit` does the rest; "
        "so checks come before writes. `carry_add` has a meaning only in pipes.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    initial { region.count[0] = 1 }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { region.count[0] = 1 }
}
""",
    ),
    _entry(
        "ASH052",
        "a statement with the wrong arguments",
        "The note says how it is written.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake() }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(1) }
}
""",
    ),
    _entry(
        "ASH053",
        "a transfer from a memory into itself",
        "Data goes from the message to the region or back; `apply` changes it where it is.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { copy(region.page, region.count, 4) }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { copy(region.page, message.y, 4) }
}
""",
    ),
    _entry(
        "ASH054",
        "fields that cannot be moved whole",
        "Both have one known size, of at most 64 bytes; `copy` moves others.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { swap(message.x, message.y) }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; z: u16be }
    commit { swap(message.x, message.z) }
}
""",
    ),
    _entry(
        "ASH055",
        "a list of pipes that makes no sense",
        "Arguments behind the count are pipes. One with registers is used by a name, which stands"
        " once in a list.",
        """pipe p : u16be commutative no_mod { keep s: u16 = 0; input w; s = carry_add(s, w) }
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { consume(4, p) }
}
""",
        """pipe p : u16be commutative no_mod { keep s: u16 = 0; input w; s = carry_add(s, w) }
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { use s = p; consume(4, s) }
}
""",
    ),
    _entry(
        "ASH056",
        "something that is never reached",
        "The handler has ended before.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { consume; wake(1) }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(1); consume }
}
""",
    ),
    _entry(
        "ASH057",
        "a requirement that never holds",
        "The handler would abort whatever the message.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { require 1 == 2 }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { require message.x == 2 }
}
""",
    ),
    _entry(
        "ASH058",
        "a loop whose length nobody knows",
        "Say how often it may run at most: more is checked before it starts, and aborts.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { for i in 0..clock() { } }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { for i in 0..clock() max 4 { } }
}
""",
    ),
    _entry(
        "ASH059",
        "too much to send",
        "A handler may send a limited number of pieces (runtime/limits.py).",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { for i in 0..300 { send(message) } }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { for i in 0..3 { send(message) } }
}
""",
    ),
    _entry(
        "ASH060",
        "a check that can never succeed",
        "What would have to be checked is false whatever the message: the handler would always abort.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { let a = message.x; region.count[a + 8] = 1 }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { let a = message.x; region.count[a] = 1 }
}
""",
    ),
    _entry(
        "ASH061",
        "a budget that is never enough",
        "The handler takes more instructions than its budget even where no data is moved.",
        "handler h { budget 2; message { x: u8 }; commit { wake(message.x) } }",
        "handler h { budget 200; message { x: u8 }; commit { wake(message.x) } }",
    ),
    _entry(
        "ASH062",
        "a product that nobody can check",
        "It may have more than 64 bits, and no comparison of one factor tells. Compare the "
        "factors with something, or write `wrapping(...)`.",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(clock() * (clock() + 1)) }
}
""",
        """region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(wrapping(clock() * (clock() + 1))) }
}
""",
    ),
    _entry(
        "ASH063",
        "too many checks",
        "A handler may give up at a limited number of places (runtime/limits.py).",
    ),
    _entry(
        "ASH070",
        "something else than comparisons in a predicate",
        "A predicate compares words with words or numbers; `and`, `or`, `not` and `in` join comparisons.",
        "predicate p { word a: u32 = kernel x; when a }",
        "predicate p { word a: u32 = kernel x; when a != 0 }",
    ),
    _entry(
        "ASH071",
        "a predicate with too many products",
        "`and` of `or`s is multiplied out; the result has too many products.",
    ),
)

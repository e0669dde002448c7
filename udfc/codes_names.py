"""Diagnostics for names, types and layouts: UDF010 to UDF029.

In: nothing. Out: a table, part of `udfc.catalogue`.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str, bad: str = "", good: str = "") -> CodeEntry:
    return CodeEntry(code, title, meaning, bad, good, "udf" if bad else "none")


def _object(layout: str, rest: str = "") -> str:
    """Return a template of 64 bytes."""
    return f"template t : 64 bytes {{\n    layout {{ {layout} }}\n    {rest}\n}}\n"


def _owns(condition: str) -> str:
    """Return a template that owns a block under a condition."""
    return _object("x: u32le[16]", f"partition p {{ if {condition} {{ own(x[0], 1, data) }} }}")


NAMES_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "UDF010",
        "a name that means nothing here",
        "Expressions name fields, parameters, locals, constants and abbreviations. Imported files' constants "
        "and abbreviations count; another template's fields do not.",
        _owns("y[0] != 0"),
        _owns("x[0] != 0"),
    ),
    _entry(
        "UDF011",
        "a field that does not exist",
        "The note names the field that is most like it, or all there are.",
        "struct s { a: u32le; b: u32le }\n"
        + _object("x: s", "partition p { if x.c != 0 { own(x.a, 1, data) } }"),
        "struct s { a: u32le; b: u32le }\n"
        + _object("x: s", "partition p { if x.a != 0 { own(x.a, 1, data) } }"),
    ),
    _entry(
        "UDF012",
        "a name that is declared twice",
        "A name has one meaning wherever it can be seen: locals do not hide fields, parameters or constants. "
        "Templates, structs and partitions have name spaces of their own.",
        _object("x: u32le; x: u32le"),
        _object("x: u32le; y: u32le"),
    ),
    _entry(
        "UDF013",
        "a name that cannot be declared",
        "`length`, `after`, `min`, `max`, `select`, `clock` and `wrapping` have a meaning in "
        "expressions; types and `data` and `like` have one among types. A name has at most 80 characters.",
        _object("length: u32le"),
        _object("size: u32le"),
    ),
    _entry(
        "UDF014",
        "a number where a condition is meant, or the other way round",
        "There is no truth in numbers: compare them. `select(condition, 1, 0)` makes a number of a "
        "condition.",
        _owns("x[0]"),
        _owns("x[0] != 0"),
    ),
    _entry(
        "UDF015",
        "a step that a thing does not have",
        "Structs have fields, arrays have elements, numbers have neither, but perhaps bits.",
        _owns("x != 0"),
        _owns("x[0] != 0"),
    ),
    _entry(
        "UDF016",
        "a number that is not known when the template is compiled",
        "Sizes, offsets, counts, the ends of a `walk` and what parameters may be are made of numbers and "
        "constants.",
        "template t : count bytes { }\n",
        "const count = 64\ntemplate t : count bytes { }\n",
    ),
    _entry(
        "UDF017",
        "arithmetic on known numbers that has no result",
        "Numbers are exact and have 64 bits: nothing is negative, and nothing is divided by 0. A number that "
        "is stored must fit its field.",
        "const less = 1 - 2\n",
        "const less = wrapping(1 - 2)\n",
    ),
    _entry(
        "UDF018",
        "too many or too few arguments",
        "Abbreviations, `min`, `max`, `select` and templates take one argument for each parameter.",
        _owns("min(x[0]) != 0"),
        _owns("min(x[0], 5) != 0"),
    ),
    _entry(
        "UDF019",
        "something that is defined by itself",
        "Constants, abbreviations and structs are finished things. A template may own objects of its own "
        "kind, because those are in other blocks.",
        "struct s { next: s }\n",
        "struct s { next: u32le }\n",
    ),
    _entry(
        "UDF020",
        "a type that does not exist",
        "Fields are u8, u16le, u16be, u24le ... u64be, u12le[...], bytes[...] and structs; parameters "
        "are u8, u16, u32 and u64.",
        _object("x: u32"),
        _object("x: u32le"),
    ),
    _entry(
        "UDF021",
        "a field that goes beyond the object",
        "A field without an offset follows the field before it. The end is the offset plus the size.",
        _object("x: u32le[17]"),
        _object("x: u32le[16]"),
    ),
    _entry(
        "UDF022",
        "bit fields that do not fit",
        "`name: width @ lowest bit`, all within the number and without meeting. Only numbers have bits.",
        _object("x: u16le { a: 4 @13 }"),
        _object("x: u16le { a: 4 @12 }"),
    ),
    _entry(
        "UDF023",
        "an array without a size",
        "`T[]`, as many as fit, is possible in a template's layout for the outermost array. 12-bit numbers "
        "stand in arrays of one dimension.",
        "struct s { rest: u32le[] }\n",
        "struct s { rest: u32le[4] }\n",
    ),
    _entry(
        "UDF024",
        "an object of an impossible size",
        "Objects have between 1 byte and 4 GB.",
        "template t : 0 bytes { }\n",
        "template t : 1 bytes { }\n",
    ),
    _entry(
        "UDF025",
        "a parameter with an impossible domain",
        "`in {...}` lists numbers and ranges, both ends included, that fit the type.",
        "template t(n: u8 in {1..256}) : 64 bytes { }\n",
        "template t(n: u8 in {1..255}) : 64 bytes { }\n",
    ),
    _entry(
        "UDF026",
        "clauses that do not go together",
        "`unit`, `root`, `acl` and the like stand once in a template. A root has no parameters, because "
        "nobody owns it, and only a root has `blocks`.",
        "template t(n: u8) : 64 bytes { root at 0 }\n",
        "template t : 64 bytes { root at 0 }\n",
    ),
    _entry(
        "UDF027",
        "a range without anything in it, or outside the object",
        "Ranges of bytes `@16..40` and of elements `block[0..12]` do not include their end; ranges of "
        "numbers in `in {1..3}` do.",
        _object("x: u32le", "discriminator @16..16"),
        _object("x: u32le", "discriminator @16..20"),
    ),
    _entry(
        "UDF028",
        "an element that does not exist",
        "Elements are counted from 0.",
        _owns("x[16] != 0"),
        _owns("x[15] != 0"),
    ),
    _entry(
        "UDF029",
        "text that grows too large",
        "Abbreviations are expanded where they stand, so that those of those grow exponentially; and what is "
        "nested too deeply is refused before it can overflow anything.",
        "".join(f"define d{n}(x) = d{n + 1}(x) + d{n + 1}(x)\n" for n in range(16))
        + "define d16(x) = x\nconst large = d0(1)\n",
        "define d16(x) = x\nconst large = d16(1)\n",
    ),
)

"""Diagnostics for text that is no UDF program: UDF001 to UDF009.

In: nothing. Out: a table, part of `udfc.catalogue`.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str, bad: str = "", good: str = "") -> CodeEntry:
    return CodeEntry(code, title, meaning, bad, good, "udf" if bad else "none")


TEXT_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "UDF001",
        "the text is too long",
        "A source file has at most 1 MiB; the largest file system takes a twentieth of that.",
    ),
    _entry(
        "UDF002",
        "the file is not text",
        "A source file is UTF-8 text. The message says which byte is not; a disk image given by mistake is "
        "the usual reason: images go behind --image.",
    ),
    _entry(
        "UDF003",
        "the text does not follow the grammar",
        "The caret is at the first thing that cannot stand there; the note lists what could.",
        "template list : 512 bytes { layout { next u32le } }",
        "template list : 512 bytes { layout { next: u32le } }",
    ),
    _entry(
        "UDF004",
        "a malformed or far too large number",
        "Numbers are decimal, 0x or 0b, with single underscores between digits, and have at most 64 bits.",
        "const MAGIC = 0xef__53",
        "const MAGIC = 0xef_53",
    ),
    _entry(
        "UDF005",
        "an import that is not there",
        "`import NAME` reads NAME.udf in the folder of the importing file, or else the shipped file of that "
        "name. A program has at most 64 files.",
        "import no_such_file_system",
        "import list",
    ),
    _entry(
        "UDF006",
        "files that import each other in a circle",
        "What a file imports is read before it, so there is no order for a circle. Put templates that need "
        "each other into one file: inside a file, order does not matter.",
    ),
    _entry(
        "UDF007",
        "nested too deeply",
        "Brackets, blocks, `not`, `else` and operators in a row may go 64 deep. Name a part with `let` or "
        "`define`; ask for one of many numbers with `in {1, 2, 3}`.",
        "const DEEP = " + "(" * 70 + "1" + ")" * 70,
        "const DEEP = ((1))",
    ),
    _entry(
        "UDF008",
        "a form that has no meaning here",
        "The text follows the grammar and means nothing: comparisons do not chain, `wrapping(...)` needs an "
        "operator to wrap, a range of elements ends a path, `p in ...` takes a range or an array, the last "
        "argument of `own` and `part` names a template.",
        "const A = 1 < 2 < 3",
        "const A = 3",
    ),
    _entry(
        "UDF009",
        "no such statement here",
        "Statements that look like calls are `own`, `part`, `mark` and `name`, each with its number of "
        "arguments; `advance` is the last statement of a `walk`, and stands nowhere else.",
        "template a : 8 bytes { layout { x: u64le }; partition p { if x != 0 { own(x, data) } } }",
        "template a : 8 bytes { layout { x: u64le }; partition p { if x != 0 { own(x, 1, data) } } }",
    ),
)

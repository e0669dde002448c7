"""Diagnostics for text that is no ASH program: ASH001 to ASH009.

In: nothing. Out: a table, part of `ashc.catalogue`.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str, bad: str = "", good: str = "") -> CodeEntry:
    return CodeEntry(code, title, meaning, bad, good, "ash" if bad else "none")


TEXT_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "ASH001",
        "the text is too long",
        "A source file has at most 1 MiB.",
    ),
    _entry(
        "ASH002",
        "the file is not text",
        "A source file is UTF-8 text. The message says which byte is not; a capture given by "
        "mistake is the usual reason.",
    ),
    _entry(
        "ASH003",
        "the text does not follow the grammar",
        "The caret is at the first thing that cannot stand there; the note lists what could.",
        "handler h { commit { consume }",
        "handler h { commit { consume } }",
    ),
    _entry(
        "ASH004",
        "a malformed or far too large number",
        "Numbers are decimal, 0x or 0b, with single underscores between digits, and have at most 64 bits.",
        "const PORT = 0x1__f",
        "const PORT = 0x1_f",
    ),
    _entry(
        "ASH005",
        "an import that is not there",
        "`import NAME` reads NAME.ash in the folder of the importing file, or else the shipped "
        "file of that name.",
        "import no_such_headers",
        "import net",
    ),
    _entry(
        "ASH006",
        "files that import each other in a circle",
        "What a file imports is read before it, so there is no order for a circle.",
    ),
    _entry(
        "ASH007",
        "nested too deeply",
        "Brackets, blocks, `not`, `else` and operators in a row may go 64 deep. Name a part with "
        "`let` or `define`.",
        "const DEEP = " + "(" * 70 + "1" + ")" * 70,
        "const DEEP = ((1))",
    ),
    _entry(
        "ASH008",
        "a form that has no meaning here",
        "The text follows the grammar and means nothing: comparisons do not chain, and "
        "`wrapping(...)` needs an operator to wrap.",
        "const A = 1 < 2 < 3",
        "const A = 3",
    ),
    _entry(
        "ASH009",
        "no such statement",
        "Statements that look like calls are `consume`, `copy`, `scan`, `apply`, `swap`, `send` and `wake`.",
        "handler h { commit { drop(1) } }",
        "handler h { commit { wake(1) } }",
    ),
)

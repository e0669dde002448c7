"""The diagnostics of the tables package, for `dpfc explain`."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry
from runtime.tables.codes_open import OPEN_CODES

CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        code="TAB001",
        title="the region name `tables` is taken",
        meaning="When lookups become ordinary instructions, the bytes of all tables are a region called "
        "`tables`. Give the function's own region another name.",
        bad="func f(region tables: read, size 8) {\n  return\n}\n",
        good="func f(region names: read, size 8) {\n  return\n}\n",
        language="ir",
    ),
    CodeEntry(
        code="TAB002",
        title="too many instructions with the lookups written out",
        meaning="Each lookup becomes a few instructions, at most some hundreds, and the whole function may "
        "not have more than runtime/limits.py allows. Look up once what is needed several times, or split "
        "the program.",
        bad="",
        good="",
        language="none",
    ),
    CodeEntry(
        code="TAB003",
        title="tables too large",
        meaning="The bytes of all tables of a function are one region, which may not be larger than "
        "runtime/limits.py allows. Split the tables, or the program.",
        bad="",
        good="",
        language="none",
    ),
    CodeEntry(
        code="TAB004",
        title="open table without a native form",
        meaning="Native code can ask open tables that are exact, and those of kind first with a few "
        "columns and u32 answers. Others need the interpreter, or their entries in the function.",
        bad="func f(%0 k: u8) -> (u8) {\n  open table t range (u8) -> u8 default 0\n"
        "  %1 = lookup t(%0)\n  return %1\n}\n",
        good="func f(%0 k: u8) -> (u8) {\n  open table t exact (u8) -> u8 default 0\n"
        "  %1 = lookup t(%0)\n  return %1\n}\n",
        language="ir",
    ),
    *OPEN_CODES,
)

"""The diagnostics of `runtime.ir.verify`."""

from __future__ import annotations

from runtime import limits
from runtime.diagnostic import CodeEntry

_NO_TEXT = "The text form cannot say it; a compiler or a binary form can."


def _wrap(header: str, *lines: str) -> str:
    """Return the text of a function with this header and these lines."""
    return "\n".join([f"func f{header} {{", *(f"  {line}" for line in lines), "}", ""])


def _table(declaration: str) -> str:
    """Return a function that has this table and asks it nothing."""
    return _wrap("()", declaration, "return")


VERIFY_CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        code="IR101",
        title="not an identifier",
        meaning="A name has ASCII letters, digits and `_`, does not begin with a digit, and has at most "
        f"{limits.MAX_NAME_LENGTH} characters.",
        bad=f"func {'f' * (limits.MAX_NAME_LENGTH + 1)}() {{\n  return\n}}\n",
        good="func f() {\n  return\n}\n",
        language="ir",
    ),
    CodeEntry(
        code="IR102",
        title="two things of one kind have one name",
        meaning="Regions, parameters and tables each need names of their own, since instructions and "
        "callers use them.",
        bad=_wrap("(region m: read, max 4; region m: read, max 8)", "return"),
        good=_wrap("(region m: read, max 4; region n: read, max 8)", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR103",
        title="a limit is crossed",
        meaning="The limits in runtime/limits.py bound what one function may declare and how often a "
        "loop may run. "
        "Split the program, or declare smaller bounds.",
        bad=_wrap(f"(region m: read, max {limits.MAX_REGION_BYTES + 1})", "return"),
        good=_wrap(f"(region m: read, max {limits.MAX_REGION_BYTES})", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR104",
        title="half a declaration of what is emitted",
        meaning="A function that emits says the types of a tuple and the most tuples of one call; any "
        "other says neither.",
        bad=_wrap("() emits (u32) max 0", "return"),
        good=_wrap("() emits (u32) max 1", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR105",
        title="a table entry does not fit",
        meaning="Keys lie within their column's type, low before high; exact entries have one key, "
        "prefix entries "
        "are aligned power-of-two blocks; values and the default fit the table's value type.",
        bad=_table("table t prefix (u8) -> u8 default 0 { 2..5 -> 1 }"),
        good=_table("table t prefix (u8) -> u8 default 0 { 4..7 -> 1 }"),
        language="ir",
    ),
    CodeEntry(
        code="IR106",
        title="two table entries answer one key",
        meaning="Entries of exact and range tables do not meet. Of two prefix entries that meet, one "
        "holds the other. Where the first of several entries shall win, say `first`.",
        bad=_table("table t range (u8) -> u8 default 0 { 2..5 -> 1  5..7 -> 2 }"),
        good=_table("table t range (u8) -> u8 default 0 { 2..4 -> 1  5..7 -> 2 }"),
        language="ir",
    ),
    CodeEntry(
        code="IR107",
        title="bodies nested too deep",
        meaning="`if` and `for` are nested deeper than runtime/limits.py allows: return early, or "
        "combine conditions. "
        "In text this is IR005.",
        bad="",
        good="",
        language="none",
    ),
    CodeEntry(
        code="IR108",
        title="an instruction behind the end of a body",
        meaning="`yield`, `next`, `return`, and an `if` whose arms both return, end their body: nothing "
        "behind them is "
        "ever executed.",
        bad=_wrap("()", "return", "return"),
        good=_wrap("()", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR109",
        title="a body without an end",
        meaning="The function's body ends with `return`, a loop's with `next` or `return`, an arm of an "
        "`if` with "
        "`yield` or `return`; an `if` whose arms both return will do as well.",
        bad=_wrap("()", "%0 = const u8 1"),
        good=_wrap("()", "%0 = const u8 1", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR110",
        title="a wrong number of values",
        meaning="As many values are given as are declared: results, emitted numbers, table columns, "
        "arguments, "
        "carried numbers of a loop, values of an `if`.",
        bad=_wrap("(%0 n: u32) -> (u32)", "return"),
        good=_wrap("(%0 n: u32) -> (u32)", "return %0"),
        language="ir",
    ),
    CodeEntry(
        code="IR111",
        title="the constant does not fit its type",
        meaning="A constant of n bits is below 2**n.",
        bad=_wrap("()", "%0 = const u8 256", "return"),
        good=_wrap("()", "%0 = const u8 255", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR112",
        title="arithmetic on u1",
        meaning="Only `and`, `or` and `xor` work on u1. Convert to a wider type to count.",
        bad=_wrap("(%0 a: u1)", "%1 = add %0, %0", "return"),
        good=_wrap("(%0 a: u1)", "%1 = xor %0, %0", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR113",
        title="wrapping where nothing can wrap",
        meaning="`wrapping` goes with add, sub, mul and shl (and `convert`). The other operators never "
        "leave their type.",
        bad=_wrap("(%0 a: u8)", "%1 = wrapping and %0, %0", "return"),
        good=_wrap("(%0 a: u8)", "%1 = and %0, %0", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR114",
        title="no such region",
        meaning="An instruction names a region that the function does not declare.",
        bad=_wrap("(region m: read, max 4)", "%0 = length n", "return"),
        good=_wrap("(region m: read, max 4)", "%0 = length m", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR115",
        title="the region's rights forbid it",
        meaning="Loads need `read` or `read_write`, stores `write` or `read_write`, in the region's "
        "declaration.",
        bad=_wrap("(region m: write, size 4; %0 at: u64)", "%1 = load u8 m[%0]", "return"),
        good=_wrap("(region m: read_write, size 4; %0 at: u64)", "%1 = load u8 m[%0]", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR116",
        title="no such table",
        meaning="A `lookup` names a table that the function does not declare.",
        bad=_wrap("(%0 k: u8)", "%1 = lookup t(%0)", "return"),
        good=_wrap("(%0 k: u8)", "table t exact (u8) -> u8 default 0 { }", "%1 = lookup t(%0)", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR117",
        title="no such primitive",
        meaning="A `call` names a kernel service that does not exist; runtime/ir/primitives.py lists them.",
        bad=_wrap("() -> (u64)", "%0 = call o_clock()", "return %0"),
        good=_wrap("() -> (u64)", "%0 = call clock()", "return %0"),
        language="ir",
    ),
    CodeEntry(
        code="IR118",
        title="emit in a function that emits nothing",
        meaning="A function that emits declares what and how many: `emits (u32) max 16`.",
        bad=_wrap("(%0 n: u32)", "emit %0", "return"),
        good=_wrap("(%0 n: u32) emits (u32) max 1", "emit %0", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR119",
        title="yield or next in the wrong body",
        meaning="`yield` ends an arm of an `if`, `next` the body of a `for`, and each only its own.",
        bad=_wrap("()", "yield"),
        good=_wrap("()", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR120",
        title="no such access to memory",
        meaning="Numbers of 8, 16, 32 and 64 bits can be loaded and stored, and a single byte is always "
        "written "
        f'with the order "be". {_NO_TEXT}',
        bad="",
        good="",
        language="none",
    ),
    CodeEntry(
        code="IR121",
        title="a value with the wrong number",
        meaning="Values are numbered without gaps in the order in which their definitions end: an `if` "
        "defines its "
        "targets after both arms, a `for` its index and carried numbers before its body, its targets "
        "after it.",
        bad=_wrap("(%0 n: u32)", "%2 = const u8 1", "return"),
        good=_wrap("(%0 n: u32)", "%1 = const u8 1", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR122",
        title="a value used where it is not defined",
        meaning="A value may be used after its definition, in the body that defines it and in bodies "
        "nested in that. "
        "Let an `if` yield what is needed behind it, a `for` carry it.",
        bad=_wrap("(%0 c: u1) -> (u8)", "if %0 {", "  %1 = const u8 1", "}", "return %1"),
        good=_wrap(
            "(%0 c: u1) -> (u8)",
            "%3 = if %0 {",
            "  %1 = const u8 1",
            "  yield %1",
            "} else {",
            "  %2 = const u8 2",
            "  yield %2",
            "}",
            "return %3",
        ),
        language="ir",
    ),
    CodeEntry(
        code="IR123",
        title="a value of the wrong type",
        meaning="Operands of one operation have one type, conditions are u1, offsets, counts and lengths "
        "are u64. "
        "Nothing is converted unless `convert` says so.",
        bad=_wrap("(%0 a: u8; %1 b: u16)", "%2 = add %0, %1", "return"),
        good=_wrap("(%0 a: u8; %1 b: u16)", "%2 = convert u16 %0", "%3 = add %2, %1", "return"),
        language="ir",
    ),
    CodeEntry(
        code="IR124",
        title="an open table with entries",
        meaning="The contents of an `open` table come with each call, so the function has none of them. "
        f"Leave out `open` or the entries. {_NO_TEXT}",
        bad="",
        good="",
        language="none",
    ),
)

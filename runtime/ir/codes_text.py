"""The diagnostics of `runtime.ir.parser`."""

from __future__ import annotations

from runtime import limits
from runtime.diagnostic import CodeEntry

_GOOD = "func f() -> (u32) {\n  %0 = const u32 7\n  return %0\n}\n"


def _nested(depth: int) -> str:
    """Return a function with bodies nested `depth` deep inside its own."""
    return "func f(%0 c: u1) {\n" + "if %0 {\n" * depth + "}\n" * depth + "return\n}\n"


TEXT_CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        code="IR001",
        title="the text is too large",
        meaning="The text has more characters than runtime/limits.py allows. Split the program.",
        bad="",
        good="",
        language="none",
    ),
    CodeEntry(
        code="IR002",
        title="no token begins here",
        meaning="The character begins no name, number, value or mark of the IR's text form, or a number "
        "runs into "
        "a letter. Comments begin with `#`.",
        bad=_GOOD.replace("7", "7 &"),
        good=_GOOD,
        language="ir",
    ),
    CodeEntry(
        code="IR003",
        title="the number is too large",
        meaning="Numbers in the text are below 2**64: no type is wider.",
        bad=_GOOD.replace("7", "18446744073709551616"),
        good=_GOOD,
        language="ir",
    ),
    CodeEntry(
        code="IR004",
        title="something else was expected",
        meaning="The text does not follow the grammar; the docstrings of runtime/ir/parser.py and "
        "runtime/ir/body_parser.py are its rules.",
        bad=_GOOD.replace("const", "constant"),
        good=_GOOD,
        language="ir",
    ),
    CodeEntry(
        code="IR005",
        title="bodies nested too deep",
        meaning="`if` and `for` are nested deeper than runtime/limits.py allows. Return early, or "
        "combine conditions.",
        bad=_nested(limits.MAX_NESTING + 1),
        good=_nested(limits.MAX_NESTING),
        language="ir",
    ),
    CodeEntry(
        code="IR006",
        title="a wrong number of targets",
        meaning="Instructions that compute define exactly one value; `store`, `emit`, `yield`, `next` "
        "and `return` "
        "define none.",
        bad=_GOOD.replace("%0 =", "%0, %1 ="),
        good=_GOOD,
        language="ir",
    ),
    CodeEntry(
        code="IR007",
        title="a parameter has the wrong number",
        meaning="Parameters are the values %0, %1, ... in the order of their declaration.",
        bad="func f(%1 limit: u32) -> (u32) {\n  return %1\n}\n",
        good="func f(%0 limit: u32) -> (u32) {\n  return %0\n}\n",
        language="ir",
    ),
    CodeEntry(
        code="IR008",
        title="the store's width is not its value's",
        meaning="The width in a `store` repeats the type of the stored value, for the reader. Convert "
        "the value, or "
        "write its own width.",
        bad="func f(region m: write, size 4; %0 n: u16) {\n"
        "  %1 = const u64 0\n  store u32be m[%1] = %0\n  return\n}\n",
        good="func f(region m: write, size 4; %0 n: u16) {\n"
        "  %1 = const u64 0\n  store u16be m[%1] = %0\n  return\n}\n",
        language="ir",
    ),
    CodeEntry(
        code="IR009",
        title="too many instructions or table entries",
        meaning="The text has more instructions or table entries than runtime/limits.py allows. Split "
        "the program.",
        bad="",
        good="",
        language="none",
    ),
)

"""The diagnostics of the checker, explained: what `dpfc explain CHK001` prints.

In: nothing. Out: `CODES`. The examples are whole functions for the policy `FILTER`.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry

_HEAD = "func f(region message: read, max 16777216) -> (u32) {"

_RETURN_ZERO = """\
  %0 = const u32 0
  return %0
"""


def _write(body: str, head: str = _HEAD) -> str:
    return f"{head}\n{body}}}\n"


def _load_below(limit: int) -> str:
    """Return a function that loads two bytes at 12 from messages of at least `limit` bytes."""
    return _write(f"""\
  %0 = length message
  %1 = const u64 {limit}
  %2 = ule %1, %0
  if %2 {{
    %3 = const u64 12
    %4 = load u16be message[%3]
    %5 = convert u32 %4
    return %5
  }}
  %6 = const u32 0
  return %6
""")


def _with_byte(statements: str) -> str:
    """Return a function that loads byte 0 of the message as the u64 `%5`, and ends with the u64 `%9`."""
    return _write(f"""\
  %0 = length message
  %1 = const u64 1
  %2 = ule %1, %0
  if %2 {{
    %3 = const u64 0
    %4 = load u8 message[%3]
    %5 = convert u64 %4
{statements}    %10 = wrapping convert u32 %9
    return %10
  }}
  %11 = const u32 0
  return %11
""")


def _back_and_forth(maximum: int) -> str:
    """Return a function whose loop carries 0, 14, 0, 14 ... and divides by that `xor` 2, which is never 0."""
    return _write(f"""\
  %0 = const u64 {maximum}
  %1 = const u64 14
  %2 = const u64 0
  %3 = const u64 2
  %9 = for %4 < %0 max {maximum} with %5 = %2 {{
    %6 = xor %5, %3
    %7 = udiv %1, %6
    %8 = sub %1, %5
    next (%8)
  }}
  %10 = wrapping convert u32 %9
  return %10
""")


CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        "CHK001",
        "access out of bounds",
        "A load or store can leave its region: the note shows an input for which it does. Compare the end"
        " of the access (offset plus width) with the region's `length` before it, on the same path.",
        bad=_load_below(13),
        good=_load_below(14),
        language="ir",
    ),
    CodeEntry(
        "CHK002",
        "arithmetic wraps",
        "The result of an `add`, `sub`, `mul` or `shl` can leave its type. Compare the operands first, "
        "compute in a wider type, or write `wrapping` where the wrapped result is meant. In a template, a "
        "`sub` that nobody wrote is a difference that must not be negative: by how much a `walk` advances, "
        "less its step; the largest number of a bit field, less what is stored there.",
        bad=_with_byte(
            "    %6 = const u64 5\n    %7 = const u64 0\n    %8 = const u64 0\n    %9 = sub %5, %6\n"
        ),
        good=_with_byte(
            "    %6 = const u64 5\n    %7 = const u64 0\n    %8 = const u64 0\n    %9 = add %5, %6\n"
        ),
        language="ir",
    ),
    CodeEntry(
        "CHK003",
        "conversion loses bits",
        "A `convert` to a narrower type can meet a number that does not fit it. Compare the number first,"
        " mask it, or write `wrapping convert` where the low bits are meant.",
        bad=_write("  %0 = length message\n  %1 = convert u16 %0\n  %2 = convert u32 %1\n  return %2\n"),
        good=_write(
            "  %0 = length message\n  %1 = wrapping convert u16 %0\n  %2 = convert u32 %1\n  return %2\n"
        ),
        language="ir",
    ),
    CodeEntry(
        "CHK004",
        "division by zero",
        "The divisor of a `udiv` or `urem` can be 0. Compare it with 0 first, or `or` it with 1.",
        bad=_with_byte(
            "    %6 = const u64 1\n    %7 = const u64 9\n    %8 = and %5, %6\n    %9 = udiv %7, %8\n"
        ),
        good=_with_byte(
            "    %6 = const u64 1\n    %7 = const u64 9\n    %8 = or %5, %6\n    %9 = udiv %7, %8\n"
        ),
        language="ir",
    ),
    CodeEntry(
        "CHK005",
        "shift as wide as its type",
        "The amount of a `shl` or `lshr` can reach the width of the shifted type, `wrapping` or not. Mask"
        " the amount with the width minus one, or compare it first.",
        bad=_with_byte(
            "    %6 = const u64 127\n    %7 = const u64 9\n    %8 = and %5, %6\n    %9 = lshr %7, %8\n"
        ),
        good=_with_byte(
            "    %6 = const u64 63\n    %7 = const u64 9\n    %8 = and %5, %6\n    %9 = lshr %7, %8\n"
        ),
        language="ir",
    ),
    CodeEntry(
        "CHK006",
        "loop longer than its maximum",
        "The count of a `for` can exceed its declared `max`, on which the termination bound rests. Raise "
        "the maximum, or compare the count with it first.",
        bad=_with_byte(
            "    %9 = for %6 < %5 max 254 with %7 = %3 {\n      %8 = add %7, %1\n      next (%8)\n    }\n"
        ),
        good=_with_byte(
            "    %9 = for %6 < %5 max 255 with %7 = %3 {\n      %8 = add %7, %1\n      next (%8)\n    }\n"
        ),
        language="ir",
    ),
    CodeEntry(
        "CHK010",
        "region not granted",
        "The function declares a region that this kind of program is not given. Declare only the regions "
        "that the policy names.",
        bad=_write(_RETURN_ZERO, "func f(region disk: read, max 512) -> (u32) {"),
        good=_write(_RETURN_ZERO),
        language="ir",
    ),
    CodeEntry(
        "CHK011",
        "right not granted",
        "The function declares or uses a right to a region that it does not have: a packet filter may "
        "read its message but not write it. Declare what the policy grants.",
        bad=_write(_RETURN_ZERO, "func f(region message: read_write, max 16777216) -> (u32) {"),
        good=_write(_RETURN_ZERO),
        language="ir",
    ),
    CodeEntry(
        "CHK012",
        "region shorter than what is passed",
        "The kernel may pass a region of any length up to the policy's maximum, and the function must be "
        "proved for all of them. Declare the policy's maximum, and check `length` where more bytes are "
        "needed.",
        bad=_write(_RETURN_ZERO, "func f(region message: read, max 1514) -> (u32) {"),
        good=_write(_RETURN_ZERO),
        language="ir",
    ),
    CodeEntry(
        "CHK013",
        "parameters differ from the policy's",
        "The kernel calls every program of a kind with the same parameters; the function declares others.",
        bad=_write("  return %0\n", "func f(region message: read, max 16777216; %0 port: u32) -> (u32) {"),
        good=_write(_RETURN_ZERO),
        language="ir",
    ),
    CodeEntry(
        "CHK014",
        "results differ from the policy's",
        "The kernel expects the same results of every program of a kind; the function declares others.",
        bad=_write(
            "  %0 = const u64 0\n  return %0\n", "func f(region message: read, max 16777216) -> (u64) {"
        ),
        good=_write(_RETURN_ZERO),
        language="ir",
    ),
    CodeEntry(
        "CHK015",
        "emitted tuples differ from the policy's",
        "The kernel expects tuples of certain types, or none; the function declares others.",
        bad=_write(_RETURN_ZERO, "func f(region message: read, max 16777216) -> (u32) emits (u32) max 1 {"),
        good=_write(_RETURN_ZERO),
        language="ir",
    ),
    CodeEntry(
        "CHK016",
        "declared maximum of emitted tuples too large",
        "The kernel has room for fewer tuples than the function declares. Declare at most the policy's "
        "number.",
        bad="",
        good="",
        language="none",
    ),
    CodeEntry(
        "CHK017",
        "more tuples than declared",
        "Counting every path and every loop at its maximum, the function can emit more tuples than it "
        "declares. Raise the declared maximum, as far as the policy allows, or emit less often.",
        bad="",
        good="",
        language="none",
    ),
    CodeEntry(
        "CHK018",
        "service not granted",
        "The function calls a kernel service that this kind of program may not call.",
        bad=_write("  %0 = call clock()\n  %1 = const u32 0\n  return %1\n"),
        good=_write(_RETURN_ZERO),
        language="ir",
    ),
    CodeEntry(
        "CHK019",
        "result not determined by the inputs",
        "The function calls a service that may answer differently each time, and its policy demands that "
        "equal inputs give equal results. Take what is needed as a parameter, where the policy has one.",
        bad="",
        good="",
        language="none",
    ),
    CodeEntry(
        "CHK020",
        "too many instructions in the worst case",
        "Counting every loop at its maximum, one call may execute more instructions than the policy "
        "allows. Lower the maxima; those of nested loops multiply.",
        bad=_back_and_forth(1000000),
        good=_back_and_forth(8),
        language="ir",
    ),
    CodeEntry(
        "CHK021",
        "open table not granted",
        "The contents of an open table come with each call, and nobody hands in contents for this kind of "
        "program. Write the table's entries into the function.",
        bad=_write("  open table t exact (u16) -> u32 default 0\n" + _RETURN_ZERO),
        good=_write("  table t exact (u16) -> u32 default 0 {\n  }\n" + _RETURN_ZERO),
        language="ir",
    ),
    CodeEntry(
        "CHK030",
        "not proved",
        "The prover could neither prove an obligation nor find an input that violates it, and what is not"
        " proved is refused. A loop that is too long to be unrolled is judged by ranges and differences "
        "only: repeat the check inside the loop, or lower its maximum. Hard arithmetic (products of "
        "unknown numbers) may be masked first.",
        bad=_back_and_forth(100000),
        good=_back_and_forth(8),
        language="ir",
    ),
)
"""One entry per code, in ascending order."""

"""The diagnostics of native code generation, for `dpfc explain`."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry

GEN001 = CodeEntry(
    "GEN001",
    "too many machine arguments",
    "Native code takes at most eight arguments: two for each region (one if its length is constant), one for "
    "each parameter, and one each for tables, emitted tuples and several results. Declare fewer regions or "
    "parameters, make lengths constant, or run the function with `--engine interpreter`.",
    """func f(region a: read, max 8; region b: read, max 8; region c: read, max 8; region d: read, max 8;
       %0 x: u8) -> (u32) {
  %1 = const u32 1
  return %1
}
""",
    """func f(region a: read, max 8; region b: read, max 8; region c: read, max 8) -> (u32) {
  %0 = const u32 1
  return %0
}
""",
    "ir",
)

GEN002 = CodeEntry(
    "GEN002",
    "no native form",
    "The function calls a kernel service; native code calls nothing. Run it with `--engine interpreter`, or "
    "hand in the service's answer as a parameter.",
    """func f() -> (u64) {
  %0 = call clock()
  return %0
}
""",
    """func f(%0 now: u64) -> (u64) {
  return %0
}
""",
    "ir",
)

CODES: tuple[CodeEntry, ...] = (GEN001, GEN002)

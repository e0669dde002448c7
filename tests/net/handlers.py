"""Small handlers in their download form, written in IR: what the tests put into the kernel."""

from __future__ import annotations

from runtime.handler.form import encode_handler
from runtime.handler.nodes import ABORTED, CONSUMED, DELIVERED, Check, Handler, make_verdict
from runtime.ir.parser import parse_function
from runtime.source import Source

FRAME = 1514
CHECKS = (Check("require", 0, "length >= 18"), Check("require", 0, "word != 0"))


def make_handler(
    name: str,
    body: str,
    memory: int = 4096,
    emits: int = 0,
    message: int = FRAME,
    checks: tuple[Check, ...] = CHECKS,
) -> bytes:
    """A handler of one layer whose body is `body`, with `memory` bytes of the owner's."""
    region = f"; region memory: read_write, size {memory}" if memory else ""
    effects = f" emits (u64, u64) max {emits}" if emits else ""
    head = f"func {name}(region message: read_write, max {message}{region}) -> (u32){effects}"
    function = parse_function(Source(name, f"{head} {{\n{body}\n}}\n"))
    return encode_handler(Handler(name, message, memory, ("only",), checks, function, None))


_TOO_SHORT = f"""
  %0 = length message
  %1 = const u64 18
  %2 = ult %0, %1
  if %2 {{
    %3 = const u32 {make_verdict(ABORTED, 0)}
    return %3
  }}
"""

# memory[0:8] += 1; the message is consumed.
COUNTER = make_handler(
    "counter",
    f"""
  %0 = const u64 0
  %1 = load u64le memory[%0]
  %2 = const u64 1
  %3 = wrapping add %1, %2
  store u64le memory[%0] = %3
  %4 = const u32 {make_verdict(CONSUMED)}
  return %4
""",
)

# memory[0:4] += message[14:4], the reply is the message with the sum in it; aborts on 0, after half the work.
INCREMENT = make_handler(
    "increment",
    _TOO_SHORT
    + f"""
  %4 = const u64 14
  %5 = load u32be message[%4]
  %6 = const u64 0
  %7 = load u32le memory[%6]
  %8 = wrapping add %7, %5
  store u32le memory[%6] = %8
  store u32be message[%4] = %8
  %9 = const u32 0
  %10 = eq %5, %9
  if %10 {{
    %11 = const u32 {make_verdict(ABORTED, 1)}
    return %11
  }}
  %12 = const u64 {1 | 1 << 8}
  %13 = const u64 {18 << 32}
  emit %12, %13
  %14 = const u32 {make_verdict(CONSUMED)}
  return %14
""",
    emits=1,
)

# The same memory, but delivered; wakes word 7, and word 5000, which there is not.
WAKER = make_handler(
    "waker",
    f"""
  %0 = const u64 2
  %1 = const u64 7
  emit %0, %1
  %2 = const u64 5000
  emit %0, %2
  %3 = const u32 {make_verdict(DELIVERED)}
  return %3
""",
    memory=0,
    emits=2,
)

# Stores to the last byte of its memory, which is more than one page.
FAR = make_handler(
    "far",
    f"""
  %0 = const u64 8191
  %1 = const u8 77
  store u8 memory[%0] = %1
  %2 = const u32 {make_verdict(CONSUMED)}
  return %2
""",
    memory=8192,
)

# Stores behind its memory: refused.
OUTSIDE = make_handler(
    "outside",
    f"""
  %0 = const u64 4096
  %1 = const u8 77
  store u8 memory[%0] = %1
  %2 = const u32 {make_verdict(CONSUMED)}
  return %2
""",
)

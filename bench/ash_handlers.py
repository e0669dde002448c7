"""The handlers of `bench.ash_kernel`, in IR: what a compiler would make of the papers' examples.

In: sizes. Out: download forms. The remote write copies words of 64 bits in a loop of known length; where the
destination comes from the message it is checked, where it is fixed the proof makes the check needless.
"""

from __future__ import annotations

from runtime.handler.form import encode_handler
from runtime.handler.nodes import ABORTED, CONSUMED, Check, Handler, make_verdict
from runtime.ir.parser import parse_function
from runtime.source import Source

MEMORY = 4096
HEAD = 14  # bytes of an Ethernet header
_CHECKS = (Check("require", 0, "length of the message"), Check("require", 0, "destination + length <= 4096"))

_REGIONS = f"region message: read_write, max 1514; region memory: read_write, size {MEMORY}"


def _encode(name: str, body: str, emits: int = 0) -> bytes:
    effects = f" emits (u64, u64) max {emits}" if emits else ""
    text = f"func {name}({_REGIONS}) -> (u32){effects} {{\n{body}\n}}\n"
    function = parse_function(Source(name, text))
    return encode_handler(Handler(name, 1514, MEMORY, ("only",), _CHECKS, function, None))


def _require_length(length: int) -> str:
    return f"""
  %0 = length message
  %1 = const u64 {length}
  %2 = ult %0, %1
  if %2 {{
    %3 = const u32 {make_verdict(ABORTED, 0)}
    return %3
  }}
"""


def increment() -> bytes:
    """memory[0:4] += message[14:4]; the message goes back with the sum in it."""
    return _encode(
        "increment",
        _require_length(HEAD + 4)
        + f"""
  %4 = const u64 {HEAD}
  %5 = load u32be message[%4]
  %6 = const u64 0
  %7 = load u32le memory[%6]
  %8 = wrapping add %7, %5
  store u32le memory[%6] = %8
  store u32be message[%4] = %8
  %9 = const u64 {1 | 1 << 8}
  %10 = const u64 {60 << 32}
  emit %9, %10
  %11 = const u32 {make_verdict(CONSUMED)}
  return %11
""",
        emits=1,
    )


def echo() -> bytes:
    """Send the message back as it is."""
    return _encode(
        "echo",
        f"""
  %0 = const u64 {1 | 1 << 8}
  %1 = const u64 {60 << 32}
  emit %0, %1
  %2 = const u32 {make_verdict(CONSUMED)}
  return %2
""",
        emits=1,
    )


def remote_write(count: int, checked: bool) -> bytes:
    """Copy `count` bytes behind the payload's first 4 to where those say or, unchecked, to a fixed place."""
    place = f"""
  %4 = const u64 {HEAD}
  %5 = load u32be message[%4]
  %6 = convert u64 %5
"""
    if checked:
        place += f"""
  %7 = const u64 {MEMORY - count}
  %8 = ult %7, %6
  if %8 {{
    %9 = const u32 {make_verdict(ABORTED, 1)}
    return %9
  }}
"""
    next_value, base = (10, 6) if checked else (7, 4)
    times, width, start, index, done, source, word, target, verdict = range(next_value, next_value + 9)
    copy = f"""
  %{times} = const u64 {count // 8}
  %{width} = const u64 8
  %{start} = const u64 {HEAD + 4}
  for %{index} < %{times} max {count // 8} {{
    %{done} = mul %{index}, %{width}
    %{source} = add %{done}, %{start}
    %{word} = load u64le message[%{source}]
    %{target} = add %{done}, %{base}
    store u64le memory[%{target}] = %{word}
    next
  }}
  %{verdict} = const u32 {make_verdict(CONSUMED)}
  return %{verdict}
"""
    name = f"write{count}{'checked' if checked else ''}"
    return _encode(name, _require_length(HEAD + 4 + count) + place + copy)

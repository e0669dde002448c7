"""Loops over messages that are accepted: small filters, as codegen makes them in the form `batch`."""

from __future__ import annotations

from dataclasses import replace

from runtime.codegen.emit import emit_code
from runtime.ir.parser import parse_function
from runtime.source import Source
from tests.validate.samples import Sample
from tests.validate.shapes import SHAPES

_BODIES = {
    ("nothing", "batch"): """
  %0 = const u32 0
  return %0
""",
    ("variable_base", "batch"): """
  %0 = length message
  %1 = const u64 34
  %2 = ule %1, %0
  if %2 {
    %3 = const u64 14
    %4 = load u8 message[%3]
    %5 = const u8 15
    %6 = and %4, %5
    %7 = convert u64 %6
    %8 = const u64 4
    %9 = mul %7, %8
    %10 = const u64 18
    %11 = add %9, %10
    %12 = ule %11, %0
    if %12 {
      %13 = const u64 2
      %14 = sub %11, %13
      %15 = load u16be message[%14]
      %16 = convert u32 %15
      return %16
    }
  }
  %17 = const u32 7
  return %17
""",
    ("sum_bytes", "batch"): """
  %0 = length message
  %1 = const u64 60
  %2 = ult %0, %1
  %3 = select %2, %0, %1
  %4 = const u32 0
  %10 = for %5 < %3 max 60 with %6 = %4 {
    %7 = load u8 message[%5]
    %8 = convert u32 %7
    %9 = add %6, %8
    next (%9)
  }
  return %10
""",
    ("indexed", "batch_table"): """
  %0 = length message
  %1 = const u64 0
  %2 = ult %1, %0
  if %2 {
    %3 = load u8 message[%1]
    %4 = const u8 7
    %5 = and %3, %4
    %6 = convert u64 %5
    %7 = const u64 4
    %8 = mul %6, %7
    %9 = load u32le tables[%8]
    return %9
  }
  %10 = const u32 0
  return %10
""",
    ("emit_twice", "batch_emits"): """
  %0 = length message
  %1 = const u64 2
  %2 = ule %1, %0
  if %2 {
    %3 = const u64 1
    %4 = load u8 message[%3]
    %5 = convert u32 %4
    emit %5
    %6 = const u8 3
    %7 = ult %4, %6
    if %7 {
      emit %5
    }
  }
  return
""",
    ("emit_in_loop", "batch_emits"): """
  %0 = length message
  %1 = const u64 4
  %2 = ult %0, %1
  %3 = select %2, %0, %1
  for %4 < %3 max 4 {
    %5 = load u8 message[%4]
    %6 = convert u32 %5
    emit %6
    next
  }
  return
""",
}


def _make_sample(name: str, shape: str, body: str) -> Sample:
    regions = "region message: read, max 16777216"
    regions += "; region tables: read, size 32" if shape == "batch_table" else ""
    result = "-> (u32)" if SHAPES[shape].results else "emits (u32) max 4"
    text = f"func {name}({regions}) {result} {{{body}}}\n"
    function = parse_function(Source(name, text))
    assert replace(function, name="shape", body=()) == SHAPES[shape]
    return Sample(name, shape, emit_code(function, "batch").code, text)


BATCH_SAMPLES = tuple(_make_sample(name, shape, body) for (name, shape), body in _BODIES.items())

"""Loops that walk through much memory fetch it ahead; others have no prefetch; answers do not change."""

from __future__ import annotations

import pytest

from runtime.codegen.emit import emit_code, print_llvm
from runtime.ir.nodes import Function
from runtime.ir.parser import parse_function
from runtime.load.native import load_native, native_available
from runtime.source import Source
from runtime.validate.judge import validate_code

LARGE, SMALL = 1 << 16, 1 << 15


def make_copy(size: int, more: str = "add %5, %4") -> Function:
    text = f"""
func copy(region source: read, size {size}; region sink: read_write, size {size}) {{
  %0 = const u64 0
  %1 = const u64 {size // 16}
  %2 = const u64 8
  %9 = for %3 < %1 max {size // 16} with %5 = %0 {{
    %6 = load u64le source[%5]
    store u64le sink[%5] = %6
    %7 = {more.replace("%4", "%2")}
    next (%7)
  }}
  return
}}
"""
    return parse_function(Source("copy.ir", text))


def count_prefetches(function: Function) -> int:
    return print_llvm(function).count("call void @llvm.prefetch")


def test_each_region_is_fetched_once_a_round() -> None:
    assert count_prefetches(make_copy(LARGE)) == 2


def test_what_a_cache_holds_is_not_fetched() -> None:
    assert count_prefetches(make_copy(SMALL)) == 0


@pytest.mark.parametrize("more", ["mul %5, %4", "and %5, %4", "add %5, %6"])
def test_only_a_constant_step_is_known_ahead(more: str) -> None:
    assert count_prefetches(make_copy(LARGE, more)) == 0


@pytest.mark.skipif(not native_available(), reason="native code needs an x86-64 host")
def test_the_validator_takes_it_and_the_copy_is_right() -> None:
    function = make_copy(LARGE)
    code = emit_code(function)
    assert b"\x0f\x18" in code.code
    validate_code(code.code, function, code.entry, code.form)
    source, sink = bytes(range(256)) * (LARGE >> 8), bytearray(LARGE)
    load_native(function, code, b"").call({"source": source, "sink": sink})
    assert sink == source[: LARGE // 2] + bytes(LARGE // 2)

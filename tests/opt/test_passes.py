"""What each pass does, as printed IR before and after."""

from __future__ import annotations

import textwrap

import pytest

from runtime.ir.nodes import Function, Load
from runtime.ir.parser import parse_function
from runtime.ir.printer import print_function
from runtime.ir.verify import verify_function
from runtime.opt.checks import aggregate_checks
from runtime.opt.comparisons import decide_comparisons
from runtime.opt.dead import remove_dead_code
from runtime.opt.fold import fold_constants
from runtime.opt.optimize import PASSES, Pass, optimize_function
from runtime.opt.quotients import multiply_quotients
from runtime.opt.reuse import reuse_values
from runtime.source import Source, Span

HEADER = "func f(region m: read, max 100; region s: read_write, size 16; %0 p: u64) -> (u64) {"

CASES: dict[str, tuple[Pass, str, str]] = {
    "arithmetic": (
        fold_constants,
        """
        %1 = const u64 12
        %2 = const u64 2
        %3 = add %1, %2
        return %3
        """,
        """
        %1 = const u64 12
        %2 = const u64 2
        %3 = const u64 14
        return %3
        """,
    ),
    "a fault is not computed": (
        fold_constants,
        """
        %1 = const u64 1
        %2 = const u64 2
        %3 = sub %1, %2
        return %3
        """,
        """
        %1 = const u64 1
        %2 = const u64 2
        %3 = sub %1, %2
        return %3
        """,
    ),
    "rules": (
        fold_constants,
        """
        %1 = const u64 0
        %2 = add %1, %0
        %3 = ult %1, %2
        %4 = select %3, %2, %2
        return %4
        """,
        """
        %1 = const u64 0
        %2 = ne %0, %1
        return %0
        """,
    ),
    "a branch that is taken": (
        fold_constants,
        """
        %1 = const u1 1
        %2 = if %1 {
          yield %0
        } else {
          %3 = const u64 7
          return %3
        }
        return %2
        """,
        """
        %1 = const u1 1
        return %0
        """,
    ),
    "a branch that leaves": (
        fold_constants,
        """
        %1 = const u1 1
        if %1 {
          return %0
        }
        %2 = const u64 7
        return %2
        """,
        """
        %1 = const u1 1
        return %0
        """,
    ),
    "a loop that never runs": (
        fold_constants,
        """
        %1 = const u64 0
        %4 = for %2 < %1 max 3 with %3 = %0 {
          next (%3)
        }
        return %4
        """,
        """
        %1 = const u64 0
        return %0
        """,
    ),
    "loads from what is only read": (
        reuse_values,
        """
        %1 = load u64be m[%0]
        %2 = load u64be s[%0]
        %3 = eq %1, %2
        if %3 {
          %4 = load u64be m[%0]
          return %4
        }
        %5 = load u64be s[%0]
        return %5
        """,
        """
        %1 = load u64be m[%0]
        %2 = load u64be s[%0]
        %3 = eq %1, %2
        if %3 {
          return %1
        }
        %4 = load u64be s[%0]
        return %4
        """,
    ),
    "not from the other arm": (
        reuse_values,
        """
        %1 = eq %0, %0
        if %1 {
          %2 = load u64be m[%0]
          return %2
        }
        %3 = load u64be m[%0]
        return %3
        """,
        """
        %1 = eq %0, %0
        if %1 {
          %2 = load u64be m[%0]
          return %2
        }
        %3 = load u64be m[%0]
        return %3
        """,
    ),
    "a weaker check": (
        aggregate_checks,
        """
        %1 = length m
        %2 = const u64 34
        %3 = ult %1, %2
        if %3 {
          return %0
        }
        %4 = const u64 14
        %5 = ule %4, %1
        if %5 {
          return %1
        }
        return %0
        """,
        """
        %1 = length m
        %2 = const u64 34
        %3 = ult %1, %2
        if %3 {
          return %0
        }
        %4 = const u64 14
        %5 = const u1 1
        %6 = const u1 1
        if %6 {
          return %1
        }
        return %0
        """,
    ),
    "a weaker check behind a shift": (
        aggregate_checks,
        """
        %1 = length m
        %2 = const u64 4
        %3 = add %0, %2
        %4 = ule %3, %1
        if %4 {
          %5 = const u64 2
          %6 = add %0, %5
          %7 = ule %6, %1
          %8 = convert u64 %7
          return %8
        }
        return %0
        """,
        """
        %1 = length m
        %2 = const u64 4
        %3 = add %0, %2
        %4 = ule %3, %1
        if %4 {
          %5 = const u64 2
          %6 = add %0, %5
          %7 = const u1 1
          %8 = convert u64 %7
          return %8
        }
        return %0
        """,
    ),
    "a stronger check stays": (
        aggregate_checks,
        """
        %1 = length m
        %2 = const u64 14
        %3 = ule %2, %1
        if %3 {
          %4 = const u64 15
          %5 = ule %4, %1
          %6 = convert u64 %5
          return %6
        }
        return %0
        """,
        """
        %1 = length m
        %2 = const u64 14
        %3 = ule %2, %1
        if %3 {
          %4 = const u64 15
          %5 = ule %4, %1
          %6 = convert u64 %5
          return %6
        }
        return %0
        """,
    ),
    "dead code": (
        remove_dead_code,
        """
        %1 = const u64 12
        %2 = load u8 m[%1]
        %3 = eq %0, %1
        %4, %5 = if %3 {
          %6 = add %0, %0
          yield %0, %6
        } else {
          yield %1, %1
        }
        store u64be s[%0] = %1
        return %4
        """,
        """
        %1 = const u64 12
        %2 = eq %0, %1
        %3 = if %2 {
          yield %0
        } else {
          yield %1
        }
        store u64be s[%0] = %1
        return %3
        """,
    ),
    "a sum stays below what it was cut to": (
        decide_comparisons,
        """
        %1 = const u64 20
        %2 = ult %0, %1
        if %2 {
          %3 = sub %1, %0
          for %4 < %3 max 20 {
            %5 = add %0, %4
            %6 = ult %5, %1
            %7 = ule %1, %5
            %8 = eq %5, %1
            %9 = ne %5, %1
            %10 = ult %0, %5
            %11 = ule %0, %5
            next
          }
        }
        return %1
        """,
        """
        %1 = const u64 20
        %2 = ult %0, %1
        if %2 {
          %3 = sub %1, %0
          for %4 < %3 max 20 {
            %5 = add %0, %4
            %6 = const u1 1
            %7 = const u1 0
            %8 = const u1 0
            %9 = const u1 1
            %10 = ult %0, %5
            %11 = const u1 1
            next
          }
        }
        return %1
        """,
    ),
    "what is compared with a quotient": (
        multiply_quotients,
        """
        %1 = length m
        %2 = const u64 3
        %3 = udiv %1, %2
        %4 = load u32be s[%2]
        %5 = convert u64 %4
        %6 = ult %5, %3
        if %6 {
          %7 = ule %5, %3
          %8 = ult %0, %3
        }
        return %1
        """,
        """
        %1 = length m
        %2 = const u64 3
        %3 = udiv %1, %2
        %4 = load u32be s[%2]
        %5 = convert u64 %4
        %6 = mul %5, %2
        %7 = add %6, %2
        %8 = ule %7, %1
        if %8 {
          %9 = mul %5, %2
          %10 = ule %9, %1
          %11 = ult %0, %3
        }
        return %1
        """,
    ),
    "what only the first iteration knows is not decided": (
        decide_comparisons,
        """
        %1 = const u64 0
        %2 = const u64 3
        %8 = for %3 < %2 max 3 with %4 = %1 {
          %5 = eq %4, %1
          %6 = const u64 1
          %7 = add %4, %6
          next (%7)
        }
        return %8
        """,
        """
        %1 = const u64 0
        %2 = const u64 3
        %8 = for %3 < %2 max 3 with %4 = %1 {
          %5 = eq %4, %1
          %6 = const u64 1
          %7 = add %4, %6
          next (%7)
        }
        return %8
        """,
    ),
}


def _parse(body: str) -> Function:
    return parse_function(Source("case", f"{HEADER}\n{textwrap.dedent(body)}}}\n"))


@pytest.mark.parametrize("name", CASES)
def test_pass(name: str) -> None:
    run_pass, before, after = CASES[name]
    function = _parse(before)
    changed = run_pass(function)
    verify_function(changed)
    assert print_function(changed) == print_function(_parse(after))
    assert print_function(function) == print_function(_parse(before)), "the input is untouched"


def test_every_pass_has_cases() -> None:
    assert {run_pass for run_pass, _, _ in CASES.values()} == {
        *PASSES,
        decide_comparisons,
        multiply_quotients,
    }


def test_spans_are_kept() -> None:
    function = _parse("%1 = load u64be m[%0]\n%2 = add %1, %1\nreturn %2\n")
    changed = optimize_function(function)
    (load,) = (each for each in changed.body if isinstance(each, Load))
    assert isinstance(load.span, Span)
    assert load.span.source.text[load.span.start :].startswith("%1 = load")

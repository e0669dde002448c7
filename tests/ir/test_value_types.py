"""Types of values: complete for verified functions (tests/ir/test_laws.py), no error for damaged ones."""

from __future__ import annotations

from runtime.ir.parser import parse_function
from runtime.ir.value_types import find_value_types
from runtime.source import Source


def test_values_that_make_no_sense_have_no_type() -> None:
    function = parse_function(
        Source(
            "damaged.ir",
            """func f(%0 c: u1) {
              %1 = lookup nowhere(%0)
              %2 = call nothing()
              %3 = add %1, %0
              %6 = if %0 { yield %99 } else { return }
              %9 = for %7 < %0 max 3 with %8 = %2 { next (%7) }
              %10 = const u8 3
            }""",
        )
    )
    types = find_value_types(function)
    assert {int(value): type_.bits for value, type_ in types.items()} == {0: 1, 7: 64, 10: 8}

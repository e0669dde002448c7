"""Domains of parameters: from `u32 in {1024, 2048..4096}` to ranges.

In: a parameter as written. Out: `runtime.template.nodes.Parameter`, its ranges ascending and disjoint.
"""

from __future__ import annotations

from collections.abc import Iterable

from grammar.fields.constant import evaluate_constant
from grammar.fields.refuse import refusal
from runtime.template.nodes import Parameter
from udfc.language import syntax
from udfc.names.scope import Scope

_TYPES = {"u8": 8, "u16": 16, "u32": 32, "u64": 64}
_MAX_RANGES = 64


def resolve_parameter(scope: Scope, parameter: syntax.Parameter) -> Parameter:
    """Return the parameter with its domain.

    Raises:
        Refused: UDF025 for a domain that is empty or does not fit the type, UDF020 for the type.
    """
    bits = _TYPES.get(parameter.type)
    if bits is None:
        note = "a parameter is u8, u16, u32 or u64: it is a number, without an order of bytes"
        raise refusal("UDF020", f"a parameter cannot be `{parameter.type}`", parameter.span, note)
    top = (1 << bits) - 1
    if parameter.allowed is None:
        return Parameter(parameter.name, ((0, top),), parameter.span)
    ranges = []
    for low, high in parameter.allowed.ranges:
        first, last = evaluate_constant(scope, low), evaluate_constant(scope, high)
        if not first <= last <= top:
            message = f"{first}..{last} is no range of numbers of {bits} bits"
            raise refusal("UDF025", message, low.span, "write the smaller one first; both ends are included")
        ranges.append((first, last))
    merged = merge_ranges(ranges)
    if not 0 < len(merged) <= _MAX_RANGES:
        message = f"`{parameter.name}` has {len(merged)} ranges of allowed numbers, not 1 to {_MAX_RANGES}"
        raise refusal("UDF025", message, parameter.allowed.span, "allow a range, and test in the function")
    return Parameter(parameter.name, merged, parameter.span)


def merge_ranges(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return ranges of the same numbers (both ends included), ascending, disjoint and not adjacent."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)

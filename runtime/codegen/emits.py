"""Count emits without running: how many tuples can one call emit, judged by the shape of the function alone.

In: a function. Out: whether its emits need a guard at run time. A guard compares the count of emitted tuples
with `emit_limit` before each emit and returns `emit_limit` + 1 where there is no room: a number that no
correct call returns, so callers take it for an internal error.
"""

from __future__ import annotations

from runtime.ir.nodes import Body, Emit, For, Function, If


def must_guard_emits(function: Function) -> bool:
    """Say whether each emit is guarded: one stands inside a `For`, or there may be more than `emit_limit`.

    The first is for the validator's sake, which need not find an invariant for the count in a guarded loop.
    """
    return _emits_in_loop(function.body) or _count_emits(function.body) > function.emit_limit


def _emits_in_loop(body: Body) -> bool:
    for instruction in body:
        match instruction:
            case For(body=inner) if _count_emits(inner):
                return True
            case If(then=then, otherwise=otherwise) if _emits_in_loop(then) or _emits_in_loop(otherwise):
                return True
            case _:
                pass
    return False


def _count_emits(body: Body) -> int:
    """Return the most emits that `body` can execute, taking every loop for its maximum."""
    count = 0
    for instruction in body:
        match instruction:
            case Emit():
                count += 1
            case If(then=then, otherwise=otherwise):
                count += max(_count_emits(then), _count_emits(otherwise))
            case For(body=inner, maximum=maximum):
                count += maximum * _count_emits(inner)
            case _:
                pass
    return count

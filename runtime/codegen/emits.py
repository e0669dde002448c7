"""Count emits without running: how many tuples can one call emit, judged by the shape of the function alone.

In: a function. Out: whether its emits need a guard at run time. A guard compares the count of emitted tuples
with `emit_limit` before each emit and returns `emit_limit` + 1 where there is no room: a number that no
correct call returns, so callers take it for an internal error.

In a loop, the validator needs an invariant for the count where there is no guard. It finds one in small loops
(the count is at most the number of iterations), and searches long for none in large or nested ones.
"""

from __future__ import annotations

from runtime.check.walk import walk_body
from runtime.ir.nodes import Body, Emit, For, Function, If

_MOST_UNGUARDED = 2  # emits in the text of a function


def must_guard_emits(function: Function) -> bool:
    """Say whether each emit is guarded in any case: by the text, there may be more than `emit_limit`."""
    return _count_emits(function.body) > function.emit_limit


def should_guard_emits(function: Function) -> bool:
    """Say whether each emit is guarded in the style that is easiest to prove."""
    return must_guard_emits(function) or _find_depth(function.body) > 0


def may_omit_guards(function: Function) -> bool:
    """Say whether it is worth trying to prove the code without its guards."""
    if must_guard_emits(function) or _find_depth(function.body) != 1:
        return False
    return sum(isinstance(each, Emit) for each in walk_body(function.body)) <= _MOST_UNGUARDED


def _find_depth(body: Body) -> int:
    """Return in how many loops, one inside another, an emit of `body` stands, at most."""
    deepest = 0
    for instruction in body:
        match instruction:
            case For(body=inner) if _count_emits(inner):
                deepest = max(deepest, 1 + _find_depth(inner))
            case If(then=then, otherwise=otherwise):
                deepest = max(deepest, _find_depth(then), _find_depth(otherwise))
            case _:
                pass
    return deepest


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

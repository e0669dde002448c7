"""A row of operands and operators to a tree: C's precedence, equal operators from the left.

In: `a + b * c` as a, +, b, *, c. Out: what the caller's `combine` makes of `a + (b * c)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

_Node = TypeVar("_Node")

PRECEDENCE = {"|": 1, "^": 2, "&": 3, "<<": 4, ">>": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
"""What binds tighter has more."""


def fold_operators(
    operands: Sequence[_Node], operators: Sequence[str], combine: Callable[[str, _Node, _Node], _Node]
) -> _Node:
    """Return the one node of `operands` with `operators` between them."""
    values, waiting = [operands[0]], list[str]()
    for operator, right in zip(operators, operands[1:], strict=True):
        while waiting and PRECEDENCE[waiting[-1]] >= PRECEDENCE[operator]:
            _reduce(values, waiting.pop(), combine)
        waiting.append(operator)
        values.append(right)
    while waiting:
        _reduce(values, waiting.pop(), combine)
    return values[0]


def _reduce(values: list[_Node], operator: str, combine: Callable[[str, _Node, _Node], _Node]) -> None:
    right, left = values.pop(), values.pop()
    values.append(combine(operator, left, right))

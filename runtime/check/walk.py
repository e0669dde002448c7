"""Every instruction of a function, in the order of the text.

In: a body. Out: its instructions, each `If` and `For` before what it holds. Nesting is capped by the
verifier, so the recursion is shallow.
"""

from __future__ import annotations

from collections.abc import Iterator

from runtime.ir.nodes import Body, For, If, Instruction


def walk_body(body: Body) -> Iterator[Instruction]:
    """Yield each instruction of `body` and of the bodies nested in it."""
    for instruction in body:
        yield instruction
        if isinstance(instruction, If):
            yield from walk_body(instruction.then)
            yield from walk_body(instruction.otherwise)
        elif isinstance(instruction, For):
            yield from walk_body(instruction.body)

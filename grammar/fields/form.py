"""What the grammar leaves open in numbers and conditions: what can wrap, and that comparisons do not chain.

In: nodes as the parser has them, and the prefix of the language's codes. Out: the nodes of the tree, or
`Refused`.
"""

from __future__ import annotations

from dataclasses import replace

from grammar.fields import syntax
from grammar.fields.refuse import refusal
from runtime.diagnostic import Refused
from runtime.source import Span


def make_call(prefix: str, call: syntax.Call) -> syntax.Expression:
    """Return `call`, or for `wrapping(...)` what is in its brackets, marked.

    Raises:
        Refused: 008 if nothing there can wrap.
    """
    if call.name != "wrapping":
        return call
    match call.arguments:
        case (syntax.Binary() as operation,):
            return _mark_wrapping(operation)
        case _:
            note = "write `wrapping(a + b)`: all operators directly inside the brackets wrap"
            raise refusal(f"{prefix}008", "there is no operator here that can wrap", call.span, note)


def refuse_chain(prefix: str, span: Span) -> Refused:
    """Return the refusal of `a < b < c`; `span` is the second operator."""
    note = "write `a < b and b < c`, or `b in {1..9}` for numbers that are known"
    return refusal(f"{prefix}008", "comparisons do not chain", span, note)


def _mark_wrapping(operation: syntax.Binary) -> syntax.Binary:
    if operation.wrapping:  # done by brackets inside
        return operation
    left, right = operation.left, operation.right
    return replace(
        operation,
        left=_mark_wrapping(left) if isinstance(left, syntax.Binary) else left,
        right=_mark_wrapping(right) if isinstance(right, syntax.Binary) else right,
        wrapping=True,
    )

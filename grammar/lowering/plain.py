"""What can be said of an expression before it is lowered: whether it is a condition, and whether it can fail.

In: an expression and the frame. Out: an answer; "no" is always a safe one.
"""

from __future__ import annotations

from grammar.fields import syntax
from grammar.lowering.abbreviation import expand
from grammar.lowering.making import Making
from grammar.lowering.meaning import Argument, Pointer, Variable
from runtime.limits import MAX_NESTING


def is_condition(frame: Making, expression: syntax.Expression, depth: int = 0) -> bool:
    """Say whether `expression` is a condition rather than a number, as far as its form tells."""
    definitions = frame.scope.definitions
    match expression:
        case syntax.Compare() | syntax.Membership() | syntax.Logical() | syntax.Not():
            return True
        case syntax.Path(name=name, steps=()):
            found = frame.sight.get(name)
            return isinstance(found, Variable) and found.condition
        case syntax.Call(name=name) if name in definitions and depth < MAX_NESTING:
            return is_condition(frame, definitions[name].value, depth + 1)
        case syntax.Number() | syntax.Path() | syntax.Binary() | syntax.Call():
            return False


def cannot_fail(frame: Making, expression: syntax.Expression) -> bool:
    """Say whether evaluating `expression` meets no obligation that is not met already."""
    match expression:
        case syntax.Number():
            return True
        case syntax.Path(name=name, steps=steps):
            seen = frame.sight.get(name)
            if isinstance(seen, Argument) and not steps:
                with frame.seeing(seen.names, seen.expanding):
                    return cannot_fail(frame, seen.expression)
            return not isinstance(seen, Pointer | Argument) and frame.is_plain(expression)
        case syntax.Binary(operator="&" | "|" | "^", left=left, right=right):
            return cannot_fail(frame, left) and cannot_fail(frame, right)
        case syntax.Binary(operator="+" | "-" | "*", left=left, right=right, wrapping=True):
            return cannot_fail(frame, left) and cannot_fail(frame, right)
        case syntax.Compare(left=left, right=right) | syntax.Logical(left=left, right=right):
            return cannot_fail(frame, left) and cannot_fail(frame, right)
        case syntax.Not(operand=operand):
            return cannot_fail(frame, operand)
        case syntax.Membership(value=value, items=items):
            return all(
                cannot_fail(frame, each) for each in (value, *(b for pair in items.ranges for b in pair))
            )
        case syntax.Call(name=name) if name in frame.scope.definitions:
            with frame.step(expression.span), expand(frame, expression) as meant:
                return cannot_fail(frame, meant)
        case syntax.Binary() | syntax.Call():
            return False

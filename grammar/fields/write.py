"""Expressions and fields back to text.

In: a node. Out: text that parses to an equal one.
"""

from __future__ import annotations

from grammar.fields import syntax
from grammar.precedence import PRECEDENCE


def write_expression(expression: syntax.Expression) -> str:
    """Return the text of `expression`."""
    match expression:
        case syntax.Number(value=value):
            return str(value)
        case syntax.Path():
            return write_path(expression)
        case syntax.Binary(wrapping=True):
            return f"wrapping({_wrapped(expression)})"
        case syntax.Binary(operator=sign, left=left, right=right):
            return f"{_operand(left, PRECEDENCE[sign])} {sign} {_operand(right, PRECEDENCE[sign] + 1)}"
        case syntax.Compare(operator=operator, left=left, right=right):
            return f"{_operand(left)} {operator} {_operand(right)}"
        case syntax.Membership(value=value, items=items, negated=negated):
            return f"{_operand(value)} {'not ' if negated else ''}in {write_items(items)}"
        case syntax.Logical(operator=word, left=left, right=right):
            return f"{_operand(left)} {word} {_operand(right)}"
        case syntax.Not(operand=operand):
            return f"not {_operand(operand)}"
        case syntax.Call(name=name, arguments=arguments):
            return f"{name}({', '.join(write_expression(each) for each in arguments)})"


def write_items(items: syntax.Items) -> str:
    """Return `{1, 3, 5..7}`."""
    parts = (
        write_expression(low) if low is high else f"{write_expression(low)}..{write_expression(high)}"
        for low, high in items.ranges
    )
    return f"{{{', '.join(parts)}}}"


def write_path(path: syntax.Path) -> str:
    """Return the text of `path`."""
    text = path.name
    for step in path.steps:
        match step:
            case syntax.Member(name=name):
                text += f".{name}"
            case syntax.Index(index=index):
                text += f"[{write_expression(index)}]"
    return text


def write_field(field: syntax.LayoutField) -> str:
    """Return the text of a field of a layout."""
    counts = "".join(f"[{'' if each is None else write_expression(each)}]" for each in field.type.counts)
    offset = "" if field.offset is None else f" @{write_expression(field.offset)}"
    bits = ", ".join(
        f"{one.name}: {write_expression(one.width)} @{write_expression(one.low)}" for one in field.bits
    )
    return f"{field.name}: {field.type.name}{counts}{offset}" + (f" {{ {bits} }}" if bits else "")


def _operand(expression: syntax.Expression, least: int = 0) -> str:
    """Return the text of `expression`, in brackets unless it binds as tightly as `least`."""
    text = write_expression(expression)
    match expression:
        case syntax.Number() | syntax.Path() | syntax.Call() | syntax.Binary(wrapping=True):
            return text
        case syntax.Binary(operator=sign) if least and PRECEDENCE[sign] >= least:
            return text
        case _:
            return f"({text})"


def _wrapped(expression: syntax.Binary) -> str:
    """Return what stands in the brackets of `wrapping`: brackets around its operators, and no other ones."""
    least = PRECEDENCE[expression.operator]
    parts = (_wrapped_operand(expression.left, least), _wrapped_operand(expression.right, least + 1))
    return f"{parts[0]} {expression.operator} {parts[1]}"


def _wrapped_operand(expression: syntax.Expression, least: int) -> str:
    match expression:
        case syntax.Binary(operator=sign, wrapping=True):
            text = _wrapped(expression)
            return text if PRECEDENCE[sign] >= least else f"({text})"
        case _:
            return _operand(expression)

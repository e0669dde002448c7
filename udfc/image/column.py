"""Ask a function of the arguments about many objects at once: numbers become columns of numbers.

In: a proved function that reads nothing of the objects but their lengths, as `identity` and most `unit`s.
Out: what answers for a whole inode table in one go. Both arms of an `if` are computed, and the right one is
chosen, so that what an arm that is not taken computes never matters; therefore functions with loops are left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from runtime.ir.nodes import (
    Binary,
    BinaryOperator,
    Body,
    Compare,
    CompareOperator,
    Constant,
    Convert,
    Function,
    If,
    Instruction,
    Length,
    Load,
    Return,
    Select,
    Type,
    Value,
    Yield,
)
from runtime.template.nodes import ARGUMENTS, META
from runtime.template.policies import WORD
from udfc.image.table import Words

Ask: TypeAlias = Callable[[Words, Words], Words]
"""Rows of arguments and lengths of the objects, and what the function answers to each."""

_Values: TypeAlias = dict[Value, Words]

_BINARY: dict[BinaryOperator, Callable[[Words, Words], Words]] = {
    "add": lambda left, right: left + right,
    "sub": lambda left, right: left - right,
    "mul": lambda left, right: left * right,
    "udiv": lambda left, right: left // np.maximum(right, np.uint64(1)),
    "urem": lambda left, right: left % np.maximum(right, np.uint64(1)),
    "and": lambda left, right: left & right,
    "or": lambda left, right: left | right,
    "xor": lambda left, right: left ^ right,
    "shl": lambda left, right: left << np.minimum(right, np.uint64(63)),
    "lshr": lambda left, right: left >> np.minimum(right, np.uint64(63)),
}

_COMPARE: dict[CompareOperator, Callable[[Words, Words], Words]] = {
    "eq": lambda left, right: (left == right).astype(np.uint64),
    "ne": lambda left, right: (left != right).astype(np.uint64),
    "ult": lambda left, right: (left < right).astype(np.uint64),
    "ule": lambda left, right: (left <= right).astype(np.uint64),
}

_TYPES = (Type.U1, Type.U64)


def make_column_function(function: Function) -> Ask | None:
    """Return what asks `function` about many objects, None where it does more than is understood here.

    Args:
        function: proved, with one result; the rows of arguments must lie in their domains.
    """
    if function.parameters or len(function.results) != 1:
        return None
    offsets: dict[Value, int] = {}
    if not _is_simple(function.body, offsets):
        return None

    def ask(arguments: Words, lengths: Words) -> Words:
        with np.errstate(over="ignore"):
            (answer,) = _evaluate(function.body, arguments, lengths, offsets, {})
        return np.broadcast_to(answer, (len(arguments),))

    return ask


def _is_simple(body: Body, offsets: dict[Value, int]) -> bool:
    """Say whether `body` can be evaluated; `offsets` learns the constants, which loads may name."""
    return all(_is_known(instruction, offsets) for instruction in body)


def _is_known(instruction: Instruction, offsets: dict[Value, int]) -> bool:
    match instruction:
        case Constant(target=target, type=kind, number=number):
            offsets[target] = number
            return kind in _TYPES
        case Load(type=Type.U64, region=region, offset=offset, order=order):
            whole = offsets.get(offset, 1) % WORD == 0
            return region == ARGUMENTS and order == "le" and whole
        case Convert(type=kind):
            return kind is Type.U64
        case Length(region=region):
            return region == META
        case If(then=then, otherwise=otherwise):
            arms = (then, otherwise)
            return all(_is_simple(arm, offsets) and isinstance(arm[-1], Yield) for arm in arms)
        case Binary() | Compare() | Select() | Yield() | Return():
            return True
        case _:
            return False


def _evaluate(
    body: Body, arguments: Words, lengths: Words, offsets: dict[Value, int], values: _Values
) -> tuple[Words, ...]:
    """Evaluate `body` and return what its last instruction hands over."""
    for instruction in body:
        match instruction:
            case Constant(target=target, number=number):
                values[target] = np.array([number], dtype=np.uint64)
            case Load(target=target, offset=offset):
                column = offsets[offset] // WORD
                values[target] = arguments[:, column] if column < arguments.shape[1] else arguments[:, 0] * 0
            case Length(target=target):
                values[target] = lengths
            case Binary(target=target, operator=operator, left=left, right=right):
                values[target] = _BINARY[operator](values[left], values[right])
            case Compare(target=target, operator=comparison, left=left, right=right):
                values[target] = _COMPARE[comparison](values[left], values[right])
            case Convert(target=target, value=value):
                values[target] = values[value]
            case Select(target=target, condition=condition, yes=yes, no=no):
                values[target] = np.where(values[condition] != 0, values[yes], values[no])
            case If(targets=targets, condition=condition, then=then, otherwise=otherwise):
                taken = values[condition] != 0
                arms = [_evaluate(arm, arguments, lengths, offsets, values) for arm in (then, otherwise)]
                for target, yes_value, no_value in zip(targets, *arms):
                    values[target] = np.where(taken, yes_value, no_value)
            case Yield(values=given) | Return(values=given):
                return tuple(values[each] for each in given)
            case _:
                raise AssertionError(f"{instruction} was not announced")
    raise AssertionError("a body ends in `yield` or `return`")

"""What must hold before an instruction may run: obligations, as data.

In: one instruction. Out: the facts on which its meaning depends. Nothing here decides anything: `ranges`
proves most obligations, `smt` the rest, `conform` those that are about declarations only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from runtime.ir.nodes import (
    Binary,
    Call,
    Compare,
    Constant,
    Convert,
    Emit,
    For,
    If,
    Instruction,
    Length,
    Load,
    Lookup,
    Next,
    Return,
    Select,
    Store,
    Type,
    Value,
    Yield,
)

ExactOperator: TypeAlias = Literal["add", "sub", "mul", "shl"]


@dataclass(frozen=True, slots=True)
class InBounds:
    """The `width` bytes at `offset` are inside the region."""

    region: str
    offset: Value
    width: int


@dataclass(frozen=True, slots=True)
class NoWrap:
    """`left operator right` is a number of its type: not negative and not too large."""

    operator: ExactOperator
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class ExactConvert:
    """`value` is a number of the narrower `type`."""

    value: Value
    type: Type


@dataclass(frozen=True, slots=True)
class NonZero:
    """`divisor` is not 0."""

    divisor: Value


@dataclass(frozen=True, slots=True)
class ShiftBelow:
    """`amount` is less than the number of bits of its own type."""

    amount: Value


@dataclass(frozen=True, slots=True)
class CountAtMost:
    """A loop's `count` is at most its declared `maximum`."""

    count: Value
    maximum: int


Obligation: TypeAlias = InBounds | NoWrap | ExactConvert | NonZero | ShiftBelow | CountAtMost


@dataclass(frozen=True, slots=True)
class Permitted:
    """The region is declared with the right to `access` it: `conform` decides, no value matters."""

    region: str
    access: Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class CallAllowed:
    """The policy allows the primitive: `conform` decides, no value matters."""

    primitive: str


Permission: TypeAlias = Permitted | CallAllowed


def list_obligations(instruction: Instruction, types: dict[Value, Type]) -> Iterator[Obligation]:
    """Yield what must hold when `instruction` runs, in the order in which the interpreter would notice.

    Args:
        instruction: any instruction; the bodies that it holds are not visited.
        types: the types of all values.
    """
    match instruction:
        case Load(region=region, offset=offset, type=type_):
            yield InBounds(region, offset, type_.bytes)
        case Store(region=region, offset=offset, value=value):
            yield InBounds(region, offset, types[value].bytes)
        case Binary(operator="shl", left=left, right=right, wrapping=wrapping):
            yield ShiftBelow(right)
            if not wrapping:
                yield NoWrap("shl", left, right)
        case Binary(operator="lshr", right=right):
            yield ShiftBelow(right)
        case Binary(operator="udiv" | "urem", right=right):
            yield NonZero(right)
        case Binary(operator="add" | "sub" | "mul" as operator, left=left, right=right, wrapping=False):
            yield NoWrap(operator, left, right)
        case Convert(type=type_, value=value, wrapping=False):
            if type_.bits < types[value].bits:
                yield ExactConvert(value, type_)
        case For(count=count, maximum=maximum):
            yield CountAtMost(count, maximum)
        case Binary() | Convert() | Constant() | Compare() | Select() | Length() | Lookup() | Call() | Emit():
            return
        case If() | Yield() | Next() | Return():
            return


def list_permissions(instruction: Instruction) -> Iterator[Permission]:
    """Yield what the declarations and the policy must allow for `instruction`."""
    match instruction:
        case Load(region=region):
            yield Permitted(region, "read")
        case Store(region=region):
            yield Permitted(region, "write")
        case Call(primitive=primitive):
            yield CallAllowed(primitive)
        case Constant() | Binary() | Compare() | Convert() | Select() | Length() | Lookup() | Emit():
            return
        case If() | For() | Yield() | Next() | Return():
            return

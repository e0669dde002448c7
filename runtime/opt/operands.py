"""What an instruction reads and defines: the passes rename operands and ask for targets here only.

In: one instruction. Out: the same with other operands, or the list of what it mentions. Nested bodies are not
entered, since every pass walks them in its own way; a `For`'s numbers inside count as its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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
    Value,
    Yield,
)

Rename = Callable[[Value], Value]


def rename_operands(instruction: Instruction, rename: Rename) -> Instruction:
    """Return `instruction` reading `rename(v)` wherever it read v."""
    match instruction:
        case Constant() | Length():
            return instruction
        case Binary(left=left, right=right) | Compare(left=left, right=right):
            return replace(instruction, left=rename(left), right=rename(right))
        case Convert(value=value):
            return replace(instruction, value=rename(value))
        case Select(condition=condition, yes=yes, no=no):
            return replace(instruction, condition=rename(condition), yes=rename(yes), no=rename(no))
        case Load(offset=offset):
            return replace(instruction, offset=rename(offset))
        case Store(offset=offset, value=value):
            return replace(instruction, offset=rename(offset), value=rename(value))
        case Lookup(keys=keys):
            return replace(instruction, keys=_rename_all(keys, rename))
        case Call(arguments=arguments):
            return replace(instruction, arguments=_rename_all(arguments, rename))
        case Emit(values=values) | Yield(values=values) | Return(values=values):
            return replace(instruction, values=_rename_all(values, rename))
        case If(condition=condition):
            return replace(instruction, condition=rename(condition))
        case For(count=count, initial=initial):
            return replace(instruction, count=rename(count), initial=_rename_all(initial, rename))
        case Next(condition=condition, values=values):
            new_condition = None if condition is None else rename(condition)
            return replace(instruction, condition=new_condition, values=_rename_all(values, rename))


def rename_targets(instruction: Instruction, rename: Rename) -> Instruction:
    """Return `instruction` defining `rename(v)` wherever it defined v, asking in the order of numbering."""
    match instruction:
        case (
            Constant(target=target)
            | Binary(target=target)
            | Compare(target=target)
            | Convert(target=target)
            | Select(target=target)
            | Length(target=target)
            | Load(target=target)
            | Lookup(target=target)
        ):
            return replace(instruction, target=rename(target))
        case Call(targets=targets) | If(targets=targets) | For(targets=targets):
            return replace(instruction, targets=_rename_all(targets, rename))
        case Store() | Emit() | Yield() | Next() | Return():
            return instruction


def list_operands(instruction: Instruction) -> tuple[Value, ...]:
    """Return the values that `instruction` reads, without those read in its bodies."""
    operands: list[Value] = []

    def note(value: Value) -> Value:
        operands.append(value)
        return value

    rename_operands(instruction, note)
    return tuple(operands)


def list_targets(instruction: Instruction) -> tuple[Value, ...]:
    """Return the values that hold after `instruction`."""
    targets: list[Value] = []

    def note(value: Value) -> Value:
        targets.append(value)
        return value

    rename_targets(instruction, note)
    return tuple(targets)


def _rename_all(values: tuple[Value, ...], rename: Rename) -> tuple[Value, ...]:
    return tuple(rename(value) for value in values)

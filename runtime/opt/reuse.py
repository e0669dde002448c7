"""Reuse values: what was computed before, in this body or one around it, is not computed again.

    %1 = load u16be message[%0]               %1 = load u16be message[%0]
    if %2 {                                   if %2 {
      %3 = load u16be message[%0]   becomes     return %1
      return %3                               }
    }

Loads count where the region is only read: its bytes cannot change during the call. Everything before an
instruction in its own body or a body around it has been executed when it is, so no fault can appear that
was not there.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from runtime.ir.nodes import (
    Binary,
    Body,
    Call,
    Compare,
    Constant,
    Convert,
    Emit,
    For,
    Function,
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
from runtime.opt.operands import list_targets, rename_operands
from runtime.opt.renumber import renumber_values
from runtime.opt.rules import COMMUTATIVE


def reuse_values(function: Function) -> Function:
    """Return `function` in which no pure instruction repeats one that dominates it."""
    return renumber_values(replace(function, body=_Reuser(function).visit_body(function.body)))


class _Reuser:
    """What has been computed where we are, by what it computes; undone when a body ends."""

    def __init__(self, function: Function) -> None:
        self._read_only = {region.name for region in function.regions if region.rights == "read"}
        self._available: dict[Hashable, Value] = {}
        self._names: dict[Value, Value] = {}

    def visit_body(self, body: Body) -> Body:
        """Return `body` without repetitions; forgets what only `body` has computed."""
        kept: list[Instruction] = []
        added: list[Hashable] = []
        for instruction in body:
            renamed = rename_operands(instruction, self._rename)
            key = self._make_key(renamed)
            if key is None:
                kept.append(self._visit_bodies(renamed))
                continue
            (target,) = list_targets(renamed)
            if key in self._available:
                self._names[target] = self._available[key]
            else:
                self._available[key] = target
                added.append(key)
                kept.append(renamed)
        for key in added:
            del self._available[key]
        return tuple(kept)

    def _rename(self, value: Value) -> Value:
        return self._names.get(value, value)

    def _visit_bodies(self, instruction: Instruction) -> Instruction:
        match instruction:
            case If(then=then, otherwise=otherwise):
                new_then = self.visit_body(then)
                return replace(instruction, then=new_then, otherwise=self.visit_body(otherwise))
            case For(body=body):
                return replace(instruction, body=self.visit_body(body))
            case _:
                return instruction

    def _make_key(self, instruction: Instruction) -> Hashable:
        """Return what the instruction computes; equal keys, equal results; None: it may not be reused."""
        match instruction:
            case Constant(type=type_, number=number):
                return "constant", type_, number
            case (
                Binary(operator=operator, left=left, right=right)
                | Compare(operator=operator, left=left, right=right)
            ):
                operands = (left, right)
                return operator, *(sorted(operands) if operator in COMMUTATIVE else operands)
            case Convert(type=type_, value=value):
                return "convert", type_, value
            case Select(condition=condition, yes=yes, no=no):
                return "select", condition, yes, no
            case Length(region=region):
                return "length", region
            case Load(type=type_, region=region, offset=offset, order=order) if region in self._read_only:
                return "load", type_, region, offset, order
            case Lookup(table=table, keys=keys):
                return "lookup", table, *keys
            case Load() | Store() | Call() | Emit() | If() | For() | Yield() | Next() | Return():
                return None

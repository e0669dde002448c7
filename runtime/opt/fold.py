"""Fold constants: compute what is known, apply the algebraic rules, and splice branches on constants.

    %0 = const u64 12                         %0 = const u64 12
    %1 = const u64 2                          %1 = const u64 2
    %2 = add %0, %1                           %2 = const u64 14
    %3 = ule %0, %2                           %3 = const u1 1
    if %3 {                       becomes     %4 = load u16be message[%0]
      %4 = load u16be message[%0]             return %4
      return %4
    }
    return %9

What the folded code no longer uses stays, for `remove_dead_code`.
"""

from __future__ import annotations

from dataclasses import replace

from runtime.ir.builder import always_returns
from runtime.ir.nodes import (
    Binary,
    Body,
    Compare,
    Constant,
    Convert,
    For,
    Function,
    If,
    Instruction,
    Length,
    Select,
    Type,
    Value,
    Yield,
)
from runtime.ir.value_types import find_value_types
from runtime.opt.operands import rename_operands
from runtime.opt.renumber import renumber_values
from runtime.opt.rewrite import Known, Same, simplify_computation


def fold_constants(function: Function) -> Function:
    """Return `function` with everything known computed."""
    return renumber_values(replace(function, body=_Folder(function).fold_body(function.body)))


class _Folder:
    """What is known about the values so far: the number of some, an equal value of others."""

    def __init__(self, function: Function) -> None:
        self._types = find_value_types(function)
        self._lengths = {region.name: region.maximum for region in function.regions if region.constant}
        self._constants: dict[Value, int] = {}
        self._names: dict[Value, Value] = {}

    def fold_body(self, body: Body) -> Body:
        """Return `body` folded, up to the first instruction behind which nothing can run."""
        folded: list[Instruction] = []
        for instruction in body:
            self._fold_instruction(rename_operands(instruction, self._rename), folded)
            if folded and always_returns(folded[-1]):
                break
        return tuple(folded)

    def _rename(self, value: Value) -> Value:
        return self._names.get(value, value)

    def _fold_instruction(self, instruction: Instruction, folded: list[Instruction]) -> None:
        match instruction:
            case Constant(target=target, number=number):
                self._constants[target] = number
                folded.append(instruction)
            case Binary() | Compare() | Convert() | Select():
                self._fold_computation(instruction, folded)
            case Length(target=target, region=region) if region in self._lengths:
                self._constants[target] = self._lengths[region]
                folded.append(Constant(target, Type.U64, self._lengths[region], instruction.span))
            case If():
                self._fold_if(instruction, folded)
            case For():
                self._fold_for(instruction, folded)
            case _:
                folded.append(instruction)

    def _fold_computation(
        self, instruction: Binary | Compare | Convert | Select, folded: list[Instruction]
    ) -> None:
        target = instruction.target
        match simplify_computation(instruction, self._types, self._constants):
            case Known(number=number):
                self._constants[target] = number
                folded.append(Constant(target, self._types[target], number, instruction.span))
            case Same(value=value):
                self._names[target] = value
            case Compare() as compare:
                folded.append(compare)
            case None:
                folded.append(instruction)

    def _fold_if(self, branch: If, folded: list[Instruction]) -> None:
        """Fold both arms, or put the only one that can run in the branch's place."""
        known = self._constants.get(branch.condition)
        if known is not None:
            self._splice_arm(branch, self.fold_body(branch.then if known else branch.otherwise), folded)
            return
        then, otherwise = self.fold_body(branch.then), self.fold_body(branch.otherwise)
        ends = [arm[-1] for arm in (then, otherwise) if isinstance(arm[-1], Yield)]
        targets = branch.targets if ends else ()
        folded.append(replace(branch, targets=targets, then=then, otherwise=otherwise))

    def _splice_arm(self, branch: If, arm: Body, folded: list[Instruction]) -> None:
        last = arm[-1]
        if not isinstance(last, Yield):
            folded.extend(arm)
            return
        folded.extend(arm[:-1])
        for target, value in zip(branch.targets, last.values, strict=True):
            self._names[target] = value

    def _fold_for(self, loop: For, folded: list[Instruction]) -> None:
        """Fold the body, or drop a loop that never runs."""
        if self._constants.get(loop.count) == 0:
            for target, value in zip(loop.targets, loop.initial, strict=True):
                self._names[target] = value
            return
        folded.append(replace(loop, body=self.fold_body(loop.body)))

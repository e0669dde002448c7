"""Number values densely again, after a pass has removed or moved instructions.

    %0 = length message                 %0 = length message
    %7 = const u64 14                   %1 = const u64 14
    %3 = ule %7, %0          becomes    %2 = ule %1, %0

In: a function whose values have any distinct numbers. Out: the same function, numbered as
`runtime.ir.builder` says: parameters first, then in the order of definition; a `For`'s index and carried
values before its body, targets of `If` and `For` after their bodies.
"""

from __future__ import annotations

from dataclasses import replace

from runtime.ir.nodes import Body, For, Function, If, Instruction, Value
from runtime.opt.operands import rename_operands, rename_targets


def renumber_values(function: Function) -> Function:
    """Return `function` with dense value numbers."""
    numbers = {Value(number): Value(number) for number in range(len(function.parameters))}
    return replace(function, body=_renumber_body(function.body, numbers))


def _renumber_body(body: Body, numbers: dict[Value, Value]) -> Body:
    return tuple(_renumber_instruction(instruction, numbers) for instruction in body)


def _renumber_instruction(instruction: Instruction, numbers: dict[Value, Value]) -> Instruction:
    def define(value: Value) -> Value:
        assert value not in numbers, f"%{value} is defined twice"
        numbers[value] = Value(len(numbers))
        return numbers[value]

    renamed = rename_operands(instruction, numbers.__getitem__)
    match renamed:
        case If(then=then, otherwise=otherwise):
            new_then = _renumber_body(then, numbers)
            renamed = replace(renamed, then=new_then, otherwise=_renumber_body(otherwise, numbers))
        case For(index=index, carried=carried, body=body):
            new_index = define(index)
            new_carried = tuple(define(value) for value in carried)
            new_body = _renumber_body(body, numbers)
            renamed = replace(renamed, index=new_index, carried=new_carried, body=new_body)
        case _:
            pass
    return rename_targets(renamed, define)

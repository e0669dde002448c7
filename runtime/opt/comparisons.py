"""Decide comparisons by what the checker knows: ranges, and the linear facts of branches and loops.

    for %5 < %4 max 4096 {        # %4 = %2 - %3       for %5 < %4 max 4096 {
      %6 = add %3, %5                                    %6 = add %3, %5
      %7 = ult %6, %2                       becomes      %7 = const u1 1

`fold_constants` then splices the branches. This costs as much as checking the function once more, so it is
for code that runs often enough.
"""

from __future__ import annotations

from dataclasses import replace

from runtime.check.comparisons import find_answers
from runtime.ir.nodes import Body, Compare, Constant, For, Function, If, Instruction, Type, Value


def decide_comparisons(function: Function) -> Function:
    """Return `function` with a constant for every comparison whose answer is known.

    Args:
        function: proved: what is known may follow from its obligations.
    """
    answers = find_answers(function)
    return replace(function, body=_decide_body(function.body, answers)) if answers else function


def _decide_body(body: Body, answers: dict[Value, bool]) -> Body:
    return tuple(_decide(instruction, answers) for instruction in body)


def _decide(instruction: Instruction, answers: dict[Value, bool]) -> Instruction:
    match instruction:
        case Compare(target=target, span=span) if target in answers:
            return Constant(target, Type.U1, int(answers[target]), span)
        case If(then=then, otherwise=otherwise):
            arms = _decide_body(then, answers), _decide_body(otherwise, answers)
            return replace(instruction, then=arms[0], otherwise=arms[1])
        case For(body=inner):
            return replace(instruction, body=_decide_body(inner, answers))
        case _:
            return instruction

"""Aggregate checks: a comparison that follows from checks made before becomes a constant.

    if %3 {      # 34 <= length                 if %3 {
      %5 = ule %4, %0    # 14 <= length           %5 = const u1 1
      if %5 {                          becomes    if %5 {

What holds where: in an `if`'s first arm its condition, in the second the opposite; after an `if` of which one
arm always returns, what holds in the other. `fold_constants` then splices the branches.
"""

from __future__ import annotations

from dataclasses import replace

from runtime.ir.builder import always_returns
from runtime.ir.nodes import Body, Compare, Constant, For, Function, If, Instruction, Type, Value
from runtime.ir.value_types import find_value_types
from runtime.opt.facts import Facts
from runtime.opt.operands import list_targets
from runtime.opt.renumber import renumber_values


def aggregate_checks(function: Function) -> Function:
    """Return `function` with every comparison decided that the checks before it decide."""
    return renumber_values(replace(function, body=_Aggregator(function).visit_body(function.body)))


class _Aggregator:
    """The facts at the place that is visited."""

    def __init__(self, function: Function) -> None:
        types = find_value_types(function)
        self._facts = Facts(types, function.regions)
        self._next = len(types)

    def visit_body(self, body: Body) -> Body:
        """Return `body` with its comparisons decided; the facts are as before afterwards."""
        mark = self._facts.mark()
        visited: list[Instruction] = []
        for instruction in body:
            match instruction:
                case Compare(target=target, span=span):
                    self._facts.define(target, instruction)
                    known = self._facts.decide(target)
                    if known is not None:
                        instruction = Constant(target, Type.U1, known, span)
                        self._facts.define(target, instruction)
                    visited.append(instruction)
                case If():
                    visited.extend(self._visit_if(instruction))
                case For(body=inner):
                    visited.append(replace(instruction, body=self.visit_body(inner)))
                case _:
                    for target in list_targets(instruction):
                        self._facts.define(target, instruction)
                    visited.append(instruction)
        self._facts.forget(mark)
        return tuple(visited)

    def _visit_if(self, branch: If) -> list[Instruction]:
        """Return the branch, after a constant for its condition where that is known."""
        known = self._facts.decide(branch.condition)
        arms = (self._visit_arm(branch, True), self._visit_arm(branch, False))
        visited: list[Instruction] = []
        if known is not None:
            condition = Value(self._next)
            self._next += 1
            visited.append(Constant(condition, Type.U1, known, branch.span))
            branch = replace(branch, condition=condition)
        else:
            for arm, holds in ((branch.then, False), (branch.otherwise, True)):
                if always_returns(arm[-1]):
                    self._facts.learn(branch.condition, holds)
        visited.append(replace(branch, then=arms[0], otherwise=arms[1]))
        return visited

    def _visit_arm(self, branch: If, holds: bool) -> Body:
        mark = self._facts.mark()
        self._facts.learn(branch.condition, holds)
        arm = self.visit_body(branch.then if holds else branch.otherwise)
        self._facts.forget(mark)
        return arm

"""Comparisons whose answer the fast pass knows: the optimizer need not make code for them.

In: a verified function whose obligations hold. Out: the answers, by the number of the comparison's target.

    %4 = sub %2, %3
    for %5 < %4 max 4096 {
      %6 = add %3, %5
      %7 = ult %6, %2        # 1: %5 < %2 - %3
"""

from __future__ import annotations

from runtime.check.linear import Linear, add_forms, shift_form
from runtime.check.ranges import Walk
from runtime.ir.nodes import Compare, Function, Instruction, Value


def find_answers(function: Function) -> dict[Value, bool]:
    """Return the answer of every comparison of `function` that has the same one in every execution."""
    walk = _AnsweringWalk(function)
    walk.visit_body(function.body)
    return walk.answers


class _AnsweringWalk(Walk):
    """The fast pass, asking about each comparison. Of a body that it visits again, the last visit counts."""

    def __init__(self, function: Function) -> None:
        super().__init__(function)
        self.answers: dict[Value, bool] = {}

    def visit(self, instruction: Instruction) -> None:
        """Define the targets of `instruction`, and note its answer."""
        if isinstance(instruction, Compare):
            self.answers.pop(instruction.target, None)
            answer = self._answer(instruction)
            if answer is not None:
                self.answers[instruction.target] = answer
        super().visit(instruction)

    def _answer(self, comparison: Compare) -> bool | None:
        left, right = self.knowledge.form(comparison.left), self.knowledge.form(comparison.right)
        below, above = add_forms(left, right, -1), add_forms(right, left, -1)
        match comparison.operator:
            case "ult":
                return self._choose(shift_form(below, 1), above)
            case "ule":
                return self._choose(below, shift_form(above, 1))
            case "eq" | "ne":
                if self._proves(shift_form(below, 1)) or self._proves(shift_form(above, 1)):
                    return comparison.operator == "ne"
                if self._proves(below) and self._proves(above):
                    return comparison.operator == "eq"
                return None

    def _choose(self, yes: Linear, no: Linear) -> bool | None:
        if self._proves(yes):
            return True
        return False if self._proves(no) else None

    def _proves(self, form: Linear) -> bool:
        return self.knowledge.scope.proves(form)

"""Whether a function may give up after it has stored something: then what it stored must be undone.

In: a verified function of a handler. Out: a yes or no that follows from its text alone: a `return` whose
verdict is not a constant may be an abort, and in a loop, what is stored further down comes before what is
further up.

    if %c { return %abort }                      store memory[%o] = %v
    store memory[%o] = %v        no undo         if %c { return %abort }          undo
    return %consumed                             return %consumed
"""

from __future__ import annotations

from runtime.check.walk import walk_body
from runtime.handler.nodes import ABORTED, read_outcome
from runtime.ir.builder import always_returns
from runtime.ir.nodes import Body, Constant, For, Function, If, Instruction, Return, Store, Value


def may_need_undo(function: Function) -> bool:
    """Say whether there may be an abort behind a store."""
    return _Search(find_constants(function)).visit_body(function.body, stored=False)[1]


def find_constants(function: Function) -> dict[Value, int]:
    """Return the numbers of all constants of `function`."""
    return {each.target: each.number for each in walk_body(function.body) if isinstance(each, Constant)}


def may_abort(instruction: Return, constants: dict[Value, int]) -> bool:
    """Say whether a `return` may be an abort."""
    (verdict,) = instruction.values
    return verdict not in constants or read_outcome(constants[verdict]) == ABORTED


class _Search:
    """Follows a body with one bit: whether something may have been stored before."""

    def __init__(self, constants: dict[Value, int]) -> None:
        self._constants = constants

    def visit_body(self, body: Body, stored: bool) -> tuple[bool, bool]:
        """Return whether something may have been stored behind `body`, and whether it may need undoing."""
        needed = False
        for instruction in body:
            stored, found = self._visit(instruction, stored)
            needed = needed or found
        return stored, needed

    def _visit(self, instruction: Instruction, stored: bool) -> tuple[bool, bool]:
        match instruction:
            case Store():
                return True, False
            case If(then=then, otherwise=otherwise):
                first, second = self.visit_body(then, stored), self.visit_body(otherwise, stored)
                arms = ((then, first), (otherwise, second))
                after = any(found[0] for arm, found in arms if not always_returns(arm[-1]))
                return after, first[1] or second[1]
            case For(body=body):
                return self.visit_body(body, stored or any(isinstance(e, Store) for e in walk_body(body)))
            case Return():
                return stored, stored and may_abort(instruction, self._constants)
            case _:
                return stored, False

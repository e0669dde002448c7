"""Every rewrite rule is a theorem: proved by z3 for each width, under the instruction's own obligations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import z3

from runtime.ir.nodes import Type
from runtime.opt.rules import COMMUTATIVE, RULES, Rule, RuleOperator, Term

_OPERATIONS: dict[RuleOperator, Callable[[z3.BitVecRef, z3.BitVecRef], z3.ExprRef]] = {
    "add": lambda left, right: left + right,
    "sub": lambda left, right: left - right,
    "mul": lambda left, right: left * right,
    "udiv": z3.UDiv,
    "urem": z3.URem,
    "and": lambda left, right: left & right,
    "or": lambda left, right: left | right,
    "xor": lambda left, right: left ^ right,
    "shl": lambda left, right: left << right,
    "lshr": z3.LShR,
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "ult": z3.ULT,
    "ule": z3.ULE,
}
_COMPARES = ("eq", "ne", "ult", "ule")


def _term(term: Term, bits: int) -> z3.BitVecRef:
    numbers = {"zero": 0, "one": 1, "ones": (1 << bits) - 1}
    return z3.BitVecVal(numbers[term], bits) if term in numbers else z3.BitVec(term, bits)


def _meaning(rule: Rule, bits: int) -> tuple[z3.ExprRef, z3.ExprRef, z3.BoolRef]:
    """Return what the rule replaces, what by, and what may be assumed; compares are u1 numbers."""
    if rule.operator == "select":
        condition, *arms = rule.operands
        yes, no = (_term(arm, bits) for arm in arms)
        old = z3.If(_term(condition, 1) == 1, yes, no)
        assert not isinstance(rule.result, tuple)
        return old, _term(rule.result, bits), z3.BoolVal(True)
    left, right = (_term(operand, bits) for operand in rule.operands)
    old = _OPERATIONS[rule.operator](left, right)
    assume = right != 0 if rule.operator in ("udiv", "urem") else z3.BoolVal(True)
    if rule.operator not in _COMPARES:
        assert not isinstance(rule.result, tuple)
        return old, _term(rule.result, bits), assume
    old = z3.If(old, z3.BitVecVal(1, 1), z3.BitVecVal(0, 1))
    if isinstance(rule.result, tuple):
        operator, *terms = rule.result
        holds = _OPERATIONS[operator](*(_term(term, bits) for term in terms))
        return old, z3.If(holds, z3.BitVecVal(1, 1), z3.BitVecVal(0, 1)), assume
    return old, _term(rule.result, bits if rule.result in ("x", "y") else 1), assume


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_rule_is_proved(rule: Rule) -> None:
    for type_ in (Type.U1,) if rule.only_u1 else Type:
        old, new, assume = _meaning(rule, type_.bits)
        solver = z3.Solver()
        solver.add(assume, old != new)
        assert solver.check() == z3.unsat, f"wrong for u{type_.bits}"


@pytest.mark.parametrize("operator", sorted(COMMUTATIVE))
def test_operator_is_commutative(operator: RuleOperator) -> None:
    left, right = z3.BitVecs("x y", 64)
    operation = _OPERATIONS[operator]
    solver = z3.Solver()
    solver.add(operation(left, right) != operation(right, left))
    assert solver.check() == z3.unsat


def test_wrong_rule_is_caught() -> None:
    """The proof can fail."""
    old, new, assume = _meaning(Rule("sub", ("zero", "x"), "x"), 8)
    solver = z3.Solver()
    solver.add(assume, old != new)
    assert solver.check() == z3.sat

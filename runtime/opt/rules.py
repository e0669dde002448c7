"""Algebraic rewrite rules, as data: an instruction on the left, something cheaper on the right.

`x` and `y` stand for any value, "zero", "one" and "ones" for the constants 0, 1 and all ones of the
operands' type. A rule holds for every width, or for u1 only where it says so. Each is proved by z3 for
every width in a test that iterates over `RULES`, under the instruction's own obligations (`udiv` by zero
does not happen).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from runtime.ir.nodes import BinaryOperator, CompareOperator

Term: TypeAlias = Literal["x", "y", "zero", "one", "ones"]
RuleOperator: TypeAlias = BinaryOperator | CompareOperator | Literal["select"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`operator operands` is `result`; for compares, a result "zero" or "one" is the u1.

    Args:
        operator: of the instruction to replace; `select`'s first operand is its u1 condition.
        operands: what they must be.
        result: one of the terms, or a compare of two of them.
        only_u1: the operands must be u1.
    """

    operator: RuleOperator
    operands: tuple[Term, ...]
    result: Term | tuple[CompareOperator, Term, Term]
    only_u1: bool = False


COMMUTATIVE: frozenset[RuleOperator] = frozenset(("add", "mul", "and", "or", "xor", "eq", "ne"))
"""Operators whose rules are also tried with their two operands exchanged."""

RULES: tuple[Rule, ...] = (
    Rule("add", ("x", "zero"), "x"),
    Rule("sub", ("x", "zero"), "x"),
    Rule("sub", ("x", "x"), "zero"),
    Rule("mul", ("x", "zero"), "zero"),
    Rule("mul", ("x", "one"), "x"),
    Rule("udiv", ("x", "one"), "x"),
    Rule("udiv", ("zero", "x"), "zero"),
    Rule("udiv", ("x", "x"), "one"),
    Rule("urem", ("x", "one"), "zero"),
    Rule("urem", ("zero", "x"), "zero"),
    Rule("urem", ("x", "x"), "zero"),
    Rule("and", ("x", "zero"), "zero"),
    Rule("and", ("x", "ones"), "x"),
    Rule("and", ("x", "x"), "x"),
    Rule("or", ("x", "zero"), "x"),
    Rule("or", ("x", "ones"), "ones"),
    Rule("or", ("x", "x"), "x"),
    Rule("xor", ("x", "zero"), "x"),
    Rule("xor", ("x", "x"), "zero"),
    Rule("shl", ("x", "zero"), "x"),
    Rule("shl", ("zero", "x"), "zero"),
    Rule("lshr", ("x", "zero"), "x"),
    Rule("lshr", ("zero", "x"), "zero"),
    Rule("eq", ("x", "x"), "one"),
    Rule("eq", ("x", "one"), "x", only_u1=True),
    Rule("ne", ("x", "x"), "zero"),
    Rule("ne", ("x", "zero"), "x", only_u1=True),
    Rule("ult", ("x", "x"), "zero"),
    Rule("ult", ("x", "zero"), "zero"),
    Rule("ult", ("ones", "x"), "zero"),
    Rule("ult", ("zero", "x"), ("ne", "x", "zero")),
    Rule("ule", ("x", "x"), "one"),
    Rule("ule", ("zero", "x"), "one"),
    Rule("ule", ("x", "ones"), "one"),
    Rule("ule", ("x", "zero"), ("eq", "x", "zero")),
    Rule("select", ("one", "x", "y"), "x"),
    Rule("select", ("zero", "x", "y"), "y"),
    Rule("select", ("x", "y", "y"), "y"),
    Rule("select", ("x", "one", "zero"), "x", only_u1=True),
)

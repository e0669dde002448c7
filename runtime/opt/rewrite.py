"""Apply the rewrite rules and compute with constants: one instruction at a time.

In: an instruction and what is known about its operands. Out: a constant, a value that is equal to it, another
instruction, or None when nothing is better. Never computes what would be a fault: that stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.ir.nodes import (
    Binary,
    BinaryOperator,
    Compare,
    CompareOperator,
    Convert,
    Select,
    Type,
    Value,
)
from runtime.opt.rules import COMMUTATIVE, RULES, Rule, RuleOperator, Term


@dataclass(frozen=True, slots=True)
class Known:
    """The result is this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Same:
    """The result is this value."""

    value: Value


_BY_OPERATOR: dict[RuleOperator, tuple[Rule, ...]] = {
    rule.operator: tuple(other for other in RULES if other.operator == rule.operator) for rule in RULES
}


def simplify_computation(
    instruction: Binary | Compare | Convert | Select,
    types: Mapping[Value, Type],
    constants: Mapping[Value, int],
) -> Known | Same | Compare | None:
    """Return what `instruction` can be replaced by.

    Args:
        instruction: any computation.
        types: the type of each operand.
        constants: the operands whose number is known.
    """
    match instruction:
        case Convert(type=type_, value=value, wrapping=wrapping):
            if types[value] is type_:
                return Same(value)
            number = constants.get(value)
            fits = number is not None and (wrapping or number <= type_.maximum)
            return Known(number & type_.maximum) if number is not None and fits else None
        case Select(condition=condition, yes=yes, no=no):
            return _apply_rules("select", (condition, yes, no), types[yes], constants)
        case Binary(operator=operator, left=left, right=right, wrapping=wrapping):
            type_ = types[left]
            if left in constants and right in constants:
                number = _compute(operator, constants[left], constants[right], type_, wrapping)
                return None if number is None else Known(number)
            return _apply_rules(operator, (left, right), type_, constants)
        case Compare(operator=operator, left=left, right=right):
            if left in constants and right in constants:
                return Known(int(_decide(operator, constants[left], constants[right])))
            found = _apply_rules(operator, (left, right), types[left], constants)
            return found if not isinstance(found, Compare) else _place(found, instruction)


def _compute(operator: BinaryOperator, left: int, right: int, type_: Type, wrapping: bool) -> int | None:
    """Return the result, or None where the interpreter would say that it is a fault."""
    if operator in ("udiv", "urem") and right == 0:
        return None
    if operator in ("shl", "lshr") and right >= type_.bits:
        return None
    match operator:
        case "add":
            number = left + right
        case "sub":
            number = left - right
        case "mul":
            number = left * right
        case "udiv":
            number = left // right
        case "urem":
            number = left % right
        case "and":
            number = left & right
        case "or":
            number = left | right
        case "xor":
            number = left ^ right
        case "shl":
            number = left << right
        case "lshr":
            number = left >> right
    return number & type_.maximum if wrapping or 0 <= number <= type_.maximum else None


def _decide(operator: CompareOperator, left: int, right: int) -> bool:
    match operator:
        case "eq":
            return left == right
        case "ne":
            return left != right
        case "ult":
            return left < right
        case "ule":
            return left <= right


def _apply_rules(
    operator: RuleOperator, operands: tuple[Value, ...], type_: Type, constants: Mapping[Value, int]
) -> Known | Same | Compare | None:
    """Return the result of the first rule that matches; a `Compare` has no target yet."""
    for rule in _BY_OPERATOR.get(operator, ()):
        if rule.only_u1 and type_ is not Type.U1:
            continue
        orders = (operands, operands[::-1]) if operator in COMMUTATIVE else (operands,)
        for order in orders:
            bound = _match_operands(rule, order, type_, constants)
            if bound is not None:
                return _make_result(rule, bound, type_)
    return None


def _match_operands(
    rule: Rule, operands: tuple[Value, ...], type_: Type, constants: Mapping[Value, int]
) -> dict[Term, Value] | None:
    """Return which value each term stands for, or None."""
    bound: dict[Term, Value] = {}
    for place, (term, operand) in enumerate(zip(rule.operands, operands, strict=True)):
        own_type = Type.U1 if rule.operator == "select" and place == 0 else type_
        if term not in ("x", "y") and constants.get(operand) != _term_number(term, own_type):
            return None
        if bound.setdefault(term, operand) != operand and term in ("x", "y"):
            return None
    return bound


def _make_result(rule: Rule, bound: dict[Term, Value], type_: Type) -> Known | Same | Compare:
    match rule.result:
        case (operator, left, right):
            return Compare(Value(-1), operator, bound[left], bound[right])
        case "x" | "y" as term:
            return Same(bound[term])
        case term:
            return Known(_term_number(term, type_))


def _term_number(term: Term, type_: Type) -> int:
    """Return the number of a constant term; a compare's result "one" is 1 in every type."""
    return {"zero": 0, "one": 1, "ones": type_.maximum}[term]


def _place(found: Compare, instruction: Compare) -> Compare:
    return Compare(instruction.target, found.operator, found.left, found.right, instruction.span)

"""The fast pass over straight-line instructions: each gives its target a form, a range and perhaps a fact.

In: an instruction whose obligations were assumed to hold. Out: `Knowledge` extended with its targets. Sums,
differences and products with a constant become linear forms; everything else becomes a symbol with a range.
"""

from __future__ import annotations

from runtime.check.interval import (
    Range,
    combine_bits,
    divide,
    make_range,
    multiply,
    remainder,
    shift_left,
    shift_right,
)
from runtime.check.knowledge import Knowledge
from runtime.check.linear import Linear, add_forms, constant_form, scale_form, shift_form
from runtime.ir.nodes import Binary, Compare, Convert, Load, Lookup, Value


def transfer_binary(knowledge: Knowledge, instruction: Binary) -> None:
    """Define the target of `instruction`."""
    exact = _exact_form(knowledge, instruction)
    target, top = instruction.target, knowledge.top(instruction.target)
    if exact is not None and (not instruction.wrapping or _fits(knowledge, exact, top)):
        knowledge.define(target, exact)
        return
    key = (
        f"{'wrapping ' * instruction.wrapping}{instruction.operator} u{top.bit_length()}",
        (knowledge.form(instruction.left), knowledge.form(instruction.right)),
    )
    form, new = knowledge.define_operation(target, key, _result_range(knowledge, instruction, top))
    if new and top > 1:
        for fact in _facts(knowledge, instruction, form):
            knowledge.scope.assume(fact)


def _fits(knowledge: Knowledge, form: Linear, top: int) -> bool:
    """Say whether `form` is certainly from 0 to `top`, so that a wrapping operation is exact."""
    scope = knowledge.scope
    return scope.proves(scale_form(form, -1)) and scope.proves(shift_form(form, -top))


def _exact_form(knowledge: Knowledge, instruction: Binary) -> Linear | None:
    """Return the linear form that `instruction` has if it does not wrap."""
    left, right = knowledge.form(instruction.left), knowledge.form(instruction.right)
    match instruction.operator:
        case "add":
            return add_forms(left, right)
        case "sub":
            return add_forms(left, right, -1)
        case "mul" if not right.terms:
            return scale_form(left, right.constant)
        case "mul" if not left.terms:
            return scale_form(right, left.constant)
        case "shl" if not right.terms and right.constant < 64:
            return scale_form(left, 1 << right.constant)
        case "and" | "or" | "xor":
            return _exact_bits(knowledge, instruction)
        case "udiv" if right == constant_form(1):
            return left
        case "lshr" if right == constant_form(0):
            return left
        case _:
            return None


def _exact_bits(knowledge: Knowledge, instruction: Binary) -> Linear | None:
    """Return the form of a mask that removes nothing, or of an `or` that carries nothing."""
    left, right = knowledge.range_of(instruction.left), knowledge.range_of(instruction.right)
    if instruction.operator == "and":
        if not left.may & ~right.must:
            return knowledge.form(instruction.left)
        return knowledge.form(instruction.right) if not right.may & ~left.must else None
    if left.may & right.may or knowledge.is_boolean(instruction.target):
        return None
    return add_forms(knowledge.form(instruction.left), knowledge.form(instruction.right))


def _result_range(knowledge: Knowledge, instruction: Binary, top: int) -> Range | None:
    """Return the range of a result without a linear form; None: anything of its type."""
    left, right = knowledge.range_of(instruction.left), knowledge.range_of(instruction.right)
    match instruction.operator:
        case "and" | "or" | "xor":
            return combine_bits(instruction.operator, left, right)
        case "udiv":
            return divide(left, right)
        case "urem":
            return remainder(left, right)
        case "lshr":
            return shift_right(left, right)
        case "mul" if not instruction.wrapping or left.high * right.high <= top:
            return multiply(left, right, top)
        case "shl" if not instruction.wrapping or left.high << min(right.high, 64) <= top:
            return shift_left(left, right, top)
        case "shl" if right.low == right.high < 64:
            return make_range(0, top, left.may << right.low & top, left.must << right.low & top)
        case "add" | "sub" | "mul" | "shl":
            return None


def _facts(knowledge: Knowledge, instruction: Binary, form: Linear) -> list[Linear]:
    """Return what is at most 0 because of how `form`, the result, was computed."""
    left, right = knowledge.form(instruction.left), knowledge.form(instruction.right)
    match instruction.operator:
        case "and":
            return [add_forms(form, each, -1) for each in (left, right) if each.terms]
        case "or" | "xor":
            return [add_forms(add_forms(form, left, -1), right, -1)]
        case "urem":
            return [add_forms(form, left, -1), shift_form(add_forms(form, right, -1), 1)]
        case "udiv" if not right.terms and right.constant:
            return _quotient_facts(form, left, right.constant)
        case "lshr" if not right.terms and right.constant < 64:
            return _quotient_facts(form, left, 1 << right.constant)
        case "udiv" | "lshr":
            return [add_forms(form, left, -1)]
        case "add" | "sub" | "mul" | "shl":
            return []


def _quotient_facts(quotient: Linear, dividend: Linear, divisor: int) -> list[Linear]:
    """Return `divisor * quotient <= dividend < divisor * quotient + divisor`, as forms that are at most 0."""
    difference = add_forms(scale_form(quotient, divisor), dividend, -1)
    return [difference, shift_form(scale_form(difference, -1), 1 - divisor)]


def transfer_compare(knowledge: Knowledge, instruction: Compare) -> None:
    """Define the target of `instruction`, as a constant where the ranges of the operands decide."""
    difference = add_forms(knowledge.form(instruction.left), knowledge.form(instruction.right), -1)
    low, high = knowledge.scope.bounds(difference)
    answer: bool | None = None
    match instruction.operator:
        case "eq" | "ne":
            if low > 0 or high < 0:
                answer = instruction.operator == "ne"
            elif low == high == 0:
                answer = instruction.operator == "eq"
        case "ult" | "ule":
            limit = 0 if instruction.operator == "ule" else -1
            if high <= limit or low > limit:
                answer = high <= limit
    if answer is None:
        knowledge.define_symbol(instruction.target)
    else:
        knowledge.define(instruction.target, constant_form(int(answer)))


def transfer_convert(knowledge: Knowledge, instruction: Convert) -> None:
    """Define the target of `instruction`."""
    value, target = instruction.value, instruction.target
    top = knowledge.top(target)
    if (
        not instruction.wrapping
        or top >= knowledge.top(value)
        or _fits(knowledge, knowledge.form(value), top)
    ):
        knowledge.define(target, knowledge.form(value))
        return
    before = knowledge.range_of(value)
    known = make_range(0, top, before.may & top, before.must & top)
    key = (f"convert u{top.bit_length()}", (knowledge.form(value),))
    form, new = knowledge.define_operation(target, key, known)
    if new:
        knowledge.scope.assume(add_forms(form, knowledge.form(value), -1))


def transfer_load(knowledge: Knowledge, instruction: Load) -> None:
    """Define the target of `instruction`; loads of equal places that nobody writes are equal."""
    if instruction.region in knowledge.stored:
        knowledge.define_symbol(instruction.target)
        return
    key = f"load u{instruction.type.bits}{instruction.order} {instruction.region}"
    knowledge.define_operation(instruction.target, (key, (knowledge.form(instruction.offset),)), None)


def transfer_lookup(knowledge: Knowledge, instruction: Lookup) -> None:
    """Define the target of `instruction` as any answer of the table; equal keys give equal answers.

    Not so those of an open table, which may change between two lookups.
    """
    if instruction.table not in knowledge.tables:
        knowledge.define_symbol(instruction.target)
        return
    key = (f"lookup {instruction.table}", tuple(map(knowledge.form, instruction.keys)))
    knowledge.define_operation(instruction.target, key, knowledge.tables[instruction.table])


def transfer_any(knowledge: Knowledge, targets: tuple[Value, ...]) -> None:
    """Define `targets` as numbers of which nothing is known."""
    for target in targets:
        knowledge.define_symbol(target)

"""The door to z3: terms for the IR's operations, and one question at a time.

In: numbers, terms, assertions. Out: terms, and whether the assertions can hold together. This is the only
file of the checker that imports z3; it is imported only when the fast pass has left something to prove.

A u1 is a Boolean term, every other type a bit-vector; a region's bytes are an array from 64-bit offsets. A
question is a count of z3's resource units, never a time, so that every machine gets the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import z3

from runtime import limits
from runtime.ir.nodes import BinaryOperator, CompareOperator, Entry, Order, Type

Term: TypeAlias = z3.ExprRef
"""A z3 term; never to be compared with `==` outside this file."""

TRUE: Term = z3.BoolVal(True)
FALSE: Term = z3.BoolVal(False)
"""What is plainly true or false is always one of these two objects, so that `is` finds it."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What z3 said.

    Args:
        status: `impossible` is a proof that the assertions cannot hold together.
        effort: resource units spent.
        model: for `possible`, to be read with `read_number`.
    """

    status: Literal["impossible", "possible", "unknown"]
    effort: int
    model: z3.ModelRef | None


def ask(assertions: Sequence[Term], rlimit: int) -> Answer:
    """Ask whether `assertions` can hold together, spending at most `rlimit` resource units.

    The question is copied to a context of its own. On a shared context the effort, and so at its limit the
    answer, depends on what was asked before in this process: the same small question was seen to take 15,000
    units, and 60,000 the second time.
    """
    context = z3.Context()
    solver = z3.SolverFor("QF_AUFBV", ctx=context)
    solver.set("random_seed", limits.Z3_SEED)
    solver.set("rlimit", rlimit)
    solver.add(z3.And(*assertions).translate(context))
    result = solver.check()
    statistics = solver.statistics()
    counted = "rlimit count" in list(statistics.keys())
    effort = int(statistics.get_key_value("rlimit count")) if counted else 0
    if result == z3.sat:
        return Answer("possible", effort, solver.model().translate(z3.main_ctx()))
    return Answer("impossible" if result == z3.unsat else "unknown", effort, None)


def read_number(model: z3.ModelRef, term: Term) -> int:
    """Return the number of `term` in `model`, which chooses one where any would do."""
    value = model.eval(term, model_completion=True)
    if z3.is_bool(value):
        return int(z3.is_true(value))
    return int(value.as_long())


def number_term(number: int, type_: Type) -> Term:
    """Return the term of a number."""
    if type_ is Type.U1:
        return TRUE if number else FALSE
    return z3.BitVecVal(number, type_.bits)


def unknown_term(name: str, type_: Type) -> Term:
    """Return a term that can be any number of `type_`; equal names are equal terms."""
    return z3.Bool(name) if type_ is Type.U1 else z3.BitVec(name, type_.bits)


def bytes_term(name: str) -> Term:
    """Return a term for the bytes of a region, of which nothing is known."""
    return z3.Array(name, z3.BitVecSort(64), z3.BitVecSort(8))


def conjunction(*terms: Term) -> Term:
    """Return `and` of the terms."""
    kept = [term for term in terms if term is not TRUE]
    if any(term is FALSE for term in kept):
        return FALSE
    return z3.And(*kept) if len(kept) > 1 else kept[0] if kept else TRUE


def disjunction(*terms: Term) -> Term:
    """Return `or` of the terms."""
    kept = [term for term in terms if term is not FALSE]
    if any(term is TRUE for term in kept):
        return TRUE
    return z3.Or(*kept) if len(kept) > 1 else kept[0] if kept else FALSE


def negation(term: Term) -> Term:
    """Return the opposite of a Boolean term."""
    if term is TRUE or term is FALSE:
        return FALSE if term is TRUE else TRUE
    return z3.Not(term)


def choice(condition: Term, yes: Term, no: Term) -> Term:
    """Return `yes` where `condition` holds, else `no`."""
    if condition is TRUE or yes is no:
        return yes
    return no if condition is FALSE else z3.If(condition, yes, no)


def binary_term(operator: BinaryOperator, left: Term, right: Term) -> Term:
    """Return `left operator right`, wrapped to its type."""
    if z3.is_bool(left):
        return _boolean_term(operator, left, right)
    match operator:
        case "add":
            return left + right
        case "sub":
            return left - right
        case "mul":
            return left * right
        case "udiv":
            return z3.UDiv(left, right)
        case "urem":
            return z3.URem(left, right)
        case "and":
            return left & right
        case "or":
            return left | right
        case "xor":
            return left ^ right
        case "shl":
            return left << right
        case "lshr":
            return z3.LShR(left, right)


def _boolean_term(operator: BinaryOperator, left: Term, right: Term) -> Term:
    match operator:
        case "and":
            return conjunction(left, right)
        case "or":
            return disjunction(left, right)
        case _:
            return z3.Xor(left, right)


def compare_term(operator: CompareOperator, left: Term, right: Term) -> Term:
    """Return the Boolean term of a comparison."""
    if z3.is_bool(left):
        return _compare_booleans(operator, left, right)
    if z3.is_bv_value(left) and z3.is_bv_value(right):
        return _compare_numbers(operator, left.as_long(), right.as_long())
    match operator:
        case "eq":
            return left == right
        case "ne":
            return left != right
        case "ult":
            return z3.ULT(left, right)
        case "ule":
            return z3.ULE(left, right)


def _compare_booleans(operator: CompareOperator, left: Term, right: Term) -> Term:
    match operator:
        case "eq":
            return left == right
        case "ne":
            return left != right
        case "ult":
            return conjunction(negation(left), right)
        case "ule":
            return disjunction(negation(left), right)


def _compare_numbers(operator: CompareOperator, left: int, right: int) -> Term:
    answers = {"eq": left == right, "ne": left != right, "ult": left < right, "ule": left <= right}
    return TRUE if answers[operator] else FALSE


def convert_term(term: Term, type_: Type) -> Term:
    """Return `term` with zeros added or high bits dropped."""
    if z3.is_bool(term):
        return term if type_ is Type.U1 else z3.If(term, number_term(1, type_), number_term(0, type_))
    if type_ is Type.U1:
        return z3.Extract(0, 0, term) == 1
    bits = term.size()
    if type_.bits > bits:
        return z3.ZeroExt(type_.bits - bits, term)
    return z3.Extract(type_.bits - 1, 0, term) if type_.bits < bits else term


def add_fits(left: Term, right: Term) -> Term:
    """Return that `left + right` does not wrap."""
    return z3.BVAddNoOverflow(left, right, False)


def multiply_fits(left: Term, right: Term) -> Term:
    """Return that `left * right` does not wrap."""
    return z3.BVMulNoOverflow(left, right, False)


def shift_fits(left: Term, right: Term) -> Term:
    """Return that `left << right` loses no bit."""
    return z3.LShR(left << right, right) == left


def load_term(memory: Term, offset: Term, type_: Type, order: Order) -> Term:
    """Return the number at `offset`."""
    parts = [z3.Select(memory, offset + number) for number in range(type_.bytes)]
    if order == "le":
        parts.reverse()
    return z3.Concat(*parts) if len(parts) > 1 else parts[0]


def store_term(memory: Term, offset: Term, value: Term, order: Order) -> Term:
    """Return `memory` with the number at `offset` replaced."""
    count = value.size() // 8
    for number in range(count):
        low = 8 * (number if order == "le" else count - 1 - number)
        memory = z3.Store(memory, offset + number, z3.Extract(low + 7, low, value))
    return memory


def zero_bytes() -> Term:
    """Return the bytes of a region in which every byte is 0."""
    return z3.K(z3.BitVecSort(64), z3.BitVecVal(0, 8))


def simplify(term: Term) -> Term:
    """Return an equal term with constants folded; what is plainly true or false is `TRUE` or `FALSE`."""
    simpler = z3.simplify(term)
    if z3.is_true(simpler) or z3.is_false(simpler):
        return TRUE if z3.is_true(simpler) else FALSE
    return simpler


def constant_number(term: Term) -> int | None:
    """Return the number that a simplified `term` is; None: it depends on something."""
    return int(term.as_long()) if z3.is_bv_value(term) else None


def offset_term(offset: Term, distance: int) -> Term:
    """Return the place `distance` bytes behind `offset`."""
    return offset + distance if distance else offset


def split_number(value: Term, order: Order) -> list[Term]:
    """Return the bytes of a number as a store leaves them, the first byte first."""
    count = value.size() // 8
    bytes_ = [z3.Extract(8 * number + 7, 8 * number, value) for number in range(count)]
    return bytes_ if order == "le" else bytes_[::-1]


def join_bytes(parts: Sequence[Term], order: Order) -> Term:
    """Return the number whose bytes, the first byte first, are `parts`."""
    highest_first = list(parts) if order == "be" else list(parts)[::-1]
    return z3.Concat(*highest_first) if len(highest_first) > 1 else highest_first[0]


def overlap(first: Term, first_width: int, second: Term, second_width: int) -> Term:
    """Return that two places of constant widths have a byte in common."""
    return disjunction(
        z3.ULT(first - second, number_term(second_width, Type.U64)),
        z3.ULT(second - first, number_term(first_width, Type.U64)),
    )


def count_term(conditions: Sequence[Term], most: int) -> Term:
    """Return how many of the `conditions` hold; equal `most`, at least their number, gives equal types."""
    assert len(conditions) <= most, "the count would not fit"
    bits = most.bit_length()
    total: Term = z3.BitVecVal(0, bits)
    for condition in conditions:
        total = total + z3.If(condition, z3.BitVecVal(1, bits), z3.BitVecVal(0, bits))
    return total


def lookup_term(entries: Sequence[Entry], default: int, value: Type, keys: Sequence[Term]) -> Term:
    """Return the answer of a table: the first of `entries` that has the keys decides."""
    answer = number_term(default, value)
    for entry in reversed(entries):
        inside = [
            _between(key, low, high) for key, low, high in zip(keys, entry.low, entry.high, strict=True)
        ]
        answer = choice(conjunction(*inside), number_term(entry.value, value), answer)
    return answer


def _between(key: Term, low: int, high: int) -> Term:
    if z3.is_bool(key):
        return TRUE if low < high else key if low else negation(key)
    return key == low if low == high else z3.And(z3.UGE(key, low), z3.ULE(key, high))


def opaque_lookup(name: str, value: Type, keys: Sequence[Term]) -> Term:
    """Return an answer of which only this is known: equal keys give equal answers."""
    sort = z3.BoolSort() if value is Type.U1 else z3.BitVecSort(value.bits)
    return z3.Function(f"table {name}", *(key.sort() for key in keys), sort)(*keys)


_WIDE = 160  # bits: room for sums of products of 64-bit numbers and coefficients, with a sign


def at_most_zero(terms: Sequence[tuple[Term, int]], constant: int) -> Term:
    """Return that the sum of term * coefficient and `constant`, over the integers, is at most 0.

    Args:
        terms: numbers and their coefficients, each below 2**64 in size.
        constant: below 2**128 in size.
    """
    total = z3.BitVecVal(constant, _WIDE)
    for term, coefficient in terms:
        wide = convert_term(term, Type.U64) if z3.is_bool(term) else term
        total = total + z3.ZeroExt(_WIDE - wide.size(), wide) * z3.BitVecVal(coefficient, _WIDE)
    return total <= 0


def sum_at_most(terms: Sequence[Term], limit: int) -> Term:
    """Return that every 64-bit term, and their sum, is at most `limit`, far below 2**64."""
    if not terms:
        return TRUE
    each = [z3.ULE(term, limit) for term in terms]
    return conjunction(*each, z3.ULE(z3.Sum(list(terms)), limit))


def collect_bytes(
    model: z3.ModelRef, memory: Term, accesses: Sequence[tuple[Term, int]], length: int
) -> Mapping[int, int]:
    """Return the bytes below `length` that a model gives to the accessed places of a region.

    Args:
        model: from `ask`.
        memory: the region's bytes at the start.
        accesses: offsets and widths of the loads.
        length: of the region, in bytes.
    """
    found: dict[int, int] = {}
    for offset, width in accesses:
        start = offset.as_long() if z3.is_bv_value(offset) else read_number(model, offset)
        for place in range(start, min(start + width, length)):
            if place not in found:
                found[place] = read_number(model, z3.Select(memory, z3.BitVecVal(place, 64)))
    return found

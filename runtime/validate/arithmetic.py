"""What operations on register forms give: a new form where the result is linear, else a symbol.

In: operands that are numbers of `width` bits (forms equal to them, as integers: see `truncate`). Out: the
same for the result. Each function adds to `facts` only what follows from its operands.
"""

from __future__ import annotations

from runtime.validate.facts import Facts
from runtime.validate.linear import (
    ZERO,
    Linear,
    add_forms,
    number_form,
    scale_form,
    shift_form,
    subtract_forms,
    symbol_form,
    wrap_form,
)
from runtime.validate.symbols import Operation


def truncate(facts: Facts, form: Linear, width: int) -> Linear:
    """Return an integer form from 0 to 2**width - 1, equal to `form` modulo 2**width."""
    top = (1 << width) - 1
    reduced = _undo_truncations(facts, wrap_form(form, width), width)
    for candidate in (form, reduced):
        low, high = facts.bounds(candidate)
        if low >= 0 and high <= top:
            return candidate
    if not reduced.terms:
        return number_form(reduced.constant & top)
    if facts.proves(reduced) and facts.proves(shift_form(scale_form(reduced, -1), top)):
        return reduced
    found = _apply(facts, "trunc", width, (reduced,), top)
    if facts.bounds(reduced)[0] >= 0:
        facts.assume(subtract_forms(reduced, found))
    return found


def _undo_truncations(facts: Facts, form: Linear, width: int) -> Linear:
    """Replace what was truncated to `width` or more bits by what it was truncated from: equal in these bits.

    `x - low byte of x + y`, which is what writing y to the low byte of x gives, becomes `y`.
    """
    for symbol, coefficient in form.terms:
        match facts.symbols.definitions[symbol]:
            case Operation(name="trunc", width=cut, operands=(operand,)) if (
                cut >= width and len(form.terms) > 1
            ):
                exchange = subtract_forms(operand, symbol_form(symbol))
                shorter = wrap_form(add_forms(form, exchange, coefficient), width)
                form = shorter if len(shorter.terms) < len(form.terms) else form
            case _:
                pass
    return form


def possible_bits(facts: Facts, form: Linear) -> int:
    """Return a mask of the bits that the integer `form`, which is not negative, may have set."""
    high = max(facts.bounds(form)[1], 0)
    mask = 0
    for number, coefficient in ((1, form.constant), *((each, k) for each, k in _highs(facts, form))):
        part = _spread(number, coefficient)
        if part is None or part & mask:
            return (1 << high.bit_length()) - 1
        mask |= part
    return mask & ((1 << high.bit_length()) - 1)


def _highs(facts: Facts, form: Linear) -> list[tuple[int, int]]:
    """Return the bits that each symbol may have set, and its coefficient."""
    masks: list[tuple[int, int]] = []
    for symbol, coefficient in form.terms:
        mask = (1 << facts.range_of(symbol)[1].bit_length()) - 1
        match facts.symbols.definitions[symbol]:
            case Operation(name="and", operands=(Linear(terms=(), constant=constant), _)):
                mask &= constant
            case _:
                pass
        masks.append((mask, coefficient))
    return masks


def _spread(mask: int, coefficient: int) -> int | None:
    """Return the bits that `coefficient` times a number within `mask` may have; None: it is not known."""
    if mask == 1:
        return coefficient if coefficient >= 0 else None
    return mask * coefficient if coefficient > 0 and not coefficient & (coefficient - 1) else None


def bit_and(facts: Facts, left: Linear, right: Linear, width: int) -> Linear:
    """Return the bits set in both."""
    if left == right:
        return left
    if left.terms and not right.terms:
        left, right = right, left
    if not left.terms and not right.terms:
        return number_form(left.constant & right.constant)
    if left.terms:
        found = _apply(facts, "and", width, (left, right), (1 << width) - 1)
        facts.assume(subtract_forms(left, found))
        facts.assume(subtract_forms(right, found))
        return found
    mask, possible = left.constant, possible_bits(facts, right)
    if not possible & ~mask:
        return right
    if not possible & mask:
        return ZERO
    if not mask & (mask + 1):
        found = truncate(facts, right, mask.bit_length())
    else:
        found = _apply(facts, "and", width, (left, right), mask)
    facts.assume(subtract_forms(right, found))
    facts.assume(shift_form(subtract_forms(found, right), possible & ~mask))
    facts.assume(shift_form(scale_form(found, -1), possible & mask))
    return found


def bit_or(facts: Facts, left: Linear, right: Linear, width: int) -> Linear:
    """Return the bits set in either."""
    return _merge_bits(facts, "or", left, right, width)


def bit_xor(facts: Facts, left: Linear, right: Linear, width: int) -> Linear:
    """Return the bits set in one of the two."""
    top = (1 << width) - 1
    if left == right:
        return ZERO
    for one, other in ((left, right), (right, left)):
        if one == number_form(top):
            return subtract_forms(one, other)
    return _merge_bits(facts, "xor", left, right, width)


def _merge_bits(facts: Facts, name: str, left: Linear, right: Linear, width: int) -> Linear:
    if left == right:
        return left
    first, second = possible_bits(facts, left), possible_bits(facts, right)
    if not first & second:
        return add_forms(left, right)
    found = _apply(facts, name, width, (left, right), (1 << width) - 1)
    facts.assume(shift_form(scale_form(found, -1), first | second))
    if name == "or":
        facts.assume(subtract_forms(found, left))
        facts.assume(subtract_forms(found, right))
    return found


def shift_left(facts: Facts, left: Linear, count: Linear, width: int) -> Linear:
    """Return `left << count`; the count is already below `width`."""
    if not count.terms:
        return truncate(facts, wrap_form(scale_form(left, 1 << count.constant)), width)
    found = _apply(facts, "shl", width, (left, count), (1 << width) - 1)
    high = facts.bounds(left)[1] << facts.bounds(count)[1]
    facts.assume(shift_form(scale_form(found, -1), high))
    return found


def shift_right(facts: Facts, left: Linear, count: Linear, width: int) -> Linear:
    """Return `left >> count`, filling with zeros; the count is already below `width`."""
    if count.terms:
        found = _apply(facts, "shr", width, (left, count), (1 << width) - 1)
        facts.assume(subtract_forms(left, found))
        return found
    factor = 1 << count.constant
    exact = _divide_exactly(left, factor)
    if exact is not None:
        return exact
    found = _apply(facts, "shr", width, (left, count), ((1 << width) - 1) >> count.constant)
    _assume_quotient(facts, left, found, factor)
    return found


def divide(facts: Facts, left: Linear, right: Linear, width: int) -> tuple[Linear, Linear]:
    """Return quotient and remainder; `right` is proved not to be 0."""
    quotient = _apply(facts, "div", width, (left, right), (1 << width) - 1)
    remainder = _apply(facts, "rem", width, (left, right), (1 << width) - 1)
    if not right.terms:
        _assume_quotient(facts, left, quotient, right.constant)
    facts.assume(subtract_forms(left, quotient))
    facts.assume(subtract_forms(left, remainder))
    facts.assume(shift_form(subtract_forms(right, remainder), -1))
    return quotient, remainder


def multiply(facts: Facts, left: Linear, right: Linear, width: int) -> Linear:
    """Return the lower half of the product."""
    for one, other in ((left, right), (right, left)):
        if not one.terms:
            return truncate(facts, wrap_form(scale_form(other, one.constant)), width)
    found = _apply(facts, "mul", width, (left, right), (1 << width) - 1)
    high = facts.bounds(left)[1] * facts.bounds(right)[1]
    if high < 1 << width:
        facts.assume(shift_form(scale_form(found, -1), high))
    return found


def multiply_high(facts: Facts, left: Linear, right: Linear, width: int) -> Linear:
    """Return the upper half of a product; unsigned."""
    most = facts.bounds(left)[1] * facts.bounds(right)[1] >> width
    if most == 0:
        return ZERO
    found = _apply(facts, "high", width, (left, right), (1 << width) - 1)
    facts.assume(shift_form(scale_form(found, -1), most))
    return found


def extend_sign(facts: Facts, form: Linear, width: int) -> Linear:
    """Return the number of `width` bits, sign-extended to 64 bits."""
    if facts.bounds(form)[1] < 1 << (width - 1):
        return form
    return _apply(facts, "sext", width, (form,), (1 << 64) - 1)


def apply_opaque(facts: Facts, name: str, width: int, *operands: Linear) -> Linear:
    """Return the result of an operation of which nothing more is said than its width."""
    return _apply(facts, name, width, operands, (1 << width) - 1)


def _apply(facts: Facts, name: str, width: int, operands: tuple[Linear, ...], high: int) -> Linear:
    return symbol_form(facts.symbols.find(Operation(name, width, operands), high))


def _assume_quotient(facts: Facts, left: Linear, quotient: Linear, divisor: int) -> None:
    rest = add_forms(left, quotient, -divisor)
    facts.assume(rest)
    facts.assume(shift_form(scale_form(rest, -1), divisor - 1))


def _divide_exactly(form: Linear, factor: int) -> Linear | None:
    if form.constant % factor or any(coefficient % factor for _, coefficient in form.terms):
        return None
    terms = tuple((symbol, coefficient // factor) for symbol, coefficient in form.terms)
    return Linear(terms, form.constant // factor)

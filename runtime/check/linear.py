"""Linear forms: how the fast pass writes down a number as a sum of multiples of symbols and a constant.

In: symbols (a value that is not a sum itself, or the length of a region). Out: forms that can be added,
compared and bounded. They are over the integers: `length - p - 16` may be negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

Symbol = NewType("Symbol", int)
"""A value's number, or -1 - i for the length of the i-th region."""

MAX_TERMS = 6


@dataclass(frozen=True, slots=True)
class Linear:
    """The sum of coefficient * symbol over `terms`, and `constant`.

    Args:
        terms: by symbol, ascending; no coefficient is 0.
        constant: any integer.
    """

    terms: tuple[tuple[Symbol, int], ...]
    constant: int


ZERO = Linear((), 0)


def constant_form(number: int) -> Linear:
    """Return the form of a number."""
    return Linear((), number)


def symbol_form(symbol: Symbol) -> Linear:
    """Return the form of a symbol alone."""
    return Linear(((symbol, 1),), 0)


def add_forms(left: Linear, right: Linear, scale: int = 1) -> Linear:
    """Return `left + scale * right`."""
    constant = left.constant + scale * right.constant
    if not right.terms:
        return Linear(left.terms, constant)
    sums = dict(left.terms)
    for symbol, coefficient in right.terms:
        sums[symbol] = sums.get(symbol, 0) + scale * coefficient
    return Linear(tuple(sorted((symbol, each) for symbol, each in sums.items() if each)), constant)


def shift_form(form: Linear, number: int) -> Linear:
    """Return `form + number`."""
    return Linear(form.terms, form.constant + number)


def scale_form(form: Linear, factor: int) -> Linear:
    """Return `factor * form`."""
    if factor == 0:
        return ZERO
    return Linear(
        tuple((symbol, coefficient * factor) for symbol, coefficient in form.terms), form.constant * factor
    )


def lone_symbol(form: Linear) -> Symbol | None:
    """Return the symbol that `form` consists of, if it does."""
    if len(form.terms) == 1 and form.constant == 0 and form.terms[0][1] == 1:
        return form.terms[0][0]
    return None

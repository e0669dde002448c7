"""Sums of multiples of symbols: how the validator writes down what a register holds.

Two readings. A *register form* is a number modulo 2**64; `wrap_form` keeps its coefficients small. A *fact*
is about integers, which do not wrap. A register form may be used as an integer only where its value is
proved to be from 0 to 2**64 - 1, or where any integer that is equal modulo 2**64 serves (offsets from a
pointer).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

Symbol = NewType("Symbol", int)
"""An index into `symbols.Symbols`."""

Terms = tuple[tuple[Symbol, int], ...]


@dataclass(frozen=True, slots=True)
class Linear:
    """The sum of coefficient * symbol over `terms`, and `constant`.

    Args:
        terms: by symbol, ascending; no coefficient is 0.
        constant: any integer.
    """

    terms: Terms
    constant: int


ZERO = Linear((), 0)


def number_form(number: int) -> Linear:
    """Return the form of a number."""
    return Linear((), number)


def symbol_form(symbol: Symbol) -> Linear:
    """Return the form of a symbol alone."""
    return Linear(((symbol, 1),), 0)


def add_forms(left: Linear, right: Linear, factor: int = 1) -> Linear:
    """Return `left + factor * right` over the integers."""
    constant = left.constant + factor * right.constant
    if not right.terms or not factor:
        return Linear(left.terms, constant)
    sums = dict(left.terms)
    for symbol, coefficient in right.terms:
        sums[symbol] = sums.get(symbol, 0) + factor * coefficient
    return Linear(tuple(sorted((symbol, each) for symbol, each in sums.items() if each)), constant)


def subtract_forms(left: Linear, right: Linear) -> Linear:
    """Return `left - right` over the integers."""
    return add_forms(left, right, -1)


def scale_form(form: Linear, factor: int) -> Linear:
    """Return `factor * form` over the integers."""
    return add_forms(ZERO, form, factor)


def shift_form(form: Linear, number: int) -> Linear:
    """Return `form + number` over the integers."""
    return Linear(form.terms, form.constant + number)


def wrap_form(form: Linear, width: int = 64) -> Linear:
    """Return a form that is equal modulo 2**width, with coefficients from -2**(width-1) on."""
    terms = tuple((symbol, _wrap(coefficient, width)) for symbol, coefficient in form.terms)
    return Linear(tuple(term for term in terms if term[1]), _wrap(form.constant, width))


def lone_symbol(form: Linear) -> Symbol | None:
    """Return the symbol that `form` consists of, if it does."""
    if len(form.terms) == 1 and form.constant == 0 and form.terms[0][1] == 1:
        return form.terms[0][0]
    return None


def _wrap(number: int, width: int) -> int:
    half = 1 << (width - 1)
    return ((number + half) & ((1 << width) - 1)) - half

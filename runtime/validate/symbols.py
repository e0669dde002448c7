"""Symbols: the unknown numbers that registers are computed from, each with what is always true of it.

A symbol is an input, a loaded number, the value at a join, or the result of an operation on register forms.
Equal operations on equal forms give the same symbol. What a symbol's range depends on where we are in the
code is kept in `facts`; here is only what holds on every path and in every iteration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from runtime.validate.linear import Linear, Symbol


@dataclass(frozen=True, slots=True)
class Flags:
    """What the flags say, as the operation that set them.

    Args:
        kind: sub - of `left - right`; add - of `left + right`; logic - of `result`, carry and overflow 0;
            result - of `result`, carry and overflow unknown; other - no more than that they are set.
        defined: letters of the flags that have been written.
        place: tells apart flags that their operands do not determine: address of the instruction, or of the
            join (-2 - block).
    """

    kind: Literal["sub", "add", "logic", "result", "other"]
    width: int
    left: Linear
    right: Linear
    result: Linear
    defined: str
    place: int = -1


@dataclass(frozen=True, slots=True)
class Input:
    """A number from outside: an argument, a load, an unknown result, or a value at a join.

    Args:
        kind: pointer - to memory; saved - a register's value at the entry, unusable; number - any other.
        name: tells inputs apart, and names them in diagnostics.
    """

    kind: Literal["pointer", "saved", "number"]
    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """`name` applied to forms of `width` bits, each being a number from 0 to 2**width - 1 after wrapping.

    and, or, xor, shl, shr, sar, rol, ror, bswap, mul, high (upper half of a product), div, rem, sext (from
    `width` to 64), trunc (to `width`).
    """

    name: str
    width: int
    operands: tuple[Linear, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """`yes` where `condition` holds on `flags`, else `no`: numbers of `width` bits."""

    condition: str
    flags: Flags
    yes: Linear
    no: Linear
    width: int


Definition: TypeAlias = Input | Operation | Choice


class Symbols:
    """The symbols of one function.

    Attributes:
        definitions: by symbol.
        highs: the largest value that each can ever have; the smallest is 0.
    """

    def __init__(self) -> None:
        self.definitions: list[Definition] = []
        self.highs: list[int] = []
        self._known: dict[Definition, Symbol] = {}

    def find(self, definition: Definition, high: int) -> Symbol:
        """Return the symbol with this definition; `high` must follow from the definition alone."""
        known = self._known.get(definition)
        if known is not None:
            return known
        symbol = Symbol(len(self.definitions))
        self.definitions.append(definition)
        self.highs.append(high)
        self._known[definition] = symbol
        return symbol

    def is_saved(self, form: Linear) -> bool:
        """Say whether `form` depends on what a register held at the entry."""
        return any(self.is_input(symbol, "saved") for symbol, _ in form.terms)

    def is_input(self, symbol: Symbol, kind: str) -> bool:
        """Say whether `symbol` is an input of this kind."""
        definition = self.definitions[symbol]
        return isinstance(definition, Input) and definition.kind == kind

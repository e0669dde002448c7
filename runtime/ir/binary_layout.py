"""The numbers of the binary form: what each byte stands for. `runtime.ir.binary` draws the layout.

In: nothing. Out: tables that the writer and the reader share; a position in them is the number in the file,
so entries may be appended but never moved.
"""

from __future__ import annotations

from enum import IntEnum, auto
from typing import get_args

from runtime.ir.nodes import BinaryOperator, CompareOperator, Order, Rights, TableKind, Type

CONSTANT_LENGTH = 4
"""Added to a region's rights when its length is constant."""

OPEN_TABLE = 16
"""Added to a table's kind when it is open."""

RIGHTS: tuple[Rights, ...] = get_args(Rights)
KINDS: tuple[TableKind, ...] = get_args(TableKind)
ORDERS: tuple[Order, ...] = get_args(Order)
TYPES: tuple[Type, ...] = tuple(Type)
BINARY_OPERATORS: tuple[BinaryOperator, ...] = get_args(BinaryOperator)
COMPARE_OPERATORS: tuple[CompareOperator, ...] = get_args(CompareOperator)


class Opcode(IntEnum):
    """The first byte of an instruction."""

    CONSTANT = 0
    BINARY = auto()
    WRAPPING_BINARY = auto()
    COMPARE = auto()
    CONVERT = auto()
    WRAPPING_CONVERT = auto()
    SELECT = auto()
    LENGTH = auto()
    LOAD = auto()
    STORE = auto()
    LOOKUP = auto()
    CALL = auto()
    EMIT = auto()
    IF = auto()
    FOR = auto()
    YIELD = auto()
    NEXT = auto()
    NEXT_IF = auto()
    RETURN = auto()

"""The numbers of the download form of filters; `vm.net.form` draws it."""

from __future__ import annotations

from enum import IntEnum

from dpfc.formula import Comparison, Operator


class Tag(IntEnum):
    """The first byte of a node."""

    START = 0
    HERE = 1
    CAPTURED = 2
    NUMBER = 3
    SHIFT = 4
    FIELD = 5
    CHAIN = 6
    CHAIN_END = 7
    CHAIN_KEY = 8
    ARITHMETIC = 9
    COMPARING = 10
    TEST = 11
    AND = 12
    OR = 13
    NOT = 14


OPERATORS: tuple[Operator, ...] = ("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>")
COMPARISONS: tuple[Comparison, ...] = ("==", "!=", "<", "<=")

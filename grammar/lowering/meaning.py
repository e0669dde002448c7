"""What a name may stand for while a function is being made, besides fields and constants.

In: nothing. Out: the types that frames keep by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grammar.fields.fieldtype import Struct
from grammar.fields.syntax import Expression
from grammar.lowering.operand import Operand


@dataclass(frozen=True, slots=True)
class Variable:
    """`let`, `var`, an index, a parameter.

    Args:
        changes: whether it can be assigned.
        condition: whether it is a condition instead of a number.
    """

    operand: Operand
    changes: bool = False
    condition: bool = False


@dataclass(frozen=True, slots=True)
class Pointer:
    """`view e: dirent @ at`: a struct at any offset of a region."""

    region: str
    struct: Struct
    offset: Operand


@dataclass(frozen=True, slots=True)
class Argument:
    """What an abbreviation was given.

    Args:
        names: that were in sight where the expression stands.
        expanding: the abbreviations around it.
    """

    expression: Expression
    names: Mapping[str, object]
    expanding: tuple[str, ...]

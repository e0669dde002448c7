"""What other templates and every function of a template need to know of it: size, parameters, fields.

In: a declaration. Out: a `Header`. All headers are made before any function is lowered, because templates may
own each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from grammar.fields.constant import evaluate_constant
from grammar.fields.fieldtype import Array, Field, Packed
from grammar.fields.layout import Structs, is_open, lay_out
from grammar.fields.refuse import refusal
from runtime import limits
from runtime.template.nodes import Parameter
from udfc.language import syntax
from udfc.names.allowed import resolve_parameter
from udfc.names.scope import Scope, check_new

MAX_PARAMETERS = 12
"""What an owner can pass on: a tuple has 16 words, and `changes` needs four of them for itself."""

_Clause = TypeVar("_Clause", bound=syntax.Clause)


@dataclass(frozen=True, slots=True)
class Header:
    """A template's outside.

    Args:
        maximum: largest size of an object in bytes.
        constant: True when every object has that size.
        fields: of all layouts, by name.
    """

    declaration: syntax.TemplateDeclaration
    scope: Scope
    structs: Structs
    maximum: int
    constant: bool
    parameters: tuple[Parameter, ...]
    fields: Mapping[str, Field]

    @property
    def name(self) -> str:
        """The template's name."""
        return self.declaration.name


def resolve_header(scope: Scope, structs: Structs, declaration: syntax.TemplateDeclaration) -> Header:
    """Return the header of a template.

    Raises:
        Refused: UDF012 to UDF026.
    """
    maximum = _find_size(scope, declaration.size)
    fields: dict[str, Field] = {}
    for layout in list_clauses(declaration, syntax.Layout):
        fields.update(lay_out(structs, layout.fields, fields))
    for field in fields.values():
        _check_field(scope, field, maximum)
    parameters: dict[str, Parameter] = {}
    for each in declaration.parameters:
        check_new(each.name, each.span, parameters, fields, scope.constants, scope.definitions)
        parameters[each.name] = resolve_parameter(scope, each)
    if len(parameters) > MAX_PARAMETERS:
        message = f"`{declaration.name}` has {len(parameters)} parameters, the limit is {MAX_PARAMETERS}"
        note = "pack several into one number, or read them from the object itself"
        raise refusal("UDF061", message, declaration.parameters[MAX_PARAMETERS].span, note)
    constant = not declaration.size.upto
    return Header(declaration, scope, structs, maximum, constant, tuple(parameters.values()), fields)


def list_clauses(declaration: syntax.TemplateDeclaration, kind: type[_Clause]) -> Iterator[_Clause]:
    """Yield the clauses of one kind, in order."""
    for clause in declaration.clauses:
        if isinstance(clause, kind):
            yield clause


def _find_size(scope: Scope, size: syntax.Size) -> int:
    number = evaluate_constant(scope, size.bytes)
    if not 0 < number <= limits.MAX_REGION_BYTES:
        message = f"an object of {number} bytes is not possible, the limit is {limits.MAX_REGION_BYTES}"
        raise refusal("UDF024", message, size.bytes.span, "say how many bytes the largest object has")
    return number


def _check_field(scope: Scope, field: Field, maximum: int) -> None:
    check_new(field.name, field.span, scope.constants, scope.definitions)
    least = field.end + open_stride(field) if is_open(field.type) else field.end
    if least > maximum:
        message = f"`{field.name}` ends at byte {least}, and the object has at most {maximum}"
        raise refusal("UDF021", message, field.span, "make the object larger, or the field smaller")


def open_stride(field: Field) -> int:
    """Return the bytes of the smallest object that an open array adds: one element."""
    match field.type:
        case Packed():
            return 2
        case Array(element=element):
            return element.size
        case _:
            return 0

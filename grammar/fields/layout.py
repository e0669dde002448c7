"""Where each field lies: from `layout { ... }` and `struct` to offsets and sizes.

In: field declarations and the scope. Out: `Field` values by name. A field without an offset follows the field
before it; fields may overlap, bit fields of one number may not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grammar.fields import syntax
from grammar.fields.constant import evaluate_constant
from grammar.fields.fieldtype import (
    BYTES,
    NUMBER_TYPES,
    PACKED,
    Array,
    BitField,
    Field,
    FieldType,
    Number,
    Packed,
    Struct,
)
from grammar.fields.refuse import suggest
from grammar.fields.scope import Scope, check_new
from runtime import limits
from runtime.diagnostic import Refused

_MAX_STRUCTS = 16  # inside each other
_MAX_DIMENSIONS = 16  # of one array


@dataclass(frozen=True, slots=True)
class Structs:
    """How to find a struct.

    Args:
        made: by name, filled while they are asked for.
        within: those that are being laid out.
    """

    scope: Scope
    made: dict[str, Struct]
    within: tuple[str, ...] = ()

    def find(self, name: str) -> Struct | None:
        """Return the struct called `name`, None if there is none.

        Raises:
            Refused: 019 if it contains itself, and as `lay_out`.
        """
        declaration = self.scope.structs.get(name)
        if declaration is None or name in self.made:
            return self.made.get(name)
        if name in self.within:
            note = "a struct has a size: use a template"
            raise self.scope.language.refuse(19, f"struct `{name}` contains itself", declaration.span, note)
        if len(self.within) >= _MAX_STRUCTS:
            raise _refuse_depth(self.scope, declaration)
        inner = Structs(self.scope, self.made, (*self.within, name))
        fields = lay_out(inner, declaration.fields, {}, frozenset())
        for each in fields.values():
            if is_open(each.type):
                note = "say how many; only a template's layout may have an array of as many as fit"
                raise self.scope.language.refuse(23, f"`{each.name}` has no size", each.span, note)
        size = max((each.end for each in fields.values()), default=0)
        if not size:
            raise self.scope.language.refuse(
                23,
                f"struct `{name}` has no bytes",
                declaration.span,
                "give it a field",
            )
        depth = 1 + max(count_structs(each.type) for each in fields.values())
        if depth > _MAX_STRUCTS:
            raise _refuse_depth(self.scope, declaration)
        self.made[name] = Struct(name, size, fields, depth)
        return self.made[name]


def _refuse_depth(scope: Scope, declaration: syntax.StructDeclaration) -> Refused:
    message = f"with `{declaration.name}`, more than {_MAX_STRUCTS} structs are inside each other"
    return scope.language.refuse(19, message, declaration.span, "name the bytes of the inner ones directly")


def count_structs(type_: FieldType) -> int:
    """Return how many structs are inside each other in a field."""
    while isinstance(type_, Array):
        type_ = type_.element
    return type_.depth if isinstance(type_, Struct) else 0


def is_open(type_: FieldType) -> bool:
    """Say whether the field takes as many elements as fit into the object."""
    return isinstance(type_, Packed | Array) and type_.count is None


def lay_out(
    structs: Structs,
    declared: Sequence[syntax.LayoutField],
    known: Mapping[str, Field],
    reserved: frozenset[str] | None = None,
) -> dict[str, Field]:
    """Return the fields that are `declared`, by name.

    Args:
        structs: those that there are.
        declared: in order.
        known: the fields of other views of the same bytes.
        reserved: names that no field may have; None: those of the language. None are in a struct, whose
            fields stand behind a dot.

    Raises:
        Refused: 012, 013, 016 to 023.
    """
    fields: dict[str, Field] = {}
    end = 0
    for each in declared:
        check_new(structs.scope.language, each.name, each.span, fields, known, reserved=reserved)
        if each.offset is not None:
            end = evaluate_constant(structs.scope, each.offset)
        type_ = _find_type(structs, each.type)
        field = Field(each.name, end, type_, _find_bits(structs, each, type_), each.span)
        end = field.end
        if end > limits.MAX_REGION_BYTES:
            message = f"`{each.name}` ends at byte {end}, the limit is {limits.MAX_REGION_BYTES}"
            raise structs.scope.language.refuse(21, message, each.span, "no object is that large")
        fields[each.name] = field
    return fields


def _find_type(structs: Structs, use: syntax.FieldType) -> FieldType:
    counts = tuple(None if each is None else evaluate_constant(structs.scope, each) for each in use.counts)
    if any(each == 0 for each in counts):
        raise structs.scope.language.refuse(
            23,
            "an array of 0 elements has no bytes",
            use.span,
            "leave the field out",
        )
    if None in counts[1:]:
        note = "only the first count of an array may be left out"
        raise structs.scope.language.refuse(23, "the elements of this array have no size", use.span, note)
    if len(counts) > _MAX_DIMENSIONS:
        message = f"an array has at most {_MAX_DIMENSIONS} dimensions, not {len(counts)}"
        raise structs.scope.language.refuse(23, message, use.span, "one count is enough: compute the index")
    if use.name == PACKED:
        if len(counts) != 1:
            raise structs.scope.language.refuse(
                23,
                "12-bit numbers stand in arrays of one dimension",
                use.span,
                "write `u12le[341]`",
            )
        return Packed(counts[0])
    if use.name == BYTES and not counts:
        raise structs.scope.language.refuse(23, "`bytes` has no size", use.span, "write `bytes[16]`")
    type_: Number | Array | Struct = _find_element(structs, use)
    for count in reversed(counts):
        type_ = Array(type_, count)
    return type_


def _find_element(structs: Structs, use: syntax.FieldType) -> Number | Struct:
    if use.name == BYTES:
        return Number(8, "le")
    number = NUMBER_TYPES.get(use.name)
    if number is not None:
        return Number(number[0], "be" if number[1] == "be" else "le")
    struct = structs.find(use.name)
    if struct is None:
        note = suggest(use.name, (*structs.scope.structs, *NUMBER_TYPES, PACKED, BYTES))
        raise structs.scope.language.refuse(20, f"there is no type `{use.name}`", use.span, note)
    return struct


def _find_bits(structs: Structs, declared: syntax.LayoutField, type_: FieldType) -> dict[str, BitField]:
    found: dict[str, BitField] = {}
    taken = 0
    while isinstance(type_, Array):
        type_ = type_.element
    for each in declared.bits:
        check_new(structs.scope.language, each.name, each.span, found, reserved=frozenset())
        if not isinstance(type_, Number):
            raise structs.scope.language.refuse(
                22,
                f"`{declared.name}` is no number: it has no bits",
                each.span,
                "leave them out",
            )
        width, low = (evaluate_constant(structs.scope, one) for one in (each.width, each.low))
        if not 0 < width <= type_.bits - low:
            message = f"`{each.name}` takes bits {low} to {low + width - 1}, and there are {type_.bits}"
            raise structs.scope.language.refuse(22, message, each.span, "write `name: width @ lowest bit`")
        mask = ((1 << width) - 1) << low
        if mask & taken:
            raise structs.scope.language.refuse(
                22,
                f"`{each.name}` shares bits with another bit field",
                each.span,
                "move one of them",
            )
        taken |= mask
        found[each.name] = BitField(each.name, width, low, each.span)
    return found

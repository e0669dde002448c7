"""Where each field lies: from `layout { ... }` and `struct` to offsets and sizes.

In: field declarations and the scope. Out: `Field` values by name. A field without an offset follows the field
before it; fields may overlap, bit fields of one number may not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runtime import limits
from runtime.diagnostic import Refused
from udfc.language import syntax
from udfc.names.constant import evaluate_constant
from udfc.names.fieldtype import Array, BitField, Field, FieldType, Number, Packed, Struct
from udfc.names.refuse import refusal, suggest
from udfc.names.scope import BYTES, NUMBER_TYPES, PACKED, RESERVED, Scope, check_new

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
            Refused: UDF019 if it contains itself, and as `lay_out`.
        """
        declaration = self.scope.structs.get(name)
        if declaration is None or name in self.made:
            return self.made.get(name)
        if name in self.within:
            note = "a struct has a size: use a template"
            raise refusal("UDF019", f"struct `{name}` contains itself", declaration.span, note)
        if len(self.within) >= _MAX_STRUCTS:
            raise _refuse_depth(declaration)
        inner = Structs(self.scope, self.made, (*self.within, name))
        fields = lay_out(inner, declaration.fields, {}, frozenset())
        for each in fields.values():
            if is_open(each.type):
                note = "say how many; only a template's layout may have an array of as many as fit"
                raise refusal("UDF023", f"`{each.name}` has no size", each.span, note)
        size = max((each.end for each in fields.values()), default=0)
        if not size:
            raise refusal("UDF023", f"struct `{name}` has no bytes", declaration.span, "give it a field")
        depth = 1 + max(count_structs(each.type) for each in fields.values())
        if depth > _MAX_STRUCTS:
            raise _refuse_depth(declaration)
        self.made[name] = Struct(name, size, fields, depth)
        return self.made[name]


def _refuse_depth(declaration: syntax.StructDeclaration) -> Refused:
    message = f"with `{declaration.name}`, more than {_MAX_STRUCTS} structs are inside each other"
    return refusal("UDF019", message, declaration.span, "name the bytes of the inner ones directly")


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
    reserved: frozenset[str] = RESERVED,
) -> dict[str, Field]:
    """Return the fields that are `declared`, by name.

    Args:
        structs: those that there are.
        declared: in order.
        known: the fields of other views of the same bytes.
        reserved: names that no field may have: none in a struct, whose fields stand behind a dot.

    Raises:
        Refused: UDF012, UDF013, UDF016 to UDF023.
    """
    fields: dict[str, Field] = {}
    end = 0
    for each in declared:
        check_new(each.name, each.span, fields, known, reserved=reserved)
        if each.offset is not None:
            end = evaluate_constant(structs.scope, each.offset)
        type_ = _find_type(structs, each.type)
        field = Field(each.name, end, type_, _find_bits(structs, each, type_), each.span)
        end = field.end
        if end > limits.MAX_REGION_BYTES:
            message = f"`{each.name}` ends at byte {end}, the limit is {limits.MAX_REGION_BYTES}"
            raise refusal("UDF021", message, each.span, "no object is that large")
        fields[each.name] = field
    return fields


def _find_type(structs: Structs, use: syntax.FieldType) -> FieldType:
    counts = tuple(None if each is None else evaluate_constant(structs.scope, each) for each in use.counts)
    if any(each == 0 for each in counts):
        raise refusal("UDF023", "an array of 0 elements has no bytes", use.span, "leave the field out")
    if None in counts[1:]:
        note = "only the first count of an array may be left out"
        raise refusal("UDF023", "the elements of this array have no size", use.span, note)
    if len(counts) > _MAX_DIMENSIONS:
        message = f"an array has at most {_MAX_DIMENSIONS} dimensions, not {len(counts)}"
        raise refusal("UDF023", message, use.span, "one count is enough: compute the index")
    if use.name == PACKED:
        if len(counts) != 1:
            raise refusal(
                "UDF023", "12-bit numbers stand in arrays of one dimension", use.span, "write `u12le[341]`"
            )
        return Packed(counts[0])
    if use.name == BYTES and not counts:
        raise refusal("UDF023", "`bytes` has no size", use.span, "write `bytes[16]`")
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
        raise refusal("UDF020", f"there is no type `{use.name}`", use.span, note)
    return struct


def _find_bits(structs: Structs, declared: syntax.LayoutField, type_: FieldType) -> dict[str, BitField]:
    found: dict[str, BitField] = {}
    taken = 0
    while isinstance(type_, Array):
        type_ = type_.element
    for each in declared.bits:
        check_new(each.name, each.span, found, reserved=frozenset())
        if not isinstance(type_, Number):
            raise refusal(
                "UDF022", f"`{declared.name}` is no number: it has no bits", each.span, "leave them out"
            )
        width, low = (evaluate_constant(structs.scope, one) for one in (each.width, each.low))
        if not 0 < width <= type_.bits - low:
            message = f"`{each.name}` takes bits {low} to {low + width - 1}, and there are {type_.bits}"
            raise refusal("UDF022", message, each.span, "write `name: width @ lowest bit`")
        mask = ((1 << width) - 1) << low
        if mask & taken:
            raise refusal(
                "UDF022", f"`{each.name}` shares bits with another bit field", each.span, "move one of them"
            )
        taken |= mask
        found[each.name] = BitField(each.name, width, low, each.span)
    return found

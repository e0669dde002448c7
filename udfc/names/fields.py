"""The layout as a flat list, for people who read a hex dump.

In: the fields of a template. Out: `runtime.template.nodes.Field` values: one for each number or array of
numbers.

    extents: extent[4] @40      ->  Field("extents.low", 48, 32, 4, 96, "le"), ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from grammar.fields.fieldtype import Array, Field, FieldType, Number, Packed, Struct
from runtime.template import nodes

_MAX_FIELDS = 4096


def flatten_fields(fields: Mapping[str, Field]) -> tuple[nodes.Field, ...]:
    """Return a description of all fields, in order of their offsets."""
    found = (each for field in fields.values() for each in _flatten(field.name, field.offset, field.type))
    return tuple(sorted(islice(found, _MAX_FIELDS), key=lambda each: (each.offset, each.name)))


def _flatten(name: str, offset: int, type_: FieldType) -> Iterator[nodes.Field]:
    match type_:
        case Number(bits=bits, order=order):
            yield nodes.Field(name, offset, bits, 1, bits, order)
        case Packed(count=count):
            yield nodes.Field(name, offset, 12, count, 12, "le")
        case Struct(fields=fields):
            for each in fields.values():
                yield from _flatten(f"{name}.{each.name}", offset + each.offset, each.type)
        case Array(element=element, count=count):
            yield from _flatten_array(name, offset, element, count)


def _flatten_array(
    name: str, offset: int, element: Number | Array | Struct, count: int | None
) -> Iterator[nodes.Field]:
    match element:
        case Number(bits=bits, order=order):
            yield nodes.Field(name, offset, bits, count, bits, order)
        case Struct():
            yield from _flatten_structs(name, offset, element, count)
        case Array():
            for number in range(1 if count is None else count):
                yield from _flatten(f"{name}[{number}]", offset + number * element.size, element)


def _flatten_structs(name: str, offset: int, struct: Struct, count: int | None) -> Iterator[nodes.Field]:
    """Yield the fields of an array of structs: their elements are as far apart as the structs."""
    for each in struct.fields.values():
        for inner in _flatten(f"{name}.{each.name}", offset + each.offset, each.type):
            if inner.count == 1:
                yield nodes.Field(inner.name, inner.offset, inner.bits, count, 8 * struct.size, inner.order)
            else:
                for number in range(1 if count is None else count):
                    label = inner.name.replace(name, f"{name}[{number}]", 1)
                    start = inner.offset + number * struct.size
                    yield nodes.Field(label, start, inner.bits, inner.count, inner.stride, inner.order)

"""Write the download form; `runtime.template.download.form` draws the layout.

In: templates whose functions are verified. Out: their bytes, without the file's header.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runtime.ir.binary_layout import ORDERS
from runtime.ir.binary_writer import Writer
from runtime.ir.nodes import Function
from runtime.template.download.layout import CONSTANT, MODES, OPTIONAL, ROOT, STICKY
from runtime.template.nodes import Extent, Field, Kind, Method, Parameter, Template


class FormWriter:
    """The bytes so far."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def written(self) -> bytes:
        """Return the bytes."""
        return bytes(self._bytes)

    def templates(self, templates: Sequence[Template]) -> None:
        """Write a list of templates."""
        self._number(len(templates))
        for template in templates:
            self._template(template)

    def _template(self, template: Template) -> None:
        self._text(template.name)
        root = template.root is not None
        self._bytes.append(CONSTANT * template.constant + STICKY * template.sticky + ROOT * root)
        self._number(template.maximum)
        if template.root is not None:
            self._number(template.root)
        self._parameters(template.parameters)
        self._number(len(template.kinds))
        for kind in template.kinds:
            self._kind(kind)
        for extents in (template.discriminator, template.raw_read, template.raw_write):
            self._number(len(extents))
            for extent in extents:
                self._extent(extent)
        self._number(len(template.fields))
        for field in template.fields:
            self._field(field)
        self._functions(template)
        self._number(len(template.methods))
        for method in template.methods:
            self._method(method)

    def _functions(self, template: Template) -> None:
        for function in (template.unit, template.partitions, template.owns, template.reads):
            self._function(function)
        optional: list[Function | None] = [getattr(template, role) for role in OPTIONAL]
        self._bytes.append(sum(1 << place for place, each in enumerate(optional) if each is not None))
        for function in (each for each in optional if each is not None):
            self._function(function)

    def _parameters(self, parameters: Iterable[Parameter]) -> None:
        written = tuple(parameters)
        self._number(len(written))
        for parameter in written:
            self._text(parameter.name)
            self._number(len(parameter.allowed))
            for low, high in parameter.allowed:
                self._number(low)
                self._number(high - low)

    def _kind(self, kind: Kind) -> None:
        self._bytes.append(MODES.index(kind.mode))
        self._text(kind.template)
        self._number(kind.arguments)

    def _extent(self, extent: Extent) -> None:
        self._number(extent.offset)
        self._number(0 if extent.length is None else extent.length + 1)

    def _field(self, field: Field) -> None:
        self._text(field.name)
        self._number(field.offset)
        self._number(field.bits)
        self._number(0 if field.count is None else field.count + 1)
        self._number(field.stride)
        self._bytes.append(ORDERS.index(field.order))

    def _method(self, method: Method) -> None:
        self._text(method.name)
        self._parameters(method.parameters)
        self._function(method.body)
        self._function(method.changes)
        self._number(len(method.requires))
        for text in method.requires:
            self._text(text)

    def _function(self, function: Function) -> None:
        encoded = Writer(function).encode()
        self._number(len(encoded))
        self._bytes += encoded

    def _text(self, text: str) -> None:
        encoded = text.encode()
        self._number(len(encoded))
        self._bytes += encoded

    def _number(self, number: int) -> None:
        assert 0 <= number < 1 << 64, f"{number} has no place in the download form"
        while number >= 0x80:
            self._bytes.append(number & 0x7F | 0x80)
            number >>= 7
        self._bytes.append(number)

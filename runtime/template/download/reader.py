"""Read the download form, trusting nothing; `runtime.template.download.form` draws the layout.

In: bytes from anybody, behind the file's header. Out: templates with verified functions, or a refusal. Every
count is held against a limit and against the bytes that are left before anything is made of that size.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NoReturn

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.binary_bytes import ByteReader
from runtime.ir.binary_layout import ORDERS
from runtime.ir.binary_reader import Reader
from runtime.ir.nodes import Function
from runtime.ir.verify import verify_function
from runtime.template.download.layout import CONSTANT, MODES, OPTIONAL, ROOT, STICKY
from runtime.template.nodes import Extent, Field, Kind, Method, Parameter, Template

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

_CODES = {
    "IR202": "TPL082",
    "IR203": "TPL083",
    "IR204": "TPL084",
    "IR205": "TPL085",
    "IR206": "TPL086",
}
"""What the refusals of `ByteReader` are called here."""


class _TemplateBytes(ByteReader):
    """A place in the bytes of a set."""

    def refuse(self, code: str, message: str, note: str) -> NoReturn:
        """Refuse the data with a code of templates."""
        super().refuse(_CODES.get(code, code), message, note)

    def text(self) -> str:
        """Read UTF-8 text."""
        data = self.blob(limits.MAX_TEXT_BYTES, "bytes in a text")
        try:
            return data.decode()
        except UnicodeDecodeError:
            self.refuse("TPL087", "a text is not UTF-8", "write it again with the compiler")

    def identifier(self) -> str:
        """Read a name."""
        name = self.text()
        if len(name) > limits.MAX_NAME_LENGTH or not _IDENTIFIER.match(name):
            note = f"a name has letters, digits and `_`, at most {limits.MAX_NAME_LENGTH} of them"
            self.refuse("TPL087", f"{name[: limits.MAX_NAME_LENGTH]!a} is not a name", note)
        return name

    def blob(self, limit: int, what: str) -> bytes:
        """Read a count and as many bytes."""
        length = self.count(limit, what)
        self._position += length
        return self._data[self._position - length : self._position]

    def flags(self, known: int) -> int:
        """Read a byte in which only the bits of `known` may be set."""
        flags = self.byte()
        if flags & ~known:
            self.refuse(
                "TPL086", f"the flags {flags:#x} have unknown bits", "see runtime/template/download/form.py"
            )
        return flags


class FormReader:
    """The bytes of a set of templates; `decode` is called once."""

    def __init__(self, data: bytes, position: int) -> None:
        self._bytes = _TemplateBytes(data, position)

    def decode(self) -> tuple[Template, ...]:
        """Return the templates that the bytes hold."""
        templates = self._bytes.listed(limits.MAX_TEMPLATES, "templates", self._template)
        self._bytes.expect_end()
        for before, after in pairwise(templates):
            if before.name >= after.name:
                message = f"`{after.name}` comes behind `{before.name}`"
                self._bytes.refuse("TPL088", message, "each template once, by ascending names")
        return templates

    def _template(self) -> Template:
        read = self._bytes
        name = read.identifier()
        flags = read.flags(CONSTANT | STICKY | ROOT)
        maximum = read.number()
        root = read.number() if flags & ROOT else None
        parameters = self._parameters()
        kinds = read.listed(limits.MAX_DECLARATIONS, "kinds", self._kind)
        discriminator, raw_read, raw_write = (
            read.listed(limits.MAX_DECLARATIONS, "extents", self._extent) for _ in range(3)
        )
        fields = read.listed(limits.MAX_DECLARATIONS, "names for bytes", self._field)
        unit, partitions, owns, reads = (
            self._function(f"`{role}` of `{name}`") for role in ("unit", "partitions", "owns", "reads")
        )
        present = read.byte()
        optional = [
            self._function(f"`{role}` of `{name}`") if present >> place & 1 else None
            for place, role in enumerate(OPTIONAL)
        ]
        blocks, identity, shared, used, marks, names, acl, size = optional
        methods = self._methods(name)
        return Template(
            name=name,
            maximum=maximum,
            constant=bool(flags & CONSTANT),
            parameters=parameters,
            kinds=kinds,
            discriminator=discriminator,
            raw_read=raw_read,
            raw_write=raw_write,
            root=root,
            sticky=bool(flags & STICKY),
            fields=fields,
            unit=unit,
            partitions=partitions,
            owns=owns,
            reads=reads,
            blocks=blocks,
            identity=identity,
            shared=shared,
            used=used,
            marks=marks,
            names=names,
            acl=acl,
            size=size,
            methods=methods,
        )

    def _parameters(self) -> tuple[Parameter, ...]:
        parameters = self._bytes.listed(limits.MAX_PARAMETERS, "parameters", self._parameter)
        self._require_distinct("parameters", [parameter.name for parameter in parameters])
        return parameters

    def _parameter(self) -> Parameter:
        name = self._bytes.identifier()
        allowed = self._bytes.listed(limits.MAX_DECLARATIONS, "ranges", self._range)
        highest = -1
        for low, high in allowed:
            if low <= highest or high >= 1 << 64:
                message = (
                    f"the range {low}..{high} of `{name}` is not above {highest}, or has more than 64 bits"
                )
                self._bytes.refuse("TPL088", message, "ranges ascend and are disjoint")
            highest = high
        return Parameter(name, allowed)

    def _range(self) -> tuple[int, int]:
        low = self._bytes.number()
        return low, low + self._bytes.number()

    def _kind(self) -> Kind:
        mode = self._bytes.choice(MODES, "mode of a kind")
        return Kind(mode, self._bytes.text(), self._bytes.number())

    def _extent(self) -> Extent:
        return Extent(self._bytes.number(), self._optional_number())

    def _field(self) -> Field:
        read = self._bytes
        name, offset, bits, count = read.text(), read.number(), read.number(), self._optional_number()
        return Field(name, offset, bits, count, read.number(), read.choice(ORDERS, "byte order"))

    def _optional_number(self) -> int | None:
        number = self._bytes.number()
        return number - 1 if number else None

    def _methods(self, template: str) -> tuple[Method, ...]:
        def read_method() -> Method:
            return self._method(template)

        methods = self._bytes.listed(limits.MAX_DECLARATIONS, "methods", read_method)
        self._require_distinct("methods", [method.name for method in methods])
        return methods

    def _method(self, template: str) -> Method:
        read = self._bytes
        name, parameters = read.identifier(), self._parameters()
        body = self._function(f"method `{name}` of `{template}`")
        changes = self._function(f"`changes` of method `{name}` of `{template}`")
        requires = read.listed(limits.MAX_DECLARATIONS, "requires", read.text)
        return Method(name, parameters, body, changes, requires)

    def _function(self, what: str) -> Function:
        """Read and verify a function; a refusal says which."""
        data = self._bytes.blob(limits.MAX_IR_BYTES, "bytes in a function")
        try:
            function = Reader(data, 0).decode()
            verify_function(function)
        except Refused as refused:
            raise Refused(*(_name_function(each, what) for each in refused.diagnostics)) from None
        return function

    def _require_distinct(self, what: str, names: list[str]) -> None:
        if len(set(names)) != len(names):
            self._bytes.refuse("TPL088", f"two {what} have the same name", "rename one of them")


def _name_function(diagnostic: Diagnostic, what: str) -> Diagnostic:
    notes = (f"in {what}", *diagnostic.notes)
    return Diagnostic(diagnostic.code, diagnostic.message, diagnostic.span, notes)

"""One function in the making: the builder, what the names in sight stand for, and which bytes are read.

In: a header and what the function may do. Out: the state that the lowering of expressions and statements
works on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from grammar.fields.refuse import refusal
from grammar.lowering.operand import Line, Operand, line_of
from grammar.lowering.sight import Sight
from runtime.source import NOWHERE, Span
from runtime.template.nodes import Kind
from udfc.language import syntax
from udfc.names.header import Header
from udfc.names.scope import OPERATIONS, Scope, check_new

Right: TypeAlias = Literal["own", "mark", "name", "store", "clock", "after"]
"""What only some functions may do."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """What only templates say in expressions, for the lowering that all languages share.

    Args:
        path: lowers the number that a path names.
        call: lowers a call of a function that only this language has.
        plain: says whether loading what a path names meets no further obligation.
    """

    path: Callable[[Frame, syntax.Path], Operand]
    call: Callable[[Frame, syntax.Call], Operand]
    plain: Callable[[Frame, syntax.Path], bool]


@dataclass(frozen=True, slots=True)
class Read:
    """Bytes of the object that are read.

    Args:
        start: in terms of the partition's own index, nothing negative; None: computed otherwise.
        width: bytes.
        path: what was named.
        within: the bytes from and to which the field around it goes, where that is known.
    """

    start: Line | None
    width: int
    region: str
    path: str
    within: tuple[int, int] | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(slots=True)
class Frame(Sight):
    """The state of one function.

    Args:
        header: its template.
        headers: all templates.
        kinds: the template's, by number.
        words: of an emitted tuple.
        rights: what it may do.
        regions: the regions that it may read; a function without `meta` reads no field.
        length: of the object.
        resolver: of paths and calls.
        parameters: the template's.
        reads: the bytes read so far.
        stores: how many fields have been assigned.
    """

    scope: Scope
    header: Header
    headers: Mapping[str, Header]
    kinds: tuple[Kind, ...]
    words: int
    rights: frozenset[Right]
    regions: frozenset[str]
    length: Operand
    resolver: Resolver
    parameters: dict[str, object] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    stores: int = 0

    def declare(self, name: str, meaning: object, span: Span) -> None:
        """Give `name` a meaning until the end of the block.

        Raises:
            Refused: UDF012 if it has one, UDF013 if it cannot have one.
        """
        scope = self.scope
        known = (self.names, self.parameters, self.header.fields, scope.constants, scope.definitions)
        check_new(name, span, *known)
        if "after" in self.rights:
            check_new(name, span, OPERATIONS)
        self.names[name] = meaning

    def lower_path(self, path: syntax.Path) -> Operand:
        """Return the number that a path names."""
        return self.resolver.path(self, path)

    def lower_call(self, call: syntax.Call) -> Operand:
        """Return what a call of a function of this language gives."""
        return self.resolver.call(self, call)

    def is_plain(self, path: syntax.Path) -> bool:
        """Say whether loading what a path names meets no further obligation."""
        return self.resolver.plain(self, path)

    def note_read(
        self,
        region: str,
        offset: Operand,
        size: int,
        path: str,
        within: tuple[int, int] | None,
        span: Span,
    ) -> None:
        """Take note of bytes that are read.

        Raises:
            Refused: UDF059 if the function does not see the object.
        """
        if region not in self.regions:
            message = f"`{path}` cannot be read: {self.what} is not about the bytes of an object"
            raise refusal("UDF059", message, span, "use parameters, constants and `length`")
        line = line_of(offset)
        if line is not None and (line.factor < 0 or line.base < 0):
            line = None  # counted from the end: the author says what is read
        self.reads.append(Read(line, size, region, path, within, span))

    def note_index(self, count: int, index: Operand, span: Span) -> None:
        """Leave it to the kernel, which proves that what is read is inside the object and the read set."""

    def note_store(self, region: str, path: str, span: Span) -> None:
        """Count the fields that are assigned."""
        self.stores += 1

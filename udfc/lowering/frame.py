"""One function in the making: the builder, what the names in sight stand for, and which bytes are read.

In: a header and what the function may do. Out: the state that the lowering of expressions and statements
works on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from grammar.fields.refuse import refusal
from grammar.fields.scope import Language
from grammar.lowering.operand import Line, Made, Operand, line_of
from grammar.lowering.writer import Writer
from runtime.ir.nodes import Type, Value
from runtime.source import NOWHERE, Span
from runtime.template.nodes import Kind
from udfc.language import syntax
from udfc.names.header import Header
from udfc.names.scope import OPERATIONS, Scope, check_new

_MAX_DEPTH = 110  # expressions and statements inside each other, abbreviations expanded
_MAX_STEPS = 60_000  # expressions lowered for one function, abbreviations expanded

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
class Frame:
    """The state of one function.

    Args:
        what: the function in messages.
        header: its template.
        headers: all templates.
        kinds: the template's, by number.
        words: of an emitted tuple.
        rights: what it may do.
        regions: the regions that it may read; a function without `meta` reads no field.
        length: of the object.
        resolver: of paths and calls.
        parameters: the template's.
        names: what else can be seen here, besides fields and constants.
        reads: the bytes read so far.
        stores: how many fields have been assigned.
        expanding: the abbreviations that are being expanded.
    """

    what: str
    builder: Writer
    header: Header
    headers: Mapping[str, Header]
    kinds: tuple[Kind, ...]
    words: int
    rights: frozenset[Right]
    regions: frozenset[str]
    length: Operand
    resolver: Resolver
    parameters: dict[str, object] = field(default_factory=dict)
    names: dict[str, object] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    stores: int = 0
    expanding: tuple[str, ...] = ()
    _depth: int = 0
    _steps: int = 0

    @contextmanager
    def step(self, span: Span) -> Iterator[None]:
        """Count one level of nesting, and give what is made inside the span `span`.

        Raises:
            Refused: UDF029 if the function nests too deeply or grows too large.
        """
        self._depth += 1
        self._steps += 1
        spent = self._steps > _MAX_STEPS or not self.header.scope.effort.spend()
        if self._depth > _MAX_DEPTH or spent:
            what = "nested too deeply" if self._depth > _MAX_DEPTH else "too large"
            raise refusal("UDF029", f"with its abbreviations expanded, this is {what}", span, "split it up")
        with self.builder.at(span):
            yield
        self._depth -= 1

    @contextmanager
    def seeing(self, names: Mapping[str, object], expanding: tuple[str, ...]) -> Iterator[None]:
        """See `names` instead, inside `expanding`."""
        before = self.names, self.expanding
        self.names, self.expanding = dict(names), expanding
        yield
        self.names, self.expanding = before

    @contextmanager
    def block(self) -> Iterator[None]:
        """Forget at the end what is declared inside."""
        before = set(self.names)
        yield
        for name in [each for each in self.names if each not in before]:
            del self.names[name]

    def declare(self, name: str, meaning: object, span: Span) -> None:
        """Give `name` a meaning until the end of the block.

        Raises:
            Refused: UDF012 if it has one, UDF013 if it cannot have one.
        """
        scope = self.header.scope
        known = (self.names, self.parameters, self.header.fields, scope.constants, scope.definitions)
        check_new(name, span, *known)
        if "after" in self.rights:
            check_new(name, span, OPERATIONS)
        self.names[name] = meaning

    @property
    def language(self) -> Language:
        """UDF."""
        return self.header.scope.language

    @property
    def scope(self) -> Scope:
        """The declarations of the program."""
        return self.header.scope

    @property
    def sight(self) -> Mapping[str, object]:
        """The names that can be seen here."""
        return self.names

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

    def value(self, operand: Operand, type_: Type = Type.U64) -> Value:
        """Return `operand` as a value of the IR."""
        if isinstance(operand, Made):
            return operand.value
        return self.builder.constant(type_, operand.number)

    def number(self, number: int) -> Value:
        """Return a constant of 64 bits."""
        return self.builder.constant(Type.U64, number)

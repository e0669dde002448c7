"""One function of a handler in the making: the builder, and what the names in sight stand for.

In: a header and what the function may do. Out: the state that the lowering of expressions and statements
works on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ashc.language import syntax
from ashc.names.header import Memory
from ashc.names.scope import Scope, check_new
from ashc.pipes.pipe import Pipe
from grammar.fields.fieldtype import Field
from grammar.fields.layout import Structs
from grammar.fields.refuse import refusal
from grammar.lowering.meaning import Variable
from grammar.lowering.operand import Known, Made, Operand
from grammar.lowering.sight import Sight
from runtime.handler.nodes import MESSAGE, Check, CheckKind
from runtime.ir.nodes import Value
from runtime.source import Span

_START = Known(0)

CURSOR = "the cursor"
"""How much of the message is consumed: no identifier, so nobody else can mean it."""

Right: TypeAlias = Literal["store", "move", "effect"]

RIGHTS: dict[syntax.PartName, frozenset[Right]] = {
    "initial": frozenset(),
    "data": frozenset({"move"}),
    "commit": frozenset({"store", "move", "effect"}),
    "abort": frozenset({"store", "move", "effect"}),
}
"""What the parts of a handler may do besides looking at the message: change fields, move data, send."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A pipe with registers of its own; they are variables called `name.register`."""

    name: str
    pipe: Pipe


@dataclass(frozen=True, slots=True)
class Resolver:
    """What only handlers say in expressions, for the lowering that all languages share.

    Args:
        path: lowers the number that a path names.
        call: lowers a call of a function that only this language has.
        plain: says whether loading what a path names meets no further obligation.
    """

    path: Callable[[Frame, syntax.Path], Operand]
    call: Callable[[Frame, syntax.Call], Operand]
    plain: Callable[[Frame, syntax.Path], bool]


@dataclass(slots=True)
class Frame(Sight):
    """The state of one function.

    Args:
        length: of the message.
        now: the clock at the start.
        layer: which one is being lowered.
        fields: of the message, from `base` on.
        part: of the layer.
        base: where the layer starts.
        checks: where the function gives up.
        demands: numbers that are made only so that they must be exact, with what that says.
        pipe: whose steps are being lowered.
    """

    scope: Scope
    structs: Structs
    memory: Memory
    pipes: Mapping[str, Pipe]
    message: int
    length: Operand
    now: Operand
    resolver: Resolver
    layer: int = 0
    fields: Mapping[str, Field] = field(default_factory=dict)
    part: syntax.PartName = "initial"
    base: Operand = _START
    checks: list[Check] = field(default_factory=list)
    demands: dict[Value, str] = field(default_factory=dict)
    pipe: Pipe | None = None

    @property
    def cursor(self) -> Operand:
        """How much of the message is consumed."""
        meaning = self.names[CURSOR]
        assert isinstance(meaning, Variable), "the cursor is a number"
        return meaning.operand

    def move_cursor(self, operand: Operand) -> None:
        """Consume the message up to `operand`."""
        self.names[CURSOR] = Variable(operand, changes=True)

    def may(self, right: Right, what: str, span: Span) -> None:
        """Refuse (ASH051) what this part of a handler may not do."""
        if right not in RIGHTS[self.part]:
            note = {
                "store": "put it into `commit { ... }`: then all checks are done",
                "move": "put it into `data { ... }` or `commit { ... }`",
                "effect": "put it into `commit { ... }`",
            }[right]
            raise refusal("ASH051", f"`{self.part}` cannot {what}", span, note)

    def demand(self, left: Operand, right: Operand, text: str, span: Span) -> Operand:
        """Return `left - right`, which must not be negative: `text` says what that means.

        Raises:
            Refused: ASH017 if it is negative, whatever the message.
        """
        if isinstance(right, Known) and right.number == 0:
            return left
        if isinstance(left, Known) and isinstance(right, Known):
            if right.number > left.number:
                note = f"{right.number} is more than {left.number}"
                raise refusal("ASH017", f"it cannot be that {text}", span, note)
            return Known(left.number - right.number)
        with self.builder.at(span):
            value = self.builder.binary("sub", self.value(left), self.value(right))
        self.demands.setdefault(value, text)
        least = right.number if isinstance(right, Known) else 0
        return Made(value, max(left.high - least, 0))

    def give_up(self, kind: CheckKind, text: str, span: Span) -> int:
        """Return the number of a new place where the function gives up."""
        self.checks.append(Check(kind, self.layer, text, span))
        return len(self.checks) - 1

    def declare(self, name: str, meaning: object, span: Span) -> None:
        """Give `name` a meaning until the end of the block.

        Raises:
            Refused: ASH012 if it has one, ASH013 if it cannot have one.
        """
        check_new(name, span, self.names, self.scope.constants, self.scope.definitions, self.scope.pipes)
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
        """Everything in sight may be read."""

    def note_index(self, count: int, index: Operand, span: Span) -> None:
        """Demand that the element is there: beside it lies another field."""
        self.demand(Known(count - 1), index, f"`{excerpt(span)}` is below {count}", span)

    def note_store(self, region: str, path: str, span: Span) -> None:
        """Only some parts of a handler may change anything."""
        what = "change the message" if region == MESSAGE else "change the region"
        self.may("store", what, span)


def excerpt(span: Span) -> str:
    """Return the text at `span`, in one line."""
    text = " ".join(span.source.text[span.start : span.end].split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


_LONGEST = 60

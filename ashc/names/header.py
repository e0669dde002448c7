"""What is known of a handler before its statements are lowered: sizes, layouts, layers and their parts.

In: the scope. Out: a `Memory`, and a `Header` for each handler. A handler that is not composed is one layer
of its own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ashc.language import syntax
from ashc.names.scope import LENGTH, RESERVED_FIELDS, Scope
from grammar.fields.constant import evaluate_constant
from grammar.fields.fieldtype import Field
from grammar.fields.layout import Structs, is_open, lay_out
from grammar.fields.refuse import refusal, suggest
from runtime import limits
from runtime.source import NOWHERE, Span

MESSAGE_BYTES = 1514
"""Of the longest message where a handler does not say: an Ethernet frame."""

_ORDER: tuple[syntax.PartName, ...] = ("initial", "data", "commit", "abort")


@dataclass(frozen=True, slots=True)
class Memory:
    """The owner's memory: `size` bytes, 0 if none is declared."""

    size: int
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer.

    Args:
        fields: of the message, from where the layer starts.
        parts: by name.
    """

    name: str
    fields: Mapping[str, Field]
    parts: Mapping[syntax.PartName, syntax.Part]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Header:
    """One handler.

    Args:
        message: bytes of the longest message.
        budget: instructions.
        layers: in order, at least one.
    """

    name: str
    message: int
    budget: int
    memory: Memory
    layers: tuple[Layer, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


def resolve_memory(scope: Scope, structs: Structs) -> Memory:
    """Return the owner's memory.

    Raises:
        Refused: ASH012 to ASH024.
    """
    declared = scope.region
    if declared is None:
        return Memory(0, {})
    size = evaluate_constant(scope, declared.size)
    if not 0 < size <= limits.MAX_HANDLER_MEMORY:
        message = f"a region of {size} bytes is not possible, the limit is {limits.MAX_HANDLER_MEMORY}"
        raise refusal("ASH024", message, declared.size.span, "say how many bytes the handler may touch")
    fields = lay_out(structs, declared.fields, {}, frozenset({LENGTH}))
    for each in fields.values():
        _check_end(each, size, "the region")
    return Memory(size, fields)


def resolve_header(
    scope: Scope, structs: Structs, memory: Memory, declared: syntax.HandlerDeclaration
) -> Header:
    """Return the header of a handler.

    Raises:
        Refused: ASH010 for a layer that does not exist, ASH012 to ASH026.
    """
    size = MESSAGE_BYTES if declared.size is None else evaluate_constant(scope, declared.size)
    if not 0 < size <= limits.MAX_MESSAGE_BYTES:
        span = declared.span if declared.size is None else declared.size.span
        message = f"messages of {size} bytes are not possible, the limit is {limits.MAX_MESSAGE_BYTES}"
        raise refusal("ASH024", message, span, "say how many bytes the longest message has")
    if declared.layers:
        layers = tuple(_find_layer(scope, structs, each, size) for each in declared.layers)
    else:
        layers = (_resolve_layer(structs, declared.name, declared.clauses, size, declared.span),)
    if len(layers) > limits.MAX_LAYERS:
        message = f"this handler has {len(layers)} layers, the limit is {limits.MAX_LAYERS}"
        raise refusal("ASH025", message, declared.layers[limits.MAX_LAYERS].span, "join some of them")
    budget = _find_budget(scope, declared)
    return Header(declared.name, size, budget, memory, layers, declared.span)


def resolve_layer(structs: Structs, declared: syntax.LayerDeclaration, size: int) -> Layer:
    """Return a layer for messages of at most `size` bytes.

    Raises:
        Refused: ASH012 to ASH026.
    """
    for clause in declared.clauses:
        if isinstance(clause, syntax.Budget):
            note = "what it costs depends on the other layers: `handler` has a budget"
            raise refusal("ASH026", "a layer has no budget of its own", clause.span, note)
    return _resolve_layer(structs, declared.name, declared.clauses, size, declared.span)


def _find_layer(scope: Scope, structs: Structs, wanted: syntax.LayerName, size: int) -> Layer:
    declared = scope.layers.get(wanted.name)
    if declared is None:
        note = suggest(wanted.name, scope.layers)
        raise refusal("ASH010", f"there is no layer `{wanted.name}`", wanted.span, note)
    return resolve_layer(structs, declared, size)


def _resolve_layer(
    structs: Structs, name: str, clauses: tuple[syntax.Clause, ...], size: int, span: Span
) -> Layer:
    fields: dict[str, Field] = {}
    parts: dict[syntax.PartName, syntax.Part] = {}
    for clause in clauses:
        match clause:
            case syntax.Message(fields=declared):
                found = lay_out(structs, declared, fields, RESERVED_FIELDS)
                for each in found.values():
                    _check_end(each, size, "the longest message")
                fields.update(found)
            case syntax.Part(name=part):
                _check_order(clause, parts)
                parts[part] = clause
            case syntax.Budget():
                continue
    if not any(part in parts for part in _ORDER[:3]):
        note = "write `commit { ... }`, for instance"
        raise refusal("ASH026", f"`{name}` does nothing with a message", span, note)
    return Layer(name, fields, parts, span)


def _check_order(part: syntax.Part, before: Mapping[syntax.PartName, syntax.Part]) -> None:
    """Refuse (ASH026) a part that comes twice or in the wrong order."""
    if part.name in before:
        raise refusal("ASH026", f"there are two parts `{part.name}`", part.span, "join them")
    if any(_ORDER.index(each) > _ORDER.index(part.name) for each in before):
        note = f"the order is {', '.join(f'`{each}`' for each in _ORDER)}"
        raise refusal("ASH026", f"`{part.name}` comes too late", part.span, note)


def _check_end(found: Field, size: int, what: str) -> None:
    least = found.end + 1 if is_open(found.type) else found.end
    if least > size:
        message = f"`{found.name}` ends at byte {least}, and {what} has {size}"
        raise refusal("ASH021", message, found.span, f"make {what} larger, or the field smaller")


def _find_budget(scope: Scope, declared: syntax.HandlerDeclaration) -> int:
    written = [clause for clause in declared.clauses if isinstance(clause, syntax.Budget)]
    if not written:
        return limits.HANDLER_BUDGET
    if len(written) > 1:
        raise refusal("ASH026", "there are two budgets", written[1].span, "leave one of them out")
    budget = evaluate_constant(scope, written[0].value)
    if not 0 < budget <= limits.MAX_HANDLER_BUDGET:
        message = (
            f"a budget of {budget} instructions is not possible, the limit is {limits.MAX_HANDLER_BUDGET}"
        )
        raise refusal("ASH024", message, written[0].span, "no kernel grants more")
    return budget

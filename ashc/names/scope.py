"""What all files together declare, by name.

In: syntax trees, imports first. Out: a `Scope`, in which every name stands for one thing. Nothing is
evaluated here; `grammar.fields` does that when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ashc.language import syntax
from grammar.fields import scope
from grammar.fields.effort import Effort
from grammar.fields.fieldtype import BYTES, NUMBER_TYPES, PACKED
from grammar.fields.refuse import refusal, suggest
from grammar.fields.scope import Language
from runtime.source import NOWHERE, Span

MESSAGE, REGION = "message", "region"
LENGTH, LEFT = "length", "left"
"""`message.length`, `message.left`, `region.length`."""

FUNCTIONS = {"min": 2, "max": 2, "select": 3, "clock": 0, "offset": 1, "carry_add": 2}
"""What can be called besides abbreviations, with the number of arguments."""

LANGUAGE = Language("ASH", FUNCTIONS, frozenset({MESSAGE, REGION, "wrapping", *FUNCTIONS}))
RESERVED_FIELDS = frozenset({LENGTH, LEFT})
RESERVED_STRUCTS = frozenset({BYTES, PACKED, *NUMBER_TYPES})


@dataclass(frozen=True, slots=True)
class Scope:
    """The declarations of a program.

    Args:
        region: the owner's memory, None if none is declared.
        effort: what the compilation has cost so far.
    """

    constants: Mapping[str, syntax.ConstantDeclaration]
    definitions: Mapping[str, syntax.Definition]
    structs: Mapping[str, syntax.StructDeclaration]
    region: syntax.RegionDeclaration | None
    pipes: Mapping[str, syntax.PipeDeclaration]
    layers: Mapping[str, syntax.LayerDeclaration]
    handlers: Mapping[str, syntax.HandlerDeclaration]
    predicates: Mapping[str, syntax.PredicateDeclaration]
    effort: Effort

    @property
    def language(self) -> Language:
        """What ASH differs in from other languages."""
        return LANGUAGE


def build_scope(files: Sequence[syntax.File], given: Mapping[str, int] | None = None) -> Scope:
    """Return what `files` declare.

    Args:
        files: imports first.
        given: numbers for constants, instead of those that are written.

    Raises:
        Refused: ASH012 for a name that is declared twice, ASH013 for one that cannot be declared, ASH010 for
            a number for a constant that is not declared.
    """
    constants: dict[str, syntax.ConstantDeclaration] = {}
    definitions: dict[str, syntax.Definition] = {}
    structs: dict[str, syntax.StructDeclaration] = {}
    regions: dict[str, syntax.RegionDeclaration] = {}
    pipes: dict[str, syntax.PipeDeclaration] = {}
    layers: dict[str, syntax.LayerDeclaration] = {}
    handlers: dict[str, syntax.HandlerDeclaration] = {}
    predicates: dict[str, syntax.PredicateDeclaration] = {}
    for declaration in (each for file in files for each in file.declarations):
        match declaration:
            case syntax.Import():
                continue
            case syntax.ConstantDeclaration(name=name, span=span):
                check_new(name, span, constants, definitions)
                constants[name] = declaration
            case syntax.Definition(name=name, span=span):
                check_new(name, span, constants, definitions)
                definitions[name] = declaration
            case syntax.StructDeclaration(name=name, span=span):
                check_new(name, span, structs, reserved=RESERVED_STRUCTS)
                structs[name] = declaration
            case syntax.RegionDeclaration(span=span):
                check_new(REGION, span, regions, reserved=frozenset())
                regions[REGION] = declaration
            case syntax.PipeDeclaration(name=name, span=span):
                check_new(name, span, pipes)
                pipes[name] = declaration
            case syntax.LayerDeclaration(name=name, span=span):
                check_new(name, span, layers)
                layers[name] = declaration
            case syntax.HandlerDeclaration(name=name, span=span):
                check_new(name, span, handlers)
                handlers[name] = declaration
            case syntax.PredicateDeclaration(name=name, span=span):
                check_new(name, span, predicates)
                predicates[name] = declaration
    constants = _replace_constants(constants, given or {})
    found = Scope(
        constants,
        definitions,
        structs,
        regions.get(REGION),
        pipes,
        layers,
        handlers,
        predicates,
        Effort(),
    )
    for definition in definitions.values():
        _check_definition(found, definition)
    return found


def check_new(
    name: str, span: Span, *known: Mapping[str, object], reserved: frozenset[str] | None = None
) -> None:
    """Refuse `name` if it is reserved (ASH013), or stands for something in one of `known` (ASH012)."""
    scope.check_new(LANGUAGE, name, span, *known, reserved=reserved)


def _replace_constants(
    constants: dict[str, syntax.ConstantDeclaration], given: Mapping[str, int]
) -> dict[str, syntax.ConstantDeclaration]:
    replaced = dict(constants)
    for name, number in given.items():
        if name not in constants:
            raise refusal("ASH010", f"there is no constant `{name}`", NOWHERE, suggest(name, constants))
        replaced[name] = replace(constants[name], value=syntax.Number(number, constants[name].span))
    return replaced


def _check_definition(found: Scope, definition: syntax.Definition) -> None:
    seen: dict[str, None] = {}
    for name in definition.parameters:
        check_new(name, definition.span, seen, found.constants, found.definitions)
        seen[name] = None

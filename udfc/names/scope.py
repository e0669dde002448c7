"""What all files together declare, by name.

In: syntax trees, imports first. Out: a `Scope`, in which every name stands for one thing. Nothing is
evaluated here; `constant` and `layout` do that when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grammar.fields import scope
from grammar.fields.effort import Effort
from grammar.fields.fieldtype import BYTES, NUMBER_TYPES, PACKED
from grammar.fields.scope import Language
from runtime.source import Span
from runtime.template.nodes import DATA
from udfc.language import syntax

LENGTH = "length"
FUNCTIONS = {"min": 2, "max": 2, "select": 3, "clock": 0}
"""What can be called besides abbreviations, with the number of arguments."""

OPERATIONS = {"read": 0, "write": 1, "allocate": 2, "free": 3}
"""What `operation` is compared with in `acl`; elsewhere these are names like others."""

LIKE = "like"
AFTER = "after"
RESERVED = frozenset({LENGTH, AFTER, "wrapping", *FUNCTIONS})
"""Names with a meaning of their own in expressions."""

LANGUAGE = Language("UDF", FUNCTIONS, RESERVED)
RESERVED_STRUCTS = frozenset({BYTES, PACKED, *NUMBER_TYPES})
RESERVED_TEMPLATES = frozenset({DATA, LIKE})


@dataclass(frozen=True, slots=True)
class Scope:
    """The declarations of a program.

    Args:
        templates: in order of declaration, those of imported files first.
        effort: what the compilation has cost so far.
    """

    constants: Mapping[str, syntax.ConstantDeclaration]
    definitions: Mapping[str, syntax.Definition]
    structs: Mapping[str, syntax.StructDeclaration]
    templates: Mapping[str, syntax.TemplateDeclaration]
    effort: Effort

    @property
    def language(self) -> Language:
        """What UDF differs in from other languages."""
        return LANGUAGE

    @property
    def names(self) -> tuple[str, ...]:
        """What can stand in an expression everywhere."""
        return (*self.constants, *self.definitions)


def build_scope(files: Sequence[syntax.File]) -> Scope:
    """Return what `files` declare.

    Raises:
        Refused: UDF012 for a name that is declared twice, UDF013 for one that cannot be declared.
    """
    constants: dict[str, syntax.ConstantDeclaration] = {}
    definitions: dict[str, syntax.Definition] = {}
    structs: dict[str, syntax.StructDeclaration] = {}
    templates: dict[str, syntax.TemplateDeclaration] = {}
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
            case syntax.TemplateDeclaration(name=name, span=span):
                check_new(name, span, templates, reserved=RESERVED_TEMPLATES)
                templates[name] = declaration
    found = Scope(constants, definitions, structs, templates, Effort())
    for definition in definitions.values():
        _check_definition(found, definition)
    return found


def check_new(
    name: str, span: Span, *known: Mapping[str, object], reserved: frozenset[str] | None = None
) -> None:
    """Refuse `name` if it is reserved (UDF013), or stands for something in one of `known` (UDF012)."""
    scope.check_new(LANGUAGE, name, span, *known, reserved=reserved)


def _check_definition(found: Scope, definition: syntax.Definition) -> None:
    seen: dict[str, None] = {}
    for name in definition.parameters:
        check_new(name, definition.span, seen, found.constants, found.definitions)
        seen[name] = None

"""Everything that a DPF program defines, by name.

In: syntax trees, the library's first. Out: a `Scope`, in which every name is defined once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dpfc.language import syntax
from dpfc.names.header import Header, lay_out_header
from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span

RESERVED = "length"
"""The captured length of the message; not a name for anything else that stands in expressions."""

_MOST_SUGGESTED = 16


@dataclass(frozen=True, slots=True)
class Scope:
    """The definitions of a program.

    Args:
        headers: library first, then in order of definition.
        runnable: the filters and instances, in order of definition.
    """

    headers: Mapping[str, Header]
    constants: Mapping[str, syntax.ConstantDeclaration]
    sets: Mapping[str, syntax.SetDeclaration]
    filters: Mapping[str, syntax.FilterDeclaration]
    instances: Mapping[str, syntax.InstanceDeclaration]
    runnable: tuple[syntax.FilterDeclaration | syntax.InstanceDeclaration, ...]


def build_scope(files: Sequence[syntax.File]) -> Scope:
    """Return what `files` define.

    Raises:
        Refused: DPF010 to DPF014, DPF030 to DPF033.
    """
    headers: dict[str, Header] = {}
    constants: dict[str, syntax.ConstantDeclaration] = {}
    sets: dict[str, syntax.SetDeclaration] = {}
    filters: dict[str, syntax.FilterDeclaration] = {}
    instances: dict[str, syntax.InstanceDeclaration] = {}
    runnable: list[syntax.FilterDeclaration | syntax.InstanceDeclaration] = []
    for file in files:
        for declaration in file.declarations:
            _check_name(declaration.name, declaration.span)
            match declaration:
                case syntax.HeaderDeclaration(name=name, span=span):
                    _check_new(name, headers, "header", span)
                    headers[name] = lay_out_header(declaration)
                case syntax.ConstantDeclaration(name=name, span=span):
                    _check_new(name, constants, "constant", span)
                    _check_new(name, sets, "set", span)
                    constants[name] = declaration
                case syntax.SetDeclaration(name=name, span=span):
                    _check_new(name, constants, "constant", span)
                    _check_new(name, sets, "set", span)
                    sets[name] = declaration
                case syntax.FilterDeclaration(name=name, span=span):
                    _check_new(name, filters, "filter", span)
                    _check_new(name, instances, "instance", span)
                    _check_parameters(declaration.parameters)
                    filters[name] = declaration
                    runnable.append(declaration)
                case syntax.InstanceDeclaration(name=name, span=span):
                    _check_new(name, filters, "filter", span)
                    _check_new(name, instances, "instance", span)
                    instances[name] = declaration
                    runnable.append(declaration)
    _check_parents(headers)
    return Scope(headers, constants, sets, filters, instances, tuple(runnable))


def suggest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return a note with the known name most like `name`, or with some of those that there are."""
    names = list(known)
    close = difflib.get_close_matches(name[: limits.MAX_NAME_LENGTH], names, n=1)
    if close:
        return (f"did you mean `{close[0]}`?",)
    some = ", ".join(f"`{one}`" for one in names[:_MOST_SUGGESTED])
    more = " ..." if len(names) > _MOST_SUGGESTED else ""
    return (f"there are {some}{more}" if names else "nothing of this kind is defined",)


def find_header(scope: Scope, name: str, span: Span) -> Header:
    """Return the header called `name`.

    Raises:
        Refused: DPF010 if there is none.
    """
    header = scope.headers.get(name)
    if header is None:
        notes = suggest(name, scope.headers)
        if name in scope.filters:
            notes = (f"`{name}` is a filter: write `@{name}`",)
        elif name in scope.constants or name in scope.sets:
            notes = (f"`{name}` is a value: compare it with something",)
        raise Refused(Diagnostic("DPF010", f"there is no header `{name}`", span, notes))
    return header


def _check_name(name: str, span: Span) -> None:
    if len(name) > limits.MAX_NAME_LENGTH:
        message = f"this name has {len(name)} characters: at most {limits.MAX_NAME_LENGTH}"
        raise Refused(Diagnostic("DPF014", message, span, ("choose a shorter name",)))
    if name == RESERVED:
        note = "in expressions, `length` is the captured length of the message"
        raise Refused(Diagnostic("DPF014", f"`{name}` cannot be given a meaning", span, (note,)))


def _check_new(name: str, known: Mapping[str, object], what: str, span: Span) -> None:
    if name in known:
        note = "the headers of the library are always there: choose another name"
        notes = (note,) if what == "header" else ("every name is defined once: rename one of them",)
        raise Refused(Diagnostic("DPF012", f"there is a {what} `{name}` already", span, notes))


def _check_parameters(parameters: tuple[syntax.Parameter, ...]) -> None:
    seen: dict[str, syntax.Parameter] = {}
    for parameter in parameters:
        _check_name(parameter.name, parameter.span)
        _check_new(parameter.name, seen, "parameter", parameter.span)
        if seen and not parameter.default and list(seen.values())[-1].default:
            message = f"`{parameter.name}` has no default but stands behind a parameter that has one"
            raise Refused(
                Diagnostic("DPF050", message, parameter.span, ("put parameters with defaults last",))
            )
        seen[parameter.name] = parameter


def _check_parents(headers: Mapping[str, Header]) -> None:
    for header in headers.values():
        for edge in header.edges:
            if not edge.parent:
                continue
            parent = headers.get(edge.parent)
            if parent is None:
                notes = suggest(edge.parent, headers)
                raise Refused(Diagnostic("DPF010", f"there is no header `{edge.parent}`", edge.span, notes))
            if parent.length is None:
                note = f"add `length = ...` to header `{parent.name}`"
                message = f"nothing can follow `{parent.name}`: it has no length"
                raise Refused(Diagnostic("DPF033", message, edge.span, (note,)))

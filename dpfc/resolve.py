"""Filters with their names resolved: from syntax trees to formulas.

In: the syntax trees of a program, the link type of the messages, and rows for filters with parameters. Out:
one `formula.Filter` for each filter that can run.

    filter web { tcp.dport == 80 }    Or(And(type == 0x800, protocol == 6, fragment_offset == 0, dport == 80),
                                         And(type == 0x86dd, chain key == 6, dport == 80))
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dpfc.formula import Filter, FilterId, Formula
from dpfc.language import syntax
from dpfc.language.library import read_library
from dpfc.names.bind import bind_arguments, bind_row, placeholder_bindings
from dpfc.names.connect import FALSE
from dpfc.names.instances import Row
from dpfc.names.meaning import Meaning
from dpfc.names.scope import Scope, build_scope, suggest
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span

_OF_VALUES = frozenset(("DPF020", "DPF024", "DPF026"))
"""Refusals that a filter with parameters gets only with the wrong arguments."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The filters of a program.

    Args:
        filters: in order of definition; their ids are 1, 2, ...
        warnings: DPF060 for each filter that no message of this link type can match.
    """

    filters: tuple[Filter, ...]
    warnings: tuple[Diagnostic, ...]


def resolve_files(
    files: Sequence[syntax.File], link_type: int, instances: Mapping[str, Sequence[Row]] | None = None
) -> Resolved:
    """Return the filters that `files` define, for messages of `link_type`.

    Args:
        files: without the header library, which is always there.
        link_type: a LINKTYPE_ number, as in capture files; 1 is Ethernet.
        instances: for filters with parameters, by name: one instance for each row.

    Raises:
        Refused: DPF010 to DPF051.
    """
    scope = build_scope((*read_library(), *files))
    rows = dict(instances or {})
    for name in rows:
        if name not in scope.filters:
            notes = suggest(name, scope.filters)
            raise Refused(
                Diagnostic("DPF013", f"there are instances for `{name}`, but no filter `{name}`", notes=notes)
            )
    meaning = Meaning(scope, link_type)
    meaning.check_definitions(files)
    filters: list[Filter] = []
    warnings: list[Diagnostic] = []
    for name, declaration, formula, span in _list_runnable(scope, meaning, rows):
        if formula == FALSE and not meaning.has_stack(declaration):
            warnings.append(_never(name, link_type, span))
        number = FilterId(len(filters) + 1)
        filters.append(Filter(number, name, formula, declaration.priority, span))
    return Resolved(tuple(filters), tuple(warnings))


def _list_runnable(
    scope: Scope, meaning: Meaning, rows: Mapping[str, Sequence[Row]]
) -> Iterator[tuple[str, syntax.FilterDeclaration, Formula, Span]]:
    for declaration in scope.runnable:
        name, span = declaration.name, declaration.span
        match declaration:
            case syntax.FilterDeclaration(parameters=parameters):
                if name in rows:
                    for row in rows[name]:
                        formula = meaning.of_filter(
                            declaration, bind_row(declaration, row, meaning.names({}))
                        )
                        yield f"{name}[{row.number}]", declaration, formula, span
                elif parameters:
                    _check_unbound(declaration, meaning)
                else:
                    yield name, declaration, meaning.of_filter(declaration, {}), span
            case syntax.InstanceDeclaration(filter=target, arguments=arguments):
                found = meaning.find_filter(target, span)
                bindings = bind_arguments(found, arguments, meaning.names({}), span)
                yield name, found, meaning.of_filter(found, bindings), span


def _check_unbound(declaration: syntax.FilterDeclaration, meaning: Meaning) -> None:
    """Refuse a filter with parameters, and no instances, for what is wrong with any arguments."""
    bindings = placeholder_bindings(declaration, meaning.names({}))
    try:
        meaning.of_filter(declaration, bindings)
    except Refused as refusal:
        if refusal.diagnostics[0].code not in _OF_VALUES:
            raise


def _never(name: str, link_type: int, span: Span) -> Diagnostic:
    message = f"filter `{name}` accepts no message of link type {link_type}"
    note = "no stack of headers that starts with this link type has the headers that it names"
    return Diagnostic("DPF060", message, span, (note,), severity="warning")

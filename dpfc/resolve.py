"""Filters with their names resolved: from syntax trees to formulas, and to rows of tables.

In: the syntax trees of a program, the link type of the messages, and rows for filters with parameters. Out:
one `formula.Filter` for each filter that can run; where a filter has many rows of arguments, and they are all
numbers to compare fields with, it is resolved once and the rows stay rows.

    filter web { tcp.dport == 80 }    Or(And(type == 0x800, protocol == 6, fragment_offset == 0, dport == 80),
                                         And(type == 0x86dd, chain key == 6, dport == 80))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dpfc.canonical import canonical
from dpfc.formula import Filter, FilterId
from dpfc.language import syntax
from dpfc.language.library import read_library
from dpfc.names.bind import bind_arguments, bind_row, placeholder_bindings, slot_bindings
from dpfc.names.connect import FALSE
from dpfc.names.instances import Row
from dpfc.names.known import ConsumedError
from dpfc.names.meaning import Meaning
from dpfc.names.scope import build_scope, suggest
from dpfc.shapes.shape import Rows
from dpfc.shapes.template import Bindings, Template, read_template
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import NOWHERE, Span

_OF_VALUES = frozenset(("DPF020", "DPF024", "DPF026"))
"""Refusals that a filter with parameters gets only with the wrong arguments."""

LEAST_ROWS = 8
"""A filter with fewer instances is resolved for each of them."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The filters of a program.

    Args:
        filters: those that are no rows, in order of definition.
        tables: rows of filters with many instances.
        names: of all filters by number: `names[0]` is empty, numbers are 1, 2, ... in order of definition.
        spans: where each filter is defined, by number.
        warnings: DPF060 for each filter that no message of this link type can match.
    """

    filters: tuple[Filter, ...]
    tables: tuple[Rows, ...]
    names: Sequence[str]
    spans: Sequence[Span]
    warnings: tuple[Diagnostic, ...]


def resolve_files(
    files: Sequence[syntax.File],
    link_type: int,
    instances: Mapping[str, Sequence[Row]] | None = None,
    least_rows: int = LEAST_ROWS,
) -> Resolved:
    """Return the filters that `files` define, for messages of `link_type`.

    Args:
        files: without the header library, which is always there.
        link_type: a LINKTYPE_ number, as in capture files; 1 is Ethernet.
        instances: for filters with parameters, by name: one instance for each row.
        least_rows: filters with at least so many instances stay rows where they can.

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
    program = _Program(meaning, link_type)
    for declaration in scope.runnable:
        program.add(declaration, rows, least_rows)
    return Resolved(
        tuple(program.filters), tuple(program.tables), program.names, program.spans, tuple(program.warnings)
    )


class _Program:
    """Filters as they are numbered."""

    def __init__(self, meaning: Meaning, link_type: int) -> None:
        self.filters: list[Filter] = []
        self.tables: list[Rows] = []
        self.names: list[str] = [""]
        self.spans: list[Span] = [NOWHERE]
        self.warnings: list[Diagnostic] = []
        self._meaning = meaning
        self._link_type = link_type

    def add(
        self,
        declaration: syntax.FilterDeclaration | syntax.InstanceDeclaration,
        rows: Mapping[str, Sequence[Row]],
        least_rows: int,
    ) -> None:
        """Add what a declaration defines: one filter, one for each row, or none."""
        meaning, name, span = self._meaning, declaration.name, declaration.span
        match declaration:
            case syntax.FilterDeclaration(parameters=parameters):
                if name in rows:
                    self._add_rows(declaration, rows[name], least_rows)
                elif parameters:
                    _check_unbound(declaration, meaning)
                else:
                    self._add_filter(name, declaration, {}, span)
            case syntax.InstanceDeclaration(filter=target, arguments=arguments):
                found = meaning.find_filter(target, span)
                bindings = bind_arguments(found, arguments, meaning.names({}), span)
                self._add_filter(name, found, bindings, span)

    def _add_filter(
        self, name: str, declaration: syntax.FilterDeclaration, bindings: Bindings, span: Span
    ) -> None:
        formula = self._meaning.of_filter(declaration, bindings)
        if formula == FALSE and not self._meaning.has_stack(declaration):
            self.warnings.append(_never(name, self._link_type, span))
        number = FilterId(len(self.names))
        self.filters.append(Filter(number, name, formula, declaration.priority, span))
        self.names.append(name)
        self.spans.append(span)

    def _add_rows(self, declaration: syntax.FilterDeclaration, rows: Sequence[Row], least: int) -> None:
        names = self._meaning.names({})
        bindings = [bind_row(declaration, row, names) for row in rows]
        template = find_template(self._meaning, declaration, tuple(rows[0].values)) if rows else None
        if template is None or len(rows) < least or not all(template.fits_row(one) for one in bindings):
            for row, one in zip(rows, bindings, strict=True):
                self._add_filter(_name_row(declaration, row), declaration, one, declaration.span)
            return
        ids = range(len(self.names), len(self.names) + len(rows))
        for number in range(len(template.alternatives)):
            self.tables.append(template.table(number, bindings, ids, declaration.priority or 0))
        self.names += [_name_row(declaration, row) for row in rows]
        self.spans += [declaration.span] * len(rows)


def find_template(
    meaning: Meaning, declaration: syntax.FilterDeclaration, columns: Sequence[str]
) -> Template | None:
    """Return what all instances of a filter have in common, for arguments in `columns`; None: not enough."""
    try:
        formula = meaning.of_filter(declaration, slot_bindings(declaration, columns, meaning.names({})))
    except (ConsumedError, Refused):  # each row will say what is wrong with it, if anything is
        return None
    return read_template(canonical(formula))


def _name_row(declaration: syntax.FilterDeclaration, row: Row) -> str:
    return f"{declaration.name}[{row.number}]"


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

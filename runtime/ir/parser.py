"""Read the text form of a function. Each parser's docstring is its grammar rule.

In: a source that holds exactly one function. Out: the function, with spans, not yet verified; or a refusal
with a code IR0xx. Instructions are read by `runtime.ir.body_parser`, tokens by `runtime.ir.tokens`; the words
that the grammar quotes are not reserved.
"""

from __future__ import annotations

from typing import get_args

from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.body_parser import BodyParser
from runtime.ir.cursor import Cursor
from runtime.ir.nodes import Entry, Function, Parameter, Region, Rights, Table, TableKind, Type
from runtime.source import Source

_RIGHTS: dict[str, Rights] = {right: right for right in get_args(Rights)}
_KINDS: dict[str, TableKind] = {kind: kind for kind in get_args(TableKind)}


def parse_function(source: Source) -> Function:
    """Read file = function, end of the text.

    Raises:
        Refused: IR001 to IR009.
    """
    cursor = Cursor(source)
    function = _function(cursor)
    if cursor.token.kind != "end":
        cursor.refuse("the end of the text (a file holds one function)")
    return function


def _function(cursor: Cursor) -> Function:
    """Read a function.

    function = "func" name declarations ["->" types] ["emits" types "max" number] "{" {table} body "}"
    """
    start = cursor.token.start
    cursor.expect("func")
    name = cursor.name("the function's name")
    regions, parameters = _declarations(cursor)
    results = cursor.types() if cursor.accept("->") else ()
    emits: tuple[Type, ...] = ()
    emit_limit = 0
    if cursor.accept("emits"):
        emits = cursor.types()
        cursor.expect("max")
        emit_limit = cursor.number("the most tuples that one call emits")
    cursor.expect("{")
    span = cursor.span(start)
    tables: list[Table] = []
    while cursor.at("table") or cursor.at("open"):
        tables.append(_table(cursor))
    parser = BodyParser(cursor)
    body = parser.body()
    cursor.expect("}")
    function = Function(name, regions, parameters, results, emits, emit_limit, tuple(tables), body, span)
    parser.check_store_widths(function)
    return function


def _declarations(cursor: Cursor) -> tuple[tuple[Region, ...], tuple[Parameter, ...]]:
    """Read declarations = "(" [(region | parameter) {";" (region | parameter)}] ")"."""
    regions: list[Region] = []
    parameters: list[Parameter] = []
    cursor.expect("(")
    while not cursor.at(")"):
        if regions or parameters:
            cursor.expect(";")
        if cursor.at("region"):
            regions.append(_region(cursor))
        else:
            parameters.append(_parameter(cursor, len(parameters)))
    cursor.expect(")")
    return tuple(regions), tuple(parameters)


def _region(cursor: Cursor) -> Region:
    """Read region = "region" name ":" ("read" | "write" | "read_write") "," ("max" | "size") number."""
    start = cursor.token.start
    cursor.expect("region")
    name = cursor.name("the region's name")
    cursor.expect(":")
    rights = cursor.choice(_RIGHTS, "the region's rights")
    cursor.expect(",")
    constant = cursor.choice({"max": False, "size": True}, "a bound")
    maximum = cursor.number("a number of bytes")
    return Region(name, rights, maximum, constant, cursor.span(start))


def _parameter(cursor: Cursor, number: int) -> Parameter:
    """Read parameter = value name ":" type."""
    start = cursor.token.start
    if cursor.token.kind != "value":
        cursor.refuse("`region` or a parameter such as `%0 name: u32`")
    given = cursor.value()
    if given != number:
        notes = (f"write `%{number}`: parameters are numbered from 0 in order",)
        message = f"this parameter is number {number}, not {given}"
        raise Refused(Diagnostic("IR007", message, cursor.span(start), notes))
    name = cursor.name("the parameter's name")
    cursor.expect(":")
    return Parameter(name, cursor.type(), cursor.span(start))


def _table(cursor: Cursor) -> Table:
    """Read a table.

    table = "table" declaration "{" {entry} "}" | "open" "table" declaration
    declaration = name ("exact" | "range" | "prefix" | "first") types "->" type "default" number
    """
    start = cursor.token.start
    is_open = cursor.accept("open")
    cursor.expect("table")
    name = cursor.name("the table's name")
    kind = cursor.choice(_KINDS, "the table's kind")
    keys = cursor.types()
    cursor.expect("->")
    value = cursor.type()
    cursor.expect("default")
    default = cursor.number("the value of keys in no entry")
    if is_open:
        return Table(name, kind, keys, value, default, (), open=True, span=cursor.span(start))
    cursor.expect("{")
    span = cursor.span(start)
    entries: list[Entry] = []
    while not cursor.accept("}"):
        entries.append(_entry(cursor))
    return Table(name, kind, keys, value, default, tuple(entries), span=span)


def _entry(cursor: Cursor) -> Entry:
    """Read entry = (column | "(" column {"," column} ")") "->" number."""
    start = cursor.token.start
    columns = cursor.listed(lambda: _column(cursor)) if cursor.at("(") else (_column(cursor),)
    cursor.expect("->")
    value = cursor.number("the value that the key maps to")
    cursor.count_entry(start)
    return Entry(tuple(low for low, _ in columns), tuple(high for _, high in columns), value)


def _column(cursor: Cursor) -> tuple[int, int]:
    """Read column = number [".." number]."""
    low = cursor.number("a key")
    return low, cursor.number("the last key") if cursor.accept("..") else low

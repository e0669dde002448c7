"""Verify that a function is well formed: every later stage assumes it, and nothing else about its origin.

In: any `Function` made of our nodes, however it came about. Out: nothing, or a refusal with a code IR1xx. The
declarations are verified here, the tables in `runtime.ir.verify_table`, the instructions in
`runtime.ir.verify_body`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import Function, Region
from runtime.ir.verify_body import verify_body
from runtime.ir.verify_table import verify_table
from runtime.source import Span

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def verify_function(function: Function) -> None:
    """Refuse a malformed function.

    Raises:
        Refused: IR101 to IR124; the diagnostic's span is the instruction's or declaration's.
    """
    _verify_names(function)
    _verify_limits(function)
    for region in function.regions:
        _verify_region(region)
    for table in function.tables:
        verify_table(table)
    verify_body(function)


def _verify_names(function: Function) -> None:
    """Check that names are identifiers (IR101) and unique among their kind (IR102)."""
    _verify_name("function", function.name, function.span)
    _verify_distinct("region", ((region.name, region.span) for region in function.regions))
    _verify_distinct("parameter", ((parameter.name, parameter.span) for parameter in function.parameters))
    _verify_distinct("table", ((table.name, table.span) for table in function.tables))


def _verify_distinct(what: str, named: Iterable[tuple[str, Span]]) -> None:
    seen: set[str] = set()
    for name, span in named:
        _verify_name(what, name, span)
        if name in seen:
            notes = ("rename one of them",)
            raise Refused(Diagnostic("IR102", f"two {what}s are called `{name}`", span, notes))
        seen.add(name)


def _verify_name(what: str, name: str, span: Span) -> None:
    if len(name) > limits.MAX_NAME_LENGTH or not _IDENTIFIER.match(name):
        message = f"the {what} name {name[: limits.MAX_NAME_LENGTH]!a} is not an identifier"
        notes = (f"a name has letters, digits and `_`, at most {limits.MAX_NAME_LENGTH} of them",)
        raise Refused(Diagnostic("IR101", message, span, notes))


def _verify_limits(function: Function) -> None:
    """Check the sizes of the declarations (IR103), and that an emitting function can emit (IR104)."""
    entries = sum(len(table.entries) for table in function.tables)
    for what, count, limit in (
        ("regions", len(function.regions), limits.MAX_REGIONS),
        ("parameters", len(function.parameters), limits.MAX_PARAMETERS),
        ("results", len(function.results), limits.MAX_RESULTS),
        ("numbers in an emitted tuple", len(function.emits), limits.MAX_EMIT_WORDS),
        ("emitted tuples", function.emit_limit, limits.MAX_EMITS),
        ("tables", len(function.tables), limits.MAX_TABLES),
        ("table entries", entries, limits.MAX_TABLE_ENTRIES),
    ):
        if count > limit:
            notes = ("split the program",)
            message = f"the function has {count} {what}, the limit is {limit}"
            raise Refused(Diagnostic("IR103", message, function.span, notes))
    if (function.emit_limit > 0) != bool(function.emits) or function.emit_limit < 0:
        message = "the function says how many tuples it emits but not which, or which but not how many"
        notes = ("write `emits (u32) max 16`, or neither",)
        raise Refused(Diagnostic("IR104", message, function.span, notes))


def _verify_region(region: Region) -> None:
    if not 0 <= region.maximum <= limits.MAX_REGION_BYTES:
        message = f"region `{region.name}` has {region.maximum} bytes, the limit is {limits.MAX_REGION_BYTES}"
        raise Refused(Diagnostic("IR103", message, region.span, ("declare a smaller bound",)))

"""One template: its clauses one after the other.

In: a header and all headers. Out: `runtime.template.nodes.Template`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from grammar.fields.constant import evaluate_constant
from grammar.fields.refuse import refusal
from runtime.template.nodes import Extent, Template
from udfc.language import syntax
from udfc.lowering.emission import collect_kinds
from udfc.lowering.family import list_families
from udfc.lowering.function import Target
from udfc.lowering.method import lower_method
from udfc.lowering.partition import lower_owns, lower_partitions, lower_reads, scout_reads
from udfc.lowering.routine import lower_number_function, lower_routine, lower_unit
from udfc.names.extents import resolve_ranges
from udfc.names.fields import flatten_fields
from udfc.names.header import Header, list_clauses
from udfc.names.scope import check_new

_DEFAULT_UNIT = 4096


def lower_template(header: Header, headers: Mapping[str, Header]) -> Template:
    """Return the template.

    Raises:
        Refused: UDF010 to UDF061.
    """
    target = Target(header, headers, collect_kinds(header, headers))
    properties = _find_properties(header)
    routines = _find_routines(header)
    discriminator = _find_ranges(header, "discriminator")
    families, used = list_families(header, used=False), list_families(header, used=True)
    reads = [scout_reads(target, each) for each in families]
    marks = [scout_reads(target, each) for each in used]
    methods = _find_methods(header)
    unit = properties.get("unit", syntax.Number(_DEFAULT_UNIT, header.declaration.span))
    numbers = {
        name: lower_number_function(target, name, value, sees_object=name != "identity")
        for name, value in properties.items()
        if name in {"blocks", "identity", "shared"}
    }
    functions = {name: lower_routine(target, each) for name, each in routines.items()}
    return Template(
        name=header.name,
        maximum=header.maximum,
        constant=header.constant,
        parameters=header.parameters,
        kinds=target.kinds,
        discriminator=discriminator,
        raw_read=_find_ranges(header, "raw_read"),
        raw_write=_find_ranges(header, "raw_write"),
        root=_find_root(header, properties),
        sticky=any(list_clauses(header.declaration, syntax.Sticky)),
        fields=flatten_fields(header.fields),
        unit=lower_unit(target, unit, discriminator),
        partitions=lower_partitions(target, families, "partitions"),
        owns=lower_owns(target, families, False, reads),
        reads=lower_reads(target, families, reads, discriminator),
        blocks=numbers.get("blocks"),
        identity=numbers.get("identity"),
        shared=numbers.get("shared"),
        used=lower_owns(target, used, True, marks) if used else None,
        marks=lower_partitions(target, used, "marks") if used else None,
        names=functions.get("names"),
        acl=functions.get("acl"),
        size=functions.get("size"),
        methods=tuple(lower_method(target, families, each) for each in methods),
        span=header.declaration.span,
    )


def _find_properties(header: Header) -> dict[str, syntax.Expression]:
    found: dict[str, syntax.Expression] = {}
    for clause in list_clauses(header.declaration, syntax.Property):
        if clause.name in found:
            _refuse_second(clause.name, clause)
        found[clause.name] = clause.value
    return found


def _find_routines(header: Header) -> dict[str, syntax.Routine]:
    found: dict[str, syntax.Routine] = {}
    for clause in list_clauses(header.declaration, syntax.Routine):
        if clause.name in found:
            _refuse_second(clause.name, clause)
        found[clause.name] = clause
    return found


def _refuse_second(name: str, clause: syntax.Clause) -> None:
    raise refusal(
        "UDF026", f"`{name}` stands here for the second time", clause.span, "a template has at most one"
    )


def _find_ranges(
    header: Header, name: Literal["discriminator", "raw_read", "raw_write"]
) -> tuple[Extent, ...]:
    clauses = (each for each in list_clauses(header.declaration, syntax.Ranges) if each.name == name)
    return tuple(extent for clause in clauses for extent in resolve_ranges(header, clause.ranges))


def _find_root(header: Header, properties: Mapping[str, syntax.Expression]) -> int | None:
    """Return where a root is; only roots have `blocks`, and they have no owner to pass arguments."""
    root = properties.get("root")
    if root is None:
        blocks = properties.get("blocks")
        if blocks is not None:
            raise refusal(
                "UDF026", "`blocks` belongs to a root", blocks.span, "say where it is: `root at 1024`"
            )
        return None
    if header.parameters:
        message = "a root has no parameters: nobody owns it"
        raise refusal("UDF026", message, header.parameters[0].span, "read the numbers from the object itself")
    return evaluate_constant(header.scope, root)


def _find_methods(header: Header) -> list[syntax.Method]:
    seen: dict[str, syntax.Method] = {}
    for method in list_clauses(header.declaration, syntax.Method):
        check_new(method.name, method.span, seen)
        seen[method.name] = method
    return list(seen.values())

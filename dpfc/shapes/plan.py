"""From resolved filters to tables and filters that share as many fields as they can.

In: filters and rows as they were written. Out: the same in one form: filters of one shape as rows of a table,
every atom canonical, equalities cut where any filter begins or ends a field. A shape is rewritten once,
however many rows it has.

    written -> rows of what is written alike -> canonical shapes, canonical others -> cut alike -> rows again
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dpfc.atoms.split import Edges, find_edges, split_formula
from dpfc.canonical import canonical, canonicalize
from dpfc.formula import And, Filter, Test
from dpfc.names.connect import FALSE
from dpfc.names.known import Slot
from dpfc.optimizations import Optimizations
from dpfc.shapes.group import group_filters
from dpfc.shapes.shape import Rows, split_shape
from dpfc.shapes.template import read_template


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be compiled.

    Args:
        filters: those that are no rows, in order.
        rows: of the others.
        edges: where equalities were cut.
        contradictions: filters, as written, that are never true.
    """

    filters: tuple[Filter, ...]
    rows: tuple[Rows, ...]
    edges: Edges
    contradictions: tuple[Filter, ...]


def group_program(
    filters: Sequence[Filter], rows: Sequence[Rows], every: bool, optimizations: Optimizations
) -> Plan:
    """Return filters and rows in one form.

    Args:
        filters: in order of their numbers.
        rows: of further filters.
        every: as for `group_filters`.
        optimizations: which of all this to do.
    """
    if not optimizations.canonical:
        grouped = group_filters(filters if optimizations.tables else (), every)
        left = grouped.others if optimizations.tables else tuple(filters)
        return Plan(left, (*rows, *grouped.tables), {}, ())
    first = group_filters(filters if optimizations.tables else (), every)
    tables = [(some, _rewrite_rows(some)) for some in first.tables]
    tabled = {int(number) for _, new in tables if new is not None for number in new.ids}
    tabled -= {int(number) for some, new in tables if new is None for number in some.ids}
    kept = [new.only(tabled) for _, new in tables if new is not None]
    written = [one for one in filters if one.id not in tabled]
    left = canonicalize(written)
    false = tuple(before for before, after in zip(written, left, strict=True) if after.formula == FALSE)
    edges = find_edges((*(one.formula for one in left), *(some.shape.sample() for some in (*rows, *kept))))
    left = tuple(replace(one, formula=split_formula(one.formula, edges)) for one in left)
    second = group_filters(left if optimizations.tables else (), every)
    cut = [replace(some, shape=split_shape(some.shape, edges)) for some in (*rows, *kept)]
    return Plan(second.others if optimizations.tables else left, (*cut, *second.tables), edges, false)


def _rewrite_rows(rows: Rows) -> Rows | None:
    """Return rows of the canonical form of their shape; None where that is no shape with these columns."""
    slots = [Slot(str(place)) for place in range(len(rows.shape.columns))]
    tests = (Test(column, slot) for column, slot in zip(rows.shape.columns, slots, strict=True))
    template = read_template(canonical(And((*rows.shape.fixed, *tests))))
    if template is None or len(template.alternatives) != 1:
        return None
    (alternative,) = template.alternatives
    places = [int(slot.parameter) for slot in alternative.slots]
    if sorted(places) != list(range(len(slots))):
        return None
    lows = tuple(rows.lows[place] for place in places)
    highs = lows if rows.exact else tuple(rows.highs[place] for place in places)
    return replace(rows, shape=alternative.shape, lows=lows, highs=highs)

"""Decisions on one formula: cut it along a variable, follow it to a place where it holds.

In: a formula of a `boolean.Pool`. Out: the pieces into which a variable cuts it, and paths of decisions.
Subjects count as independent here, so that a missing path is a proof and a path is only a guess
(`dpfc.merge.witness` tries it).
"""

from __future__ import annotations

from itertools import pairwise

from dpfc.formula import ValueSet
from dpfc.merge.boolean import FALSE, TRUE, NodeId, Pool
from dpfc.merge.need import Room


def find_path(pool: Pool, formula: NodeId) -> tuple[tuple[int, ValueSet], ...] | None:
    """Return decisions (variable, possible values) under which `formula` holds, or None when there are none.

    Subjects count as independent: None proves that no message satisfies the formula, a path is only a guess.
    """
    path: list[tuple[int, ValueSet]] = []
    while formula not in (TRUE, FALSE):
        variable = pool.first_variable(formula)
        longest_first = sorted(_cut(pool, formula, variable), key=lambda cell: cell[0], reverse=True)
        for cell, rest in longest_first:
            if _satisfiable(pool, rest):
                path.append((variable, cell))
                formula = rest
                break
        else:
            return None
    return tuple(path) if formula == TRUE else None


def _satisfiable(pool: Pool, formula: NodeId) -> bool:
    """True when some choice of independent subjects makes the formula true."""
    seen: set[NodeId] = set()
    stack = [formula]
    while stack:
        current = stack.pop()
        if current == TRUE:
            return True
        if current == FALSE or current in seen:
            continue
        seen.add(current)
        stack += [rest for _, rest in _cut(pool, current, pool.first_variable(current))]
    return False


def _cut(pool: Pool, formula: NodeId, variable: int) -> list[tuple[ValueSet, NodeId]]:
    """Return the pieces of the variable's domain, each with what is left of the formula there."""
    cells: dict[NodeId, list[tuple[int, int]]] = {}
    for low, high, rest in list_pieces(pool, formula, variable):
        cells.setdefault(rest, []).append((low, high))
    return [(tuple(intervals), rest) for rest, intervals in cells.items()]


def list_pieces(pool: Pool, formula: NodeId, variable: int) -> list[tuple[int, int, NodeId]]:
    """Return (low, high, rest) in ascending order: the formula restricted to each elementary interval."""
    if variable not in pool.variables(formula):
        return [(0, pool.maximum(variable), formula)]
    subject = pool.subjects[variable]
    if isinstance(subject, Room):
        pieces = [
            (value, pool.restrict_room(formula, subject.base, subject.size, bool(value))) for value in (0, 1)
        ]
        return [(value, value, rest) for value, rest in pieces]
    starts = {0}
    for values in pool.sets(formula, variable):
        for low, high in values:
            starts.update((low, high + 1))
    end = pool.maximum(variable) + 1
    edges = [*sorted(starts - {end}), end]
    return [
        (low, after - 1, pool.restrict(formula, variable, ((low, after - 1),)))
        for low, after in pairwise(edges)
    ]

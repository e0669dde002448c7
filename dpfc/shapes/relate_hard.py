"""How filters that are no boxes (negations, arithmetic) relate to many rows, with few questions.

In: such filters, tables of rows, other filters. Out: links. Rows whose numbers lie alike among the numbers
that a filter names are one class; one row of each class is put to the prover. Its answer is that of the whole
class where the messages that show it stay so whatever numbers of the class are written into the columns.

    filter: not (dport in 80..443) and ...        classes of rows {dport}: 0..79, 80..443, 444..65535
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dpfc import formula as f
from dpfc.merge.boolean import Pool
from dpfc.merge.overlap import FindMessage
from dpfc.naive import accepts
from dpfc.shapes.frame import list_subjects, read_row
from dpfc.shapes.independence import are_free, list_present
from dpfc.shapes.links import Links
from dpfc.shapes.relate_boxes import Budget
from dpfc.shapes.relate_pair import Pair, relate_pair
from dpfc.shapes.shape import Rows, Shape

if TYPE_CHECKING:
    from dpfc.shapes.contain import Numbers


@dataclass(slots=True)
class _Found:
    """Units that meet a filter, by the number of theirs, and whether they contain it or it them."""

    units: dict[int, list[int]] = field(default_factory=dict)
    inside: set[int] = field(default_factory=set)
    around: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Prover:
    """What pairs are put to.

    Args:
        pool: knows everything that filters and rows look at.
        find_message: finds messages.
        budget: for rows that are asked about one by one.
    """

    pool: Pool
    find_message: FindMessage
    budget: Budget

    def relate(self, first: f.Formula, second: f.Formula) -> Pair:
        """Return how two formulas relate."""
        return relate_pair(self.pool, first, second, self.find_message)


def link_hard(
    hard: Sequence[f.Filter], others: Sequence[f.Filter], tables: Sequence[Rows], prover: Prover
) -> Links:
    """Return how the filters of `hard` relate to each other, to `others` and to the rows of `tables`.

    Units are numbered: the rows of all tables, then the filters of `others`, then those of `hard`.

    Raises:
        Refused: DPF074 when the prover gives up, or too many rows need an answer of their own.
    """
    import numpy as np

    filters = (*others, *hard)
    start = sum(map(len, tables))
    columns: list[list[int]] = [[] for _ in range(7)]
    for place, one in enumerate(hard, len(others)):
        found = _relate_rows(one, tables, prover)
        for unit, other in enumerate(filters[:place], start):
            _add(found, other.id, [unit], prover.relate(one.formula, other.formula))
        for number, units in found.units.items():
            mine, theirs = (one.id, number in found.inside), (number, number in found.around)
            pair = sorted((mine, theirs))
            columns[6] += [len(columns[0])] * len(units)
            for column, (owner, is_inside) in enumerate(pair):
                columns[column].append(owner)
                columns[2 + column].append(is_inside)
                columns[4 + column] += [start + place] * len(units) if owner == one.id else units
    first, second, inside, around, first_units, second_units, places = (
        np.array(column, dtype=np.int64) for column in columns
    )
    return Links(
        first, second, inside.astype(np.bool_), around.astype(np.bool_), first_units, second_units, places
    )


def _add(found: _Found, number: int, units: list[int], pair: Pair) -> None:
    """Note how the filter relates to another, of which `units` meet it."""
    if pair.shared is None:
        return
    found.units.setdefault(number, []).extend(units)
    if pair.only_first is None:
        found.inside.add(number)
    if pair.only_second is None:
        found.around.add(number)


def _relate_rows(one: f.Filter, tables: Sequence[Rows], prover: Prover) -> _Found:
    """Return how a filter relates to the filters that have rows."""
    members: dict[int, list[tuple[int, int, int]]] = {}  # (class, table, row) by filter
    starts: list[int] = []
    pairs: dict[int, Pair] = {}
    unit = 0
    for number, table in enumerate(tables):
        starts.append(unit)
        unit += len(table)
        for place, (rows, pair) in enumerate(_classify(one, table, prover)):
            kind = number << 32 | place
            pairs[kind] = pair
            if pair.shared is not None or len(tables) > 1:
                for row, owner in zip(rows.tolist(), table.ids[rows].tolist()):
                    members.setdefault(owner, []).append((kind, number, row))
    found = _Found()
    known: dict[tuple[int, ...], Pair] = {}
    for owner, rows_of in members.items():
        met = [row for row in rows_of if pairs[row[0]].shared is not None]
        if not met:
            continue
        units = [starts[number] + row for _, number, row in met]
        if len(rows_of) == 1:
            _add(found, owner, units, pairs[met[0][0]])
            continue
        kinds = tuple(sorted(row[0] for row in rows_of))
        whole = known.get(kinds)
        if whole is None:
            whole, general = _relate_union(one, tables, rows_of, prover)
            if general:
                known[kinds] = whole
            else:
                prover.budget.spend()
        _add(found, owner, units, whole)
    return found


def _relate_union(
    one: f.Filter, tables: Sequence[Rows], rows: Iterable[tuple[int, int, int]], prover: Prover
) -> tuple[Pair, bool]:
    """Return how a filter relates to one with several rows, and whether to all with rows of these classes."""
    parts = [read_row(tables[number], row) for _, number, row in rows]
    pair = prover.relate(one.formula, f.Or(tuple(part.formula for part in parts)))
    shapes = tuple(dict.fromkeys(part.shape for part in parts))
    return pair, pair.general and all(_is_general(one, shapes, m) for m in pair.messages)


def _classify(one: f.Filter, table: Rows, prover: Prover) -> Iterable[tuple[Numbers, Pair]]:
    """Yield classes of rows (all of them together), and how the filter relates to each row of the class."""
    import numpy as np

    classes = _number_classes(one, table, prover.pool)
    order = np.argsort(classes, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(classes[order])) + 1):
        pair = prover.relate(one.formula, read_row(table, int(rows[0])).formula)
        is_general = pair.general and all(_is_general(one, (table.shape,), m) for m in pair.messages)
        if is_general or len(rows) == 1:
            yield rows, pair
            continue
        for row in rows:
            prover.budget.spend()
            yield row[None], prover.relate(one.formula, read_row(table, int(row)).formula)


def _number_classes(one: f.Filter, table: Rows, pool: Pool) -> Numbers:
    """Return the class of each row: between which numbers of the filter each column begins and ends."""
    import numpy as np

    node = pool.add(one.formula)
    features = [np.zeros(len(table), dtype=np.int64)]
    for column, lows, highs in zip(table.shape.columns, table.lows, table.highs, strict=True):
        top = (1 << column.bits) - 1
        cuts = {0} | {low for values in pool.sets(node, pool.variable(column)) for low, _ in values}
        cuts |= {high + 1 for values in pool.sets(node, pool.variable(column)) for _, high in values}
        edges = np.array(sorted(cut for cut in cuts if cut <= top), dtype=np.uint64)
        ends = np.append(edges[1:] - np.uint64(1), np.uint64(top))
        first = np.searchsorted(edges, lows, side="right") - 1
        last = np.searchsorted(edges, highs, side="right") - 1
        features += [first, last, (lows == edges[first]), (highs == ends[last]), (lows == highs)]
    numbers: Numbers = np.unique(np.stack(features), axis=1, return_inverse=True)[1].reshape(-1)
    return numbers


def _is_general(one: f.Filter, shapes: Sequence[Shape], message: bytes) -> bool:
    """Say whether any numbers can be written into the columns of the shapes whose fixed tests hold."""
    held = [shape for shape in shapes if accepts(f.And(shape.fixed), message)]
    columns = dict.fromkeys(column for shape in held for column in shape.columns)
    subjects = [*_list_formula_subjects(one.formula), *(s for shape in shapes for s in list_subjects(shape))]
    present = list_present(dict.fromkeys(subjects), message)
    mine = tuple(column for column in columns if column in present)
    looked_at = [s for s in present if s in mine or not _is_only_column(s, one, shapes, held)]
    return are_free(message, mine, looked_at)


def _is_only_column(
    subject: f.Expression, one: f.Filter, shapes: Sequence[Shape], held: Sequence[Shape]
) -> bool:
    """Say whether only shapes whose fixed tests fail look at `subject`: then nobody looks at it."""
    if subject in _list_formula_subjects(one.formula):
        return False
    return not any(
        subject in (*(test.subject for test in shape.fixed), *(shape.columns if shape in held else ()))
        for shape in shapes
    )


def _list_formula_subjects(part: f.Formula) -> tuple[f.Expression, ...]:
    match part:
        case f.Test(subject=subject):
            return (subject,)
        case f.Not(part=inner):
            return _list_formula_subjects(inner)
        case f.And(parts=parts) | f.Or(parts=parts):
            return tuple(dict.fromkeys(s for inner in parts for s in _list_formula_subjects(inner)))

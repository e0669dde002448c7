"""One compiled program and the filters in it, row by row: what changes without compiling anything.

In: filters and rows. Out: `State`, in which rows are inserted and deleted. A change is made as a whole or not
at all; who classifies meanwhile is not held up (see `runtime.tables.open_hash_store`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpfc.atoms.split import split_formula
from dpfc.canonical import canonical
from dpfc.engine import Settings, load_program
from dpfc.formula import Filter, FilterId, Formula, Or
from dpfc.live.registry import Registry, Row, ShapedRow
from dpfc.live.suspect import Suspects
from dpfc.program import Labels, build_program
from dpfc.shapes.conjunction import Conjunction, are_disjoint, list_conjunctions
from dpfc.shapes.shape import Rows, Shape, split_shape
from dpfc.shapes.table import ShapeTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Tabled:
    """A filter as rows, one for each alternative."""

    number: FilterId
    rows: tuple[ShapedRow, ...]
    priority: int


_MANY = 16
"""So many rows are removed together; fewer one by one."""


class State:
    """A loaded program, and which filter has which rows.

    Attributes:
        loaded: the program; what is in its tables changes.
        others: the filters that are no rows, as written, by number.
    """

    def __init__(
        self,
        filters: Sequence[Filter],
        rows: Sequence[Rows],
        settings: Settings,
        labels: Labels,
        order: Sequence[FilterId] | None = None,
    ) -> None:
        program = build_program(filters, settings.mode, rows, settings.optimizations, labels, order)
        self.loaded = load_program(program, settings)
        kept = {one.id for one in program.filters}
        self.others = {one.id: one for one in filters if one.id in kept}
        self._mode = settings.mode
        self._tables = {table.name: table for table in program.tables}
        self._registries = {table.name: Registry(table.rows) for table in program.tables}
        self._edges = program.edges
        self._interned: dict[int, tuple[Shape, Shape]] = {}
        self._suspects = Suspects(self._registries, program.filters)
        self._places = {number: place for place, number in enumerate(program.order)}
        specific = settings.mode == "specific"
        self._ordered = {name for name in self._tables if not specific or self._is_ordered(name)}
        self._note_several()

    def __contains__(self, number: FilterId) -> bool:
        return number in self.others or any(number in registry for registry in self._registries.values())

    def read_rows(self, one: Filter) -> Tabled | None:
        """Return a filter as rows of the shapes that are there; None when it does not fit them."""
        rows = self._match(self._normalize(one.formula))
        return None if rows is None else Tabled(one.id, rows, one.priority or 0)

    def intern(self, shape: Shape) -> Shape:
        """Return the shape of a table that says the same as `shape`, to compare quickly with; else itself."""
        known = self._interned.get(id(shape))
        if known is None:
            cut = split_shape(shape, self._edges)
            found = next((table.shape for table in self._tables.values() if table.shape == cut), shape)
            known = self._interned[id(shape)] = (shape, found)  # the first keeps its number taken
        return known[1]

    def find_suspects(self, rows: Sequence[ShapedRow]) -> Iterator[FilterId]:
        """Yield the filters that may be in conflict with a new one in mode specific, perhaps repeatedly."""
        return self._suspects.find(rows)

    def list_suspects(self, new: Filter, tabled: Tabled | None) -> list[FilterId]:
        """Return the filters that may be in conflict with `new`, each once."""
        if tabled is not None:
            rows = tabled.rows
        elif (conjunctions := list_conjunctions(self._normalize(new.formula))) is not None:
            rows = tuple((Shape(tuple(one.values()), ()), ()) for one in conjunctions)
        else:
            return [*self.others, *(number for r in self._registries.values() for number, _ in r.items())]
        return list(dict.fromkeys(number for number in self._suspects.find(rows) if number != new.id))

    def insert(self, new: Tabled) -> bool:
        """Insert a filter that is in conflict with none; False when some shape has no table for it.

        Raises:
            Refused: TAB011 when a table is full; nothing has changed.
        """
        chosen = [(self._choose_table(shape, row, new.priority), row) for shape, row in new.rows]
        places = [(table, row) for table, row in chosen if table is not None and table.name in self._ordered]
        if len(places) < len(chosen) or len({(t.name, row) for t, row in places}) < len(places):
            return False
        done: list[tuple[ShapeTable, Row]] = []
        try:
            for table, row in places:
                added = self.loaded.tables[table.name].insert(table.key(row), new.number)
                assert added, "the table has been asked for the key"
                done.append((table, row))
        finally:
            if len(done) < len(places):
                for table, row in done:
                    self.loaded.tables[table.name].delete(table.key(row))
        for table, row in places:
            self._registries[table.name].add(new.number, row)
            if len(places) > 1:
                self._registries[table.name].several.add(new.number)
        return True

    def insert_many(
        self, shape: Shape, columns: Sequence[NDArray[np.uint64]], ids: NDArray[np.uint32], priority: int
    ) -> bool:
        """Insert a row each for many filters; False, and nothing has changed, where each must be looked at.

        That is: there is no table, a key is there already or comes twice, or shapes may overlap.

        Raises:
            Refused: TAB011 when the table is full; nothing has changed.
        """
        tables = (table for table in self._tables.values() if table.shape == shape)
        table = next((table for table in tables if self._takes(table, priority)), None)
        if table is None or table.name not in self._ordered:
            return False
        if self._mode == "specific" and not self._suspects.decided(table.name):
            return False
        words = [word.pack_columns(columns) for word in table.words]
        if len(self.loaded.tables[table.name].insert_many(words, ids)):
            return False
        self._registries[table.name].add_many(ids.tolist(), [column.tolist() for column in columns])
        return True

    def delete(self, numbers: Sequence[FilterId]) -> None:
        """Remove the rows of filters, those that have any."""
        for name, registry in self._registries.items():
            rows = [row for number in numbers for row in registry.remove(number)]
            table, words = self.loaded.tables[name], self._tables[name].words
            if len(rows) >= _MANY:
                import numpy as np

                columns = list(np.array(rows, dtype=np.uint64).T)
                absent = table.delete_many([word.pack_columns(columns) for word in words])
                assert not len(absent), "every registered row is in its table"
            else:
                removed = [table.delete(self._tables[name].key(row)) for row in rows]
                assert all(removed), "every registered row is in its table"

    def rows(self) -> tuple[Rows, ...]:
        """Return all rows, to build another program with."""
        return tuple(
            registry.rows(_priority_of(self._tables[name])) for name, registry in self._registries.items()
        )

    def describe(self, number: FilterId, name: str) -> Filter:
        """Return a filter as if it had been written out."""
        if number in self.others:
            return self.others[number]
        parts = []
        priority = 0
        for table_name, registry in self._registries.items():
            for row in registry.rows_of(number):
                parts.append(registry.shape.formula(row, row))
                priority = _priority_of(self._tables[table_name])
        return Filter(number, name, Or(tuple(parts)), priority)

    def _normalize(self, formula: Formula) -> Formula:
        """Return a formula in the form that the compiled ones have."""
        return split_formula(canonical(formula), self._edges)

    def _match(self, formula: Formula) -> tuple[ShapedRow, ...] | None:
        conjunctions = list_conjunctions(formula)
        if not conjunctions or (self._mode == "all" and not are_disjoint(conjunctions)):
            return None
        rows: list[ShapedRow] = []
        for conjunction in conjunctions:
            matches = (match_shape(table.shape, conjunction) for table in self._tables.values())
            row = next((match for match in matches if match is not None), None)
            if row is None:
                return None
            rows.append(row)
        return tuple(rows)

    def wins_as_asked(self, new: Tabled, other: FilterId, wins: bool) -> bool:
        """Say whether the program asks for `new` and for another filter in the order in which they win."""
        shapes = [shape for shape, _ in new.rows]
        mine = [t.number for t in self._tables.values() if t.shape in shapes and self._takes(t, new.priority)]
        theirs = [self._tables[name].number for name, rows in self._registries.items() if other in rows]
        theirs += [other] if other in self.others else []
        return all(
            (self._places[one] < self._places[another]) == wins
            for one in mine
            for another in theirs
            if one != another
        )

    def place_new(self, new: Filter, wins: Mapping[FilterId, bool]) -> tuple[FilterId, ...] | None:
        """Return the winning order with `new` in it, None where that takes a look at all filters.

        Args:
            new: no row, and without a priority, as are its suspects.
            wins: whether it wins against each of them.
        """
        conjunctions = list_conjunctions(self._normalize(new.formula))
        if conjunctions is None or not self._suspects.complete:
            return None
        order = self.loaded.program.order
        first, last = 0, len(order)
        for conjunction in conjunctions:
            for other, meeting in self._suspects.list_meetings(Shape(tuple(conjunction.values()), ())):
                number = self._tables[other].number if isinstance(other, str) else other
                outcomes = {meeting.first_inside}
                if meeting.first_inside == meeting.second_inside:
                    outcomes = {won for one, won in wins.items() if self._is_in(one, other)}
                first = max(first, self._places[number] + 1) if False in outcomes else first
                last = min(last, self._places[number]) if True in outcomes else last
        return (*order[:last], new.id, *order[last:]) if first <= last else None

    def _is_in(self, number: FilterId, other: FilterId | str) -> bool:
        return number in self._registries[other] if isinstance(other, str) else number == other

    def _is_ordered(self, name: str) -> bool:
        """Say whether the program asks for the rows of a table in their turn, whatever rows will come."""
        table = self._tables[name]
        for other, meeting in self._suspects.list_meetings(table.shape):
            if other == name:
                continue
            if isinstance(other, str):
                number, priority = self._tables[other].number, _priority_of(self._tables[other])
            else:
                number, priority = other, self.others[other].priority or 0
            first = self._places[table.number] < self._places[number]
            if meeting.first_inside != meeting.second_inside and first != meeting.first_inside:
                return False
            own = _priority_of(table)
            if not meeting.nested and priority != own and first != (own > priority):
                return False
        return True

    def _note_several(self) -> None:
        """Tell the registries which of their filters have further rows."""
        import numpy as np

        if not self._tables:
            return
        ids = np.concatenate([table.rows.ids for table in self._tables.values()])
        numbers, counts = np.unique(ids, return_counts=True)
        several = [FilterId(number) for number in numbers[counts > 1].tolist()]
        for registry in self._registries.values():
            registry.several = {number for number in several if number in registry}

    def _choose_table(self, shape: Shape, row: Row, priority: int) -> ShapeTable | None:
        """Return a table for a row, in which its key is not yet."""
        for table in self._tables.values():
            fits = table.shape == shape and self._takes(table, priority)
            if fits and self.loaded.tables[table.name].find(table.key(row)) is None:
                return table
        return None

    def _takes(self, table: ShapeTable, priority: int) -> bool:
        """Say whether the table has filters of this priority: in mode specific tables are ordered by it."""
        return self._mode != "specific" or _priority_of(table) == priority


def match_shape(shape: Shape, conjunction: Conjunction) -> ShapedRow | None:
    """Return the row of `shape` that says what `conjunction` says, None if there is none."""
    if len(conjunction) != len(shape.fixed) + len(shape.columns):
        return None
    for test in shape.fixed:
        if test.subject not in conjunction or conjunction[test.subject].values != test.values:
            return None
    row: list[int] = []
    for column in shape.columns:
        values = conjunction[column].values if column in conjunction else ()
        if len(values) != 1 or values[0][0] != values[0][1]:
            return None
        row.append(values[0][0])
    return shape, tuple(row)


def _priority_of(table: ShapeTable) -> int:
    return int(table.rows.priorities[0]) if len(table.rows) else 0

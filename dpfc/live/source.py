"""Where a classifier's filters come from, so that they can be compiled for any link type at any time.

In: syntax trees and rows at the start, then insertions and deletions. Out: a `Live` for each link type. A
filter has one number on all link types; numbers of deleted filters are not used again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, TypeAlias

from dpfc.engine import Settings
from dpfc.formula import Filter, FilterId
from dpfc.language.library import read_library
from dpfc.language.parse import parse_file
from dpfc.language.syntax import File, FilterDeclaration, InstanceDeclaration, LiteralKind
from dpfc.live.live import Live
from dpfc.live.state import Tabled
from dpfc.names.bind import bind_arguments, bind_row
from dpfc.names.instances import Row, read_value
from dpfc.names.known import Known
from dpfc.names.meaning import Meaning
from dpfc.names.scope import build_scope
from dpfc.program import Labels
from dpfc.resolve import find_template, resolve_files
from dpfc.shapes.template import Bindings, Template
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import NOWHERE, Source, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Lives: TypeAlias = Mapping[int, Live]
"""What is compiled, by link type."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Instances that came later, all at once: their columns, and the number of the first."""

    declaration: str
    columns: Mapping[str, NDArray[np.uint64]]
    first: int


@dataclass(frozen=True, slots=True)
class _Inserted:
    """A filter that came later: with `text` where it is not one of the first files' own."""

    name: str
    text: File | None
    declaration: str
    bindings: Bindings


class ProgramSource:
    """All filters of a classifier.

    Attributes:
        names: by number.
    """

    def __init__(self, files: tuple[File, ...], instances: Mapping[str, Sequence[Row]]) -> None:
        self.names: list[str] = [""]
        self._spans: list[Span] = [NOWHERE]
        self._files, self._instances = files, instances
        self._inserted: dict[FilterId, _Inserted] = {}
        self._deleted: set[FilterId] = set()
        self._batches: list[_Batch] = []
        self._meanings: dict[int, Meaning] = {}
        self._templates: dict[tuple[int, str, tuple[str, ...]], Template | None] = {}
        self._lock = RLock()

    def compile(self, link_type: int, settings: Settings) -> tuple[Live, tuple[Diagnostic, ...]]:
        """Return the filters for a link type, compiled, and what their authors should know.

        Raises:
            Refused: the diagnostics say why.
        """
        with self._lock:
            resolved = resolve_files(self._files, link_type, self._instances)
            if len(self.names) == 1:
                self.names += resolved.names[1:]
                self._spans += resolved.spans[1:]
            filters = [one for one in resolved.filters if one.id not in self._deleted]
            filters += [
                self._resolve(number, one, link_type) for number, one in self._list_inserted(link_type)
            ]
            rows = [some.without(self._deleted) for some in resolved.tables]
            live = Live(filters, rows, settings, Labels(self.names, self._spans))
            return live, (*resolved.warnings, *live.loaded.program.warnings)

    def _list_inserted(self, link_type: int) -> Iterator[tuple[FilterId, _Inserted]]:
        """Yield all filters that came later and are still there."""
        yield from self._inserted.items()
        for batch in self._batches:
            for place, row in enumerate(
                zip(*(column.tolist() for column in batch.columns.values()), strict=True)
            ):
                number = FilterId(batch.first + place)
                if number not in self._deleted:
                    bindings = self._bind(batch.declaration, dict(zip(batch.columns, row)), link_type)
                    yield number, _Inserted(self.names[number], None, batch.declaration, bindings)

    def insert_text(self, source: Source, lives: Lives) -> tuple[FilterId, ...]:
        """Insert what a text defines; see `Classifier.insert`."""
        with self._lock:
            text = parse_file(source)
            scope = build_scope((*read_library(), *self._files, text))
            new: list[_Inserted] = []
            for declaration in text.declarations:
                match declaration:
                    case FilterDeclaration(name=name, parameters=()):
                        new.append(_Inserted(name, text, name, {}))
                    case InstanceDeclaration(name=name, filter=target, arguments=arguments, span=span):
                        meaning = Meaning(scope, next(iter(lives), 1))
                        found = meaning.find_filter(target, span)
                        bindings = bind_arguments(found, arguments, meaning.names({}), span)
                        new.append(_Inserted(name, text, target, bindings))
                    case _:
                        continue
            return self._insert_all(new, lives)

    def insert_instance(self, name: str, arguments: Mapping[str, int | str], lives: Lives) -> FilterId:
        """Insert an instance; see `Classifier.insert_instance`."""
        with self._lock:
            bindings = self._bind(name, arguments, next(iter(lives), 1))
            number = FilterId(len(self.names))
            new = _Inserted(f"{name}[{number}]", None, name, bindings)
            self.names.append(new.name)
            try:
                self._insert_everywhere(number, new, lives)
            except Refused:
                self.names.pop()
                raise
            return number

    def insert_instances(self, name: str, columns: Mapping[str, Sequence[int]], lives: Lives) -> range:
        """Insert many instances; see `Classifier.insert_instances`."""
        sizes = {len(column) for column in columns.values()}
        if len(sizes) != 1:
            raise ValueError("give at least one column, and all of the same length")
        with self._lock:
            numbers = range(len(self.names), len(self.names) + sizes.pop())
            if not self._insert_columns(name, columns, numbers, lives):
                rows = (dict(zip(columns, one)) for one in zip(*columns.values(), strict=True))
                done: list[FilterId] = []
                try:
                    done.extend(self.insert_instance(name, row, lives) for row in rows)
                except Refused:
                    self.delete(done, lives)
                    raise
            return numbers

    def delete(self, numbers: Sequence[int], lives: Lives) -> None:
        """Delete filters; see `Classifier.delete`."""
        with self._lock:
            wanted = {FilterId(number) for number in numbers}
            wrong = [n for n in wanted if not 0 < n < len(self.names) or n in self._deleted]
            if wrong or len(wanted) < len(numbers):
                message = f"there is no filter {wrong[0]}" if wrong else "a filter is to be deleted twice"
                raise Refused(Diagnostic("DPF080", message, notes=("each filter is deleted once",)))
            for live in lives.values():
                live.delete(tuple(wanted))
            self._deleted |= wanted
            for number in wanted:
                self._inserted.pop(number, None)

    def _insert_columns(
        self, name: str, columns: Mapping[str, Sequence[int]], numbers: range, lives: Lives
    ) -> bool:
        """Insert many instances as rows of one table; False, with nothing changed, where that cannot be."""
        import numpy as np

        if len(lives) != 1:
            return False
        ((link_type, live),) = lives.items()
        self._bind(name, dict.fromkeys(columns, 0), link_type)  # refuses columns that are missing or too many
        template = self._find_template(name, link_type, tuple(columns))
        arrays = {column: np.asarray(values) for column, values in columns.items()}
        if template is None or not template.fits_columns(arrays):
            return False
        (alternative,) = template.alternatives
        ids = np.arange(numbers.start, numbers.stop, dtype=np.uint32)
        rows = [arrays[slot.parameter].astype(np.uint64) for slot in alternative.slots]
        priority = self._declare(name, link_type).priority or 0
        if not live.insert_many(live.intern(alternative.shape), rows, ids, priority):
            return False
        self._batches.append(_Batch(name, arrays, numbers.start))
        self.names += [f"{name}[{number}]" for number in numbers]
        return True

    def _insert_all(self, new: Sequence[_Inserted], lives: Lives) -> tuple[FilterId, ...]:
        """Insert filters; when one is refused, none is in."""
        done: list[FilterId] = []
        try:
            for one in new:
                number = FilterId(len(self.names))
                self.names.append(one.name)
                done.append(number)
                self._insert_everywhere(number, one, lives)
        except Refused:
            self.names.pop()
            if done[:-1]:
                self.delete(done[:-1], lives)
            raise
        return tuple(done)

    def _insert_everywhere(self, number: FilterId, new: _Inserted, lives: Lives) -> None:
        """Insert a filter for every link type; when one refuses, it is in none."""
        done: list[Live] = []
        try:
            for link_type, live in lives.items():
                self._insert_in(live, link_type, number, new)
                done.append(live)
        except Refused:
            for live in done:
                live.delete((number,))
            raise
        self._inserted[number] = new

    def _insert_in(self, live: Live, link_type: int, number: FilterId, new: _Inserted) -> None:
        template = None
        if new.text is None:
            template = self._find_template(new.declaration, link_type, tuple(new.bindings))
        if template is None or not template.fits_row(new.bindings):
            live.insert(self._resolve(number, new, link_type))
            return
        rows = tuple((live.intern(shape), row) for shape, row in template.rows(new.bindings))
        priority = self._declare(new.declaration, link_type).priority or 0
        live.insert_rows(Tabled(number, rows, priority), lambda: self._resolve(number, new, link_type))

    def _find_template(self, name: str, link_type: int, columns: tuple[str, ...]) -> Template | None:
        """Return what instances of a filter of the first files have in common; it is found once."""
        key = (link_type, name, columns)
        if key not in self._templates:
            meaning = self._meaning(link_type)
            self._templates[key] = find_template(meaning, self._declare(name, link_type), columns)
        return self._templates[key]

    def _declare(self, name: str, link_type: int) -> FilterDeclaration:
        return self._meaning(link_type).find_filter(name, NOWHERE)

    def _meaning(self, link_type: int) -> Meaning:
        """Return what names mean in the first files."""
        if link_type not in self._meanings:
            self._meanings[link_type] = Meaning(build_scope((*read_library(), *self._files)), link_type)
        return self._meanings[link_type]

    def _resolve(self, number: FilterId, new: _Inserted, link_type: int) -> Filter:
        """Return a filter that came later, written out."""
        meaning = self._meaning(link_type)
        if new.text is not None:
            meaning = Meaning(build_scope((*read_library(), *self._files, new.text)), link_type)
        declaration = meaning.find_filter(new.declaration, NOWHERE)
        formula = meaning.of_filter(declaration, new.bindings)
        return Filter(number, new.name, formula, declaration.priority, declaration.span)

    def _bind(self, name: str, arguments: Mapping[str, int | str], link_type: int) -> Bindings:
        """Return the values of a filter's parameters."""
        row = Row(len(self.names), {column: _read(value) for column, value in arguments.items()})
        meaning = self._meaning(link_type)
        return bind_row(meaning.find_filter(name, NOWHERE), row, meaning.names({}))


def _read(value: int | str) -> Known:
    """Return an argument's value."""
    if isinstance(value, str):
        return read_value(value, NOWHERE)
    if not 0 <= value < 1 << 128:
        note = "values are numbers from 0 to 2**128 - 1, or text as in a CSV cell"
        raise Refused(Diagnostic("DPF053", f"{value} is no value for a parameter", NOWHERE, (note,)))
    return Known(((value, value),), _NUMBER, single=True)


_NUMBER: frozenset[LiteralKind] = frozenset(("number",))

"""Instances of a filter from a CSV file: one for each row.

In: the text of a CSV file whose first row names parameters. Out: rows of values. A cell holds a number, an
address, a prefix, or a range `low..high`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dpfc.language.literal import read_literal
from dpfc.language.syntax import Item, LiteralKind
from dpfc.names.known import Known, Names, evaluate_item
from dpfc.names.scope import build_scope
from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import NOWHERE, Source, Span

MAX_ROWS = 1 << 20
MAX_COLUMNS = 64


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Args:
        number: 1, 2, ... without the header row.
        values: by column name.
        header: the header row.
    """

    number: int
    values: Mapping[str, Known]
    header: Span = field(default=NOWHERE, compare=False, repr=False)


def read_instances(source: Source) -> tuple[Row, ...]:
    """Return the rows of a CSV file.

    Raises:
        Refused: DPF052 for a table that is not one, DPF053 for a cell that is no value.
    """
    offsets = _Lines(source)
    reader = csv.reader(offsets.read(), strict=True)
    rows: list[Row] = []
    columns: list[str] = []
    header = Span(source, 0, len(source.line_at(0)))
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise Refused(_broken(f"row {len(rows) + 1}: {error}", offsets.span())) from None
        if not columns:
            columns = _read_columns(cells, header)
        elif cells:
            if len(rows) == MAX_ROWS:
                raise Refused(_broken(f"more than {MAX_ROWS} rows", offsets.span()))
            rows.append(_read_row(len(rows) + 1, columns, cells, offsets.span(), header))
    if not columns:
        raise Refused(_broken("the file is empty", header))
    return tuple(rows)


class _Lines:
    """The lines of a text, and where the last one that was read is."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._start = self._end = 0

    def read(self) -> Iterator[str]:
        """Yield each line with its line end."""
        text = self._source.text
        while self._end < len(text):
            self._start = self._end
            line_end = text.find("\n", self._start)
            self._end = len(text) if line_end < 0 else line_end + 1
            yield text[self._start : self._end]

    def span(self) -> Span:
        """Return the span of the last line."""
        return Span(self._source, self._start, max(self._start, self._end - 1))


def _read_columns(cells: list[str], header: Span) -> list[str]:
    columns = [cell.strip() for cell in cells]
    if len(columns) > MAX_COLUMNS:
        raise Refused(_broken(f"the first row has {len(columns)} columns, more than {MAX_COLUMNS}", header))
    for column in columns:
        if not (column.isascii() and column.isidentifier()) or len(column) > limits.MAX_NAME_LENGTH:
            raise Refused(
                _broken(f"the first row names the parameters, and {_show(column)} is no name", header)
            )
    if len(set(columns)) < len(columns):
        raise Refused(_broken("the first row has a name twice", header))
    return columns


def _read_row(number: int, columns: list[str], cells: list[str], span: Span, header: Span) -> Row:
    if len(cells) != len(columns):
        raise Refused(_broken(f"row {number} has {len(cells)} cells, and the first row {len(columns)}", span))
    values = {column: _read_cell(cell.strip(), number, column, span) for column, cell in zip(columns, cells)}
    return Row(number, values, header)


def _read_cell(cell: str, number: int, column: str, span: Span) -> Known:
    if not cell:
        raise Refused(_bad_cell("the cell is empty", number, column, span))
    try:
        return read_value(cell, span)
    except Refused as refusal:
        raise Refused(_bad_cell(refusal.diagnostics[0].message, number, column, span)) from None


def read_value(text: str, span: Span) -> Known:
    """Return the value of a cell: a number, an address, a prefix or a range.

    Raises:
        Refused: DPF004, DPF005, DPF006 or DPF026 if it is none.
    """
    if text.isascii() and text.isdecimal() and len(text) <= _SHORT:  # most cells, and most of the time
        number = int(text)
        return Known(((number, number),), _NUMBER, single=True, span=span)
    low, dots, high = text.partition("..")
    first = read_literal(low.strip(), span)
    last = read_literal(high.strip(), span) if dots else first
    return evaluate_item(Item(first, last, span), _NO_NAMES)


def _broken(what: str, span: Span) -> Diagnostic:
    note = "a CSV file has one row of parameter names, then one row for each instance"
    return Diagnostic("DPF052", f"this CSV file cannot be used: {what}", span, (note,))


def _bad_cell(what: str, number: int, column: str, span: Span) -> Diagnostic:
    note = "a cell holds a number, an address, a prefix or a range: 80, 10.0.0.1, 10.0.0.0/8, 80..90"
    return Diagnostic("DPF053", f"row {number}, column `{column}`: {what}", span, (note,))


def _show(text: str) -> str:
    return f"`{text[:40]}`" if text.isprintable() and text else "an unprintable or empty one"


_NUMBER: frozenset[LiteralKind] = frozenset(("number",))
_SHORT = 30  # digits that certainly make less than 2**128
_NO_NAMES = Names(build_scope(()), {})

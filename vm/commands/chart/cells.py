"""A disk as rows of cells, small enough to be looked at.

In: a chart. Out: `Grid`: how many blocks a cell stands for, how many cells are in a row, and the cells, each
with the run that fills most of it. Rows are multiples of 16 blocks, so that what is aligned on the disk is
aligned here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vm.commands.chart.run import Chart, Run, State


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells in rows.

    Args:
        scale: blocks in a cell.
        columns: cells in a row; the last row may be shorter.
        cells: what to show in each.
    """

    scale: int
    columns: int
    cells: tuple[Run, ...]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return -(-len(self.cells) // self.columns)

    def segments(self, row: int) -> Iterator[tuple[int, int, Run]]:
        """Yield the first column, the number of cells and the run of what looks alike in a row."""
        cells = self.cells[row * self.columns : (row + 1) * self.columns]
        start = 0
        for column in range(1, len(cells) + 1):
            if column == len(cells) or cells[column] is not cells[start]:
                yield start, column - start, cells[start]
                start = column


def make_grid(chart: Chart, most_cells: int, widest: int) -> Grid:
    """Return the cells of a disk.

    Args:
        chart: the disk.
        most_cells: not more than these.
        widest: not more cells than this in a row, a power of two.
    """
    scale = 1
    while -(-chart.blocks // scale) > most_cells:
        scale *= 2
    columns = widest
    cells = _fill_cells(chart, scale)
    while columns > 32 and columns * columns > 2 * len(cells):
        columns //= 2
    return Grid(scale, columns, cells)


def _fill_cells(chart: Chart, scale: int) -> tuple[Run, ...]:
    """Return what each cell shows: of what is in use there, the run with most blocks."""
    filled: list[tuple[bool, int, Run]] = []
    for run in chart.runs:
        end = run.start + run.count
        for cell in range(run.start // scale, -(-end // scale)):
            inside = min(end, (cell + 1) * scale) - max(run.start, cell * scale)
            used = run.state != State.FREE
            if cell == len(filled):
                filled.append((used, inside, run))
            elif (used, inside) > filled[cell][:2]:
                filled[cell] = (used, inside, run)
    return tuple(run for _, _, run in filled)

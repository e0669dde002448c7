"""A map of the disk as a picture that every browser shows.

In: a chart. Out: SVG: a cell for each block, or for a few where there are many; a tool tip says which blocks
they are and whose; and a legend. Thin lines part the cells, heavier ones groups of 16 blocks.

    +-------------------------------------------+
    |  disk.img: 16,384 blocks of 4 KB, ...     |
    |      0 |######    ##                      |
    |   1024 |                                  |
    |        ...                                |
    |  [] data 1,234   [] cffs_directory 12 ... |
    +-------------------------------------------+
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from vm.commands.chart.cells import Grid, make_grid
from vm.commands.chart.colour import Tints, choose_tints
from vm.commands.chart.run import Chart, Run, State, tell_run

_MOST_CELLS = 1 << 16
_WIDEST = 256
_WIDTH = 1024  # of the cells, in pixels
_MARGIN = 24
_LEFT = 84  # room for the numbers of blocks
_TOP = 72
_LEGEND_COLUMNS = 3
_LEGEND_LINE = 26
_GROUP = 16

_STYLE = """\
text { font-family: system-ui, "Helvetica Neue", Arial, sans-serif; fill: #222; }
.title { font-size: 20px; font-weight: 600; }
.note, .count { font-size: 13px; fill: #666; }
.name { font-size: 14px; }
.axis { font-size: 11px; fill: #777; text-anchor: end; font-variant-numeric: tabular-nums; }
.cell:hover { stroke: #000; stroke-width: 1.5; }
.fine { stroke: #fff; stroke-opacity: .45; stroke-width: .6; fill: none; pointer-events: none; }
.group { stroke: #fff; stroke-opacity: .9; stroke-width: 1.4; fill: none; pointer-events: none; }
"""


def draw_svg(chart: Chart) -> str:
    """Return the picture."""
    return "\n".join(_draw(chart)) + "\n"


def _draw(chart: Chart) -> Iterator[str]:
    grid = make_grid(chart, _MOST_CELLS, _WIDEST)
    cell = _WIDTH // grid.columns
    counts = chart.count_labels()
    kernel = {run.label for run in chart.runs if run.state == State.KERNEL}
    tints = choose_tints(counts, sorted(kernel))
    bottom = _TOP + grid.rows * cell
    lines = -(-len(counts) // _LEGEND_COLUMNS)
    width = _LEFT + grid.columns * cell + _MARGIN
    height = bottom + _MARGIN + lines * _LEGEND_LINE + _MARGIN
    name = _show(chart.name)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="map of the blocks of {_quote(chart.name)}">'
    )
    yield f"<style>\n{_STYLE}</style>"
    yield f'<rect width="{width}" height="{height}" fill="#fff"/>'
    yield f'<text class="title" x="{_LEFT}" y="34">{name}</text>'
    yield f'<text class="note" x="{_LEFT}" y="56">{_show(_summarize(chart, grid))}</text>'
    yield from _draw_cells(grid, cell, tints)
    yield from _draw_lines(grid, cell)
    yield from _draw_axis(grid, cell)
    yield from _draw_legend(counts, tints, bottom + _MARGIN)
    yield "</svg>"


def _summarize(chart: Chart, grid: Grid) -> str:
    free = chart.count_labels()[State.FREE.value]
    cells = "a cell is a block" if grid.scale == 1 else f"a cell is {grid.scale} blocks"
    used = f"{chart.blocks:,} blocks of 4 KB, {chart.blocks - free:,} in use"
    return f"{used}; {cells}, a row is {grid.columns * grid.scale:,}"


def _draw_cells(grid: Grid, cell: int, tints: dict[str, Tints]) -> Iterator[str]:
    """Yield the cells; of neighbours with one label, every other takes the second tint."""
    before: Run | None = None
    turn = 0
    for row in range(grid.rows):
        for column, count, run in grid.segments(row):
            if before is not None and run is not before:
                turn = 1 - turn if run.label == before.label else 0
            before = run
            x, y = _LEFT + column * cell, _TOP + row * cell
            yield (
                f'<rect class="cell" x="{x}" y="{y}" width="{count * cell}" height="{cell}" '
                f'fill="{tints[run.label][turn]}"><title>{_show(tell_run(run))}</title></rect>'
            )


def _draw_lines(grid: Grid, cell: int) -> Iterator[str]:
    right, bottom = _LEFT + grid.columns * cell, _TOP + grid.rows * cell
    for name, step in (("fine", 1), ("group", _GROUP)) if grid.scale == 1 else (("fine", 1),):
        across = "".join(f"M{_LEFT + n * cell} {_TOP}V{bottom}" for n in range(step, grid.columns, step))
        down = "".join(f"M{_LEFT} {_TOP + n * cell}H{right}" for n in range(1, grid.rows))
        yield f'<path class="{name}" d="{across}{down if name == "fine" else ""}"/>'


def _draw_axis(grid: Grid, cell: int) -> Iterator[str]:
    every = 1
    while every * cell < 20:
        every *= 2
    for row in range(0, grid.rows, every):
        y = _TOP + row * cell + cell // 2 + 4
        yield f'<text class="axis" x="{_LEFT - 8}" y="{y}">{row * grid.columns * grid.scale}</text>'


def _draw_legend(counts: dict[str, int], tints: dict[str, Tints], top: int) -> Iterator[str]:
    wide = _WIDTH // _LEGEND_COLUMNS
    for number, (label, count) in enumerate(counts.items()):
        x = _LEFT + number % _LEGEND_COLUMNS * wide
        y = top + number // _LEGEND_COLUMNS * _LEGEND_LINE
        first, second = tints[label]
        yield f'<rect x="{x}" y="{y}" width="9" height="16" fill="{first}"/>'
        yield f'<rect x="{x + 9}" y="{y}" width="9" height="16" fill="{second}"/>'
        yield (
            f'<text class="name" x="{x + 26}" y="{y + 13}">{_show(label)}'
            f'<tspan class="count" dx="8">{count:,}</tspan></text>'
        )


def _show(text: str) -> str:
    """Return text as SVG may contain it: names on disks are any bytes."""
    printable = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )
    return escape(printable.encode("utf-8", "backslashreplace").decode())


def _quote(text: str) -> str:
    return _show(text).replace('"', "&quot;")

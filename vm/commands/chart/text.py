"""A map of the disk as characters.

In: a chart. Out: rows of characters, one for a few blocks, and what each character means:

         0  KKK........dddd####
      2048  ....

      .  free                12,000
      #  data                 1,234
      d  cffs_directory          12
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from vm.commands.chart.cells import make_grid
from vm.commands.chart.run import Chart, State

_MOST_CELLS = 2048
_WIDEST = 64
_GROUP = 16

_FIXED = {
    State.FREE.value: ".",
    "data": "#",
    State.LOST.value: "!",
    State.CLOSED.value: "X",
    State.WRONG.value: "?",
}
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def draw_text(chart: Chart) -> str:
    """Return the picture."""
    return "\n".join(_draw(chart)) + "\n"


def _draw(chart: Chart) -> Iterator[str]:
    grid = make_grid(chart, _MOST_CELLS, _WIDEST)
    counts = chart.count_labels()
    signs = _choose_signs(counts)
    width = len(str(chart.blocks))
    for row in range(grid.rows):
        cells = grid.cells[row * grid.columns : (row + 1) * grid.columns]
        drawn = "".join(signs[run.label] for run in cells)
        groups = " ".join(drawn[first : first + _GROUP] for first in range(0, len(drawn), _GROUP))
        yield f"{row * grid.columns * grid.scale:>{width}}  {groups}"
    yield ""
    longest = max(map(len, counts))
    for label, count in counts.items():
        yield f"{signs[label]:>{width}}  {label:<{longest}}  {count:>{width + 2},}"
    blocks = "a block" if grid.scale == 1 else f"{grid.scale} blocks"
    yield f"\na character is {blocks} of 4 KB: of what is in use there, the most"


def _choose_signs(labels: Iterable[str]) -> dict[str, str]:
    """Return a character for each label: an initial that is not taken, the last word's first."""
    chosen: dict[str, str] = {}
    for label in labels:
        words = label.replace("_", " ").split()[::-1]
        initials = "".join(word[0] for word in words)
        letters = chain(initials, initials.upper(), *words, _LETTERS)
        taken = chosen.values()
        free = (letter for letter in letters if letter in _LETTERS and letter not in taken)
        chosen[label] = _FIXED.get(label) or next(free, "?")
    return chosen

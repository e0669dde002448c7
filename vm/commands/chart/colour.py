"""Which colour stands for what.

In: the labels of a chart, in the order of their first blocks. Out: two tints for each: neighbours of one
type that are different files' take turns, so that it can be seen where one ends.

The colours of types begin with Okabe and Ito's, which everybody can tell apart; what is wrong is red or
magenta, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from vm.commands.chart.run import State

Tints: TypeAlias = tuple[str, str]

_FIXED: dict[str, Tints] = {
    State.FREE.value: ("#f1f1ee", "#f1f1ee"),
    State.LOST.value: ("#e5484d", "#c62a2f"),
    State.CLOSED.value: ("#8b1a1a", "#6f1414"),
    State.WRONG.value: ("#ff00aa", "#d4008d"),
    "data": ("#7fb8e6", "#4f97d1"),
}

_KERNEL: tuple[Tints, ...] = (
    ("#2e2e2e", "#2e2e2e"),
    ("#4a4a4a", "#4a4a4a"),
    ("#666666", "#666666"),
    ("#828282", "#828282"),
    ("#9e9e9e", "#9e9e9e"),
    ("#b8b8b8", "#b8b8b8"),
)

_TYPES: tuple[Tints, ...] = (
    ("#009e73", "#00805d"),
    ("#e69f00", "#c28600"),
    ("#cc79a7", "#b05f8c"),
    ("#f0e442", "#d3c72c"),
    ("#6f4fa3", "#573c84"),
    ("#8c5a2b", "#704722"),
    ("#56c4bf", "#3aa7a2"),
    ("#0b3c77", "#092f5e"),
)


def choose_tints(labels: Iterable[str], kernel: Iterable[str]) -> dict[str, Tints]:
    """Return the tints of each label.

    Args:
        labels: of all runs.
        kernel: those of them that are the kernel's own blocks.
    """
    own = tuple(kernel)
    chosen: dict[str, Tints] = {}
    greys = types = 0
    for label in labels:
        if label in _FIXED:
            chosen[label] = _FIXED[label]
        elif label in own:
            chosen[label] = _KERNEL[greys % len(_KERNEL)]
            greys += 1
        else:
            chosen[label] = _TYPES[types % len(_TYPES)]
            types += 1
    return chosen

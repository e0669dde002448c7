"""Links between filters that are boxes, with proofs where boxes do not say all.

In: a frame and which of its boxes meet. Out: links. Where the tables of two boxes are independent, what is
said of boxes is true of filters; the others are put to the prover, filter by filter, as far as the budget
goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpfc.merge.overlap import FindMessage
from dpfc.shapes.frame import Frame
from dpfc.shapes.independence import are_independent
from dpfc.shapes.links import Links
from dpfc.shapes.meetings import Meetings
from dpfc.shapes.relate_pair import relate_pair
from dpfc.shapes.relation import Relations, relate_filters
from runtime.diagnostic import Diagnostic, Refused

if TYPE_CHECKING:
    from dpfc.shapes.contain import Flags, Numbers

MAX_PROVED = 500
"""Pairs of filters that are put to the prover one by one."""


@dataclass(slots=True)
class Budget:
    """How many pairs may still be put to the prover."""

    left: int = MAX_PROVED

    def spend(self) -> None:
        """Take one.

        Raises:
            Refused: DPF074 when there is none.
        """
        if self.left == 0:
            message = "too many filters look at the same bits in different ways to find out how they relate"
            note = "let them look at the same fields, or use --first or --all"
            raise Refused(Diagnostic("DPF074", message, notes=(note,)))
        self.left -= 1


def link_boxes(frame: Frame, meetings: Meetings, units: Numbers, prove: FindMessage, budget: Budget) -> Links:
    """Return how the filters relate whose boxes meet one by one.

    Args:
        frame: the boxes.
        meetings: which of them meet.
        units: the unit of each box.
        prove: finds messages.
        budget: for pairs that boxes do not decide.

    Raises:
        Refused: DPF074 when there are too many of these, or the prover gives up.
    """
    relations = relate_filters(frame, meetings)
    links = Links(
        relations.first,
        relations.second,
        relations.inside,
        relations.around,
        units[meetings.first],
        units[meetings.second],
        relations.meetings,
    )
    doubtful = _find_doubtful(frame, meetings, relations, prove)
    apart = doubtful & False
    for place in doubtful.nonzero()[0].tolist():
        budget.spend()
        numbers = int(links.first[place]), int(links.second[place])
        first, second = (frame.find_formula(number) for number in numbers)
        pair = relate_pair(frame.pool, first, second, prove)
        apart[place] = pair.shared is None
        links.inside[place], links.around[place] = pair.only_first is None, pair.only_second is None
    return links.without(apart) if apart.any() else links


def prove_wide(frame: Frame, meetings: Meetings, prove: FindMessage) -> None:
    """Check that what is said of many boxes at once is true of their rows.

    Raises:
        Refused: DPF074 when that is not certain.
    """
    seen: set[tuple[int, int]] = set()
    for wide in meetings.wide:
        tables = _tables_of(frame, *wide.example)
        if tables not in seen and not _are_independent(frame, *wide.example, prove):
            Budget(0).spend()
        seen.add(tables)


def _find_doubtful(frame: Frame, meetings: Meetings, relations: Relations, prove: FindMessage) -> Flags:
    """Return for each pair of filters whether boxes do not decide how it relates."""
    import numpy as np

    tables = frame.origins[meetings.first] * len(frame.tables) + frame.origins[meetings.second]
    _, examples, kinds = np.unique(tables, return_index=True, return_inverse=True)
    certain = np.array(
        [
            _are_independent(frame, int(meetings.first[place]), int(meetings.second[place]), prove)
            for place in examples
        ],
        dtype=np.bool_,
    )
    doubtful = np.zeros(len(relations.first), dtype=np.bool_)
    if len(examples):
        doubtful[relations.meetings[~certain[kinds]]] = True
    doubtful &= ~(relations.inside & relations.around)  # equal boxes are equal rows, whatever they share
    doubtful[list(relations.undecided)] = True
    return doubtful


def _are_independent(frame: Frame, first: int, second: int, prove: FindMessage) -> bool:
    rows = frame.find_row(first), frame.find_row(second)
    return are_independent(frame.pool, *rows, frame.list_common_tests(first, second), prove)


def _tables_of(frame: Frame, first: int, second: int) -> tuple[int, int]:
    return int(frame.origins[first]), int(frame.origins[second])

"""The abstract map of a one-column table, worked out a second time: what built bytes are compared with.

Nothing is shared with `runtime.tables.flatten`, by which tables are built: an error there shall not hide
itself. Here the map is painted: every place where it may change is a boundary, and the entries are painted
over the pieces between boundaries, those that win last.

    boundaries 0 8 12 13 16     paint 8..15 with 1: 0 1 1 1 0     paint 12..12 with 2: 0 1 2 1 0
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from runtime.ir.nodes import Entry, Table


def paint_table(table: Table) -> tuple[list[int], list[int]]:
    """Return the first keys of the pieces into which the entries cut the keys, and each piece's answer.

    Each piece is painted once: the entries that win go first, and `after` leads from a painted piece to the
    next one that may be unpainted.
    """
    maximum = table.keys[0].maximum
    ends = {0, *(entry.low[0] for entry in table.entries), *(entry.high[0] + 1 for entry in table.entries)}
    boundaries = sorted(end for end in ends if end <= maximum)
    answers = [table.default] * len(boundaries)
    after = list(range(len(boundaries) + 1))
    for entry in _order_entries(table):
        piece = _find_unpainted(after, bisect_left(boundaries, entry.low[0]))
        while piece < len(boundaries) and boundaries[piece] <= entry.high[0]:
            answers[piece] = entry.value
            after[piece] = piece + 1
            piece = _find_unpainted(after, piece)
    return boundaries, answers


def confirm_pieces(table: Table, starts: Sequence[int], values: Sequence[int]) -> None:
    """Assert that `table` answers `values[i]` for the keys from `starts[i]` to before the next start.

    Both are constant between the boundaries of either, so it is enough to ask at all of these. A start
    behind the last key is nobody's.
    """
    assert starts[0] == 0, "the pieces cover the key space"
    assert all(low <= high for low, high in pairwise(starts)), "the pieces are in order"
    maximum = table.keys[0].maximum
    boundaries, answers = paint_table(table)
    for keys in (starts, boundaries):
        both = zip(keys, _follow(starts, values, keys), _follow(boundaries, answers, keys), strict=True)
        for key, found, wanted in both:
            assert found == wanted or key > maximum, f"table {table.name} answers {found} for {key}"


def _follow(starts: Sequence[int], values: Sequence[int], keys: Iterable[int]) -> Iterator[int]:
    """Yield the value at each of the ascending `keys`."""
    place, last = 0, len(starts) - 1
    for key in keys:
        while place < last and starts[place + 1] <= key:
            place += 1
        yield values[place]


def confirm_order(table: Table, boxes: Sequence[Entry]) -> None:
    """Assert that `boxes`, of which the first that has a key answers, are the entries of `table`."""
    if table.kind == "first":
        assert tuple(boxes) == table.entries, f"table {table.name} has other entries"
        return
    assert sorted(boxes, key=_entry_key) == sorted(table.entries, key=_entry_key), "the boxes are the entries"
    if table.kind == "prefix":
        sizes = [_count_keys(box) for box in boxes]
        assert sizes == sorted(sizes), "of two boxes, one inside the other, the inner one comes first"


def _count_keys(box: Entry) -> int:
    count = 1
    for low, high in zip(box.low, box.high, strict=True):
        count *= high - low + 1
    return count


def _entry_key(entry: Entry) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    return entry.low, entry.high, entry.value


def _order_entries(table: Table) -> Sequence[Entry]:
    """Return the entries, those that win first: of nested blocks, the one with fewer free bits."""
    if table.kind != "prefix":
        return table.entries
    return sorted(table.entries, key=lambda entry: (entry.low[0] ^ entry.high[0]).bit_length())


def _find_unpainted(after: list[int], piece: int) -> int:
    """Return the first unpainted piece from `piece` on, and shorten the way there for the next time."""
    way: list[int] = []
    while after[piece] != piece:
        way.append(piece)
        piece = after[piece]
    for passed in way:
        after[passed] = piece
    return piece

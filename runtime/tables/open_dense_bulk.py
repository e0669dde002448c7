"""Many rows of an open dense table at once, and the proof that its bytes are the map; with NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from runtime.tables.open_dense import OpenDense
from runtime.tables.open_hash_columns import Numbers, Positions, check_range
from runtime.tables.words import stored_bytes

_Stored: TypeAlias = NDArray[np.unsignedinteger]


def add_rows(layout: OpenDense, view: memoryview, columns: Sequence[Numbers], answers: Numbers) -> Positions:
    """Add rows; return the positions of keys that are there or came before: then nothing has changed."""
    keys = _check_keys(layout, columns)
    check_range(answers, 0, layout.value.maximum)
    if len(answers) != len(keys):
        raise ValueError(f"{len(answers)} answers for {len(keys)} rows")
    if (answers == layout.default).any():
        raise ValueError(f"an answer is {layout.default}, the table's default")
    stored = _view_numbers(layout, view)
    repeated = np.flatnonzero((stored[keys] != 0) | _mark_repeated(keys))
    if not len(repeated):
        stored[keys] = answers.astype(stored.dtype) ^ stored.dtype.type(layout.default)
    return repeated


def remove_rows(layout: OpenDense, view: memoryview, columns: Sequence[Numbers]) -> Positions:
    """Remove rows; return the positions of keys that are absent or came before: then nothing has changed."""
    keys = _check_keys(layout, columns)
    stored = _view_numbers(layout, view)
    absent = np.flatnonzero((stored[keys] == 0) | _mark_repeated(keys))
    if not len(absent):
        stored[keys] = 0
    return absent


def confirm_open_dense(
    layout: OpenDense, view: memoryview, columns: Sequence[Numbers], answers: Numbers
) -> None:
    """Assert that the table answers `answers` for these keys, all different, and else the default."""
    keys = _check_keys(layout, columns)
    stored = _view_numbers(layout, view)
    wanted = np.full(1 << layout.key.bits, layout.default, np.uint64)
    wanted[keys] = answers
    assert (stored.astype(np.uint64) ^ np.uint64(layout.default) == wanted).all(), "every key has its answer"


def _check_keys(layout: OpenDense, columns: Sequence[Numbers]) -> Positions:
    if len(columns) != 1:
        raise ValueError(f"the table has 1 key column, not {len(columns)}")
    check_range(columns[0], 0, layout.key.maximum)
    return columns[0].astype(np.int64)


def _mark_repeated(keys: Positions) -> NDArray[np.bool_]:
    """Say of each key whether it came before."""
    repeated = np.ones(len(keys), bool)
    repeated[np.unique(keys, return_index=True)[1]] = False
    return repeated


def _view_numbers(layout: OpenDense, view: memoryview) -> _Stored:
    stored: _Stored = np.frombuffer(view, np.dtype(f"u{stored_bytes(layout.value)}"))
    return stored

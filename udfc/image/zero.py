"""Which pieces of an image are all zeros: a theorem says that they own nothing, so nobody needs to ask them.

In: places of the same length. Out: a mask. Most of an inode table is like that.
"""

from __future__ import annotations

import numpy as np

from udfc.image.source import Image
from udfc.image.table import Mask, Numbers

_WORD = 8


def find_zeros(image: Image, places: Numbers, lengths: Numbers) -> Mask:
    """Return True for each piece without a byte that is not 0; all lie in the image."""
    zeros: Mask = np.zeros(len(places), dtype=np.bool_)
    for first, end in _find_rows(places, lengths):
        stride = int(places[first + 1] - places[first]) if end - first > 1 else 0
        zeros[first:end] = _test(image, int(places[first]), int(lengths[first]), stride, end - first)
    return zeros


def _find_rows(places: Numbers, lengths: Numbers) -> list[tuple[int, int]]:
    """Return runs of pieces (first, end) with equal lengths at equal distances."""
    runs, first = [], 0
    distances = np.diff(places)
    breaks = np.flatnonzero((np.diff(distances) != 0) | (distances[1:] < 0)) + 2
    uneven = np.flatnonzero(np.diff(lengths) != 0) + 1
    backwards = np.flatnonzero(distances < 0) + 1
    for end in np.union1d(np.union1d(breaks, uneven), backwards).tolist():
        runs.append((first, end))
        first = end
    return [*runs, (first, len(places))] if len(places) else []


def _test(image: Image, place: int, length: int, stride: int, count: int) -> Mask:
    """Look at `count` pieces at equal distances, in words where that is possible."""
    kind = np.dtype(np.uint64 if length % _WORD == 0 and length else np.uint8)
    width = length // kind.itemsize
    first = np.frombuffer(image.view, dtype=kind, count=width, offset=place)
    pieces = np.lib.stride_tricks.as_strided(
        first, shape=(count, width), strides=(stride, kind.itemsize), writeable=False
    )
    zeros: Mask = np.logical_not(np.asarray(pieces.any(axis=1)))
    return zeros

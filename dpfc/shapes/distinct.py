"""Distinct numbers, by sorting.

`np.unique` alone hashes, which takes many times as long for millions of numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = TypeVar("Whole", bound=np.integer)


def list_distinct(numbers: NDArray[Whole]) -> NDArray[Whole]:
    """Return the different numbers of an array, ascending."""
    import numpy as np

    ordered = np.sort(numbers)
    kept = np.ones(len(ordered), dtype=np.bool_)
    kept[1:] = ordered[1:] != ordered[:-1]
    return ordered[kept]

"""5-tuples of single packets as columns.

In: `FiveTuple` values of one family. Out: `Headers`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dpfc.rules.extract import FiveTuple
from dpfc.rules.ruleset import LAYOUTS, Family, Headers

_HALF = (1 << 64) - 1


def make_headers(tuples: Sequence[FiveTuple], family: Family) -> Headers:
    """Return the columns of `tuples`, which are all of `family`."""
    columns = [[one.src for one in tuples], [one.dst for one in tuples]]
    if family == "ipv6":
        columns = [[n >> 64 for n in columns[0]], [n & _HALF for n in columns[0]],
                   [n >> 64 for n in columns[1]], [n & _HALF for n in columns[1]]]  # fmt: skip
    ports = [one.ports or (0, 0) for one in tuples]
    columns += [
        [sport for sport, _ in ports],
        [dport for _, dport in ports],
        [one.protocol for one in tuples],
    ]
    arrays = tuple(
        np.array(column, dtype=kind) for column, (_, kind) in zip(columns, LAYOUTS[family], strict=True)
    )
    return Headers(family, arrays, np.array([one.ports is not None for one in tuples], dtype=np.bool_))

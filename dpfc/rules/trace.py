"""ClassBench header traces: the packets that go with a filter set, for tests and benchmarks.

    src  dst  sport  dport  protocol  [flags  [rule]]

In: the text; numbers are decimal or 0x. Out: headers. In the world of traces every header has ports.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from dpfc.rules.literal import read_number
from dpfc.rules.ruleset import LAYOUTS, Headers
from dpfc.rules.table import split_table
from runtime.source import Source

_LINE = "a header is `src dst sport dport protocol`, numbers, perhaps with `flags rule`"
_KINDS = ("an IPv4 address as one number", "an IPv4 address as one number", "a port", "a port", "a protocol")


def read_trace(source: Source) -> Headers:
    """Return the headers of an IPv4 trace.

    Raises:
        Refused: RUL001, RUL005, RUL006 or RUL009.
    """
    table = split_table(source, len(_KINDS), len(_KINDS) + 2, _LINE)
    columns = []
    for token, ((_, kind), text) in enumerate(zip(LAYOUTS["ipv4"], _KINDS, strict=True)):
        maximum = (1 << 8 * kind.itemsize) - 1
        numbers = table.read(token, 1, partial(_read_one, maximum=maximum, kind=text))
        columns.append(numbers[:, 0].astype(kind))
    table.finish()
    return Headers("ipv4", tuple(columns), np.ones(len(table.lines), dtype=np.bool_))


def _read_one(word: str, maximum: int, kind: str) -> tuple[int, ...]:
    return (read_number(word, maximum, kind),)

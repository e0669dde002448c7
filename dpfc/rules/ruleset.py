"""What the readers of rule files hand out: rules on the 5-tuple, as arrays; and the headers they are for.

A rule is written as one or more rows; a row is a box, one closed range for each column:

    IPv4   src u32 | dst u32 | sport u16 | dport u16 | protocol u8
    IPv6   src_high u64 | src_low u64 | dst_high u64 | dst_low u64 | sport u16 | dport u16 | protocol u8

Rows stand in the order of their rules. A header is matched by the first row whose ranges all hold it, and so
by that row's rule. A header without ports is held by a port range only if that is 0 to 65535.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from runtime.diagnostic import Diagnostic

Family: TypeAlias = Literal["ipv4", "ipv6"]
Numbers: TypeAlias = NDArray[np.unsignedinteger]

MAX_ROWS = 1 << 20
"""Rows of one rule set, the number of entries that a table may have (`limits.MAX_TABLE_ENTRIES`)."""

LAYOUTS: dict[Family, tuple[tuple[str, np.dtype[np.unsignedinteger]], ...]] = {
    "ipv4": (
        ("src", np.dtype(np.uint32)),
        ("dst", np.dtype(np.uint32)),
        ("sport", np.dtype(np.uint16)),
        ("dport", np.dtype(np.uint16)),
        ("protocol", np.dtype(np.uint8)),
    ),
    "ipv6": (
        ("src_high", np.dtype(np.uint64)),
        ("src_low", np.dtype(np.uint64)),
        ("dst_high", np.dtype(np.uint64)),
        ("dst_low", np.dtype(np.uint64)),
        ("sport", np.dtype(np.uint16)),
        ("dport", np.dtype(np.uint16)),
        ("protocol", np.dtype(np.uint8)),
    ),
}
"""Names and types of the columns."""

PORTS = ("sport", "dport")


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column of a rule set: row i holds the numbers from `lows[i]` to `highs[i]`."""

    name: str
    lows: Numbers
    highs: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """Rules in the order in which they are tried.

    Args:
        family: what packets they are for; no others match.
        columns: as in `LAYOUTS`.
        owners: for each row, the index of its rule; ascending.
        names: for each rule, `LIST[number]`.
        lines: for each rule, the line of the file it stands in, counted from 1.
        actions: for each rule, what the file wants done (`ACCEPT`, `deny`); empty where it does not say.
        warnings: what the file has besides.
    """

    family: Family
    columns: tuple[Column, ...] = field(repr=False)
    owners: NDArray[np.uint32] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    lines: NDArray[np.uint32] = field(repr=False)
    actions: tuple[str, ...] = field(repr=False)
    warnings: tuple[Diagnostic, ...] = ()

    def __len__(self) -> int:
        """Return the number of rules."""
        return len(self.names)


@dataclass(frozen=True, slots=True, eq=False)
class Headers:
    """The 5-tuples of packets.

    Args:
        family: of the packets.
        columns: one array of numbers for each column of `LAYOUTS`.
        has_ports: where false, the port columns mean nothing.
    """

    family: Family
    columns: tuple[Numbers, ...] = field(repr=False)
    has_ports: NDArray[np.bool_] = field(repr=False)

    def __len__(self) -> int:
        """Return the number of headers."""
        return len(self.has_ports)

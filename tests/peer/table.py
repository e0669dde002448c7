"""Reads `filters.tsv`: the same filters in DPF and for tcpdump, and where their meanings part on purpose.

    filter     name, link types, DPF body, tcpdump expression, predicates
    predicate  `@name`, link types, tcpdump expressions separated by ` ; `, why the two differ elsewhere

A filter must select the same packets in both languages wherever all its predicates hold, and the two must
differ somewhere outside (else no predicate is needed). A predicate holds for a packet that any one of its
expressions selects, and for all packets of other link types. Two are no expressions: `answered` is where
libpcap selects the packet for the filter or for its `not` (it rejects a packet that is too short for a load
either way), and `whole` is where the packet was captured entirely.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

GROUPS = {
    "ethernet": (1,),
    "cooked": (113, 276),
    "null": (0, 108),
    "ppp": (9,),
    "raw": (101, 228, 229),
}
"""LINKTYPE_ numbers by the word that the table uses; `any` is all of them."""

HEADERS = """
header segment on tcp.data_offset >= 0 { word : 32   byte at 0:8 }
header datagram on udp.length >= 0 { word : 16 }
"""
"""What the DPF bodies use besides the library: the payloads of TCP and UDP."""


@dataclass(frozen=True, slots=True)
class Row:
    """One filter, in both languages.

    Args:
        name: unique.
        link_types: LINKTYPE_ numbers to which it applies.
        dpf: the body of a DPF filter.
        tcpdump: a pcap-filter(7) expression.
        agree_where: names of predicates; empty: both agree on every packet.
    """

    name: str
    link_types: tuple[int, ...]
    dpf: str
    tcpdump: str
    agree_where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Predicate:
    """Where two languages agree.

    Args:
        link_types: LINKTYPE_ numbers on which it says anything.
        expressions: it holds where any of them does.
        why: the reason for the differences elsewhere.
    """

    link_types: tuple[int, ...]
    expressions: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """All rows, and the predicates by name."""

    rows: tuple[Row, ...]
    predicates: dict[str, Predicate]


def read_table() -> Table:
    rows: list[Row] = []
    predicates: dict[str, Predicate] = {}
    for line in (Path(__file__).parent / "filters.tsv").read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if not line or line.startswith("#"):
            continue
        if line.startswith("@"):
            name, groups, expressions, why = cells
            predicates[name] = Predicate(_link_types(groups), tuple(expressions.split(" ; ")), why)
            continue
        name, groups, dpf, tcpdump = cells[:4]
        where = cells[4].split() if len(cells) > 4 else []
        rows.append(Row(name, _link_types(groups), dpf, tcpdump, tuple(where)))
    return Table(tuple(rows), predicates)


def dpf_text(rows: tuple[Row, ...]) -> str:
    """One DPF file with a filter per row, in order."""
    return HEADERS + "".join(f"filter {row.name} {{ {row.dpf} }}\n" for row in rows)


def _link_types(groups: str) -> tuple[int, ...]:
    names = list(GROUPS) if groups == "any" else groups.split()
    return tuple(link_type for name in names for link_type in GROUPS[name])

"""The representations of a table, and what each must offer: this file only leads from one to the other.

Each is one file of this package, with a dataclass of what the code depends on (`bytes`, `describe`), and

    plan_...     table -> the dataclass, or None where it does not suit     (`runtime.tables.choose`)
    build_...    table -> bytes                                             closed tables
    write_...    keys -> the lookup as IR
    confirm_...  asserts that bytes answer exactly what the table says      closed tables
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from runtime.ir.builder import Builder
from runtime.ir.nodes import Table, Value
from runtime.tables.boxes import Boxes
from runtime.tables.boxes_write import write_boxes, write_many_boxes
from runtime.tables.chain import Chain, confirm_chain, write_chain
from runtime.tables.dense import Dense, build_dense, confirm_dense, write_dense
from runtime.tables.displaced import Displaced, build_displaced, confirm_displaced, write_displaced
from runtime.tables.hashed import Hashed, build_hashed, confirm_hashed, write_hashed
from runtime.tables.open_dense import OpenDense, write_open_dense
from runtime.tables.open_hash import OpenHash, write_open_hash
from runtime.tables.rows import Rows, build_rows, confirm_rows, write_rows
from runtime.tables.scan import Scan, build_scan, confirm_scan, write_scan
from runtime.tables.search import Search, build_search, confirm_search, write_search
from runtime.tables.trie import Trie, build_trie, confirm_trie, write_trie

Closed: TypeAlias = Chain | Dense | Hashed | Displaced | Trie | Search | Rows | Scan
Open: TypeAlias = OpenHash | OpenDense | Boxes
Representation: TypeAlias = Closed | Open


def build_bytes(table: Table, representation: Closed) -> bytes:
    """Return the bytes of a closed table."""
    match representation:
        case Chain():
            return b""
        case Dense():
            return build_dense(table, representation)
        case Hashed():
            return build_hashed(table, representation)
        case Displaced():
            return build_displaced(table, representation)
        case Trie():
            return build_trie(table, representation)
        case Search():
            return build_search(table, representation)
        case Rows():
            return build_rows(table, representation)
        case Scan():
            return build_scan(table, representation)


def write_lookups(
    builder: Builder,
    representation: Representation,
    region: str,
    base: int,
    rows: Sequence[tuple[Value, ...]],
) -> Sequence[Value]:
    """Append the lookups of several keys, side by side where that pays: where each takes many steps."""
    match representation:
        case Boxes():
            return write_many_boxes(builder, representation, region, base, rows)
        case _:
            return [write_lookup(builder, representation, region, base, keys) for keys in rows]


def write_lookup(
    builder: Builder, representation: Representation, region: str, base: int, keys: Sequence[Value]
) -> Value:
    """Append the lookup of `keys` in the table `base` bytes into `region`."""
    match representation:
        case Chain():
            return write_chain(builder, representation, keys)
        case Dense():
            return write_dense(builder, representation, region, base, keys)
        case Hashed():
            return write_hashed(builder, representation, region, base, keys)
        case Displaced():
            return write_displaced(builder, representation, region, base, keys)
        case Trie():
            return write_trie(builder, representation, region, base, keys)
        case Search():
            return write_search(builder, representation, region, base, keys)
        case Rows():
            return write_rows(builder, representation, region, base, keys)
        case Scan():
            return write_scan(builder, representation, region, base, keys)
        case OpenHash():
            return write_open_hash(builder, representation, region, base, keys)
        case OpenDense():
            return write_open_dense(builder, representation, region, base, keys)
        case Boxes():
            return write_boxes(builder, representation, region, base, keys)


def confirm_bytes(table: Table, representation: Closed, data: bytes) -> None:
    """Assert that `data` answers exactly what the closed table says."""
    match representation:
        case Chain():
            confirm_chain(table, representation, data)
        case Dense():
            confirm_dense(table, representation, data)
        case Hashed():
            confirm_hashed(table, representation, data)
        case Displaced():
            confirm_displaced(table, representation, data)
        case Trie():
            confirm_trie(table, representation, data)
        case Search():
            confirm_search(table, representation, data)
        case Rows():
            confirm_rows(table, representation, data)
        case Scan():
            confirm_scan(table, representation, data)

"""Lay out all tables of a function in one block of memory, to which the `tables` argument points.

In: a function. Out: one block of bytes and, for each table, where it is and how it is represented. Every
table starts on a cache line. There are no pointers in the data, so it may be loaded anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.ir.nodes import Function
from runtime.tables.build import build_table
from runtime.tables.representation import Representation

TABLE_ALIGNMENT = 64


@dataclass(frozen=True, slots=True)
class Place:
    """The table called `name` lies `offset` bytes into the block, as `representation` says."""

    name: str
    offset: int
    representation: Representation


@dataclass(frozen=True, slots=True)
class TableBlock:
    """All tables of one function; `data` is empty when it has none."""

    places: tuple[Place, ...]
    data: bytes

    def find_place(self, name: str) -> Place:
        """Return the place of the table called `name`, which exists."""
        return next(place for place in self.places if place.name == name)


def build_tables(function: Function) -> TableBlock:
    """Build every table of `function` and lay them out in the order of declaration."""
    data = bytearray()
    places: list[Place] = []
    for table in function.tables:
        built = build_table(table)
        data += bytes(-len(data) % TABLE_ALIGNMENT)
        places.append(Place(table.name, len(data), built.representation))
        data += built.data
    return TableBlock(tuple(places), bytes(data))

"""Lay out all tables of a function in one block of memory: the region `tables` of the specialized function.

In: a function. Out: for each table, where it is and how it is represented, and the bytes of the closed
ones. Every table starts on a cache line. There are no pointers in the data, so it may be loaded anywhere.

    closed tables: `data`, written once     open tables: each on pages of its own, written by its owner
    0                                       len(data), rounded up                                       size
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import Function, Table
from runtime.tables.choose import ALL, Choices, choose_open, choose_representation
from runtime.tables.memory import TableMemory
from runtime.tables.representation import Representation, build_bytes, confirm_bytes

TABLES_REGION = "tables"
"""The name of the region in which specialized functions find their tables."""

TABLE_ALIGNMENT = 64
_PAGE = 4096


@dataclass(frozen=True, slots=True)
class Place:
    """The table called `name` lies `offset` bytes into the block, as `representation` says."""

    name: str
    offset: int
    representation: Representation


@dataclass(frozen=True, slots=True)
class TableBlock:
    """All tables of one function.

    Args:
        places: of every table, in the order of declaration.
        data: the closed tables, from the block's first byte on.
        size: bytes of the block; more than `data` has if there are open tables.
    """

    places: tuple[Place, ...]
    data: bytes
    size: int

    def find_place(self, name: str) -> Place:
        """Return the place of the table called `name`, which exists."""
        return next(place for place in self.places if place.name == name)

    def describe(self) -> tuple[str, ...]:
        """Return a line for each table: its name, and how it is represented."""
        return tuple(
            f"{place.name}: {place.representation.describe()} ({place.representation.bytes} bytes)"
            for place in self.places
        )


def build_tables(function: Function, choices: Choices = ALL) -> TableBlock:
    """Represent every table of `function`, and build and confirm the bytes of those that are closed.

    Raises:
        Refused: TAB003 if they are too large together, TAB004 for some open tables.
    """
    data = bytearray()
    places: dict[str, Place] = {}
    for table in (each for each in function.tables if not each.open):
        representation = choose_representation(table, choices)
        built = build_bytes(table, representation)
        confirm_bytes(table, representation, built)
        data += bytes(-len(data) % TABLE_ALIGNMENT)
        places[table.name] = Place(table.name, len(data), representation)
        data += built
        _refuse_size(len(data), table)
    size = len(data)
    for table in (each for each in function.tables if each.open):
        reserved = choose_open(table)
        offset = size + -size % _PAGE
        places[table.name] = Place(table.name, offset, reserved)
        size = offset + reserved.bytes
        _refuse_size(size, table)
    return TableBlock(tuple(places[table.name] for table in function.tables), bytes(data), size)


def reserve_tables(block: TableBlock) -> TableMemory:
    """Return memory for `block`, with the closed tables in it; the open ones are empty.

    Raises:
        Refused: TAB010 if the system has no room.
    """
    memory = TableMemory(max(1, block.size))  # a program may have no tables
    memory.view[: len(block.data)] = block.data
    return memory


def _refuse_size(size: int, table: Table) -> None:
    if size > limits.MAX_REGION_BYTES:
        message = f"the tables up to `{table.name}` take {size} bytes, the limit is {limits.MAX_REGION_BYTES}"
        raise Refused(Diagnostic("TAB003", message, table.span, ("split the program",)))

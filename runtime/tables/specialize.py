"""Turn lookups into ordinary instructions: the pass between the checker and the optimizer.

In: a checked function and the representations of its tables. Out: a function without tables, which reads one
region called `tables` instead. From here on nobody needs to know what a table is: the optimizer, the code
generator, the validator and the interpreter see loads, arithmetic and compares.

    func f(%0 port: u16) -> (u32) {                   func f(region tables: read, size 1024; %0 port: u16) ...
      table doubled exact (u8) -> u32 default 0 {...}   %1 = convert u64 %0
      %1 = lookup doubled(%0)                 becomes   %2 = const u64 2
      return %1                                         %3 = shl %1, %2
    }                                                   %4 = load u32le tables[%3]
                                                        return %4

The code depends on the representations alone, not on the bytes; so a table that keeps its representation
may change its contents without new code.
"""

from __future__ import annotations

from collections.abc import Sequence

from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.builder import Builder
from runtime.ir.nodes import Function, Region, Value
from runtime.ir.verify import verify_function
from runtime.tables.layout import TABLES_REGION, TableBlock
from runtime.tables.representation import write_lookups
from runtime.tables.rewrite import rewrite_lookups


def specialize_tables(function: Function, tables: TableBlock) -> Function:
    """Return `function` with lookups written out; the region `tables` comes after its other regions.

    There is no such region where the code has all it needs.

    Args:
        function: verified.
        tables: from `build_tables` of `function`.

    Raises:
        Refused: TAB001 if `function` has a region of that name itself; TAB002 or an IR code if it gets too
            long or nests too deep.
    """
    for region in function.regions:
        if region.name == TABLES_REGION:
            message = f"a function may not call a region `{TABLES_REGION}`"
            notes = ("that is where its tables will be; rename the region",)
            raise Refused(Diagnostic("TAB001", message, region.span, notes))
    if not function.tables:
        return function
    places = {place.name: place for place in tables.places}

    def write(builder: Builder, name: str, rows: Sequence[tuple[Value, ...]]) -> Sequence[Value]:
        place = places[name]
        return write_lookups(builder, place.representation, TABLES_REGION, place.offset, rows)

    block = Region(TABLES_REGION, "read", tables.size, constant=True)
    regions = (*function.regions, block) if tables.size else function.regions
    specialized = rewrite_lookups(function, regions, write)
    verify_function(specialized)
    return specialized

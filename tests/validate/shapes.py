"""The declarations that the machine code of the tests is validated against."""

from __future__ import annotations

from runtime.ir.nodes import Entry, Function, Parameter, Region, Table, Type

MESSAGE = Region("message", "read", 1 << 24)
TABLE_BYTES = 32


def _declare(
    regions: tuple[Region, ...],
    parameters: tuple[Parameter, ...] = (),
    results: tuple[Type, ...] = (Type.U32,),
    emits: tuple[Type, ...] = (),
    tables: tuple[Table, ...] = (),
) -> Function:
    return Function("shape", regions, parameters, results, emits, 4 if emits else 0, tables, ())


_MAP = Table("map", "exact", (Type.U8,), Type.U8, 0, (Entry((1,), (1,), 2),))
_SCRATCH = (Region("block", "read", 16, constant=True), Region("scratch", "read_write", 16, constant=True))

SHAPES = {
    "filter": _declare((MESSAGE,)),  # rdi message, rsi length
    "scratch": _declare(_SCRATCH),  # rdi block, rsi scratch
    "scratch_n": _declare(_SCRATCH, (Parameter("number", Type.U64),)),  # ... rdx number
    "table": _declare((MESSAGE,), tables=(_MAP,)),  # ... rdx tables
    "emits": _declare((MESSAGE,), results=(), emits=(Type.U32,)),  # ... rdx emitted, 4 at most
    "pair": _declare(_SCRATCH[:1], results=(Type.U64, Type.U64)),  # rdi block, rsi results
    "output": _declare((Region("output", "write", 16, constant=True),)),  # rdi output
}

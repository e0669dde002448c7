"""Small filters for the loader's tests."""

from __future__ import annotations

from runtime.ir.builder import Builder
from runtime.ir.nodes import Entry, Function, Region, Table, Type

PORTS = {80: 1, 443: 2, 8080: 3}


def make_port_filter(with_table: bool = True, maximum: int = 1514) -> Function:
    """Return a filter that looks the first two bytes up, or returns them."""
    entries = tuple(Entry((port,), (port,), value) for port, value in PORTS.items())
    table = Table("ports", "exact", (Type.U16,), Type.U32, 0, entries)
    builder = Builder(
        "ports",
        (Region("message", "read", maximum),),
        results=(Type.U32,),
        tables=(table,) if with_table else (),
    )
    enough = builder.compare("ule", builder.constant(Type.U64, 2), builder.length("message"))
    with builder.when(enough):
        port = builder.load(Type.U16, "message", builder.constant(Type.U64, 0))
        builder.return_(builder.lookup("ports", port) if with_table else builder.convert(Type.U32, port))
    builder.return_(builder.constant(Type.U32, 0))
    return builder.finish()


def make_byte_emitter(with_table: bool = True) -> Function:
    """Return a filter that emits its first bytes, up to four of them (doubled by a table)."""
    entries = tuple(Entry((byte,), (byte,), 2 * byte) for byte in range(256))
    table = Table("doubled", "exact", (Type.U8,), Type.U32, 0, entries)
    builder = Builder(
        "bytes",
        (Region("message", "read", 1514),),
        emits=(Type.U32,),
        emit_limit=4,
        tables=(table,) if with_table else (),
    )
    length, four = builder.length("message"), builder.constant(Type.U64, 4)
    few = builder.compare("ult", length, four)
    loop = builder.for_(builder.select(few, length, four), 4)
    byte = builder.load(Type.U8, "message", loop.index)
    builder.emit(builder.lookup("doubled", byte) if with_table else builder.convert(Type.U32, byte))
    builder.next_()
    builder.end()
    builder.return_()
    return builder.finish()

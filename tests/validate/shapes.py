"""The declarations that the machine code of the tests is validated against."""

from __future__ import annotations

from runtime.codegen.convention import Form
from runtime.ir.nodes import Function, Parameter, Region, Type
from runtime.tables.layout import TABLES_REGION
from runtime.validate.judge import validate_code
from runtime.validate.report import Report

MESSAGE = Region("message", "read", 1 << 24)
TABLE_BYTES = 32


def _declare(
    regions: tuple[Region, ...],
    parameters: tuple[Parameter, ...] = (),
    results: tuple[Type, ...] = (Type.U32,),
    emits: tuple[Type, ...] = (),
) -> Function:
    return Function("shape", regions, parameters, results, emits, 4 if emits else 0, (), ())


_TABLES = Region(TABLES_REGION, "read", TABLE_BYTES, constant=True)
_SCRATCH = (Region("block", "read", 16, constant=True), Region("scratch", "read_write", 16, constant=True))

SHAPES = {
    "filter": _declare((MESSAGE,)),  # rdi message, rsi length
    "scratch": _declare(_SCRATCH),  # rdi block, rsi scratch
    "scratch_n": _declare(_SCRATCH, (Parameter("number", Type.U64),)),  # ... rdx number
    "table": _declare((MESSAGE, _TABLES)),  # ... rdx tables
    "emits": _declare((MESSAGE,), results=(), emits=(Type.U32,)),  # ... rdx emitted, 4 at most
    "pair": _declare(_SCRATCH[:1], results=(Type.U64, Type.U64)),  # rdi block, rsi results
    "output": _declare((Region("output", "write", 16, constant=True),)),  # rdi output
    # loops over messages: rdi data, rsi total, rdx offsets, rcx last_offset, r8 lengths, r9 last_length, and
    # from [rsp + 8] on: offset_stride, offset_mask, length_stride, answers, count, ahead
    "batch": _declare((MESSAGE,)),
    "batch_table": _declare((MESSAGE, _TABLES)),  # ... tables
    "batch_emits": _declare((MESSAGE,), results=(), emits=(Type.U32,)),  # ... ids, last_id, written
}


def find_form(shape: str) -> Form:
    """Return how code of this shape is called."""
    return "batch" if shape.startswith("batch") else "call"


def validate_shape(code: bytes, shape: str) -> Report:
    """Validate code of this shape."""
    return validate_code(code, SHAPES[shape], form=find_form(shape))

"""The binary form of a function: what a client downloads.

In: a verified function, or bytes from anybody. Out: bytes, or a function that is still to be verified, or a
refusal with a code IR2xx. The same function always gives the same bytes.

    file        = "XIR1", version (one byte, 1), function, end of the data
    function    = name, list of region, list of parameter, list of type (results), list of type (emits),
                  number (emit limit), list of table, body
    list of x   = number (how many), x ...
    number      = unsigned LEB128, no longer than needed, below 2**64
    name        = list of byte, ASCII
    type        = byte, position in u1 u8 u16 u32 u64
    region      = name, byte (position in read, write, read_write; plus 4 when the length is constant), number
    parameter   = name, type
    table       = name, byte (position in exact, range, prefix, first; plus 16 when it is open),
                  list of type (keys), type, number (default), list of entry (none when it is open)
    entry       = column per key, number (value)
    column      = number (low), then exact: nothing; range, first: number (high - low); prefix: byte (bits)
    body        = list of instruction
    instruction = byte (opcode), then as the methods of `binary_reader` and `binary_writer` say

Targets are not written: numbering is dense, so the reader knows the next one (see `runtime.ir.builder`). An
operand is a number, how far back its value is: the next free number minus the operand's.
"""

from __future__ import annotations

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.binary_reader import Reader
from runtime.ir.binary_writer import Writer
from runtime.ir.nodes import Function

MAGIC = b"XIR1"
VERSION = 1


def encode_function(function: Function) -> bytes:
    """Return the binary form of a verified function."""
    return MAGIC + bytes([VERSION]) + Writer(function).encode()


def decode_function(data: bytes) -> Function:
    """Return the function that `data` holds; it is not yet verified.

    Raises:
        Refused: IR201 to IR208.
    """
    if len(data) > limits.MAX_IR_BYTES:
        message = f"the data has {len(data)} bytes, the limit is {limits.MAX_IR_BYTES}"
        raise Refused(Diagnostic("IR204", message, notes=("split the program",)))
    header = MAGIC + bytes([VERSION])
    if not data.startswith(header):
        message = f"the data begins with {data[: len(header)]!r}, not {header!r}"
        notes = ("compile the program again with this version of the compiler",)
        raise Refused(Diagnostic("IR201", message, notes=notes))
    return Reader(data, len(header)).decode()

"""The download form of a handler: what a client hands to the kernel.

In: a handler, or bytes from anybody. Out: bytes; or a handler whose functions are well formed (and still to
be proved), or a refusal: HND02x, and for the functions IR1xx and IR2xx. Equal handlers give equal bytes, and
a handler has no other bytes than these.

    file     = "XAH1", version (one byte, 1), name, number (message), number (memory), list of name (layers),
               list of check, function (body), byte (1 if there is a recovery), [function], end of the data
    list     = number (how many), x ...
    number   = unsigned LEB128, no longer than needed, below 2**64
    name     = text that is an identifier;   text = list of byte, UTF-8
    check    = byte (position in check, require, abort, budget), number (layer), text
    function = number (how many bytes), then as `runtime.ir.binary` says, without that file's header

What is a pipe, and which checks the compiler has added, cannot be seen in it: pipes are fused into loops,
and both are instructions like others. What the kernel adds, log and account, is no part of it.
"""

from __future__ import annotations

import re
from typing import NoReturn, get_args

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.handler.nodes import Check, CheckKind, Handler
from runtime.ir.binary_bytes import ByteReader
from runtime.ir.binary_reader import Reader
from runtime.ir.binary_writer import Writer
from runtime.ir.nodes import Function
from runtime.ir.verify import verify_function

MAGIC = b"XAH1"
VERSION = 1

_HEADER = MAGIC + bytes([VERSION])
_KINDS: tuple[CheckKind, ...] = get_args(CheckKind)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

_CODES = {
    "IR202": "HND022",
    "IR203": "HND023",
    "IR204": "HND024",
    "IR205": "HND025",
    "IR206": "HND026",
}
"""What the refusals of `ByteReader` are called here."""


def encode_handler(handler: Handler) -> bytes:
    """Return the download form of `handler`, whose functions are verified."""
    made = bytearray(_HEADER)
    _put_text(made, handler.name)
    _put(made, handler.message)
    _put(made, handler.memory)
    _put(made, len(handler.layers))
    for layer in handler.layers:
        _put_text(made, layer)
    _put(made, len(handler.checks))
    for check in handler.checks:
        made.append(_KINDS.index(check.kind))
        _put(made, check.layer)
        _put_text(made, check.text)
    _put_function(made, handler.body)
    made.append(handler.recovery is not None)
    if handler.recovery is not None:
        _put_function(made, handler.recovery)
    return bytes(made)


def decode_handler(data: bytes) -> Handler:
    """Return the handler that `data` holds: well formed, and not yet proved.

    Raises:
        Refused: HND021 to HND027; IR codes for the functions.
    """
    if len(data) > limits.MAX_FORM_BYTES:
        message = f"the data has {len(data)} bytes, the limit is {limits.MAX_FORM_BYTES}"
        raise Refused(Diagnostic("HND024", message, notes=("split the handler",)))
    if not data.startswith(_HEADER):
        message = f"the data begins with {data[: len(_HEADER)]!r}, not {_HEADER!r}"
        notes = ("compile the handler again with this version of the compiler",)
        raise Refused(Diagnostic("HND021", message, notes=notes))
    read = _HandlerBytes(data, len(_HEADER))
    name, message_bytes, memory = read.identifier(), read.number(), read.number()
    layers = read.listed(limits.MAX_LAYERS, "layers", read.identifier)
    checks = read.listed(limits.MAX_HANDLER_CHECKS, "checks", read.check)
    body = read.function("body")
    recovery = (
        read.function("recovery")
        if read.choice((False, True), "answer whether there is a recovery")
        else None
    )
    read.expect_end()
    return Handler(name, message_bytes, memory, layers, checks, body, recovery)


class _HandlerBytes(ByteReader):
    """A place in the bytes of a handler."""

    def refuse(self, code: str, message: str, note: str) -> NoReturn:
        """Refuse the data with a code of handlers."""
        super().refuse(_CODES.get(code, code), message, note)

    def text(self) -> str:
        """Read UTF-8 text."""
        data = self.blob(limits.MAX_TEXT_BYTES, "bytes in a text")
        try:
            return data.decode()
        except UnicodeDecodeError:
            self.refuse("HND027", "a text is not UTF-8", "write it again with the compiler")

    def identifier(self) -> str:
        """Read a name."""
        name = self.text()
        if len(name) > limits.MAX_NAME_LENGTH or not _IDENTIFIER.match(name):
            note = f"a name has letters, digits and `_`, at most {limits.MAX_NAME_LENGTH} of them"
            self.refuse("HND027", f"{name[: limits.MAX_NAME_LENGTH]!a} is not a name", note)
        return name

    def blob(self, limit: int, what: str) -> bytes:
        """Read a count and as many bytes."""
        length = self.count(limit, what)
        self._position += length
        return self._data[self._position - length : self._position]

    def check(self) -> Check:
        """Read a place where the handler may give up."""
        return Check(self.choice(_KINDS, "kind of check"), self.number(), self.text())

    def function(self, role: str) -> Function:
        """Read and verify a function; a refusal says which."""
        data = self.blob(limits.MAX_IR_BYTES, "bytes in a function")
        try:
            function = Reader(data, 0).decode()
            verify_function(function)
        except Refused as refused:
            raise Refused(*(_name_function(each, role) for each in refused.diagnostics)) from None
        return function


def _name_function(diagnostic: Diagnostic, role: str) -> Diagnostic:
    notes = (f"in the handler's {role}", *diagnostic.notes)
    return Diagnostic(diagnostic.code, diagnostic.message, diagnostic.span, notes)


def _put(made: bytearray, number: int) -> None:
    assert 0 <= number < 1 << 64, f"{number} has no place in the download form"
    while number >= 0x80:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)


def _put_text(made: bytearray, text: str) -> None:
    encoded = text.encode()
    _put(made, len(encoded))
    made += encoded


def _put_function(made: bytearray, function: Function) -> None:
    encoded = Writer(function).encode()
    _put(made, len(encoded))
    made += encoded

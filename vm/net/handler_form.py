"""The download form of handlers: what a library hands to the kernel.

In: a handler, or bytes from anybody. Out: bytes; or a handler whose functions are well formed, or a refusal:
NET001, NET006, IR1xx or IR2xx. What it does is still to be proved (`runtime.handler.install`).

    file      = "XNH1", name, number (longest message), number (memory), list of name (layers),
                list of check, function, byte (0, or 1 and a function: recovery)
    check     = byte (position in check, require, abort, budget), number (layer), text
    list of x = number (how many), x ...         number = unsigned LEB128 below 2**64
    name, text = list of byte: ASCII, UTF-8
    function  = number (how many bytes), then as `runtime.ir.binary` says
"""

from __future__ import annotations

from typing import get_args

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.handler.nodes import Check, CheckKind, Handler
from runtime.ir.binary import decode_function, encode_function
from runtime.ir.binary_bytes import ByteReader
from runtime.ir.nodes import Function
from runtime.ir.verify import verify_function
from vm.net.form_writer import write_list, write_number
from vm.net.limits import HANDLER_BYTES

MAGIC = b"XNH1"
_KINDS: tuple[CheckKind, ...] = get_args(CheckKind)


def encode_handler(handler: Handler) -> bytes:
    """Return the download form of a handler whose functions are verified."""
    data = bytearray(MAGIC + _text(handler.name))
    data += write_number(handler.message) + write_number(handler.memory)
    data += write_list([_text(layer) for layer in handler.layers])
    data += write_list([_check(check) for check in handler.checks])
    data += _function(handler.body)
    data.append(handler.recovery is not None)
    if handler.recovery is not None:
        data += _function(handler.recovery)
    return bytes(data)


def decode_handler(data: bytes) -> Handler:
    """Return the handler that `data` holds.

    Raises:
        Refused: NET or IR codes.
    """
    if len(data) > HANDLER_BYTES:
        raise Refused(Diagnostic("NET001", f"the form has {len(data)} bytes, the limit is {HANDLER_BYTES}"))
    if not data.startswith(MAGIC):
        raise Refused(Diagnostic("NET001", f"the form begins with {data[:4]!r}, not {MAGIC!r}"))
    return _Reader(data, len(MAGIC)).handler()


class _Reader(ByteReader):
    """A place in a form."""

    def handler(self) -> Handler:
        """Read all of it."""
        name = self.name()
        message, memory = self.number(), self.number()
        layers = self.listed(limits.MAX_LAYERS, "layers", self.name)
        checks = self.listed(limits.MAX_HANDLER_CHECKS, "checks", self._check)
        body = self._function()
        recovery = self._function() if self.choice((False, True), "kind of recovery") else None
        self.expect_end()
        return Handler(name, message, memory, layers, checks, body, recovery)

    def _check(self) -> Check:
        kind = self.choice(_KINDS, "kind of check")
        return Check(kind, self.number(), self._text())

    def _text(self) -> str:
        try:
            return self._bytes(limits.MAX_TEXT_BYTES, "bytes in a text").decode()
        except UnicodeDecodeError:
            self.refuse("NET006", "a text is not UTF-8", "see vm/net/handler_form.py")

    def _function(self) -> Function:
        function = decode_function(self._bytes(HANDLER_BYTES, "bytes of a function"))
        verify_function(function)
        return function

    def _bytes(self, limit: int, what: str) -> bytes:
        length = self.count(limit, what)
        self._position += length
        return self._data[self._position - length : self._position]


def _text(text: str) -> bytes:
    data = text.encode()[: limits.MAX_TEXT_BYTES]
    return write_number(len(data)) + data


def _check(check: Check) -> bytes:
    return bytes([_KINDS.index(check.kind)]) + write_number(check.layer) + _text(check.text)


def _function(function: Function) -> bytes:
    data = encode_function(function)
    return write_number(len(data)) + data

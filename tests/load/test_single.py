"""A filter asked about one message: every kind of buffer gets the answer that the interpreter gives."""

from __future__ import annotations

import array
import random
from mmap import mmap

import pytest

from runtime.codegen.emit import emit_code
from runtime.ir.interpret import prepare_function
from runtime.load.native import NativeFunction, load_native, native_available
from runtime.tables.layout import build_tables
from runtime.tables.specialize import specialize_tables
from tests.load.filters import PORTS, make_port_filter

pytestmark = pytest.mark.skipif(not native_available(), reason="needs an x86-64 host")


@pytest.fixture(scope="module")
def native() -> NativeFunction:
    function = make_port_filter()
    tables = build_tables(function)
    specialized = specialize_tables(function, tables)
    return load_native(specialized, emit_code(specialized, "batch"), tables.data)


def test_bytes_get_the_right_answer(native: NativeFunction) -> None:
    draw, prepared = random.Random(3), prepare_function(make_port_filter())
    heads = [port.to_bytes(2, "big") for port in PORTS]
    for _ in range(300):
        message = draw.choice((*heads, draw.randbytes(2))) + draw.randbytes(draw.randrange(60))
        message = message[: draw.randrange(len(message) + 1)] if draw.random() < 0.2 else message
        (expected,) = prepared.run({"message": message}).results
        assert native.answer(message) == expected
        assert native.call({"message": message}).results == (expected,)


def test_any_buffer_will_do(native: NativeFunction) -> None:
    message = (443).to_bytes(2, "big") + bytes(range(40))
    mapped = mmap(-1, len(message))
    mapped[:] = message
    many = (bytearray(message), memoryview(b"xx" + message)[2:], array.array("B", message), mapped)
    assert [native.answer(each) for each in (message, *many)] == [2] * 5
    assert native.answer(b"") == 0
    assert native.answer(memoryview(message)[:1]) == 0


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_a_message_that_is_too_long_is_refused(
    native: NativeFunction, kind: type[bytes] | type[bytearray]
) -> None:
    assert native.answer(kind(1514)) == 0
    with pytest.raises(ValueError, match="1515 bytes"):
        native.answer(kind(1515))

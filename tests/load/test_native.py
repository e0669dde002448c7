"""Loaded functions: any buffer without a copy, nothing outside the regions, and refusal of wrong inputs."""

from __future__ import annotations

import array
import gc
import mmap
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.codegen.emit import emit_code
from runtime.ir.builder import Builder
from runtime.ir.nodes import Parameter, Region, Type
from runtime.load.buffers import borrow_memory
from runtime.load.native import native_available
from runtime.load.pages import Pages
from runtime.opt.optimize import optimize_function
from runtime.tables.layout import build_tables
from runtime.tables.specialize import specialize_tables
from tests.codegen.engines import interpret, load_function, make_inputs
from tests.codegen.random_ir import SCRATCH_BYTES, make_function
from tests.load.edges import make_fenced_page
from tests.load.filters import make_port_filter

pytestmark = pytest.mark.skipif(not native_available(), reason="needs an x86-64 host")


@pytest.mark.parametrize("seed", range(60))
def test_messages_between_unreadable_pages(seed: int) -> None:
    """A message that ends where the page ends, and one that begins where it begins, and scratch likewise."""
    function = make_function(seed)
    native = load_function(optimize_function(function))
    with make_fenced_page() as page, make_fenced_page() as scratch_page:
        for inputs in make_inputs(function, seed, 10):
            expected = interpret(function, inputs)
            if expected is None:
                continue
            message, scratch, parameter = inputs
            for at_end in (False, True):
                start = mmap.PAGESIZE - len(message) if at_end else 0
                place = mmap.PAGESIZE - SCRATCH_BYTES if at_end else 0
                memory = scratch_page[place : place + SCRATCH_BYTES]
                page[start : start + len(message)] = message
                memory[:] = scratch
                regions = {"message": page[start : start + len(message)], "scratch": memory}
                outcome = native.call(regions, (parameter,))
                assert (outcome.results, outcome.emitted, bytes(memory)) == expected
                del regions, memory


def test_any_buffer() -> None:
    native = load_function(make_port_filter())
    message = b"\x01\xbb and more"
    area = mmap.mmap(-1, 4096)
    area[: len(message)] = message
    words = array.array("H", [0xBB01])
    for buffer in (message, bytearray(message), memoryview(message)[:2], memoryview(area)[:9], words):
        assert native.call({"message": buffer}).results == (2,)
    with pytest.raises(ValueError, match="at most 1514"):
        native.call({"message": area})
    assert native.call({"message": b""}).results == (0,)


def test_numpy_array() -> None:
    numpy = pytest.importorskip("numpy")
    native = load_function(make_port_filter())
    message = numpy.array([0, 80], dtype="u1")
    assert native.call({"message": message}).results == (1,)
    with pytest.raises((BufferError, ValueError)):
        native.call({"message": numpy.zeros((4, 4), dtype="u1")[:, 1]})


def test_no_copy() -> None:
    message = b"\x01\xbb"
    with borrow_memory(message) as first, borrow_memory(memoryview(message)[1:]) as second:
        assert second.address == first.address + 1
        assert (first.length, second.length) == (2, 1)
    growing = bytearray(8)
    with borrow_memory(growing, writable=True), pytest.raises(BufferError):
        growing.append(1)
    growing.append(1)


def test_refused_inputs() -> None:
    builder = Builder(
        "f",
        (Region("block", "read_write", 8, constant=True),),
        (Parameter("p", Type.U8),),
        (Type.U8,),
    )
    builder.return_(builder.parameter("p"))
    native = load_function(builder.finish())
    assert native.call({"block": bytearray(8)}, (255,)).results == (255,)
    cases: tuple[tuple[dict[str, bytes | bytearray], tuple[int, ...], str], ...] = (
        ({"block": bytearray(7)}, (1,), "exactly 8"),
        ({"block": bytearray(9)}, (1,), "exactly 8"),
        ({"block": bytearray(8)}, (), "1 parameters"),
        ({"block": bytearray(8)}, (256,), "outside u8"),
        ({"block": bytearray(8)}, (-1,), "outside u8"),
        ({}, (1,), "takes the regions: block"),
        ({"block": bytearray(8), "other": b""}, (1,), "takes the regions: block"),
    )
    for regions, parameters, reason in cases:
        with pytest.raises(ValueError, match=reason):
            native.call(regions, parameters)
    with pytest.raises(BufferError):
        native.call({"block": bytes(8)}, (1,))
    with pytest.raises(TypeError):
        native.call({"block": 8}, (1,))  # type: ignore[dict-item]
    with pytest.raises(BufferError):
        native.call({"block": memoryview(bytearray(16))[::2]}, (1,))


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_pages_are_never_writable_and_executable() -> None:
    native = load_function(make_port_filter())
    assert _find_rights(native.address) == "r-xp"
    assert _find_rights(native.tables) == "r--p"


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_nothing_in_the_process_is_writable_and_executable() -> None:
    """In a process without LLVM: its bindings make such pages for their callbacks."""
    function = make_port_filter()
    code = emit_code(specialize_tables(function, build_tables(function)), "batch").code
    script = (
        "import sys, re, pathlib, array\n"
        "from runtime.codegen.machine_code import MachineCode\n"
        "from runtime.load.batch import Messages, run_filter\n"
        "from runtime.load.native import load_native\n"
        "from runtime.tables.layout import build_tables\n"
        "from runtime.tables.specialize import specialize_tables\n"
        "from tests.load.filters import make_port_filter\n"
        "function = make_port_filter()\n"
        "tables = build_tables(function)\n"
        "function = specialize_tables(function, tables)\n"
        "code = MachineCode(bytes.fromhex(sys.argv[1]), 0, 'batch')\n"
        "native = load_native(function, code, tables.data)\n"
        "batch = Messages(bytes([0, 80]), array.array('Q', [0]), array.array('I', [2]), 1)\n"
        "results = array.array('I', [0])\n"
        "run_filter(native, batch, results)\n"
        "assert native.call({'message': b''}).results == (0,) and results[0] == 1\n"
        "maps = pathlib.Path('/proc/self/maps').read_text()\n"
        "assert re.search(r'^\\S+ r-x', maps, re.MULTILINE)\n"
        "assert not re.search(r'^\\S+ .wx', maps, re.MULTILINE), maps\n"
    )
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", script, code.hex()], env=environment, check=True)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_pages_are_given_back() -> None:
    pages = Pages(b"\xc3" * 5000, "execute")
    address = pages.address
    assert _find_rights(address) == "r-xp"
    del pages
    gc.collect()
    assert _find_rights(address) != "r-xp"


def _find_rights(address: int) -> str:
    """Return the rights of the page at `address`, or an empty string."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        bounds, rights = line.split()[:2]
        low, high = (int(bound, 16) for bound in bounds.split("-"))
        if low <= address < high:
            return rights
    return ""

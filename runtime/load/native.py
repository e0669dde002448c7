"""Load machine code and call it: one function, from bytes to answers.

In: validated machine code, its function and its table bytes. Out: a `NativeFunction`, whose `call` takes
regions as any Python buffers, without copying, and answers what the interpreter would answer.

Nothing here checks the code: the caller has validated it. What is checked is what the proof assumed: lengths,
rights and numbers handed in.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtime.codegen.convention import has_results_pointer, list_arguments, tuple_bytes
from runtime.codegen.machine_code import MachineCode
from runtime.ir.nodes import Function, Region, Type
from runtime.load.buffers import Memory, borrow_memory
from runtime.load.pages import Pages
from runtime.load.trampoline import EMITTING_LISTING, FILTER_LISTING, place_loop

if TYPE_CHECKING:
    from typing_extensions import Buffer


@dataclass(frozen=True, slots=True)
class NativeOutcome:
    """What one call answered; the names are those of the interpreter's `Outcome`."""

    results: tuple[int, ...]
    emitted: tuple[tuple[int, ...], ...]


class NativeFunction:
    """A loaded function; the pages live as long as this object.

    Attributes:
        function: what was compiled.
        address: where its first instruction is.
        tables: where its table bytes are.
    """

    def __init__(self, function: Function, machine_code: MachineCode, tables: bytes) -> None:
        loop = _choose_loop(function)
        self._code = Pages(loop + machine_code.code, "execute")
        self._tables = Pages(tables, "read")
        self.function = function
        self.arguments = machine_code.arguments
        self.address = self._code.address + len(loop)
        self.tables = self._tables.address
        prototype = ctypes.CFUNCTYPE(ctypes.c_uint64, *[ctypes.c_uint64] * len(self.arguments))
        self._entry = prototype(self.address)
        self._loop = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)(self._code.address) if loop else None

    def call(self, regions: Mapping[str, Buffer], parameters: Sequence[int] = ()) -> NativeOutcome:
        """Run the function once.

        Args:
            regions: the memory of each region, by name; regions that may be written are written in place.
            parameters: one number per parameter.

        Raises:
            ValueError: a region or parameter is missing, unknown, or outside what the function declares.
            TypeError, BufferError: a region's memory cannot be borrowed.
        """
        function = self.function
        _check_parameters(function, parameters)
        if set(regions) != {region.name for region in function.regions}:
            wanted = ", ".join(region.name for region in function.regions) or "none"
            raise ValueError(f"{function.name} takes the regions: {wanted}")
        emits = bytearray(function.emit_limit * tuple_bytes(function.emits))
        results = bytearray(8 * len(function.results))
        with ExitStack() as stack:
            memories = {
                region.name: stack.enter_context(_borrow_region(region, regions[region.name]))
                for region in function.regions
            }
            pointers = {
                "tables": self.tables,
                "emits": stack.enter_context(borrow_memory(emits, writable=True)).address,
                "results": stack.enter_context(borrow_memory(results, writable=True)).address,
            }
            answer = self._entry(*self._list_numbers(memories, parameters, pointers))
        return _read_outcome(function, answer, bytes(emits), bytes(results))

    def run_loop(self, job: int) -> int:
        """Run the loop over many messages that `runtime.load.trampoline` describes.

        Args:
            job: address of the struct that it reads; `runtime.load.batch` fills it in.

        Returns:
            How many messages were done.
        """
        assert self._loop is not None, "only packet filters have a loop"
        return int(self._loop(job))

    def _list_numbers(
        self, memories: Mapping[str, Memory], parameters: Sequence[int], pointers: Mapping[str, int]
    ) -> list[int]:
        """Return the machine arguments in order."""
        names = [parameter.name for parameter in self.function.parameters]
        numbers: list[int] = []
        for argument in self.arguments:
            match argument.kind:
                case "region":
                    numbers.append(memories[argument.name].address)
                case "length":
                    numbers.append(memories[argument.name].length)
                case "parameter":
                    numbers.append(parameters[names.index(argument.name)])
                case "tables" | "emits" | "results":
                    numbers.append(pointers[argument.kind])
        return numbers


def load_native(function: Function, machine_code: MachineCode, tables: bytes) -> NativeFunction:
    """Load validated `machine_code` of `function`, whose table block is `tables`.

    Raises:
        OSError: the system gives no executable memory.
    """
    assert native_available(), "callers ask native_available first"
    assert machine_code.entry == 0, "the function begins where its code begins"
    assert machine_code.arguments == list_arguments(function), "code and function belong together"
    return NativeFunction(function, machine_code, tables)


def native_available() -> bool:
    """Say whether this host can run the code: x86-64, on a system with the System V calling convention."""
    known = sys.platform.startswith(("linux", "darwin", "freebsd"))
    return known and sys.maxsize > 1 << 32 and platform.machine() in ("x86_64", "amd64", "AMD64")


def _choose_loop(function: Function) -> bytes:
    """Return the loop over many messages, for a function that takes one and answers in numbers."""
    kinds = [argument.kind for argument in list_arguments(function)]
    if kinds[:2] != ["region", "length"] or not set(kinds[2:]) <= {"tables", "emits"}:
        return b""
    return place_loop(EMITTING_LISTING if function.emits else FILTER_LISTING)


def _check_parameters(function: Function, parameters: Sequence[int]) -> None:
    if len(parameters) != len(function.parameters):
        raise ValueError(
            f"{function.name} takes {len(function.parameters)} parameters, not {len(parameters)}"
        )
    for parameter, number in zip(function.parameters, parameters, strict=True):
        if not 0 <= number <= parameter.type.maximum:
            raise ValueError(f"parameter {parameter.name} is {number}, outside u{parameter.type.bits}")


@contextmanager
def _borrow_region(region: Region, source: Buffer) -> Iterator[Memory]:
    """Borrow the memory of a region whose length is as `region` declares."""
    with borrow_memory(source, writable=region.rights != "read") as memory:
        if memory.length > region.maximum or (region.constant and memory.length != region.maximum):
            bound = "exactly" if region.constant else "at most"
            raise ValueError(
                f"region {region.name} has {memory.length} bytes; it must have {bound} {region.maximum}"
            )
        yield memory


def _read_outcome(function: Function, answer: int, emits: bytes, results: bytes) -> NativeOutcome:
    """Decode what the code left: rax, the packed tuples, and one u64 per result."""
    emitted: tuple[tuple[int, ...], ...] = ()
    if function.emits:
        assert answer <= function.emit_limit, f"{function.name} emitted more than it may"
        size = tuple_bytes(function.emits)
        emitted = tuple(
            _read_tuple(function.emits, emits[start : start + size])
            for start in range(0, answer * size, size)
        )
    if has_results_pointer(function):
        numbers = tuple(
            int.from_bytes(results[start : start + 8], "little") for start in range(0, len(results), 8)
        )
        return NativeOutcome(numbers, emitted)
    return NativeOutcome((answer,) if function.results else (), emitted)


def _read_tuple(types: tuple[Type, ...], data: bytes) -> tuple[int, ...]:
    numbers: list[int] = []
    offset = 0
    for type_ in types:
        width = max(1, type_.bytes)
        numbers.append(int.from_bytes(data[offset : offset + width], "little"))
        offset += width
    return tuple(numbers)

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
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtime.codegen.batch_convention import choose_form, list_batch_arguments
from runtime.codegen.convention import has_results_pointer, list_arguments, tuple_bytes
from runtime.codegen.machine_code import MachineCode
from runtime.ir.nodes import Function, Region, Type
from runtime.load.buffers import Memory, borrow_memory
from runtime.load.calling import choose_loop, run_calls
from runtime.load.pages import Pages
from runtime.load.single import Cells, SingleCaller, borrow_region, list_single
from runtime.tables.layout import TABLES_REGION
from runtime.tables.memory import TableMemory

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
        form: how the code is called; `call` serves both forms.
        arguments: the machine arguments, in the form `call`.
        address: where its first instruction is.
        tables: where its table bytes are.
    """

    def __init__(self, function: Function, machine_code: MachineCode, tables: bytes | TableMemory) -> None:
        loop = choose_loop(function) if machine_code.form == "call" else b""
        self._code = Pages(loop + machine_code.code, "execute")
        self._loop = self._code.address if loop else None
        self._tables = tables if isinstance(tables, TableMemory) else Pages(tables, "read")
        self.function = function
        self.form = machine_code.form
        self.arguments = list_arguments(function)
        self._regions = tuple(region for region in function.regions if region.name != TABLES_REGION)
        self._names = tuple(each.name for each in list_batch_arguments(function))
        self.address = self._code.address + len(loop)
        self.tables = self._tables.address
        count = len(self._names if self.form == "batch" else self.arguments)
        self._entry = ctypes.CFUNCTYPE(ctypes.c_uint64, *[ctypes.c_uint64] * count)(self.address)
        self._single = (
            SingleCaller(function, self.address, self.tables)
            if self.form == "batch" and not function.emits
            else None
        )

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
        if len(regions) != len(self._regions) or any(each.name not in regions for each in self._regions):
            wanted = ", ".join(region.name for region in self._regions) or "none"
            raise ValueError(f"{function.name} takes the regions: {wanted}")
        if self.form == "batch":
            (message,) = self._regions
            if self._single is not None:
                return NativeOutcome((self._single.ask(regions[message.name]),), ())
            return self._run_loop_once(message, regions[message.name])
        return self._run_once(regions, parameters)

    def answer(self, message: Buffer) -> int:
        """Run a packet filter that returns one number on one message; what else is true of `call` is of it.

        Raises:
            ValueError: the message is longer than the filter takes.
        """
        if self._single is not None:
            return self._single.ask(message)
        return self.call({self._regions[0].name: message}).results[0]

    @property
    def takes_messages(self) -> bool:
        """Whether `run_batch` may be asked: the function is a packet filter."""
        return self.form == "batch" or self._loop is not None

    def run_batch(self, numbers: Mapping[str, int]) -> int:
        """Run the loop over many messages, around the filter or calling it.

        Args:
            numbers: the machine arguments but `tables`, by the names that `list_batch_arguments` gives; what
                it says of their memory must hold, unless there are no messages.

        Returns:
            How many messages were done.
        """
        assert self.takes_messages, "only packet filters have a loop"
        if not numbers["count"]:
            return 0
        if self._loop is not None:
            return run_calls(self._loop, self.function, self.tables, numbers)
        given = [self.tables if name == TABLES_REGION else numbers[name] for name in self._names]
        processed = int(self._entry(*given))
        assert processed <= numbers["count"], f"{self.function.name} emitted more than it may"
        return processed

    def _run_loop_once(self, region: Region, message: Buffer) -> NativeOutcome:
        """Run the loop of a filter that emits over one message."""
        function = self.function
        emits, cells = (ctypes.c_uint32 * function.emit_limit)(), Cells()
        with borrow_region(region, message) as memory:
            cells[1] = memory.length
            numbers = list_single(ctypes.addressof(cells), memory, ctypes.addressof(emits))
            done = self.run_batch(numbers)
        assert done == 1, "the message is inside its own data, and there is room for its ids"
        return _read_outcome(function, cells[1] >> 32, bytes(emits), b"")

    def _run_once(self, regions: Mapping[str, Buffer], parameters: Sequence[int]) -> NativeOutcome:
        """Run code of the form `call`."""
        function = self.function
        emits = bytearray(function.emit_limit * tuple_bytes(function.emits))
        results = bytearray(8 * len(function.results))
        with ExitStack() as stack:
            memories = {
                region.name: stack.enter_context(borrow_region(region, regions[region.name]))
                for region in self._regions
            }
            pointers = {
                "tables": self.tables,
                "emits": stack.enter_context(borrow_memory(emits, writable=True)).address,
                "results": stack.enter_context(borrow_memory(results, writable=True)).address,
            }
            answer = self._entry(*self._list_numbers(memories, parameters, pointers))
        return _read_outcome(function, answer, bytes(emits), bytes(results))

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


def load_native(function: Function, machine_code: MachineCode, tables: bytes | TableMemory) -> NativeFunction:
    """Load validated `machine_code` of `function`, whose table block is `tables`.

    Open tables need memory that their owner can write, `runtime.tables.layout.reserve_tables`; it lives as
    long as the function.

    Raises:
        OSError: the system gives no executable memory.
    """
    assert native_available(), "callers ask native_available first"
    assert machine_code.entry == 0, "the function begins where its code begins"
    assert machine_code.form == "call" or choose_form(function) == "batch", "only filters have a loop"
    return NativeFunction(function, machine_code, tables)


def native_available() -> bool:
    """Say whether this host can run the code: x86-64, on a system with the System V calling convention."""
    known = sys.platform.startswith(("linux", "darwin", "freebsd"))
    return known and sys.maxsize > 1 << 32 and platform.machine() in ("x86_64", "amd64", "AMD64")


def _check_parameters(function: Function, parameters: Sequence[int]) -> None:
    if len(parameters) != len(function.parameters):
        raise ValueError(
            f"{function.name} takes {len(function.parameters)} parameters, not {len(parameters)}"
        )
    for parameter, number in zip(function.parameters, parameters, strict=True):
        if not 0 <= number <= parameter.type.maximum:
            raise ValueError(f"parameter {parameter.name} is {number}, outside u{parameter.type.bits}")


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

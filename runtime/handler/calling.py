"""Call a function of a handler: machine code, or the interpreter.

In: a routine, a message and its owner's memory. Out: the function's result, and what it emitted. What does
not change from call to call is found once: always the log, the room for effects and the result; where a
handler is *attached* to its memory, the addresses too.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from runtime import limits
from runtime.codegen.convention import tuple_bytes
from runtime.handler.install import Routine
from runtime.handler.nodes import MEMORY, MESSAGE, UNDO
from runtime.ir.interpret import prepare_function
from runtime.load.buffers import BorrowedMemory, borrow_memory
from runtime.load.native import NativeFunction

Bytes: TypeAlias = bytes | bytearray | memoryview
Effects: TypeAlias = Sequence[tuple[int, int]]
Call: TypeAlias = Callable[[int, tuple[int, ...]], tuple[int, Effects]]
"""Takes the message's length and the parameters, or more."""


class Caller(Protocol):
    """A function of a handler; one thread at a time."""

    def call(self, message: Bytes, memory: Bytes, numbers: tuple[int, ...]) -> tuple[int, Effects]:
        """Run it; return its result and what it emitted. `numbers` are its parameters, or more."""

    def attach(self, message: bytearray, memory: Bytes) -> Call:
        """Return what runs it on the first bytes of `message`, and on `memory`, as long as these exist."""


class InterpretedCaller:
    """Interprets the function."""

    def __init__(self, routine: Routine) -> None:
        self._prepared = prepare_function(routine.function)
        self._budget = routine.policy.budget
        self._count = len(routine.function.parameters)
        self._undo = _make_log(routine)

    def call(self, message: Bytes, memory: Bytes, numbers: tuple[int, ...]) -> tuple[int, Effects]:
        """Interpret it."""
        regions = {MESSAGE: message, MEMORY: memory, UNDO: self._undo}
        outcome = self._prepared.run(regions, numbers[: self._count], budget=self._budget)
        return outcome.results[0], [(first, second) for first, second in outcome.emitted]

    def attach(self, message: bytearray, memory: Bytes) -> Call:
        """Return what interprets it."""
        view = memoryview(message)
        return lambda length, numbers: self.call(view[:length], memory, numbers)


class NativeCaller:
    """Calls the code with what a call needs made once."""

    def __init__(self, routine: Routine, native: NativeFunction) -> None:
        function = native.function
        self._native = native  # keeps the pages
        self._undo = _make_log(routine)
        self._log = (ctypes.c_char * len(self._undo)).from_buffer(self._undo)
        self._emits = (ctypes.c_uint64 * (2 * max(1, function.emit_limit)))()
        self._result = ctypes.c_uint64()
        assert not function.emits or tuple_bytes(function.emits) == 16, "pairs of u64"
        self._writes = {region.name: region.rights != "read" for region in function.regions}
        self._template = [0] * len(native.arguments)
        self._places: dict[str, int] = {}
        self._numbers: list[int] = []
        for number, argument in enumerate(native.arguments):
            match argument.kind:
                case "emits":
                    self._template[number] = ctypes.addressof(self._emits)
                case "results":
                    self._template[number] = ctypes.addressof(self._result)
                case "tables":
                    self._template[number] = native.tables
                case "parameter":
                    self._numbers.append(number)
                case "region" if argument.name == UNDO:
                    self._template[number] = ctypes.addressof(self._log)
                case "region" | "length":
                    self._places[f"{argument.kind} {argument.name}"] = number
        kinds = [ctypes.c_uint64] * len(self._template)
        self._entry = ctypes.CFUNCTYPE(ctypes.c_uint64, *kinds)(native.address)

    def call(self, message: Bytes, memory: Bytes, numbers: tuple[int, ...]) -> tuple[int, Effects]:
        """Call the code."""
        given = list(self._template)
        for place, number in zip(self._numbers, numbers, strict=False):
            given[place] = number
        borrowed: list[BorrowedMemory] = []
        try:
            for name, buffer in ((MESSAGE, message), (MEMORY, memory)):
                if name in self._writes:
                    borrowing = borrow_memory(buffer, writable=self._writes[name])
                    found = borrowing.__enter__()
                    borrowed.append(borrowing)
                    for kind, number in (("region", found.address), ("length", found.length)):
                        if f"{kind} {name}" in self._places:
                            given[self._places[f"{kind} {name}"]] = number
            answer = int(self._entry(*given))
        finally:
            for borrowing in borrowed:
                borrowing.__exit__()
        return self._read(answer)

    def attach(self, message: bytearray, memory: Bytes) -> Call:
        """Return what calls the code; it holds the buffers, so that they stay where they are."""
        template, held = list(self._template), []
        for name, buffer in ((MESSAGE, message), (MEMORY, memory)):
            if f"region {name}" in self._places and len(buffer):
                held.append((ctypes.c_char * len(buffer)).from_buffer(buffer))
                template[self._places[f"region {name}"]] = ctypes.addressof(held[-1])
        if f"length {MEMORY}" in self._places:
            template[self._places[f"length {MEMORY}"]] = len(memory)
        return _Attached(
            template, self._places.get(f"length {MESSAGE}"), self._numbers, self._entry, self._read, held
        )

    def _read(self, answer: int) -> tuple[int, Effects]:
        if not self._native.function.emits:
            return answer, ()
        assert answer <= self._native.function.emit_limit, "the checker has proved that there is room"
        if not answer:
            return self._result.value, ()
        words = self._emits[: 2 * answer]
        return self._result.value, list(zip(words[::2], words[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class _Attached:
    """Calls code whose addresses are known.

    Args:
        template: the machine arguments, but for those that each call brings.
        length: which of them is the message's length; None: the function does not ask for it.
        numbers: which of them are parameters.
        entry: the code.
        read: finds the result and the effects of the last call.
        held: buffers that the addresses are of.
    """

    template: list[int]
    length: int | None
    numbers: list[int]
    entry: Callable[..., int]
    read: Callable[[int], tuple[int, Effects]]
    held: list[ctypes.Array[ctypes.c_char]]

    def __call__(self, length: int, numbers: tuple[int, ...]) -> tuple[int, Effects]:
        """Call the code on a message of so many bytes."""
        given = self.template.copy()
        if self.length is not None:
            given[self.length] = length
        for place, number in zip(self.numbers, numbers, strict=False):
            given[place] = number
        return self.read(self.entry(*given))


def _make_log(routine: Routine) -> bytearray:
    """Return memory for the log: of one byte where there is none, so that it has an address."""
    sizes = [region.maximum for region in routine.function.regions if region.name == UNDO]
    assert sum(sizes) <= limits.MAX_UNDO_ENTRIES * 16, "checked when it was instrumented"
    return bytearray(sum(sizes) or 1)

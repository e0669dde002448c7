"""Run a handler on messages: natively, or by the interpreter, with one meaning.

In: an installed handler. Out: a `Loaded`, whose `run` takes a message and the owner's memory, any buffers,
without copying them. The message is the handler's to change: where it aborts, both are as they were before.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from runtime import limits
from runtime.codegen.convention import tuple_bytes
from runtime.diagnostic import Refused
from runtime.handler.install import Installed, Routine
from runtime.handler.nodes import MEMORY, MESSAGE, UNDO
from runtime.handler.result import TOO_LONG, Outcome, read_effects, read_result
from runtime.ir.interpret import prepare_function
from runtime.load.buffers import BorrowedMemory, borrow_memory
from runtime.load.native import NativeFunction, native_available
from runtime.pipeline import compile_function, load_compiled

Engine: TypeAlias = Literal["native", "interpreter"]
Bytes: TypeAlias = bytes | bytearray | memoryview
Effects: TypeAlias = Sequence[tuple[int, int]]

_NATIVE_ONLY = ("GEN", "VAL")
"""Refusals that say nothing against the function itself: it can be interpreted."""


def load_handler(installed: Installed, engine: Engine | None = None, cache: Path | None = None) -> Loaded:
    """Make a handler ready to run.

    Args:
        installed: proved.
        engine: None is native where the host can run it.
        cache: a directory of earlier proofs and machine code.

    Raises:
        Refused: the optimizer's and the validator's codes do not come here: what they refuse is interpreted.
    """
    chosen: Engine = engine or ("native" if native_available() else "interpreter")
    if chosen == "native" and not native_available():
        raise ValueError("the native engine needs an x86-64 host")
    return Loaded(installed, chosen, cache)


class Loaded:
    """A handler that can be run; one thread at a time.

    Attributes:
        installed: what was loaded.
        interpreted: functions that the native engine has left to the interpreter, and why.
    """

    def __init__(self, installed: Installed, engine: Engine, cache: Path | None) -> None:
        self.installed = installed
        self.interpreted: dict[str, str] = {}
        self._body = self._prepare("body", installed.body, engine, cache)
        recovery = installed.recovery
        self._recovery = None if recovery is None else self._prepare("recovery", recovery, engine, cache)

    def run(self, message: Bytes, memory: Bytes = b"", now: int = 0) -> Outcome:
        """Run the handler once.

        Args:
            message: its bytes; a buffer that can be written where the handler changes it.
            memory: of the owner, as many bytes as the handler declares.
            now: the clock.

        Raises:
            ValueError: there is more or less memory.
            BufferError: a buffer cannot be written.
        """
        handler = self.installed.handler
        if len(message) > handler.message:
            return TOO_LONG
        if len(memory) != handler.memory:
            raise ValueError(f"`{handler.name}` has {handler.memory} bytes of memory, not {len(memory)}")
        result, effects = self._body.call(message, memory, (now,))
        verdict, check, charged = read_result(result)
        failed = check if verdict == "aborted" else None
        if failed is not None and self._recovery is not None:
            layer = handler.checks[failed].layer if failed < len(handler.checks) else 0
            result, effects = self._recovery.call(message, memory, (layer, now))
            verdict, _, more = read_result(result)
            charged += more
        if verdict == "aborted":
            return Outcome(verdict, failed, (), (), charged)
        if not effects:
            return Outcome(verdict, failed, (), (), charged)
        sends, wakes, refused = read_effects(effects, {MESSAGE: message, MEMORY: memory})
        return Outcome(verdict, failed, sends, wakes, charged, refused)

    def _prepare(self, role: str, routine: Routine, engine: Engine, cache: Path | None) -> _Caller:
        if engine == "native":
            try:
                compiled = compile_function(routine.function, routine.policy, cache)
                return _NativeCaller(routine, load_compiled(compiled))
            except Refused as refused:
                first = refused.diagnostics[0]
                if not first.code.startswith(_NATIVE_ONLY):
                    raise
                self.interpreted[role] = first.message
        return _InterpretedCaller(routine)


class _Caller(Protocol):
    """A function of a handler."""

    def call(self, message: Bytes, memory: Bytes, numbers: tuple[int, ...]) -> tuple[int, Effects]:
        """Run it; return its result and what it emitted. `numbers` are its parameters, or more."""


class _InterpretedCaller:
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


class _NativeCaller:
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
        if not self._native.function.emits:
            return answer, ()
        assert answer <= self._native.function.emit_limit, "the checker has proved that there is room"
        words = self._emits[: 2 * answer]
        return self._result.value, list(zip(words[::2], words[1::2], strict=True))


def _make_log(routine: Routine) -> bytearray:
    """Return memory for the log: of one byte where there is none, so that it has an address."""
    sizes = [region.maximum for region in routine.function.regions if region.name == UNDO]
    assert sum(sizes) <= limits.MAX_UNDO_ENTRIES * 16, "checked when it was instrumented"
    return bytearray(sum(sizes) or 1)

"""Run a handler on messages: natively, or by the interpreter, with one meaning.

In: an installed handler. Out: a `Loaded`, whose `run` takes a message and the owner's memory, any buffers,
without copying them. The message is the handler's to change: where it aborts, both are as they were before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from runtime.diagnostic import Refused
from runtime.handler.calling import Bytes, Caller, Effects, InterpretedCaller, NativeCaller
from runtime.handler.install import Installed, Routine
from runtime.handler.nodes import MEMORY, MESSAGE, Handler
from runtime.handler.result import TOO_LONG, Outcome, read_effects, read_result
from runtime.load.native import native_available
from runtime.pipeline import compile_function, load_compiled

Engine: TypeAlias = Literal["native", "interpreter"]
_Part: TypeAlias = Callable[[tuple[int, ...]], tuple[int, Effects]]

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
        self._check(memory)
        body, recovery = partial(self._body.call, message, memory), None
        if self._recovery is not None:
            recovery = partial(self._recovery.call, message, memory)
        return _run(handler, body, recovery, now, lambda: {MESSAGE: message, MEMORY: memory})

    def attach(self, memory: Bytes = b"") -> Attached:
        """Return the handler as it runs on one memory only, which is much faster.

        Args:
            memory: a buffer that can be written, and stays where it is.

        Raises:
            ValueError: there is more or less memory than the handler declares.
        """
        self._check(memory)
        return Attached(self.installed.handler, self._body, self._recovery, memory)

    def _check(self, memory: Bytes) -> None:
        handler = self.installed.handler
        if len(memory) != handler.memory:
            raise ValueError(f"`{handler.name}` has {handler.memory} bytes of memory, not {len(memory)}")

    def _prepare(self, role: str, routine: Routine, engine: Engine, cache: Path | None) -> Caller:
        if engine == "native":
            try:
                compiled = compile_function(routine.function, routine.policy, cache)
                return NativeCaller(routine, load_compiled(compiled))
            except Refused as refused:
                first = refused.diagnostics[0]
                if not first.code.startswith(_NATIVE_ONLY):
                    raise
                self.interpreted[role] = first.message
        return InterpretedCaller(routine)


class Attached:
    """A handler with the memory that it works on, and room for a message; one thread at a time."""

    def __init__(self, handler: Handler, body: Caller, recovery: Caller | None, memory: Bytes) -> None:
        self._handler, self._memory = handler, memory
        self._message = bytearray(handler.message)
        self._body = body.attach(self._message, memory)
        self._recovery = None if recovery is None else recovery.attach(self._message, memory)

    def run(self, frame: bytes, now: int = 0) -> Outcome:
        """Run the handler once, on a copy of `frame`."""
        length = len(frame)
        if length > self._handler.message:
            return TOO_LONG
        self._message[:length] = frame
        recovery = None if self._recovery is None else partial(self._recovery, length)
        return _run(
            self._handler, partial(self._body, length), recovery, now, partial(self._list_memories, length)
        )

    def _list_memories(self, length: int) -> dict[str, Bytes]:
        return {MESSAGE: memoryview(self._message)[:length], MEMORY: self._memory}


def _run(
    handler: Handler, body: _Part, recovery: _Part | None, now: int, memories: Callable[[], dict[str, Bytes]]
) -> Outcome:
    """Run the body and, where that aborts, the recovery; `memories` are what is sent from."""
    result, effects = body((now,))
    verdict, check, charged = read_result(result)
    failed = check if verdict == "aborted" else None
    if failed is not None and recovery is not None:
        layer = handler.checks[failed].layer if failed < len(handler.checks) else 0
        result, effects = recovery((layer, now))
        verdict, _, more = read_result(result)
        charged += more
    if verdict == "aborted" or not effects:
        return Outcome(verdict, failed, (), (), charged)
    sends, wakes, refused = read_effects(effects, memories())
    return Outcome(verdict, failed, sends, wakes, charged, refused)

"""Run a template's functions on objects: the native engine, or the interpreter.

In: a template that has been proved (`runtime.template.install`). Out: a `Loaded`, whose methods take the
bytes of an object, any buffer, without copying them. The native engine proves, compiles and validates each
function when it is first asked; what machine code cannot say (the clock, more arguments than registers) is
interpreted.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from runtime.diagnostic import Refused
from runtime.ir.nodes import Function
from runtime.load.buffers import borrow_memory
from runtime.load.direct import RegionMemory
from runtime.load.native import native_available
from runtime.policy import Policy
from runtime.template.engines.calls import Caller, InterpretedCaller, NativeCaller, Tuples
from runtime.template.engines.loops import make_loop
from runtime.template.engines.partitions import Collector, Columns, EachCollector, LoopCollector
from runtime.template.nodes import AFTER, ARGUMENTS, META, Method, Template
from runtime.template.policies import WORD, arguments_bytes, find_method_policies, find_policy

if TYPE_CHECKING:
    from typing_extensions import Buffer

Engine: TypeAlias = Literal["native", "interpreter"]

_WORDS = 1 << 64
_NO_ARGUMENTS = bytes(arguments_bytes(0))
_NATIVE_ONLY = ("GEN", "VAL")
"""Refusals that say nothing against the function itself: it can be interpreted."""


def load_template(template: Template, engine: Engine | None = None, cache: Path | None = None) -> Loaded:
    """Make `template` ready to run.

    Args:
        template: proved.
        engine: None is native where the host can run it.
        cache: a directory of earlier proofs and machine code.
    """
    chosen: Engine = engine or ("native" if native_available() else "interpreter")
    if chosen == "native" and not native_available():
        raise ValueError("the native engine needs an x86-64 host")
    return Loaded(template, chosen, cache)


class Loaded:
    """A template whose functions can be asked.

    All methods raise ValueError for an object of the wrong size, the wrong number of arguments, numbers that
    are no u64, and functions that the template does not have. Arguments outside their domains own nothing.
    Several threads may ask one template. The prover serves one thread at a time: two templates must not be
    asked for the first time by two threads at once.

    Attributes:
        template: what was loaded.
        engine: which was chosen.
        interpreted: functions that the native engine has left to the interpreter so far, and why.
    """

    def __init__(self, template: Template, engine: Engine, cache: Path | None) -> None:
        self.template = template
        self.engine = engine
        self.interpreted: dict[str, str] = {}
        self._most = template.maximum
        self._least = template.maximum if template.constant else 0
        self._wanted = len(template.parameters)
        self._methods = {method.name: method for method in template.methods}
        self._cache = cache
        self._callers: dict[str, Caller] = {}
        self._collectors: dict[str, Collector] = {}
        self._preparing = RLock()

    def partitions(self, length: int, arguments: Sequence[int]) -> int:
        """Return how many partitions an object of `length` bytes has."""
        memories = {ARGUMENTS: self._pack(arguments)}
        return self._caller("partitions").answer(memories, (_check_word(length),))

    def owns(
        self, meta: Buffer, arguments: Sequence[int], first: int = 0, count: int | None = None
    ) -> Tuples:
        """Return what `count` partitions from `first` on own: rows of start, count, kind and arguments.

        Partitions that the object does not have own nothing.
        """
        return self._collect(("owns", "partitions"), meta, arguments, first, count)

    def owns_each(
        self, memory: Buffer, places: Sequence[int], lengths: Sequence[int], arguments: Tuples
    ) -> tuple[Tuples, list[int]]:
        """Return what many objects own, one after another, and how many rows each has.

        Args:
            memory: that they lie in.
            places: where each begins, in bytes.
            lengths: of each, in bytes.
            arguments: a row for each object.
        """
        collector = self._collectors.get("owns") or self._make_collector("owns", "partitions")
        collect = collector.collect_each if isinstance(collector, LoopCollector) else None
        width = self.template.words
        return self._ask_each(memory, places, lengths, arguments, self.owns, collect, width)

    def names_each(
        self, memory: Buffer, places: Sequence[int], lengths: Sequence[int], arguments: Tuples
    ) -> tuple[Tuples, list[int]]:
        """Return what many directories say; arguments and result as for `owns_each`."""
        caller = None if self.template.names is None else self._caller("names")

        def collect(columns: Columns) -> tuple[Tuples, list[int]]:
            assert isinstance(caller, NativeCaller), "asked below"
            return caller.collect_each(columns, ())

        fast = collect if isinstance(caller, NativeCaller) else None
        return self._ask_each(memory, places, lengths, arguments, self.names, fast, 3)

    def used(
        self, meta: Buffer, arguments: Sequence[int], first: int = 0, count: int | None = None
    ) -> Tuples:
        """Return which blocks an allocation map says are in use: rows of start, count."""
        if self.template.used is None:
            return np.empty((0, 2), dtype=np.uint64)
        return self._collect(("used", "marks"), meta, arguments, first, count)

    def names(self, meta: Buffer, arguments: Sequence[int]) -> Tuples:
        """Return what a directory says: rows of offset, length, identity."""
        if self.template.names is None:
            return np.empty((0, 3), dtype=np.uint64)
        memories = {META: self._view(meta), ARGUMENTS: self._pack(arguments)}
        return self._caller("names").collect(memories, ())

    def reads(self, arguments: Sequence[int], partition: int, length: int) -> Tuples:
        """Return the bytes that a partition of an object of `length` bytes reads: rows of offset, length."""
        memories = {ARGUMENTS: self._pack(arguments)}
        return self._caller("reads").collect(memories, (_check_word(partition), _check_word(length)))

    def unit(self, meta: Buffer, arguments: Sequence[int]) -> int:
        """Return the bytes of one block."""
        return self._answer("unit", meta, arguments)

    def blocks(self, meta: Buffer, arguments: Sequence[int]) -> int:
        """Return how many units a file system has."""
        return self._answer("blocks", meta, arguments)

    def shared(self, meta: Buffer, arguments: Sequence[int]) -> int:
        """Return how many owners the object may have."""
        return self._answer("shared", meta, arguments)

    def size(self, meta: Buffer, arguments: Sequence[int], clock: int = 0) -> int:
        """Return the length of the object's contents in bytes."""
        return self._answer("size", meta, arguments, clock)

    def identity(self, arguments: Sequence[int]) -> int:
        """Return the object's number for people."""
        return self._caller("identity").answer({ARGUMENTS: self._pack(arguments)}, ())

    def acl(
        self,
        meta: Buffer,
        after: Buffer,
        arguments: Sequence[int],
        credential: int,
        operation: int,
        clock: int = 0,
    ) -> bool:
        """Say whether `credential` may do `operation`, which would leave the object as `after`."""
        memories = {META: self._view(meta), AFTER: self._view(after), ARGUMENTS: self._pack(arguments)}
        numbers = (_check_word(credential), _check_word(operation))
        return bool(self._caller("acl").answer(memories, numbers, clock))

    def run_method(
        self, name: str, meta: bytearray, arguments: Sequence[int], method_arguments: Sequence[int]
    ) -> int:
        """Change `meta` as the method `name` says; return 0, or the number of the `require` that fails."""
        packed = self._pack(arguments, method_arguments, self._find_method(name))
        memories = {META: self._view(meta), ARGUMENTS: packed}
        return self._caller(f"method {name}").answer(memories, ())

    def changes(
        self, name: str, meta: Buffer, arguments: Sequence[int], method_arguments: Sequence[int]
    ) -> Tuples:
        """Return what the method `name` claims to change: rows of change, a, b, kind and arguments."""
        packed = self._pack(arguments, method_arguments, self._find_method(name))
        memories = {META: self._view(meta), ARGUMENTS: packed}
        return self._caller(f"changes of {name}").collect(memories, ())

    def _collect(
        self,
        roles: tuple[str, str],
        meta: Buffer,
        arguments: Sequence[int],
        first: int,
        count: int | None,
    ) -> Tuples:
        """Return what some partitions emit; `roles`: the function that emits, and that which counts."""
        if count is not None:
            _check_word(count)
        collector = self._collectors.get(roles[0]) or self._make_collector(*roles)
        memories = {META: self._view(meta), ARGUMENTS: self._pack(arguments)}
        return collector.collect(memories, _check_word(first), count)

    def _ask_each(
        self,
        memory: Buffer,
        places: Sequence[int],
        lengths: Sequence[int],
        arguments: Tuples,
        ask: Callable[[bytes, Sequence[int]], Tuples],
        collect: Callable[[Columns], tuple[Tuples, list[int]] | None] | None,
        width: int,
    ) -> tuple[Tuples, list[int]]:
        """Ask about many objects: by `collect`, if there is one and it can, otherwise one by one."""
        view, wanted = memoryview(memory).cast("B"), len(self.template.parameters)
        if not len(places) == len(lengths) == len(arguments) or arguments.shape[1] < wanted:
            raise ValueError(f"each object has a place, a length and {wanted} arguments")
        if not all(0 <= place <= place + size <= len(view) for place, size in zip(places, lengths)):
            raise ValueError("an object does not lie in the memory")
        rows = np.ascontiguousarray(arguments[:, :wanted], dtype=np.uint64)
        if collect is not None and len(places):
            packed = rows if rows.size else np.zeros((len(places), 1), dtype=np.uint64)
            stride = packed.shape[1] * WORD
            with borrow_memory(view) as objects, borrow_memory(packed.data) as words:
                starts = [words.address + stride * row for row in range(len(places))]
                columns = {
                    META: ([objects.address + place for place in places], lengths),
                    ARGUMENTS: (starts, [stride] * len(places)),
                }
                found = collect(columns)
            if found is not None:
                return found
        each = [
            ask(bytes(view[at : at + size]), row) for at, size, row in zip(places, lengths, rows.tolist())
        ]
        empty = np.empty((0, width), dtype=np.uint64)
        return np.concatenate([empty, *each]), [len(tuples) for tuples in each]

    def _answer(self, role: str, meta: Buffer, arguments: Sequence[int], clock: int = 0) -> int:
        memories = {META: self._view(meta), ARGUMENTS: self._pack(arguments)}
        return self._caller(role).answer(memories, (), clock)

    def _view(self, meta: Buffer) -> RegionMemory:
        """Return the object's bytes, whose number is as the template says."""
        view = meta if type(meta) is bytes else memoryview(meta).cast("B")
        if not self._least <= len(view) <= self._most:
            size = f"{'exactly' if self._least else 'at most'} {self._most} bytes"
            raise ValueError(f"an object of `{self.template.name}` has {size}, not {len(view)}")
        return view

    def _pack(
        self, arguments: Sequence[int], more: Sequence[int] = (), method: Method | None = None
    ) -> bytes:
        """Return the region `arguments`."""
        if len(arguments) != self._wanted:
            raise ValueError(f"`{self.template.name}` takes {self._wanted} arguments, not {len(arguments)}")
        if method is not None and len(more) != len(method.parameters):
            raise ValueError(f"`{method.name}` takes {len(method.parameters)} arguments, not {len(more)}")
        count = self._wanted + len(more)
        if not count:
            return _NO_ARGUMENTS
        try:
            return struct.pack(f"<{count}Q", *arguments, *more)
        except struct.error:
            raise ValueError(f"not all of {(*arguments, *more)} are u64") from None

    def _find_method(self, name: str) -> Method:
        found = self._methods.get(name)
        if found is None:
            raise ValueError(f"`{self.template.name}` has no method `{name}`")
        return found

    def _caller(self, role: str) -> Caller:
        """Return the function `role`, made ready when it is first asked."""
        known = self._callers.get(role)
        if known is not None:
            return known
        with self._preparing:
            if role not in self._callers:
                self._callers[role] = self._make_caller(role, *self._find(role))
            return self._callers[role]

    def _find(self, role: str) -> tuple[Function, Policy]:
        """Return a function and its policy, by the names of `runtime.template.policies.list_functions`."""
        for prefix, place in (("method ", 0), ("changes of ", 1)):
            if role.startswith(prefix):
                method = self._find_method(role.removeprefix(prefix))
                function = (method.body, method.changes)[place]
                return function, find_method_policies(self.template, method)[place]
        found: Function | None = getattr(self.template, role)
        if found is None:
            raise ValueError(f"`{self.template.name}` has no `{role}`")
        return found, find_policy(self.template, role)

    def _make_caller(self, role: str, function: Function, policy: Policy) -> Caller:
        if self.engine == "native":
            try:
                return NativeCaller(function, policy, self._cache)
            except Refused as refused:
                first = refused.diagnostics[0]
                if not first.code.startswith(_NATIVE_ONLY):
                    raise
                self.interpreted[role] = first.message
        return InterpretedCaller(function, policy)

    def _make_collector(self, role: str, counter: str) -> Collector:
        """Return what asks `role` about many partitions."""
        with self._preparing:
            if role not in self._collectors:
                found = self._load_loop(role, counter) if self.engine == "native" else None
                if found is None:
                    width = len(self._find(role)[0].emits)
                    found = EachCollector(self._caller(role), self._caller(counter), width)
                self._collectors[role] = found
            return self._collectors[role]

    def _load_loop(self, role: str, counter: str) -> Collector | None:
        """Return what runs the native loop, None where there is none that can be proved."""
        function, policy = self._find(role)
        loop = make_loop(function, self._find(counter)[0], policy)
        if loop is None:
            return None
        try:
            caller = NativeCaller(loop.function, loop.policy, self._cache)
        except Refused as refused:
            self.interpreted[f"loop of {role}"] = refused.diagnostics[0].message
            return None
        return LoopCollector(loop, caller, self._caller(counter))


def _check_word(number: int) -> int:
    if not 0 <= number < _WORDS:
        raise ValueError(f"{number} is not a u64")
    return number
